"""Reads the W3C test suite for SHACL: the data, the shapes and the report of each test; and runs an engine on them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from muniment.engine import parse
from muniment.shacl.engines import as_text, shifty_report
from muniment.terms import to_graph

from .suites import HERE, MF

FOLDER = HERE.parents[2] / "shared" / "w3c" / "shacl"
FAILURES = HERE / "shacl_failures.toml"
BASE = "http://datashapes.org/sh/tests/"
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")
GROUPS = {
    "core/complex": 2,
    "core/misc": 5,
    "core/node": 32,
    "core/path": 13,
    "core/property": 38,
    "core/targets": 7,
    "core/validation-reports": 1,
    "sparql/component": 3,
    "sparql/node": 4,
    "sparql/pre-binding": 14,
    "sparql/property": 1,
}
"""Folder -> how many tests it has."""

Finding = tuple[str, ...]
"""Focus node, path, value, severity, shape, component of a result."""


@dataclass(frozen=True)
class ShaclCase:
    """One test: its folder, its name, its graphs, and what must be found; ``None`` where the engine must refuse the shapes."""

    group: str
    name: str
    data: Graph
    shapes: Graph
    expected: frozenset[Finding] | None


def shacl_failures() -> dict[tuple[str, str, str], str]:
    """The committed table: engine, group and name of a test that does not pass -> why."""
    entries = tomllib.loads(FAILURES.read_text(encoding="utf-8"))["failure"]
    return {
        (engine, entry["group"], entry["test"]): entry["reason"]
        for entry in entries
        for engine in entry["engines"]
    }


def findings(graph: Graph, shapes: Graph) -> frozenset[Finding]:
    """The results of the report in a graph; blank nodes are all one. A path that it does not describe is that of the source shape."""
    fields = (SH.value, SH.resultSeverity, SH.sourceShape, SH.sourceConstraintComponent)
    return frozenset(
        (
            _term(graph.value(node, SH.focusNode)),
            _path_of_result(graph, node, shapes),
            *(_term(graph.value(node, field)) for field in fields),
        )
        for report in graph.subjects(RDF.type, SH.ValidationReport)
        for node in graph.objects(report, SH.result)
    )


def by_pyshacl(case: ShaclCase) -> frozenset[Finding] | None:
    """What pyshacl finds; None if it refuses the shapes."""
    try:
        _, report, _ = pyshacl.validate(
            Graph() + case.data, shacl_graph=Graph() + case.shapes, inference="none"
        )
    except (ReportableRuntimeError, NotImplementedError, ValueError):
        return None
    except Exception as error:  # rdflib's, of a prefix that is not declared
        if type(error) is not Exception:
            raise
        return None
    return findings(report, case.shapes) if isinstance(report, Graph) else None


def by_pyshifty(case: ShaclCase) -> frozenset[Finding] | None:
    """What pyshifty finds; None if it refuses the shapes."""
    try:
        report = shifty_report(as_text(case.data).encode(), as_text(case.shapes))
    except ValueError:
        return None
    return findings(report, case.shapes)


ENGINES = {"pyshacl": by_pyshacl, "pyshifty": by_pyshifty}


def _term(node: Node | None) -> str:
    return "" if node is None else "[]" if isinstance(node, BNode) else node.n3()


def _path_of_result(graph: Graph, result: Node, shapes: Graph) -> str:
    path = graph.value(result, SH.resultPath)
    if isinstance(path, BNode) and (path, None, None) not in graph:
        return _path(shapes, shapes.value(graph.value(result, SH.sourceShape), SH.path))
    return _path(graph, path)


def _path(graph: Graph, path: Node | None) -> str:
    """The path as text, of whatever kind."""
    if not isinstance(path, BNode):
        return _term(path)
    if (path, RDF.first, None) in graph:
        return "(" + " ".join(_path(graph, part) for part in Collection(graph, path)) + ")"
    parts = (f"{_term(p)} {_path(graph, o)}" for p, o in graph.predicate_objects(path))
    return f"[{' ; '.join(sorted(parts))}]"


def cases(group: str) -> list[ShaclCase]:
    """The tests of a folder, in order of its manifest."""
    return (
        [case for path in _included(FOLDER / group / "manifest.ttl") for case in _cases(group, path)]
        if FOLDER.is_dir()
        else []
    )


def _included(manifest: Path) -> Iterator[Path]:
    graph = _graph(manifest)
    for target in sorted(graph.objects(URIRef(_address(manifest)), MF.include), key=str):
        yield _path_of(target)


def _cases(group: str, path: Path) -> Iterator[ShaclCase]:
    graph = _graph(path)
    for test in graph.subjects(RDF.type, SHT.Validate):
        action, result = (cast(Node, graph.value(test, p)) for p in (MF.action, MF.result))
        data, shapes = (_graph(_path_of(graph.value(action, p))) for p in (SHT.dataGraph, SHT.shapesGraph))
        expected = None
        if result != SHT.Failure:
            expected = findings(graph, shapes)
        yield ShaclCase(group, path.stem, data, shapes, expected)


@cache
def _graph(path: Path) -> Graph:
    return to_graph(parse(path.read_bytes(), "text/turtle", base=_address(path)))


def _address(path: Path) -> str:
    return BASE + path.relative_to(FOLDER).as_posix()


def _path_of(node: Node | None) -> Path:
    return FOLDER / str(node).removeprefix(BASE)
