"""Sorted lines to look things up in, many thousands of times: a file is searched by a few of its lines, which are kept in memory."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path

from muniment.stream.sorting import Filed, Listed, Ordered, in_order

_BLOCK = 1 << 13
"""Bytes between the lines that are kept: a look-up searches so many, and a gigabyte needs some 20 MB."""


class Lookup:
    """Finds lines by how they start, whatever number of runs they are spread over."""

    def __init__(self, lines: Ordered, block: int = _BLOCK) -> None:
        self._runs: list[Listed | _Searched] = [
            _Searched(run.path, block) if isinstance(run, Filed) else run for run in lines.runs if len(run)
        ]

    def starting(self, start: str) -> list[str]:
        """The lines that start so, in order, none twice."""
        parts = [part for run in self._runs if (part := run.starting(start))]
        return in_order(list(chain.from_iterable(parts))) if len(parts) > 1 else parts[0] if parts else []


class _Searched:
    """A file of sorted lines, the first of each block of which is kept once something is looked up."""

    def __init__(self, path: Path, block: int) -> None:
        self._path, self._block = path, block

    def starting(self, start: str) -> list[str]:
        wanted, (places, kept) = start.encode(), self._kept
        number = bisect_left(kept, wanted)
        if number == len(kept):
            return []
        if number == 0:
            return list(self._from(0, wanted))
        at = self._bytes.find(b"\n" + wanted, places[number - 1], places[number] + len(wanted))
        return list(self._from(at + 1, wanted)) if at >= 0 else []

    def _from(self, at: int, wanted: bytes) -> Iterator[str]:
        """The lines from a place on, as long as they start so."""
        data = self._bytes
        while data[at : at + len(wanted)] == wanted:
            end = data.find(b"\n", at) + 1
            yield data[at:end].decode()
            at = end

    @cached_property
    def _bytes(self) -> mmap.mmap:
        with self._path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @cached_property
    def _kept(self) -> tuple[list[int], list[bytes]]:
        """Where the kept lines begin, and they themselves: the first of each block, and the last of all, beyond which nothing is."""
        data = self._bytes
        last = data.rfind(b"\n", 0, len(data) - 1)
        starts = (data.rfind(b"\n", 0, place) + 1 for place in range(0, len(data), self._block))
        places = list(dict.fromkeys([*starts, last + 1]))
        return places, [data[at : data.find(b"\n", at) + 1] for at in places]
