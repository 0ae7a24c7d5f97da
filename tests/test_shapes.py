"""The shapes, each by its cases in ``tests/shapes/<file>/{ok,bad}-*.ttl``; see shapes/README.md.

A case is data plus, in a bad case, the ``sh:ValidationReport`` that it must give: exactly these results, on these nodes, of these
shapes and components. ``<> rdfs:seeAlso msh:...`` names the shapes that it is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib.term import Node

from muniment.validation import validate

ROOT = Path(__file__).resolve().parents[1]
SHAPES = ROOT / "shapes"
CASES = sorted((ROOT / "tests" / "shapes").glob("*/*.ttl"))
ONTOLOGY = sorted((ROOT / "ontology").glob("*.ttl"))
SHARED = "values.ttl"
NUMBER = 188
"""How many cases there are: a case that is lost, or not found, is missed."""
CASE = URIRef("https://example.org/case")
HELPED_BY = (SH["or"], SH["and"], SH.xone, SH["not"], SH.node, SH.qualifiedValueShape)
PARAMETERS = {
    SH[parameter]: SH[f"{component}ConstraintComponent"]
    for parameter, component in {
        **{
            "class": "Class",
            "closed": "Closed",
            "datatype": "Datatype",
            "disjoint": "Disjoint",
            "equals": "Equals",
            "hasValue": "HasValue",
        },
        **{
            "in": "In",
            "languageIn": "LanguageIn",
            "lessThan": "LessThan",
            "maxCount": "MaxCount",
            "minCount": "MinCount",
        },
        **{
            "maxInclusive": "MaxInclusive",
            "minInclusive": "MinInclusive",
            "node": "Node",
            "nodeKind": "NodeKind",
        },
        **{"not": "Not", "or": "Or", "pattern": "Pattern", "sparql": "SPARQL", "uniqueLang": "UniqueLang"},
        **{"qualifiedMinCount": "QualifiedMinCount", "qualifiedMaxCount": "QualifiedMaxCount"},
    }.items()
}
NO_PARAMETERS = (
    {"path", "property", "message", "severity", "flags", "qualifiedValueShape", "select"}
    | {"name", "order", "group", "deactivated"}
    | {f"target{kind}" for kind in ("Class", "Node", "SubjectsOf", "ObjectsOf")}
)

Expectation = tuple[Node | None, ...]


@dataclass(frozen=True)
class Case:
    """A parsed case: its data, the shapes that it names, and the results that it must give."""

    data: Graph
    about: frozenset[Node]
    expected: frozenset[Expectation]


def case_name(path: Path) -> str:
    """``event/bad-event-ordinal``."""
    return f"{path.parent.name}/{path.stem}"


def parse(path: Path) -> Graph:
    """The file as a graph in which ``06`` stays ``06``, as in a build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)
        return Graph().parse(path, format="turtle", publicID=str(CASE))


@cache
def read_case(path: Path) -> Case:
    """Parse a case and take the report, and what is said of the case itself, out of its data."""
    graph = parse(path)
    about = frozenset(graph.objects(CASE, RDFS.seeAlso))
    expected = frozenset(results(graph))
    for report in list(graph.subjects(RDF.type, SH.ValidationReport)):
        for result in list(graph.objects(report, SH.result)):
            graph.remove((result, None, None))
        graph.remove((report, None, None))
    graph.remove((CASE, None, None))
    return Case(graph, about, expected)


def results(graph: Graph) -> Iterator[Expectation]:
    """The results of the report in a graph, as tuples to compare; all blank nodes are one."""
    fields = (
        SH.focusNode,
        SH.resultPath,
        SH.value,
        SH.sourceShape,
        SH.sourceConstraintComponent,
        SH.resultSeverity,
    )
    for result in graph.objects(None, SH.result):
        values = (graph.value(result, field) for field in fields)
        yield tuple(BNode("any") if isinstance(value, BNode) else value for value in values)


@cache
def read_shapes(*names: str) -> Graph:
    """These files of ``shapes/`` in one graph."""
    graph = Graph()
    for name in names:
        graph.parse(SHAPES / name)
    return graph


def demanded(shapes: Graph) -> set[tuple[Node, Node]]:
    """The (shape, component) pairs that can give a result: those of shapes that have a target or are a property of one that has."""
    targeted = {
        s
        for p in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
        for s in shapes.subjects(SH[p])
    }
    reached = targeted | {shape for parent in targeted for shape in shapes.objects(parent, SH.property)}
    return {(shape, PARAMETERS[p]) for shape in reached for p in PARAMETERS if (shape, p, None) in shapes}


def without_cases(shapes: Graph, cases: Iterable[tuple[str, Case]]) -> set[str]:
    """What has no case: ``ok <shape>``, or ``bad <shape> <component>``."""
    ok: set[Node] = set()
    bad: set[tuple[Node | None, Node | None]] = set()
    for name, case in cases:
        if name.startswith("ok-"):
            ok |= case.about
        else:
            bad |= {
                (shape, component) for _, _, _, shape, component, _ in case.expected if shape in case.about
            }
    wanted = demanded(shapes)
    return {f"ok {shape}" for shape, _ in wanted if shape not in ok} | {
        f"bad {shape} {component}" for shape, component in wanted if (shape, component) not in bad
    }


@pytest.mark.parametrize("path", CASES, ids=case_name)
def test_case(path: Path) -> None:
    case = read_case(path)
    report = validate(case.data, read_shapes(f"{path.parent.name}.ttl", SHARED))
    assert set(results(report.graph)) == case.expected


@pytest.mark.parametrize("path", CASES, ids=case_name)
def test_a_case_is_well_made(path: Path) -> None:
    case, graph = read_case(path), parse(path)
    assert len(set(graph.objects(CASE, RDFS.comment))) == 1, "say in one rdfs:comment what the case shows"
    assert case.about <= set(read_shapes(f"{path.parent.name}.ttl").subjects()), (
        "names a shape of another file"
    )
    if path.stem.startswith("ok-"):
        assert case.about and not case.expected
    else:
        assert len(case.about) == 1, "a bad case is about one shape"
        assert any(shape in case.about for _, _, _, shape, _, _ in case.expected)
        failing = any(severity == SH.Violation for *_, severity in case.expected)
        assert [bool(x) for x in graph.objects(None, SH.conforms)] == [not failing]


def test_all_cases_are_found() -> None:
    assert len(CASES) == NUMBER
    assert {path.parent.name for path in CASES} == {path.stem for path in SHAPES.glob("*.ttl")} - {
        "values",
        "pages",
    }
    assert all(path.stem.startswith(("ok-", "bad-")) for path in CASES)


@pytest.mark.parametrize("path", sorted(SHAPES.glob("*.ttl")), ids=lambda path: path.stem)
def test_every_shape_has_an_ok_and_a_bad_case(path: Path) -> None:
    cases = [(case.name, read_case(case)) for case in CASES if case.parent.name == path.stem]
    assert not without_cases(read_shapes(path.name), cases)


def test_a_shape_without_cases_is_named() -> None:
    planted = Graph().parse(
        data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix ex: <https://example.org/shapes#> .
        ex:Thing a sh:NodeShape ; sh:targetClass ex:Class ; sh:property ex:Thing-planted .
        ex:Thing-planted a sh:PropertyShape ; sh:path ex:path ; sh:minCount 1 ; sh:maxCount 1 .
        """
    )
    planted += read_shapes("event.ttl")
    cases = [(case.name, read_case(case)) for case in CASES if case.parent.name == "event"]
    shape = "https://example.org/shapes#Thing-planted"
    assert without_cases(planted, cases) == {
        f"ok {shape}",
        f"bad {shape} {SH.MinCountConstraintComponent}",
        f"bad {shape} {SH.MaxCountConstraintComponent}",
    }


def test_every_shape_can_give_a_result_or_helps_one_that_can() -> None:
    shapes = read_shapes(*sorted(path.name for path in SHAPES.glob("*.ttl")))
    kinds = (SH.NodeShape, SH.PropertyShape, SH.SPARQLConstraint)
    declared = {shape for kind in kinds for shape in shapes.subjects(RDF.type, kind)}
    targeted = {s for s in declared if any(str(p).startswith(f"{SH}target") for p in shapes.predicates(s))}
    used, waiting = set(targeted), list(targeted)
    while waiting:
        found = set(links(shapes, waiting.pop())) - used
        used |= found
        waiting.extend(found)
    assert used == declared
    assert all(isinstance(shape, URIRef) for shape in declared)


def links(shapes: Graph, shape: Node) -> Iterator[Node]:
    """The shapes and queries that a shape names."""
    for predicate in (*HELPED_BY, SH.property, SH.sparql):
        for value in shapes.objects(shape, predicate):
            yield from shapes.items(value) if (value, RDF.first, None) in shapes else (value,)


def test_every_shape_that_reports_has_a_message_and_a_severity() -> None:
    for path in SHAPES.glob("*.ttl"):
        shapes = read_shapes(path.name)
        for shape in {shape for shape, _ in demanded(shapes)}:
            assert len(list(shapes.objects(shape, SH.message))) == 1, shape
            assert shapes.value(shape, SH.severity) in (SH.Violation, SH.Warning, SH.Info), shape


def test_every_parameter_in_use_is_known_to_the_coverage() -> None:
    shapes = read_shapes(*sorted(path.name for path in SHAPES.glob("*.ttl")))
    used = {p.removeprefix(str(SH)) for p in map(str, set(shapes.predicates())) if p.startswith(str(SH))}
    known = {str(p).removeprefix(str(SH)) for p in PARAMETERS}
    paths = {"alternativePath", "inversePath", "oneOrMorePath"}
    assert used <= known | NO_PARAMETERS | paths


def test_every_text_that_a_participation_can_have_is_searched_for_addresses() -> None:
    """``msh:Participation-text`` names the properties; a new key of text in the context must join them."""
    codes = {
        "countryCode",
        "entry",
        "file",
        "format",
        "language",
        "lines",
        "sha256",
        "size",
        "spokenLanguage",
    }
    context = json.loads((ROOT / "ontology" / "context.jsonld").read_text())["@context"]
    prefixes = {key: value for key, value in context.items() if str(value).endswith(("/", "#"))}
    wanted = set()
    for key in context.keys() - prefixes.keys() - codes - {"version"}:
        term = {"@id": context[key]} if isinstance(context[key], str) else context[key]
        if key[0].islower() and term.keys() <= {"@id", "@language"} and term["@id"][0] != "@":
            prefix, _, name = term["@id"].partition(":")
            wanted.add(URIRef(prefixes[prefix] + name))
    shapes = read_shapes("participation.ttl")
    (listed,) = shapes.objects(None, SH.alternativePath)
    assert len(wanted) > 10
    assert wanted <= set(shapes.items(listed))


@pytest.mark.parametrize("path", ONTOLOGY, ids=lambda path: path.name)
def test_the_ontology_keeps_its_style_guide(path: Path) -> None:
    report = validate(Graph().parse(path), read_shapes("ontology.ttl", SHARED))
    assert not report.results


@pytest.mark.parametrize("path", sorted(SHAPES.glob("*.ttl")), ids=lambda path: path.name)
def test_the_shapes_have_the_header_of_an_ontology(path: Path) -> None:
    shapes = Graph().parse(path)
    header = Graph()
    for subject in shapes.subjects(RDF.type, rdflib.OWL.Ontology):
        header += shapes.triples((subject, None, None))
    assert len(header) >= 6
    assert not validate(header, read_shapes("ontology.ttl", SHARED)).results


def test_the_style_guide_sees_a_badly_named_term() -> None:
    assert len(ONTOLOGY) == 4
    graph = Graph().parse(ROOT / "ontology" / "core.ttl")
    named = next(graph.subjects(RDF.type, rdflib.OWL.Class))
    planted = URIRef("https://w3id.org/muniment/ontology#badly_named")
    for predicate, value in list(graph.predicate_objects(named)):
        graph.add((planted, predicate, value))
    report = validate(graph, read_shapes("ontology.ttl", SHARED))
    assert [(r.focus, r.shape.rpartition("#")[2]) for r in report.results] == [(f"<{planted}>", "ClassName")]
