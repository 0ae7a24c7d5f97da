"""Where things are, on a small map of what is around them, for the page of a thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muniment_service.drawings.labels import Boxed, with_room
from muniment_service.drawings.world import Frame, frame_of, on_earth, project

MOST = 200
"""Dots and spots that are drawn."""
_WIDTH, _RADIUS, _NEAREST = 320, 5, 2_200


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


def _where(spot: Spot) -> tuple[float, float] | None:
    try:
        longitude, latitude = float(spot.longitude), float(spot.latitude)
    except ValueError:
        return None
    return project(longitude, latitude) if on_earth(longitude, latitude) else None
