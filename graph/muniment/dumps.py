"""The dumps of a release: the whole dataset, or its consolidated graph, in the formats that people load; the same input gives the same bytes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from muniment.dump_cuts import CUTS, write_cut
from muniment.engine import rewrite
from muniment.stream.comparing import file_of
from muniment.stream.lines import object_and_graph
from muniment.stream.sorting import Listed, Ordered
from muniment.stream.stretches import Stretch, stretches_of

_LINES_AT_ONCE = 10_000  # a call for each line costs more than compressing it
_LEVEL = 6


@dataclass(frozen=True)
class Dump:
    """One file: its name, the format inside the compression, and what it holds."""

    file: str
    media_type: str
    format: str
    consolidated: bool = False
    """Whether it holds the default graph only."""


NQUADS = Dump("dump.nq.gz", "application/n-quads", "N-Quads")
TRIG = Dump("dump.trig.gz", "application/trig", "TriG")
TURTLE = Dump("dump.ttl.gz", "text/turtle", "Turtle", consolidated=True)
JSONLD = Dump("dump.jsonld.gz", "application/ld+json", "JSON-LD")
DUMPS = (NQUADS, TRIG, TURTLE, JSONLD)


@dataclass(frozen=True)
class Contents:
    """What a release holds, as canonical N-Quads."""

    lines: Ordered
    """All lines."""
    default: Ordered
    """Those of the default graph."""
    by_graph: Ordered
    """Those of named graphs, each after its graph and a space: formats that nest statements in graphs are smaller, and readable, when
    each graph stands together."""
    stretches: Sequence[Stretch] = ()
    """Those of all lines."""

    @classmethod
    def of(cls, lines: Sequence[str]) -> Contents:
        """Lines that are in order, and in memory."""
        default, named = [], []
        for line in lines:
            if graph := graph_of(line):
                named.append(f"{graph} {line}")
            else:
                default.append(line)
        named.sort()
        parts = [Ordered((Listed(list(some)),)) for some in (lines, default, named)]
        return cls(parts[0], parts[1], parts[2], stretches_of(lines))

    def nested(self) -> Iterator[list[str]]:
        """All lines, those of a graph together, the default graph first."""
        yield from self.default.blocks()
        for block in self.by_graph.blocks():
            yield [line[line.index(" ") + 1 :] for line in block]


def write_dump(directory: Path, dump: Dump, contents: Contents, prefixes: Mapping[str, str]) -> None:
    """Write one dump into a directory; beside the one in N-Quads, where its stretches are."""
    path = directory / dump.file
    if dump == NQUADS:
        file = file_of(contents.lines)
        with file.open("rb") if file else io.BufferedReader(Blocks(contents.lines.blocks())) as lines:
            write_cut(path, directory / CUTS, lines, contents.stretches, _LEVEL)
        return
    with compressed(path) as out:
        wanted = contents.default.blocks() if dump.consolidated else contents.nested()
        rewrite(cast(IO[bytes], Blocks(wanted)), out, dump.media_type, prefixes)


def graph_of(line: str) -> str:
    """The graph of a line of canonical N-Quads, as a term.

    Example:
        >>> graph_of('<s> <p> "a <b> ."@en <g> .\\n'), graph_of("<s> <p> <o> .\\n")
        ('<g>', '')
    """
    return object_and_graph(line.split(" ", 2)[2])[1]


class Blocks(io.RawIOBase):
    """Blocks of lines as a file, so that they are parsed without one more copy of all of them."""

    def __init__(self, blocks: Iterable[Sequence[str]]) -> None:
        self._texts = (
            "".join(block[start : start + _LINES_AT_ONCE]).encode()
            for block in blocks
            for start in range(0, len(block), _LINES_AT_ONCE)
        )
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._texts, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


@contextmanager
def compressed(path: Path) -> Iterator[IO[bytes]]:
    """A file that is compressed, without a time or a name in it."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as out:
        yield cast(IO[bytes], out)


def files_of(manifest: Mapping[str, Any]) -> list[tuple[Dump, Mapping[str, Any]]]:
    """The dumps that a release has, each with its ``sha256`` and ``bytes``; releases of earlier versions have N-Quads only."""
    files = cast(Mapping[str, Mapping[str, Any]], manifest.get("files", {}))
    return [(dump, files[dump.file]) for dump in DUMPS if dump.file in files]
