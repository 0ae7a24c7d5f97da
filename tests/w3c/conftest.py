"""Two services on loopback: one whose store each test fills, and one as it is run, with a release and its workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from muniment.build import publish_files
from muniment.terms import Quad

from .suites import FOLDER, read

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = "http://kasei.us/2009/09/sparql/data/"
SERVE = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"

Load = Callable[[Iterable[Quad]], httpx.Client]


@contextmanager
def running(command: list[str], port: int) -> Iterator[httpx.Client]:
    """A server as a process of its own, and a client that sends no header of its own choice."""
    folders = (ROOT / "graph", ROOT / "service", HERE)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    process = subprocess.Popen(command, env=environ, stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for name in ("accept", "accept-encoding", "user-agent"):
                del client.headers[name]
            _wait(client, process)
            yield client
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(process.communicate()[0].decode())


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def switched() -> Iterator[httpx.Client]:
    """A client of the service whose store is replaced by ``PUT /-/store``."""
    port = free_port()
    with running([sys.executable, str(HERE / "server.py"), str(port)], port) as client:
        yield client


@pytest.fixture(scope="session")
def load(switched: httpx.Client) -> Load:
    """Fill the store with quads; gives the client."""
    last: list[bytes] = []

    def fill(quads: Iterable[Quad]) -> httpx.Client:
        nquads = "".join(quad.line() for quad in quads).encode()
        if last != [nquads]:
            assert switched.put("/-/store", content=nquads).status_code == 204
            last[:] = [nquads]
        return switched

    return fill


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of ``muniment serve`` on a release that holds the graphs of the protocol tests."""
    if not FOLDER.is_dir():
        pytest.skip("needs ../shared/w3c, which is not in this checkout")
    folder = tmp_path_factory.mktemp("protocol")
    quads = [q for n in (1, 2, 3) for q in read(FOLDER / f"protocol/data{n}.nt", f"{DATA}data{n}.rdf")]
    (folder / "data.nq").write_text("".join(quad.line() for quad in quads), encoding="utf-8")
    release = publish_files([folder / "data.nq"], folder / "releases")
    port = free_port()
    with running([sys.executable, "-c", SERVE, str(release.path), str(port)], port) as client:
        yield client
