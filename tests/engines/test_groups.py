"""Rows that are grouped by variables without a value: right in each engine but one, where the answer is wrong and looks whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from engine_servers import Server, quads_of

from muniment.engine import EmbeddedStore
from muniment.engines.publish import Part, publish
from muniment.engines.released import ReleasedStore

PREFIXES = {"": "http://example.org/"}
QUADS = quads_of(
    " ".join(
        f":e{n} a :Event . g:c{n} {{ :e{n} a :Event }}"
        + (f' :e{n} :date "2004-01-{n % 28 + 1:02}"^^xsd:date .' if n % 3 else "")
        + (f" :e{n} :place :p{n % 7} ." if n % 2 else "")
        for n in range(400)
    )
)
_EVENTS = "?e a :Event OPTIONAL { ?e :place ?p } OPTIONAL { ?e :date ?d }"
_EITHER = "{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }"
RIGHT_EVERYWHERE = [
    f"SELECT ?p (COUNT(*) AS ?n) {{ {_EVENTS} }} GROUP BY ?p",
    f"SELECT ?e ?p (COUNT(*) AS ?n) {{ {_EVENTS} }} GROUP BY ?e ?p",
    f"SELECT DISTINCT ?e ?p ?d {{ {_EVENTS} }}",
    f"SELECT ?k ?l (COUNT(*) AS ?n) {{ {_EVENTS} BIND(COALESCE(STR(?p), '') AS ?k) BIND(COALESCE(STR(?d), '') AS ?l) }} GROUP BY ?k ?l",
    f"SELECT ?k (COUNT(*) AS ?n) {{ {_EITHER} BIND(COALESCE(STR(?g), '') AS ?k) }} GROUP BY ?k",
]
WRONG_IN_VIRTUOSO = [
    f"SELECT ?p ?d (COUNT(*) AS ?n) {{ {_EVENTS} }} GROUP BY ?p ?d",
    f"SELECT DISTINCT ?p ?d {{ {_EVENTS} }}",
    f"SELECT ?g (COUNT(*) AS ?n) {{ {_EITHER} }} GROUP BY ?g",
]


@pytest.fixture(scope="module")
def grouped(server: Server) -> Iterator[ReleasedStore]:
    publish(Part("eeee0001", QUADS), server.target())
    store = ReleasedStore(server.url, "eeee0001", kind=server.engine, prefixes=PREFIXES)
    yield store
    store.close()


@pytest.fixture(scope="module")
def embedded() -> EmbeddedStore:
    return EmbeddedStore.in_memory("".join(q.line() for q in QUADS).encode(), PREFIXES)


@pytest.mark.parametrize("query", [*RIGHT_EVERYWHERE, *WRONG_IN_VIRTUOSO])
def test_groups_without_a_value(
    query: str, server: Server, grouped: ReleasedStore, embedded: EmbeddedStore
) -> None:
    found, expected = (_rows(store, query) for store in (grouped, embedded))
    wrong = server.name == "virtuoso" and query in WRONG_IN_VIRTUOSO
    assert (found == expected) != wrong


def _rows(store: ReleasedStore | EmbeddedStore, query: str) -> Counter[tuple[tuple[str, str], ...]]:
    answer = json.loads(store.answer(query, "application/sparql-results+json"))
    rows = answer["results"]["bindings"]
    return Counter(tuple(sorted((name, term["value"]) for name, term in row.items())) for row in rows)
