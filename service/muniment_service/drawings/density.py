"""How many events begin when: bars by day, month, quarter, year or longer, each of which leads to its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from muniment_service.drawings.axis import Tick, ticks
from muniment_service.drawings.periods import Period, finest, period, periods
from muniment_service.drawings.spans import days_of

MOST_BARS = 90
"""Bars in a drawing."""


@dataclass(frozen=True)
class Dates:
    """How many events begin on which date, and how far they reach."""

    starts: Mapping[str, int]
    """A day, month or year, as the data has it -> the number of events that begin then."""
    without: int = 0
    """Events of which no beginning is known."""
    latest: date | None = None
    """The last day on which one may end."""

    @property
    def total(self) -> int:
        """All events."""
        return sum(self.starts.values()) + self.without

    def extent(self) -> tuple[date, date] | None:
        """The first and the last day on which there may be events; None if no date is known."""
        known = [days for days in map(days_of, self.starts) if days]
        if not known:
            return None
        return min(days[0] for days in known), max(
            [days[1] for days in known] + ([self.latest] if self.latest else [])
        )

    def months(self) -> dict[str, int]:
        """Month (YYYY-MM) -> events that begin in it, of those whose month is known."""
        found: Counter[str] = Counter()
        for text, number in self.starts.items():
            if days_of(text) and len(text) >= 7:
                found[text[:7]] += number
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Bar:
    """The events that begin in a period."""

    period: Period
    count: int
    x: float
    """In percent of the width, as is the width."""
    width: float
    height: float
    """In percent of the height."""


@dataclass(frozen=True)
class Density:
    """Bars over a stretch of time."""

    first: date
    last: date
    unit: str
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    coarse: int
    """Events that no bar counts, since their dates are known less exactly than its unit."""


def density(dates: Dates, first: date, last: date, unit: str | None = None) -> Density:
    """The bars of the periods between two days; without a unit, the shortest (a month or longer for long stretches) that gives few enough."""
    least = "day" if (last - first).days < 62 else "month"
    unit = unit or finest(first, last, MOST_BARS, least)
    counts: Counter[date] = Counter()
    coarse = 0
    for text, number in dates.starts.items():
        days = days_of(text)
        if days is None or days[1] < first or days[0] > last:
            continue
        found = period(unit, days[0])
        if found.last < days[1]:  # known to the year only, say: it is not put into the year's first month
            coarse += number
        else:
            counts[found.first] += number
    begin, length = first.toordinal(), (last - first).days + 1
    most = max(counts.values(), default=1)
    bars = []
    for found in periods(unit, first, last):
        if count := counts[found.first]:
            left, right = max(found.first, first).toordinal(), min(found.last, last).toordinal() + 1
            x, width = 100 * (left - begin) / length, 100 * (right - left) / length
            bars.append(Bar(found, count, round(x, 3), round(width, 3), round(max(100 * count / most, 4), 2)))
    axis = [tick for tick in ticks(first, last) if tick.x < 96]
    return Density(first, last, unit, bars, axis, coarse)


def dates_of(rows: Iterable[tuple[str | None, int, str | None]]) -> Dates:
    """From rows of a beginning, the number of events that begin then, and the latest of their ends."""
    starts: Counter[str] = Counter()
    without, latest = 0, None
    for start, number, end in rows:
        if days_of(start) is None:
            without += number
            continue
        assert start
        starts[start] += number
        ends = days_of(end)
        if ends and (latest is None or ends[1] > latest):
            latest = ends[1]
    return Dates(dict(starts), without, latest)
