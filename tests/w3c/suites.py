"""Reads the W3C test suites: what each test sends, and what it expects."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urljoin

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS

from muniment.engine import parse
from muniment.terms import DEFAULT_GRAPH, Quad, iri, to_graph

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[2] / "shared" / "w3c" / "sparql11"
BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
HTS = "http://www.w3.org/2011/http-statusCodes#"
FAILURES = HERE / "expected_failures.toml"

Node = rdflib.term.Node

EVALUATION = {
    "aggregates": 42,
    "bind": 10,
    "bindings": 11,
    "cast": 6,
    "construct": 5,
    "exists": 6,
    "functions": 75,
    "grouping": 4,
    "negation": 12,
    "project-expression": 7,
    "property-path": 33,
    "subquery": 14,
}
"""Suite of ``manifest-sparql11-query.ttl`` -> how many evaluation tests it has."""
SYNTAX = {"aggregates": 5, "construct": 2, "grouping": 2, "syntax-query": 94}
"""Suite -> how many syntax tests it has."""
RESULTS = {"json-res": 4, "csv-tsv-res": 6}
"""Suite of ``manifest-sparql11-results.ttl`` -> how many tests it has."""
PROTOCOL, DESCRIPTION = 34, 3
GRAPH_STORE = {"manifest-direct.ttl": 5, "manifest-indirect.ttl": 9, "http-rdf-update": 18}
GRAPH_STORE_READS, GRAPH_STORE_WRITES = 29, 29
"""How many requests of each kind the tests of the graph store make together."""


@dataclass(frozen=True)
class Case:
    """One test of a query: its text, the data it asks, and what it expects."""

    suite: str
    name: str
    kind: str
    query: Path
    data: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    result: Path | None = None

    @property
    def text(self) -> str:
        """The query, with the base IRI that the suite means: over HTTP there is no other way to hand it over."""
        return f"BASE <{address(self.query)}>\n{self.query.read_text(encoding='utf-8')}"

    def quads(self) -> list[Quad]:
        """The data: the default graph, and each named graph under the IRI of its file."""
        wanted = re.findall(r"^\s*FROM\s+(?:NAMED\s+)?<([^>]*)>", self.text, re.MULTILINE | re.IGNORECASE)
        asked = [path for target in wanted if (path := self.query.parent / target).is_file()]
        named = dict.fromkeys([*self.named, *asked])
        found = [quad for path in self.data for quad in read(path)]
        return found + [quad for path in named for quad in read(path, address(path))]


@dataclass(frozen=True)
class Exchange:
    """A request, and what is said of its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: tuple[str, ...]
    """Local names under ``HTS``: ``OK``, ``StatusCode4xx``."""
    boolean: bool | None = None
    format: str | None = None
    content: str | None = None
    """The body that is expected, in Turtle."""


@dataclass(frozen=True)
class Conversation:
    """A test of HTTP: exchanges, one after the other."""

    suite: str
    name: str
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A test that is known not to pass, and why."""

    suite: str
    test: str
    kind: str
    """``engine``: it answers otherwise. ``form``: it gives the value with another lexical form. ``design``: refused on purpose.
    There is no kind for a failure that is ours: that is mended."""
    reason: str
    formats: tuple[str, ...] = field(default=())
    """In which formats; in all if none is named."""

    def concerns(self, suite: str, test: str, form: str) -> bool:
        """Whether this is about that test in that format."""
        return (self.suite, self.test) == (suite, test) and (not self.formats or form in self.formats)


def failures() -> list[Failure]:
    """The committed table."""
    entries = tomllib.loads(FAILURES.read_text(encoding="utf-8"))["failure"]
    return [Failure(**{**entry, "formats": tuple(entry.get("formats", ()))}) for entry in entries]


def address(path: Path) -> str:
    """The IRI of a file of the suites."""
    return urljoin(BASE, path.relative_to(FOLDER).as_posix())


def read(path: Path, graph: str | None = None) -> list[Quad]:
    """A file of the suites as quads, relative to its own IRI."""
    kinds = {".ttl": "text/turtle", ".nt": "application/n-triples", ".rdf": "application/rdf+xml"}
    name = iri(graph) if graph else DEFAULT_GRAPH
    return list(parse(path.read_bytes(), kinds[path.suffix], base=address(path), graph=name))


def cases(suite: str) -> list[Case]:
    """The query tests of a suite, in order of its manifest."""
    if not FOLDER.is_dir():
        return []
    graph = _manifest(FOLDER / suite / "manifest.ttl")
    return [_case(graph, suite, entry) for entry in _entries(graph)]


def conversations(suite: str, manifest: str = "manifest.ttl") -> list[Conversation]:
    """The HTTP tests of a suite, in order of its manifest, then those that it describes but forgets to list."""
    if not FOLDER.is_dir():
        return []
    graph = _manifest(FOLDER / suite / manifest)
    listed = _entries(graph)
    unlisted = sorted(set(graph.subjects(RDF.type, MF.GraphStoreProtocolTest)) - set(listed), key=str)
    return [
        Conversation(suite, _name(entry), tuple(_exchanges(graph, graph.value(entry, MF.action))))
        for entry in [*listed, *unlisted]
    ]


def narrated(suite: str) -> list[Conversation]:
    """The HTTP tests of a suite whose manifest tells requests and responses in Markdown."""
    if not FOLDER.is_dir():
        return []
    graph = _manifest(FOLDER / suite / "manifest.ttl")
    return [
        Conversation(suite, _name(entry), (_narrated(_story(graph, entry)),)) for entry in _entries(graph)
    ]


@cache
def _manifest(path: Path) -> rdflib.Graph:
    return to_graph(read(path))


def _entries(graph: rdflib.Graph) -> list[Node]:
    manifest = graph.value(predicate=RDF.type, object=MF.Manifest)
    head = graph.value(manifest, MF.entries)
    return list(Collection(graph, cast(Any, head)))


def _name(node: Node) -> str:
    return str(node).rpartition("#")[2]


def _path(node: Node) -> Path:
    return FOLDER / unquote(str(node).removeprefix(BASE))


def _case(graph: rdflib.Graph, suite: str, entry: Node) -> Case:
    kind = _name(cast(Node, graph.value(entry, RDF.type)))
    action = cast(Node, graph.value(entry, MF.action))
    if isinstance(action, rdflib.URIRef):
        return Case(suite, _name(entry), kind, _path(action))
    result = graph.value(entry, MF.result)
    return Case(
        suite,
        _name(entry),
        kind,
        _path(cast(Node, graph.value(action, QT.query))),
        tuple(sorted(_path(node) for node in graph.objects(action, QT.data))),
        tuple(sorted(_path(node) for node in graph.objects(action, QT.graphData))),
        _path(result) if result else None,
    )


def _exchanges(graph: rdflib.Graph, action: Node | None) -> Iterator[Exchange]:
    requests = graph.value(action, HT.requests)
    for request in Collection(graph, cast(Any, requests)) if requests else ():
        response = cast(Node, graph.value(request, HT.resp))
        boolean, kind = graph.value(response, MF.expectedBoolean), graph.value(response, MF.expectedFormat)
        text, coding = _body(graph, request)
        content, _ = _body(graph, response)
        yield Exchange(
            str(graph.value(request, HT.methodName)),
            str(graph.value(request, HT.absolutePath)),
            _headers(graph, request),
            text.encode(coding) if text is not None else None,
            tuple(str(s).removeprefix(HTS) for s in graph.objects(response, MF.expectedStatus)),
            None if boolean is None else str(boolean) == "true",
            str(kind) if kind else None,
            content,
        )


def _body(graph: rdflib.Graph, message: Node) -> tuple[str | None, str]:
    body = graph.value(message, HT.body)
    if body is None:
        return None, "utf-8"
    return str(graph.value(body, CNT.chars)), str(graph.value(body, CNT.characterEncoding))


def _headers(graph: rdflib.Graph, message: Node) -> dict[str, str]:
    head = graph.value(message, HT.headers)
    return {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in (Collection(graph, cast(Any, head)) if head else ())
    }


def _story(graph: rdflib.Graph, entry: Node) -> str:
    return next(str(o) for o in graph.objects(entry, RDFS.comment) if "#### Request" in str(o))


def _narrated(story: str) -> Exchange:
    told, expected = (
        re.sub(r"^    ", "", part, flags=re.MULTILINE)
        for part in story.split("#### Request", 1)[1].split("#### Response", 1)
    )
    start, headers, body = _message(told)
    method, path = start.split(" ")[:2]
    status, _, content = _message(expected)
    return Exchange(
        method, path, headers, body.encode() if body else None, (status.split(" ")[0],), content=content
    )


def _message(text: str) -> tuple[str, dict[str, str], str | None]:
    head, _, body = text.strip().partition("\n\n")
    start, *lines = head.splitlines()
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return start, headers, body.strip() or None
