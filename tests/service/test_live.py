"""A real Granian process on a free port of the loopback interface, and real clients."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from xml.dom.minidom import Document

import httpx
import pytest
import rdflib
import SPARQLWrapper as sw  # noqa: N813
from engine_stores import Stores
from rdflib.plugins.stores.sparqlstore import SPARQLStore

import muniment
from muniment.errors import MunimentError, ReleaseError
from muniment.release import Release
from muniment.terms import MUN
from muniment_service.asgi import application
from muniment_service.serve import listenable, run

pytestmark = [  # what rdflib and SPARQLWrapper say of themselves
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Sending Accept header:RuntimeWarning"),
]

ROOT = Path(__file__).resolve().parents[2]
CODE = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]), workers=int(sys.argv[3]))"
SELECT = "SELECT ?s ?label WHERE { ?s rdfs:label ?label } ORDER BY ?s ?label LIMIT 20"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT { ?s rdfs:label ?label } WHERE { ?s rdfs:label ?label }"


def start(
    release: Release, port: int, workers: int, told: Mapping[str, str] = MappingProxyType({})
) -> subprocess.Popen[str]:
    environ = {**os.environ, **told, "PYTHONPATH": f"{ROOT / 'graph'}{os.pathsep}{ROOT / 'service'}"}
    command = [sys.executable, "-c", CODE, str(release.path), str(port), str(workers)]
    process = subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return process
        except httpx.TransportError:
            time.sleep(0.05)
        if process.poll() is not None:
            break
    process.kill()
    raise AssertionError(process.communicate()[0])


def stop(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> str:
    os.killpg(process.pid, how)  # as a terminal does at Ctrl-C: to the whole group
    try:
        return process.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


@pytest.fixture(scope="module")
def url(tiny_release: Release, stores: Stores, unused_port: int) -> Iterator[str]:
    process = start(tiny_release, unused_port, workers=2, told=stores.environ(tiny_release))
    yield f"http://127.0.0.1:{unused_port}"
    assert stop(process) == ""


def wrapper(url: str, query: str, form: str, method: str, request_method: str) -> sw.SPARQLWrapper:
    client = sw.SPARQLWrapper(f"{url}/sparql")
    client.setQuery(query)
    client.setReturnFormat(form)
    client.setMethod(method)
    client.setRequestMethod(request_method)
    client.setTimeout(20)
    return client


WAYS = [(sw.GET, sw.URLENCODED), (sw.POST, sw.URLENCODED), (sw.POST, sw.POSTDIRECTLY)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", [sw.JSON, sw.XML, sw.CSV, sw.TSV])
def test_sparqlwrapper_select(url: str, form: str, way: tuple[str, str]) -> None:
    found = wrapper(url, SELECT, form, *way).query().convert()
    if form == sw.JSON:
        assert len(found["results"]["bindings"]) == 20
    elif form == sw.XML:
        assert isinstance(found, Document)
        assert len(found.getElementsByTagName("result")) == 20
    else:
        assert len(found.decode().splitlines()) == 21


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", [sw.JSON, sw.XML])
def test_sparqlwrapper_ask(url: str, form: str, way: tuple[str, str]) -> None:
    found = wrapper(url, ASK, form, *way).query().convert()
    if form == sw.JSON:
        assert found["boolean"] is True
    else:
        assert found.getElementsByTagName("boolean")[0].firstChild.data == "true"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", [sw.TURTLE, sw.N3, sw.XML, sw.RDF, sw.RDFXML, sw.JSONLD])
def test_sparqlwrapper_construct(url: str, form: str, way: tuple[str, str]) -> None:
    found = wrapper(url, CONSTRUCT, form, *way).query().convert()
    graph = rdflib.Graph().parse(data=found, format="turtle") if isinstance(found, bytes) else found
    assert len(graph) > 20


def test_sparqlwrapper_errors(url: str) -> None:
    with pytest.raises(sw.SPARQLExceptions.QueryBadFormed, match="line"):
        wrapper(url, "SELECT * {", sw.JSON, sw.GET, sw.URLENCODED).query()


def test_rdflib_store(url: str) -> None:
    for method in ("GET", "POST", "POST_FORM"):
        graph = rdflib.Graph(SPARQLStore(f"{url}/sparql", method=method))
        rows = list(graph.query("SELECT ?s ?l { ?s rdfs:label ?l }", initNs={"rdfs": rdflib.RDFS}))
        assert len(rows) > 20
        assert (rows[0][0], rdflib.RDFS.label, rows[0][1]) in graph
        assert (
            len(graph.query("CONSTRUCT WHERE { ?s rdfs:label ?o }", initNs={"rdfs": rdflib.RDFS}).graph) > 20
        )  # type: ignore[arg-type]


def test_rdflib_parses_documents(url: str, tiny_release: Release) -> None:
    query = f"SELECT ?s {{ ?s a <{MUN}Event> }} ORDER BY ?s LIMIT 1"
    iri = str(next(iter(tiny_release.open(10**6).query(query)))["s"])
    path = iri.removeprefix(f"{tiny_release.manifest['base']}id/")
    graph = rdflib.Graph().parse(f"{url}/id/{path}")
    assert (rdflib.URIRef(iri), None, None) in graph


def test_muniment_open(url: str, tiny_release: Release) -> None:
    here, there = tiny_release.open(10**6), muniment.open(f"{url}/sparql")
    assert there.query(SELECT).to_dicts() == here.query(SELECT).to_dicts()
    assert len(there.query(CONSTRUCT)) == len(here.query(CONSTRUCT))
    assert there.query(ASK).boolean is True


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(url: str) -> None:
    def curl(*arguments: str) -> str:
        return subprocess.run(
            ["curl", "-sS", "--max-time", "20", *arguments], check=True, capture_output=True, text=True
        ).stdout

    assert json.loads(curl(f"{url}/sparql", "--data-urlencode", f"query={ASK}"))["boolean"] is True
    assert json.loads(curl("-G", f"{url}/sparql", "--data-urlencode", f"query={ASK}"))["boolean"] is True
    assert json.loads(curl("--http2", f"{url}/sparql", "--data-urlencode", f"query={ASK}"))["boolean"] is True
    assert curl("-H", "Accept: text/csv", f"{url}/sparql", "--data-urlencode", f"query={SELECT}").startswith(
        "s,label\n"
    )
    assert curl("-I", f"{url}/").startswith("HTTP/1.1 200")


RAW = {
    "no Accept": (b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    "raw UTF-8 in the query": ("GET /sparql?query=ASK{}#é HTTP/1.1\r\nHost: x\r\n\r\n".encode(), None),
    "invalid UTF-8": (b"GET /sparql?query=%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "NUL": (b"GET /id/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "dots": (b"GET /id/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "percent alone": (b"GET /id/%zz% HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "long header": (
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept: " + b"a/b;q=0.1," * 3000 + b"\r\n\r\n",
        200,
    ),
    "Latin-1 header": (b"GET / HTTP/1.1\r\nHost: x\r\nAccept: \xff\xfe, text/html\r\n\r\n", 200),
    "Accept twice": (b"GET / HTTP/1.1\r\nHost: x\r\nAccept: image/png\r\nAccept: text/html\r\n\r\n", 200),
    "chunked": (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n2\r\n{}\r\n0\r\n\r\n",
        200,
    ),
}


@pytest.mark.parametrize("case", RAW)
def test_odd_bytes(url: str, case: str) -> None:
    sent, status = RAW[case]
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20) as connection:
        connection.sendall(sent.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    code = int(answer.split(b" ", 2)[1])
    assert code == status if status else code < 500
    assert b"Traceback" not in answer and str(ROOT).encode() not in answer


def test_head_keeps_the_connection_in_step(url: str) -> None:
    with httpx.Client(base_url=url) as client:
        for _ in range(3):
            assert client.head("/").content == b""
            assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tiny_release: Release, stores: Stores, how: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(tiny_release, port, workers=1, told=stores.environ(tiny_release))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as idle:
        idle.get("/healthz")  # a connection that stays open does not hold it up
        before = time.monotonic()
        assert stop(process, how) == ""
        assert time.monotonic() - before < 10
    assert process.returncode == 0


def test_a_busy_port_is_a_clear_error(tiny_release: Release, url: str) -> None:
    port = int(url.rpartition(":")[2])
    with pytest.raises(MunimentError, match=f"cannot listen at 127.0.0.1:{port}: .*in use"):
        run(tiny_release.path, port=port)


def test_other_bad_addresses() -> None:
    with pytest.raises(MunimentError, match="cannot listen"):
        listenable("not an address", 1)
    with pytest.raises(MunimentError, match="cannot listen"):
        listenable("127.0.0.1", 99999)


def test_releases_are_found_by_the_environment(tiny_release: Release, tmp_path: Path) -> None:
    folder = tiny_release.path.parent
    for environ in ({"MUNIMENT_RELEASE": str(tiny_release.path)}, {"MUNIMENT_RELEASES": str(folder)}):
        assert application(environ).state.publisher.current.settings.release == tiny_release.id
    for wrong in ({}, {"MUNIMENT_RELEASE": str(tmp_path)}, {"MUNIMENT_RELEASES": str(tmp_path)}):
        with pytest.raises(ReleaseError):
            application(wrong)
    with pytest.raises(ReleaseError):
        run(tmp_path)
