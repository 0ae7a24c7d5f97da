"""Periods of the calendar, from days to centuries: which one a day lies in, what it is called, and the ticks of a time axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from muniment_service.drawings.spans import days_of

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
UNITS = ("day", "week", "month", "quarter", "year", "decade", "century")
"""From the shortest to the longest. Weeks begin on Monday (ISO 8601), decades and centuries with the year that they are named after."""
_MONTHS_LONG = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}
_DAYS = {"day": 1, "week": 7, "month": 30.4, "quarter": 91.3, "year": 365.2, "decade": 3652, "century": 36525}


@dataclass(frozen=True)
class Period:
    """A stretch of time with a name."""

    unit: str
    first: date
    last: date

    @property
    def name(self) -> str:
        """What it is called: 23 June 2004, June 2004, April to June 2004, 2004, 2000s."""
        first, last = self.first, self.last
        match self.unit:
            case "day":
                return day_name(first)
            case "week":
                return f"week of {day_name(first)}"
            case "month":
                return f"{MONTHS[first.month - 1]} {first.year}"
            case "quarter":
                return f"{MONTHS[first.month - 1]} to {MONTHS[last.month - 1]} {first.year}"
            case "year":
                return str(first.year)
        return f"{first.year} to {last.year}"

    @property
    def short(self) -> str:
        """What stands at a tick of an axis, where the unit above it is said once."""
        first = self.first
        if self.unit in ("day", "week"):
            return f"{first.day} {MONTHS[first.month - 1][:3]}" + (
                f" {first.year}" if _new_year(first) else ""
            )
        if self.unit in ("month", "quarter"):
            return (
                f"{MONTHS[first.month - 1][:3]} {first.year}"
                if first.month == 1
                else MONTHS[first.month - 1][:3]
            )
        return str(first.year)

    @property
    def bounds(self) -> dict[str, str]:
        """It as the parameters ``from`` and ``until``, as short as they can be."""
        first, last = self.first.isoformat(), self.last.isoformat()
        for length in (4, 7):
            begins, ends = days_of(first[:length]), days_of(last[:length])
            if begins and ends and (begins[0], ends[1]) == (self.first, self.last):
                return {"from": first[:length], "until": last[:length]}
        return {"from": first, "until": last}


@lru_cache(50_000)
def period(unit: str, day: date) -> Period:
    """The period of that unit which a day lies in."""
    if unit in ("day", "week"):
        first = day - timedelta(days=day.weekday() if unit == "week" and day.toordinal() > 7 else 0)
        return Period(unit, first, _plus(first, 7 if unit == "week" else 1))
    months = _MONTHS_LONG[unit]
    if months <= 12:
        number = day.month - 1 - (day.month - 1) % months
        first = date(day.year, number + 1, 1)
        end = number + months
        return Period(unit, first, _before(day.year + end // 12, end % 12 + 1))
    years = months // 12
    year = day.year - day.year % years
    return Period(unit, date(max(year, 1), 1, 1), _before(year + years, 1))


def periods(unit: str, first: date, last: date) -> Iterator[Period]:
    """All periods of a unit that have a day between two."""
    found = period(unit, first)
    yield found
    while found.last < last:
        found = period(unit, found.last + timedelta(days=1))
        yield found


def finest(first: date, last: date, most: int, least: str = "day") -> str:
    """The shortest unit, from ``least`` on, of which no more than ``most`` lie between two days; centuries if there is none."""
    days = (last - first).days + 1
    return next((u for u in UNITS[UNITS.index(least) :] if days / _DAYS[u] <= most), "century")


def day_name(day: date) -> str:
    """A day in words: 23 June 2004."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def date_name(text: str) -> str:
    """A day, month or year in words; text that is none of them as it is."""
    days = days_of(text)
    if days is None:
        return text
    unit = {4: "year", 7: "month"}.get(len(text), "day")
    return Period(unit, *days).name


def _new_year(day: date) -> bool:
    return day.month == 1 and day.day <= 7


def _plus(day: date, days: int) -> date:
    return date.fromordinal(min(day.toordinal() + days - 1, date.max.toordinal()))


def _before(year: int, month: int) -> date:
    """The day before a month begins; the last of all days for what lies beyond them."""
    return date.max if year > 9999 else date(year, month, 1) - timedelta(days=1)
