"""How the sources were read: which lines carry claims, which were set aside and why, as the release itself knows it.

The service has no text of the sources, so lines of which nothing is known are told as such: blank, or a heading of the layout. The build
of a project that has the texts proves that no other is left out (``muniment sources``).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from muniment.coverage import compressed
from muniment.readings import (
    KINDS,
    Aside,
    Claimed,
    Reading,
    first_line,
    in_order,
    ranges_of,
    read_readings,
    reading_of,
)
from muniment.terms import MUN, RDFS, SKOS
from muniment_service.lookup import Lookup
from muniment_service.urls import is_iri

PAGE = 20
"""Sources on a page."""
CLAIMS = 300
"""Claims of one source on a page."""
CELLS = 300
"""The most parts of a strip."""


@dataclass(frozen=True)
class Cell:
    """A part of a strip that is all of one kind, from a line, so many long."""

    first: int
    length: int
    kind: str


@dataclass(frozen=True)
class Read:
    """A claim in the list of a source."""

    iri: str
    lines: str
    kind: str
    """The last part of its basis."""
    hedged: bool


@dataclass(frozen=True)
class Source:
    """A source, and what was read from it."""

    reading: Reading
    label: str

    @cached_property
    def ranges(self) -> Mapping[str, Sequence[range]]:
        """Kind -> lines."""
        return {kind: ranges_of(lines) for kind, lines in self.reading.lines.items()}

    def lines(self, *kinds: str) -> int:
        """How many lines are of these kinds."""
        return sum(len(part) for kind in kinds for part in self.ranges.get(kind, ()))

    @property
    def claimed(self) -> int:
        """How many lines carry a claim."""
        return self.lines(*KINDS[:-1])

    @property
    def set_aside(self) -> int:
        """How many lines were set aside and carry no claim."""
        return self.lines(KINDS[-1])

    @property
    def rest(self) -> int:
        """How many lines carry neither."""
        return max(0, self.reading.line_count - self.lines(*KINDS))

    def strip(self) -> Iterator[Cell]:
        """The source as a strip: neighbouring lines of one kind are one part; of a long source, so many lines are one."""
        kinds = {line: kind for kind, parts in self.ranges.items() for part in parts for line in part}
        count = self.reading.line_count
        step = max(1, -(-count // CELLS))
        before: Cell | None = None
        for first in range(1, count + 1, step):
            length = min(step, count - first + 1)
            present = [kinds[n] for n in range(first, first + length) if n in kinds]
            kind = min(present, key=KINDS.index) if present else ""
            if before and before.kind == kind:
                before = Cell(before.first, before.length + length, kind)
                continue
            if before and before.kind:
                yield before
            before = Cell(first, length, kind)
        if before and before.kind:
            yield before

    def document(self) -> dict[str, object]:
        """The source for programs."""
        reasons: dict[str, list[str]] = defaultdict(list)
        for aside in self.reading.asides:
            reasons[aside.reason].append(aside.lines)
        claimed = (line for kind in KINDS[:-1] for part in self.ranges.get(kind, ()) for line in part)
        return {
            "iri": self.reading.iri,
            "label": self.label,
            "file": self.reading.file or None,
            "lines": self.reading.line_count or None,
            "claims": self.reading.claims,
            "claims_by_basis": self.reading.bases,
            "lines_with_claims": compressed(claimed),
            "lines_set_aside": dict(sorted(reasons.items())),
            "lines_without_either": self.rest if self.reading.line_count else None,
        }


class Readings:
    """Keeps how the sources of one release were read; ``path`` is the file in which it has that, if it does."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path if path and path.exists() else None
        self._found: list[Reading] | None = None
        self._reading = asyncio.Lock()

    async def all(self, lookup: Lookup) -> list[Reading]:
        """All of them, which whoever asks first has read: those with lines first, and those with more claims."""
        if self._found is None:
            async with self._reading:
                self._found = self._found or await self._read(lookup)
        return self._found

    async def _read(self, lookup: Lookup) -> list[Reading]:
        return await asyncio.to_thread(read_readings, self._path) if self._path else await _asked(lookup)


async def sources(lookup: Lookup, readings: Sequence[Reading]) -> list[Source]:
    """Some of them, with their labels."""
    await lookup.name(reading.iri for reading in readings)
    return [Source(reading, lookup.label(reading.iri)) for reading in readings]


async def claims(lookup: Lookup, source: str) -> list[Read]:
    """The claims that were read from one source, in the order of its lines."""
    rows = await lookup.texts(f"""SELECT ?read ?lines ?basis ?hedged WHERE {{
      ?read <{MUN}source> <{source}> ; <{MUN}basis> ?basis FILTER(isIRI(?read))
      OPTIONAL {{ ?read <{MUN}lines> ?lines }} OPTIONAL {{ ?read <{MUN}hedged> ?hedged }} }}""")
    found = {row[0]: Read(row[0], row[1], row[2].rpartition("/")[2], bool(row[3])) for row in rows}
    return sorted(found.values(), key=lambda read: (first_line(read.lines), read.lines, read.iri))


async def _asked(lookup: Lookup) -> list[Reading]:
    """The same of a store that is no release on disk: it is asked about all claims."""
    heads = await lookup.texts(f"""SELECT ?source ?count ?file WHERE {{ ?source a <{MUN}Source> FILTER(isIRI(?source))
      OPTIONAL {{ ?source <{MUN}lineCount> ?count }} OPTIONAL {{ ?source <{MUN}file> ?file }} }}""")
    if not heads:
        return []
    said: dict[str, dict[str, Claimed]] = defaultdict(dict)
    for (
        source,
        read,
        basis,
        lines,
        hedged,
    ) in await lookup.texts(f"""SELECT ?source ?read ?basis ?lines ?hedged WHERE {{
      ?read <{MUN}source> ?source ; <{MUN}basis> ?basis . OPTIONAL {{ ?read <{MUN}lines> ?lines }} OPTIONAL {{ ?read <{MUN}hedged> ?hedged }} }}"""):
        if is_iri(read):
            said[source][read] = Claimed(lines, basis.rpartition("/")[2], bool(hedged))
    asides: dict[str, dict[str, Aside]] = defaultdict(dict)
    for source, read, lines, reason in await lookup.texts(f"""SELECT ?source ?read ?lines ?reason WHERE {{
      ?read a <{MUN}SetAside> ; <{MUN}source> ?source ; <{MUN}lines> ?lines .
      OPTIONAL {{ ?read <{MUN}reason>/<{SKOS}prefLabel>|<{MUN}reason>/<{RDFS}label> ?reason }} }}"""):
        asides[source][read] = Aside(read, lines, reason)
    known = {source: (count, file) for source, count, file in heads}
    return in_order(
        reading_of(source, int(count or 0), file, said[source].values(), list(asides[source].values()))
        for source, (count, file) in known.items()
    )
