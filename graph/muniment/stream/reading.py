"""Source files become sorted lines of claims, a piece at a time.

Beside statements there are two kinds of marks, which sort with what is said of their subject: that it names a graph, and that something
refers to it. A piece with a mistake in it only says so: ``read_claims`` tells what is wrong, and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from muniment import engine
from muniment.claims import (
    CLAIM,
    DERIVED_FROM,
    IN_SOURCE,
    LINE_COUNT,
    LINES,
    PRINTED,
    SAME_AS,
    Claims,
    documents,
    line_ranges,
    misread,
)
from muniment.context import Context
from muniment.errors import InputError
from muniment.files import decoded
from muniment.formats import by_extension
from muniment.stream.lines import object_and_graph, quad_of
from muniment.stream.place import Place
from muniment.stream.sorting import NOTHING, Ordered
from muniment.terms import MUN, VOCAB, literal_parts

GRAPH, REFERRED = "!", "?"
"""The marks, in the place of a predicate."""
_RECORD = re.compile(rb"^- ", re.MULTILINE)
_UNCUT = re.compile(rb"^(?:---|\.\.\.|%)", re.MULTILINE)
_RECORDS_AT_ONCE = 500


@dataclass(frozen=True)
class Piece:
    """Bytes of a file, from ``start`` up to ``end``."""

    path: Path
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What is needed to read some pieces."""

    pieces: Sequence[Piece]
    number: int
    context: Context
    base: str
    place: Place


@dataclass(frozen=True)
class Read:
    """What some pieces say: lines and marks, ids of records, and sources with their numbers of lines."""

    files: tuple[Path, ...]
    lines: Ordered = NOTHING
    ids: Ordered = NOTHING
    line_counts: dict[str, int] = field(default_factory=dict)
    last_lines: dict[str, int] = field(default_factory=dict)
    """Of each source the last line that a record names; under ``""`` where the record does not say of which source."""
    mistaken: bool = False


def pieces_of(files: Iterable[Path], size: int) -> Iterator[Piece]:
    """The files in pieces; a large YAML file is cut where a record begins, any other is one piece."""
    for path in files:
        length = path.stat().st_size
        if length <= 2 * size or path.suffix not in (".yaml", ".yml"):
            yield Piece(path, 0, length)
            continue
        data = path.read_bytes()
        if _UNCUT.search(data):
            yield Piece(path, 0, length)
            continue
        start = 0
        while start < length:
            found = _RECORD.search(data, start + size)
            end = found.start() if found else length
            yield Piece(path, start, end)
            start = end


def tasks(pieces: Iterable[Piece], context: Context, base: str, place: Place) -> list[Reading]:
    """The pieces in tasks of about the size of a piece."""
    found: list[list[Piece]] = [[]]
    size = 0
    for piece in pieces:
        if size >= place.limits.piece:
            found.append([])
            size = 0
        found[-1].append(piece)
        size += piece.end - piece.start
    return [Reading(some, number, context, base, place) for number, some in enumerate(found)]


def read(task: Reading) -> Read:
    """Read some pieces."""
    lines = task.place.sorter(f"claims-{task.number}")
    ids = task.place.sorter(f"ids-{task.number}")
    numbers = count()
    line_counts: dict[str, int] = {}
    last_lines: dict[str, int] = {}
    files = tuple(dict.fromkeys(piece.path for piece in task.pieces))
    for piece in task.pieces:
        claims = Claims([])
        try:
            for some in _lines_of(piece, task, claims):
                lines.extend(some)
                notes = _Notes.of(some, task.base)
                lines.extend(notes.marks())
                line_counts.update(notes.line_counts)
                for source, last in notes.last_lines.items():
                    last_lines[source] = max(last, last_lines.get(source, 0))
        except (InputError, ValueError):
            return Read(files, mistaken=True)
        ids.extend(f"{record} {task.number}.{next(numbers)}\n" for record in claims.places)
    return Read(files, lines.done(), ids.done(), line_counts, last_lines)


def _lines_of(piece: Piece, task: Reading, claims: Claims) -> Iterator[list[str]]:
    path = piece.path
    if path.suffix in (".yaml", ".yml"):
        with path.open("rb") as file:
            file.seek(piece.start)
            text = decoded(file.read(piece.end - piece.start), path)
        errors: list[InputError] = []
        at_once = _RECORDS_AT_ONCE
        for document in documents(path, task.context, task.base, claims, errors, text, at_once, placed=False):
            if errors:
                raise errors[0]
            yield engine.parse_lines(document, "application/ld+json", base=task.base)
        return
    form = by_extension(path.suffix[1:])
    assert form is not None, path
    some = engine.parse_lines(path.read_bytes(), form.media_type, base=task.base)
    for error in misread(map(quad_of, some), path):
        raise error
    yield some


@dataclass
class _Notes:
    """What lines of claims say that is needed beside them."""

    graphs: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    """What of this dataset, or of the vocabulary, they refer to."""
    line_counts: dict[str, int] = field(default_factory=dict)
    last_lines: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str], base: str) -> _Notes:
        found, ours = cls(), (f"<{base}", f"<{VOCAB}", f"<{MUN}")
        graphs, targets = found.graphs, found.targets
        named: dict[str, str] = {}
        sources: dict[str, str] = {}
        for line in lines:
            subject, predicate, tail = line.split(" ", 2)
            value, graph = object_and_graph(tail)
            if graph:
                graphs.add(graph)
            if value.startswith(ours) and predicate != DERIVED_FROM and predicate != SAME_AS:
                targets.add(value)
            if predicate == LINES:
                named[subject] = value
            elif predicate == IN_SOURCE:
                sources[subject] = value
            elif predicate == LINE_COUNT:
                found.line_counts[subject] = int(literal_parts(value)[0])
        if graphs:
            targets |= {CLAIM, PRINTED}
        for subject, value in named.items():
            last = max(lines.stop for lines in line_ranges(literal_parts(value)[0])) - 1
            source = sources.get(subject, "")
            found.last_lines[source] = max(last, found.last_lines.get(source, 0))
        return found

    def marks(self) -> Iterator[str]:
        """The marks that sort with the lines."""
        for graph in self.graphs:
            yield f"{graph} {GRAPH} .\n"
        for target in self.targets:
            yield f"{target} {REFERRED} .\n"
