"""Look-ups: what is one, what is none, and that the engine's answer is the one that a worker would give."""

from __future__ import annotations

import pytest

from muniment.engine import EmbeddedStore
from muniment.formats import RESULT_FORMATS
from muniment.lookup import is_lookup

PREFIXES = {"e": "https://example.org/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
LOOKUPS = [
    "SELECT ?p ?o { <https://example.org/a> ?p ?o }",
    "SELECT ?p ?o { <https://example.org/a> ?p ?o } # with a comment",
    "select * where {<https://example.org/a> e:p ?o .} limit 2",
    "PREFIX x: <https://example.org/> SELECT ?o { <https://example.org/a> x:p ?o }",
    "ASK { <https://example.org/a> ?p ?o }",
    "ASK{<https://example.org/a> a e:C}",
    "ASK { <https://example.org/none> ?p ?o }",
    "SELECT $o { <https://example.org/a> rdfs:label ?o }",
    "#\n SELECT ?p # of\r\n{ <https://example.org/a> ?p <https://example.org/b> }",
]
OTHERS = [
    "ASK {}",
    "ASK { ?s ?p ?o }",
    "ASK { e:a ?p ?o }",
    "ASK { <a> ?p ?o }",
    "BASE <https://example.org/> ASK { <a:a> ?p ?o }",
    "ASK { <https://example.org/a> ?p ?p }",
    "ASK { <https://example.org/a> ?p $p }",
    "ASK { <https://example.org/a> ?p 'text' }",
    "SELECT ?p { <https://example.org/a> ?p ?o . ?o ?q ?r }",
    "SELECT ?p { <https://example.org/a> ?p ?o ; ?q ?r }",
    "SELECT ?p { <https://example.org/a> ?p ?o, ?q }",
    "SELECT ?o { <https://example.org/a> <https://example.org/p>+ ?o }",
    "SELECT ?o { <https://example.org/a> e:p/e:q ?o }",
    "SELECT ?o { <https://example.org/a> !e:p ?o }",
    "SELECT ?p { <https://example.org/a> ?p ?o FILTER(REGEX(STR(?o), '(a+)+$')) }",
    "SELECT (COUNT(*) AS ?n) { <https://example.org/a> ?p ?o }",
    "SELECT DISTINCT ?p { <https://example.org/a> ?p ?o }",
    "SELECT ?p { <https://example.org/a> ?p ?o } ORDER BY ?p",
    "SELECT ?p { <https://example.org/a> ?p ?o } OFFSET 1000000",
    "SELECT ?p { <https://example.org/a> ?p ?o } VALUES ?p { e:p }",
    "SELECT ?p FROM <https://example.org/g> { <https://example.org/a> ?p ?o }",
    "SELECT ?p { GRAPH ?g { <https://example.org/a> ?p ?o } }",
    "SELECT ?p { SERVICE <https://example.org/> { <https://example.org/a> ?p ?o } }",
    "SELECT ?unbound { <https://example.org/a> ?p ?o }",
    "SELECT ?p { <https://example.org/a> ?p ?o } #\\u000aVALUES ?x { 1 }",
    "SELECT ?p { <https://example.org/\\u0061> ?p ?o }",
    "SELECT ?p { <https://example.org/a> ?p ?o } #\u2028VALUES ?x { 1 }",
    "CONSTRUCT { ?p ?p ?o } WHERE { <https://example.org/a> ?p ?o }",
    "DESCRIBE <https://example.org/a>",
    "INSERT DATA { <https://example.org/a> <https://example.org/p> 1 }",
    "SELECT ?p { <https://example.org/a> ?p ?o } #" + "x" * 4_000,
]


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    lines = [f'<https://example.org/a> <https://example.org/p> "{number}" .\n' for number in range(500)]
    lines += [
        '<https://example.org/a> <http://www.w3.org/2000/01/rdf-schema#label> "A"@en .\n',
        "<https://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/C> .\n",
        "<https://example.org/a> <https://example.org/q> <https://example.org/b> .\n",
    ]
    return EmbeddedStore.in_memory("".join(lines).encode(), PREFIXES)


@pytest.mark.parametrize("query", LOOKUPS)
def test_a_look_up_has_the_answer_that_a_worker_gives(store: EmbeddedStore, query: str) -> None:
    assert is_lookup(query)
    for form in RESULT_FORMATS:
        assert store.look_up(query, form.media_type, 1 << 20) == store.answer(query, form.media_type)


@pytest.mark.parametrize("query", OTHERS)
def test_whatever_could_cost_more_is_no_look_up(query: str) -> None:
    assert not is_lookup(query)


def test_a_look_up_ends_at_its_bound(store: EmbeddedStore) -> None:
    media_type = RESULT_FORMATS[0].media_type
    size = len(store.answer(LOOKUPS[0], media_type))
    assert store.look_up(LOOKUPS[0], media_type, size) is not None
    assert store.look_up(LOOKUPS[0], media_type, size - 1) is None


def test_what_the_engine_refuses_is_left_to_those_who_explain_it(store: EmbeddedStore) -> None:
    query = "ASK { <https://example.org/a> undeclared:p ?o }"
    assert is_lookup(query)
    assert store.look_up(query, RESULT_FORMATS[0].media_type, 1000) is None


def test_a_text_that_is_nearly_a_look_up_is_read_in_linear_time() -> None:
    for text in ("SELECT " + "?a " * 1_300, "#\n" * 1_999, "PREFIX a: <b:c> " * 249, "ASK {" + " " * 3_990):
        assert not is_lookup(text)
