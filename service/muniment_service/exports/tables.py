"""Events as CSV (RFC 4180) and as JSON Lines: one line an event, all of them, whatever is known of their dates."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from muniment_service.events import Event, Named

COLUMNS = (
    "iri",
    "label",
    "start",
    "end",
    "start_time",
    "end_time",
    "part_of_day",
    "status",
    "planned_start",
    "type",
    "attendance",
    "place",
    "place_label",
    "within",
    "latitude",
    "longitude",
    "organizers",
    "organizer_labels",
    "part_of",
)
"""Of the CSV. Dates are a day, a month or a year; several IRIs are parted by a space, several labels by a vertical bar."""


def csv_head() -> bytes:
    """The line that names the columns."""
    return _written([COLUMNS])


def csv_lines(events: Iterable[Event]) -> bytes:
    """Events as lines of CSV."""
    return _written([row[name] for name in COLUMNS] for row in map(_row, events))


def json_lines(events: Iterable[Event]) -> bytes:
    """Events as lines of JSON; what is not known is left out."""
    return b"".join(json.dumps(_document(e), ensure_ascii=False).encode() + b"\n" for e in events)


def _row(event: Event) -> dict[str, str]:
    links = event.links
    place = event.places[0] if event.places else None
    latitude, longitude = (place and place.coordinates) or ("", "")
    return {
        "iri": event.iri,
        "label": event.label,
        "start": event.start or "",
        "end": event.end or "",
        "start_time": event.start_time or "",
        "end_time": event.end_time or "",
        "part_of_day": _labels(links["part_of_day"]),
        "status": _labels(links["status"]),
        "planned_start": event.planned_start or "",
        "type": _labels(links["type"]),
        "attendance": _labels(links["attendance"]),
        "place": _iris(event.places),
        "place_label": _labels(event.places),
        "within": " | ".join(place.within) if place else "",
        "latitude": latitude,
        "longitude": longitude,
        "organizers": _iris(event.organizers),
        "organizer_labels": _labels(event.organizers),
        "part_of": _iris(links["part_of"]),
    }


def _document(event: Event) -> dict[str, Any]:
    plain = {
        "iri": event.iri,
        "label": event.label,
        "language": event.language,
        "start": event.start,
        "end": event.end,
        "start_time": event.start_time,
        "end_time": event.end_time,
        "planned_start": event.planned_start,
        "description": event.description,
    }
    links = {name: [{"iri": n.iri, "label": n.label} for n in found] for name, found in event.links.items()}
    return {name: value for name, value in {**plain, **links, "places": _places(event)}.items() if value}


def _places(event: Event) -> list[dict[str, Any]]:
    return [
        {
            "iri": place.iri,
            "label": place.label,
            **({"within": list(place.within)} if place.within else {}),
            **(
                dict(zip(("latitude", "longitude"), map(float, place.coordinates), strict=True))
                if place.coordinates
                else {}
            ),
        }
        for place in event.places
    ]


def _iris(things: Iterable[Named]) -> str:
    return " ".join(thing.iri for thing in things)


def _labels(things: Iterable[Named]) -> str:
    return " | ".join(thing.label for thing in things)


def _written(rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
