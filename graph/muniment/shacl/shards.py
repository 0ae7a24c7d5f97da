"""Validation in parts: some focus nodes at a time, with all that the shapes read from them, over processes.

The results of a part are those of its own focus nodes; what else it holds, it holds only in part, and what is said of that is dropped.
Shapes that may read anything are run once, on the whole graph.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rdflib import Graph

from muniment.shacl.engines import Engine, as_text, engine_for, run
from muniment.shacl.reach import Reach, reach, split, targeted
from muniment.shacl.statements import Statements, Walks
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationReport, ValidationResult, as_report, validate

SHARD = 25_000
"""Triples of focus nodes in one part: engines are started rarely, and a part takes some tens of megabytes."""
WORTH_PROCESSES = 4
"""Parts from which on processes are worth their start, which takes about a second."""


@dataclass(frozen=True)
class Plan:
    """How a graph of shapes is validated with."""

    near: Graph
    """Only the targets of shapes that stay near their focus nodes."""
    far: Graph | None
    """Only the targets of those that may read anything."""
    reach: Reach
    engine: Engine

    @cached_property
    def walks(self) -> Walks:
        """The steps of ``near``."""
        return Walks(self.reach.steps)

    @cached_property
    def text(self) -> str:
        """``near`` as N-Triples."""
        return as_text(self.near)

    @cached_property
    def far_shapes(self) -> frozenset[str]:
        """The names of shapes whose results come from ``far``."""
        from rdflib import SH

        far = self.far if self.far is not None else Graph()
        return frozenset(
            str(shape) for root in targeted(far) for shape in far.transitive_objects(root, SH.property)
        )


@lru_cache(maxsize=4)
def plan(shapes: tuple[Quad, ...]) -> Plan:
    """Look at shapes once.

    Raises:
        InputError: they are not well-formed.
    """
    graph = to_graph(shapes)
    validate(Graph(), graph)  # pyshacl judges them, whichever engine runs
    near, far, known = graph, None, reach(graph)
    if known.unbounded:
        near, far = split(graph, known.unbounded)
        known = reach(near)
    return Plan(near, far, known, engine_for(near, known.reporting))


def has_blank_nodes(quads: Iterable[Quad]) -> bool:
    """Whether blank nodes occur; their names, and so the results about them, hold only within one graph."""
    return any(quad[0][0] == "_" or quad[2][0] == "_" for quad in quads)


def validate_sharded(
    data: Sequence[Quad], shapes: tuple[Quad, ...], processes: int | None = None, size: int = SHARD
) -> ValidationReport:
    """What ``validate`` reports, in bounded memory beside the graph.

    Args:
        data: the graph, as quads of whatever graph.
        shapes: the shapes.
        processes: how many at a time; as many as there are processors if not said.
        size: how many triples of focus nodes make a part.

    Raises:
        InputError: the shapes are not well-formed.
    """
    if has_blank_nodes(data):
        return validate(to_graph(data), to_graph(shapes))
    how, statements = plan(shapes), Statements(data)
    found = set(far_results(how, data))
    for results in near_results(how, statements, _foci(how, statements), processes, size):
        found |= results
    return as_report(found)


def far_results(how: Plan, data: Sequence[Quad]) -> Iterator[ValidationResult]:
    """The results of the shapes that may read anything, on the whole graph."""
    if how.far is not None:
        yield from validate(to_graph(data), how.far).results


def _foci(how: Plan, statements: Statements) -> Iterator[str]:
    yield from dict.fromkeys(
        [*statements.subjects(), *_pointed_to(how.walks, statements), *sorted(how.reach.nodes)]
    )


def _pointed_to(walks: Walks, statements: Statements) -> Iterator[str]:
    if predicates := walks.pointed_to():
        for node in statements.subjects():
            for quad in statements.of(node):
                if quad.predicate in predicates:
                    yield quad.object


def near_results(
    how: Plan,
    statements: Statements,
    foci: Iterable[str],
    processes: int | None = None,
    size: int = SHARD,
) -> Iterator[set[ValidationResult]]:
    """The results about the focus nodes, part by part."""
    parts = _parts(foci, statements, size)
    first = [part for _, part in zip(range(WORTH_PROCESSES), parts, strict=False)]
    processes = processes or _processors()
    if len(first) < WORTH_PROCESSES or processes == 1:
        for part in _chain(first, parts):
            yield _validate(how.engine, _text(how, part, statements), how.text, frozenset(part))
        return
    context = multiprocessing.get_context("spawn")  # a fork copies threads' locks
    running: deque[tuple[list[str], Future[set[ValidationResult]]]] = deque()
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for part in _chain(first, parts):
            if len(running) > processes:  # one in reserve for each who is done
                yield _result(how, statements, *running.popleft())
            running.append((part, _submitted(pool, how, part, statements)))
        while running:
            yield _result(how, statements, *running.popleft())


def _submitted(
    pool: ProcessPoolExecutor, how: Plan, part: list[str], statements: Statements
) -> Future[set[ValidationResult]]:
    try:
        return pool.submit(_validate, how.engine, _text(how, part, statements), how.text, frozenset(part))
    except BrokenProcessPool as error:
        broken: Future[set[ValidationResult]] = Future()
        broken.set_exception(error)
        return broken


def _result(
    how: Plan, statements: Statements, part: list[str], done: Future[set[ValidationResult]]
) -> set[ValidationResult]:
    """The results of a part; one whose process died, or never came up (a script that guards no ``__main__``), is validated here."""
    try:
        return done.result()
    except BrokenProcessPool:
        return _validate(how.engine, _text(how, part, statements), how.text, frozenset(part))


def _chain(first: list[list[str]], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield from first
    yield from rest


def _parts(foci: Iterable[str], statements: Statements, size: int) -> Iterator[list[str]]:
    part: list[str] = []
    triples = 0
    for focus in foci:
        part.append(focus)
        triples += len(statements.of(focus))
        if triples >= size:
            yield part
            part, triples = [], 0
    if part:
        yield part


def _text(how: Plan, part: list[str], statements: Statements) -> bytes:
    return "".join([f"{s} {p} {o} .\n" for s, p, o, _ in how.walks.read(part, statements)]).encode()


def _validate(engine: Engine, data: bytes, shapes: str, foci: frozenset[str]) -> set[ValidationResult]:
    return {result for result in run(engine, data, shapes) if result.focus in foci}


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
