"""A month of events: what stands on which day, and what is not known to the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from muniment.event_dates import Dated
from muniment_service import events
from muniment_service.drawings.density import Dates
from muniment_service.drawings.periods import Period, period
from muniment_service.drawings.spans import Span, days_of, span_of
from muniment_service.events import Event
from muniment_service.filters import Filters
from muniment_service.lookup import Lookup
from muniment_service.timeline import Shown
from muniment_service.urls import Urls

_MOST_A_DAY = 6
_MOST_VAGUE = 100


@dataclass(frozen=True)
class Entry:
    """An event on one of its days."""

    shown: Shown
    begins: bool
    """Whether this is its first day."""


@dataclass(frozen=True)
class Day:
    """A day of the month."""

    date: date
    entries: Sequence[Entry]
    more: int
    """Events that are not listed, for there are many."""


@dataclass(frozen=True)
class Month:
    """A month as a calendar shows it."""

    period: Period
    weeks: Sequence[Sequence[Day | None]]
    """From Monday to Sunday; None for days of other months."""
    vague: Sequence[Shown]
    """Events that may fall in the month, on days that are not known."""
    more_vague: int
    dropped: Sequence[Event]
    """Events that were to begin in it, and for which no new date is known."""

    @property
    def empty(self) -> bool:
        """Whether no event is known to fall in it."""
        return not (
            self.vague or self.dropped or any(day and day.entries for week in self.weeks for day in week)
        )


async def read_month(lookup: Lookup, filters: Filters, month: Period, urls: Urls) -> Month:
    """The events of a set in a month."""
    text = month.first.isoformat()[:7]
    found = await events.dated(lookup, replace(filters, first=text, last=text))
    spans = {event.iri: span for event in found if (span := span_of(event.start, event.end))}
    days, vague = _sorted(spans, month)
    every = await events.dated(lookup, replace(filters, first=None, last=None))
    undated = [event for event in every if event.start is None]
    dropped = [event.iri for event in undated if _planned_in(event, month)][:_MOST_VAGUE]
    listed = {iri for iris in days.values() for iri in iris[:_MOST_A_DAY]} | set(vague[:_MOST_VAGUE])
    described = await events.described(lookup, sorted(listed | set(dropped)))
    shown = {e.iri: Shown(e, spans[e.iri], urls.document(e.iri)) for e in described if e.iri in spans}
    put_off = [event for event in described if event.iri in dropped]
    return Month(
        month,
        _weeks(month, days, shown),
        [shown[iri] for iri in vague[:_MOST_VAGUE]],
        len(vague[_MOST_VAGUE:]),
        put_off,
    )


def first_shown(dates: Dates, issued: str | None) -> Period | None:
    """The month to begin with: of those with events, the one nearest to the day of the release, or the last. Nothing looks at a clock."""
    months = list(dates.months()) or [text for text in sorted(dates.starts) if days_of(text)]
    if not months:
        return None
    firsts = [days[0] for text in months if (days := days_of(text))]
    today = days_of(issued)
    nearest = min(firsts, key=lambda day: abs((day - today[0]).days)) if today else firsts[-1]
    return period("month", nearest)


def around(dates: Dates, month: Period) -> Mapping[str, Period]:
    """The months before and after, and those with events where these have none; none beyond the events."""
    here = month.first.isoformat()[:7]
    known = dates.months()
    extent = dates.extent()
    links: dict[str, Period] = {}
    if extent and extent[0] < month.first:
        links["prev"] = period("month", month.first - timedelta(days=1))
        if (earlier := [text for text in known if text < here]) and earlier[-1] != _text(links["prev"]):
            links["earlier"] = _month(earlier[-1])
    if extent and extent[1] > month.last:
        links["next"] = period("month", month.last + timedelta(days=1))
        if (later := [text for text in known if text > here]) and later[0] != _text(links["next"]):
            links["later"] = _month(later[0])
    return links


def _sorted(spans: Mapping[str, Span], month: Period) -> tuple[dict[date, list[str]], list[str]]:
    """The events on each day of the month, and those of which no day in it is known."""
    days: dict[date, list[str]] = {}
    vague = []
    for iri, span in sorted(
        spans.items(), key=lambda item: (item[1].first, -item[1].last.toordinal(), item[0])
    ):
        if span.vague_start or (span.vague_end and span.first < month.first):
            vague.append(iri)
            continue
        last = (
            span.first if span.vague_end else span.last
        )  # of the days until a vague end none but the first is known
        for ordinal in range(max(span.first, month.first).toordinal(), min(last, month.last).toordinal() + 1):
            days.setdefault(date.fromordinal(ordinal), []).append(iri)
    return days, sorted(vague, key=lambda iri: (spans[iri].last - spans[iri].first, spans[iri].first, iri))


def _weeks(
    month: Period, days: Mapping[date, Sequence[str]], shown: Mapping[str, Shown]
) -> list[list[Day | None]]:
    found: list[Day | None] = [None] * month.first.weekday()
    for ordinal in range(month.first.toordinal(), month.last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        found.append(_day(day, days.get(day, ()), shown))
    found += [None] * (-len(found) % 7)
    return [found[at : at + 7] for at in range(0, len(found), 7)]


def _day(day: date, iris: Sequence[str], shown: Mapping[str, Shown]) -> Day:
    entries: Iterable[Shown] = (shown[iri] for iri in iris[:_MOST_A_DAY])
    return Day(day, [Entry(one, one.span.first == day) for one in entries], len(iris[_MOST_A_DAY:]))


def _planned_in(event: Dated, month: Period) -> bool:
    days = days_of(event.planned_start)
    return days is not None and days[0] <= month.last and days[1] >= month.first


def _month(text: str) -> Period:
    days = days_of(text)
    assert days
    return period("month", days[0])


def _text(month: Period) -> str:
    return month.first.isoformat()[:7]
