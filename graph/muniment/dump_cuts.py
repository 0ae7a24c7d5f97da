"""The N-Quads dump as stretches, each of which can be read without what stands before it.

The dump is one gzip member, which every tool reads. At each cut the compressor is flushed in full (zlib's ``Z_FULL_FLUSH``, RFC 1951:
blocks end at a byte, and nothing later refers back), so whoever knows the place can begin there. The places are in a small file beside
the dump, a line for each stretch: where it begins in the compressed file, how many bytes it has when they are not compressed, and the
SHA-256 of these, between tabs. Releases of earlier versions have no such file.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from muniment.stream.stretches import Stretch, sha256_of

CUTS = "dump.cuts.tsv"
_RAW = -zlib.MAX_WBITS
"""Compressed data without a header."""


class Cut(NamedTuple):
    """A stretch of a dump, and where it is: the bytes of the compressed file between ``start`` and ``end``."""

    start: int
    end: int | None
    stretch: Stretch


def write_cut(dump: Path, cuts: Path, lines: BinaryIO, stretches: Sequence[Stretch], level: int) -> None:
    """Write lines, compressed, and where their stretches are.

    Raises:
        ValueError: the stretches are not those of the lines.
    """
    found = []
    with dump.open("wb") as raw, gzip.GzipFile("", "wb", level, raw, mtime=0) as out:
        for size, sha256 in stretches:
            found.append(f"{raw.tell()}\t{size}\t{sha256}\n")
            if out.write(lines.read(size)) != size:
                raise ValueError("there are fewer lines than their stretches have")
            out.flush(zlib.Z_FULL_FLUSH)
        if lines.read(1):
            raise ValueError("there are more lines than their stretches have")
    cuts.write_text("".join(found), encoding="ascii")


def read_cuts(path: Path, sha256: str) -> list[Cut]:
    """The stretches of a dump in order.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not the file of this SHA-256.
    """
    text = path.read_bytes()
    if sha256_of(text) != sha256:
        raise ValueError(f"{path} is damaged")
    rows = [line.split("\t") for line in text.decode("ascii").splitlines()]
    starts = [int(row[0]) for row in rows]
    ends = [*starts[1:], None]
    return [
        Cut(start, end, Stretch(int(row[1]), row[2]))
        for start, end, row in zip(starts, ends, rows, strict=True)
    ]


def texts(dump: Path, cuts: Iterable[Cut]) -> Iterator[bytes]:
    """The lines of some stretches, each as one text.

    Raises:
        OSError, zlib.error: the dump cannot be read.
        ValueError: it holds something else there.
    """
    with dump.open("rb") as file:
        for start, end, stretch in cuts:
            file.seek(start)
            data = file.read(-1 if end is None else end - start)
            text = zlib.decompressobj(_RAW).decompress(data, stretch.size)
            if sha256_of(text) != stretch.sha256:
                raise ValueError(f"{dump} is damaged")
            yield text
