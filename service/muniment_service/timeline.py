"""Events over time: what the page of the timeline shows, and the JSON from which its script draws."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from muniment.event_dates import Dated
from muniment_service import events
from muniment_service.drawings.density import Bar, Dates, Density, density
from muniment_service.drawings.lanes import Drawing, drawing
from muniment_service.drawings.periods import Period, date_name, period
from muniment_service.drawings.spans import Span, days_of, span_of
from muniment_service.drawings.stacked import LaneBars, kept_lanes, lanes_of_bars
from muniment_service.event_table import EventTable
from muniment_service.events import Event
from muniment_service.filters import Filters
from muniment_service.lookup import Lookup
from muniment_service.urls import Urls

LANES = {"type": "Type", "body": "Organiser", "none": "One lane"}
"""What events may be told apart by, and what it is called."""
_LINKED = {"type": "types", "body": "organizers"}
MOST_DRAWN = 600
"""Events that are drawn one by one; of more, how many there are is drawn."""
MOST_UNDATED = 100


@dataclass(frozen=True)
class Shown:
    """An event as drawings and lists show it."""

    event: Event
    span: Span
    href: str

    @property
    def label(self) -> str:
        """What it is called."""
        return self.event.label

    @property
    def when(self) -> str:
        """Its dates in words."""
        start, end = self.event.start or "", self.event.end
        said = date_name(start)
        exactly = said if len(start) == 10 else f"some time in {said}"
        if not end or end == start or days_of(end) is None or self.span.last < self.span.first:
            return exactly
        return (
            f"{exactly} to {date_name(end)}"
            if len(end) == 10
            else f"{exactly} to some time in {date_name(end)}"
        )

    @property
    def status(self) -> str:
        """Its status, if one is stated."""
        return ", ".join(status.label for status in self.event.links["status"])


@dataclass(frozen=True)
class Timeline:
    """The events of a set in a window of time."""

    dates: Dates
    """Of all events of the set, whatever the window."""
    extent: tuple[date, date] | None
    window: tuple[date, date] | None
    overview: Density | None
    """All of them, by the month or longer."""
    shown: Sequence[Shown] | None
    """Those of the window in order of their dates; None if they are too many."""
    bars: Density | None
    """In their place, how many there are."""
    stacked: Sequence[LaneBars]
    """The bars parted into lanes."""
    undated: Sequence[Event]
    """Those without a date, up to ``MOST_UNDATED``."""

    def lanes(self, by: str) -> Drawing[Shown] | None:
        """The drawing of what is shown."""
        if not self.shown or not self.window:
            return None
        return drawing(self.shown, *self.window, lambda shown: lanes_of(shown.event, by))

    def by_month(self) -> list[tuple[Period, list[Shown]]]:
        """What is shown by the month or the year that an event begins in, as exactly as is known."""
        found: dict[Period, list[Shown]] = {}
        for shown in self.shown or ():
            unit = "year" if len(shown.event.start or "") == 4 else "month"
            found.setdefault(period(unit, shown.span.first), []).append(shown)
        return list(found.items())


async def read_dates(lookup: Lookup, filters: Filters) -> Dates:
    """How many events of a set begin when, whatever window its filters name."""
    table = await lookup.event_tables.table(lookup)
    return await asyncio.to_thread(table.dates, await _all(lookup, filters))


async def read_timeline(lookup: Lookup, filters: Filters, urls: Urls, by: str = "type") -> Timeline:
    """The events that filters leave, in the window that ``from`` and ``until`` name; ``by`` is what lanes of bars are."""
    table = await lookup.event_tables.table(lookup)
    found = await _all(lookup, filters)
    dates = await asyncio.to_thread(table.dates, found)
    extent = dates.extent()
    undated = await events.described(lookup, _undated_of(found))
    if extent is None:
        return Timeline(dates, None, None, None, (), None, (), undated)
    window = window_of(filters, extent)
    overview = density(dates, *extent)
    spans = await asyncio.to_thread(_spans, found, window)
    if spans is None:
        bars = density(dates, *window)
        stacked = await _stacked(lookup, table, found, by, bars)
        return Timeline(dates, extent, window, overview, None, bars, stacked, undated)
    described = await events.described(lookup, list(spans))
    shown = [Shown(event, spans[event.iri], urls.document(event.iri)) for event in described]
    shown.sort(key=lambda one: (one.span.first, one.span.last, one.event.iri))
    return Timeline(dates, extent, window, overview, shown, None, (), undated)


async def _all(lookup: Lookup, filters: Filters) -> Sequence[Dated]:
    return await events.dated(lookup, replace(filters, first=None, last=None))


def _undated_of(found: Sequence[Dated]) -> list[str]:
    """The first events without a date that can be read."""
    return list(islice((event.iri for event in found if days_of(event.start) is None), MOST_UNDATED))


def _spans(found: Iterable[Dated], window: tuple[date, date]) -> dict[str, Span] | None:
    """The events that meet a window, unless they are too many to be drawn one by one."""
    spans: dict[str, Span] = {}
    for event in found:
        if (span := span_of(event.start, event.end)) and _meets(span, window):
            spans[event.iri] = span
            if len(spans) > MOST_DRAWN:
                return None
    return spans


async def _stacked(
    lookup: Lookup, table: EventTable, found: Sequence[Dated], by: str, bars: Density
) -> Sequence[LaneBars]:
    """Bars in lanes; none where there is but one lane."""
    if by == "none":
        return ()
    starts = await asyncio.to_thread(table.beginnings, found, _LINKED[by])
    kept = await asyncio.to_thread(kept_lanes, starts, bars)
    await lookup.name(lane for lane in kept if lane)
    return await asyncio.to_thread(lanes_of_bars, starts, kept, bars, lookup.label)


def _meets(span: Span, window: tuple[date, date]) -> bool:
    return span.first <= window[1] and span.last >= window[0]


def window_of(filters: Filters, extent: tuple[date, date]) -> tuple[date, date]:
    """What ``from`` and ``until`` span; without them, the extent."""
    begins, ends = days_of(filters.first), days_of(filters.last)
    first = begins[0] if begins else min(extent[0], ends[0] if ends else extent[0])
    return first, max(ends[1] if ends else extent[1], first)


def lanes_of(event: Event, by: str) -> list[str]:
    """The names of the lanes of an event."""
    link = {"type": "type", "body": "organizers"}.get(by)
    return [named.label for named in event.links[link]] if link else ["Events"]


def document(timeline: Timeline, urls: Urls) -> bytes:
    """The timeline as JSON: counts of beginnings, and the events of the window unless they are too many."""
    extent, window = timeline.extent, timeline.window
    counted = timeline.bars or timeline.overview
    found: dict[str, Any] = {
        "total": timeline.dates.total,
        "without_date": [_undated(event, urls) for event in timeline.undated],
        "total_without_date": timeline.dates.without,
        "extent": [day.isoformat() for day in extent] if extent else None,
        "window": [day.isoformat() for day in window] if window else None,
        "counts": _counts(counted) if counted else None,
    }
    if timeline.stacked:
        found["lanes"] = [
            {"name": lane.name, "events": lane.count, "colour": lane.colour, "periods": _periods(lane.bars)}
            for lane in timeline.stacked
        ]
    if timeline.shown is not None:
        found["events"] = [_event(shown) for shown in timeline.shown]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _counts(bars: Density) -> dict[str, Any]:
    return {
        "unit": bars.unit,
        "less_exact": bars.coarse,
        "periods": _periods(bars.bars),
    }


def _periods(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    return [{**bar.period.bounds, "name": bar.period.name, "events": bar.count} for bar in bars]


def _event(shown: Shown) -> dict[str, Any]:
    event, span = shown.event, shown.span
    found: Mapping[str, Any] = {
        "iri": event.iri,
        "url": shown.href,
        "label": event.label,
        "start": event.start,
        "end": event.end,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "when": shown.when,
        "status": shown.status,
        "type": [kind.label for kind in event.links["type"]],
        "organizers": [body.label for body in event.organizers],
        "places": [place.label for place in event.places],
    }
    return {name: value for name, value in found.items() if value}


def _undated(event: Event, urls: Urls) -> dict[str, Any]:
    found = {
        "iri": event.iri,
        "url": urls.document(event.iri),
        "label": event.label,
        "planned_start": event.planned_start,
    }
    return {name: value for name, value in found.items() if value}
