"""The dataset describes itself: each count of the VoID description is what a query counts, and nothing is left out."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from muniment.build import assemble, inputs_hash
from muniment.catalogue import PREFIXES, catalogue_iri
from muniment.census import Census
from muniment.engine import EmbeddedStore
from muniment.project import Project, find_project
from muniment.terms import RDFS, TYPE, Quad, iri
from muniment.void import VOID, Frame, Things, describe, number, solve_objects

ROOT = Path(__file__).resolve().parents[1]
VOID_PREFIXES = f"PREFIX void: <{VOID}> PREFIX void-ext: <http://ldf.fi/void-ext#>"


@pytest.fixture(scope="module", params=["tiny", "real"])
def described(request: pytest.FixtureRequest) -> tuple[Project, EmbeddedStore]:
    if request.param == "tiny":
        return request.getfixturevalue("tiny"), request.getfixturevalue("tiny_store")
    built = request.getfixturevalue("release")
    return built.project, built.store


def rows(store: EmbeddedStore, query: str) -> dict[tuple[str, ...], int]:
    """What a query finds: all variables but ``?n`` -> ``?n``."""
    found = store.query(f"{VOID_PREFIXES}\n{query}")
    keys = [name for name in found.variables if name != "n"]
    return {tuple(str(row.get(key, "")) for key in keys): int(row["n"]) for row in found}


TOTALS = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "entities": 'SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "SPACE")) }',
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
}


@pytest.mark.parametrize("name", TOTALS)
def test_totals(described: tuple[Project, EmbeddedStore], name: str) -> None:
    project, store = described
    stated = rows(store, f"SELECT ?n {{ <{project.base}> void:{name} ?n }}")
    assert stated == rows(store, TOTALS[name].replace("SPACE", project.ids))
    assert stated[()] > 30


PARTITIONS = {
    "class": (
        "SELECT ?c ?n { <BASE> void:classPartition [ void:class ?c ; void:entities ?n ] }",
        "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c",
    ),
    "property": (
        "SELECT ?p ?n { <BASE> void:propertyPartition [ void:property ?p ; void:triples ?n ] }",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    ),
    "subjects of a property": (
        "SELECT ?p ?n { <BASE> void:propertyPartition [ void:property ?p ; void:distinctSubjects ?n ] }",
        "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    ),
    "objects of a property": (
        "SELECT ?p ?n { <BASE> void:propertyPartition [ void:property ?p ; void:distinctObjects ?n ] }",
        """SELECT ?p (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o FILTER(?p NOT IN (void:triples, void:entities, void:classes,
          void:properties, void:distinctSubjects, void:distinctObjects)) } GROUP BY ?p""",
    ),
    "property of a class": (
        """SELECT ?c ?p ?n { <BASE> void:classPartition [ void:class ?c ;
          void:propertyPartition [ void:property ?p ; void:triples ?n ] ] }""",
        "SELECT ?c ?p (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ?p",
    ),
    "class of objects": (
        """SELECT ?c ?p ?d ?n { <BASE> void:classPartition [ void:class ?c ;
          void:propertyPartition [ void:property ?p ; void:classPartition [ void:class ?d ; void:triples ?n ] ] ] }""",
        "SELECT ?c ?p ?d (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o . ?o a ?d FILTER(?p != rdf:type) } GROUP BY ?c ?p ?d",
    ),
    "datatype of objects": (
        """SELECT ?c ?p ?d ?n { <BASE> void:classPartition [ void:class ?c ; void:propertyPartition
          [ void:property ?p ; void-ext:datatypePartition [ void-ext:datatype ?d ; void:triples ?n ] ] ] }""",
        """SELECT ?c ?p ?d (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o FILTER(isLiteral(?o)) BIND(DATATYPE(?o) AS ?d) }
          GROUP BY ?c ?p ?d""",
    ),
    "links": (
        """SELECT ?t ?p ?n { ?l a void:Linkset ; void:subjectsTarget <BASE> ; void:linkPredicate ?p ; void:triples ?n ;
          void:objectsTarget [ void:uriSpace ?t ] }""",
        """SELECT ?t ?p (COUNT(*) AS ?n) { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "SPACE") && ?p != rdf:type && isIRI(?o))
          FILTER NOT EXISTS { ?o ?any ?thing } BIND(REPLACE(STR(?o), "^(https?://[^/]*/?).*$", "$1") AS ?t) } GROUP BY ?t ?p""",
    ),
}


@pytest.mark.parametrize("name", PARTITIONS)
def test_partitions(described: tuple[Project, EmbeddedStore], name: str) -> None:
    """Each partition has the count of the query, and there is one for each row of it."""
    project, store = described
    stated, counted = (
        rows(store, query.replace("BASE", project.base).replace("SPACE", project.ids))
        for query in PARTITIONS[name]
    )
    assert stated == counted
    assert name == "links" or len(stated) > 10


def test_links_lead_to_other_datasets(described: tuple[Project, EmbeddedStore]) -> None:
    project, store = described
    if project.root == ROOT:
        stated = rows(store, PARTITIONS["links"][0].replace("BASE", project.base))
        assert len(stated) > 1 and min(stated.values()) > 0


def test_no_blank_nodes_and_all_in_a_graph_of_its_own(described: tuple[Project, EmbeddedStore]) -> None:
    project, store = described
    graph = f"GRAPH <{catalogue_iri(project.base)}>"
    assert rows(store, f"SELECT (COUNT(*) AS ?n) {{ {graph} {{ ?s ?p ?o }} }}")[()] > 500
    for query in (
        f"ASK {{ {graph} {{ ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) }} }}",
        f"ASK {{ {graph} {{ ?s ?p ?o }} FILTER NOT EXISTS {{ ?s ?p ?o }} }}",
        f'ASK {{ {graph} {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{project.ids}")) }} }}',
        f'ASK {{ {graph} {{ ?s ?p ?o FILTER(!STRSTARTS(STR(?s), "{project.base}") && !STRSTARTS(STR(?s), "{PREFIXES}")) }} }}',
        "ASK { ?s a void:Dataset FILTER NOT EXISTS { GRAPH ?g { ?s a void:Dataset } } }",
    ):
        assert not store.query(f"{VOID_PREFIXES} {query}").boolean, query


FRAME = Frame("<https://e.example/>", "https://e.example/void", "https://e.example/id/", {"rdfs": RDFS})


def quad(s: str, p: str, o: str) -> Quad:
    return Quad(iri(s), iri(p), o, "")


def test_a_census_on_another_one_counts_as_one_of_both() -> None:
    below = [
        quad("urn:a", "urn:p", iri("urn:b")),
        quad("urn:b", "urn:p", '"1"'),
        quad("urn:a", TYPE[1:-1], iri("urn:C")),
    ]
    above = [
        quad("urn:x", "urn:p", '"1"'),
        quad("urn:x", "urn:q", iri("urn:a")),
        quad("urn:x", TYPE[1:-1], iri("urn:D")),
    ]
    retyped = [quad("urn:b", TYPE[1:-1], iri("urn:C"))]
    for added in (above, retyped, []):
        split, whole = Census.over(added, Census(below)), Census([*below, *added])
        for count in ("patterns", "entities", "subjects", "objects"):
            assert getattr(split, count) == getattr(whole, count), count
    assert Census.over(above, Census(below)).patterns[(iri("urn:D"),), iri("urn:q"), (iri("urn:C"),)] == 1


def test_the_number_of_objects_counts_itself_or_is_left_out() -> None:
    """Where n objects include the number n, n is right; where they do not, n + 1 is, unless that is among them."""
    about = (FRAME.dataset, iri(f"{VOID}distinctObjects"))

    def solved(*values: int) -> str | None:
        data = Census([quad("urn:a", "urn:p", number(value)) for value in values])
        found = solve_objects([], FRAME.dataset, data)
        return None if found is None else {t[:2]: t[2] for t in found}[about]

    assert solved(7, 8) == number(3)
    assert solved(2, 8) == number(2)
    assert solved(3, 8) is None
    assert all(
        t[:2] != about for t in describe(Census([]), Counter(), FRAME, Things(0, ()), counts_objects=False)
    )


def test_a_query_belongs_to_what_a_release_is_built_from(tmp_path: Path) -> None:
    project = dataclasses.replace(find_project(ROOT), queries=tmp_path, releases=tmp_path / "releases")
    (tmp_path / "mine").mkdir()
    before = inputs_hash(project)
    (tmp_path / "mine" / "new.rq").write_text(
        "#+ title: T\n#+ question: Q?\n#+ tags: [t]\nASK { ?s ?p ?o }\n"
    )
    assert inputs_hash(project) != before
    quads = [q for q in assemble(project).default if q.subject == f"<{project.base}queries/new>"]
    values = {q.predicate.rpartition("#")[2].rstrip(">"): q.object for q in quads}
    assert values["ask"] == '"ASK { ?s ?p ?o }\\n"'
    assert iri("http://www.w3.org/ns/shacl#SPARQLAskExecutable") in {q.object for q in quads}


def test_questions_of_one_dataset_are_not_those_of_another(tiny: Project) -> None:
    found = [q.subject for q in assemble(tiny).default if "/queries/" in q.subject]
    competency = {path.stem for path in (ROOT / "queries" / "competency").glob("*.rq")}
    assert found and competency
    assert not competency & {term.rstrip(">").rpartition("/")[2] for term in found}
