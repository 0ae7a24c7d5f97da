"""Sets of events, places and documents in the formats of people's own tools: calendars, tables, maps, reference managers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from math import ceil
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from muniment.event_dates import Dated
from muniment.formats import Format
from muniment_service import events, references, urls
from muniment_service.context import Context
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.events import Event
from muniment_service.exports import bibliography, calendar, geojson, tables
from muniment_service.exports.pieces import response_of
from muniment_service.filters import WANTED, Filters, read_parameters
from muniment_service.lookup import Lookup
from muniment_service.openapi import OF_QUERIES, READING, Responses, answers, problems, query_parameter
from muniment_service.set_request import (
    SetRequest,
    chosen,
    headers_of,
    kept,
    pinned,
    read_set_request,
)
from muniment_service.set_views import views

router = APIRouter()
CSV = Format("csv", "text/csv", "csv")
JSON_LINES = Format("jsonl", "application/jsonl", "jsonl")
ICALENDAR = Format("icalendar", "text/calendar", "ics")
GEOJSON = Format("geojson", "application/geo+json", "geojson")
BIBTEX = Format("bibtex", "application/x-bibtex", "bib")
CSL = Format("csl", "application/vnd.citationstyles.csl+json", "csl.json")
OF_EVENTS = (CSV, JSON_LINES, ICALENDAR, GEOJSON, urls.HTML)
OF_PLACES = (GEOJSON, urls.HTML)
OF_DOCUMENTS = (BIBTEX, CSL)
_PAGE = 50
"""Events on a page."""
_DESCRIBED = {
    "body": "The IRI of a body or person, or what follows `id/` in it: events that it organises or takes part in.",
    "place": "The IRI of a place, or what follows `id/` in it: events there or in what lies within it.",
    "q": "Words of the name of an event.",
    "query": "The name of a saved query; `query.NAME` gives its parameter of that name. Events in its column `event`, or else its first.",
    "from": "A day, month or year: events that may still run then, or later.",
    "until": "A day, month or year: events that may have begun by then.",
    "page": "Which page, for HTML.",
    "release": "The id of the release to read from.",
}


def parameters(*names: str) -> dict[str, Any]:
    """Parameters of sets, for the OpenAPI description."""
    return {"parameters": [query_parameter(name, _DESCRIBED[name]) for name in names]}


_JSON = {GEOJSON.media_type: {"type": "object"}, CSL.media_type: {"type": "array"}}


def _responses(description: str, forms: Sequence[Format]) -> Responses:
    wrong = (MalformedRequest, NotFound, *OF_QUERIES, *READING)
    types = [form.media_type for form in forms]
    return {**answers(description, types, schemas=_JSON), **problems(*wrong)}


_FILTERED, _PINNED = parameters(*WANTED, "page", "release"), parameters("release")
_EVENTS = _responses("The events of the set.", OF_EVENTS)
_PLACES = _responses("The places.", (GEOJSON,)) | {303: {"description": "The map, for browsers."}}
_DOCUMENTS = _responses("The documents.", OF_DOCUMENTS)
_REFUSED = problems(NotAcceptable)


@router.get("/events", response_class=Response, responses=_EVENTS | _REFUSED, openapi_extra=_FILTERED)
async def get_events(request: Request) -> Response:
    """A set of events: all, or those of a body, at a place, of a name, of some time; negotiated."""
    return await unless_gone(_events(request, None), request.receive)


@router.get("/events.{ending}", response_class=Response, responses=_EVENTS, openapi_extra=_FILTERED)
async def get_events_in(ending: str, request: Request) -> Response:
    """The same in one format: ``.ics``, ``.csv``, ``.jsonl``, ``.geojson``, ``.html``."""
    return await unless_gone(_events(request, _named(ending, OF_EVENTS, urls.EVENTS)), request.receive)


@router.get("/places", response_class=Response, responses=_PLACES | _REFUSED, openapi_extra=_PINNED)
async def get_places(request: Request) -> Response:
    """The places whose coordinates are known, with their number of events."""
    return await _places(request, None)


@router.get("/places.{ending}", response_class=Response, responses=_PLACES, openapi_extra=_PINNED)
async def get_places_in(ending: str, request: Request) -> Response:
    """The same in one format: ``.geojson``; ``.html`` leads to the map."""
    return await _places(request, _named(ending, OF_PLACES, urls.PLACES))


@router.get("/documents", response_class=Response, responses=_DOCUMENTS | _REFUSED, openapi_extra=_PINNED)
async def get_documents(request: Request) -> Response:
    """The documents that the graph knows, for reference managers."""
    return await unless_gone(_documents(request, None), request.receive)


@router.get("/documents.{ending}", response_class=Response, responses=_DOCUMENTS, openapi_extra=_PINNED)
async def get_documents_in(ending: str, request: Request) -> Response:
    """The same in one format: ``.bib``, ``.csl.json``."""
    return await unless_gone(
        _documents(request, _named(ending, OF_DOCUMENTS, urls.DOCUMENTS)), request.receive
    )


async def _events(request: Request, form: Format | None) -> Response:
    page = _page(request)
    asked = await read_set_request(request)
    context, lookup, filters, given = asked.context, asked.lookup, asked.filters, asked.given
    form = form or chosen(request, urls.EVENTS, given, OF_EVENTS)
    headers = headers_of(context, urls.EVENTS, given, form, OF_EVENTS)
    if form == urls.HTML:
        return await _page_of(request, asked, headers, page)
    if page != 1:
        raise MalformedRequest(f"`page` is for pages; {form.name} is always whole.", hint="Leave it out.")
    if form == GEOJSON:
        places, without = await _tally(lookup, filters)
        return Response(await asyncio.to_thread(geojson.collection, lookup, places, without), headers=headers)
    found = await events.dated(lookup, filters)
    pieces = {CSV: _csv, JSON_LINES: _json_lines, ICALENDAR: _icalendar}[form]
    return await response_of(pieces(context, lookup, found), headers, context.settings.answer_bytes)


async def _csv(context: Context, lookup: Lookup, found: Sequence[Dated]) -> AsyncIterator[bytes]:
    yield tables.csv_head()
    async for some in events.batches(lookup, [event.iri for event in found]):
        yield await asyncio.to_thread(tables.csv_lines, some)


async def _json_lines(context: Context, lookup: Lookup, found: Sequence[Dated]) -> AsyncIterator[bytes]:
    async for some in events.batches(lookup, [event.iri for event in found]):
        yield await asyncio.to_thread(tables.json_lines, some)


async def _icalendar(context: Context, lookup: Lookup, found: Sequence[Dated]) -> AsyncIterator[bytes]:
    fitting, settings = [event.iri for event in found if calendar.fits(event)], context.settings
    yield calendar.head(settings.title, settings.description, len(found) - len(fitting))
    async for some in events.batches(lookup, fitting):
        yield await asyncio.to_thread(calendar.body, some, settings.issued)
    yield calendar.tail()


async def _page_of(request: Request, asked: SetRequest, headers: Mapping[str, str], page: int) -> Response:
    context, lookup, filters, given = asked.context, asked.lookup, asked.filters, asked.given
    every = await events.dated(lookup, filters)
    total = len(every)
    pages = max(1, ceil(total / _PAGE))
    if page > pages:
        raise NotFound(f"There is no page {page}.", hint=f"The last page is {pages}.")
    found = every[(page - 1) * _PAGE : page * _PAGE]
    shown = await events.described(lookup, [event.iri for event in found])
    around = {"first": 1, "prev": page - 1, "next": page + 1, "last": pages}
    links = {
        rel: urls.set_url(urls.EVENTS, {**given, "page": str(number)}, urls.HTML)  # no other format has pages
        for rel, number in around.items()
        if 1 <= number <= pages and number != page
    }
    rels = ", ".join(f'<{href}>; rel="{rel}"' for rel, href in links.items())
    subscribe = urls.set_url(urls.EVENTS, given, ICALENDAR)
    host = urls.origin(request.url.scheme, request.headers.get("host")).partition("://")[2]
    return await asyncio.to_thread(
        context.pages.render,
        "events.html",
        headers={**headers, "Link": ", ".join(filter(None, (headers["Link"], rels)))},
        events=[_shown(context, event) for event in shown],
        total=total,
        page=page,
        pages=pages,
        links=links,
        **views(asked, urls.EVENTS),
        formats={f.name: urls.set_url(urls.EVENTS, given, f) for f in OF_EVENTS if f != urls.HTML},
        subscribe=f"webcal://{host}{subscribe}",
    )


def _shown(context: Context, event: Event) -> dict[str, Any]:
    href, start = context.urls.document, event.start
    ends = event.end if event.end and event.end != start else None
    return {
        "event": event,
        "href": href(event.iri),
        "when": f"{start} to {ends}" if start and ends else start or "",
        "time": " to ".join(t[:5] for t in (event.start_time, event.end_time) if t),
        "where": [(href(place.iri), place.address) for place in event.places],
        "who": [(href(body.iri), body.label) for body in event.organizers],
        "status": ", ".join(status.label for status in event.links["status"]),
    }


async def _places(request: Request, form: Format | None) -> Response:
    context = await pinned(request)
    read_parameters(request.query_params.multi_items(), ("release",))
    form = form or chosen(request, urls.PLACES, kept(request), OF_PLACES)
    if form == urls.HTML:
        return RedirectResponse(urls.set_url(urls.MAP, kept(request)), 303)
    lookup = context.lookup_for(request)
    counts, without = await _tally(lookup, Filters({}))
    everywhere = dict.fromkeys(await lookup.locate_all(), 0)
    body = await asyncio.to_thread(geojson.collection, lookup, {**everywhere, **counts}, without)
    return Response(body, headers=headers_of(context, urls.PLACES, kept(request), form, OF_PLACES))


async def _tally(lookup: Lookup, filters: Filters) -> tuple[dict[str, int], int]:
    located = await events.located(lookup, filters)
    await lookup.locate({place for places in located for place in places})
    return await asyncio.to_thread(geojson.tally, lookup, located)


async def _documents(request: Request, form: Format | None) -> Response:
    context = await pinned(request)
    read_parameters(request.query_params.multi_items(), ("release",))
    form = form or chosen(request, urls.DOCUMENTS, kept(request), OF_DOCUMENTS)
    lookup = context.lookup_for(request)
    pieces = _bibtex(lookup) if form == BIBTEX else _csl(lookup)
    headers = headers_of(context, urls.DOCUMENTS, kept(request), form, OF_DOCUMENTS)
    return await response_of(pieces, headers, context.settings.answer_bytes)


async def _bibtex(lookup: Lookup) -> AsyncIterator[bytes]:
    taken: set[str] = set()
    async for some in references.batches(lookup, await references.documents(lookup)):
        yield bibliography.bibtex(some, bibliography.unique_keys(some, taken))


async def _csl(lookup: Lookup) -> AsyncIterator[bytes]:
    taken: set[str] = set()
    before = b"[\n"
    async for some in references.batches(lookup, await references.documents(lookup)):
        keys = bibliography.unique_keys(some, taken)
        yield before + bibliography.csl_bytes(map(bibliography.csl, some, keys))
        before = b",\n"
    yield b"\n]\n" if taken else b"[]\n"


def _page(request: Request) -> int:
    text = request.query_params.get("page") or "1"
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise MalformedRequest(f"`page={text}` is no page.", hint="Pages are numbered from 1.")
    return int(text)


def _named(ending: str, forms: Sequence[Format], path: str) -> Format:
    for form in forms:
        if form.extension == ending:
            return form
    known = ", ".join(f"{path}.{form.extension}" for form in forms)
    raise NotFound(f"There is no format `.{ending}` here.", hint=f"There are {known}.")
