"""The time axis of a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from muniment_service.drawings.periods import Period, finest, periods

_MOST_TICKS = 9


@dataclass(frozen=True)
class Tick:
    """A place on the axis."""

    x: float
    period: Period


def ticks(first: date, last: date, most: int = _MOST_TICKS) -> list[Tick]:
    """The beginnings of periods between two days, few enough that their names fit."""
    found = periods(finest(first, last, most), first, last)
    return [Tick(percent(p.first, first, last), p) for p in found if p.first >= first]


def percent(day: date, first: date, last: date) -> float:
    """Where a day is between two, in percent."""
    return round(100 * (day - first).days / max((last - first).days, 1), 3)
