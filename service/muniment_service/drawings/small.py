"""Small drawings for the page of one thing: when its events were, and where.

    timeline = small_timeline([Dot("Opening", "/doc/event/opening", "2004-06-23", None)])
    map = locator([Spot("Geneva", "/doc/place/geneva", "46.20222", "6.14569")])

Both are None where there is nothing to draw. ``templates/small_drawings.html`` writes them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from muniment_service.drawings.axis import Tick, percent, ticks
from muniment_service.drawings.labels import Boxed, with_room
from muniment_service.drawings.periods import date_name, period
from muniment_service.drawings.spans import Span, span_of
from muniment_service.drawings.world import Frame, frame_of, on_earth, project

MOST = 200
"""Dots and spots that are drawn."""
_WIDTH, _RADIUS, _NEAREST = 320, 5, 2_200


@dataclass(frozen=True)
class Dot:
    """An event, with its dates as the data writes them."""

    label: str
    href: str
    start: str | None
    end: str | None = None

    @property
    def when(self) -> str:
        """Its dates in words."""
        start, end = self.start or "", self.end or ""
        said = date_name(start) if len(start) == 10 else f"some time in {date_name(start)}"
        return f"{said} to {date_name(end)}" if end and end != start else said


@dataclass(frozen=True)
class SmallMark:
    """A dot at its place, in percent of the width."""

    dot: Dot
    span: Span
    x1: float
    x2: float


@dataclass(frozen=True)
class SmallTimeline:
    """Events on one line, over whole years."""

    marks: Sequence[SmallMark]
    ticks: Sequence[Tick]
    more: int
    """Events that are not drawn, for there are many."""


@dataclass(frozen=True)
class Spot:
    """A place, with its coordinates as the data writes them (WGS 84)."""

    label: str
    href: str
    latitude: str
    longitude: str


@dataclass(frozen=True)
class SmallPoint:
    """A spot at its place, in percent of the drawing; ``side`` is where its label has room, if it has."""

    spot: Spot
    left: float
    top: float
    radius: float
    side: str | None


@dataclass(frozen=True)
class Locator:
    """Places on a map of what is around them."""

    frame: Frame
    points: Sequence[SmallPoint]
    more: int


def small_timeline(dots: Iterable[Dot]) -> SmallTimeline | None:
    """The events whose dates can be read, in their order; None if there is none."""
    known = [(dot, span) for dot in dots if (span := span_of(dot.start, dot.end))]
    if not known:
        return None
    known.sort(key=lambda one: (one[1].first, one[1].last, one[0].label))
    first = period("year", known[0][1].first).first
    last = period("year", max(span.last for _, span in known)).last
    marks = [SmallMark(dot, span, *_ends(span, first, last)) for dot, span in known[:MOST]]
    axis = [tick for tick in ticks(first, last, 6) if tick.x < 94]
    return SmallTimeline(marks, axis, len(known[MOST:]))


def locator(spots: Iterable[Spot]) -> Locator | None:
    """The places whose coordinates can be read; None if there is none."""
    known = [(spot, where) for spot in spots if (where := _where(spot))]
    if not known:
        return None
    frame = frame_of([where for _, where in known], nearest=_NEAREST)
    boxed = [Boxed(*frame.place(*where), _RADIUS, spot.label) for spot, where in known[:MOST]]
    sides = with_room(boxed, _WIDTH, _WIDTH * frame.height / frame.width)
    points = [
        SmallPoint(spot, box.left, box.top, box.radius, sides.get(at))
        for at, ((spot, _), box) in enumerate(zip(known, boxed, strict=False))
    ]
    return Locator(frame, points, len(known[MOST:]))


def _ends(span: Span, first: date, last: date) -> tuple[float, float]:
    return percent(span.first, first, last), percent(span.last, first, last)


def _where(spot: Spot) -> tuple[float, float] | None:
    try:
        longitude, latitude = float(spot.longitude), float(spot.latitude)
    except ValueError:
        return None
    return project(longitude, latitude) if on_earth(longitude, latitude) else None
