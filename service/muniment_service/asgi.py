"""What an ASGI server loads: ``granian --interface asgi --factory muniment_service.asgi:create``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from muniment.errors import ReleaseError
from muniment.release import Release, current_release, open_release
from muniment_service.app import create_app
from muniment_service.settings import Settings

IN_MEMORY_QUADS = 500_000


def create() -> FastAPI:
    """The application that the environment of this process describes."""
    return application(os.environ)


def application(environ: Mapping[str, str]) -> FastAPI:
    """The application for the release that ``MUNIMENT_RELEASE`` (its directory) or ``MUNIMENT_RELEASES`` (the folder that holds the
    pointer to the current one) names; ``MUNIMENT_IN_MEMORY_QUADS`` and the settings of ``Settings.from_env`` are read too.

    Raises:
        ReleaseError: there is no such release.
        InputError: a variable is not what it should be.
    """
    release = named_release(environ)
    settings = Settings.for_release(release, environ)
    in_memory = int(environ.get("MUNIMENT_IN_MEMORY_QUADS", IN_MEMORY_QUADS))
    return create_app(release.open(in_memory), settings)


def named_release(environ: Mapping[str, str]) -> Release:
    """The release that the environment names."""
    if directory := environ.get("MUNIMENT_RELEASE"):
        return open_release(Path(directory))
    if folder := environ.get("MUNIMENT_RELEASES"):
        return current_release(Path(folder))
    raise ReleaseError(
        "no release is named",
        hint="Set MUNIMENT_RELEASE to its directory, or MUNIMENT_RELEASES to the folder above it.",
    )
