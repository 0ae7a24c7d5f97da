"""What an ASGI server loads: ``granian --interface asgi --factory muniment_service.asgi:create``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from muniment_service.app import publish
from muniment_service.logs import name_worker
from muniment_service.publisher import ReleasePublisher, named_release
from muniment_service.siblings import Siblings
from muniment_service.traces import OpenTelemetry

PROCESSES = "MUNIMENT_PROCESSES"
"""The variable that names a folder which the processes of one service share, so that ``/metrics`` of any tells of all."""


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
    publisher = _kind(environ)(release, environ, follow=follow)
    tracer = OpenTelemetry.from_env() if publisher.current.settings.traces else None
    siblings = Siblings(Path(folder)) if (folder := environ.get(PROCESSES)) else None
    if siblings:
        name_worker(siblings.number)
    return publish(publisher, siblings, tracer)


def _kind(environ: Mapping[str, str]) -> type[ReleasePublisher]:
    if "MUNIMENT_STORE" not in environ:
        return ReleasePublisher
    from muniment_service.engine_publisher import EnginePublisher  # libcurl and SPARQLWrapper take time

    return EnginePublisher
