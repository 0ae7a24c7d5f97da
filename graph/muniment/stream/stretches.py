"""Stretches of sorted lines, cut where their content says, so that two texts that share most lines share most stretches.

Cuts at even distances would move with the first line that is added. Here a line's own checksum says that the text is cut after it: an edit
moves the cuts near it, and those beyond stay. Only lines beyond a least size are looked at, some thirty of some thousands.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import NamedTuple

_LEAST = 1 << 19
"""Bytes of a stretch: smaller ones are read faster, and compressed worse (by 2.4 % at this size)."""
_ONE_IN = 32
"""Lines beyond the least size, of which about one says that the text is cut after it."""


class Stretch(NamedTuple):
    """Some lines that follow each other."""

    size: int
    """Bytes."""
    sha256: str


class Cutter:
    """Takes lines in order, and keeps the digest of each stretch.

    Args:
        least: bytes of a stretch, but for the last one.
    """

    def __init__(self, least: int = _LEAST) -> None:
        self._least = least
        self._found: list[Stretch] = []
        self._begin()

    def _begin(self) -> None:
        self._size, self._digest = 0, hashlib.sha256()

    def add(self, text: bytes) -> None:
        """Take whole lines, however many at once."""
        rest = memoryview(text)
        start = 0
        while end := self._end(text, start):
            self._take(rest[start:end])
            self._close()
            start = end
        self._take(rest[start:])

    def done(self) -> list[Stretch]:
        """The stretches of all that was taken."""
        if self._size:
            self._close()
        return self._found

    def _take(self, part: memoryview) -> None:
        self._size += len(part)
        self._digest.update(part)

    def _close(self) -> None:
        self._found.append(Stretch(self._size, self._digest.hexdigest()))
        self._begin()

    def _end(self, text: bytes, start: int) -> int:
        """Where a stretch ends that goes on at ``start``; 0 if it does not end here."""
        enough = start + max(self._least - self._size - 1, 0)
        line = max(start, text.rfind(b"\n", start, enough) + 1)
        while enough < len(text) and line < len(text):
            end = text.index(b"\n", line) + 1
            if zlib.crc32(text[line:end]) % _ONE_IN == 0:
                return end
            line = end
        return 0


def sha256_of(text: bytes) -> str:
    """The SHA-256 of a text, in hex, as ``Stretch`` has it."""
    return hashlib.sha256(text).hexdigest()


def stretches_of(blocks: Iterable[str]) -> list[Stretch]:
    """The stretches of whole lines in order."""
    cutter = Cutter()
    for block in blocks:
        cutter.add(block.encode())
    return cutter.done()
