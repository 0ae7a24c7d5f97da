"""Lines of N-Quads taken apart and put together as text, for work on millions of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from muniment.terms import Quad


def subject_of(line: str) -> str:
    """The subject; a space ends it, so that it starts no other."""
    return line[: line.index(" ")]


def by_subject(lines: Iterable[str]) -> Iterator[tuple[str, Iterator[str]]]:
    """Sorted lines, one subject at a time."""
    return groupby(lines, subject_of)


def object_and_graph(tail: str) -> tuple[str, str]:
    """What follows a predicate: the object, and the graph, which is empty for the default graph.

    Example:
        >>> object_and_graph('"a <b> ."@en <g> .\\n'), object_and_graph("<o> .\\n")
        (('"a <b> ."@en', '<g>'), ('<o>', ''))
    """
    if tail[0] == '"':
        end = tail.index(" ", tail.rindex('"'))
        return tail[:end], tail[end + 1 : -3]
    value, _, rest = tail.partition(" ")
    return value, rest[:-3]


def turned(line: str, kinds: str) -> str:
    """A line of the default graph as one by object, with what stands for the classes of its subject."""
    subject, predicate, value = line.split(" ", 2)
    return f"{value[:-3]} {predicate} {subject} {kinds}\n"


def turned_back(line: str) -> tuple[str, str, str]:
    """Subject, predicate and object of a line by object.

    Example:
        >>> turned_back(turned('<s> <p> "a b"@en .\n', "x.1"))
        ('<s>', '<p>', '"a b"@en')
    """
    value, predicate, subject, _ = line.rsplit(" ", 3)
    return subject, predicate, value


def quad_of(line: str) -> Quad:
    """A line as a quad."""
    subject, predicate, tail = line.split(" ", 2)
    return Quad(subject, predicate, *object_and_graph(tail))


def quads_of(lines: Iterable[str]) -> list[Quad]:
    """Lines as quads that share one text for each term, so that many quads fit into memory."""
    terms: dict[str, str] = {}
    found = []
    for line in lines:
        subject, predicate, tail = line.split(" ", 2)
        value, graph = object_and_graph(tail)
        found.append(Quad(*(terms.setdefault(term, term) for term in (subject, predicate, value, graph))))
    return found


def in_graph(line: str, graph: str) -> str:
    """A line of the default graph as one of a named graph."""
    return f"{line[:-2]}{graph} .\n"


def default(subject: str, predicate: str, value: str) -> str:
    """A line of the default graph."""
    return f"{subject} {predicate} {value} .\n"


def lines_of(quads: Iterable[Quad]) -> list[str]:
    """Quads as lines in order, none twice."""
    return sorted({quad.line() for quad in quads})
