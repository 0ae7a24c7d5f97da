"""The tests of the SPARQL 1.1 Protocol, sent to ``muniment serve`` as it is run: a release, workers, real sockets."""

from __future__ import annotations

import httpx
import pytest

from .answers import Mismatch, read_table
from .suites import FOLDER, PROTOCOL, Conversation, Exchange, conversations, failures

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs ../shared/w3c, which is not in this checkout"
)

CASES = conversations("protocol")
DESIGN = {f.test for f in failures() if (f.suite, f.kind) == ("protocol", "design")}
TYPES = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": (
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ),
    "RDF": ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"),
}


def send(client: httpx.Client, exchange: Exchange) -> httpx.Response:
    path = exchange.path.replace("/sparql/", "/sparql", 1)
    return client.request(exchange.method, path, content=exchange.body, headers=exchange.headers)


def check(exchange: Exchange, found: httpx.Response) -> None:
    """Nothing, if the answer is as the test expects."""
    classes = {f"StatusCode{found.status_code // 100}xx"}
    if not classes & set(exchange.statuses):
        raise Mismatch(f"{found.status_code}, expected {exchange.statuses}: {found.text}")
    kind = found.headers.get("content-type", "").split(";")[0]
    if exchange.format and kind not in TYPES[exchange.format]:
        raise Mismatch(f"{kind}, expected {exchange.format}")
    if exchange.boolean is not None:
        answer = read_table(found.content, "json" if kind.endswith("json") else "xml").boolean
        if answer is not exchange.boolean:
            raise Mismatch(f"{answer}, expected {exchange.boolean}")


def test_every_test_is_found() -> None:
    assert len(CASES) == PROTOCOL
    assert all(case.exchanges for case in CASES)
    assert {c.name for c in CASES if c.name.startswith("update_")} == DESIGN


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in DESIGN], ids=lambda c: c.name)
def test_protocol(published: httpx.Client, case: Conversation) -> None:
    for exchange in case.exchanges:
        check(exchange, send(published, exchange))


@pytest.mark.parametrize("case", [c for c in CASES if c.name in DESIGN], ids=lambda c: c.name)
def test_updates_are_refused(published: httpx.Client, case: Conversation) -> None:
    found = send(published, case.exchanges[0])
    assert (found.status_code, found.json()["type"].rpartition("#")[2]) == (403, "read-only")
