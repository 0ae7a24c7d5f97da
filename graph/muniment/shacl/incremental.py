"""Validation of a change: only the focus nodes from which the shapes read a triple that was added or removed.

The rest of the report before holds: what the shapes read from any other focus node is the same as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muniment.shacl.shards import far_results, has_blank_nodes, near_results, plan
from muniment.shacl.statements import Statements
from muniment.terms import Quad
from muniment.validation import ValidationReport, ValidationResult, as_report


@dataclass(frozen=True)
class Change:
    """The triples that differ between two graphs."""

    added: Sequence[Quad]
    removed: Sequence[Quad]


@dataclass(frozen=True)
class Revalidation:
    """A report, and how many focus nodes were validated for it."""

    report: ValidationReport
    foci: int


def revalidate(
    before: Iterable[ValidationResult],
    change: Change,
    now: Sequence[Quad],
    shapes: tuple[Quad, ...],
    statements: Statements | None = None,
) -> Revalidation | None:
    """What a full validation of ``now`` reports, from the results before the change; None if only a full one can tell.

    Args:
        before: the results for the graph before, with the same shapes.
        change: what differs.
        now: the graph after the change.
        shapes: the shapes.
        statements: ``now`` to look things up in, where it is kept.

    Raises:
        InputError: the shapes are not well-formed.
    """
    if has_blank_nodes((*change.added, *change.removed)) or (statements is None and has_blank_nodes(now)):
        return None
    how = plan(shapes)
    statements = Statements(now) if statements is None else statements
    changed = (*change.added, *change.removed)
    foci = how.walks.reaching(changed, statements, Statements(change.removed))
    kept = {result for result in before if result.focus not in foci and result.shape not in how.far_shapes}
    found = kept.union(far_results(how, now), near_results(how, statements, sorted(foci)))
    return Revalidation(as_report(found), len(foci))
