"""``muniment.validation``: what a report says, and that it says the same in each run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from muniment.errors import InputError
from muniment.validation import ValidationResult, validate

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <https://example.org/> .
"""
SHAPES = """
ex:Thing a sh:NodeShape ; sh:targetClass ex:Class ; sh:nodeKind sh:IRI ; sh:message "anonymous" ;
  sh:property ex:Thing-name, ex:Thing-code, ex:Thing-part, ex:Thing-query .
ex:Thing-name a sh:PropertyShape ; sh:path ex:name ; sh:minCount 1 ; sh:message "no name"@en .
ex:Thing-code a sh:PropertyShape ; sh:path ex:code ; sh:pattern "^[A-Z]+$" ; sh:severity sh:Warning ; sh:message "odd code" .
ex:Thing-part a sh:PropertyShape ; sh:path ( ex:part [ sh:zeroOrMorePath [ sh:inversePath ex:of ] ] ) ; sh:maxCount 0 ;
  sh:severity sh:Info ; sh:message "parts" .
ex:Thing-query a sh:PropertyShape ; sh:path ex:twin ; sh:message "own twin" ; sh:sparql ex:Thing-query-select .
ex:Thing-query-select a sh:SPARQLConstraint ;
  sh:select "SELECT $this ?value WHERE { $this <https://example.org/twin> ?value FILTER(?value = $this) }" .
"""
GOOD = 'ex:a a ex:Class ; ex:name "A" ; ex:code "A" ; ex:twin ex:b .'
ODD = 'ex:odd a ex:Class ; ex:name "Odd" ; ex:code "a b"@en, "7"^^xsd:token ; ex:part ex:a .'
NAMELESS = "ex:nameless a ex:Class ."
TWIN = 'ex:twin-of-itself a ex:Class ; ex:name "Twin" ; ex:twin ex:twin-of-itself .'
BLANK = '[] a ex:Class ; ex:name "One" . [] a ex:Class ; ex:name "Two" ; ex:code "\\n" .'


def turtle(*parts: str) -> Graph:
    """The parts as one graph."""
    return Graph().parse(data="\n".join((PREFIXES, *parts)))


def lines(graph: Graph) -> str:
    """The graph as sorted N-Triples."""
    return "".join(sorted(graph.serialize(format="nt").splitlines(keepends=True)))


def test_a_good_graph_conforms() -> None:
    report = validate(turtle(GOOD), turtle(SHAPES))
    assert report.conforms
    assert report.results == ()
    assert set(report.graph.objects(None, SH.conforms)) == {Literal(True)}


def test_a_planted_violation_is_told_in_full() -> None:
    report = validate(turtle(GOOD, NAMELESS), turtle(SHAPES))
    assert not report.conforms
    assert report.results == (
        ValidationResult(
            focus="<https://example.org/nameless>",
            path="https://example.org/name",
            value=None,
            severity=str(SH.Violation),
            message="no name",
            shape="https://example.org/Thing-name",
            component=str(SH.MinCountConstraintComponent),
        ),
    )
    assert report.violations == report.results


def test_warnings_and_infos_do_not_fail() -> None:
    report = validate(turtle(GOOD, ODD), turtle(SHAPES))
    assert report.conforms
    assert report.violations == ()
    assert {(r.value, r.severity) for r in report.results} == {
        ('"a b"@en', str(SH.Warning)),
        ('"7"^^<http://www.w3.org/2001/XMLSchema#token>', str(SH.Warning)),
        (None, str(SH.Info)),
    }


def test_a_complex_path_is_text_and_not_in_the_graph() -> None:
    report = validate(turtle(GOOD, ODD), turtle(SHAPES))
    (info,) = (r for r in report.results if r.severity == str(SH.Info))
    assert info.path == "(<https://example.org/part>/^<https://example.org/of>*)"
    (node,) = report.graph.subjects(SH.resultSeverity, SH.Info)
    assert (node, SH.resultPath, None) not in report.graph


def test_a_query_is_asked_of_each_focus_node() -> None:
    others = (f'ex:t{n} a ex:Class ; ex:name "T" ; ex:twin ex:t{n % 2} .' for n in range(4))
    report = validate(turtle(GOOD, TWIN, *others), turtle(SHAPES))
    found = [(r.focus, r.value) for r in report.results]
    assert found == [(f"<https://example.org/{name}>",) * 2 for name in ("t0", "t1", "twin-of-itself")]


def test_the_report_graph_says_what_the_results_say() -> None:
    report = validate(turtle(GOOD, ODD, NAMELESS, TWIN), turtle(SHAPES))
    nodes = set(report.graph.objects(None, SH.result))
    assert nodes == {URIRef(f"urn:muniment:result:{n}") for n in range(1, len(report.results) + 1)}
    for number, result in enumerate(report.results, start=1):
        node = URIRef(f"urn:muniment:result:{number}")
        assert report.graph.value(node, SH.focusNode) == URIRef(result.focus.strip("<>"))
        assert report.graph.value(node, SH.sourceShape) == URIRef(result.shape)
        assert str(report.graph.value(node, SH.resultMessage)) == result.message
    assert (None, RDF.type, SH.ValidationReport) in report.graph
    assert not any(isinstance(term, BNode) for triple in report.graph for term in triple)


def test_nothing_is_changed() -> None:
    data, shapes = turtle(GOOD, ODD, NAMELESS), turtle(SHAPES)
    before = set(data), set(shapes), set(data.namespaces())
    validate(data, shapes)
    assert (set(data), set(shapes), set(data.namespaces())) == before


def test_shapes_that_cannot_be_used() -> None:
    with pytest.raises(InputError, match="shapes cannot be used"):
        validate(
            turtle(GOOD),
            turtle("ex:S a sh:NodeShape ; sh:targetClass ex:Class ; sh:property ex:P . ex:P sh:minCount 1 ."),
        )


def test_two_processes_write_the_same_bytes() -> None:
    """Hash seeds and blank node labels differ between processes; the report must not."""
    script = (
        "from test_validation import *\n"
        "report = validate(turtle(GOOD, ODD, NAMELESS, TWIN, BLANK), turtle(SHAPES))\n"
        "print(repr(report.results), lines(report.graph))\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    (output,) = outputs
    assert output.count("anonymous") == 2 * 2  # two blank nodes, each in the results and in the graph
