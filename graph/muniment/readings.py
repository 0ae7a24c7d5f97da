"""How the sources were read, in one small file of a release: of each the lines that carry claims and of what basis, and those set aside.

Asked of a store, that is a look at every claim there is (measured: 20 s at 150,000 claims from disk).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path

from muniment.claims import line_ranges
from muniment.coverage import compressed
from muniment.stream.lines import by_subject
from muniment.stream.sorting import Ordered
from muniment.terms import MUN, RDFS, SKOS, TYPE, bare, iri, literal_parts

KINDS = ("printed", "corrected", "inferred", "aside")
"""What a line carries; of several, the first counts."""
_SOURCE, _BASIS, _LINES, _HEDGED, _REASON, _COUNT, _FILE = (
    iri(f"{MUN}{name}") for name in ("source", "basis", "lines", "hedged", "reason", "lineCount", "file")
)
_LABELS = (iri(f"{SKOS}prefLabel"), iri(f"{RDFS}label"))
_READ = frozenset((TYPE, _SOURCE, _BASIS, _LINES, _HEDGED, _REASON, _COUNT, _FILE))
_CLASSES = {iri(f"{MUN}Source"): "source", iri(f"{MUN}SetAside"): "aside"}


@dataclass(frozen=True)
class Aside:
    """Lines that were set aside, and why."""

    iri: str
    lines: str
    reason: str


@dataclass
class Reading:
    """A source, and what was read from it."""

    iri: str
    line_count: int = 0
    """0 where it has no lines, as a data package."""
    file: str = ""
    claims: int = 0
    bases: dict[str, int] = field(default_factory=dict)
    """The last part of the basis of claims -> how many have it."""
    hedged: int = 0
    lines: dict[str, str] = field(default_factory=dict)
    """Kind of line -> the lines of that kind, as ``1-3,7``; each line once."""
    asides: list[Aside] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim as far as it is counted: its lines as written, and the last part of its basis."""

    lines: str
    basis: str
    hedged: bool


def reading_of(
    source: str, line_count: int, file: str, claims: Iterable[Claimed], asides: Sequence[Aside]
) -> Reading:
    """What was read from a source."""
    found = Reading(
        source, line_count, file, asides=sorted(asides, key=lambda a: (first_line(a.lines), a.lines, a.iri))
    )
    kinds: dict[int, int] = {}
    bases: Counter[str] = Counter()
    for claim in claims:
        found.claims += 1
        found.hedged += claim.hedged
        bases[claim.basis] += 1
        _mark(kinds, claim.lines, KINDS.index(claim.basis) if claim.basis in KINDS else 0)
    for aside in asides:
        _mark(kinds, aside.lines, KINDS.index("aside"))
    found.bases = dict(sorted(bases.items()))
    by_kind: dict[int, list[int]] = {}
    for line, kind in kinds.items():
        by_kind.setdefault(kind, []).append(line)
    found.lines = {KINDS[kind]: compressed(lines) for kind, lines in sorted(by_kind.items())}
    return found


def ranges_of(lines: str) -> list[range]:
    """The lines; none where they are not written as lines."""
    try:
        return line_ranges(lines) if lines else []
    except ValueError:
        return []


def first_line(lines: str) -> int:
    """The first of them, by which what was read is put in order."""
    return min((part.start for part in ranges_of(lines)), default=0)


def _mark(kinds: dict[int, int], lines: str, kind: int) -> None:
    for part in ranges_of(lines):
        for line in part:
            kinds[line] = min(kinds.get(line, kind), kind)


def write_readings(path: Path, default: Ordered) -> None:
    """Write the file from the lines of the default graph."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for reading in readings_of(default):
            file.write(json.dumps(asdict(reading), ensure_ascii=False) + "\n")


def read_readings(path: Path) -> list[Reading]:
    """The sources of a file, in the order in which they are written."""
    with path.open(encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file]
    return [Reading(**{**row, "asides": [Aside(**aside) for aside in row["asides"]]}) for row in rows]


def in_order(found: Iterable[Reading]) -> list[Reading]:
    """Those with lines first, and those with more claims."""
    return sorted(found, key=lambda one: (not one.line_count, -one.claims, one.iri))


def readings_of(default: Ordered) -> list[Reading]:
    """The sources of the default graph; blank nodes are passed over, as they cannot be linked to."""
    sources: dict[str, Mapping[str, str]] = {}
    claims: dict[str, list[Claimed]] = defaultdict(list)
    asides: dict[str, list[Aside]] = defaultdict(list)
    reason = cache(partial(_words, default))
    for subject, lines in by_subject(default.lines()):
        facts = _facts(lines)
        if not facts or not subject.startswith("<"):
            continue
        kind, written = _CLASSES.get(facts.get(TYPE, "")), _text(facts.get(_LINES))
        if kind == "source":
            sources[subject] = facts
        if (source := facts.get(_SOURCE)) is None:
            continue
        if kind == "aside":
            asides[source].append(Aside(bare(subject), written, reason(facts.get(_REASON, ""))))
        elif _BASIS in facts:
            basis = bare(facts[_BASIS]).rpartition("/")[2]
            claims[source].append(Claimed(written, basis, _HEDGED in facts))
    return in_order(
        reading_of(
            bare(source), _number(facts.get(_COUNT)), _text(facts.get(_FILE)), claims[source], asides[source]
        )
        for source, facts in sources.items()
    )


def _facts(lines: Iterable[str], read: Container[str] = _READ) -> dict[str, str]:
    """The values of one subject by property, of several the first by order."""
    facts: dict[str, str] = {}
    for line in lines:
        _, predicate, rest = line.split(" ", 2)
        if predicate in read:
            value = rest.removesuffix(" .\n")
            if predicate != TYPE or value in _CLASSES:
                facts.setdefault(predicate, value)
    return facts


def _words(default: Ordered, term: str) -> str:
    """The label of a reason, nothing where it has none."""
    said = _facts(default.starting(f"{term} "), _LABELS) if term else {}
    return next((_text(said[label]) for label in _LABELS if label in said), "")


def _number(term: str | None) -> int:
    text = _text(term)
    return int(text) if text.isdigit() else 0


def _text(term: str | None) -> str:
    return literal_parts(term)[0] if term and term.startswith('"') else ""
