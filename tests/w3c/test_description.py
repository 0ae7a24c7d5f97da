"""The tests of SPARQL 1.1 Service Description: it is RDF, names the endpoint it is at, and keeps to the vocabulary."""

from __future__ import annotations

import httpx
import pytest
import rdflib
from rdflib.namespace import RDF, VOID

from muniment.formats import RDF_FORMATS
from muniment.terms import to_graph

from .answers import read_triples
from .suites import DESCRIPTION, FOLDER, conversations

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs ../shared/w3c, which is not in this checkout"
)

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
SCHEMA = {
    "endpoint": ("Service", None),
    "supportedLanguage": ("Service", None),
    "resultFormat": ("Service", None),
    "defaultEntailmentRegime": ("Service", None),
    "extensionFunction": ("Service", "Function"),
    "defaultDataset": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("Dataset", "NamedGraph"),
    "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
}
"""Property -> the class that it belongs to, and that of its values; others of the vocabulary are not used here."""
CLASSES = {"Service", "Dataset", "Graph", "NamedGraph", "Function"}


def described(client: httpx.Client, media_type: str) -> rdflib.Graph:
    found = client.get("/sparql", headers={"Accept": media_type})
    assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, media_type)
    return to_graph(read_triples(found.content, media_type))


def test_every_test_is_found() -> None:
    names = {case.name for case in conversations("service-description")}
    assert names == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}
    assert len(names) == DESCRIPTION


def test_returns_rdf(published: httpx.Client) -> None:
    bare = published.get("/sparql")
    assert (bare.status_code, bare.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    graphs = {frozenset(described(published, form.media_type)) for form in RDF_FORMATS}
    assert len(graphs) == 1 and len(graphs.pop()) > 30


def test_has_endpoint_triple(published: httpx.Client) -> None:
    graph = described(published, "text/turtle")
    assert list(graph.objects(None, SD.endpoint)) == [rdflib.URIRef(f"{published.base_url}/sparql")]


def test_conforms_to_schema(published: httpx.Client) -> None:
    graph = described(published, "text/turtle")
    used = {str(p).removeprefix(SD) for p in graph.predicates() if str(p).startswith(SD)}
    assert used >= SCHEMA.keys() - {"extensionFunction"} and used <= SCHEMA.keys()
    types = {str(t).removeprefix(SD) for t in graph.objects(None, RDF.type) if str(t).startswith(SD)}
    assert types <= CLASSES
    for name, (domain, values) in SCHEMA.items():
        for s, o in graph.subject_objects(SD[name]):
            assert (s, RDF.type, SD[domain]) in graph, name
            assert values is None or (o, RDF.type, SD[values]) in graph, name
    assert len(list(graph.subjects(RDF.type, SD.Service))) == 1


def test_it_is_true(published: httpx.Client) -> None:
    graph = described(published, "text/turtle")
    names = set(graph.objects(None, SD.name))
    assert len(names) == 3
    for name in names:
        node = graph.value(graph.value(None, SD.name, name), SD.graph)
        query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        rows = published.get("/sparql", params={"query": query, "format": "csv"}).text.splitlines()
        assert rows[1:] == [str(graph.value(node, VOID.triples))]
        assert published.get(str(node)).status_code == 200
    for function in graph.objects(None, SD.extensionFunction):
        asked = published.get(
            "/sparql", params={"query": f'ASK {{ FILTER(!BOUND(?x) || <{function}>("")) }}'}
        )
        assert asked.status_code == 200
    for form in graph.objects(None, SD.resultFormat):
        assert str(form).startswith("http://www.w3.org/ns/formats/")
    assert not list(graph.objects(None, SD.feature))  # none of the vocabulary's is offered
