"""Sorted lines to look things up in, a few times or many: whoever comes often is led by a few lines of each file, kept in memory."""

from __future__ import annotations

import io
import weakref
from bisect import bisect_left
from functools import cached_property
from itertools import chain

from muniment.stream.sorting import Filed, Listed, Ordered, in_order

_BLOCK = 1 << 13
"""Bytes between the lines that are kept: a look-up searches so many, and a gigabyte needs some 20 MB."""
_SELDOM = 200
"""Look-ups by bisection, before keeping lines of a file is worth reading them."""
_LINE = 1 << 9
"""Bytes that hold most lines."""
_BEYOND = b"\xff"
"""Greater than any byte of UTF-8."""


class Lookup:
    """Finds lines by how they start, whatever number of runs they are spread over.

    Args:
        lines: where.
        block: bytes between the lines that are kept of a file.
        seldom: look-ups in a file before any are kept.
    """

    def __init__(self, lines: Ordered, block: int = _BLOCK, seldom: int = _SELDOM) -> None:
        self._runs: list[Listed | _Searched] = [
            _Searched(run, block, seldom) if isinstance(run, Filed) else run for run in lines.runs if len(run)
        ]

    def starting(self, start: str) -> list[str]:
        """The lines that start so, in order, none twice."""
        parts = [part for run in self._runs if (part := run.starting(start))]
        return in_order(list(chain.from_iterable(parts))) if len(parts) > 1 else parts[0] if parts else []


class _Searched:
    """A file of sorted lines, the first of each block of which is kept after some look-ups."""

    def __init__(self, run: Filed, block: int, seldom: int) -> None:
        self._run, self._block, self._seldom = run, block, seldom

    def starting(self, start: str) -> list[str]:
        if self._seldom:
            self._seldom -= 1
            return self._run.starting(start)
        (places, kept), wanted = self._kept, start.encode()
        first = bisect_left(kept, wanted)
        beyond = bisect_left(kept, wanted + _BEYOND, first)
        if beyond == 0:
            return []
        low = places[max(first - 1, 0)]
        self._file.seek(low)
        return _starting(self._file.read(places[beyond] - low if beyond < len(places) else -1), wanted)

    @cached_property
    def _file(self) -> io.FileIO:
        """Read, not mapped: what a process has mapped counts as its memory."""
        file = io.FileIO(self._run.path)
        weakref.finalize(self, file.close)
        return file

    @cached_property
    def _kept(self) -> tuple[list[int], list[bytes]]:
        """Where the kept lines begin, and they themselves."""
        places, kept = [], []
        with self._run.path.open("rb", buffering=_LINE) as file:
            while line := file.readline():
                places.append(file.tell() - len(line))
                kept.append(line)
                file.seek(places[-1] + self._block - 1)
                file.readline()  # the rest of one
        return places, kept


def _starting(block: bytes, wanted: bytes) -> list[str]:
    """The lines of a sorted block that start so."""
    if block.startswith(wanted):
        first = 0
    elif not (first := block.find(b"\n" + wanted) + 1):
        return []
    last = block.rfind(b"\n" + wanted, first, len(block) - 1) + 1 or first
    lines = block[first : block.index(b"\n", last)].decode().split("\n")
    return [f"{line}\n" for line in lines]
