"""What a running service says of itself, read as editors, harvesters and people read it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pyshacl
import pytest
import rdflib
import SPARQLWrapper as sw  # noqa: N813
from engine_stores import Stores
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

from muniment.build import build
from muniment.engine import EmbeddedStore, parse
from muniment.project import Project, find_project
from muniment.release import current_release
from muniment.terms import MUN, to_graph
from muniment_service import Settings
from muniment_service.facts import Value
from muniment_service.shape_words import Words
from muniment_service.vocabulary import anchor, vocabulary

DOCUMENTS = ("/catalogue", "/.well-known/void", "/ontology", "/shapes", "/vocab")
FORMATS = {
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
    "ntriples": "application/n-triples",
    "rdfxml": "application/rdf+xml",
    "trig": "application/trig",
    "nquads": "application/n-quads",
}
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix spdx: <http://spdx.org/rdf/terms#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:shape:> .
:Title sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal .
:Description sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal .
:Publisher sh:path dct:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent .
:Catalog a sh:NodeShape ; sh:targetClass dcat:Catalog ; sh:property :Title, :Description, :Publisher,
  [ sh:path dcat:dataset ; sh:minCount 1 ; sh:class dcat:Dataset ], [ sh:path dcat:service ; sh:class dcat:DataService ] .
:Agent a sh:NodeShape ; sh:targetClass foaf:Agent ; sh:property [ sh:path foaf:name ; sh:minCount 1 ] .
:Dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property :Title, :Description,
  [ sh:path dcat:distribution ; sh:class dcat:Distribution ], [ sh:path dcat:version ; sh:maxCount 1 ],
  [ sh:path dcat:previousVersion ; sh:maxCount 1 ; sh:class dcat:Dataset ] .
:Distribution a sh:NodeShape ; sh:targetClass dcat:Distribution ; sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ],
  [ sh:path dcat:byteSize ; sh:maxCount 1 ; sh:datatype xsd:nonNegativeInteger ], [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:nodeKind sh:IRI ],
  [ sh:path spdx:checksum ; sh:maxCount 1 ; sh:class spdx:Checksum ] .
:Checksum a sh:NodeShape ; sh:targetClass spdx:Checksum ; sh:property [ sh:path spdx:algorithm ; sh:minCount 1 ; sh:maxCount 1 ],
  [ sh:path spdx:checksumValue ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:hexBinary ] .
:Service a sh:NodeShape ; sh:targetClass dcat:DataService ; sh:property :Title,
  [ sh:path dcat:endpointURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ], [ sh:path dcat:servesDataset ; sh:class dcat:Dataset ] .
"""
"""What DCAT-AP 3 makes mandatory, and the ranges and cardinalities of what is stated beside that."""


@pytest.fixture(scope="module")
def project(tiny: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny dataset with a publisher, a question of its own, and two releases."""
    folder = tmp_path_factory.mktemp("described") / "tiny"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    file = folder / "muniment.toml"
    added = '\npublisher = "The Lake Office"\n\n[paths]\nqueries = "queries"\n'
    text = file.read_text(encoding="utf-8")
    assert text.count("\n[paths]\n") == 1
    file.write_text(text.replace("\n[paths]\n", added), encoding="utf-8")
    shutil.copytree(tiny.queries, folder / "queries")
    build(find_project(folder))
    source = folder / "sources" / "notices.yaml"
    changed = source.read_text(encoding="utf-8").replace("2019-03-13", "2019-03-14")
    source.write_text(changed, encoding="utf-8")
    build(find_project(folder))
    return find_project(folder)


@pytest.fixture(scope="module")
def url(project: Project, stores: Stores, unused_port: int, wait_until_ready: Any) -> Iterator[str]:
    command = [sys.executable, "-m", "muniment", "serve", "--port", str(unused_port)]
    environ = {**os.environ, **stores.environ(current_release(project.releases))}
    process = subprocess.Popen(
        command, cwd=project.root, env=environ, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{unused_port}")
        yield f"http://127.0.0.1:{unused_port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def graph_of(url: str, path: str, form: str = "turtle") -> rdflib.Graph:
    found = httpx.get(f"{url}{path}", headers={"Accept": FORMATS[form]})
    assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, FORMATS[form])
    return to_graph(parse(found.content, FORMATS[form]))


def ask(url: str, query: str) -> list[dict[str, str]]:
    client = sw.SPARQLWrapper(f"{url}/sparql", returnFormat=sw.JSON)
    client.setQuery(query)
    rows = client.queryAndConvert()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


# What editors and assistants ask the default graph of an endpoint, in the shape of their queries.

EXAMPLES = """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query WHERE { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
  sh:select|sh:ask|sh:construct|sh:describe ?query } ORDER BY ?sq"""
PREFIXES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix } ORDER BY ?prefix"""
SCHEMA = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
  { ?cp void:class ?subjectClass ; void:propertyPartition ?pp . ?pp void:property ?prop .
    OPTIONAL { { ?pp void:classPartition [ void:class ?objectClass ] } UNION
      { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] } } }
  UNION { ?ls void:subjectsTarget [ void:class ?subjectClass ] ; void:linkPredicate ?prop ; void:objectsTarget [ void:class ?objectClass ] } }"""


def test_editors_find_queries_that_run(url: str, project: Project) -> None:
    rows = ask(url, EXAMPLES)
    assert len(rows) == len(list(project.queries.glob("*/*.rq"))) > 70
    assert len({row["comment"] for row in rows}) == len(rows)
    for row in rows[::9]:
        assert not row["query"].startswith("#+")
        assert httpx.get(f"{url}/sparql", params={"query": row["query"]}).status_code == 200, row["sq"]


def test_editors_find_prefixes(url: str) -> None:
    found = {row["prefix"]: row["namespace"] for row in ask(url, PREFIXES)}
    assert found["mun"] == MUN and len(found) > 20


def test_editors_find_the_schema(url: str) -> None:
    rows = [
        tuple(row.get(k, "") for k in ("subjectClass", "prop", "objectClass", "objectDatatype"))
        for row in ask(url, SCHEMA)
    ]
    start = ("https://schema.org/startDate", "", "http://www.w3.org/2001/XMLSchema#date")
    assert (f"{MUN}Event", *start) in rows
    assert (f"{MUN}Event", "https://schema.org/location", f"{MUN}Place", "") in rows
    assert not any(row[0] == f"{MUN}Person" and row[1] == start[0] for row in rows)


def test_the_service_description_has_them_too(url: str) -> None:
    found = graph_of(url, "/sparql")
    assert len(found.query(SCHEMA)) > 50 and len(found.query(PREFIXES)) > 20


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_format_is_the_same_graph(url: str, path: str) -> None:
    graphs = [graph_of(url, path, form) for form in FORMATS]
    assert len(graphs) == 6 and len(graphs[0]) > 50
    for other in graphs[1:]:
        assert isomorphic(graphs[0], other)
    assert isomorphic(
        graphs[0], rdflib.Graph().parse(data=httpx.get(f"{url}{path}?format=turtle").text, format="turtle")
    )


@pytest.mark.parametrize("path", DOCUMENTS)
def test_negotiation(url: str, path: str) -> None:
    def get(accept: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{url}{path}", headers={"Accept": accept, **headers})

    page = get("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert get("*/*").headers["content-type"] == "text/turtle; charset=utf-8"
    assert get("application/json").headers["content-type"] == "application/json"
    refused = get("image/png")
    assert refused.status_code == 406 and len(refused.json()["alternatives"]) == 7
    found = get("text/turtle")
    assert found.headers["content-location"] == f"{path}?format=turtle"
    assert found.headers["link"].count('rel="alternate"') == 7 and 'rel="license"' in found.headers["link"]
    assert get("text/turtle", **{"If-None-Match": found.headers["etag"]}).status_code == 304
    assert httpx.head(f"{url}{path}").status_code == 200


def test_the_catalogue_has_what_dcat_ap_asks_for(url: str) -> None:
    shapes, found = rdflib.Graph().parse(data=SHAPES, format="turtle"), graph_of(url, "/catalogue")
    conforms, _, text = pyshacl.validate(found, shacl_graph=shapes)
    assert conforms, text
    for wanted in ("Catalog", "Dataset", "Distribution", "DataService"):
        assert (None, RDF.type, DCAT[wanted]) in found
    for lost in (DCAT.accessURL, DCAT.endpointURL, rdflib.DCTERMS.publisher, SPDX.checksumValue):
        less = rdflib.Graph() + found
        less.remove((None, lost, None))
        assert not pyshacl.validate(less, shacl_graph=shapes)[0], lost


def test_versions_and_files(url: str, project: Project) -> None:
    """The versions are the releases on disk, in the order of building; sizes and checksums are those of the files."""
    found, base = graph_of(url, "/catalogue"), rdflib.URIRef(project.base)
    current = (project.releases / "current").read_text().split()[0]
    folders = {path.parent for path in project.releases.glob("*/manifest.json")}
    versions = {str(found.value(v, DCAT.version)): v for v in found.objects(base, DCAT.hasVersion)}
    assert versions.keys() == {folder.name for folder in folders} and len(folders) == 2
    (first,) = versions.keys() - {current}
    assert found.value(base, DCAT.hasCurrentVersion) == versions[current]
    assert found.value(versions[current], DCAT.previousVersion) == versions[first]
    assert found.value(versions[first], DCAT.previousVersion) is None
    for folder in folders:
        files = list(found.objects(versions[folder.name], DCAT.distribution))
        assert files
        for file in files:
            data = (folder / str(found.value(file, rdflib.DCTERMS.title))).read_bytes()
            checksum = found.value(file, SPDX.checksum)
            assert str(found.value(checksum, SPDX.checksumValue)) == hashlib.sha256(data).hexdigest()
            assert int(str(found.value(file, DCAT.byteSize))) == len(data)
            assert str(found.value(file, DCAT.downloadURL)).startswith(
                f"{url}/"
            ) and folder.name in found.value(file, DCAT.downloadURL)


def test_schema_dataset(url: str, project: Project) -> None:
    """What search engines require (name, description of 50 to 5000 letters) and recommend, alone and in the page."""
    found = httpx.get(f"{url}/catalogue/dataset.jsonld")
    assert found.headers["content-type"] == "application/ld+json"
    dataset = found.json()
    assert (dataset["@context"], dataset["@type"]) == ("https://schema.org/", "Dataset")
    assert dataset["name"] == project.title and 50 <= len(dataset["description"]) <= 5000
    assert dataset["license"] == project.license and dataset["publisher"]["name"] == "The Lake Office"
    assert dataset["distribution"] and all(
        d["contentUrl"] and d["encodingFormat"] for d in dataset["distribution"]
    )
    page = httpx.get(f"{url}/catalogue", headers={"Accept": "text/html"}).text
    (embedded,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(embedded) == dataset


def test_the_reference_has_a_place_for_each_term(url: str) -> None:
    for path, kind in (
        ("/ontology", rdflib.OWL.Class),
        ("/ontology", rdflib.OWL.DatatypeProperty),
        ("/shapes", rdflib.SH.NodeShape),
        ("/vocab", rdflib.SKOS.Concept),
    ):
        page = httpx.get(f"{url}{path}", headers={"Accept": "text/html"}).text
        graph = graph_of(url, path)
        off = set(
            graph.subjects(rdflib.SH.deactivated, rdflib.Literal(True))
        )  # they order pages, and check nothing
        terms = [
            str(t) for t in graph.subjects(RDF.type, kind) if isinstance(t, rdflib.URIRef) and t not in off
        ]
        assert len(terms) > 5
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
        assert {anchor(t) for t in terms} <= set(ids)
        for target in set(re.findall(r'href="#([^"]+)"', page)):
            assert target in ids, target


def test_the_reference_counts(url: str) -> None:
    page = httpx.get(f"{url}/ontology", headers={"Accept": "text/html"}).text
    section = re.search(r'<section class="term" id="Event">.*?</section>', page, re.DOTALL)
    count = ask(url, f"SELECT (COUNT(*) AS ?n) {{ ?s a <{MUN}Event> }}")[0]["n"]
    assert section and f"<small>{count} things</small>" in section[0]
    assert "schema:startDate" in section[0] and "crm:E5_Event" in section[0]


def test_every_link_of_the_pages_works(url: str) -> None:
    """But for the files of releases, which have routes of their own."""
    with httpx.Client(base_url=url) as client:
        seen: set[str] = set()
        for path in DOCUMENTS:
            page = client.get(path, headers={"Accept": "text/html"}).text
            seen |= {href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"]*)"', page)}
        wanted = sorted(href for href in seen if not href.startswith(("/releases/", "/sparql?")))
        assert len(wanted) > 200
        for href in wanted[::5]:
            assert client.get(href).status_code == 200, href


def test_names_of_the_catalogue_lead_somewhere(url: str) -> None:
    assert httpx.get(f"{url}/void").headers["location"] == "/.well-known/void"
    found = httpx.get(f"{url}/vocab/attendance/open", follow_redirects=True)
    assert found.status_code == 200 and 'skos:prefLabel "open"' in found.text
    assert httpx.get(f"{url}/vocab/attendance/nothing").status_code == 404
    assert httpx.get(f"{url}/vocab/%3E%20%7D").status_code == 404


def test_home_counts_things_without_the_catalogue(url: str) -> None:
    found = httpx.get(url, headers={"Accept": "application/json"}).json()
    classes = {c["iri"] for c in found["classes"]}
    assert f"{MUN}Event" in classes
    assert not any(c.startswith((str(rdflib.SH), str(DCAT), str(rdflib.VOID))) for c in classes)
    assert 0 < found["describing"] < found["triples"]


def test_a_description_of_a_term_is_not_flooded(url: str) -> None:
    found = httpx.get(f"{url}/doc.ttl", params={"iri": f"{MUN}Event"}).text
    assert "void#class" not in found and "rdfs:subClassOf" in found
    assert ask(url, f"SELECT ?c {{ ?c <http://rdfs.org/ns/void#class> <{MUN}Event> }}")


def test_what_does_not_describe_itself_says_so(client: httpx.Client, connect: Any) -> None:
    bare = connect(EmbeddedStore.in_memory(b""), Settings())
    for path in DOCUMENTS:
        for asked in ({"Accept": "text/turtle"}, {"Accept": "text/html"}):
            assert bare.get(path, headers=asked).status_code == 404
    assert client.get("/catalogue").json()["hint"]


def test_shapes_in_words() -> None:
    turtle = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:x#> . :S a sh:NodeShape ; sh:targetClass :C ;
      sh:or ( :T [ sh:path [ sh:inversePath :p ] ; sh:minCount 1 ] ) ; sh:property :S-p .
      :S-p sh:path ( :p [ sh:alternativePath ( :q :r ) ] ) ; sh:minCount 1 ; sh:maxCount 2 ; sh:in ( 1 "two" ) ; sh:not :T ;
        sh:qualifiedValueShape [ sh:datatype :d ] ; sh:qualifiedMaxCount 3 ; sh:pattern "^a" ; sh:nodeKind sh:IRI ."""
    words = Words(vocabulary(parse(turtle, "text/turtle")), lambda term: Value(anchor(term.strip("<>"))))

    def said(phrase: Any) -> str:
        return "".join(piece if isinstance(piece, str) else piece.text for piece in phrase)

    assert said(words.targets("<urn:x#S>")) == "each C"
    assert [said(p) for p in words.constraints("<urn:x#S>")] == ["T or inverse of p: at least 1"]
    assert said(words.path("<urn:x#S-p>")) == "p / q or r"
    found = [said(p) for p in words.constraints("<urn:x#S-p>")]
    assert found[:2] == ["at least 1, at most 2", "an IRI"] and 'matches "^a"' in found
    assert found[-2:] == ["not: T", "at most 3 of them: a literal of type d"]


def test_text_of_the_dataset_cannot_leave_the_embedded_json(
    project: Project, connect: Any, stores: Stores
) -> None:
    client = connect(
        stores.of_release(current_release(project.releases)),
        Settings(title="</script><b>", description='"\\', base=project.base),
    )
    page = client.get("/catalogue", headers={"Accept": "text/html"}).text
    (embedded,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(embedded)["name"] == "</script><b>" and "<b>" not in page
