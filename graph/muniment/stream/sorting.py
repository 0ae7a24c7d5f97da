"""Lines in order, more of them than fit into memory: sorted runs in lists or files, merged when they are read.

The order is that of code points, which is the order of bytes in UTF-8, so that files can be searched by bisection. Lines end with a line
feed and hold no other; canonical N-Quads escape those in their literals.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path

LINES_IN_MEMORY = 300_000
"""Lines that a sorter holds before it spills them: about 70 MB."""
_BLOCK = 1 << 19
"""Bytes of a file that are read at once."""
_LINES_AT_ONCE = 10_000
_LITTLE = 2_000
LAST = "\U0010ffff"
"""Greater than any line: no term holds this noncharacter."""


@dataclass(frozen=True)
class Span:
    """Part of an order: from ``low`` on, and up to but without ``high``; None has no end."""

    low: str = ""
    high: str | None = None

    def part(self, block: list[str]) -> list[str]:
        """The lines of a sorted block that are in it."""
        end = len(block) if self.high is None else bisect_left(block, self.high)
        return block[bisect_left(block, self.low) : end]


EVERYTHING = Span()


@dataclass(frozen=True)
class Listed:
    """A run in memory: lines in order, none twice."""

    lines: list[str] = field(repr=False)

    def blocks(self, span: Span = EVERYTHING) -> Iterator[list[str]]:
        """The lines of a span, some at a time."""
        if found := span.part(self.lines):
            yield found

    def starting(self, start: str) -> list[str]:
        """The lines that start so."""
        return Span(start, start + LAST).part(self.lines)

    def has_starting(self, start: str) -> bool:
        """Whether a line starts so."""
        at = bisect_left(self.lines, start)
        return at < len(self.lines) and self.lines[at].startswith(start)

    def sample(self, count: int) -> list[str]:
        """About so many lines, evenly spread, in order."""
        return self.lines[:: max(1, len(self.lines) // count)]

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Filed:
    """A run in a file."""

    path: Path
    size: int
    """Lines."""

    def blocks(self, span: Span = EVERYTHING) -> Iterator[list[str]]:
        """The lines of a span, some at a time."""
        if not self.size:
            return
        first = self._first(span.low) if span.low else 0
        with self.path.open(encoding="utf-8", newline="\n") as file:
            file.seek(first)
            while block := file.readlines(_BLOCK):
                if span.high is not None and block[-1] >= span.high:
                    if found := block[: bisect_left(block, span.high)]:
                        yield found
                    return
                yield block

    def texts(self) -> Iterator[bytes]:
        """All lines as they stand in the file, some at a time."""
        with self.path.open("rb") as file:
            while text := file.read(_BLOCK):
                yield text

    def starting(self, start: str) -> list[str]:
        """The lines that start so."""
        if not self.size:
            return []
        found, at, wanted = [], self._first(start), start.encode()
        while self._bytes[at : at + len(wanted)] == wanted and at < len(self._bytes):
            end = self._bytes.find(b"\n", at) + 1
            found.append(self._bytes[at:end].decode())
            at = end
        return found

    def has_starting(self, start: str) -> bool:
        """Whether a line starts so."""
        wanted = start.encode()
        at = self._first(start) if self.size else 0
        return bool(self.size) and self._bytes[at : at + len(wanted)] == wanted

    def sample(self, count: int) -> list[str]:
        """About so many lines, evenly spread, in order."""
        if not self.size:
            return []
        places = range(0, len(self._bytes), max(1, len(self._bytes) // count))
        starts = [self._bytes.rfind(b"\n", 0, place) + 1 for place in places]
        return [self._bytes[at : self._bytes.find(b"\n", at) + 1].decode() for at in dict.fromkeys(starts)]

    def __len__(self) -> int:
        return self.size

    @cached_property
    def _bytes(self) -> mmap.mmap:
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def _first(self, line: str) -> int:
        """Where the first line begins that is not before this one."""
        wanted, data = line.encode(), self._bytes
        low, high = 0, len(data)
        while low < high:
            middle = (low + high) // 2
            start = max(low, data.rfind(b"\n", low, middle) + 1)
            end = data.find(b"\n", middle) + 1
            if data[start:end] < wanted:
                low = end
            else:
                high = start
        return low

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "size": self.size}  # a map of memory does not travel


Run = Listed | Filed


@dataclass(frozen=True)
class Ordered:
    """Runs that are read as one: in order, no line twice."""

    runs: tuple[Run, ...] = ()

    def __add__(self, other: Ordered) -> Ordered:
        return Ordered((*self.runs, *other.runs))

    def blocks(self, span: Span = EVERYTHING) -> Iterator[list[str]]:
        """The lines of a span, some at a time."""
        return merged([run.blocks(span) for run in self.runs])

    def lines(self, span: Span = EVERYTHING) -> Iterator[str]:
        """The lines of a span."""
        return chain.from_iterable(self.blocks(span))

    def texts(self) -> Iterator[bytes]:
        """All lines as UTF-8, some at a time."""
        if len(self.runs) == 1 and isinstance(self.runs[0], Filed):
            yield from self.runs[0].texts()
            return
        for block in self.blocks():
            for start in range(0, len(block), _LINES_AT_ONCE):
                yield "".join(block[start : start + _LINES_AT_ONCE]).encode()

    def starting(self, start: str) -> list[str]:
        """The lines that start so, looked up in each run."""
        found = [run.starting(start) for run in self.runs]
        return in_order(list(chain.from_iterable(found)))

    def has_starting(self, start: str) -> bool:
        """Whether a line starts so."""
        return any(run.has_starting(start) for run in self.runs)

    def size(self) -> int:
        """Lines of all runs; one that stands in two is counted twice."""
        return sum(map(len, self.runs))

    def remove(self) -> None:
        """Remove the files of runs that nobody reads again."""
        for run in self.runs:
            if isinstance(run, Filed):
                run.path.unlink()

    def spans(self, count: int) -> list[Span]:
        """As many parts, each with about as many lines and with all that is said of its terms (what stands before the first space)."""
        samples = sorted(chain.from_iterable(run.sample(64 * count) for run in self.runs))
        places = (samples[len(samples) * number // count] for number in range(1, count) if samples)
        terms = sorted({place.partition(" ")[0] + " " for place in places})
        return [Span(low, high) for low, high in zip(["", *terms], [*terms, None], strict=True)]


NOTHING = Ordered()


def together(parts: Iterable[Ordered]) -> Ordered:
    """The runs of all parts."""
    return Ordered(tuple(run for part in parts for run in part.runs))


def merged(runs: Iterable[Iterator[list[str]]]) -> Iterator[list[str]]:
    """Sorted blocks of sorted runs as sorted blocks, no line twice.

    All lines up to the smallest of the last lines at hand are sorted together: sorting knows runs, and merges them faster than a heap.
    """
    heads = [_Head(block, run) for run in runs if (block := next(run, None))]
    while len(heads) > 1:
        bound = min(head.block[-1] for head in heads)
        taken: list[str] = []
        for head in heads:
            taken += head.up_to(bound)
        heads = [head for head in heads if head.at < len(head.block) or head.has_more()]
        taken.sort()
        yield list(dict.fromkeys(taken))
    for head in heads:
        yield head.block[head.at :]
        yield from head.run


@dataclass
class _Head:
    """The block at hand of a run, and how much of it is taken."""

    block: list[str]
    run: Iterator[list[str]]
    at: int = 0

    def up_to(self, bound: str) -> list[str]:
        """Take the lines that are not beyond a bound."""
        start, self.at = self.at, bisect_right(self.block, bound, self.at)
        return self.block[start : self.at]

    def has_more(self) -> bool:
        """Go on to the next block, if there is one."""
        self.block, self.at = next(self.run, []), 0
        return bool(self.block)


class Sorter:
    """Takes lines in any order; gives runs. Beyond a bound lines are spilled to files ``{name}-1`` and so on."""

    def __init__(self, stem: Path | None = None, bound: int | None = None) -> None:
        self._stem = stem
        self._bound = bound or LINES_IN_MEMORY
        self._lines: list[str] = []
        self._runs: list[Run] = []

    def add(self, line: str) -> None:
        """Take one line."""
        self._lines.append(line)
        if len(self._lines) >= self._bound:
            self._spill()

    def extend(self, lines: Iterable[str]) -> None:
        """Take some lines; few enough to fit into memory."""
        self._lines.extend(lines)
        if len(self._lines) >= self._bound:
            self._spill()

    def _spill(self) -> None:
        if self._stem is not None and self._lines:
            path = self._stem.with_name(f"{self._stem.name}-{len(self._runs)}")
            self._runs.append(file_lines(path, in_order(self._lines)))
            self._lines = []

    def done(self) -> Ordered:
        """All that was taken; what may be spilled is, unless it is little, so that runs travel between processes by name."""
        if self._runs or len(self._lines) > _LITTLE:
            self._spill()
        if self._lines:
            self._runs.append(Listed(in_order(self._lines)))
            self._lines = []
        return Ordered(tuple(self._runs))


class Writer:
    """Takes lines in order; gives one run, in memory where no file is named."""

    def __init__(self, path: Path | None = None) -> None:
        self._lines: list[str] = []
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="\n") if path else None
        self._written = 0

    def extend(self, lines: list[str]) -> None:
        """Take lines, which come after those before."""
        self._lines += lines
        if self._file is not None and len(self._lines) > _LINES_AT_ONCE:
            self._write()

    def _write(self) -> None:
        if self._file is not None:
            self._file.write("".join(self._lines))
            self._written += len(self._lines)
            self._lines = []

    def done(self) -> Ordered:
        """What was taken."""
        if self._file is None or self._path is None:
            return Ordered((Listed(self._lines),) if self._lines else ())
        self._write()
        self._file.close()
        return Ordered((Filed(self._path, self._written),) if self._written else ())


def in_order(lines: list[str]) -> list[str]:
    """The lines sorted, none twice."""
    lines.sort()
    return list(dict.fromkeys(lines))


def file_lines(path: Path, lines: list[str]) -> Filed:
    """Lines in order as a run in a file."""
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return Filed(path, len(lines))
