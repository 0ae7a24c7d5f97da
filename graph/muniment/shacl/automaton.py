"""What a walk from a focus node reads: states, and steps between them, each over a triple, forwards or backwards.

A node is in a state because a walk got there. A step from a state over a predicate reads every triple of the node with that predicate
(``ANY``: with whatever predicate) and gets to its other end. All that shapes look at, from a focus node in state ``START``, is read by
some walk; so a validation of a focus node on what its walks read gives what it gives on the whole graph, and a triple that no walk of a
focus node reads, before and after, cannot change its results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from muniment.terms import RDFS, TYPE, iri

SUBCLASS = iri(f"{RDFS}subClassOf")
START = 0
ANY = ""


class Step(NamedTuple):
    """From ``source`` over a triple with ``predicate`` (its N-Triples text) to ``target``; ``back``: from the object to the subject.

    ``asked``: the classes, if the step is taken only to ask whether the node is an instance of one of them; what else the triples say does
    not matter. ``asking``: the shape and the constraint component that report the answer, if nothing else depends on it.
    """

    source: int
    predicate: str
    back: bool
    target: int
    asked: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()


class Automaton:
    """Grows while shapes are read; ``joined`` then gives the steps without the silent ones."""

    def __init__(self) -> None:
        self._size = 1
        self._steps: list[Step] = []
        self._silent: dict[int, set[int]] = {}

    def state(self) -> int:
        """A new state."""
        self._size += 1
        return self._size - 1

    def step(self, source: int, predicate: str, back: bool = False) -> int:
        """Add a step; gives its target."""
        self._steps.append(Step(source, predicate, back, target := self.state()))
        return target

    def ask(self, source: int, classes: Sequence[str], asking: Sequence[str] = ()) -> None:
        """Add what is read to tell whether a node is an instance of one of some classes (SHACL, section 1.1)."""
        above = self.state()
        self._steps.append(Step(source, TYPE, False, above, tuple(classes), tuple(asking)))
        self._steps.append(Step(above, SUBCLASS, False, above))

    def silent(self, source: int, target: int) -> None:
        """Who is in ``source`` is in ``target`` too."""
        self._silent.setdefault(source, set()).add(target)

    def joined(self) -> frozenset[Step]:
        """The steps, those of states that follow silently among their own."""
        return frozenset(step for state in range(self._size) for step in self._own(state))

    def _own(self, state: int) -> Iterator[Step]:
        reached = self._reached(state)
        for step in self._steps:
            if step.source in reached:
                yield step._replace(source=state)

    def _reached(self, state: int) -> set[int]:
        found, waiting = {state}, [state]
        while waiting:
            new = self._silent.get(waiting.pop(), set()) - found
            found |= new
            waiting.extend(new)
        return found
