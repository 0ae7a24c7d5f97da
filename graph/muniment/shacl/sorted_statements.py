"""A graph in sorted lines to look things up in, by subject and by object, however many lines that are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from muniment.shacl.automaton import ANY
from muniment.stream.lines import by_subject, quads_of, turned_back
from muniment.stream.lookup import Lookup
from muniment.stream.sorting import EVERYTHING, Ordered, Span
from muniment.terms import DEFAULT_GRAPH, Quad

KEPT = 100_000
"""Statements that were looked up and are kept, since many nodes lead to the same ones: some 40 MB."""


class SortedStatements:
    """Triples in lines by subject, and by object (as ``muniment.stream.completing`` writes them); what was looked up is kept for a while.

    ``often``: whether thousands of nodes will be looked up; then files are not mapped, since what is mapped counts as memory.
    """

    def __init__(self, by_subject: Ordered, by_object: Ordered, often: bool = False) -> None:
        self._by_subject, self._by_object = by_subject, by_object
        self._of = _Kept(Lookup(by_subject, seldom=0) if often else Lookup(by_subject), _quads)
        self._to = _Kept(Lookup(by_object), _quads_by_object)

    def subjects(self, span: Span = EVERYTHING) -> Iterator[str]:
        """Every node of a span of which something is said, in order; what is said of it is at hand then."""
        for subject, lines in by_subject(self._by_subject.lines(span)):
            self._of.keep(f"{subject} ", lines)
            yield subject

    def of(self, node: str) -> list[Quad]:
        """What is said of a node."""
        return self._of.starting(f"{node} ")

    def to(self, node: str, predicate: str = ANY) -> list[Quad]:
        """What points to a node; lines by object have the property next, so that those of one stand together."""
        return self._to.starting(f"{node} {predicate} " if predicate else f"{node} ")

    def pointers(self, span: Span) -> Iterator[tuple[str, str]]:
        """The property and the object of each statement whose object is in a span."""
        for line in self._by_object.lines(span):
            yield turned_back(line)[1:]

    def has_blank_nodes(self) -> bool:
        """Whether blank nodes occur."""
        return any(lines.has_starting("_:") for lines in (self._by_subject, self._by_object))

    def quads(self) -> list[Quad]:
        """All of it, in memory."""
        return quads_of(self._by_subject.lines())


class _Kept:
    """Look-ups by how lines start, and what they gave last."""

    def __init__(self, lookup: Lookup, read: Callable[[Iterable[str]], list[Quad]]) -> None:
        self._lookup, self._read = lookup, read
        self._known: dict[str, list[Quad]] = {}
        self._size = 0

    def starting(self, start: str) -> list[Quad]:
        found = self._known.get(start)
        return self.keep(start, self._lookup.starting(start)) if found is None else found

    def keep(self, start: str, lines: Iterable[str]) -> list[Quad]:
        if self._size > KEPT:
            self._known.clear()
            self._size = 0
        found = self._known[start] = self._read(lines)
        self._size += 1 + len(found)
        return found


def _quads(lines: Iterable[str]) -> list[Quad]:
    parts = (line.split(" ", 2) for line in lines)
    return [Quad(subject, predicate, tail[:-3], DEFAULT_GRAPH) for subject, predicate, tail in parts]


def _quads_by_object(lines: Iterable[str]) -> list[Quad]:
    return [Quad(*turned_back(line), DEFAULT_GRAPH) for line in lines]
