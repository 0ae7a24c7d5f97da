"""A release in an engine, asked through ``ReleasedStore``: what it sees, and what it refuses to pass on."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_servers import E, G, Server, quads_of, serving

from muniment.engine import EmbeddedStore, check_syntax, parse
from muniment.engines.layout import HELD, REST, held
from muniment.engines.publish import Part, publish
from muniment.engines.released import ReleasedStore
from muniment.engines.scope import taken_from, with_graphs, without_strangers
from muniment.engines.table import Deadline
from muniment.errors import (
    AnswerSpoiled,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    ReleaseChanged,
    StoreError,
    StoreTimeout,
)
from muniment.formats import RDF_FORMATS, RESULT_FORMATS
from muniment.store import Dataset
from muniment.terms import XSD

JSON = "application/sparql-results+json"
QUADS = quads_of(
    ':a :p 1 , 2 , "x"@fr . :d :p true . :b :p :a . :c :q [ :r 3 ] . g:one { :a :p 1 } g:two { :a :p 2 . :b :q :a }'
)
PREFIXES = {"": E, "g": G, "xsd": XSD}


@pytest.fixture(scope="module")
def store(server: Server) -> Iterator[ReleasedStore]:
    old = quads_of(":old :p 1 . g:old { :old :p 1 } g:one { :old :p 1 }")
    publish(Part("bbbb0001", old), server.target())
    publish(Part("bbbb0002", QUADS), server.target())
    found = ReleasedStore(server.url, "bbbb0002", kind=None, prefixes=PREFIXES)
    yield found
    found.close()


@pytest.fixture(scope="module")
def embedded() -> EmbeddedStore:
    return EmbeddedStore.in_memory("".join(q.line() for q in QUADS).encode(), PREFIXES)


def rows(
    store: ReleasedStore | EmbeddedStore, query: str, dataset: Dataset | None = None
) -> list[tuple[str, ...]]:
    found = json.loads(store.answer(query, JSON, dataset=dataset))
    if "boolean" in found:
        return [(str(found["boolean"]),)]
    names = sorted(found["head"]["vars"])
    made = [tuple("_" if row.get(n, {}).get("type") == "bnode" else row.get(n, {}).get("value", "") for n in names) for row in found["results"]["bindings"]]  # fmt: skip
    return sorted(made)


def elements(document: bytes) -> list[tuple[object, ...]]:
    return [
        (e.tag, sorted(e.items()), (e.text or "").strip()) for e in ElementTree.fromstring(document).iter()
    ]


SEEN = {
    "all": "SELECT ?s ?p ?o { ?s ?p ?o }",
    "graphs": "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }",
    "one graph": "SELECT ?s ?o { GRAPH g:one { ?s :p ?o } }",
    "joined": "SELECT ?g ?o { ?s :p ?o . GRAPH ?g { ?s :p ?o } }",
    "counted": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "in a comment": "SELECT ?s { ?s :q ?o } # GRAPH",
}


@pytest.mark.parametrize("query", SEEN.values(), ids=SEEN.keys())
def test_only_the_graphs_of_the_release_are_seen(
    query: str, store: ReleasedStore, embedded: EmbeddedStore
) -> None:
    found = rows(store, query)
    assert found == rows(embedded, query)
    assert found


def test_what_is_hidden_cannot_be_named(store: ReleasedStore) -> None:
    for graph in ("urn:muniment:releases", "urn:muniment:release:bbbb0001", f"{G}old"):
        assert rows(store, f"ASK {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}") == [("False",)]
        assert rows(store, "SELECT * { ?s ?p ?o }", Dataset(default=(graph,))) == []
        assert rows(store, f"SELECT * FROM <{graph}> {{ ?s ?p ?o }}") == []


FROM = [
    "SELECT ?s ?o FROM g:one { ?s ?p ?o }",
    "PREFIX h: <http://example.org/graph/> SELECT ?s ?o FROM h:one FROM <http://example.org/graph/two> { ?s ?p ?o }",
    "SELECT ?g ?s FROM NAMED g:two { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?s FROM NAMED g:two { ?s ?p ?o }",
    'SELECT ?s { ?s ?p ?o FILTER(?o != "FROM <http://example.org/graph/one>") }',
]


@pytest.mark.parametrize("query", FROM)
def test_from(query: str, store: ReleasedStore, embedded: EmbeddedStore) -> None:
    assert rows(store, query) == rows(embedded, query)


@pytest.mark.parametrize(
    "dataset", [Dataset((f"{G}one",)), Dataset(named=(f"{G}two",)), Dataset((f"{G}one",), (f"{G}two",))]
)
def test_graphs_that_a_request_names(dataset: Dataset, store: ReleasedStore, embedded: EmbeddedStore) -> None:
    query = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    assert rows(store, query, dataset) == rows(embedded, query, dataset)


@pytest.mark.parametrize(
    "pattern", ["", "?s :p ?o", "?s :none ?o", ":a :p 1", "?s :p ?o FILTER(?o = 77)", "GRAPH ?g { ?s :q ?o }"]
)
def test_ask(pattern: str, store: ReleasedStore, embedded: EmbeddedStore) -> None:
    assert rows(store, f"ASK {{ {pattern} }}") == rows(embedded, f"ASK {{ {pattern} }}")


def test_a_graph_that_is_not_there(store: ReleasedStore) -> None:
    assert rows(store, "ASK { GRAPH g:none { ?s ?p ?o } }") == [("False",)]
    assert rows(store, "SELECT (COUNT(*) AS ?n) { GRAPH <urn:none> { ?s ?p ?o } }") == [("0",)]


EMPTY_PATTERNS = [
    "SELECT ?g { GRAPH ?g { } }",
    "SELECT * { GRAPH ?g {# nothing\n} :b :p ?o }",
    "SELECT ?g { GRAPH ?g { } FILTER NOT EXISTS { GRAPH ?g { ?s :q ?o } } }",
    "SELECT ?g { GRAPH ?g { } } VALUES ?g { g:one g:none }",
    "SELECT (COUNT(*) AS ?n) { GRAPH g:one { } }",
    "SELECT (COUNT(*) AS ?n) { GRAPH g:none { } }",
    "ASK { GRAPH g:one { } }",
    "ASK { GRAPH g:none { } }",
]


@pytest.mark.parametrize("query", EMPTY_PATTERNS)
def test_a_graph_without_a_pattern(query: str, store: ReleasedStore, embedded: EmbeddedStore) -> None:
    assert Counter(rows(store, query)) == Counter(rows(embedded, query)) != Counter()


def test_comparisons_of_different_kinds(server: Server, store: ReleasedStore) -> None:
    query = "SELECT ?o {{ :a :p ?o FILTER({} ?o > 1) }}"
    wrong = [("x",)] if server.name == "virtuoso" else []
    assert sorted(rows(store, query.format(""))) == [("2",), *wrong]
    assert rows(store, query.format("ISNUMERIC(?o) &&")) == [("2",)]


def test_what_is_found_to_be_true(server: Server, store: ReleasedStore) -> None:
    query = 'SELECT * { BIND({0}1 = 1{1} AS ?a) BIND({0}CONTAINS("abc", "x"){1} AS ?b) }'
    plain, cast = (
        query.replace("{0}", begin).replace("{1}", end) for begin, end in (("(", ")"), ("xsd:boolean(", ")"))
    )
    assert rows(store, plain) == [("1", "0") if server.name == "virtuoso" else ("true", "false")]
    assert rows(store, cast) == [("true", "false")]


def test_a_literal_that_is_none(server: Server, store: ReleasedStore) -> None:
    query = 'ASK { :a :p ?o FILTER(?o != "abc"^^xsd:integer) }'
    if server.name == "virtuoso":
        with pytest.raises(QueryError, match="Invalid integer value converting 'abc'"):
            rows(store, query)
    else:
        assert rows(store, query)


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda f: f.name)
def test_every_format(form: object, store: ReleasedStore, embedded: EmbeddedStore) -> None:
    media_type = form.media_type  # type: ignore[attr-defined]
    query = "SELECT ?s ?o { ?s :p ?o FILTER(!ISBLANK(?o)) } ORDER BY ?s STR(?o)"
    found, expected = (s.answer(query, media_type) for s in (store, embedded))
    if media_type == "text/csv":
        read = [list(csv.reader(io.StringIO(body.decode()))) for body in (found, expected)]
        assert read[0] == read[1]
    elif media_type == JSON:
        assert json.loads(found)["results"] == json.loads(expected)["results"]
    elif media_type.endswith("xml"):
        assert elements(found) == elements(expected)
    else:
        assert sorted(found.split()) == sorted(expected.split())


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda f: f.name)
def test_every_format_of_graphs(form: object, store: ReleasedStore, embedded: EmbeddedStore) -> None:
    media_type = form.media_type  # type: ignore[attr-defined]
    query = "CONSTRUCT { ?s :p ?o } { ?s :p ?o }"
    found, expected = (
        {q[:3] for q in parse(s.answer(query, media_type), media_type)} for s in (store, embedded)
    )
    assert found == expected


def test_description(store: ReleasedStore, embedded: EmbeddedStore) -> None:
    found, expected = (s.describe(f"{E}a") for s in (store, embedded))
    assert set(found.outgoing) == set(expected.outgoing)
    assert set(found.incoming) == set(expected.incoming)
    (nested,) = store.describe(f"{E}c").nested
    assert nested.predicate == f"<{E}r>"
    assert store.graphs() == embedded.graphs()


@pytest.mark.parametrize("query", ["SELECT ?s { ?s :p }", "SELECT ?s {\n  ?s ?p ]\n}", "hello"])
def test_syntax_errors_are_those_of_every_store(
    query: str, store: ReleasedStore, embedded: EmbeddedStore
) -> None:
    with pytest.raises(QuerySyntaxError) as found:
        store.query(query)
    with pytest.raises(QuerySyntaxError) as expected:
        embedded.query(query)
    assert (str(found.value), found.value.line, found.value.column) == (str(expected.value), expected.value.line, expected.value.column)  # fmt: skip


def test_updates_and_calls_are_refused(store: ReleasedStore) -> None:
    for query in ("CLEAR ALL", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"):
        with pytest.raises(QueryRefused):
            store.query(query)


def test_another_release_is_not_asked(server: Server, store: ReleasedStore) -> None:
    old = ReleasedStore(server.url, "bbbb0001", kind=server.engine)
    with pytest.raises(ReleaseChanged, match="holds the release bbbb0002, not bbbb0001"):
        old.query("ASK {}")
    never = ReleasedStore(server.url, "bbbb0009", kind=server.engine)
    with pytest.raises(ReleaseChanged):
        never.query("ASK {}")
    old.close()
    never.close()


def test_the_pointer_is_held_for_a_moment(mortal: Server) -> None:
    """The consolidated graph of a release is as it was until it is removed; named graphs are those of the pointer, so it is read each time."""
    now = [0.0]
    old, new = quads_of(":a :p 1 . g:one { :a :p 1 }"), quads_of(":a :p 2 . g:one { :a :p 2 }")
    ask = "SELECT ?o { ?s ?p ?o }"
    for query, sees_old in ((ask, True), ("SELECT ?o { GRAPH ?g { ?s ?p ?o } }", False)):
        publish(Part("bbbb0003", old), mortal.target())
        store = ReleasedStore(mortal.url, "bbbb0003", kind=mortal.engine, clock=lambda: now[0])
        assert rows(store, query) == [("1",)]
        publish(Part("bbbb0004", new), mortal.target())
        if sees_old:
            assert rows(store, query) == [("1",)]
            now[0] += HELD
        with pytest.raises(ReleaseChanged):
            rows(store, query)
        store.close()


def test_a_release_is_removed_when_nobody_goes_by_the_old_pointer(mortal: Server) -> None:
    waited: list[tuple[float, bool]] = []
    publish(Part("bbbb0005", QUADS), mortal.target())
    target = mortal.target()

    def rest(seconds: float) -> None:
        waited.append((seconds, "bbbb0005" in {held(graph)[0] for graph in target.counts() if held(graph)}))  # type: ignore[index]

    publish(Part("bbbb0006", QUADS), target, prune=True, rest=rest)
    assert waited == [(REST, True)]
    publish(Part("bbbb0006", QUADS), target, prune=True, rest=rest)
    assert len(waited) == 1
    assert REST > HELD


_PRODUCT = " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(9))
SLOW = f"SELECT ?s0 {{ {_PRODUCT} FILTER(STRLEN(CONCAT({', '.join(f'STR(?o{n})' for n in range(9))})) = 1) }}"


def test_a_deadline_is_kept(store: ReleasedStore) -> None:
    with pytest.raises(StoreTimeout):
        store.query(SLOW, timeout=1.0)
    assert rows(store, "ASK {}") == [("True",)]


def test_a_part_of_an_answer_is_an_error(server: Server) -> None:
    """Told of a deadline, Virtuoso says 200 and sends what it has."""
    if server.name != "virtuoso":
        pytest.skip("an Oxigraph server is told of no deadline")
    hasty = dataclasses.replace(server.engine, deadline=Deadline("timeout", lambda seconds: "300"))
    store = ReleasedStore(server.url, "bbbb0002", kind=hasty)
    with pytest.raises(StoreTimeout, match="time was over"):
        store.query(SLOW, timeout=60)
    store.close()


def test_rows_that_virtuoso_cuts(tmp_path: Path) -> None:
    with serving("virtuoso", tmp_path, rows=20) as server:
        quads = quads_of(" ".join(f":s{n} :p {n} ." for n in range(30)))
        target = server.target()
        target.update("INSERT DATA { " + " ".join(f"GRAPH <urn:x> {{ {q.subject} {q.predicate} {q.object} }}" for q in quads) + " }")  # fmt: skip
        assert len(target.rows("SELECT ?s { GRAPH <urn:x> { ?s ?p ?o } } LIMIT 10")) == 10
        with pytest.raises(AnswerSpoiled, match="cut its answer"):
            target.rows("SELECT ?s { GRAPH <urn:x> { ?s ?p ?o } }")


def test_an_engine_that_is_gone(unused_port: int) -> None:
    store = ReleasedStore(f"http://127.0.0.1:{unused_port}/query", "bbbb0001")
    for _ in range(7):  # in the end without trying
        with pytest.raises(StoreError, match=r"cannot be reached|does not answer") as error:
            store.query("ASK {}")
    assert "does not answer" in error.value.message
    assert str(unused_port) not in str(error.value)  # where it is, is nobody's business outside
    store.close()


def test_very_many_graphs(mortal: Server) -> None:
    """As many as the claims of some thousand statements: all are seen, and the answer can be read."""
    many = quads_of(" ".join(f"g:c{n} {{ :a :p {n} }}" for n in range(2_500)))
    publish(Part("bbbb0007", many), mortal.target())
    store = ReleasedStore(mortal.url, "bbbb0007", kind=mortal.engine)
    assert rows(store, "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == [("2500",)]
    assert rows(store, f"SELECT ?o {{ GRAPH <{G}c7> {{ ?s ?p ?o }} }}") == [("7",)]
    store.close()


FORMS = {
    "SELECT ?s { ?s ?p ?o }": "SELECT ?s  FROM <urn:a> FROM NAMED <urn:b> { ?s ?p ?o }",
    "SELECT (EXISTS { ?s ?p 1 } AS ?e) WHERE {}": "SELECT (EXISTS { ?s ?p 1 } AS ?e)  FROM <urn:a> FROM NAMED <urn:b> WHERE {}",
    "ASK{}": "ASK FROM <urn:a> FROM NAMED <urn:b> {}",
    "CONSTRUCT { ?s ?p [ ?q {| ?r ?t |} ] } { ?s ?p ?o }": "CONSTRUCT { ?s ?p [ ?q {| ?r ?t |} ] }  FROM <urn:a> FROM NAMED <urn:b> { ?s ?p ?o }",
    "CONSTRUCT WHERE { ?s ?p ?o }": "CONSTRUCT  FROM <urn:a> FROM NAMED <urn:b> WHERE { ?s ?p ?o }",
    "DESCRIBE <urn:x> # all": "DESCRIBE <urn:x> FROM <urn:a> FROM NAMED <urn:b>  # all",
    "DESCRIBE <urn:x> LIMIT 1": "DESCRIBE <urn:x>  FROM <urn:a> FROM NAMED <urn:b> LIMIT 1",
    "PREFIX from: <urn:where> SELECT * { ?s from:x ?o }": "PREFIX from: <urn:where> SELECT *  FROM <urn:a> FROM NAMED <urn:b> { ?s from:x ?o }",
}


@pytest.mark.parametrize(("query", "expected"), FORMS.items())
def test_graphs_in_the_text_of_a_query(query: str, expected: str) -> None:
    found = with_graphs(query, Dataset(("urn:a",), ("urn:b",)))
    assert found == expected
    if "{|" not in query:  # of RDF 1.2
        check_syntax(found, {})


def test_words_that_only_look_so() -> None:
    assert taken_from("SELECT ?from { ?from <urn:from> 'FROM <urn:x>' }", {})[1] is None
    assert taken_from("SELECT * FROM <urn:a> FROM NAMED g:b {}", {"g": "urn:g:"})[1] == Dataset(
        ("urn:a",), ("urn:g:b",)
    )
    assert without_strangers("ASK { GRAPH <urn:a> {} GRAPH g:b {} }", {"g": "urn:g:"}, {"urn:g:b"}) == "ASK { GRAPH <urn:muniment:nowhere> {} GRAPH g:b {} }"  # fmt: skip
