"""The embedded engine: what it answers, what it refuses, and how it says what is wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import rdflib

from muniment import engine
from muniment.engine import EmbeddedStore
from muniment.errors import InputError, QueryRefused, QuerySyntaxError, StoreError
from muniment.formats import RDF_FORMATS, RESULT_FORMATS
from muniment.project import Project
from muniment.release import STORE, Release
from muniment.terms import LABEL, XSD, Quad, iri, literal

P = "<https://example.org/p>"
EX = "https://example.org/"


def store(*lines: str) -> EmbeddedStore:
    return EmbeddedStore.in_memory("".join(f"{line} .\n" for line in lines).encode(), {"ex": EX})


def test_select_ask_construct_describe() -> None:
    s = store(f"<{EX}a> {P} <{EX}b>")
    select = s.query("SELECT ?o ?none { ex:a ex:p ?o }")
    assert (list(select.variables), list(select.rows)) == (["o", "none"], [{"o": rdflib.URIRef(f"{EX}b")}])
    assert s.query("ASK { ex:a ex:p ex:b }").boolean is True
    assert s.query("ASK { ex:b ex:p ex:a }").boolean is False
    for text in ("CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE ex:a"):
        graph = s.query(text).graph
        assert graph is not None
        assert set(graph) == {(rdflib.URIRef(f"{EX}a"), rdflib.URIRef(f"{EX}p"), rdflib.URIRef(f"{EX}b"))}
        assert graph.qname(f"{EX}a") == "ex:a"


TERMS = [
    ('"a"', rdflib.Literal("a")),
    ('"a"@en', rdflib.Literal("a", lang="en")),
    (f'"2004"^^<{XSD}gYear>', rdflib.Literal("2004", datatype=rdflib.XSD.gYear)),
    (f'"2004-06"^^<{XSD}gYearMonth>', rdflib.Literal("2004-06", datatype=rdflib.XSD.gYearMonth)),
    (f'"14:00:00"^^<{XSD}time>', rdflib.Literal("14:00:00", datatype=rdflib.XSD.time)),
    (f'"true"^^<{XSD}boolean>', rdflib.Literal("true", datatype=rdflib.XSD.boolean)),
    (f'"36.4"^^<{XSD}decimal>', rdflib.Literal("36.4", datatype=rdflib.XSD.decimal)),
    (f'"x"^^<{EX}type>', rdflib.Literal("x", datatype=rdflib.URIRef(f"{EX}type"))),
    ("_:b", rdflib.BNode),
]


@pytest.mark.parametrize(("term", "expected"), TERMS)
def test_terms_become_those_of_rdflib(term: str, expected: object) -> None:
    (row,) = store(f"<{EX}a> {P} {term}").query("SELECT ?o { ?s ?p ?o }")
    found = row["o"]
    if isinstance(expected, rdflib.Literal):
        assert isinstance(found, rdflib.Literal)
        assert (str(found), found.language, found.datatype) == (
            str(expected),
            expected.language,
            expected.datatype,
        )
    else:
        assert isinstance(found, rdflib.BNode)


def test_canonical_lexical_forms_come_back_and_others_do_not() -> None:
    """The reason why dumps and hashes are written from the claims, never read back from the store."""
    (row,) = store(f'<{EX}a> {P} "01"^^<{XSD}integer>').query("SELECT ?o { ?s ?p ?o }")
    assert str(row["o"]) == "1"
    quad = f'<{EX}a> {P} "01"^^<{XSD}integer> .\n'
    assert next(engine.parse(quad.encode(), "application/n-quads")).line() == quad


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { service silent ?where { ?s ?p ?o } }",
        "ASK { ?s ?p ?o SERVICE ex:x { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> {} }",
    ],
)
def test_other_servers_are_out_of_reach(text: str) -> None:
    with pytest.raises(QueryRefused, match="may not reach other servers"):
        store().query(text)
    with pytest.raises(QueryRefused):
        store().answer(text, "text/csv")


@pytest.mark.parametrize(
    "text",
    ["INSERT DATA { ex:a ex:p ex:b }", "LOAD <http://127.0.0.1:1/>", "DROP ALL", "DELETE WHERE { ?s ?p ?o }"],
)
def test_updates_are_refused(text: str) -> None:
    s = store(f"<{EX}a> {P} <{EX}b>")
    with pytest.raises(QueryRefused, match="read-only"):
        s.query(text)
    assert len(s.query("SELECT * { ?s ?p ?o }")) == 1


SYNTAX = [
    ("SELECT * {\n  ?s ?p\n}", 3, 1, "an object is missing"),
    ("SELECT * {\n ?s nope:x ?o }", 2, 5, "`nope:` is not declared"),
    ("SELEC * {}", 1, 1, "did you mean `SELECT`?"),
    ("", 1, 1, "there is no query"),
    ("SELECT * {\n\n SELECT ?x {", 3, 13, "is never closed"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), SYNTAX)
def test_syntax_errors_have_a_place_and_one_readable_line(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        store().query(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert str(caught.value).startswith(f"query:{line}:{column}: ")


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
def test_answers_in_every_result_format(form: object) -> None:
    s = store(f'<{EX}a> {P} "x,y"@en')
    media_type = form.media_type  # type: ignore[attr-defined]
    data = s.answer("SELECT ?o { ?s ?p ?o }", media_type)
    assert b"x,y" in data
    if media_type == "text/csv":
        assert list(csv.reader(io.StringIO(data.decode()))) == [["o"], ["x,y"]]
    if media_type.endswith("json"):
        assert json.loads(data)["results"]["bindings"][0]["o"]["xml:lang"] == "en"


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.name)
def test_answers_in_every_rdf_format(form: object) -> None:
    s = store(f"<{EX}a> {P} <{EX}b>")
    data = s.answer("CONSTRUCT WHERE { ?s ?p ?o }", form.media_type)  # type: ignore[attr-defined]
    back = list(engine.parse(data, form.media_type))  # type: ignore[attr-defined]
    assert back == [Quad(f"<{EX}a>", P, f"<{EX}b>", "")]


def test_serialize() -> None:
    quads = [Quad(f"<{EX}a>", P, f"<{EX}b>", f"<{EX}g>")]
    assert list(engine.parse(engine.serialize(quads, "application/trig"), "application/trig")) == quads
    turtle = engine.serialize(quads, "text/turtle", {"ex": EX})
    assert b"ex:a ex:p ex:b" in turtle
    with pytest.raises(ValueError, match="no RDF format"):
        engine.serialize(quads, "text/plain+nothing")


def test_describe() -> None:
    s = store(
        f'<{EX}a> {LABEL} "A"@en',
        f'<{EX}a> {LABEL} "Ah"@de',
        f"<{EX}a> {P} <{EX}b>",
        f"<{EX}c> {P} <{EX}a>",
        f"<{EX}d> {P} <{EX}a>",
        f'<{EX}b> {LABEL} "Bé"@fr',
        f'<{EX}c> <http://www.w3.org/2004/02/skos/core#prefLabel> "C"@en <{EX}g>',
        f'<{EX}a> {P} "only in a claim" <{EX}g>',
    )
    found = s.describe(f"{EX}a")
    assert set(found.outgoing) == {
        Quad(f"<{EX}a>", LABEL, '"A"@en', ""),
        Quad(f"<{EX}a>", LABEL, '"Ah"@de', ""),
        Quad(f"<{EX}a>", P, f"<{EX}b>", ""),
    }
    assert {q.subject for q in found.incoming} == {f"<{EX}c>", f"<{EX}d>"}
    assert found.labels == {f"<{EX}a>": "A", f"<{EX}b>": "Bé", f"<{EX}c>": "C"}
    assert bool(found) and len(found.quads()) == 5
    assert len(s.describe(f"{EX}a", incoming=1).incoming) == 1
    assert not s.describe(f"{EX}nothing")


def test_describe_a_thing_of_a_release(tiny: Project, tiny_store: EmbeddedStore) -> None:
    found = tiny_store.describe(f"{tiny.ids}event/third-meeting")
    assert (
        Quad(
            iri(f"{tiny.ids}event/third-meeting"),
            LABEL,
            '"Third meeting of the Lake Mirelle Commission"@en',
            "",
        )
        in found.outgoing
    )
    assert f"{tiny.ids}disagreement/event/third-meeting/startDate" in {
        q.subject[1:-1] for q in found.incoming
    }
    assert found.labels[iri(f"{tiny.ids}place/osterby")] == "Osterby"


def test_graphs() -> None:
    s = store(f"<{EX}a> {P} <{EX}b>", f"<{EX}a> {P} <{EX}b> <{EX}g>", f"<{EX}a> {P} <{EX}c> <{EX}g>")
    assert s.graphs() == {"": 1, f"{EX}g": 2}


def test_the_default_graph_is_not_the_union() -> None:
    s = store(f"<{EX}a> {P} <{EX}b> <{EX}g>")
    assert not s.query("SELECT * { ?s ?p ?o }")
    assert s.query("SELECT * { GRAPH ?g { ?s ?p ?o } }")


def test_a_release_from_disk_answers_as_from_memory(tiny_release: Release, tiny_store: EmbeddedStore) -> None:
    disk = EmbeddedStore.read_only(tiny_release.path / STORE, tiny_release.prefixes)
    text = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o"
    assert disk.query(text).to_csv() == tiny_store.query(text).to_csv()
    assert disk.graphs() == tiny_store.graphs()
    with pytest.raises(QueryRefused):
        disk.query("DROP ALL")


def test_no_store_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        EmbeddedStore.read_only(tmp_path / "absent")


@pytest.mark.parametrize(
    ("media_type", "text", "line"),
    [
        ("text/turtle", "<a:s> <a:p> <a:o> .\n<a:s> ex:p <a:o> .", 2),
        ("application/n-quads", "<a:s> <a:p> <a:o> .\n\n<a:s> <a:p> .\n", 3),
        ("application/ld+json", '{"@id": "a:b",\n "x" }', 2),
    ],
)
def test_what_is_not_in_the_format(media_type: str, text: str, line: int) -> None:
    with pytest.raises(InputError, match=f"not {media_type.replace('+', '.')}") as caught:
        list(engine.parse(text.encode(), media_type, path="a.file"))
    assert caught.value.where is not None
    assert (caught.value.where.path, caught.value.where.line) == ("a.file", line)


def test_remote_contexts_are_not_fetched() -> None:
    document = '{"@context": "http://127.0.0.1:1/context", "@id": "a:b", "label": "x"}'
    with pytest.raises(InputError):
        list(engine.parse(document, "application/ld+json"))


def test_triples_go_to_the_graph_that_is_asked_for() -> None:
    data = f"<a:s> <a:p> {literal('x')} .\n<a:s> <a:p> <a:o> <a:h> .\n"
    graphs = [q.graph for q in engine.parse(data.encode(), "application/n-quads", graph="<a:g>")]
    assert graphs == ["<a:g>", "<a:h>"]


def test_blank_nodes_are_named_by_structure() -> None:
    one = [Quad("_:x", P, "_:y", ""), Quad("_:y", P, '"end"', "")]
    other = [Quad("_:q", P, '"end"', ""), Quad("_:a", P, "_:q", "")]
    assert sorted(engine.canonical_blank_nodes(one)) == sorted(engine.canonical_blank_nodes(other))


def test_the_label_of_a_property_is_looked_up_anew_when_quads_are_added() -> None:
    """A store keeps the labels of properties at hand."""
    store = EmbeddedStore.in_memory(b"<urn:a> <urn:p> <urn:b> .\n")
    assert "<urn:p>" not in store.describe("urn:a").labels
    store.add([Quad("<urn:p>", LABEL, '"knows"@en', "")])
    assert store.describe("urn:a").labels["<urn:p>"] == "knows"
