"""Where the events of a set take place: points on a map, and in words what cannot be put on one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from muniment_service import events
from muniment_service.drawings.labels import Boxed, with_room
from muniment_service.drawings.world import Frame, frame_of, on_earth, project
from muniment_service.exports import geojson
from muniment_service.filters import Filters
from muniment_service.lookup import Lookup

MOST_PLACES = 150
"""Places that are drawn and listed."""
_LARGEST, _SMALLEST = 20, 4
"""Radii in pixels."""
_NARROW, _WIDE = 340, 860
"""The widths of the drawing, in pixels, for which labels find room: on a phone and elsewhere."""


@dataclass(frozen=True)
class Point:
    """A place on the map."""

    iri: str
    label: str
    within: Sequence[str]
    events: int
    x: float
    """In ten-thousandths of the width of the world, as is ``y``."""
    y: float
    left: float
    """In percent of the frame."""
    top: float
    radius: float
    """In pixels; areas are as numbers of events."""
    labelled: str
    """Where its label has room: ``all`` widths, only on a ``wide`` drawing, or ``none``."""
    side: str
    """Of the point, on which its label stands."""


@dataclass(frozen=True)
class Unplaced:
    """A place whose coordinates are not known, nor those of what it lies within."""

    iri: str
    label: str
    events: int


@dataclass(frozen=True)
class Mapped:
    """The places of a set of events, those with most events first."""

    points: Sequence[Point]
    unplaced: Sequence[Unplaced]
    nowhere: int
    """Events of which no place is known."""
    total: int
    frame: Frame
    more: int
    """Places that are neither drawn nor listed, for there are many."""


async def read_map(lookup: Lookup, filters: Filters) -> Mapped:
    """The places of the events that filters leave; an event in a room counts for the nearest place around it whose coordinates are known."""
    located = await events.located(lookup, filters)
    await lookup.locate({place for places in located for place in places})
    return await asyncio.to_thread(_mapped, lookup, located)


def _mapped(lookup: Lookup, located: Mapping[tuple[str, ...], int]) -> Mapped:
    counts, _ = geojson.tally(lookup, located)
    known = {place: where for place in counts if (where := _coordinates(lookup, place))}
    order = sorted(known, key=lambda place: (-counts[place], lookup.label(place), place))[:MOST_PLACES]
    frame = frame_of(known[place] for place in order)
    unmapped = {p for places in located for p in places if geojson.nearest(lookup, p) not in known}
    elsewhere: Counter[str] = Counter()
    for places, number in located.items():
        elsewhere.update(dict.fromkeys(unmapped.intersection(places), number))
    unplaced = [Unplaced(place, lookup.label(place), number) for place, number in elsewhere.items()]
    return Mapped(
        _points(lookup, order, counts, known, frame),
        sorted(unplaced, key=lambda one: (-one.events, one.label, one.iri))[:MOST_PLACES],
        located.get((), 0),
        sum(located.values()),
        frame,
        len(known) - len(order),
    )


def _points(
    lookup: Lookup,
    order: Sequence[str],
    counts: dict[str, int],
    known: dict[str, tuple[float, float]],
    frame: Frame,
) -> list[Point]:
    most = counts[order[0]] if order else 1
    radii = {place: round(max(_LARGEST * sqrt(counts[place] / most), _SMALLEST), 1) for place in order}
    boxed = [Boxed(*frame.place(*known[place]), radii[place], lookup.label(place)) for place in order]
    ratio = frame.width / frame.height
    wide, narrow = with_room(boxed, _WIDE, _WIDE / ratio), with_room(boxed, _NARROW, _NARROW / ratio)
    return [
        Point(
            place,
            lookup.label(place),
            [lookup.label(around) for around in lookup.within(place)[1:]],
            counts[place],
            round(known[place][0], 1),
            round(known[place][1], 1),
            box.left,
            box.top,
            box.radius,
            "all" if at in narrow and narrow[at] == wide.get(at) else "wide" if at in wide else "none",
            wide.get(at, "right"),
        )
        for at, (place, box) in enumerate(zip(order, boxed, strict=True))
    ]


def _coordinates(lookup: Lookup, place: str) -> tuple[float, float] | None:
    try:
        latitude, longitude = map(float, lookup.coordinates(place) or ())
    except ValueError:
        return None
    return project(longitude, latitude) if on_earth(longitude, latitude) else None
