"""Validation in parts: some focus nodes at a time, with all that the shapes about them read from them, on all processors.

What else a part holds, it holds only in part: shapes are told which nodes are its focus nodes. Shapes that may read anything are run once,
on the whole graph.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from rdflib import Graph

from muniment.shacl.engines import Engine, as_text, engine_for, faulty, run
from muniment.shacl.reach import Reach, reach, split, targeted
from muniment.shacl.statements import Statements, Triples, Walks
from muniment.shacl.targets import Kind, Targets, about_marked, marks
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationReport, ValidationResult, as_report, validate

SHARD = 25_000
"""Triples of focus nodes in one part: engines are started rarely, and a part takes some tens of megabytes."""
WORTH_PROCESSES = 4
"""Parts from which on processes are worth their start, which takes about a second."""

Part = Mapping[str, Kind]
"""Focus nodes, and the shapes that are about each."""
Work = Callable[[Engine, bytes, str, frozenset[str]], set[Any]]
"""What is done with a part: its triples, the shapes and its focus nodes are given."""


@dataclass(frozen=True)
class Near:
    """What it takes to validate parts of a graph with shapes that stay near their focus nodes; it travels to other processes."""

    engine: Engine
    text: str
    """The shapes as N-Triples, about focus nodes that are marked."""
    walks: Walks
    """Their steps."""
    targets: Targets
    """Whom they are about."""


@dataclass(frozen=True)
class Plan:
    """How a graph of shapes is validated with."""

    near: Near
    """The shapes that stay near their focus nodes."""
    far: Graph | None
    """The shapes with only the targets of those that may read anything."""
    reach: Reach
    """What those near their focus nodes read."""

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
    marked = about_marked(near, known.starts)
    engine = engine_for(marked, known.reporting)
    targets = Targets.among(near, known.starts)
    return Plan(Near(engine, as_text(marked), Walks(known.steps), targets), far, known)


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
    statements = Statements(data)
    if statements.has_blank_nodes():
        return validate(to_graph(data), to_graph(shapes))
    how = plan(shapes)
    pointed = how.near.targets.pointed_to(statements)
    foci = dict.fromkeys([*statements.subjects(), *pointed, *sorted(how.reach.nodes)])
    found = far_results(how, statements)
    return as_report(found | near_results(how.near, statements, foci, pointed, processes, size))


def far_results(how: Plan, statements: Triples) -> set[ValidationResult]:
    """The results of the shapes that may read anything, on the whole graph, which is in memory for it."""
    return set() if how.far is None else set(validate(to_graph(statements.quads()), how.far).results)


def near_results(
    how: Near,
    statements: Triples,
    nodes: Iterable[str],
    pointed: Mapping[str, Kind] | None = None,
    processes: int | None = None,
    size: int = SHARD,
) -> set[ValidationResult]:
    """The results about those of the nodes that are focus nodes; ``pointed`` as for ``Targets.kinds``."""

    def each(foci: Iterable[str], work: Work) -> set[Any]:
        parts = _parts(how.targets.kinds(foci, statements, pointed), statements, size)
        return set().union(*_over_parts(how, statements, parts, work, processes or _processors()))

    if how.engine == "pyshifty":
        nodes = sorted(each(nodes, _faulty))
    return each(nodes, _validate)


def _over_parts(
    how: Near, statements: Triples, parts: Iterator[Part], work: Work, processes: int
) -> Iterator[set[Any]]:
    enough = 2 if how.engine == "pyshifty" else WORTH_PROCESSES
    first = [part for _, part in zip(range(enough), parts, strict=False)]
    if len(first) < enough or processes == 1:
        for part in _chain(first, parts):
            yield work(how.engine, _text(how, part, statements), how.text, frozenset(part))
        return
    running: deque[tuple[Part, Future[set[Any]]]] = deque()
    with _pool(how.engine, processes) as pool:
        for part in _chain(first, parts):
            if len(running) > processes:  # one in reserve for each who is done
                yield _result(how, statements, work, *running.popleft())
            running.append((part, _submitted(pool, how, statements, work, part)))
        while running:
            yield _result(how, statements, work, *running.popleft())


def _pool(engine: Engine, size: int) -> Executor:
    """Threads for an engine that lets go of the interpreter's lock; processes, which take a second to start, for one that does not."""
    if engine == "pyshifty":
        return ThreadPoolExecutor(size)
    context = multiprocessing.get_context("spawn")  # a fork copies threads' locks
    return ProcessPoolExecutor(size, mp_context=context)


def _submitted(pool: Executor, how: Near, statements: Triples, work: Work, part: Part) -> Future[set[Any]]:
    try:
        return pool.submit(work, how.engine, _text(how, part, statements), how.text, frozenset(part))
    except BrokenProcessPool as error:
        broken: Future[set[Any]] = Future()
        broken.set_exception(error)
        return broken


def _result(how: Near, statements: Triples, work: Work, part: Part, done: Future[set[Any]]) -> set[Any]:
    """What was done with a part; one whose process died, or never came up (a script that guards no ``__main__``), is done here."""
    try:
        return done.result()
    except BrokenProcessPool:
        return work(how.engine, _text(how, part, statements), how.text, frozenset(part))


def _chain(first: Sequence[Part], rest: Iterator[Part]) -> Iterator[Part]:
    yield from first
    yield from rest


def _parts(foci: Iterable[tuple[str, Kind]], statements: Triples, size: int) -> Iterator[Part]:
    part: dict[str, Kind] = {}
    triples = 0
    for focus, shapes in foci:
        part[focus] = shapes
        triples += len(statements.of(focus))
        if triples >= size:
            yield part
            part, triples = {}, 0
    if part:
        yield part


def _text(how: Near, part: Part, statements: Triples) -> bytes:
    places = [(focus, how.walks.together(shapes)) for focus, shapes in part.items()]
    read = [f"{s} {p} {o} .\n" for s, p, o, _ in how.walks.read(places, statements)]
    return "".join([*read, *marks(part)]).encode()


def _faulty(engine: Engine, data: bytes, shapes: str, foci: frozenset[str]) -> set[str]:
    """The focus nodes about which there is a result; all of them if the engine names one by another name than ours."""
    found = faulty(data, shapes)
    return found if found <= foci else set(foci)


def _validate(engine: Engine, data: bytes, shapes: str, foci: frozenset[str]) -> set[ValidationResult]:
    return {result for result in run(engine, data, shapes) if result.focus in foci}


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
