"""SHACL validation of a graph, with a report that is the same, byte for byte, in each run.

pyshacl validates, without inference and without the network. It names results with fresh blank nodes and lists them in the order of
its hash tables; here they are sorted and named ``urn:muniment:result:1`` and so on. Of several equal results one is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, cast

import pyshacl
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from muniment.errors import InputError
from muniment.terms import from_rdflib, iri, literal, to_rdflib


@dataclass(frozen=True)
class ValidationResult:
    """One result: ``focus`` and ``value`` as N-Triples terms, the rest as plain IRIs; a complex path is written as in SPARQL."""

    focus: str
    path: str | None
    value: str | None
    severity: str
    message: str
    shape: str
    component: str


@dataclass(frozen=True)
class ValidationReport:
    """All results in a fixed order, and the same as an RDF graph (``sh:ValidationReport``) without fresh blank nodes."""

    conforms: bool
    results: tuple[ValidationResult, ...]

    @cached_property
    def graph(self) -> Graph:
        """The report as RDF, which takes longer than most validations of a change: it is made when it is asked for."""
        return _as_graph(self.conforms, self.results)

    @property
    def violations(self) -> tuple[ValidationResult, ...]:
        """The results that fail a build; warnings and infos do not."""
        return tuple(result for result in self.results if result.severity == str(SH.Violation))


def validate(data: Graph, shapes: Graph) -> ValidationReport:
    """Validate ``data`` against ``shapes``; neither is changed.

    Raises:
        InputError: the shapes are not well-formed.
    """
    copied = Graph() + shapes  # pyshacl adds triples of its own
    prepared = _Prepared(store=data.store, identifier=data.identifier, bind_namespaces="none")
    try:
        _, report, _ = pyshacl.validate(prepared, shacl_graph=copied, inference="none", inplace=True)
        if not isinstance(report, Graph):
            raise report
    except ReportableRuntimeError as error:
        raise InputError(f"the shapes cannot be used: {error}") from error
    return as_report(results_in(report, data, shapes))


def results_in(report: Graph, data: Graph, shapes: Graph) -> set[ValidationResult]:
    """The results that an engine's report on ``data`` tells."""
    return {_result(report, node, data, shapes) for node in report.objects(None, SH.result)}


def as_report(found: Iterable[ValidationResult]) -> ValidationReport:
    """A report of these results, in order, each once."""
    results = tuple(sorted(set(found), key=lambda result: [str(field) for field in vars(result).values()]))
    conforms = all(result.severity != str(SH.Violation) for result in results)
    return ValidationReport(conforms, results)


class _Prepared(Graph):
    """Parses each query once: pyshacl asks it anew for each focus node, and parsing took most of the time."""

    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:
        query = _parsed(query_object) if isinstance(query_object, str) else query_object
        return super().query(query, *args, **kwargs)


_parsed = lru_cache(maxsize=256)(prepareQuery)


def _term(node: Node | None, graph: Graph) -> str:
    """The N-Triples text of a term; a blank node is named by what its graph says of it, for its label changes from run to run."""
    if isinstance(node, BNode):
        said = sorted(f"{p} {o}" for p, o in graph.predicate_objects(node) if not isinstance(o, BNode))
        return f"_:b{sha256(repr(said).encode()).hexdigest()[:12]}"
    if isinstance(node, Literal):
        return literal(str(node), node.datatype, node.language)
    return "" if node is None else iri(str(node))


def _result(report: Graph, node: Node, data: Graph, shapes: Graph) -> ValidationResult:
    def term(predicate: URIRef, graph: Graph) -> str:
        return _term(report.value(node, predicate), graph)

    path, source = report.value(node, SH.resultPath), report.value(node, SH.sourceShape)
    if isinstance(path, BNode):  # not every engine describes it in its report
        path = shapes.value(source, SH.path) or path
    return ValidationResult(
        focus=term(SH.focusNode, data),
        path=None if path is None else str(path) if isinstance(path, URIRef) else path_text(shapes, path),
        value=term(SH.value, data) or None,
        severity=term(SH.resultSeverity, shapes).strip("<>"),
        message="\n".join(sorted(str(message) for message in report.objects(node, SH.resultMessage))),
        shape=term(SH.sourceShape, shapes).strip("<>"),
        component=term(SH.sourceConstraintComponent, shapes).strip("<>"),
    )


def path_text(graph: Graph, path: Node) -> str:
    """A SHACL path in the syntax of SPARQL."""
    if isinstance(path, URIRef):
        return iri(str(path))
    alternatives = graph.value(path, SH.alternativePath)
    if parts := [path_text(graph, part) for part in Collection(graph, alternatives or path)]:
        return f"({('|' if alternatives else '/').join(parts)})"
    if inverse := graph.value(path, SH.inversePath):
        return f"^{path_text(graph, inverse)}"
    repeated = ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?"))
    return "".join(
        f"{path_text(graph, part)}{sign}" for p, sign in repeated for part in graph.objects(path, p)
    )


def _as_graph(conforms: bool, results: Iterable[ValidationResult]) -> Graph:
    """The report as RDF; a complex path would need blank nodes and is left out."""
    graph, report = Graph(bind_namespaces="none"), URIRef("urn:muniment:report")
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.conforms, Literal(conforms)))
    for number, result in enumerate(results, start=1):
        node = URIRef(f"urn:muniment:result:{number}")
        graph.add((report, SH.result, node))
        graph.add((node, RDF.type, SH.ValidationResult))
        facts = {
            SH.focusNode: result.focus,
            SH.resultPath: iri(result.path) if result.path and result.path[0] not in "<(^" else None,
            SH.value: result.value,
            SH.resultSeverity: iri(result.severity),
            SH.resultMessage: literal(result.message),
            SH.sourceShape: result.shape if result.shape.startswith("_:") else iri(result.shape),
            SH.sourceConstraintComponent: iri(result.component),
        }
        for predicate, term in facts.items():
            if term:
                graph.add((node, predicate, to_rdflib(term)))
    return graph


def read_report(report: Graph, shapes: Graph) -> set[ValidationResult]:
    """The results in a report graph that ``ValidationReport`` made of these shapes.

    Raises:
        ValueError: a result names no shape by IRI, so that its path cannot be known.
    """

    def term(node: Node, predicate: URIRef) -> str:
        value = report.value(node, predicate)
        return "" if value is None else from_rdflib(cast("URIRef | BNode | Literal", value))

    found = set()
    for node in report.objects(None, SH.result):
        path, shape = report.value(node, SH.resultPath), report.value(node, SH.sourceShape)
        if not isinstance(shape, URIRef):
            raise ValueError(f"a result of a shape without a name: {shape}")
        if path is None and isinstance(complex_path := shapes.value(shape, SH.path), BNode):
            path = Literal(path_text(shapes, complex_path))
        found.add(
            ValidationResult(
                focus=term(node, SH.focusNode),
                path=None if path is None else str(path),
                value=term(node, SH.value) or None,
                severity=term(node, SH.resultSeverity).strip("<>"),
                message=str(report.value(node, SH.resultMessage)),
                shape=str(shape),
                component=term(node, SH.sourceConstraintComponent).strip("<>"),
            )
        )
    return found
