"""Sets of events: how many, which, and of each what calendars, tables and pages show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

import rdflib

from muniment.errors import did_you_mean
from muniment.event_dates import Dated
from muniment.terms import DCTERMS, MUN, SCHEMA
from muniment_service.errors import MalformedRequest
from muniment_service.filters import OF_QUERY, Filters
from muniment_service.lookup import NAMING, Facts, Lookup, iris_of, label_of, text_of
from muniment_service.saved import Saved

AT_ONCE = 1_000
"""Events that are looked up with one query."""
_LINKS = {
    "part_of": f"{SCHEMA}superEvent",
    "organizers": f"{SCHEMA}organizer",
    "places": f"{SCHEMA}location",
    "part_of_day": f"{MUN}partOfDay",
    "status": f"{SCHEMA}eventStatus",
    "type": f"{MUN}eventType",
    "attendance": f"{MUN}attendance",
}
_TEXTS = {
    "start": f"{SCHEMA}startDate",
    "end": f"{SCHEMA}endDate",
    "planned_start": f"{MUN}plannedStart",
    "start_time": f"{MUN}startTime",
    "end_time": f"{MUN}endTime",
    "description": f"{DCTERMS}description",
}


@dataclass(frozen=True)
class Named:
    """A thing and what it is called."""

    iri: str
    label: str


@dataclass(frozen=True)
class Where(Named):
    """A place."""

    within: tuple[str, ...] = ()
    """The labels of what it lies within, from the inside out."""
    coordinates: tuple[str, str] | None = None
    """Latitude and longitude of the place itself."""

    @property
    def address(self) -> str:
        """Its label and what it lies within, without what a label ends with already ("Town Hall, Port Aven", "Port Aven")."""
        found = [self.label]
        found += [label for label in self.within if not self.label.endswith(label)]
        return ", ".join(found)


@dataclass(frozen=True)
class Event:
    """An event as the consolidated graph has it; dates are text: a day, a month or a year, None where none is known."""

    iri: str
    start: str | None
    end: str | None
    planned_start: str | None
    """A date that was dropped."""
    label: str
    language: str | None
    start_time: str | None
    end_time: str | None
    description: str | None
    places: tuple[Where, ...]
    links: Mapping[str, tuple[Named, ...]]
    """``part_of``, ``organizers``, ``part_of_day``, ``status``, ``type``, ``attendance``."""

    @property
    def organizers(self) -> tuple[Named, ...]:
        """Those who organise it."""
        return self.links["organizers"]


async def found_by(lookup: Lookup, saved: Saved, name: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """The IRIs in the column ``event`` of the answer to a saved query, or if it has none in the first.

    Raises:
        NotFound: there is no such query.
        ParameterError: it lacks a parameter, or one does not fit.
        MalformedRequest: it does not answer with rows, or has no such parameter.
    """
    query = saved.get(name)
    if query.form != "SELECT":
        raise MalformedRequest(f"The saved query `{name}` gives no rows.", hint="Name one that is a SELECT.")
    values = {key.removeprefix(OF_QUERY): value for key, value in given.items() if key.startswith(OF_QUERY)}
    known = [parameter.name for parameter in query.parameters]
    for key in values:
        if key not in known:
            message = f"The saved query `{name}` has no parameter `{key}`."
            raise MalformedRequest(
                message, hint=did_you_mean(key, known) or f"It has {', '.join(known) or 'none'}."
            )
    bound = await asyncio.to_thread(saved.bind, query, values)
    answer = await lookup.rows(bound.text)
    column = "event" if "event" in answer.variables else answer.variables[0]
    iris = (str(row[column]) for row in answer if isinstance(row.get(column), rdflib.URIRef))
    return tuple(dict.fromkeys(iris))


async def dated(lookup: Lookup, filters: Filters) -> Sequence[Dated]:
    """The events of a set in order of their dates; those without one come last."""
    table = await lookup.event_tables.table(lookup)
    among = await _among(lookup, filters)
    return await asyncio.to_thread(table.within, filters.first, filters.last, among)


async def located(lookup: Lookup, filters: Filters) -> Mapping[tuple[str, ...], int]:
    """Places -> how many events of a set take place just there; of those that are nowhere there are none."""
    table = await lookup.event_tables.table(lookup)
    return await asyncio.to_thread(table.in_places, await dated(lookup, filters))


async def _among(lookup: Lookup, filters: Filters) -> frozenset[str] | None:
    """The events that filters leave, but for those of time; None if they leave all."""
    sets: list[frozenset[str]] = [frozenset(found) for found in filters.found]
    if pattern := filters.pattern():
        found = await lookup.texts(f"SELECT DISTINCT ?event {{ {pattern} }}")
        sets.append(frozenset(row[0] for row in found))
    return frozenset.intersection(*sets) if sets else None


async def described(lookup: Lookup, iris: Sequence[str]) -> list[Event]:
    """What is known of each event, in the order given."""
    facts = await lookup.facts(iris, [*NAMING, *_LINKS.values(), *_TEXTS.values()])
    await lookup.locate(_linked(facts.values(), "places"))
    await lookup.name({iri for name in _LINKS for iri in _linked(facts.values(), name)})
    return [
        _event(lookup, iri, label_of(known) or (lookup.short(iri), None), known)
        for iri, known in facts.items()
    ]


async def batches(lookup: Lookup, iris: Sequence[str]) -> AsyncIterator[list[Event]]:
    """The same for as many as there are, some at a time."""
    for start in range(0, len(iris), AT_ONCE):
        yield await described(lookup, iris[start : start + AT_ONCE])


def _event(lookup: Lookup, iri: str, title: tuple[str, str | None], facts: Facts) -> Event:
    texts = {name: text_of(facts, term) for name, term in _TEXTS.items()}
    links = {
        name: tuple(Named(linked, lookup.label(linked)) for linked in iris_of(facts, term))
        for name, term in _LINKS.items()
        if name != "places"
    }
    places = tuple(_where(lookup, place) for place in iris_of(facts, _LINKS["places"]))
    return Event(iri=iri, label=title[0], language=title[1], places=places, links=links, **texts)


def _where(lookup: Lookup, place: str) -> Where:
    _, *around = lookup.within(place)
    labels = tuple(lookup.label(iri) for iri in around)
    return Where(place, lookup.label(place), labels, lookup.coordinates(place))


def _linked(facts: Iterable[Facts], name: str) -> set[str]:
    return {iri for known in facts for iri in iris_of(known, _LINKS[name])}
