"""What the release before lets a build leave out: its report holds for all that the change since then cannot matter to."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence

from muniment.dump_cuts import CUTS, read_cuts, texts
from muniment.engine import parse
from muniment.errors import MunimentError
from muniment.release import DUMP, REPORT, Release
from muniment.shacl.incremental import Change, Revalidation, revalidate
from muniment.shacl.statements import Triples
from muniment.stream.comparing import difference, pieces, pieces_but, pieces_of
from muniment.stream.sorting import Ordered
from muniment.stream.stretches import Stretch
from muniment.terms import DEFAULT_GRAPH, SH, Quad, to_graph
from muniment.validation import ValidationResult, read_report

MOST_CHANGED = 200_000
"""Lines that may differ: beyond that everything is validated, which takes less memory, and not much more time."""


def revalidate_since(
    release: Release,
    software: str,
    lines: Ordered,
    stretches: Sequence[Stretch],
    now: Triples,
    shapes: tuple[Quad, ...],
) -> Revalidation | None:
    """The report on a graph, from that of an earlier release; None if it needs a full validation.

    Args:
        release: one that was validated and conforms.
        software: what builds now; another version may report otherwise.
        lines: the canonical N-Quads of all that is built.
        stretches: theirs.
        now: its default graph.
        shapes: its shapes.

    Raises:
        InputError: the shapes are not well-formed.
    """
    if release.manifest.get("software") != software or "validation" not in release.manifest:
        return None
    try:
        found = difference_since(release, lines, stretches)
        before = _results(release, shapes)
    except (OSError, EOFError, zlib.error, ValueError, SyntaxError, MunimentError):
        return None  # damaged, or from a shape without a name
    if found is None:
        return None
    added, removed = found
    changed = [quad for part in (added, removed) for quad in _quads(part)]
    if _touches_shapes(changed, {quad.graph for quad in shapes}):
        return None
    change = Change(*([q for q in _quads(part) if q.graph == DEFAULT_GRAPH] for part in (added, removed)))
    return revalidate(before, change, now, shapes)


def difference_since(
    release: Release, lines: Ordered, stretches: Sequence[Stretch]
) -> tuple[list[str], list[str]] | None:
    """What ``difference`` says of the dump of a release and the lines of another: stretches that both have are not read.

    Raises:
        OSError, EOFError, zlib.error, ValueError: the release is damaged where it was read.
    """
    dump, files = release.path / DUMP, release.manifest.get("files", {})
    if CUTS not in files:  # one of an earlier version
        with gzip.open(dump) as file:
            return difference(pieces_of(file), pieces(lines), MOST_CHANGED)
    if dump.stat().st_size != files[DUMP]["bytes"]:
        raise EOFError(f"{dump} has not the size that its manifest names")
    cuts = read_cuts(release.path / CUTS, files[CUTS]["sha256"])
    shared = {cut.stretch for cut in cuts}.intersection(stretches)
    before = texts(dump, [cut for cut in cuts if cut.stretch not in shared])
    return difference(before, pieces_but(lines, stretches, shared), MOST_CHANGED)


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
