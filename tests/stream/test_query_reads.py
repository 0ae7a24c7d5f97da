"""What a query can read is told from its text, and where it cannot be told, that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muniment.artefacts import artefact
from muniment.queries import read_queries
from muniment.stream.query_reads import Reads, reads
from muniment.terms import TYPE

UNDERSTOOD = {
    "CONSTRUCT { ?s <u:p> ?o } { ?s <u:q> ?o }": Reads(
        frozenset(["<u:p>", "<u:q>"]), named=False, made=frozenset(["<u:p>"])
    ),
    "PREFIX e: <u:> CONSTRUCT { ?s e:p ?o } { ?s a e:C FILTER NOT EXISTS { ?s e:q/^e:r+ ?o } }": Reads(
        frozenset([TYPE, "<u:p>", "<u:q>", "<u:r>"]), named=False, made=frozenset(["<u:p>"])
    ),
    "CONSTRUCT { ?s <u:p> ?g } { GRAPH ?g { ?s <u:q> 1 FILTER(?s != ?g) } }": Reads(
        frozenset(["<u:p>", "<u:q>"]), named=True, members=None, made=frozenset(["<u:p>"])
    ),
    "CONSTRUCT WHERE { ?s <u:p> ?o }": Reads(frozenset(["<u:p>"]), named=False, made=frozenset(["<u:p>"])),
    "SELECT ?s { ?s <u:p> ?c FILTER EXISTS { GRAPH ?g { ?c a <u:Class> . } } }": Reads(
        frozenset([TYPE, "<u:p>"]), named=True, members=frozenset(["<u:Class>"])
    ),
    "SELECT ?s { GRAPH ?g { ?s a <u:Class> } GRAPH ?h { ?s a ?class } }": Reads(
        frozenset([TYPE]), named=True, members=None
    ),
}
ANYTHING = [
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
    "CONSTRUCT { ?s <u:p> ?o } { ?s <u:q>* ?o }",
    "CONSTRUCT { ?s <u:p> ?o } { ?s <u:q>? ?o }",
    "CONSTRUCT { ?s <u:p> ?o } { ?s !<u:q> ?o }",
    "CONSTRUCT { ?s <u:p> ?o } { ?s <q> ?o }",
    "CONSTRUCT { ?s <u:p> ?o } { ?s e:q ?o }",
    "CONSTRUCT { ?s <u:p> (1 2) } { ?s <u:q> 1 }",
    "CONSTRUCT { ?g <u:p> 1 } { GRAPH ?g {} }",
    "CONSTRUCT { ?g <u:p> 1 } { GRAPH ?g { OPTIONAL { ?s <u:q> 1 } } }",
    "CONSTRUCT { ?s <u:p> ?o } FROM <u:g> { ?s <u:q> ?o }",
    "CONSTRUCT { ?s <u:p> ?o } { ?s <u:q> ",
]


@pytest.mark.parametrize("query", UNDERSTOOD)
def test_the_properties_of_its_patterns(query: str) -> None:
    found = reads(query)
    assert found and replace(found, names=frozenset()) == UNDERSTOOD[query]


@pytest.mark.parametrize("query", ANYTHING)
def test_it_may_read_anything(query: str) -> None:
    assert reads(query) is None


def test_the_rules_that_come_with_the_software_are_understood() -> None:
    rules = read_queries(artefact("queries") / "rules")
    assert len(rules) >= 5
    assert all(reads(rule.text) for rule in rules)


def test_the_names_in_a_query() -> None:
    query = "PREFIX e: <u:> SELECT ?s { ?s e:p <u:o> ; a e:C FILTER(?s != f:x) }"
    found = reads(query)
    assert found and found.names == {"<u:>", "<u:p>", "<u:o>", "<u:C>", TYPE}
