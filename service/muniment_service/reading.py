"""How the sources were read: which lines carry claims, which were set aside and why, as the release itself knows it.

The service has no text of the sources, so lines of which nothing is known are told as such: blank, or a heading of the layout. The build
of a project that has the texts proves that no other is left out (``muniment sources``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from muniment.claims import line_ranges
from muniment.coverage import compressed
from muniment.terms import MUN, RDFS, SKOS
from muniment_service.lookup import Lookup
from muniment_service.urls import is_iri

MOST = 50
"""Sources that are shown, those with the most claims first."""
CELLS = 1_000
"""The most parts of a strip."""
KINDS = ("printed", "corrected", "inferred", "aside")
"""What a line carries; of several, the first counts."""


@dataclass(frozen=True)
class Read:
    """A claim, or lines set aside: where it is in its source, and of what kind."""

    iri: str
    lines: str
    kind: str
    """The last part of the basis of a claim; ``aside``."""
    reason: str = ""
    hedged: bool = False

    @property
    def numbers(self) -> list[range]:
        """The lines; none where they are not written as lines."""
        try:
            return line_ranges(self.lines) if self.lines else []
        except ValueError:
            return []


@dataclass(frozen=True)
class Cell:
    """A part of a strip that is all of one kind, from a line, so many long."""

    first: int
    length: int
    kind: str


@dataclass
class Source:
    """A source, and what was read from it."""

    iri: str
    label: str
    line_count: int = 0
    """0 where it has no lines, as a data package."""
    file: str = ""
    claims: list[Read] = field(default_factory=list)
    asides: list[Read] = field(default_factory=list)

    @property
    def kinds(self) -> dict[int, str]:
        """Line -> what it carries."""
        found: dict[int, str] = {}
        for read in (*self.claims, *self.asides):
            kind = read.kind if read.kind in KINDS else KINDS[0]
            for number in (n for part in read.numbers for n in part):
                known = found.get(number, kind)
                found[number] = min(known, kind, key=KINDS.index)
        return found

    @property
    def claimed(self) -> int:
        """How many lines carry a claim."""
        return sum(kind != "aside" for kind in self.kinds.values())

    @property
    def set_aside(self) -> int:
        """How many lines were set aside and carry no claim."""
        return sum(kind == "aside" for kind in self.kinds.values())

    @property
    def rest(self) -> int:
        """How many lines carry neither."""
        return max(0, self.line_count - len(self.kinds))

    def strip(self) -> Iterator[Cell]:
        """The source as a strip: neighbouring lines of one kind are one part; of a long source, so many lines are one."""
        kinds, step = self.kinds, max(1, -(-self.line_count // CELLS))
        before: Cell | None = None
        for first in range(1, self.line_count + 1, step):
            length = min(step, self.line_count - first + 1)
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
        for aside in self.asides:
            reasons[aside.reason].append(aside.lines)
        bases: dict[str, int] = defaultdict(int)
        for claim in self.claims:
            bases[claim.kind] += 1
        kinds = self.kinds
        return {
            "iri": self.iri,
            "label": self.label,
            "file": self.file or None,
            "lines": self.line_count or None,
            "claims": len(self.claims),
            "claims_by_basis": dict(sorted(bases.items())),
            "lines_with_claims": compressed(n for n, kind in kinds.items() if kind != "aside"),
            "lines_set_aside": dict(sorted(reasons.items())),
            "lines_without_either": self.rest if self.line_count else None,
        }


async def sources(lookup: Lookup) -> tuple[list[Source], int]:
    """The sources with the most claims, and how many there are."""
    # Grouped by what each has, in a query of its own: Virtuoso mixes up groups by what is unbound in some, and orders by no aggregate.
    rows = await lookup.rows(f"""SELECT ?source ?count ?file ?n WHERE {{
      SELECT ?source (SAMPLE(?lines) AS ?count) (SAMPLE(?path) AS ?file) (COUNT(?claim) AS ?n)
      WHERE {{ ?source a <{MUN}Source> .
      OPTIONAL {{ ?source <{MUN}lineCount> ?lines }} OPTIONAL {{ ?source <{MUN}file> ?path }}
      OPTIONAL {{ ?claim <{MUN}source> ?source }} FILTER(isIRI(?source)) }}
      GROUP BY ?source }} ORDER BY (!BOUND(?count)) DESC(?n) ?source""")
    shown = list(rows)[:MOST]
    await lookup.name(str(row["source"]) for row in shown)
    found = {
        (name := str(row["source"])): Source(
            name, lookup.label(name), int(str(row.get("count") or 0)), str(row.get("file") or "")
        )
        for row in shown
    }
    await _fill(lookup, found)
    return list(found.values()), len(rows)


async def _fill(lookup: Lookup, found: Mapping[str, Source]) -> None:
    if not found:
        return
    listed = " ".join(f"<{name}>" for name in found)
    claims = await lookup.rows(f"""SELECT ?source ?read ?lines ?basis ?hedged WHERE {{ VALUES ?source {{ {listed} }}
      ?read <{MUN}source> ?source ; <{MUN}basis> ?basis . OPTIONAL {{ ?read <{MUN}lines> ?lines }} OPTIONAL {{ ?read <{MUN}hedged> ?hedged }} }}""")
    for row in claims:
        if is_iri(name := str(row["read"])):
            kind = str(row["basis"]).rpartition("/")[2]
            read = Read(name, str(row.get("lines") or ""), kind, hedged=bool(row.get("hedged")))
            found[str(row["source"])].claims.append(read)
    asides = await lookup.rows(f"""SELECT ?source ?read ?lines ?reason WHERE {{ VALUES ?source {{ {listed} }}
      ?read a <{MUN}SetAside> ; <{MUN}source> ?source ; <{MUN}lines> ?lines .
      OPTIONAL {{ ?read <{MUN}reason>/<{SKOS}prefLabel>|<{MUN}reason>/<{RDFS}label> ?reason }} }}""")
    for row in asides:
        read = Read(str(row["read"]), str(row["lines"]), "aside", str(row.get("reason") or ""))
        found[str(row["source"])].asides.append(read)
    for source in found.values():
        for reads in (source.claims, source.asides):
            reads[:] = _ordered(reads)


def _ordered(reads: Iterable[Read]) -> list[Read]:
    """In the order of the source, each once."""
    return sorted(
        {read.iri: read for read in reads}.values(),
        key=lambda read: (min((p.start for p in read.numbers), default=0), read.lines, read.iri),
    )
