"""Which lines two sorted texts do not share: compared by blocks of bytes, since nearly all of them are the same."""

from __future__ import annotations

import gzip
import io
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from muniment.stream.sorting import Filed, Ordered
from muniment.stream.stretches import Stretch

_AT_ONCE = 1 << 20
"""Bytes that are compared at once."""


def difference(
    before: Iterable[bytes], now: Iterable[bytes], most: int
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


def pieces_of(file: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    """The bytes of a file, some at a time."""
    yield from iter(partial(file.read, _AT_ONCE), b"")


def pieces(lines: Ordered) -> Iterator[bytes]:
    """The bytes of lines, some at a time."""
    if path := file_of(lines):
        with path.open("rb") as file:
            yield from pieces_of(file)
    else:
        for block in lines.blocks():
            yield "".join(block).encode()


def pieces_but(lines: Ordered, stretches: Iterable[Stretch], known: Collection[Stretch]) -> Iterator[bytes]:
    """The bytes of lines, but for some of their stretches, which are skipped in a file."""
    path = file_of(lines)
    with path.open("rb") if path else io.BytesIO(b"".join(pieces(lines))) as file:
        for stretch in stretches:
            if stretch in known:
                file.seek(stretch.size, io.SEEK_CUR)
            else:
                yield file.read(stretch.size)


def file_of(lines: Ordered) -> Path | None:
    """The file that holds all lines, if it is one."""
    run = lines.runs[0] if len(lines.runs) == 1 else None
    return run.path if isinstance(run, Filed) else None
