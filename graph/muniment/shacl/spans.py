"""Validation of a graph in sorted lines, which need not fit into memory: spans of its subjects, over processes.

A process walks through the subjects of its span, and looks up what shapes read beyond them; it holds a part of the span at a time. Only
shapes that may read anything, and blank nodes, need the whole graph in memory.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from muniment.progress import Part, nothing
from muniment.shacl.shards import SHARD, Near, far_results, near_results, plan
from muniment.shacl.sorted_statements import SortedStatements
from muniment.shacl.targets import Kind
from muniment.stream.crew import Crew
from muniment.stream.sorting import Filed, Ordered, Span
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationReport, ValidationResult, as_report, validate

SPANS = 4
"""Spans for each process, so that they end at about the same time."""


@dataclass(frozen=True)
class Task:
    """The focus nodes of a span."""

    by_subject: Ordered
    by_object: Ordered
    span: Span
    nodes: tuple[str, ...]
    """Further focus nodes, which a shape names."""
    how: Near
    processes: int | None
    size: int


def validate_lines(
    by_subject: Ordered,
    by_object: Ordered,
    shapes: tuple[Quad, ...],
    hands: Crew,
    part: Part = nothing,
    size: int = SHARD,
) -> ValidationReport:
    """What ``muniment.validation.validate`` reports.

    Args:
        by_subject: the graph, as lines of N-Triples.
        by_object: the same, as ``muniment.stream.completing`` turns lines.
        shapes: the shapes.
        hands: the processes that share the spans; what is in memory is validated by this one, in threads where they help.
        part: told of spans as they are done.
        size: how many triples of focus nodes are given to an engine at once.

    Raises:
        InputError: the shapes are not well-formed.
    """
    statements = SortedStatements(by_subject, by_object)
    if statements.has_blank_nodes():
        return validate(to_graph(statements.quads()), to_graph(shapes))
    how = plan(shapes)
    found = far_results(how, statements)
    filed = any(isinstance(run, Filed) for run in by_subject.runs)
    spans = by_subject.spans(SPANS * hands.size if filed else 1)
    tasks = [
        Task(by_subject, by_object, span, (), how.near, 1 if hands.size > 1 and filed else None, size)
        for span in spans
    ]
    tasks[0] = replace(tasks[0], nodes=tuple(sorted(how.reach.nodes)))
    for number, results in enumerate(hands.each(validate_span, tasks), start=1):
        found |= results
        part(number, len(tasks))
    return as_report(found)


def validate_span(task: Task) -> set[ValidationResult]:
    """The results about the focus nodes of a span."""
    statements = SortedStatements(task.by_subject, task.by_object, often=True)
    targets = task.how.targets
    pointed = targets.pointed_by(statements.pointers(task.span)) if targets.objects_of else {}
    with _collector(task.how.engine == "pyshacl"):  # which leaves cycles
        return near_results(
            task.how, statements, _foci(task, statements, pointed), pointed, task.processes, task.size
        )


def _foci(task: Task, statements: SortedStatements, pointed: dict[str, Kind]) -> Iterator[str]:
    """Nodes of the span that something is said of; then those that only something leads to, or a shape."""
    others = dict.fromkeys([*pointed, *task.nodes])
    for subject in statements.subjects(task.span):
        others.pop(subject, None)
        yield subject
    yield from others


@contextmanager
def _collector(needed: bool) -> Iterator[None]:
    """The search for reference cycles, which builds do without, where it is needed."""
    off = needed and not gc.isenabled()
    if off:
        gc.enable()
    try:
        yield
    finally:
        if off:
            gc.disable()
