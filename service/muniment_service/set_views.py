"""The ways to look at one set of events - list, timeline, calendar, map - with the same filters."""

from __future__ import annotations

from typing import Any

from muniment_service import urls
from muniment_service.drawings.periods import Period
from muniment_service.set_request import SetRequest

_VIEWS = {urls.EVENTS: "List", urls.TIMELINE: "Timeline", urls.CALENDAR: "Calendar", urls.MAP: "Map"}


def views(asked: SetRequest, here: str, month: Period | None = None) -> dict[str, Any]:
    """What the templates ``set_views.html`` and ``set_filters.html`` show: links to the other views, the filters, and what they are called.

    ``month`` is what a calendar shows.
    """
    of = [asked.lookup.label(iri) for iri in (asked.filters.body, asked.filters.place) if iri]
    if "query" in asked.given:
        of.append(asked.context.saved.get(asked.given["query"]).title)
    return {
        "views": [(path, name, _address(path, asked, month)) for path, name in _VIEWS.items()],
        "here": here,
        "of": of,
        "filters": asked.given,
    }


def _address(path: str, asked: SetRequest, month: Period | None) -> str:
    given = dict(asked.given)
    if month:
        return urls.set_url(
            path, {**given, **({"month": month.bounds["from"]} if path == urls.CALENDAR else {})}
        )
    if path == urls.CALENDAR:  # it shows one month
        first = given.pop("from", None)
        given.pop("until", None)
        if first and len(first) >= 7:
            given["month"] = first[:7]
    return urls.set_url(path, given)
