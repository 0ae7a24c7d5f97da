"""Dates of which only the month or the year is known, and whether they fall into a window.

A date printed as ``2004-11`` is no first of November: it has bounds. Whatever is asked of it is *certain* if it holds on every reading of
the date, and *possible* if it holds on one of them at least.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from muniment.errors import NetworkError

Reading = Literal["possible", "certain"]
"""Which ties a window holds: those that may fall into it, or only those that must."""

_LEXICAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*|Z|[+-]\d\d:\d\d)?")


@lru_cache(10_000)
def bounds(text: str) -> tuple[date, date] | None:
    """The first and the last day that ``2004``, ``2004-11`` or ``2004-11-16`` may mean (a time or zone behind it is passed over); None
    if it is no date.
    """
    match = _LEXICAL.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if month is None:
            return date(year or 0, 1, 1), date(year or 0, 12, 31)
        if day is None:
            return date(year or 0, month, 1), date(year or 0, month, monthrange(year or 0, month)[1])
        return (only := date(year or 0, month, day)), only
    except ValueError:
        return None


@dataclass(frozen=True)
class Window:
    """A time from ``since`` to ``until``, both days included; None is open."""

    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def holds(self, start: str | None, end: str | None) -> Reading | Literal["no"] | None:
        """Whether what begins and ends so takes place, in part at least, within the window.

        Without an end it is taken to end on the day it begins. None: it has no date that one could compare.
        """
        begins = bounds(start) if start else None
        ends = (bounds(end) if end else None) or begins
        if begins is None or ends is None:
            return None
        since, until = self.since or date.min, self.until or date.max
        if begins[0] > until or ends[1] < since:
            return "no"
        return "certain" if begins[1] <= until and max(begins[0], ends[0]) >= since else "possible"


def window(since: str | date | None, until: str | date | None) -> Window:
    """A window; ``2004-11`` begins on the first and ends on the last day of the month, ``2004`` of the year.

    Raises:
        NetworkError: a date is none, or the window ends before it begins.
    """
    first, last = _day(since, 0), _day(until, 1)
    if first and last and first > last:
        raise NetworkError(
            f"the window ends before it begins: {since} is after {until}", hint="Exchange the two."
        )
    return Window(first, last)


def _day(value: str | date | None, side: Literal[0, 1]) -> date | None:
    if value is None or isinstance(value, date):
        return value
    found = bounds(value)
    if found is None:
        raise NetworkError(f"`{value}` is no date", hint="Write 2004, 2004-11 or 2004-11-16.")
    return found[side]
