"""Of which classes a node is an instance (SHACL, section 1.1): its types, and the classes above them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from muniment.shacl.automaton import SUBCLASS
from muniment.terms import TYPE, Quad

SaidOf = Callable[[str], Iterable[Quad]]
"""What a graph says of a node."""


def classes_above(classes: Iterable[str], said_of: SaidOf) -> set[str]:
    """Classes, and those above them."""
    found = set(classes)
    waiting = list(found)
    while waiting:
        new = {quad[2] for quad in said_of(waiting.pop()) if quad[1] == SUBCLASS} - found
        found |= new
        waiting.extend(new)
    return found


class Answers:
    """Whether nodes were instances of classes before a change, and whether they are since.

    Args:
        before: what was said of a node.
        now: what is said of it.
    """

    def __init__(self, before: SaidOf, now: SaidOf) -> None:
        self._graphs = before, now
        self._known: dict[str, list[set[str]]] = {}

    def __call__(self, node: str, classes: Iterable[str]) -> tuple[bool, bool]:
        """For an instance of one of the classes: before, and now."""
        if node not in self._known:
            types = [(q[2] for q in said_of(node) if q[1] == TYPE) for said_of in self._graphs]
            self._known[node] = [
                classes_above(some, said_of) for some, said_of in zip(types, self._graphs, strict=True)
            ]
        before, now = self._known[node]
        return not before.isdisjoint(classes), not now.isdisjoint(classes)
