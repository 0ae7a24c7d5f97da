"""How many statements each named graph of a release has, in one small file: claims are graphs, and there are hundreds of thousands in a large
release, each of which a store would have to look through for a list of them.

A line for each graph that has a name (an IRI), in the order of names as they stand in N-Quads: the name, a tab, the number of statements.
The file is compressed, and read as far as is asked for.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path

from muniment.dumps import compressed
from muniment.terms import bare, is_iri

_PIECE = 1 << 20


@dataclass(frozen=True)
class NamedGraphs:
    """The named graphs that a file tells of; it is read when it is asked for."""

    path: Path

    @cached_property
    def total(self) -> int:
        """How many there are."""
        with gzip.open(self.path) as file:
            return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b""))

    def part(self, start: int, count: int) -> list[tuple[str, int]]:
        """The IRIs and numbers of statements of some of them, so many from one on, counted from 0."""
        with gzip.open(self.path, "rt", encoding="utf-8", newline="\n") as file:
            rows = (line.rpartition("\t") for line in islice(file, start, start + count))
            return [(name, int(number)) for name, _, number in rows]


def write_named_graphs(path: Path, by_graph: Iterable[str]) -> None:
    """Write the file from lines that each begin with the term of its graph and a space, those of a graph together."""
    with compressed(path) as out, io.TextIOWrapper(out, "utf-8", newline="\n") as file:
        file.writelines(f"{bare(name)}\t{count}\n" for name, count in _counted(by_graph) if is_iri(name))


def _counted(by_graph: Iterable[str]) -> Iterator[tuple[str, int]]:
    for name, lines in groupby(by_graph, lambda line: line[: line.index(" ")]):
        yield name, sum(1 for _ in lines)
