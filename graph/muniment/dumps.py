"""The dumps of a release: the whole dataset, or its consolidated graph, in the formats that people load; the same input gives the same bytes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from muniment.engine import rewrite
from muniment.terms import DEFAULT_GRAPH

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
DUMPS = (
    NQUADS,
    Dump("dump.trig.gz", "application/trig", "TriG"),
    Dump("dump.ttl.gz", "text/turtle", "Turtle", consolidated=True),
    Dump("dump.jsonld.gz", "application/ld+json", "JSON-LD"),
)


def write_dumps(directory: Path, lines: Sequence[str], prefixes: Mapping[str, str]) -> None:
    """Write all dumps of canonical N-Quads into a directory."""
    _write_lines(directory / NQUADS.file, lines)
    names: dict[str, str] = {}
    # Formats that nest statements in graphs are smaller, and readable, when each graph stands together.
    together = sorted(lines, key=lambda line: names.setdefault(graph := graph_of(line), graph))
    default = 0
    while default < len(together) and graph_of(together[default]) == DEFAULT_GRAPH:
        default += 1
    for dump in DUMPS[1:]:
        wanted = together[:default] if dump.consolidated else together
        with _compressed(directory / dump.file) as out:
            rewrite(cast(IO[bytes], _Lines(wanted)), out, dump.media_type, prefixes)


def graph_of(line: str) -> str:
    """The graph of a line of canonical N-Quads, as a term.

    Example:
        >>> graph_of('<s> <p> "a <b> ."@en <g> .'), graph_of("<s> <p> <o> .")
        ('<g>', '')
    """
    _, _, rest = line.split(" ", 2)
    after_object = rest[rest.rfind('"') + 1 :] if rest.startswith('"') else rest
    tokens = after_object.split(" ")
    return tokens[1] if len(tokens) == 3 else DEFAULT_GRAPH


class _Lines(io.RawIOBase):
    """Lines as a file, so that they are parsed without one more copy of all of them."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines, self._next, self._rest = lines, 0, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and self._next < len(self._lines):
            self._rest = "".join(self._lines[self._next : self._next + _LINES_AT_ONCE]).encode()
            self._next += _LINES_AT_ONCE
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


@contextmanager
def _compressed(path: Path) -> Iterator[IO[bytes]]:
    """A file that is compressed, without a time or a name in it."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as out:
        yield cast(IO[bytes], out)


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    with _compressed(path) as out:
        for start in range(0, len(lines), _LINES_AT_ONCE):
            out.write("".join(lines[start : start + _LINES_AT_ONCE]).encode())


def files_of(manifest: Mapping[str, Any]) -> list[tuple[Dump, Mapping[str, Any]]]:
    """The dumps that a release has, each with its ``sha256`` and ``bytes``; releases of earlier versions have N-Quads only."""
    files = cast(Mapping[str, Mapping[str, Any]], manifest.get("files", {}))
    return [(dump, files[dump.file]) for dump in DUMPS if dump.file in files]
