"""The source files are JSON-LD by definition: rdflib's own parser and pyoxigraph read them to the same quads as we do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import yaml

from muniment.claims import read_claims
from muniment.context import Context, read_context
from muniment.project import Project
from muniment.terms import Quad, to_rdflib

FILES = sorted((Path(__file__).parent / "tiny" / "sources").glob("*.yaml"))

# rdflib's JSON-LD parser uses names of its own that rdflib has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated, use :DeprecationWarning:rdflib")

Statement = tuple[Any, Any, Any, str]


@pytest.fixture(scope="module")
def context(tiny: Project) -> Context:
    return read_context(tiny.ontology / "context.jsonld")


def as_json(path: Path, context: Context) -> str:
    """The file as plain JSON-LD, by a YAML loader that takes every scalar for text."""
    records = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return json.dumps({**context.document, "@graph": records})


def by_rdflib(text: str, base: str) -> set[Statement]:
    dataset = rdflib.Dataset()
    dataset.parse(data=text, format="json-ld", publicID=base)
    default = str(rdflib.graph.DATASET_DEFAULT_GRAPH_ID)
    found = set()
    for s, p, o, g in dataset.quads():
        if isinstance(o, rdflib.Literal) and o.datatype == rdflib.XSD.string:
            o = rdflib.Literal(str(o))  # the same literal in RDF 1.1; rdflib tells the two apart
        found.add((s, p, o, "" if g is None or str(g) in (default, base) else str(g)))
    return found


def by_pyoxigraph(text: str, base: str) -> set[Statement]:
    found = set()
    for q in ox.parse(text, ox.RdfFormat.JSON_LD, base_iri=base):
        graph = "" if isinstance(q.graph_name, ox.DefaultGraph) else q.graph_name.value
        found.add((*(to_rdflib(str(term)) for term in (q.subject, q.predicate, q.object)), graph))
    return found


def test_there_are_files() -> None:
    assert len(FILES) == 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_two_parsers_read_the_same_quads(path: Path, context: Context, tiny: Project) -> None:
    text = as_json(path, context)
    found = by_rdflib(text, tiny.ids)
    assert len(found) > 20
    assert found == by_pyoxigraph(text, tiny.ids)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_and_so_do_we_but_for_what_reading_adds(path: Path, context: Context, tiny: Project) -> None:
    ours = {_statement(q) for q in read_claims([path], context, tiny.ids).quads}
    theirs = by_rdflib(as_json(path, context), tiny.ids)
    assert theirs <= ours
    added = {str(p).rpartition("#")[2] for _, p, _, g in ours - theirs if not g}
    assert added == {"type", "basis", "wasDerivedFrom"}
    assert not [statement for statement in ours - theirs if statement[3]]


def _statement(q: Quad) -> Statement:
    return (to_rdflib(q.subject), to_rdflib(q.predicate), to_rdflib(q.object), q.graph[1:-1])


def test_the_context_alone_is_enough(context: Context, tiny: Project) -> None:
    """A node read with the context that we serve, by a reader who knows nothing else of us."""
    node = {"id": "event/x", "type": "Event", "label": "X", "start": "2019-03-12", "attendance": "open"}
    found = by_rdflib(json.dumps({**context.document, **node}), tiny.ids)
    subject = rdflib.URIRef(f"{tiny.ids}event/x")
    schema = rdflib.Namespace("https://schema.org/")
    assert (subject, schema.startDate, rdflib.Literal("2019-03-12", datatype=rdflib.XSD.date), "") in found
    assert (subject, rdflib.RDFS.label, rdflib.Literal("X", lang="en"), "") in found
    mun = rdflib.Namespace("https://w3id.org/muniment/ontology#")
    assert (
        subject,
        mun.attendance,
        rdflib.URIRef("https://w3id.org/muniment/vocab/attendance/open"),
        "",
    ) in found
