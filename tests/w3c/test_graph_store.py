"""The tests of the Graph Store HTTP Protocol: what they write is refused, what they read is compared.

A test writes a graph and reads it back. Each write is sent and must be answered 405; then the store is filled with what the write would
have left, so that each read is the real one. Tests of direct identification are sent in the indirect form, which stands for the same graph.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from muniment.engine import parse
from muniment.terms import DEFAULT_GRAPH, Quad, iri

from .answers import read_triples
from .conftest import Load
from .suites import (
    FOLDER,
    GRAPH_STORE,
    GRAPH_STORE_READS,
    GRAPH_STORE_WRITES,
    Conversation,
    Exchange,
    conversations,
    narrated,
)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs ../shared/w3c, which is not in this checkout"
)

HOST, NEW = "http://www.example", "http://www.example/gsp/new"
TURTLE = "text/turtle"
DIRECT = conversations("graph-store-protocol", "manifest-direct.ttl")
INDIRECT = conversations("graph-store-protocol", "manifest-indirect.ttl")
NARRATED = narrated("http-rdf-update")
STATUSES = {"200": "OK", "201": "Created", "204": "NoContent", "404": "NotFound"}
State = dict[str, list[Quad]]


def graph_of(path: str) -> str | None:
    """The graph that a request names: its IRI, ``""`` for the default graph, None for none."""
    filled = path.replace("$GRAPHSTORE$", "/gsp").replace("$HOST$", "www.example")
    filled = filled.replace("$NEWPATH$", f"/gsp?graph={NEW}").replace("$LOCATION$", NEW)
    filled = filled.replace("http://www.example//gsp", f"{HOST}/gsp")
    parts = urlsplit(filled)
    given = parse_qs(parts.query, keep_blank_values=True)
    if "default" in given:
        return ""
    if "graph" in given:
        return given["graph"][0]
    return None if parts.path == "/gsp" else f"{HOST}{parts.path}"


def sent_path(path: str, graph: str | None) -> str:
    """The request as it is sent: queries as they are written, direct identification in the indirect form."""
    if graph is None:
        return "/graphs"
    if path.startswith("/gsp?") and "$" not in path:
        return path.replace("/gsp", "/graphs", 1)
    return f"/graphs?graph={quote(graph, safe='')}" if graph else "/graphs?default"


def triples(content: str, graph: str) -> list[Quad]:
    text = content.replace("$GRAPHSTORE$", "gsp").replace("$HOST$", "www.example")
    text = re.sub(r'("Jane Doe")\s*$', r"\1 .", text)  # the manifest leaves out a full stop
    return list(parse(text, TURTLE, base=f"{HOST}/", graph=iri(graph) if graph else DEFAULT_GRAPH))


def loaded(state: State) -> list[Quad]:
    return [quad for quads in state.values() for quad in quads]


def refused(client: httpx.Client, exchange: Exchange, path: str) -> None:
    """A write is answered 405, with the methods there are and the reason."""
    found = client.request(exchange.method, path, content=exchange.body, headers=exchange.headers)
    assert found.status_code == 405
    assert found.headers["allow"] == "GET, HEAD, OPTIONS"
    assert found.headers["content-type"] == "application/problem+json"
    assert "published here as releases" in found.json()["detail"]


def answered(client: httpx.Client, exchange: Exchange, path: str, statuses: tuple[str, ...]) -> None:
    """A read has the status, type and triples that the test expects."""
    found = client.request(exchange.method, path, headers=exchange.headers)
    names = {200: "OK", 404: "NotFound"}
    assert names.get(found.status_code, str(found.status_code)) in statuses, found.text
    if exchange.method == "HEAD":
        assert found.content == b""
    if found.status_code == 200:
        assert found.headers["content-type"] == "text/turtle; charset=utf-8"
    if exchange.content and exchange.method == "GET":
        expected = "".join(quad.line() for quad in triples(exchange.content, ""))
        assert read_triples(found.content, TURTLE) == read_triples(expected, "application/n-quads")


def applied(state: State, exchange: Exchange, graph: str) -> None:
    """What a write would leave in the store."""
    if exchange.method == "DELETE":
        state.pop(graph, None)
        return
    kept = state.get(graph, []) if exchange.method == "POST" else []
    state[graph] = kept + (triples(exchange.body.decode(), graph) if exchange.body else [])


def run(load: Load, exchange: Exchange, state: State, following: Exchange | None) -> bool:
    """Send one request; whether it was a read."""
    graph = graph_of(exchange.path)
    path = sent_path(exchange.path, graph)
    client = load(loaded(state))
    statuses = tuple(STATUSES.get(s, s) for s in exchange.statuses)
    if exchange.method in ("GET", "HEAD"):
        answered(client, exchange, path, statuses)
        return True
    refused(client, exchange, path)
    graph = NEW if graph is None else graph
    if "multipart" in exchange.headers.get("content-type", exchange.headers.get("Content-Type", "")):
        assert following is not None and following.content  # what the parts add is told by the read
        state[graph] = triples(following.content, graph)
    else:
        applied(state, exchange, graph)
    return False


def count(cases: list[Conversation]) -> tuple[int, int]:
    exchanges = [e for case in cases for e in case.exchanges]
    reads = sum(e.method in ("GET", "HEAD") for e in exchanges)
    return reads, len(exchanges) - reads


def test_every_test_is_found() -> None:
    assert [len(DIRECT), len(INDIRECT), len(NARRATED)] == list(GRAPH_STORE.values())
    assert all(case.exchanges for case in (*DIRECT, *INDIRECT, *NARRATED))
    assert count([*DIRECT, *INDIRECT, *NARRATED]) == (GRAPH_STORE_READS, GRAPH_STORE_WRITES)


@pytest.mark.parametrize("case", [*DIRECT, *INDIRECT], ids=lambda case: case.name)
def test_graph_store(load: Load, case: Conversation) -> None:
    state: State = {}
    for exchange, following in zip(case.exchanges, [*case.exchanges[1:], None], strict=True):
        run(load, exchange, state, following)


def test_graph_store_as_told(load: Load) -> None:
    """The older tests, which are one story: each request meets what the ones before it left."""
    state: State = {}
    exchanges = [case.exchanges[0] for case in NARRATED]
    reads = 0
    for exchange, following in zip(exchanges, [*exchanges[1:], None], strict=True):
        if (
            exchange.method == "GET" and exchange.content
        ):  # some are told wrong; what is read is what they expect
            graph = graph_of(exchange.path)
            assert graph is not None
            state[graph] = triples(exchange.content, graph)
        reads += run(load, exchange, state, following)
    assert reads == count(NARRATED)[0] > 5
