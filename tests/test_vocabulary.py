"""Ontology, concept schemes, prefixes and shapes as the build reads them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from muniment.errors import InputError
from muniment.project import Project
from muniment.terms import DEFAULT_GRAPH, LABEL, MUN, SCHEMA, SH, SKOS, XSD, Quad, iri, nquads
from muniment.vocabulary import Vocabulary, in_default_graph, read_prefixes, read_vocabulary, version_iris


@pytest.fixture(scope="module")
def vocabulary(tiny: Project) -> Vocabulary:
    return read_vocabulary(tiny)


def test_every_file_is_a_graph_of_its_own(vocabulary: Vocabulary, tiny: Project) -> None:
    graphs = {q.graph for q in vocabulary.graphs()}
    files = [*tiny.ontology.glob("*.ttl"), *tiny.shapes.glob("*.ttl")]
    assert len(files) >= 15
    assert len(graphs) == len(files)
    assert DEFAULT_GRAPH not in graphs


def test_concepts_are_part_of_the_ontology(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.concepts) < set(vocabulary.ontology)
    assert any(q.predicate == iri(f"{SKOS}inScheme") for q in vocabulary.concepts)
    assert not any(q.predicate.startswith(f"<{SH}") for q in vocabulary.concepts)


def test_the_style_guide_is_not_among_the_data_shapes(vocabulary: Vocabulary) -> None:
    assert vocabulary.style_guide
    assert not {q.graph for q in vocabulary.style_guide} & {q.graph for q in vocabulary.shapes}


def test_prefixes(vocabulary: Vocabulary, tiny: Project) -> None:
    found = vocabulary.prefixes()
    assert (found["mun"], found["schema"], found["xsd"]) == (MUN, SCHEMA, XSD)
    assert list(found) == sorted(found)
    assert read_prefixes(tiny.ontology / "prefixes.ttl") == found


def test_superclasses_near_and_far(vocabulary: Vocabulary) -> None:
    found = vocabulary.superclasses()
    assert iri(f"{SCHEMA}Event") in found[iri(f"{MUN}Event")]
    source = found[iri(f"{MUN}Source")]
    assert {iri(f"{MUN}Document"), iri("http://xmlns.com/foaf/0.1/Document")} <= set(source)


def test_superclasses_that_run_in_a_circle_come_to_an_end(vocabulary: Vocabulary) -> None:
    below = iri("http://www.w3.org/2000/01/rdf-schema#subClassOf")
    circle = tuple(Quad(f"<a:{a}>", below, f"<a:{b}>", "<a:g>") for a, b in ("12", "23", "31"))
    assert replace(vocabulary, ontology=circle).superclasses() == {
        "<a:1>": ["<a:2>", "<a:3>"],
        "<a:2>": ["<a:1>", "<a:3>"],
        "<a:3>": ["<a:1>", "<a:2>"],
    }


def test_what_a_thing_has_once(vocabulary: Vocabulary) -> None:
    found = vocabulary.single_valued()
    assert found[iri(f"{SCHEMA}startDate")] == "value"
    assert found[LABEL] == "language"
    assert iri(f"{SKOS}altLabel") not in found
    assert set(found.values()) == {"value", "language"}


def test_once_is_stronger_than_once_in_a_language(vocabulary: Vocabulary) -> None:
    path, count, unique = (iri(f"{SH}{name}") for name in ("path", "maxCount", "uniqueLang"))
    one, true = f'"1"^^<{XSD}integer>', f'"true"^^<{XSD}boolean>'
    shapes = [
        Quad("_:a", path, "<a:p>", ""),
        Quad("_:a", unique, true, ""),
        Quad("_:b", path, "<a:p>", ""),
        Quad("_:b", count, one, ""),
        Quad("_:c", path, "<a:q>", ""),
        Quad("_:c", count, f'"2"^^<{XSD}integer>', ""),
        Quad("_:d", count, one, ""),
    ]
    for seed in range(5):
        random.Random(seed).shuffle(shapes)
        assert replace(vocabulary, shapes=tuple(shapes)).single_valued() == {"<a:p>": "value"}


def test_blank_nodes_are_named_whatever_the_order(vocabulary: Vocabulary) -> None:
    turned = replace(vocabulary, shapes=vocabulary.shapes[::-1], ontology=vocabulary.ontology[::-1])
    assert list(nquads(turned.graphs())) == list(nquads(vocabulary.graphs()))


def test_versions(vocabulary: Vocabulary) -> None:
    found = version_iris(vocabulary.ontology)
    assert found["https://w3id.org/muniment/ontology"].startswith("https://w3id.org/muniment/ontology/")


def test_in_default_graph() -> None:
    assert in_default_graph([Quad("<a:s>", "<a:p>", "<a:o>", "<a:g>")]) == [
        Quad("<a:s>", "<a:p>", "<a:o>", "")
    ]


def test_a_file_without_an_ontology_iri(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text("<a:s> <a:p> <a:o> .", encoding="utf-8")
    with pytest.raises(InputError, match="no ontology IRI"):
        read_prefixes(path)
