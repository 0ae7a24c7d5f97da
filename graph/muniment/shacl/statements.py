"""A graph to look things up in: what is said of a node, what points to it, what some focus nodes reach, what reaches a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from muniment.shacl.automaton import ANY, START, Step
from muniment.shacl.instances import Answers
from muniment.terms import Quad

Place = tuple[str, int]
"""A node, and the state in which a walk got there."""
_Table = dict[str, tuple[int, ...]]
"""The steps from a state: predicate -> the states they lead to, those from which no step goes on left out."""


class Triples(Protocol):
    """Triples that can be looked up."""

    def subjects(self) -> Iterator[str]:
        """Every node of which something is said."""

    def of(self, node: str) -> list[Quad]:
        """What is said of a node."""

    def to(self, node: str, predicate: str = ANY) -> list[Quad]:
        """What points to a node, by one property or by any; thousands may."""

    def has_blank_nodes(self) -> bool:
        """Whether blank nodes occur; their names, and so the results about them, hold only within one graph."""

    def quads(self) -> list[Quad]:
        """All of it, in memory."""


class Statements:
    """Triples in memory, by subject and, once it is asked, by object."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._of: dict[str, list[Quad]] = {}
        for quad in quads:
            said = self._of.get(quad[0])
            if said is None:
                self._of[quad[0]] = [quad]
            else:
                said.append(quad)
        self._to: dict[str, list[Quad]] | None = None

    def subjects(self) -> Iterator[str]:
        """Every node of which something is said, in the order in which it first was."""
        return iter(self._of)

    def of(self, node: str) -> list[Quad]:
        """What is said of a node."""
        return self._of.get(node, [])

    def to(self, node: str, predicate: str = ANY) -> list[Quad]:
        """What points to a node."""
        if self._to is None:
            self._to = {}
            for said in self._of.values():
                for quad in said:
                    self._to.setdefault(quad[2], []).append(quad)
        found = self._to.get(node, [])
        return found if predicate == ANY else [quad for quad in found if quad[1] == predicate]

    def has_blank_nodes(self) -> bool:
        """Whether blank nodes occur."""
        return has_blank_nodes(self.quads())

    def quads(self) -> list[Quad]:
        """All of it."""
        return [quad for said in self._of.values() for quad in said]


def has_blank_nodes(quads: Iterable[Quad]) -> bool:
    """Whether blank nodes occur in these."""
    return any(quad[0][0] == "_" or quad[2][0] == "_" for quad in quads)


class Walks:
    """The steps of shapes, by the states that they start from and those that they lead to."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = sorted(steps)
        going = {step.source for step in self._steps}
        self._forward: dict[int, _Table] = {}
        self._backward: dict[int, _Table] = {}
        self._into: dict[int, list[Step]] = {}
        self._together: dict[frozenset[int], int] = {}
        for step in self._steps:
            table = (self._backward if step.back else self._forward).setdefault(step.source, {})
            on = (step.target,) if step.target in going else ()
            table[step.predicate] = tuple({*table.get(step.predicate, ()), *on})
            self._into.setdefault(step.target, []).append(step)

    def together(self, states: frozenset[int]) -> int:
        """One state for a node that is in all of these, so that what is said of it is looked at once."""
        if len(states) == 1:
            return next(iter(states))
        if states not in self._together:
            self._together[states] = state = -1 - len(self._together)
            for tables in (self._forward, self._backward):
                if joined := _joined([tables[each] for each in states if each in tables]):
                    tables[state] = joined
        return self._together[states]

    def read(self, places: Iterable[Place], statements: Triples) -> list[Quad]:
        """Every triple that a walk from one of the places reads."""
        waiting = list(places)
        seen = set(waiting)
        found: dict[Quad, None] = {}
        while waiting:
            node, state = waiting.pop()
            forward, backward = self._forward.get(state), self._backward.get(state)
            for table, end, quads in (
                (forward, 2, statements.of(node) if forward else ()),
                (backward, 0, _pointing(statements, node, backward) if backward else ()),
            ):
                if table is None:
                    continue
                all_of_them = table.get(ANY)
                for quad in quads:
                    targets = table.get(quad[1], all_of_them)
                    if targets is None:
                        continue
                    found[quad] = None
                    for target in (*targets, *all_of_them) if all_of_them else targets:
                        place = (quad[end], target)
                        if place not in seen:
                            seen.add(place)
                            waiting.append(place)
        return list(found)

    def reaching(self, added: Sequence[Quad], removed: Sequence[Quad], now: Triples) -> Reached:
        """To what a change can matter: the focus nodes from which a walk reads something that it added or removed.

        A walk that only asks whether a node is an instance of a class reads nothing else from it than the answer. Where that is yes since
        the change, and nothing else hangs on it, no focus node needs to be looked at.

        Args:
            added: what is in the graph now only.
            removed: what was in it before only.
            now: the graph after the change.
        """
        gone = Statements(removed)
        new = {quad[:3] for quad in added}
        answers = Answers(
            lambda node: [*(q for q in now.of(node) if q[:3] not in new), *gone.of(node)], now.of
        )
        seen: set[Place] = set()
        waiting: list[Place] = []
        settled: set[tuple[str, ...]] = set()

        def arrive(step: Step, quad: Quad) -> None:
            node = quad.object if step.back else quad.subject
            if (place := (node, step.source)) in seen:
                return
            if step.asked:
                before, after = answers(node, step.asked)
                if after and not before and step.asking:
                    settled.add((*step.asking, node))
                    return
                if before == after:
                    return
            seen.add(place)
            waiting.append(place)

        for quad in (*added, *removed):
            for step in self._steps:
                if step.predicate in (quad.predicate, ANY):
                    arrive(step, quad)
        while waiting:
            node, state = waiting.pop()
            for step in self._into.get(state, ()):
                for graph in (now, gone):
                    for quad in graph.of(node) if step.back else graph.to(node, step.predicate):
                        if step.predicate in (quad.predicate, ANY):
                            arrive(step, quad)
        return Reached({node for node, state in seen if state == START}, settled)


class Reached(NamedTuple):
    """To what a change can matter."""

    foci: set[str]
    """The focus nodes that have to be validated again."""
    settled: set[tuple[str, ...]]
    """A shape, a constraint component, and a value that has the class they ask for since the change: what they reported of it is gone."""


def _pointing(statements: Triples, node: str, predicates: Collection[str]) -> list[Quad]:
    """What points to a node by one of some properties."""
    if len(predicates) == 1 or ANY in predicates:
        return statements.to(node, ANY if ANY in predicates else next(iter(predicates)))
    return [quad for predicate in predicates for quad in statements.to(node, predicate)]


def _joined(tables: Iterable[_Table]) -> _Table:
    found: dict[str, set[int]] = {}
    for table in tables:
        for predicate, targets in table.items():
            found.setdefault(predicate, set()).update(targets)
    return {predicate: tuple(targets) for predicate, targets in found.items()}
