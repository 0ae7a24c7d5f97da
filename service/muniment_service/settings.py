"""What an operator can set, frozen when the service starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from muniment.errors import InputError
from muniment.release import Release


def _size(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError("must be positive")
    return value


VARIABLES: Mapping[str, Callable[[str], Any]] = {
    "title": str,
    "description": str,
    "base": str,
    "license": str,
    "incoming_links": _size,
    "query_bytes": _size,
    "body_bytes": _size,
    "shown_rows": _size,
}
"""The settings that the environment may give, as ``MUNIMENT_`` and the name in capitals."""


@dataclass(frozen=True)
class Settings:
    """The settings of one service; a release's manifest fills most of them."""

    title: str = "A graph"
    description: str = ""
    base: str | None = None
    """Things live under ``{base}id/``; None where the data has no base of its own."""
    license: str | None = None
    release: str | None = None
    """The id of the release that is served; None for a store that is no release."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    incoming_links: int = 200
    """How many statements that point to a thing are shown."""
    query_bytes: int = 200_000
    """The longest query that is read, in bytes of UTF-8."""
    body_bytes: int = 1_000_000
    """The longest request body that is read."""
    shown_rows: int = 1_000
    """How many rows of an answer, or statements of a claim, a page shows; other formats are always whole."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str], **known: Any) -> Self:
        """The settings that the environment gives, over those that are known already.

        Raises:
            InputError: a variable is not what it should be.
        """
        given = {name: _read(name, environ) for name in VARIABLES if variable(name) in environ}
        return cls(**{**known, **given})

    @classmethod
    def for_release(cls, release: Release, environ: Mapping[str, str]) -> Self:
        """The settings that the manifest of a release gives, under those of the environment.

        Raises:
            InputError: a variable is not what it should be.
        """
        manifest = release.manifest
        known = {
            name: manifest[name] for name in ("title", "description", "base", "license") if manifest.get(name)
        }
        return cls.from_env(environ, **known, release=release.id, prefixes=release.prefixes)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"MUNIMENT_{name.upper()}"


def _read(name: str, environ: Mapping[str, str]) -> Any:
    text = environ[variable(name)]
    try:
        return VARIABLES[name](text)
    except ValueError as error:
        raise InputError(f"{variable(name)} is not a whole number above zero: {text}") from error
