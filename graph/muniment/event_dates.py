"""When, where, of which type and by whom all events of a release are, in one small file, so that calendars, timelines and maps need no query
over all of them.

A line for each event of the default graph, in the order of dates, those without one last: IRI, start, end, planned start (a date that was
dropped), places, types, organisers; empty where nothing is stated. Several starts count as the earliest, several ends as the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from muniment.terms import MUN, SCHEMA, TYPE, iri, literal_parts

EVENT_CLASSES = frozenset((iri(f"{MUN}Event"), iri(f"{SCHEMA}Event")))
_START, _END, _PLANNED = (
    iri(name) for name in (f"{SCHEMA}startDate", f"{SCHEMA}endDate", f"{MUN}plannedStart")
)
_LINKS = tuple(iri(name) for name in (f"{SCHEMA}location", f"{MUN}eventType", f"{SCHEMA}organizer"))
READ = frozenset((TYPE, _START, _END, _PLANNED, *_LINKS))
"""The predicates of the statements that are read."""


class Dated(NamedTuple):
    """An event with its dates as text (a day, a month or a year), None where none is known; places, types and organisers are IRIs."""

    iri: str
    start: str | None
    end: str | None
    planned_start: str | None
    places: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    organizers: tuple[str, ...] = ()


def write_event_dates(path: Path, lines: Iterable[str]) -> None:
    """Write the file from canonical N-Quads."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for event in events_of(lines):
            dates = (text or "" for text in (event.start, event.end, event.planned_start))
            links = (" ".join(linked) for linked in (event.places, event.types, event.organizers))
            file.write("\t".join((event.iri, *dates, *links)) + "\n")


def read_event_dates(path: Path) -> list[Dated]:
    """The events of a file."""
    links: dict[str, tuple[str, ...]] = {}  # the same few stand at many events

    def linked(text: str) -> tuple[str, ...]:
        return links.get(text) or links.setdefault(text, tuple(text.split()))

    with path.open(encoding="utf-8", newline="\n") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return [
            Dated(iri, start or None, end or None, planned or None, *map(linked, others))
            for iri, start, end, planned, *others in rows
        ]


def events_of(lines: Iterable[str]) -> list[Dated]:
    """The events of the default graph with their dates and places."""
    events: set[str] = set()
    starts: dict[str, str] = {}
    ends: dict[str, str] = {}
    planned: dict[str, str] = {}
    links: dict[str, dict[str, set[str]]] = {link: {} for link in _LINKS}
    for subject, predicate, value in _statements(lines):
        if predicate == TYPE:
            if value in EVENT_CLASSES:
                events.add(subject)
        elif predicate in links:
            if value.startswith("<"):
                links[predicate].setdefault(subject, set()).add(value[1:-1])
        else:
            text = literal_parts(value)[0] if value.startswith('"') else value.strip("<>")
            if predicate == _END:
                ends[subject] = max(ends.get(subject, text), text)
            else:
                found = starts if predicate == _START else planned
                found[subject] = min(found.get(subject, text), text)

    def order(event: str) -> tuple[bool, str, str]:
        known = starts.get(event) or planned.get(event)
        return known is None, known or "", event[1:-1]

    return [
        Dated(
            event[1:-1],
            starts.get(event),
            ends.get(event),
            planned.get(event),
            *(tuple(sorted(linked.get(event, ()))) for linked in links.values()),
        )
        for event in sorted(events, key=order)
    ]


def _statements(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The statements of the default graph with a property that is read, about IRIs; none of their values has a space in it."""
    for line in lines:
        parts = line.split(" ", 4)
        if len(parts) == 4 and parts[1] in READ and parts[0].startswith("<"):
            yield parts[0], parts[1], parts[2]
