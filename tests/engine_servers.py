"""Engines as processes of their own: an Oxigraph server, a Virtuoso and a Jena, each private, on loopback, in a folder that goes away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import jena_server
import pytest

from muniment.engine import parse
from muniment.engines.table import Engine, engine_named
from muniment.engines.target import Addresses, Target
from muniment.engines.wire import Credentials
from muniment.terms import Quad

NAMES = ("oxigraph", "virtuoso", "jena")
KINDS = {"jena": "fuseki"}
"""Names in the table of engines, where they are others."""
_PATHS = {"oxigraph": "/query", "virtuoso": "/sparql", "jena": "/ds/sparql"}
_VIRTUOSO = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 20
NumberOfBuffers = 8000
MaxDirtyBuffers = 6000
DirsAllowed = {folder}
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 16
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = {rows}
MaxConstructTriples = 1000000
"""


E, G = "http://example.org/", "http://example.org/graph/"


def quads_of(trig: str) -> list[Quad]:
    """Sorted quads from TriG."""
    text = f"@prefix : <{E}> . @prefix g: <{G}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n{trig}"
    return sorted(parse(text, "application/trig"))


@dataclass
class Server:
    """One engine; it may be killed and started again with what it holds."""

    name: str
    folder: Path
    rows: int = 1_000_000
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    targets: list[Target] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return engine_named(KINDS.get(self.name, self.name))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{_PATHS[self.name]}"

    @property
    def credentials(self) -> Credentials:
        return Credentials("dba", "dba") if self.name == "virtuoso" else Credentials()

    @property
    def environ(self) -> dict[str, str]:
        """What a service in front of it is told."""
        return {"MUNIMENT_STORE": self.url}

    def target(self, url: str | None = None) -> Target:
        """To publish to; ``url`` may lead past something that stands in between."""
        found = Target(Addresses(url or self.url), credentials=self.credentials)
        self.targets.append(found)
        return found

    def start(self) -> None:
        """Start it, at the same port as before, and wait until it answers."""
        self.port = self.port or _free_port()
        self.process = subprocess.Popen(
            self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        for _ in range(400):
            assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}"
            try:
                if httpx.get(self.url, params={"query": "ASK {}"}, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        pytest.fail(f"{self.name} does not answer")

    @property
    def running(self) -> bool:
        """Whether it has been started and not been killed."""
        return self.process is not None and self.process.poll() is None

    def empty(self) -> None:
        """End it and forget what it holds."""
        self.kill()
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def kill(self) -> None:
        """End it without warning."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        (self.folder / "virtuoso.lck").unlink(missing_ok=True)

    def _command(self) -> list[str]:
        if self.name == "oxigraph":
            return [_found("oxigraph") or "", "serve", "--location", str(self.folder / "store"), "--bind", f"127.0.0.1:{self.port}"]  # fmt: skip
        if self.name == "jena":
            return [sys.executable, jena_server.__file__, str(self.folder), str(self.port)]
        ini = self.folder / "virtuoso.ini"
        ini.write_text(_VIRTUOSO.format(folder=self.folder, port=self.port, sql=_free_port(), rows=self.rows))
        return ["virtuoso-t", "+foreground", "+configfile", str(ini)]


@contextmanager
def serving(name: str, folder: Path, rows: int = 1_000_000) -> Iterator[Server]:
    """An engine from the moment that it answers; skips where it is not installed, unless it has to be (``TESTS_NEED_ENGINES``)."""
    if missing := _missing(name):
        if os.environ.get("TESTS_NEED_ENGINES"):
            pytest.fail(f"{missing} is not installed, and TESTS_NEED_ENGINES is set")
        pytest.skip(f"{missing} is not installed")
    server = Server(name, folder, rows)
    try:
        server.start()
        yield server
    finally:
        for target in server.targets:
            target.close()
        server.kill()


def _missing(name: str) -> str:
    if name == "jena":
        return ", ".join(jena_server.missing())
    program = {"oxigraph": "oxigraph", "virtuoso": "virtuoso-t"}[name]
    return "" if _found(program) else f"{program} (PyPI: oxigraph; Debian: virtuoso-opensource-7-bin)"


def _found(program: str) -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / program
    return str(beside) if beside.exists() else shutil.which(program)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
