"""The dates and places of all events, read once for a release, so that timeline, calendar, map and lists need no query over all of them.

A release has them in a file; a store without one is asked, by plain queries, since one query with all dates took tens of seconds at 100,000
events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muniment.event_dates import read_event_dates
from muniment.terms import MUN, SCHEMA

if TYPE_CHECKING:
    from muniment_service.filters import Filters
    from muniment_service.lookup import Lookup


@dataclass(frozen=True)
class Dated:
    """An event and its dates as text: a day, a month or a year; None where none is known."""

    iri: str
    start: str | None
    end: str | None
    planned_start: str | None
    """A date that was dropped."""


@dataclass(frozen=True)
class EventTable:
    """All events in order of their dates; those without one come last."""

    events: Sequence[Dated]
    places: Mapping[str, Sequence[str]]
    """Event -> places, of those that have any."""

    def within(self, filters: Filters, among: Collection[str] | None) -> list[Dated]:
        """The events of a set; ``among`` are the IRIs that its filters leave, but for those of time; None is all."""
        first, last = filters.first, filters.last
        return [
            event
            for event in self.events
            if (among is None or event.iri in among)
            and (first is None or _not_before(event, first))
            and (last is None or (event.start is not None and event.start <= f"{last}~"))
        ]


class EventTables:
    """Keeps the table of one release; ``path`` is the file in which it has it, if it does."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path if path and path.exists() else None
        self._table: EventTable | None = None
        self._reading = asyncio.Lock()

    async def table(self, lookup: Lookup) -> EventTable:
        """The table, which whoever asks first has read."""
        if self._table is None:
            async with self._reading:
                self._table = self._table or await self._read(lookup)
        return self._table

    async def _read(self, lookup: Lookup) -> EventTable:
        return await asyncio.to_thread(_from_file, self._path) if self._path else await _asked(lookup)


def _not_before(event: Dated, first: str) -> bool:
    # Dates compare as text. One that names only a month or a year counts with all of its days: "~" comes after every digit.
    latest = event.end or event.start
    return latest is not None and f"{latest}~" >= first


def _from_file(path: Path) -> EventTable:
    found = read_event_dates(path)
    events = [Dated(one.iri, one.start, one.end, one.planned_start) for one in found]
    return EventTable(events, {one.iri: one.places for one in found if one.places})


async def _asked(lookup: Lookup) -> EventTable:
    # Plain queries, sorted and freed of repetitions here: DISTINCT and ORDER BY made them three and fourteen times slower.
    events: set[str] = set()
    for name in (f"{MUN}Event", f"{SCHEMA}Event"):
        events |= {
            row[0]
            for row in await lookup.texts(f"SELECT ?event {{ ?event a <{name}> FILTER(isIRI(?event)) }}")
        }

    async def least(term: str, choose: Callable[[str, str], str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for event, value in await lookup.texts(f"SELECT ?event (STR(?v) AS ?value) {{ ?event <{term}> ?v }}"):
            if event in events:
                found[event] = choose(found[event], value) if event in found else value
        return found

    starts, planned = await least(f"{SCHEMA}startDate", min), await least(f"{MUN}plannedStart", min)
    ends = await least(f"{SCHEMA}endDate", max)
    places: dict[str, list[str]] = {}
    located = f"SELECT ?event ?place {{ ?event <{SCHEMA}location> ?place FILTER(isIRI(?place)) }}"
    for event, place in await lookup.texts(located):
        if event in events:
            places.setdefault(event, []).append(place)

    def order(iri: str) -> tuple[bool, str, str]:
        known = starts.get(iri) or planned.get(iri)
        return known is None, known or "", iri

    dated = [
        Dated(iri, starts.get(iri), ends.get(iri), planned.get(iri)) for iri in sorted(events, key=order)
    ]
    return EventTable(dated, {event: sorted(set(found)) for event, found in places.items()})
