"""What the release before lets a build leave out: its report holds for all that the change since then cannot matter to."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

from muniment.engine import parse
from muniment.errors import MunimentError
from muniment.release import REPORT, Release
from muniment.shacl.incremental import Change, Revalidation, revalidate
from muniment.terms import DEFAULT_GRAPH, SH, Quad, to_graph
from muniment.validation import ValidationResult, read_report


def revalidate_since(
    release: Release, software: str, lines: Iterable[str], now: Sequence[Quad], shapes: tuple[Quad, ...]
) -> Revalidation | None:
    """The report on a graph, from that of an earlier release; None if it needs a full validation.

    Args:
        release: one that was validated and conforms.
        software: what builds now; another version may report otherwise.
        lines: the canonical N-Quads of all that is built.
        now: its default graph.
        shapes: its shapes.

    Raises:
        InputError: the shapes are not well-formed.
    """
    if release.manifest.get("software") != software or "validation" not in release.manifest:
        return None
    try:
        added, removed = difference((line.decode() for line in release.dump()), lines)
        before = _results(release, shapes)
    except (OSError, EOFError, zlib.error, ValueError, SyntaxError, MunimentError):
        return None  # damaged, or from a shape without a name
    changed = [quad for part in (added, removed) for quad in _quads(part)]
    if _touches_shapes(changed, {quad.graph for quad in shapes}):
        return None
    change = Change(*([q for q in _quads(part) if q.graph == DEFAULT_GRAPH] for part in (added, removed)))
    return revalidate(before, change, now, shapes)


def difference(before: Iterable[str], now: Iterable[str]) -> tuple[list[str], list[str]]:
    """The lines that only the second has, and those that only the first has; both are sorted, and read once."""
    added: list[str] = []
    removed: list[str] = []
    old, new = iter(before), iter(now)
    one, other = next(old, None), next(new, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(old, None), next(new, None)
        elif other is None or (one is not None and one < other):
            removed.append(one or "")
            one = next(old, None)
        else:
            added.append(other)
            other = next(new, None)
    return added, removed


def _quads(lines: Iterable[str]) -> Iterator[Quad]:
    return parse("".join(lines).encode(), "application/n-quads")


def _touches_shapes(changed: Iterable[Quad], graphs: set[str]) -> bool:
    """Whether shapes changed: in the graphs of today's, or, where a file of shapes is gone, by what it said."""
    return any(
        quad.graph in graphs or (quad.graph and any(term.startswith(f"<{SH}") for term in quad[1:3]))
        for quad in changed
    )


def _results(release: Release, shapes: tuple[Quad, ...]) -> set[ValidationResult]:
    report = parse((release.path / REPORT).read_bytes(), "text/turtle")
    return read_report(to_graph(report), to_graph(shapes))
