"""A strip of time for the page of a thing: what has dates, in as few lanes as it fits in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000)
"""Months between two marks of a strip."""
_MOST_TICKS = 7
_LANES = 8


@dataclass(frozen=True)
class Span:
    """Something with a name from a first to a last day, month or year."""

    label: str
    start: str
    end: str | None = None


@dataclass(frozen=True)
class Bar:
    """A span on a strip: place and width in per cent."""

    x: float
    width: float
    lane: int
    label: str
    vague: bool
    """Whether only the month or the year is known."""


@dataclass(frozen=True)
class Strip:
    """Spans along time."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    lanes: int


def strip(spans: Sequence[Span]) -> Strip | None:
    """The strip of spans; None where fewer than two have a date."""
    dated = [(first, last, s) for s in spans if (first := _day(s.start)) and (last := _day(s.end or s.start, last=True))]  # fmt: skip
    if len(dated) < 2:
        return None
    begin, end = min(first for first, _, _ in dated), max(max(first, last) for first, last, _ in dated)
    months = (end.year - begin.year) * 12 + end.month - begin.month + 1
    step = next((s for s in _STEPS if months / s <= _MOST_TICKS), _STEPS[-1])
    zero = _month((begin.year * 12 + begin.month - 1) // step * step)
    stop = _month(((end.year * 12 + end.month - 1) // step + 1) * step)
    whole = max(1, stop - zero)

    def at(day: int) -> float:
        return round(100 * (day - zero) / whole, 2)

    lanes: list[float] = []
    bars = []
    for first, last, span in sorted(dated, key=lambda found: (found[0], found[1], found[2].label)):
        x = at(first.toordinal())
        width = max(0.9, round(at(last.toordinal() + 1) - x, 2))
        lane = next((n for n, taken in enumerate(lanes) if taken <= x), None)
        if lane is None and len(lanes) < _LANES:
            lane = len(lanes)
            lanes.append(0)
        lane = _LANES - 1 if lane is None else lane
        lanes[lane] = x + width + 0.2
        bars.append(Bar(x, width, lane, span.label, len(span.start) < 10))
    first_tick = (begin.year * 12 + begin.month - 1) // step * step
    ticks = [(at(_month(m)), _named(m, step)) for m in range(first_tick, first_tick + step * 12, step) if _month(m) < stop]  # fmt: skip
    return Strip(tuple(bars), tuple(ticks), len(lanes))


def _day(text: str | None, last: bool = False) -> date | None:
    """The first (or last) day of a day, month or year."""
    found = _DATE.match(text or "")
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if not last:
            return date(year or 0, month or 1, day or 1)
        month = month or 12
        return date(year or 0, month, day or calendar.monthrange(year or 0, month)[1])
    except ValueError:
        return None


def _month(number: int) -> int:
    """The ordinal of the first day of a month, counted from the year 0."""
    year = min(max(number // 12, 1), 9999)
    return date(year, number % 12 + 1, 1).toordinal()


def _named(number: int, step: int) -> str:
    year, month = divmod(number, 12)
    return str(year) if step >= 12 else f"{calendar.month_abbr[month + 1]} {year}"
