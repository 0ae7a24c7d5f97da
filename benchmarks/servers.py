"""The SPARQL servers that are compared. Each runs as a process of our own, at a port of 127.0.0.1, and is ended with its children."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from report import ROOT

TIMEOUT = 30
"""The time that a query may take, in seconds, where a server has such a setting."""
GRAPH = "https://example.org/synthetic/consolidated"
"""The name of the default graph in Virtuoso, which has no graph without a name."""
_PATIENCE = 900


class NotStarted(Exception):
    """A server that does not come up, and why."""


@dataclass(frozen=True)
class Data:
    """A dataset in the forms that servers load."""

    events: int
    triples: int
    quads: int
    release: Path
    nquads: Path


@dataclass(frozen=True)
class Options:
    """What is chosen on the command line."""

    source: Path = ROOT
    """The checkout whose service is measured."""
    peers: Path | None = None
    """A virtual environment with rdflib-endpoint; without one that of this process is used."""
    workers: int = 1


class Server:
    """How one server is prepared, started, filled and asked."""

    name = ""
    label = ""
    endpoint = "/sparql?query="
    compared_with = "muniment"

    def __init__(self, options: Options) -> None:
        self.options = options

    def missing(self) -> str | None:
        """Why it cannot be measured here."""
        return None

    def version(self) -> str:
        """The version that is measured."""
        raise NotImplementedError

    def prepare(self, data: Data, folder: Path) -> None:
        """Load what is loaded before the start."""

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        """The command that serves at a port until it is ended."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Environment variables, over those of this process."""
        return {}

    def fill(self, data: Data, port: int) -> None:
        """Load what is loaded once it runs."""


class Muniment(Server):
    """Our service, the release held in memory."""

    name, label, in_memory = "muniment", "muniment", 10**12
    _RUN = "import sys, pathlib, muniment_service.serve as s; s.run(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]), workers=int(sys.argv[3]))"

    def version(self) -> str:
        text = (self.options.source / "graph/muniment/__init__.py").read_text()
        return text.partition('__version__ = "')[2].partition('"')[0]

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        return [sys.executable, "-c", self._RUN, str(data.release), str(port), str(self.options.workers)]

    def environment(self) -> Mapping[str, str]:
        source = self.options.source
        return {
            "PYTHONPATH": f"{source / 'graph'}{os.pathsep}{source / 'service'}",
            "MUNIMENT_IN_MEMORY_QUADS": str(self.in_memory),
        }


class MunimentOnDisk(Muniment):
    """Our service, the release read from disk."""

    name, label, in_memory = "muniment-disk", "muniment, on disk", 1


class Oxigraph(Server):
    """Oxigraph's own server, in memory.

    Without ``--timeout-s``: with it (0.5.13) each query starts a thread that sleeps until the timeout, and at a few thousand queries a
    second no more threads can be started and the server aborts.
    """

    name, label, endpoint = "oxigraph", "Oxigraph", "/query?query="

    def missing(self) -> str | None:
        return None if self._binary() else "the package oxigraph is not installed"

    def version(self) -> str:
        return version("oxigraph")

    def _binary(self) -> str | None:
        return shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        return [self._binary() or "", "serve", "--bind", f"127.0.0.1:{port}"]

    def fill(self, data: Data, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        with data.nquads.open("rb") as body:
            headers = {
                "Content-Type": "application/n-quads",
                "Content-Length": str(data.nquads.stat().st_size),
            }
            connection.request("POST", "/store?no_transaction", body, headers)
            if (answer := connection.getresponse()).status >= 300:
                raise NotStarted(f"loading: {answer.status} {answer.read(200)!r}")
        connection.close()


class OxigraphOnDisk(Oxigraph):
    """Oxigraph's own server, from disk."""

    name, label, compared_with = "oxigraph-disk", "Oxigraph, on disk", "muniment-disk"

    def prepare(self, data: Data, folder: Path) -> None:
        command = [self._binary() or "", "load", "--location", str(folder / "store"), "--file"]
        subprocess.run([*command, str(data.nquads)], check=True, capture_output=True, timeout=_PATIENCE)

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        serve = [self._binary() or "", "serve-read-only", "--location", str(folder / "store")]
        return [*serve, "--bind", f"127.0.0.1:{port}"]

    def fill(self, data: Data, port: int) -> None:
        pass


class RdflibEndpoint(Server):
    """rdflib-endpoint with its Oxigraph store; loaded by the engine, since rdflib's own reader takes minutes at a million triples."""

    name, label, endpoint = "rdflib-endpoint", "rdflib-endpoint", "/?query="
    _RUN = """
import sys, pyoxigraph, uvicorn
from oxrdflib.store import OxigraphStore
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
store = pyoxigraph.Store()
store.bulk_load(path=sys.argv[1], format=pyoxigraph.RdfFormat.N_QUADS)
app = SparqlEndpoint(graph=Dataset(store=OxigraphStore(store=store)))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
"""

    def _python(self) -> str:
        return str(self.options.peers / "bin" / "python") if self.options.peers else sys.executable

    def _ask(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self._python(), "-c", code], capture_output=True, text=True, timeout=60)

    def missing(self) -> str | None:
        failed = self._ask("import rdflib_endpoint, oxrdflib, uvicorn").returncode
        return f"rdflib-endpoint is not installed for {self._python()}; see --peers" if failed else None

    def version(self) -> str:
        return self._ask(
            "from importlib.metadata import version as v; print(v('rdflib-endpoint'))"
        ).stdout.strip()

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        return [self._python(), "-c", self._RUN, str(data.nquads), str(port)]


class Virtuoso(Server):
    """Virtuoso, with a folder and a configuration of its own."""

    name, label = "virtuoso", "Virtuoso"
    endpoint = f"/sparql?default-graph-uri={GRAPH.replace(':', '%3A').replace('/', '%2F')}&query="

    def missing(self) -> str | None:
        found = shutil.which("virtuoso-t") and shutil.which("isql-vt")
        return (
            None if found else "virtuoso-t and isql-vt are not installed (Debian: virtuoso-opensource-7-bin)"
        )

    def version(self) -> str:
        words = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True).stderr.split()
        return words[words.index("Version") + 1] if "Version" in words else "unknown"

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        text = _VIRTUOSO_INI.format(folder=folder, port=port, sql=free_port(), data=data.nquads.parent)
        (folder / "virtuoso.ini").write_text(text)
        return ["virtuoso-t", "+foreground", "+configfile", str(folder / "virtuoso.ini")]

    def fill(self, data: Data, port: int) -> None:
        ini = (data.nquads.parent / self.name / "virtuoso.ini").read_text()
        sql = ini.partition("ServerPort = ")[2].split()[0]
        for statement in (
            f"ld_dir('{data.nquads.parent}', '{data.nquads.name}', '{GRAPH}')",
            "rdf_loader_run()",
            "checkpoint",
        ):
            command = ["isql-vt", sql, "dba", "dba", f"exec={statement};"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
            if "***" in done.stdout + done.stderr:
                raise NotStarted((done.stdout + done.stderr)[-300:])


_VIRTUOSO_INI = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
FileExtend = 200
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 32
NumberOfBuffers = 340000
MaxDirtyBuffers = 250000
DirsAllowed = {data}
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 16
MaxKeepAlives = 16
KeepAliveTimeout = 120
MaintenancePage =
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = 100000000
MaxConstructTriples = 100000000
MaxQueryExecutionTime = 30
"""

KINDS: dict[str, type[Server]] = {
    kind.name: kind for kind in (Muniment, MunimentOnDisk, Oxigraph, OxigraphOnDisk, RdflibEndpoint, Virtuoso)
}


class Running:
    """A server that has been started; ``first_answer`` is the time from its start to its first answer about the data."""

    def __init__(self, server: Server, data: Data, path: str) -> None:
        self.server, self.port = server, free_port()
        self.sizes: dict[str, int] = {}
        """Path -> bytes of its answer, as far as they are known."""
        folder = data.nquads.parent / server.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        server.prepare(data, folder)
        command = server.command(data, folder, self.port)
        self.log = folder / "log.txt"
        began = time.perf_counter()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**os.environ, **server.environment()},
                start_new_session=True,
            )
        try:
            self._wait()
            server.fill(data, self.port)
            fetch(self.port, path, "*/*")
        except BaseException:
            self.end()
            raise
        self.first_answer = time.perf_counter() - began

    def _wait(self) -> None:
        until = time.perf_counter() + _PATIENCE
        while time.perf_counter() < until:
            if self.process.poll() is not None:
                raise NotStarted(f"ended with {self.process.returncode}: {self.log.read_text()[-500:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise NotStarted("does not listen")

    def end(self) -> None:
        """End it and what it has started; by force if it is busy."""
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 10)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def fetch(port: int, path: str, accept: str, patience: float = 120) -> bytes:
    """The body of an answer.

    Raises:
        NotStarted: the server answers with an error.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    connection.request("GET", path, headers={"Accept": accept})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise NotStarted(f"status {answer.status}: {body[:300]!r}")
    return body


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
