"""Validation of a change: only the focus nodes from which the shapes read a triple that was added or removed.

The rest of the report before holds: what the shapes read from any other focus node is the same as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muniment.shacl.shards import far_results, near_results, plan
from muniment.shacl.statements import Triples, has_blank_nodes
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
    now: Triples,
    shapes: tuple[Quad, ...],
) -> Revalidation | None:
    """What a full validation of ``now`` reports, from the results before the change; None if only a full one can tell.

    Args:
        before: the results for the graph before, with the same shapes.
        change: what differs.
        now: the graph after the change.
        shapes: the shapes.

    Raises:
        InputError: the shapes are not well-formed.
    """
    changed = (*change.added, *change.removed)
    if has_blank_nodes(changed) or now.has_blank_nodes():
        return None
    how = plan(shapes)
    foci, settled = how.near.walks.reaching(change.added, change.removed, now)
    kept = {
        result
        for result in before
        if result.focus not in foci
        and result.shape not in how.far_shapes
        and (result.shape, result.component, result.value) not in settled
    }
    found = kept | far_results(how, now) | near_results(how.near, now, sorted(foci))
    return Revalidation(as_report(found), len(foci))
