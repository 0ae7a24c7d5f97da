"""Where events take place, as GeoJSON (RFC 7946): a point for each place that has coordinates, with its number of events.

An event in a room counts for the nearest place around it whose coordinates are known, such as the city. Events of which no such place is
known are counted in a member of the collection, ``without_coordinates``; none is put on a map by guess.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from muniment_service.lookup import Lookup


def nearest(lookup: Lookup, place: str) -> str | None:
    """The place itself or the innermost one around it that has coordinates."""
    return next((around for around in lookup.within(place) if lookup.coordinates(around)), None)


def collection(lookup: Lookup, counts: Mapping[str, int], without: int) -> bytes:
    """The places with the number of their events, as a FeatureCollection in order of their IRIs."""
    features = [_feature(lookup, place, number) for place, number in sorted(counts.items())]
    document = {"type": "FeatureCollection", "features": features, "without_coordinates": without}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _feature(lookup: Lookup, place: str, events: int) -> dict[str, Any]:
    latitude, longitude = map(float, lookup.coordinates(place) or ())
    return {
        "type": "Feature",
        "id": place,
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": {
            "iri": place,
            "label": lookup.label(place),
            "within": [lookup.label(around) for around in lookup.within(place)[1:]],
            "events": events,
        },
    }


def tally(lookup: Lookup, located: Mapping[tuple[str, ...], int]) -> tuple[dict[str, int], int]:
    """From places with the number of events just there: place with coordinates -> number of events, and the number of events without one."""
    point: dict[str, str | None] = {}
    events: dict[str, int] = {}
    without = 0
    for places, number in located.items():
        for place in places:
            if place not in point:
                point[place] = nearest(lookup, place)
        points = {found for place in places if (found := point[place])}
        for found in points:
            events[found] = events.get(found, 0) + number
        without += 0 if points else number
    return events, without
