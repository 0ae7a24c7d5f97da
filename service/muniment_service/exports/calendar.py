"""Events as iCalendar (RFC 5545, with names for the calendar from RFC 7986).

A calendar has no way to say that a day is not known, and no status "postponed". So:

- only events whose first day is known stand in it; how many do not, its description says;
- a time is "floating", since no time zone is known; one of an event over several days is in the description, for it holds on each day;
- an event that was postponed without a new date stands on the day that was dropped, as CANCELLED: who had subscribed sees it struck out;
- an organiser is named in the description: ORGANIZER would need an e-mail address.

``UID`` is the event's IRI, so the same event is the same in every release. ``DTSTAMP`` is the day of the release, or the epoch if none is
stated: nothing here looks at a clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from muniment.event_dates import Dated
from muniment.terms import SCHEMA
from muniment_service.events import Event

if TYPE_CHECKING:
    import icalendar

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}:\d{2}")
_POSTPONED, _CANCELLED = f"{SCHEMA}EventPostponed", f"{SCHEMA}EventCancelled"
_STATUS = {_POSTPONED: "CANCELLED", _CANCELLED: "CANCELLED", f"{SCHEMA}EventScheduled": "CONFIRMED"}
_EPOCH = date(1970, 1, 1)


def fits(event: Dated | Event) -> bool:
    """Whether an event can stand in a calendar: the day on which it begins, or was to begin, is known."""
    return day_of(event.start or event.planned_start) is not None


def head(title: str, description: str, left_out: int) -> bytes:
    """The beginning of a calendar, with the number of events that cannot stand in it."""
    import icalendar  # here, so that a service starts without it
    from icalendar.prop import vText

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//muniment//events//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if left_out:
        events = "1 event is" if left_out == 1 else f"{left_out:,} events are"
        description = (
            f"{description} {events} left out, since no day is known on which {_pronoun(left_out)}.".strip()
        )
    for name, text in (("NAME", title), ("X-WR-CALNAME", title)):
        calendar.add(name, vText(text))
    for name in ("DESCRIPTION", "X-WR-CALDESC"):
        calendar.add(name, vText(description))
    calendar.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    return bytes(calendar.to_ical()).removesuffix(_END)


def tail() -> bytes:
    """The end of a calendar."""
    return _END


def body(events: Iterable[Event], issued: str | None) -> bytes:
    """The events of a calendar; those that do not fit are left out.

    Args:
        events: what is described.
        issued: the day of the release.
    """
    day = (issued and day_of(issued)) or _EPOCH
    stamp = datetime.combine(day, time(), UTC)
    return b"".join(_component(event, stamp).to_ical() for event in events if fits(event))


def day_of(text: str | None) -> date | None:
    """The day that a date names; None for a month, a year, or what is no date."""
    try:
        return date.fromisoformat(text) if text and _DAY.fullmatch(text) else None
    except ValueError:
        return None


_END = b"END:VCALENDAR\r\n"


def _component(event: Event, stamp: datetime) -> icalendar.Event:
    import icalendar

    found = icalendar.Event()
    found.add("uid", event.iri)
    found.add("dtstamp", stamp)
    for name, value in _span(event):
        found.add(name, value)
    language = {"LANGUAGE": event.language} if event.language else {}
    found.add("summary", event.label, parameters=language)
    found.add("description", "\n".join(_told(event)))
    if event.places:
        place = event.places[0]
        found.add("location", place.address)
        if place.coordinates:
            found.add("geo", tuple(float(number) for number in place.coordinates))
    if kinds := [kind.label for kind in event.links["type"]]:
        found.add("categories", kinds)
    for status in event.links["status"]:
        if status.iri in _STATUS:
            found.add("status", _STATUS[status.iri])
            break
    for whole in event.links["part_of"]:
        found.add("related-to", whole.iri, parameters={"RELTYPE": "PARENT"})
    found.add("transp", "TRANSPARENT")  # a record of what took place: nobody's time is taken
    found.add("url", event.iri)
    return found


def _span(event: Event) -> Iterator[tuple[str, date | datetime]]:
    """When it begins and, where that is known, ends. The end of whole days is the day after the last (RFC 5545, section 3.6.1)."""
    first = day_of(event.start or event.planned_start)
    assert first
    last = day_of(event.end) if event.start else None
    begins, ends = _time(event.start_time), _time(event.end_time)
    if begins and (last or first) == first:
        yield "dtstart", datetime.combine(first, begins)
        if ends and ends > begins:
            yield "dtend", datetime.combine(first, ends)
        return
    yield "dtstart", first
    if last and last >= first:
        yield "dtend", last + timedelta(days=1)


def _told(event: Event) -> Iterator[str]:
    """The lines of the description: what iCalendar has no property for."""
    if event.description:
        yield event.description
    if event.organizers:
        yield f"Organised by {', '.join(body.label for body in event.organizers)}."
    for status in event.links["status"]:
        words = {_POSTPONED: "Postponed: this is the date that was dropped"}
        yield f"{words.get(status.iri, f'Status: {status.label}')}."
    if event.end and not day_of(event.end):
        yield f"Ends in {event.end}; the day is not known."
    if event.start_time or event.end_time:
        times = " to ".join(found for found in (event.start_time, event.end_time) if found)
        yield f"Local time: {times}."
    for part in event.links["part_of_day"]:
        yield f"Part of the day: {part.label}."
    for rule in event.links["attendance"]:
        yield f"Attendance: {rule.label}."
    if len(event.places) > 1:
        yield f"Places: {'; '.join(place.label for place in event.places)}."
    yield event.iri


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text and _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _pronoun(number: int) -> str:
    return "it begins" if number == 1 else "they begin"
