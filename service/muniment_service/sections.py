"""The sections of a thing's page: answers of the queries in ``queries/pages`` whose header says that they stand there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from anyio import from_thread

from muniment.binding import bind
from muniment.errors import InputError, MunimentError
from muniment.parameters import Space
from muniment.queries import QueryFile
from muniment.sections import THING, Section, section_of
from muniment.terms import TYPE, iri, is_iri
from muniment_service import urls
from muniment_service.answers import Answers
from muniment_service.drawings.locator import Locator, Spot, locator
from muniment_service.drawings.neighbours import Circle, circle
from muniment_service.drawings.strip import Span, Strip, strip
from muniment_service.facts import Names, Value
from muniment_service.things import JSON, rows_of
from muniment_service.why import Ground
from muniment_service.wording import range_in_words

Row = Mapping[str, str]
"""Column -> term."""


@dataclass(frozen=True)
class Asked:
    """A section and what was answered for one thing."""

    section: Section
    columns: Sequence[str]
    rows: Sequence[Row]
    whole: bool = True
    """Whether there are no more rows."""
    failed: bool = False
    pointing: Sequence[str] = ()
    """The properties, as terms, by which what it shows points to the thing."""

    def terms(self) -> set[str]:
        """The IRIs that it names."""
        return {term for row in self.rows for term in row.values() if is_iri(term)}


class Sections:
    """The sections that a release has."""

    def __init__(self, answers: Answers, queries: Sequence[QueryFile], space: Space) -> None:
        self._answers = answers
        self._space = space
        found = (section for query in queries if (section := _section(query)))
        self._sections = sorted(found, key=lambda section: (section.order, section.query.name))

    def asked(
        self, name: str, classes: Iterable[str], along: Collection[str] | None, client: str
    ) -> list[Asked]:
        """The sections of a thing that have anything to say.

        Args:
            name: the IRI of the thing.
            classes: its classes, as terms.
            along: the properties of statements that lead from it, as terms, and with ``^`` in front those that lead to it; None if
                not all are known.
            client: who asks.
        """
        own = frozenset(classes)
        wanted = [s for s in self._sections if self._fits(s, own, along)]
        found = from_thread.run(partial(self._answered, wanted, name, client)) if wanted else []
        return [asked for asked in found if asked.rows or asked.failed]

    def covered(self, asked: Iterable[Asked]) -> set[tuple[str, str]]:
        """What need not be listed among what points to the thing, since a section shows it: property and subject."""
        return {(p, t) for one in asked for p in self._terms(one.section.covers) for t in one.terms()}

    def _fits(self, section: Section, classes: frozenset[str], along: Collection[str] | None) -> bool:
        if not self._terms(section.of) & classes:
            return False
        return along is None or bool(self._terms(section.along).intersection(along))

    def _terms(self, names: Iterable[str]) -> frozenset[str]:
        """Names as terms; ``^`` in front stays."""
        found = ((name[: name.startswith("^")], self._space.iri(name.removeprefix("^"))) for name in names)
        return frozenset(mark + iri(name) for mark, name in found if name)

    async def _answered(self, sections: Sequence[Section], name: str, client: str) -> list[Asked]:
        return [await self._one(section, name, client) for section in sections]

    async def _one(self, section: Section, name: str, client: str) -> Asked:
        size = section.query.pagination or 0
        terms = {v: iri(name) for p in section.query.parameters for v in p.variables}
        text = bind(section.query.text, terms, (size + 1, 0))
        try:
            body = await self._answers.answer(text, JSON, client=client)
        except MunimentError:
            return Asked(section, (), (), failed=True)
        data = await asyncio.to_thread(_taken, body) if isinstance(body, Path) else body
        columns, rows = rows_of(data)
        return Asked(section, columns, rows[:size], len(rows) <= size, pointing=self._pointing(section))

    def _pointing(self, section: Section) -> Sequence[str]:
        along = (name[1:] for name in section.along if name.startswith("^"))
        return sorted(self._terms((*section.covers, *along)))


def _section(query: QueryFile) -> Section | None:
    """The section of a query; ``muniment check`` names a header that is wrong, and pages do without it."""
    try:
        return section_of(query) if query.folder == "pages" else None
    except InputError:
        return None


def _taken(path: Path) -> bytes:
    try:
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


_KINDS = {"start": "when"}
"""Columns whose cells are styled."""
WHY = "why"
"""The column of the record of a row, such as a participation."""
Behind = Callable[[Iterable[tuple[str, str]]], Sequence[Ground]]
"""From statements that point to the thing, as property and subject, to what they rest on."""


@dataclass
class Cell:
    """A cell of a table: values; dates have words of their own, and the last column may only lead to the evidence."""

    values: list[Value]
    span: int = 1
    """How many rows it spans; none where the row above spans this one."""
    kind: str = ""
    grounds: Sequence[Ground] = ()
    """What the row rests on; the values then lead to the records of it."""


@dataclass(frozen=True)
class Link:
    """A step of a chain, and those that follow it."""

    how: Value
    thing: Value
    then: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A section as the template shows it."""

    name: str
    title: str
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    strip: Strip | None = None
    circle: Circle | None = None
    map: Locator | None = None
    into: Sequence[Link] = ()
    out: Sequence[Link] = ()
    all: str = ""
    """Where all rows are."""
    whole: bool = True
    failed: bool = False
    network: str = ""
    """Where the network around the thing is."""


@dataclass
class Beside:
    """What sections say of the thing's name and of its values."""

    marks: list[Value] = field(default_factory=list)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)


def beside(asked: Iterable[Asked], names: Names) -> Beside:
    """Marks and notes."""
    found = Beside()
    for one in asked:
        if one.section.kind == "marks":
            found.marks += [names.worded(row["mark"]) for row in one.rows if "mark" in row]
        if one.section.kind == "notes":
            complete = (row for row in one.rows if {"property", "value", "note"} <= row.keys())
            found.notes |= {
                (row["property"], row["value"]): names.value(row["note"]).text for row in complete
            }
    return found


def shown(asked: Iterable[Asked], iri_: str, names: Names, behind: Behind) -> list[Shown]:
    """The sections that stand on their own; ``behind`` gives what statements rest on that point to the thing."""
    return [_shown(one, iri_, names, behind) for one in asked if one.section.kind not in ("marks", "notes")]


def _shown(asked: Asked, iri_: str, names: Names, behind: Behind) -> Shown:
    section, query = asked.section, asked.section.query
    where = urls.saved_url(query.name, {THING: iri_})
    if asked.failed:
        return Shown(query.name, query.title, all=where, failed=True)
    if section.kind == "chain":
        into, out = _chain(asked.rows, iri(iri_), names)
        return Shown(query.name, query.title, into=into, out=out, all=where, whole=asked.whole)
    if section.kind == "map":
        return Shown(query.name, query.title, map=locator(_spots(asked, names)), all=where, whole=asked.whole)
    heads, rows = _table(asked, names, behind)
    drawn = strip(list(_spans(asked, names))) if section.kind == "timeline" else None
    round_ = circle(_shared(asked, names)) if section.kind == "neighbours" else None
    network = urls.network_url(section.network, [("ego", iri_)]) if section.network else ""
    return Shown(
        query.name,
        query.title,
        heads,
        rows,
        strip=drawn,
        circle=round_,
        all=where,
        whole=asked.whole,
        network=network,
    )


def _spans(asked: Asked, names: Names) -> Iterator[Span]:
    first = asked.columns[0]
    seen = set()
    for row in asked.rows:
        if "start" in row and first in row and row[first] not in seen:
            seen.add(row[first])
            start, end = (names.value(row[c]).text if c in row else None for c in ("start", "end"))
            words = range_in_words(start, end) or start or ""
            yield Span(f"{names.value(row[first]).text}, {words}", start or "", end)


def _spots(asked: Asked, names: Names) -> Iterator[Spot]:
    for row in asked.rows:
        if {"place", "latitude", "longitude"} <= row.keys():
            place, *where = (names.value(row[c]) for c in ("place", "latitude", "longitude"))
            yield Spot(place.text, place.href or "", *(value.text for value in where))


def _shared(asked: Asked, names: Names) -> list[tuple[str, str | None, frozenset[str]]]:
    first, second = asked.columns[:2]
    common: dict[str, set[str]] = defaultdict(set)
    for row in asked.rows:
        if first in row:
            common[row[first]].add(row.get(second, ""))
    values = {term: names.value(term) for term in common}
    return [(values[t].text, values[t].href, frozenset(found)) for t, found in common.items()]


def _table(asked: Asked, names: Names, behind: Behind) -> tuple[list[str], list[list[Cell]]]:
    """Heads and rows: start and end are one column, rows that differ in one cell are one, a first cell spans all rows that it is in."""
    columns = [c for c in asked.columns if c not in ("end", WHY) and any(c in row for row in asked.rows)]
    rows: list[list[list[Value]]] = []
    of_rows: list[list[Row]] = []
    for row in asked.rows:
        cells = [[_when(row, names)] if c == "start" else [names.worded(row[c])] if c in row else [] for c in columns]  # fmt: skip
        cells = [[value for value in cell if value.text] for cell in cells]
        if rows and (place := _only_difference(rows[-1], cells)) is not None and place > 0:
            rows[-1][place] += cells[place]
            of_rows[-1].append(row)
        elif not rows or rows[-1] != cells:
            rows.append(cells)
            of_rows.append([row])
        else:
            of_rows[-1].append(row)
    reasons = [_reasons(some, asked, names, behind) for some in of_rows]
    found: list[list[Cell]] = []
    top: list[Cell] | None = None
    for cells, reason in zip(rows, reasons, strict=True):
        line = [Cell(values, kind=_KINDS.get(c, "")) for c, values in zip(columns, cells, strict=True)]
        if top and top[0].values == line[0].values and len(columns) > 1:
            top[0].span += 1
            line[0].span = 0
        else:
            top = line
        found.append([*line, reason] if any(r.values or r.grounds for r in reasons) else line)
    heads = ["when" if c == "start" else c.replace("_", " ") for c in columns]
    return [*heads, ""] if found and len(found[0]) > len(columns) else heads, found


def _reasons(rows: Sequence[Row], asked: Asked, names: Names, behind: Behind) -> Cell:
    """Why there is a row: what the statements rest on by which what it names points to the thing; of a record, only its own."""
    terms = [row[WHY] for row in rows if WHY in row] or [t for row in rows for t in row.values() if is_iri(t)]
    records = [names.value(row[WHY]) for row in rows if WHY in row]
    grounds = behind((p, t) for t in terms for p in asked.pointing)
    return Cell(list(dict.fromkeys(records)), kind="to-why", grounds=grounds)


def _only_difference(one: Sequence[object], other: Sequence[object]) -> int | None:
    places = [number for number, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return places[0] if len(places) == 1 else None


def _when(row: Row, names: Names) -> Value:
    start, end = (names.value(row[c]).text if c in row else None for c in ("start", "end"))
    return Value(range_in_words(start, end) or start or end or "", when=start)


def _chain(rows: Sequence[Row], here: str, names: Names) -> tuple[list[Link], list[Link]]:
    """What leads to the thing, and what it leads to, with the steps after that."""
    steps: dict[str, list[tuple[str, str]]] = defaultdict(list)
    into: list[Link] = []
    for row in rows:
        start, how, to = (row.get(c, "") for c in ("from", "how", "to"))
        if to == here and start and start != here:
            into.append(Link(names.shown_property(how), names.value(start)))
        elif start and to and to != here:
            steps[start].append((how, to))

    def following(start: str, seen: frozenset[str]) -> tuple[Link, ...]:
        return tuple(
            Link(names.shown_property(how), names.value(to), following(to, seen | {to}))
            for how, to in dict.fromkeys(steps.get(start, ()))
            if to not in seen
        )

    return into, list(following(here, frozenset({here})))


def classes_of(quads: Iterable[tuple[str, str, str, str]]) -> set[str]:
    """The classes among statements of a thing."""
    return {o for _, p, o, _ in quads if p == TYPE}
