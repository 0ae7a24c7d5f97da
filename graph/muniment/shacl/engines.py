"""Which engine validates: pyshacl, or pyshifty where it is installed and known to give the same results.

pyshifty is many times faster. It is taken only for shapes all of whose terms are in ``KNOWN``: for each of these a test compares both
engines, on the W3C suite and on our own shapes (tests/w3c/test_shacl.py, tests/shacl). Everything else goes to pyshacl.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Literal

from rdflib import SH, BNode, Graph, URIRef

from muniment.engine import parse
from muniment.terms import RDF as RDF_NAMESPACE
from muniment.terms import from_rdflib, to_graph
from muniment.validation import ValidationResult, results_in, validate

Engine = Literal["pyshacl", "pyshifty"]

KNOWN = frozenset(
    [
        "NodeShape",
        "PropertyShape",
        "SPARQLConstraint",
        "IRI",
        "Literal",
        "BlankNode",
        "BlankNodeOrIRI",
        "BlankNodeOrLiteral",
        "IRIOrLiteral",
        "Violation",
        "Warning",
        "Info",
        "targetClass",
        "targetNode",
        "targetSubjectsOf",
        "targetObjectsOf",
        "property",
        "path",
        "message",
        "severity",
        "deactivated",
        "alternativePath",
        "inversePath",
        "oneOrMorePath",
        "zeroOrMorePath",
        "zeroOrOnePath",
        "class",
        "datatype",
        "nodeKind",
        "minCount",
        "maxCount",
        "minInclusive",
        "maxInclusive",
        "minExclusive",
        "maxExclusive",
        "minLength",
        "maxLength",
        "pattern",
        "flags",
        "languageIn",
        "uniqueLang",
        "equals",
        "disjoint",
        "lessThan",
        "lessThanOrEquals",
        "hasValue",
        "in",
        "closed",
        "ignoredProperties",
        "node",
        "or",
        "and",
        "not",
        "xone",
        "qualifiedValueShape",
        "qualifiedMinCount",
        "qualifiedMaxCount",
        "sparql",
        "select",
    ]
)
"""Local names of the terms of SHACL that both engines are tested to understand alike."""

NOT_FOR_VALIDATION = frozenset(["name", "description", "order", "group", "PropertyGroup", "defaultValue"])
"""Terms that say nothing to a validator (SHACL, section 2.3.2)."""

_AS_GIVEN = {
    "data_format": "nt",
    "graph_mode": "data",
    "run_infer": False,
    "sort_results": False,
    "on_unsupported": "error",
}
_HEADER = f"@prefix rdf: <{RDF_NAMESPACE}> .\n"  # rdflib knows this prefix in queries that do not say it


def engine_for(shapes: Graph, reporting: Collection[Any]) -> Engine:
    """The fastest engine that is known to report on these shapes as pyshacl does.

    Args:
        shapes: the shapes.
        reporting: those of them that can be the source of a result.
    """
    fit = _installed() and not unknown(shapes) and _told(shapes, reporting) and _accepted(shapes)
    return "pyshifty" if fit else "pyshacl"


def unknown(shapes: Graph) -> set[str]:
    """The terms of SHACL in the shapes that are not known to be understood alike."""
    terms = {str(term) for triple in shapes for term in triple if isinstance(term, URIRef)}
    return (
        {term.removeprefix(str(SH)) for term in terms if term.startswith(str(SH))}
        - KNOWN
        - NOT_FOR_VALIDATION
    )


def _told(shapes: Graph, reporting: Collection[Any]) -> bool:
    """Whether the shapes say what a result says: without a message, or a name, each engine makes up its own."""
    return all(
        {p for p in shapes.predicates(shape) if str(p).startswith(str(SH))} <= _SILENT
        or (isinstance(shape, URIRef) and _has_message(shapes, shape))
        for shape in reporting
    )


def _has_message(shapes: Graph, shape: URIRef) -> bool:
    messages = [str(message) for message in shapes.objects(shape, SH.message)]
    return bool(messages) and not any("{" in message for message in messages)  # a template


_SILENT = {SH.property, SH.severity, SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}


@lru_cache(maxsize=1)
def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("shifty") is not None


def run(engine: Engine, data: bytes, shapes: str) -> set[ValidationResult]:
    """The results of one engine; data and shapes are N-Triples, so that they travel to another process.

    Raises:
        InputError: the shapes are not well-formed.
    """
    known = _graph(shapes)
    if engine == "pyshacl":
        return set(validate(to_graph(parse(data, "application/n-triples")), known).results)
    return results_in(shifty_report(data, shapes), Graph(), known)


def faulty(data: bytes, shapes: str) -> set[str]:
    """The focus nodes about which pyshifty has a result, whatever its severity: told twice as fast as the results are.

    Raises:
        ValueError: it does not take the shapes.
    """
    found = _prepared(shapes).validate_algebra(data=data, **_AS_GIVEN)
    return {violation.focus_node for violation in found.violations}


def shifty_report(data: bytes, shapes: str) -> Graph:
    """The report of pyshifty, with literals as they were written; it does not describe complex paths.

    Raises:
        ValueError: it does not take the shapes.
    """
    result = _prepared(shapes).validate_w3c(data=data, **_AS_GIVEN)
    report = to_graph(parse(result.report_turtle.encode(), "text/turtle"))
    if not result.conforms and (None, SH.result, None) not in report:
        raise RuntimeError(
            f"pyshifty gave no results of a graph that does not conform: {result.results_text}"
        )
    return report


def as_text(shapes: Graph) -> str:
    """A graph as N-Triples with its blank nodes as they are named."""

    def term(node: Any) -> str:
        return f"_:{node}" if isinstance(node, BNode) else str(from_rdflib(node))

    return "".join(sorted(f"{term(s)} {term(p)} {term(o)} .\n" for s, p, o in shapes))


@lru_cache(maxsize=4)
def _graph(shapes: str) -> Graph:
    return to_graph(parse(shapes.encode(), "application/n-triples"))


@lru_cache(maxsize=4)
def _prepared(shapes: str) -> Any:
    from shifty._shifty import (
        PreparedValidator,
    )  # the one of `shifty` reads reports with rdflib, which rewrites literals

    return PreparedValidator((_HEADER + shapes).encode(), shapes_format="turtle")


def _accepted(shapes: Graph) -> bool:
    try:
        _prepared(as_text(shapes))
    except ValueError:  # pyshacl may take them, or says in its words what is wrong
        return False
    return True
