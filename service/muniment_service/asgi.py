"""What an ASGI server loads: ``granian --interface asgi --factory muniment_service.asgi:create``."""

from __future__ import annotations

import os
from collections.abc import Mapping

from fastapi import FastAPI

from muniment_service.app import publish
from muniment_service.engine_publisher import EnginePublisher
from muniment_service.publisher import ReleasePublisher, named_release


def create() -> FastAPI:
    """The application that the environment of this process describes."""
    return application(os.environ)


def application(environ: Mapping[str, str]) -> FastAPI:
    """The application for the release that ``MUNIMENT_RELEASE`` (its directory) or ``MUNIMENT_RELEASES`` (the folder with the
    pointer to the current one, which is followed) names, its graph in the engine at ``MUNIMENT_STORE`` if there is one; the settings of ``Settings.from_env`` are read too.

    Raises:
        ReleaseError: there is no such release.
        InputError: a variable is not what it should be.
    """
    release, follow = named_release(environ)
    if "MUNIMENT_STORE" in environ:
        return publish(EnginePublisher(release, environ, follow=follow))
    return publish(ReleasePublisher(release, environ, follow=follow))
