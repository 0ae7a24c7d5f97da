"""When an event takes place, as far as is known: from which day to which, and which of its ends is no more than a bound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_KEPT = 50_000
"""Dates whose days are kept: those of many events are read at each request, and most of them are the same."""
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True)
class Span:
    """The days that an event may take; of one known to the month, all days of the month."""

    first: date
    last: date
    vague_start: bool = False
    """It begins on some day of the month or year that ``first`` begins."""
    vague_end: bool = False
    """It ends on some day of the month or year that ``last`` ends."""

    @property
    def exact(self) -> bool:
        """Whether both its days are known."""
        return not (self.vague_start or self.vague_end)


@lru_cache(_KEPT)
def span_of(start: str | None, end: str | None) -> Span | None:
    """The span between two dates as the data writes them: days, months or years; None if no beginning can be read.

    An end that cannot be read, or that lies before the beginning, counts as not known: then it is the beginning.
    """
    begins = days_of(start)
    if begins is None:
        return None
    ends = days_of(end)
    if ends is None or ends[1] < begins[0]:
        ends = begins
    return Span(
        begins[0], max(begins[1] if ends == begins else ends[1], begins[0]), *map(_vague, (begins, ends))
    )


@lru_cache(_KEPT)
def days_of(text: str | None) -> tuple[date, date] | None:
    """The first and the last day of a day, month or year; None for what is none of them."""
    found = _DATE.fullmatch(text or "")
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    return first, _last_of_month(first) if month else date(first.year, 12, 31)


def _vague(days: tuple[date, date]) -> bool:
    return days[0] != days[1]


def _last_of_month(first: date) -> date:
    if first.month == 12:
        return date(first.year, 12, 31)
    return first.replace(month=first.month + 1) - timedelta(days=1)
