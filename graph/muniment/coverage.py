"""Sources held against what was claimed of them: hash, line ranges, printed forms, and which lines nobody accounted for."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muniment.claims import (
    BASIS,
    FILE,
    IN_SOURCE,
    INFERRED,
    LINE_COUNT,
    LINES,
    REASON,
    SET_ASIDE,
    Claims,
    line_ranges,
    locate,
)
from muniment.errors import InputError
from muniment.files import decoded
from muniment.terms import FOAF, LABEL, MUN, SCHEMA, SKOS, TYPE, XSD, bare, iri, literal_parts

_SHA256 = iri(f"{SCHEMA}sha256")
_FOAF_NAME = iri(f"{FOAF}name")
_IDENTIFIER = iri("http://purl.org/dc/terms/identifier")
PRINTED_FORMS = frozenset(
    {
        iri(f"{SKOS}hiddenLabel"),
        iri(f"{MUN}asPrinted"),
        iri(f"{MUN}acronym"),
        iri(f"{SCHEMA}email"),
        iri(f"{SCHEMA}telephone"),
        iri(f"{SCHEMA}faxNumber"),
        _FOAF_NAME,
        _IDENTIFIER,
    }
)
"""Properties whose values must stand, letter by letter, in the lines of a claim that is not inferred."""
_DATE = re.compile(rf'"(\d{{4}})-\d\d-(\d\d)[^"]*"\^\^<{XSD}date>')
"""Year and day of a date, whatever time zone follows."""


@dataclass
class Coverage:
    """One source document: how much of it is accounted for, and what is wrong."""

    source: str
    label: str
    file: str
    present: bool = False
    """Whether the folder holds the document; where it does not, nothing is known of its lines."""
    lines: int = 0
    blank: int = 0
    claimed: set[int] = field(default_factory=set)
    set_aside: dict[str, set[int]] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every line that is not blank is claimed or set aside, and nothing is wrong."""
        return not self.missing and not self.problems


@dataclass(frozen=True)
class _Facts:
    """The metadata of claims, sources and lines set aside: subject -> predicate -> object."""

    of: Mapping[str, Mapping[str, str]]

    def text(self, subject: str, predicate: str) -> str | None:
        value = self.of.get(subject, {}).get(predicate)
        return literal_parts(value)[0] if value else None


def coverage(claims: Claims, folder: Path, base: str) -> list[Coverage]:
    """Hold every source that has lines against its text in ``folder``, in the order of their IRIs."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    for q in claims.quads:
        if not q.graph:
            table[q.subject][q.predicate] = q.object
    facts = _Facts(table)
    sources = sorted(subject for subject, fact in table.items() if LINE_COUNT in fact)
    return [_cover(source, facts, claims, folder, base) for source in sources]


def _cover(source: str, facts: _Facts, claims: Claims, folder: Path, base: str) -> Coverage:
    name = facts.text(source, FILE) or ""
    found = Coverage(bare(source), facts.text(source, LABEL) or bare(source), name)
    place = claims.places.get(source)

    def wrong(message: str, hint: str | None = None) -> None:
        found.problems.append(InputError(message, where=place, hint=hint))

    path = folder / name
    if not name or not path.is_file():
        wrong(f"{folder} has no file `{name}`", "Name the folder that holds it: `--against FOLDER`.")
        return found
    found.present = True
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != facts.text(source, _SHA256):
        wrong(
            f"`{name}` is not the file that was read: its SHA-256 is {digest}",
            "Read the new file, then put its hash here.",
        )
    try:
        lines = decoded(data, path).split("\n")
    except InputError as error:
        found.problems.append(error)
        return found
    found.lines = len(lines) - (lines[-1] == "")
    if str(found.lines) != facts.text(source, LINE_COUNT):
        wrong(f"`{name}` has {found.lines} lines", "Put that number at `lineCount`.")
    filled = {number for number, line in enumerate(lines, start=1) if _spaced(line)}
    found.blank = found.lines - len(filled)
    _account(found, source, facts)
    asides = set().union(*found.set_aside.values()) if found.set_aside else set()
    found.missing = sorted(filled - found.claimed - asides)
    found.problems.extend(_unprinted(source, lines, facts, claims, base))
    return found


def _account(found: Coverage, source: str, facts: _Facts) -> None:
    for subject, fact in facts.of.items():
        text = facts.text(subject, LINES)
        if fact.get(IN_SOURCE) != source or text is None:
            continue
        numbers = {number for lines in line_ranges(text) for number in lines}
        if fact.get(TYPE) == SET_ASIDE:
            reason = bare(fact.get(REASON, "<unknown>")).rpartition("/")[2]
            found.set_aside.setdefault(reason, set()).update(numbers)
        else:
            found.claimed |= numbers


def _unprinted(
    source: str, lines: list[str], facts: _Facts, claims: Claims, base: str
) -> Iterator[InputError]:
    """Forms that a claim gives as printed and that its lines do not hold."""
    texts: dict[str, str] = {}
    for q in claims.quads:
        fact = facts.of.get(q.graph, {})
        if not q.graph or fact.get(IN_SOURCE) != source or fact.get(BASIS) == INFERRED or LINES not in fact:
            continue
        forms = _forms(q.predicate, q.object)
        if not forms:
            continue
        text = texts.get(q.graph)
        if text is None:
            numbers = (n for part in line_ranges(literal_parts(fact[LINES])[0]) for n in part)
            text = texts[q.graph] = _spaced(" ".join(lines[n - 1] for n in numbers if n <= len(lines)))
        for form in forms:
            if not re.search(rf"(?<!\w){re.escape(_spaced(form))}(?!\w)", text, re.IGNORECASE):
                place = claims.places.get(q.graph)
                where = (locate(place, literal_parts(q.object)[0]) or place) if place else None
                claim = bare(q.graph).removeprefix(base)
                yield InputError(f"`{form}` does not stand in the lines of `{claim}`", where=where)


def _forms(predicate: str, value: str) -> tuple[str, ...]:
    if predicate in PRINTED_FORMS:
        return (literal_parts(value)[0],)
    if date := _DATE.match(value):
        return (date[1], str(int(date[2])))
    return ()


def _spaced(text: str) -> str:
    """The text with every run of white space, no-break spaces among them, as one space."""
    return " ".join(text.replace("\u00ad", "").split())


def compressed(numbers: Iterable[int]) -> str:
    """Line numbers as people write them: ``3-5, 8``."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, dict.fromkeys(part))) for part in parts)
