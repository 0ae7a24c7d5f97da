"""Why a query has no answer, asked of the tiny dataset and of the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muniment.engine import EmbeddedStore
from muniment.errors import StoreTimeout
from muniment.explain import explain, explain_with

if TYPE_CHECKING:
    from conftest import Built

A_FAR_DAY = '"2099-01-01"^^xsd:date'
CASES: list[tuple[str, str, int | None, str, str | None]] = [
    ("SELECT * {\n ?e a mun:Evnt ;\n rdfs:label ?l }", "term", 2, "`mun:Evnt` is the class of nothing", "`mun:Event`"),
    ("SELECT * { ?e a mun:Event ;\n schema:startdate ?d }", "term", 2, "occurs nowhere as a predicate", "`schema:startDate`"),
    ("SELECT * { ?e <http://schema.org/startDate> ?d }", "term", 1, "occurs nowhere as a predicate", "`schema:startDate`"),
    ("SELECT * { ?e mun:eventType/skos:prefLabl ?l }", "term", 1, "`skos:prefLabl`", "`skos:prefLabel`"),
    ('SELECT * { ?p rdfs:label "Osterby" }', "term", 1, "it has the language `en`", '`"Osterby"@en`'),
    ('SELECT * { ?p rdfs:label "osterby"@en }', "term", 1, "has the value", '`"Osterby"@en`'),
    ('SELECT * { ?p rdfs:label "Ostrby"@en }', "term", 1, "has the value", '`"Osterby"@en`'),
    ('SELECT * { ?p rdfs:label "Nowhere at all"@en }', "term", 1, "has the value", None),
    (f"SELECT * {{ ?e schema:startDate ?d FILTER(?d > {A_FAR_DAY}) }}", "filter", 1, "this FILTER removes every row", "Without it"),
    ("SELECT * { ?e a mun:Event MINUS { ?e a mun:Event } }", "filter", 1, "this MINUS removes", "Without it"),
    ("SELECT * { ?e a mun:Event . ?e a mun:Place }", "join", 1, "never matches together with `?e a mun:Event`", "`?e`"),
    ("SELECT * { VALUES ?e { mun:x } ?e a mun:Event }", "join", 1, "VALUES ?e", "`?e`"),
    ("SELECT * { GRAPH ?g { ?c a mun:Claim } }", "graph", 1, "in the default graph", "out of GRAPH"),
    ("SELECT * FROM <urn:none> { ?s ?p ?o }", "graph", 1, "no graph `<urn:none>`", "FROM"),
    ("SELECT * { { ?e a mun:Evnt } UNION { ?e a mun:Bdy } }", "term", 1, "`mun:Evnt`", "`mun:Event`"),
    ("SELECT * { { SELECT ?e { ?e a mun:Evnt } } ?e rdfs:label ?l }", "term", 1, "`mun:Evnt`", "`mun:Event`"),
    ("CONSTRUCT { ?e a mun:X } WHERE { ?e a mun:Evnt }", "term", 1, "`mun:Evnt`", "`mun:Event`"),
    ("CONSTRUCT WHERE { ?e a mun:Evnt }", "term", 1, "`mun:Evnt`", "`mun:Event`"),
    ("DESCRIBE ?e { ?e a mun:Evnt }", "term", 1, "`mun:Evnt`", "`mun:Event`"),
    ("ASK { [] a mun:Evnt }", "term", 1, "`mun:Evnt`", "`mun:Event`"),
    ("SELECT * { ?e a mun:Event } LIMIT 0", "limit", None, "leaves no row", "Raise"),
    ("SELECT * { ?e a mun:Event } OFFSET 9999", "offset", None, "OFFSET passes over all", "Lower"),
    ("SELECT ?t { ?e a ?t } GROUP BY ?t HAVING (COUNT(*) > 99999)", "having", None, "HAVING removes", "without"),
    ("PREFIX m: <https://w3id.org/muniment/ontology#> ASK { ?e a m:Evnt }", "term", 1, "`m:Evnt`", "`m:Event`"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "kind", "line", "problem", "suggestion"), CASES)
def test_the_first_finding(
    query: str, kind: str, line: int | None, problem: str, suggestion: str | None, tiny_store: EmbeddedStore
) -> None:
    assert not tiny_store.query(query)
    found = explain_with(tiny_store, query, prefixes_of(tiny_store))
    first = found.findings[0]
    assert (first.kind, first.line) == (kind, line)
    assert problem in first.problem
    assert (suggestion in (first.suggestion or "")) if suggestion else first.suggestion is None
    assert found.complete and found.asked <= 20


def prefixes_of(store: EmbeddedStore) -> dict[str, str]:
    return dict(store._prefixes)


def test_a_thing_in_the_wrong_case(tiny_store: EmbeddedStore) -> None:
    (row, *_) = tiny_store.query("SELECT ?p { ?p a mun:Place } ORDER BY ?p")
    place = str(row["p"])
    space, _, name = place.rpartition("/")
    for query in (f"ASK {{ <{space}/{name.upper()}> ?p ?o }}", f"ASK {{ ?e ?p <{space}/{name.upper()}> }}"):
        (found,) = explain_with(tiny_store, query, {}).findings
        assert found.suggestion == f"Did you mean `<{place}>`?"


def test_a_statement_that_only_a_claim_holds(release: Built) -> None:
    query = "SELECT * { ?s schema:startDate ?a, ?b . FILTER(?a != ?b) }"
    found = explain_with(release.store, query, release.release.prefixes)
    assert [f.kind for f in found.findings] == ["filter"]
    store = EmbeddedStore.in_memory(b"<urn:a> <urn:p> <urn:b> <urn:g> .\n")
    (only,) = explain_with(store, "SELECT * { ?s <urn:p> ?o }").findings
    assert (only.kind, only.suggestion) == ("graph", "Write `GRAPH ?g { ?s <urn:p> ?o . }`.")
    (other,) = explain_with(store, "SELECT * { GRAPH <urn:h> { ?s <urn:p> ?o } }").findings
    assert other.problem == "matches in other graphs than `<urn:h>`"


REAL = [
    ('SELECT * { ?p a mun:Place ; rdfs:label "Geneva" }', '`"Geneva"@en`'),
    ("SELECT * { ?x mun:rol ?y }", "`mun:role`"),
    ("SELECT * { ?x a foaf:Persn }", "`foaf:Person`"),
    ("SELECT * { ?x a <http://schema.org/Event> }", "`schema:Event`"),
    ('SELECT * { ?x mun:countryCode "ch" }', '`"CH"`'),
]


@pytest.mark.parametrize(("query", "meant"), REAL)
def test_the_real_dataset(query: str, meant: str, release: Built) -> None:
    (found,) = explain_with(release.store, query, release.release.prefixes).findings
    assert found.suggestion == f"Did you mean {meant}?"


def test_products_are_told(tiny_store: EmbeddedStore) -> None:
    found = explain_with(tiny_store, "SELECT * { ?e a mun:Event . ?p a mun:Place }", {})
    assert [f.kind for f in found.findings] == ["product"]
    joined = "SELECT * { ?e a mun:Event . ?p a mun:Place . FILTER(?e = ?p) }"
    assert [f.kind for f in explain_with(tiny_store, joined, {}).findings] == ["filter"]


def test_service_is_never_asked() -> None:
    asked: list[str] = []

    def ask(text: str) -> bool:
        asked.append(text)
        return True

    query = """SELECT * { ?e a <urn:E> SERVICE <http://127.0.0.1:9/> { ?e ?x ?y } { SELECT * { SERVICE <urn:s> {} } }
      OPTIONAL { SERVICE <urn:t> { ?a ?b ?c } } FILTER(?x = 1 && EXISTS { SERVICE <urn:u> {} }) }"""
    found = explain(query, ask)
    assert asked and "SERVICE" not in "".join(asked)
    assert [f.kind for f in found.findings] == ["service"]


def test_questions_are_bounded_and_failures_leave_them_open(tiny_store: EmbeddedStore) -> None:
    query = "SELECT * { " + " ".join(f"?s <urn:p{n}> ?o ." for n in range(50)) + " }"
    asked: list[str] = []

    def ask(text: str) -> bool:
        asked.append(text)
        return False

    found = explain(query, ask, limit=7)
    assert (len(asked), found.asked, found.complete) == (7, 7, False)

    def late(text: str) -> bool:
        raise StoreTimeout("too late")

    assert explain(query, late).to_dict() == {"findings": [], "complete": False, "asked": 52}


@pytest.mark.parametrize(
    "query", ["SELECT * { ?s", "DESCRIBE <urn:x>", "ASK {" + "{" * 99 + "}" * 99 + "}", ""]
)
def test_what_cannot_be_explained(query: str) -> None:
    assert explain(query, lambda _: True).findings == ()


def test_an_answer_needs_no_reason(tiny_store: EmbeddedStore) -> None:
    found = explain_with(tiny_store, "SELECT * { ?e a mun:Event }", {})
    assert str(found) == "No reason was found."


def test_to_dict() -> None:
    store = EmbeddedStore.in_memory(b"<urn:a> <urn:known> <urn:b> .\n")
    found = explain_with(store, "SELECT * { ?s <urn:knwon> ?o }").to_dict()
    (only,) = found["findings"]
    assert only == {
        "kind": "term",
        "pattern": "?s <urn:knwon> ?o",
        "line": 1,
        "problem": "`<urn:knwon>` occurs nowhere as a predicate",
        "suggestion": "Did you mean `<urn:known>`?",
    }
