"""A dataset's project file, ``muniment.toml``: title, IRI base, licence, where things are, source ranking, limits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from muniment.artefacts import artefact
from muniment.errors import InputError, Where, did_you_mean
from muniment.files import read_text

FILE = "muniment.toml"

_KEYS: dict[str, dict[str, type]] = {
    "dataset": {
        "title": str,
        "description": str,
        "base": str,
        "license": str,
        "publisher": str,
        "issued": str,
    },
    "paths": {"sources": str, "ontology": str, "shapes": str, "queries": str, "releases": str},
    "sources": {"ranking": list},
    "limits": {"in_memory_quads": int, "incoming_links": int},
}

_NAMES = {str: "text in quotes", int: "a whole number", list: "a list of texts"}


@dataclass(frozen=True)
class Project:
    """One dataset and its folders; relative paths of the file are resolved against its folder."""

    root: Path
    title: str
    base: str
    """Things live under ``{base}id/``."""
    license: str
    sources: Path
    ontology: Path
    shapes: Path
    queries: Path
    releases: Path
    description: str = ""
    publisher: str = ""
    """The name of who publishes the dataset, for catalogues; DCAT-AP asks for one."""
    issued: str | None = None
    """The day on which what is built now is published, such as ``2026-11-22``; None where nobody says."""
    ranking: tuple[str, ...] = ()
    """Sources (as written after ``id/``), the most trusted first."""
    in_memory_quads: int = 500_000
    """Releases up to this size are served from memory, larger ones from disk."""
    incoming_links: int = 200
    """How many statements that point to a thing its description shows."""

    @property
    def ids(self) -> str:
        """The base IRI against which the ids of sources are resolved."""
        return f"{self.base}id/"


def find_project(start: Path) -> Project:
    """The project whose folder is ``start`` or one above it.

    Raises:
        InputError: there is none, or its file is not as it should be.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE).is_file():
            return read_project(folder / FILE)
    raise InputError(
        f"no {FILE} in {start.resolve()} or above it", hint="`muniment init DIR` makes a new dataset."
    )


def read_project(path: Path) -> Project:
    """Read a project file.

    Raises:
        InputError: it is not TOML, lacks what is needed, or has a key that is not known; line and remedy are named.
    """
    text = read_text(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        where = Where(str(path), int(at[1]), int(at[2])) if at else Where(str(path))
        hint = "Text stands in quotes, and each key once in its section."
        raise InputError(f"not TOML: {error}", where=where, hint=hint) from error
    _check_keys(table, path, text)
    dataset, paths = table.get("dataset", {}), table.get("paths", {})
    for key in ("title", "base", "license"):
        if key not in dataset:
            hint = f'Write `{key} = "..."` under [dataset].'
            raise InputError(f"[dataset] lacks `{key}`", where=Where(str(path)), hint=hint)
    if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+/", dataset["base"]):
        where = Where(str(path), line_of(text, "base"))
        message = f"`base` is not an http(s) IRI that ends in `/`: {dataset['base']}"
        raise InputError(message, where=where, hint="Write one such as `https://example.org/test/`.")
    if "issued" in dataset and not _is_day(dataset["issued"]):
        where = Where(str(path), line_of(text, "issued"))
        hint = 'Write it as `issued = "2026-11-22"`.'
        raise InputError(f"`issued` is not a day: {dataset['issued']}", where=where, hint=hint)
    root = path.parent
    return Project(
        root=root,
        title=dataset["title"],
        base=dataset["base"],
        license=dataset["license"],
        description=dataset.get("description", ""),
        publisher=dataset.get("publisher", ""),
        issued=dataset.get("issued"),
        sources=root / paths.get("sources", "sources"),
        ontology=_own_or_shipped(root, paths, "ontology"),
        shapes=_own_or_shipped(root, paths, "shapes"),
        queries=_own_or_shipped(root, paths, "queries"),
        releases=root / paths.get("releases", "releases"),
        ranking=tuple(table.get("sources", {}).get("ranking", ())),
        **table.get("limits", {}),
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _own_or_shipped(root: Path, paths: Mapping[str, str], name: str) -> Path:
    return root / paths[name] if name in paths else artefact(name)


def _check_keys(table: Mapping[str, Any], path: Path, text: str) -> None:
    for section, values in table.items():
        if section not in _KEYS or not isinstance(values, dict):
            where = Where(str(path), line_of(text, section))
            raise InputError(
                f"unknown section `{section}`", where=where, hint=did_you_mean(section, list(_KEYS))
            )
        for key, value in values.items():
            where = Where(str(path), line_of(text, key))
            expected = _KEYS[section].get(key)
            if expected is None:
                hint = did_you_mean(key, list(_KEYS[section]))
                raise InputError(f"unknown key `{key}` in [{section}]", where=where, hint=hint)
            items = value if isinstance(value, list) else []
            if type(value) is not expected or not all(isinstance(item, str) for item in items):
                raise InputError(f"`{key}` should be {_NAMES[expected]}", where=where)


def line_of(text: str, key: str) -> int | None:
    """The line of a project file where a key or section stands."""
    found = re.search(rf"^\s*\[?\s*{re.escape(key)}\b", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 + found[0].count("\n") if found else None
