"""When, where, of which type and by whom all events are, read once for a release, so that timeline, calendar, map and lists need no query over all of them.

A release has them in a file; a store without one is asked, by plain queries, since one query with all dates took tens of seconds at 100,000
events.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from muniment.event_dates import Dated, read_event_dates
from muniment.terms import MUN, SCHEMA
from muniment_service.drawings.density import Dates, dates_of
from muniment_service.drawings.stacked import Beginnings


class Asked(Protocol):
    """Whoever answers queries with plain text."""

    async def texts(self, query: str) -> list[list[str]]:
        """The rows of the answer to a SELECT; what is not bound is empty."""


@dataclass(frozen=True)
class EventTable:
    """All events in order of their dates; those without one come last."""

    events: Sequence[Dated]

    def within(self, first: str | None, last: str | None, among: Collection[str] | None) -> Sequence[Dated]:
        """The events between two dates (a day, a month or a year; None is no bound); ``among`` are the IRIs of those that count, None is all."""
        if among is None and first is None and last is None:
            return self.events
        return [
            event
            for event in self.events
            if (among is None or event.iri in among)
            and (first is None or _not_before(event, first))
            and (last is None or (event.start is not None and event.start <= f"{last}~"))
        ]

    def dates(self, events: Sequence[Dated]) -> Dates:
        """How many of some events begin when; of all, counted once."""
        return self._dates if events is self.events else _dates(events)

    def in_places(self, events: Sequence[Dated]) -> Mapping[tuple[str, ...], int]:
        """Places -> how many of some events take place just there; of all, counted once."""
        return self._in_places if events is self.events else self._placed(events)

    def beginnings(self, events: Sequence[Dated], by: str) -> Beginnings:
        """How many of some events of each type, or of each organiser (``by`` is ``types`` or ``organizers``), begin when."""
        if events is not self.events:
            return self._beginnings(events, by)
        return self._by_type if by == "types" else self._by_organizer

    @cached_property
    def _dates(self) -> Dates:
        return _dates(self.events)

    @cached_property
    def _in_places(self) -> Mapping[tuple[str, ...], int]:
        return self._placed(self.events)

    @cached_property
    def _by_type(self) -> Beginnings:
        return self._beginnings(self.events, "types")

    @cached_property
    def _by_organizer(self) -> Beginnings:
        return self._beginnings(self.events, "organizers")

    def _beginnings(self, events: Iterable[Dated], by: str) -> Beginnings:
        if by == "types":
            return Beginnings.of((e.start, e.types) for e in events if e.start is not None)
        return Beginnings.of((e.start, e.organizers) for e in events if e.start is not None)

    def _placed(self, events: Iterable[Dated]) -> Mapping[tuple[str, ...], int]:
        return Counter(event.places for event in events)


class EventTables:
    """Keeps the table of one release; ``path`` is the file in which it has it, if it does."""

    def __init__(self, path: Path | None = None) -> None:
        self.places: dict[str, Mapping[str, Sequence[str]]] = {}
        """What was asked about places before: property -> values."""
        self._path = path if path and path.exists() else None
        self._table: EventTable | None = None
        self._reading = asyncio.Lock()

    async def table(self, lookup: Asked) -> EventTable:
        """The table, which whoever asks first has read."""
        if self._table is None:
            async with self._reading:
                self._table = self._table or await self._read(lookup)
        return self._table

    async def _read(self, lookup: Asked) -> EventTable:
        return (
            EventTable(await asyncio.to_thread(read_event_dates, self._path))
            if self._path
            else await _asked(lookup)
        )


def _not_before(event: Dated, first: str) -> bool:
    # Dates compare as text. One that names only a month or a year counts with all of its days: "~" comes after every digit.
    latest = event.end or event.start
    return latest is not None and f"{latest}~" >= first


def _dates(events: Iterable[Dated]) -> Dates:
    return dates_of((event.start, 1, event.end) for event in events)


async def _asked(lookup: Asked) -> EventTable:
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

    async def linked(term: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for event, to in await lookup.texts(
            f"SELECT ?event ?to {{ ?event <{term}> ?to FILTER(isIRI(?to)) }}"
        ):
            if event in events:
                found.setdefault(event, set()).add(to)
        return {event: tuple(sorted(to)) for event, to in found.items()}

    def order(iri: str) -> tuple[bool, str, str]:
        known = starts.get(iri) or planned.get(iri)
        return known is None, known or "", iri

    places, types, organizers = [
        await linked(term) for term in (f"{SCHEMA}location", f"{MUN}eventType", f"{SCHEMA}organizer")
    ]
    return EventTable(
        [
            Dated(
                iri,
                starts.get(iri),
                ends.get(iri),
                planned.get(iri),
                *(links.get(iri, ()) for links in (places, types, organizers)),
            )
            for iri in sorted(events, key=order)
        ]
    )
