"""What a SPARQL constraint reads, as steps from its focus node.

Understood are queries whose triple patterns hang together with ``$this``: groups of patterns and paths, filters, and EXISTS and NOT EXISTS
of the same. Of any other (UNION, OPTIONAL, sub-queries, patterns that no other ties to ``$this``) it is not known what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rdflib import URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from muniment.shacl.automaton import ANY, Automaton
from muniment.terms import iri

_THIS = Variable("this")
_UNKNOWN_HERE = {Variable("PATH"), Variable("currentShape"), Variable("shapesGraph")}
_TRANSPARENT = {"SelectQuery", "Project", "Distinct"}


class NotUnderstood(Exception):
    """It cannot be told what a query reads."""


def walk_query(text: str, automaton: Automaton, focus: int) -> None:
    """Add the steps of a query to those from ``focus``.

    Raises:
        NotUnderstood: it reads the graph in another way.
    """
    try:
        algebra = prepareQuery(text).algebra
    except Exception as error:  # whatever rdflib's parser raises
        raise NotUnderstood(str(error)) from error
    _group(algebra, {_THIS: focus}, automaton)


def _group(part: CompValue, known: dict[Any, int], automaton: Automaton) -> None:
    patterns, exists = _parts(part)
    _patterns(patterns, known, automaton)
    for inner in exists:
        _group(inner, dict(known), automaton)


def _parts(part: CompValue) -> tuple[list[Any], list[CompValue]]:
    """The triple patterns of a group, and the groups of its EXISTS."""
    if part.name in _TRANSPARENT:
        return _parts(part.p)
    if part.name == "BGP":
        return list(part.triples), []
    if part.name == "Filter":
        patterns, exists = _parts(part.p)
        return patterns, [*exists, *_exists(part.expr)]
    if part.name == "Join":
        (left, one), (right, other) = _parts(part.p1), _parts(part.p2)
        return [*left, *right], [*one, *other]
    raise NotUnderstood(f"it has a {part.name}")


def _exists(expression: Any) -> Iterator[CompValue]:
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield expression.graph
            return
        for value in expression.values():
            yield from _exists(value)
    elif isinstance(expression, list):
        for value in expression:
            yield from _exists(value)


def _patterns(patterns: list[Any], known: dict[Any, int], automaton: Automaton) -> None:
    waiting = list(patterns)
    while waiting:
        tied = [pattern for pattern in waiting if pattern[0] in known or pattern[2] in known]
        if not tied:
            raise NotUnderstood("a pattern is not tied to $this")
        subject, path, value = pattern = tied[0]
        waiting.remove(pattern)
        if _UNKNOWN_HERE & {subject, path, value}:
            raise NotUnderstood("it asks for its shape")
        start, end = (subject, value) if subject in known else (value, subject)
        reached = _path(path, automaton, known[start], back=start is not subject)
        if isinstance(end, Variable) and end not in known:
            known[end] = reached


def _path(path: Any, automaton: Automaton, source: int, back: bool) -> int:
    """Add the steps of a path of rdflib; gives the state at its end."""
    if isinstance(path, Variable):
        if back:
            raise NotUnderstood("it asks for whatever points to a node")  # so do the marks of focus nodes
        return automaton.step(source, ANY)
    if isinstance(path, URIRef):
        return automaton.step(source, iri(str(path)), back)
    if isinstance(path, InvPath):
        return _path(path.arg, automaton, source, not back)
    if isinstance(path, SequencePath):
        for part in reversed(path.args) if back else path.args:
            source = _path(part, automaton, source, back)
        return source
    end = automaton.state()
    if isinstance(path, AlternativePath):
        for part in path.args:
            automaton.silent(_path(part, automaton, source, back), end)
        return end
    if isinstance(path, MulPath):
        automaton.silent(source, end)
        automaton.silent(_path(path.path, automaton, end, back), end)
        return end
    raise NotUnderstood(f"it has the path {path!r}" if isinstance(path, Path) else f"it has {path!r}")
