"""What the release before lets a build leave out: its report holds for all that the change since then cannot matter to."""

from __future__ import annotations

import gzip
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import partial

from muniment.engine import parse
from muniment.errors import MunimentError
from muniment.release import DUMP, REPORT, Release
from muniment.shacl.incremental import Change, Revalidation, revalidate
from muniment.shacl.statements import Triples
from muniment.stream.sorting import Filed, Ordered
from muniment.terms import DEFAULT_GRAPH, SH, Quad, to_graph
from muniment.validation import ValidationResult, read_report

MOST_CHANGED = 200_000
"""Lines that may differ: beyond that everything is validated, which takes less memory, and not much more time."""
_AT_ONCE = 1 << 20
"""Bytes that are compared at once."""


def revalidate_since(
    release: Release, software: str, lines: Ordered, now: Triples, shapes: tuple[Quad, ...]
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
        found = difference_since(release, lines)
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


def difference_since(release: Release, lines: Ordered) -> tuple[list[str], list[str]] | None:
    """What ``difference`` says of the dump of a release and the lines of another."""
    with gzip.open(release.path / DUMP) as dump:
        return difference(iter(partial(dump.read, _AT_ONCE), b""), _chunks(lines))


def difference(
    before: Iterable[bytes], now: Iterable[bytes], most: int = MOST_CHANGED
) -> tuple[list[str], list[str]] | None:
    """The lines that only the second has, and those that only the first has; None if those are more than ``most``.

    Args:
        before: sorted lines, cut anywhere.
        now: others.
        most: how many lines may differ.
    """
    added: list[bytes] = []
    removed: list[bytes] = []
    old, new = _Uncut(before), _Uncut(now)
    while old.fill() and new.fill():
        length = min(len(old.data), len(new.data))
        if (
            old.data[:length] == new.data[:length]
        ):  # nearly always: so they are compared without being taken apart
            end = old.data.rindex(b"\n", 0, length) + 1
            old.drop(end)
            new.drop(end)
            continue
        bound = min(old.last(), new.last())
        one, other = old.up_to(bound), new.up_to(bound)
        removed += sorted(one - other)
        added += sorted(other - one)
        if len(added) + len(removed) > most:
            return None
    for side, lines in ((old, removed), (new, added)):
        while side.fill():
            lines += sorted(side.up_to(side.last()))
            if len(added) + len(removed) > most:
                return None
    return [line.decode() for line in added], [line.decode() for line in removed]


class _Uncut:
    """Lines that come in pieces that were cut anywhere."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.data = b""

    def fill(self) -> bool:
        """Whether there is a line, which is at hand then."""
        while b"\n" not in self.data and (piece := next(self._pieces, b"")):
            self.data += piece
        return bool(self.data)

    def last(self) -> bytes:
        """The last line at hand."""
        end = self.data.rindex(b"\n")
        return self.data[self.data.rfind(b"\n", 0, end) + 1 : end + 1]

    def up_to(self, bound: bytes) -> set[bytes]:
        """Take the lines at hand that are not beyond a bound."""
        lines = [line + b"\n" for line in self.data[: self.data.rindex(b"\n")].split(b"\n")]
        taken = lines[: bisect_right(lines, bound)]
        self.drop(sum(map(len, taken)))
        return set(taken)

    def drop(self, length: int) -> None:
        """Go on after so many bytes."""
        self.data = self.data[length:]


def _chunks(lines: Ordered) -> Iterator[bytes]:
    if len(lines.runs) == 1 and isinstance(run := lines.runs[0], Filed):
        with run.path.open("rb") as file:
            yield from iter(partial(file.read, _AT_ONCE), b"")
    else:
        for block in lines.blocks():
            yield "".join(block).encode()


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
