"""``/browse``: the classes of the release, and for each the list of its things, in pages or as a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from muniment.errors import ParameterError
from muniment.formats import RDF_FORMATS, Format
from muniment_service import rows, urls
from muniment_service.classes import class_called, definitions, name_of, recorded
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound, TooLarge
from muniment_service.exports.pieces import response_of
from muniment_service.file_response import FileBody
from muniment_service.listing import Listing
from muniment_service.lookup import Lookup
from muniment_service.negotiation import choose, content_type, named_format
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.sought import index_of, once, parameters_of

router = APIRouter()
CSV = Format("csv", "text/csv", "csv")
JSON_LINES = Format("jsonl", "application/jsonl", "jsonl")
_RDF = tuple(form for form in RDF_FORMATS if form.name not in ("trig", "nquads"))
_CLASSES = (urls.HTML, urls.JSON)
_FORMATS = (urls.HTML, urls.JSON, CSV, JSON_LINES, *_RDF)
WHOLE = (CSV, JSON_LINES, *_RDF)
"""The formats that hold the whole list; the others come in pages."""
_SCHEMAS: dict[str, Any] = {urls.JSON.media_type: {"type": "object"}, "application/ld+json": {}}
_RELEASE = query_parameter("release", "The id of the release to list.")
_FORMAT = query_parameter("format", "The format by its short name, over the Accept header.")
_PARAMETERS = [
    query_parameter("q", "Words of a name, the last of which may be a beginning."),
    query_parameter("sort", "The name of a column, with `-` before it the other way round; else by name."),
    query_parameter("column", "The name of a property that the list shall show.", many=True),
    query_parameter("page", "The number of the page, from 1, of HTML and JSON.", pattern="^[0-9]+$"),
    query_parameter("limit", "How many things a page has.", pattern="^[0-9]+$"),
    _FORMAT,
    _RELEASE,
]
_WRONG = (ParameterError, MalformedRequest, NotFound, NotAcceptable, TooLarge)
_LISTED = {
    **answers("The classes.", [f.media_type for f in _CLASSES], schemas=_SCHEMAS),
    **problems(*_WRONG, *READING),
}
_LIST = {
    **answers("The list.", [f.media_type for f in _FORMATS], schemas=_SCHEMAS),
    **problems(*_WRONG, *OF_QUERIES, *READING),
}


@router.get(
    urls.BROWSE,
    response_class=Response,
    responses=_LISTED,
    openapi_extra={"parameters": [_FORMAT, _RELEASE]},
)
async def get_classes(request: Request) -> Response:
    """The classes whose things can be listed, with how many there are; those that people come for first."""
    given = await _given(request)
    context = context_of(request)
    if unknown := sorted(given.keys() - {"format", "release"}):
        raise MalformedRequest(f"There is no parameter `{unknown[0][:50]}` here.")
    form = _chosen(request, given, _CLASSES)
    index = index_of(context)
    said = await asyncio.to_thread(definitions, context.store, [c.iri for c in index.classes])
    classes = [
        {
            "iri": c.iri,
            "label": c.label,
            "definition": said.get(c.iri, ""),
            "count": c.things,
            "main": c.main,
            "url": urls.list_url(name_of(context, c, index.classes)),
        }
        for c in index.classes
    ]
    if form == urls.JSON:
        return JSONResponse({"classes": classes})
    records = await asyncio.to_thread(recorded, context, [c.iri for c in index.classes])
    return context.pages.render("browse.html", classes=classes, records=records)


@router.get(
    f"{urls.BROWSE}/{{name:path}}",
    response_class=Response,
    responses=_LIST,
    openapi_extra={"parameters": _PARAMETERS},
)
async def get_list(name: str, request: Request) -> Response:
    """The things of a class, by its local name, prefixed name or IRI. A parameter with the name of a facet narrows them, as in `/search`."""
    return await unless_gone(_list(name, request), request.receive)


async def _list(name: str, request: Request) -> Response:
    given = await _given(request)
    context = context_of(request)
    class_called(context, name)  # an unknown class is a 404, whatever else is wrong
    form = _chosen(request, given, _FORMATS)
    listing = await asyncio.to_thread(Listing.asked_for, context, name, given)
    headers = _headers(listing, form)
    lookup = context.lookup_for(request)
    if form in WHOLE:
        if listing.asked.page != 1:
            raise MalformedRequest(f"`page` is for pages; {form.name} is always whole.", hint="Leave it out.")
        return await _whole(context, lookup, listing, form, headers)
    things = [(hit.iri, hit.label) for hit in listing.found.hits]
    shown = await rows.rows_of(lookup, listing.names, things, listing.columns)
    if form == urls.JSON:
        return JSONResponse(_document(listing, shown), headers=headers)
    said = await asyncio.to_thread(definitions, context.store, [listing.class_.iri])
    return await asyncio.to_thread(
        context.pages.render,
        "list.html",
        headers=headers,
        answer=listing,
        rows=shown,
        definition=said.get(listing.class_.iri, ""),
        formats={f.name: listing.address(name=f.name) for f in _FORMATS if f != urls.HTML},
    )


async def _whole(
    context: Context, lookup: Lookup, listing: Listing, form: Format, headers: dict[str, str]
) -> Response:
    things = await asyncio.to_thread(
        listing.index.things, listing.asked.text, listing.asked.selected, listing.order
    )
    if form in _RDF:
        body = await lookup.answer(rows.construct(things, listing.columns), form.media_type)
        return FileBody(body, headers) if isinstance(body, Path) else Response(body, headers=headers)
    names = [listing.name(column) for column in listing.columns]

    async def pieces() -> AsyncIterator[bytes]:
        if form == CSV:
            yield rows.csv_head(names)
        async for some in rows.batches(lookup, listing.names, things, listing.columns):
            yield rows.csv_lines(some) if form == CSV else rows.json_lines(some, names)

    return await response_of(pieces(), headers, context.settings.answer_bytes)


def _document(listing: Listing, shown: list[rows.Row]) -> dict[str, Any]:
    found = listing.document()
    names = [listing.name(column) for column in listing.columns]
    return {
        "class": listing.class_.iri,
        "label": listing.class_.label,
        **{key: found[key] for key in ("q", "total", "page", "pages")},
        "sort": listing.sort,
        "columns": [
            {"name": listing.name(c), "iri": c.property, "label": c.label, "shown": c in listing.columns}
            for c in listing.known
        ],
        "things": [
            {**rows.document(row, names), "url": listing.context.urls.document(row.iri)} for row in shown
        ],
        "facets": [facet for facet in found["facets"] if facet["name"] != "class"],
        "links": found["links"],
    }


def _headers(listing: Listing, form: Format) -> dict[str, str]:
    links = [f'<{href}>; rel="{rel}"' for rel, href in listing.links().items()]
    links += [
        f'<{listing.address(name=other.name)}>; rel="alternate"; type="{other.media_type}"'
        for other in _FORMATS
    ]
    page = 1 if form in WHOLE else listing.asked.page
    return {
        "Content-Type": content_type(form.media_type),
        "Content-Location": listing.address(page, form.name),
        "Link": ", ".join(links),
    }


async def _given(request: Request) -> dict[str, list[str]]:
    given = parameters_of(request.scope["query_string"])
    await turn_to_release(request, once(given, "release") or None)
    return given


def _chosen(request: Request, given: dict[str, list[str]], forms: tuple[Format, ...]) -> Format:
    if named := named_format(given.get("format", ()), forms):
        return named
    media_type = choose(accept_header(request), [form.media_type for form in forms])
    if media_type is None:
        raise NotAcceptable([form.media_type for form in forms])
    return next(form for form in forms if form.media_type == media_type)
