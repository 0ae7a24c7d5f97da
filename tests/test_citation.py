"""Hashes of answers: the same in every format, computed again by other means; what changed; text, BibTeX, JSON-LD."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re

import pytest
import rdflib

from muniment.citation import Citation, compare, fingerprint, of_statements
from muniment.engine import EmbeddedStore, parse
from muniment.results import Results
from muniment.terms import to_graph

DATA = """\
<a:1> <a:p> "x\\ty\\n\\"z\\\\" .
<a:1> <a:p> "x"@en .
<a:2> <a:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .
<a:2> <a:q> _:b0 .
_:b0 <a:p> <a:2> .
"""
ROWS = "SELECT ?s ?o ?none { ?s <a:p> ?o FILTER(isIRI(?s)) }"


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return EmbeddedStore.in_memory(DATA.encode())


def answer(store: EmbeddedStore, query: str) -> Results:
    return store.query(query)


def test_the_hash_of_rows_as_the_documentation_says_it(store: EmbeddedStore) -> None:
    """Written out by hand."""
    expected = [
        "s\to\tnone",
        '<a:1>\t"x"@en\t',
        '<a:1>\t"x\\ty\\n\\"z\\\\"\t',
        '<a:2>\t"1"^^<http://www.w3.org/2001/XMLSchema#integer>\t',
    ]
    by_hand = "".join(f"{line}\n" for line in [expected[0], *sorted(expected[1:])])
    assert fingerprint(answer(store, ROWS)).hash == hashlib.sha256(by_hand.encode()).hexdigest()


def test_order_makes_no_difference_and_a_row_twice_does(store: EmbeddedStore) -> None:
    one = fingerprint(answer(store, f"{ROWS} ORDER BY ?o"))
    assert one == fingerprint(answer(store, f"{ROWS} ORDER BY DESC(?o)"))
    twice = fingerprint(
        answer(store, "SELECT ?s ?o ?none { VALUES ?x { 1 2 } ?s <a:p> ?o FILTER(isIRI(?s)) }")
    )
    assert (one.size, twice.size) == (3, 6) and one.hash != twice.hash


def test_columns_count(store: EmbeddedStore) -> None:
    found = [
        fingerprint(answer(store, f"SELECT {names} {{ ?s <a:q> ?o }}")).hash
        for names in ("?s", "?s ?z", "?z ?s")
    ]
    assert len(set(found)) == 3


def test_blank_nodes_have_no_name() -> None:
    names = [
        fingerprint(
            Results.from_json(
                json.dumps(
                    {
                        "head": {"vars": ["b"]},
                        "results": {"bindings": [{"b": {"type": "bnode", "value": name}}]},
                    }
                )
            )
        )
        for name in ("x", "y")
    ]
    assert names[0] == names[1]
    graphs = [
        of_statements(parse(f"_:{a} <a:p> _:{b} .\n_:{b} <a:q> <a:o> .\n", "application/n-triples"))
        for a, b in ("xy", "yx")
    ]
    assert graphs[0].hash == graphs[1].hash


def test_the_hash_of_a_graph(store: EmbeddedStore) -> None:
    query = "CONSTRUCT WHERE { ?s <a:p> ?o }"
    found = fingerprint(answer(store, query))
    again = of_statements(parse(store.answer(query, "text/turtle"), "text/turtle"))
    assert found == again and found.counted == "4 statements"
    ground = "CONSTRUCT { ?s <a:p> ?o } { ?s <a:p> ?o FILTER(isIRI(?s)) }"
    lines = sorted(
        [
            '<a:1> <a:p> "x"@en .\n',
            '<a:1> <a:p> "x\\ty\\n\\"z\\\\" .\n',
            '<a:2> <a:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
        ]
    )
    by_hand = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert fingerprint(answer(store, ground)).hash == by_hand


def test_the_hash_of_a_yes(store: EmbeddedStore) -> None:
    assert fingerprint(answer(store, "ASK {}")).hash == hashlib.sha256(b"true\n").hexdigest()
    assert fingerprint(answer(store, "ASK { <a:0> ?p ?o }")).hash == hashlib.sha256(b"false\n").hexdigest()


def test_comparison(store: EmbeddedStore) -> None:
    then = fingerprint(answer(store, "SELECT ?n { VALUES ?n { 1 2 2 3 } }"))
    now = fingerprint(answer(store, "SELECT ?n { VALUES ?n { 2 3 4 } }"))
    assert compare(then.hash, then, then).text == "same"
    assert compare(then.hash, then, now).text == "changed by 3 rows (1 added, 2 removed)"
    assert compare(then.hash, None, now).text == "changed"
    assert compare("0" * 64, then, now).added is None
    one = fingerprint(answer(store, "SELECT ?n { VALUES ?n { 2 3 4 5 } }"))
    assert compare(now.hash, now, one).text == "changed by 1 row (1 added, 0 removed)"


@pytest.fixture
def citation(store: EmbeddedStore) -> Citation:
    return Citation(
        "50% of {it} & \\more_",
        "A  record\nof # things",
        "https://example.org/queries/x?a=%7B&release=abc",
        "abc",
        fingerprint(answer(store, ROWS)),
        ROWS,
        "https://example.org/queries/x/cite?hash=0",
        {"a": "{", "b": '"'},
        "x",
        "https://example.org/",
        "https://example.org/licence",
    )


def test_text(citation: Citation) -> None:
    assert citation.text() == (
        '“50% of {it} & \\more_ (a: {, b: ")”, A record of # things, release abc, 3 rows. '
        f"https://example.org/queries/x?a=%7B&release=abc (SHA-256 {citation.fingerprint.hash})."
    )


def test_bibtex(citation: Citation) -> None:
    entry = citation.bibtex()
    assert entry.startswith(f"@misc{{x-{citation.fingerprint.hash[:8]},\n")
    assert r"title = {{50\% of \{it\} \& \textbackslash{}more\_}}," in entry
    assert r"organization = {{A record of \# things}}," in entry
    assert r"howpublished = {\url{https://example.org/queries/x?a=%7B&release=abc}}," in entry
    bare = re.sub(r"\\[{}]", "", entry)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0 and bare.count("{") > 6


def test_jsonld_reads_without_fetching(citation: Citation) -> None:
    graph = to_graph(parse(json.dumps(citation.jsonld()), "application/ld+json"))
    schema = rdflib.Namespace("https://schema.org/")
    this = rdflib.URIRef(citation.url)
    assert len(graph) > 10
    assert str(graph.value(this, schema.sha256)) == citation.fingerprint.hash
    assert str(graph.value(this, rdflib.SH.select)) == ROWS
    assert graph.value(this, schema.license) == rdflib.URIRef("https://example.org/licence")
    assert len(list(graph.objects(this, schema.additionalProperty))) == 2


def test_csv_holds_the_same_rows(store: EmbeddedStore) -> None:
    """The size is that of any other format."""
    text = store.answer(ROWS, "text/csv").decode()
    assert len(list(csv.reader(io.StringIO(text, newline="")))) - 1 == fingerprint(answer(store, ROWS)).size
