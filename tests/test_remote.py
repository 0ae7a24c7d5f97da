"""One table of queries, answered alike by the embedded engine, an Oxigraph server and our own service; and servers that misbehave."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rdflib.compare import to_isomorphic
from rdflib.term import BNode, Literal

import muniment
from muniment.engine import EmbeddedStore
from muniment.errors import InputError, QueryRefused, QuerySyntaxError, StoreError, StoreTimeout
from muniment.release_writer import write_release
from muniment.remote import RemoteStore
from muniment.results import Results
from muniment.store import Dataset, Store

ROOT = Path(__file__).resolve().parents[1]
PREFIXES = {
    "ex": "http://example.org/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
X = "http://www.w3.org/2001/XMLSchema#"
VALUES = [
    '"plain"',
    '""',
    '"0"',
    '"false"',
    f'"0"^^<{X}integer>',
    f'"0.0"^^<{X}decimal>',
    f'"false"^^<{X}boolean>',
    f'"true"^^<{X}boolean>',
    f'"123456789012345678"^^<{X}integer>',
    f'"-7"^^<{X}integer>',
    f'"2004-06-23"^^<{X}date>',
    f'"2004-06"^^<{X}gYearMonth>',
    f'"2004"^^<{X}gYear>',
    f'"14:00:00"^^<{X}time>',
    f'"2004-06-23T14:00:00Z"^^<{X}dateTime>',
    '"odd"^^<http://example.org/type>',
    '"no number"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '"réunion"@fr',
    '"colour"@en-gb',
    '"\u4f1a\u8b70 \U0001f600 \u05d0"',
    '"two\\nlines\\t\\"quoted\\" \\\\ back, comma; semi"',
    "<http://example.org/i%20r%C3%A9i/\u00e9>",
    "_:b",
]
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
NQUADS = "".join(
    [
        *(f"<http://example.org/s{n}> <http://example.org/value> {v} .\n" for n, v in enumerate(VALUES)),
        "<http://example.org/s0> <http://example.org/self> <http://example.org/s0> .\n",
        f'<http://example.org/s0> {LABEL} "nought"@en .\n',
        f'<http://example.org/s0> {LABEL} "zéro"@fr .\n',
        '<http://example.org/value> <http://www.w3.org/2004/02/skos/core#prefLabel> "value" .\n',
        f'<http://example.org/s1> {LABEL} "one in a graph"@en <http://example.org/g1> .\n',
        *(
            f"<http://example.org/t{n}> <http://example.org/to> <http://example.org/hub> .\n"
            for n in range(9)
        ),
        "<http://example.org/a> <http://example.org/b> <http://example.org/c> <http://example.org/g2> .\n",
        "<http://example.org/a> <http://example.org/b> <http://example.org/d> <http://example.org/g2> .\n",
    ]
)
LONG = " ".join(f"<http://example.org/nobody/{n:04}>" for n in range(600))

QUERIES = {
    "every kind of term": "SELECT ?s ?o { ?s ex:value ?o }",
    "unbound": "SELECT ?s ?none ?label { ?s ex:value ?o OPTIONAL { ?s rdfs:label ?label } }",
    "nothing found": "SELECT ?x { ?x ex:none ?y }",
    "no variable": "SELECT * {}",
    "falsy": 'SELECT ?a ?b ?c ?d { VALUES (?a ?b ?c ?d) { (0 false "" 0.0) (UNDEF false UNDEF 1e0) } }',
    "big": "SELECT (9223372036854775807 AS ?big) (?big - 1 AS ?less) {}",
    "dates": 'SELECT ("2004-06-23"^^xsd:date AS ?day) ("24:00:00"^^<urn:t> AS ?odd) {}',
    "true": "ASK { ?s ex:value ?o }",
    "false": "ASK { ?s ex:none ?o }",
    "empty ask": "ASK {}",
    "construct": "CONSTRUCT { ?s ex:is ?o } { ?s ex:value ?o }",
    "construct nothing": "CONSTRUCT { ?s ex:is ?o } { ?s ex:none ?o }",
    "construct falsy": 'CONSTRUCT { ex:x ex:y 0, false, "" } {}',
    "describe": "DESCRIBE ex:s0",
    "aggregate": "SELECT ?s (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?s",
    "graphs": "SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } }",
    "own prefix wins": "PREFIX ex: <http://example.net/> ASK { ?s ex:value ?o }",
    "prefix in a comment": "# PREFIX ex: <http://example.net/>\nASK { ?s ex:value ?o }",
    "base": "BASE <http://example.org/> SELECT ?o { <s0> ex:value ?o }",
    "unicode": 'SELECT ?s { ?s ex:value ?o FILTER(?o = "\u4f1a\u8b70 \U0001f600 \u05d0" || "é+&%#;" = STR(?o)) }',
    "escape": 'SELECT ?s { ?s ex:value "\\u0030" }',
    "long": f"SELECT ?s ?o {{ ?s ex:value ?o VALUES ?s {{ {LONG} ex:s3 ex:s4 }} }}",
}


@contextmanager
def serving(command: list[str], port: int, path: str, **options: Any) -> Iterator[str]:
    """A server as a process of its own, from the moment that it answers."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(300):
                assert process.poll() is None, f"{command} ended with {process.returncode}"
                try:
                    with urllib.request.urlopen(f"{url}{path}", timeout=5):
                        break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail(f"{command} does not answer at {url}{path}")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def oxigraph_command() -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / "oxigraph"
    return str(beside) if beside.exists() else shutil.which("oxigraph")


@pytest.fixture(scope="module")
def oxigraph() -> Iterator[str]:
    command = oxigraph_command()
    if command is None:
        pytest.skip("the Oxigraph server is not installed: pip install oxigraph")
    port = free_port()
    with serving([command, "serve", "--bind", f"127.0.0.1:{port}", "--timeout-s", "1"], port, "/") as url:
        request = urllib.request.Request(
            f"{url}/store", NQUADS.encode(), {"Content-Type": "application/n-quads"}
        )
        urllib.request.urlopen(request, timeout=10).close()
        yield f"{url}/query"


@pytest.fixture(scope="module")
def embedded() -> EmbeddedStore:
    return EmbeddedStore.in_memory(NQUADS.encode(), PREFIXES)


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("releases")
    facts = {"title": "Test", "base": "http://example.org/", "counts": {"quads": 50}, "prefixes": PREFIXES}
    release = write_release(folder, sorted(NQUADS.splitlines(keepends=True)), "", facts, "inputs")
    port = free_port()
    call = f"run(pathlib.Path({str(release.path)!r}), port={port})"
    command = [sys.executable, "-c", f"import pathlib; from muniment_service.serve import run; {call}"]
    path = os.pathsep.join([str(ROOT / "graph"), str(ROOT / "service"), os.environ.get("PYTHONPATH", "")])
    with serving(command, port, "/readyz", env={**os.environ, "PYTHONPATH": path}) as url:
        yield f"{url}/sparql"


@pytest.fixture(scope="module", params=["oxigraph", "own_service"])
def remote(request: pytest.FixtureRequest) -> RemoteStore:
    return RemoteStore(request.getfixturevalue(request.param), prefixes=PREFIXES)


def comparable(results: Results) -> object:
    """The parts of an answer, without the order of its rows and the names of blank nodes."""
    if results.graph is not None:
        return to_isomorphic(results.graph)

    def key(term: Any) -> tuple[str, ...]:
        if isinstance(term, Literal):
            return ("literal", str(term), str(term.datatype), str(term.language))
        return (type(term).__name__, "" if isinstance(term, BNode) else str(term))

    rows = sorted(sorted((name, key(term)) for name, term in row.items()) for row in results)
    return (list(results.variables), rows, results.boolean)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_same_answer(query: str, embedded: Store, remote: Store) -> None:
    expected = comparable(embedded.query(query))
    assert comparable(remote.query(query)) == expected


def test_literals_are_kept_as_they_are(remote: Store) -> None:
    (row,) = remote.query('SELECT ?a ?b ?c { BIND(0 AS ?a) BIND(false AS ?b) BIND("" AS ?c) }')
    assert [str(row[name]) for name in "abc"] == ["0", "false", ""]
    assert [row[name].toPython() for name in "abc"] == [0, False, ""]
    assert row["c"].datatype is None


@pytest.mark.parametrize(
    "media_type",
    [
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ],
)
def test_bytes_of_a_table(media_type: str, embedded: Store, remote: Store) -> None:
    query = "SELECT ?s ?o { ?s ex:value ?o FILTER(!ISBLANK(?o)) } ORDER BY ?s"
    found, expected = remote.answer(query, media_type), embedded.answer(query, media_type)
    if media_type.endswith("json"):
        assert json.loads(found) == json.loads(expected)
    else:
        assert found.replace(b"\r\n", b"\n").split() == expected.replace(b"\r\n", b"\n").split()


@pytest.mark.parametrize("media_type", ["application/sparql-results+json", "application/sparql-results+xml"])
def test_bytes_of_a_boolean(media_type: str, embedded: Store, remote: Store) -> None:
    assert b"true" in remote.answer("ASK {}", media_type)


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]
)
def test_bytes_of_a_graph(media_type: str, remote: Store) -> None:
    query = "CONSTRUCT { ?s ex:is ?o } { ?s ex:value ?o FILTER(!ISBLANK(?o)) }"
    assert b"2004-06-23" in remote.answer(query, media_type)


DATASETS = [
    Dataset(default=("http://example.org/g2",)),
    Dataset(default=("http://example.org/g1", "http://example.org/g2")),
    Dataset(named=("http://example.org/g1",)),
    Dataset(default=("http://example.org/g1",), named=("http://example.org/g2",)),
    Dataset(default=("http://example.org/nobody",)),
]


@pytest.mark.parametrize("dataset", DATASETS)
def test_bytes_from_the_graphs_named(dataset: Dataset, embedded: Store, oxigraph: str) -> None:
    remote = RemoteStore(oxigraph, prefixes=PREFIXES)
    query = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?g ?s ?o"
    found, expected = (json.loads(store.answer(query, JSON, dataset=dataset)) for store in (remote, embedded))
    assert found["results"] == expected["results"]


def test_a_dataset_without_any_graph_cannot_be_sent(remote: Store) -> None:
    with pytest.raises(QueryRefused):
        remote.answer("ASK {}", JSON, dataset=Dataset())


def test_description(embedded: Store, remote: Store) -> None:
    for name in ("s0", "s1", "value", "hub", "s22", "nobody"):
        found, expected = (store.describe(f"http://example.org/{name}") for store in (remote, embedded))
        assert set(map(_nameless, found.outgoing)) == set(map(_nameless, expected.outgoing))
        assert set(found.incoming) == set(expected.incoming)
        assert found.labels == expected.labels
    assert len(remote.describe("http://example.org/hub", incoming=3).incoming) == 3
    assert not remote.describe("http://example.org/hub", incoming=0)


def _nameless(quad: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("_:" if term.startswith("_:") else term for term in quad)


@pytest.mark.parametrize("iri", ["", "no iri", "urn:a> ?p ?o } #", "urn:\n", "relative"])
def test_what_is_no_iri_is_not_described(iri: str, remote: Store) -> None:
    with pytest.raises(QuerySyntaxError):
        remote.describe(iri)


def test_graphs(embedded: Store, remote: Store) -> None:
    counts = dict(remote.graphs())
    assert counts == embedded.graphs()
    assert counts["http://example.org/g2"] == 2


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("SELECT ?s { ?s ex:value }", 1),
        ("SELECT ?s {\n  ?s ex:value ?o .\n  ?s ?p ]\n}", 3),
        ("SELECT (COUNT(?s) AS) {}", 1),
        ("SELECT ?s { ?s nowhere:value ?o }", None),
        ("hello", 1),
    ],
)
def test_syntax_errors_point_to_the_query(
    query: str, line: int | None, embedded: Store, remote: Store
) -> None:
    with pytest.raises(QuerySyntaxError) as expected:
        embedded.query(query)
    with pytest.raises(QuerySyntaxError) as found:
        remote.query(query)
    assert found.value.line == expected.value.line
    assert found.value.column == expected.value.column
    assert found.value.message == expected.value.message
    assert line is None or found.value.line == line


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "CLEAR ALL",
        "LOAD <http://127.0.0.1:9/>",
    ],
)
def test_refused_as_by_the_embedded_engine(query: str, embedded: Store, remote: Store) -> None:
    with pytest.raises(QueryRefused) as expected:
        embedded.query(query)
    with pytest.raises(QueryRefused) as found:
        remote.query(query)
    assert str(found.value) == str(expected.value)


def test_opened_by_its_address(oxigraph: str) -> None:
    store = muniment.open(oxigraph)
    assert store.query("ASK { ?s rdfs:label ?o }").boolean  # the shipped prefixes are there
    store.close()


def test_an_oxigraph_that_breaks_off(oxigraph: str) -> None:
    """It answers 200, and then breaks off in the middle of its JSON when its time is up."""
    product = " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(5))
    endless = f"{product} FILTER(STRLEN(CONCAT({', '.join(f'STR(?o{n})' for n in range(5))})) = 1)"
    with pytest.raises(StoreError, match="is not JSON"):
        RemoteStore(oxigraph).query(f"SELECT ?s {{ {{ ?s ?p ?o }} UNION {{ {endless} }} }}", timeout=20)


# A server that does whatever a test wants.

JSON = "application/sparql-results+json"
EMPTY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'


class Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        length = int(self.headers.get("Content-Length") or 0)
        self.server.bodies.append(self.rfile.read(length))
        self.close_connection = True
        self.server.script(self)

    do_POST = do_GET  # noqa: N815

    def send(
        self, body: bytes, status: int = 200, content_type: str = JSON, length: int | None = None, **more: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Scripted)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.script: Any = lambda handler: handler.send(EMPTY)
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/sparql"

    def handle_error(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.released.set()
        found.shutdown()
        thread.join()


HTML = b"<html><head><title>Welcome</title></head><body>SPARQL</body></html>"
BAD_ANSWERS = {
    "500": (lambda h: h.send(b"boom", 500, "text/plain"), "answered 500: boom"),
    "502 with a page": (lambda h: h.send(HTML, 502, "text/html"), "answered 502: Welcome"),
    "503": (lambda h: h.send(b"", 503, Retry_After="7"), "try again in 7 s"),
    "401": (lambda h: h.send(b"", 401), "It wants credentials"),
    "404": (lambda h: h.send(HTML, 404, "text/html"), "Is the address right?"),
    "405": (lambda h: h.send(b"", 405), "Many end in /sparql"),
    "413": (lambda h: h.send(b"", 413), "Ask a shorter query."),
    "507": (lambda h: h.send(b"", 507), "Its disk is full"),
    "500, disk": (lambda h: h.send(b"Log out of disk", 500, "text/plain"), "Its disk is full"),
    "page": (lambda h: h.send(HTML, content_type="text/html"), "answered with text/html"),
    "wrong type": (lambda h: h.send(EMPTY, content_type="text/csv"), "answered with text/csv"),
    "no type": (lambda h: h.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + EMPTY), "answered with text/plain"),
    "no body": (lambda h: h.send(b""), "is not JSON"),
    "truncated JSON": (lambda h: h.send(EMPTY[:-3]), "is not JSON"),
    "JSON with an error in it": (lambda h: h.send(EMPTY[:-3] + b"\nTimeout reached"), "is not JSON"),
    "other JSON": (lambda h: h.send(b'{"error": "no"}'), "no SPARQL result"),
    "JSON list": (lambda h: h.send(b"[]"), "no SPARQL result"),
    "boolean as text": (lambda h: h.send(b'{"boolean": "true"}'), "no SPARQL result"),
    "no term": (
        lambda h: h.send(b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"value":"x"}}]}}'),
        "no RDF term",
    ),
    "row is a list": (
        lambda h: h.send(b'{"head":{"vars":["s"]},"results":{"bindings":[["s"]]}}'),
        "no SPARQL result",
    ),
    "not UTF-8": (lambda h: h.send(b'{"boolean": "\xff"}'), "is not JSON"),
    "too short": (lambda h: h.send(EMPTY, length=len(EMPTY) + 9), "9 bytes are missing"),
    "chunk missing": (
        lambda h: h.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(EMPTY), EMPTY)
        ),
        "breaks off",
    ),
    "hangs up": (lambda h: None, "cannot be reached|breaks off"),
    "no HTTP": (lambda h: h.wfile.write(b"hello\r\n\r\n"), "breaks off"),
    "redirect": (
        lambda h: h.send(b"", 302, Location="http://user:secret@other.example/sparql?key=secret"),
        "http://other.example/sparql",
    ),
    "redirect to a file": (lambda h: h.send(b"", 301, Location="file:///etc/passwd"), "answered 301"),
    "redirect nowhere": (lambda h: h.send(b"", 307), "answered 307"),
}


@pytest.mark.parametrize(("script", "message"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_a_bad_answer_is_a_clear_error(script: Any, message: str, server: Server) -> None:
    server.script = script
    url = server.url.replace("//", "//user:secret@") + "?key=secret"
    for call in (lambda s: s.query("SELECT ?s {}"), lambda s: s.answer("SELECT ?s {}", JSON)):
        if message in ("no RDF term",) and server.requests:
            continue  # bytes are passed on when they are JSON results; terms are looked at when they are read
        with pytest.raises(StoreError, match=message) as error:
            call(RemoteStore(url, timeout=5))
        assert server.url in str(error.value)
        assert "secret" not in str(error.value)
        assert error.value.hint
        assert error.value.__suppress_context__ or "secret" not in repr(error.value.__cause__)


TURTLE = b'@prefix ex: <http://example.org/> . ex:a ex:b "c" .\n'
LINES = b'<urn:a> <urn:b> "c" .\n' * 20_000
BAD_BYTES = [
    ("text/turtle", TURTLE[:-4]),
    ("text/turtle", TURTLE + b"Timeout reached"),
    ("application/n-triples", b"<urn:a> <urn:b> <urn:c"),
    ("application/n-triples", LINES + b"Timeout reached"),
    (
        "application/n-triples",
        LINES + b"Timeout reached" + LINES,
    ),  # found while the rest comes, and not forgotten
    ("application/rdf+xml", b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'),
    ("application/ld+json", b'[{"@id": "urn:a"'),
    (JSON, EMPTY + b"x"),
    ("application/sparql-results+xml", b"<sparql><head/>"),
    ("text/csv", b"s,p\r\na,b\r\nc"),
    ("text/csv", b's,p\r\na,"b'),
    ("text/csv", b"s,p\r\na,b\r\nTimeout reached\r\n"),
    ("text/csv", b"s\r\nT\xe9l\xe9\r\n"),
    ("text/tab-separated-values", b"?s\t?p\n<a>\t<b>\n<c>"),
    ("text/tab-separated-values", b""),
]


def test_lines_that_are_right_are_passed_on(server: Server) -> None:
    server.script = lambda handler: handler.send(LINES, content_type="application/n-triples")
    assert RemoteStore(server.url, timeout=5).answer("CONSTRUCT {} {}", "application/n-triples") == LINES


@pytest.mark.parametrize(("media_type", "body"), BAD_BYTES)
def test_wrong_bytes_are_not_passed_on(media_type: str, body: bytes, server: Server) -> None:
    server.script = lambda handler: handler.send(body, content_type=media_type)
    query = "SELECT * {}" if media_type.startswith("text/c") or "results" in media_type else "CONSTRUCT {} {}"
    with pytest.raises(StoreError, match="the answer of http"):
        RemoteStore(server.url, timeout=5).answer(query, media_type)


def test_an_endpoint_that_hangs(server: Server) -> None:
    server.script = lambda handler: server.released.wait(20)
    with pytest.raises(StoreTimeout, match=r"did not answer within 0\.3 s"):
        RemoteStore(server.url, timeout=0.3).query("ASK {}")


def test_an_endpoint_that_trickles(server: Server) -> None:
    def script(handler: Scripted) -> None:
        handler.send(b"{", length=10_000)
        while not server.released.wait(0.05):
            handler.wfile.write(b" ")

    server.script = script
    started = time.monotonic()
    with pytest.raises(StoreTimeout):
        RemoteStore(server.url).query("ASK {}", timeout=0.5)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("status", [408, 504])
def test_a_status_that_means_time_is_up(status: int, server: Server) -> None:
    server.script = lambda handler: handler.send(b"", status)
    with pytest.raises(StoreTimeout):
        RemoteStore(server.url, timeout=5).query("ASK {}")


def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}/sparql"
    with pytest.raises(StoreError, match=r"cannot be reached.*refused") as error:
        RemoteStore(url).query("ASK {}")
    assert url in str(error.value)


PROBLEM = json.dumps({"title": "Not SPARQL", "detail": "expected a variable", "line": 1, "column": 46})
SYNTAX = [
    ('error at 1:46: expected one of "a", "b"', "text/plain", "this `]` closes nothing", 2),
    ('Encountered " <EOF> " at line 2, column 5.\nWas expecting: x', "text/plain", "Encountered", 2),
    (PROBLEM, "application/problem+json", "expected a variable", 1),
    (HTML.decode(), "text/html", "Welcome", None),
    ("", "text/plain", "refuses the query as malformed", None),
]


@pytest.mark.parametrize(("body", "content_type", "message", "line"), SYNTAX)
def test_messages_of_a_400(
    body: str, content_type: str, message: str, line: int | None, server: Server
) -> None:
    server.script = lambda handler: handler.send(body.encode(), 400, content_type)
    with pytest.raises(QuerySyntaxError, match=message) as error:
        RemoteStore(server.url, prefixes=PREFIXES).query("ASK { ?s ex:p\n ]")  # behind 33 characters
    assert error.value.line == line
    column = 2 if body.startswith("error at") else {None: None, 1: 13, 2: 5}[line]
    assert error.value.column == column
    assert "line 2" not in error.value.message


def test_403_is_a_refusal(server: Server) -> None:
    server.script = lambda handler: handler.send(b"not from here", 403, "text/plain")
    with pytest.raises(QueryRefused, match="not from here"):
        RemoteStore(server.url).query("ASK {}")


def test_what_is_sent(server: Server) -> None:
    address = server.url.replace("//", "//us%20er:p%3Ass@") + "?default-graph-uri=urn:g"
    store = RemoteStore(address, headers={"X-Key": "k"})
    store.query("SELECT ?s {}")
    store.query(f"SELECT ?s {{ VALUES ?s {{ {LONG} }} }}")
    (short, path, headers), (long, bare, _) = server.requests
    assert (short, long) == ("GET", "POST")
    assert path == "/sparql?default-graph-uri=urn%3Ag&query=SELECT+%3Fs+%7B%7D"
    assert bare == "/sparql"
    assert b"default-graph-uri=urn%3Ag" in server.bodies[1]
    assert headers["Accept"] == JSON
    assert headers["Authorization"] == "Basic dXMgZXI6cDpzcw=="
    assert headers["X-Key"] == "k"
    store.answer("ASK {}", JSON, dataset=Dataset(named=("urn:h",)))
    assert "named-graph-uri=urn%3Ah" in server.requests[-1][1]
    assert (
        "default-graph-uri" not in server.requests[-1][1]
    )  # the graphs asked for replace those of the address


def test_an_address_with_what_stands_in_none(server: Server) -> None:
    server.script = lambda handler: handler.send(b'{"boolean": true}')
    assert RemoteStore(f"{server.url}/ä b%20c?graph=ä c", timeout=5).query("ASK {}").boolean
    assert server.requests[-1][1].startswith("/sparql/%C3%A4%20b%20c?")
    assert "graph=%C3%A4+c" in server.requests[-1][1]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "http://", "http://ä.example/", "sparql"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InputError):
        RemoteStore(url)
