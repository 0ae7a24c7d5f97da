"""Serve a release with Granian until somebody ends it."""

from __future__ import annotations

import errno
import logging
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from muniment.errors import MunimentError
from muniment.release import open_release
from muniment_service.asgi import PROCESSES, application
from muniment_service.logs import Format, configuration
from muniment_service.settings import Settings

_LOG = logging.getLogger("muniment_service")


def run(
    release_dir: Path,
    *,
    follow: bool = False,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    log_format: Format | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Serve the release in a directory; returns when the process is told to end (Ctrl-C, SIGTERM).

    Args:
        follow: serve what the pointer beside the release names, and switch when it names another.
        workers: processes that answer; one that ends unexpectedly is replaced. The limits of the settings hold for each.
        log_format: how what they log is written, if it is not to be as the environment says.
        environ: further settings (see ``Settings.from_env``), over those of the environment of this process.

    Raises:
        ReleaseError: the directory holds no release.
        MunimentError: the address cannot be listened at.
    """
    release = open_release(release_dir)
    named = release_dir.resolve()
    place = {"MUNIMENT_RELEASES": str(named.parent)} if follow else {"MUNIMENT_RELEASE": str(named)}
    ambient = {name: value for name, value in os.environ.items() if not name.startswith("MUNIMENT_RELEASE")}
    form = {"MUNIMENT_LOG_FORMAT": log_format} if log_format else {}
    settings = {**ambient, **(environ or {}), **form, **place}
    said = Settings.from_env(settings)
    with _shared_folder(workers) as shared:
        server = Server(
            "muniment_service.asgi:create",
            address=listenable(host, port),
            port=port,
            interface=Interfaces.ASGI,
            workers=workers,
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig=configuration(said.log_format, said.log_details),
            workers_kill_timeout=5,
            respawn_failed_workers=True,
        )
        if said.log_format == "json":  # to people the command line has said so
            _LOG.info("serving release %s at %s, port %d, in %d processes", release.id, host, port, workers)
        server.serve(target_loader=partial(application, {**shared, **settings}), wrap_loader=False)


@contextmanager
def _shared_folder(workers: int) -> Iterator[dict[str, str]]:
    """The setting that lets several processes know each other, with a folder for the time being; none for one."""
    if workers == 1:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="muniment-processes-") as folder:
        yield {PROCESSES: folder}


def listenable(host: str, port: int) -> str:
    """The numeric address of a host, once it is sure that the port there is free.

    Raises:
        MunimentError: it is not.
    """
    if not 0 < port < 65536:
        raise MunimentError(f"cannot listen at {host}:{port}: a port is a number from 1 to 65535")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise MunimentError(
            f"cannot listen at {host}:{port}: {error.strerror or error}", hint=_hint(error)
        ) from error
    return str(address[0])


def _hint(error: OSError) -> str | None:
    if error.errno == errno.EADDRINUSE:
        return "Another program uses this port. Choose another one, or end that program."
    return None
