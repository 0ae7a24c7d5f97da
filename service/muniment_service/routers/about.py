"""``/sources``, ``/disagreements`` and ``/about``: what the graph was read from, where that disagrees, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from muniment.errors import ParameterError
from muniment.formats import Format
from muniment.readings import Reading
from muniment_service import disputes, reading, urls
from muniment_service.catalogue import publisher_of
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.filters import read_parameters
from muniment_service.lookup import Lookup
from muniment_service.negotiation import choose, named_format
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.paging import page_links, page_number
from muniment_service.reading import Source

router = APIRouter()
_BOTH = (urls.HTML, urls.JSON)
_SCHEMAS: dict[str, Any] = {urls.JSON.media_type: {"type": "object"}}
_TYPES = [form.media_type for form in _BOTH]
_WRONG = problems(ParameterError, MalformedRequest, NotFound, NotAcceptable, *OF_QUERIES, *READING)
_FORMAT = query_parameter("format", "`json` or `html`, over the Accept header.")
_RELEASE = query_parameter("release", "The id of the release to read from.")
_SOURCE = query_parameter(
    "source", "The IRI of a source, or its path: with its claims in the order of its lines."
)
_PAGE = query_parameter("page", "The number of the page, from 1.", pattern="^[0-9]+$")


@router.get(
    urls.SOURCES,
    response_class=Response,
    responses={**answers("The sources.", _TYPES, schemas=_SCHEMAS), **_WRONG},
    openapi_extra={"parameters": [_SOURCE, _PAGE, _FORMAT, _RELEASE]},
)
async def get_sources(request: Request) -> Response:
    """The sources of the release: how many lines of each carry claims, which were set aside and why; or one of them and its claims."""
    return await unless_gone(_sources(request), request.receive)


@router.get(
    urls.DISAGREEMENTS,
    response_class=Response,
    responses={**answers("The disagreements.", _TYPES, schemas=_SCHEMAS), **_WRONG},
    openapi_extra={"parameters": [_PAGE, _FORMAT, _RELEASE]},
)
async def get_disagreements(request: Request) -> Response:
    """Where claims disagree: the values with the lines behind each, which one holds, and by which rule."""
    return await unless_gone(_disagreements(request), request.receive)


@router.get(
    urls.ABOUT,
    response_class=Response,
    responses={**answers("The page.", [urls.HTML.media_type]), **problems(NotAcceptable, *READING)},
)
async def get_about(request: Request) -> Response:
    """How the graph was made, under which licence it is, what is kept of visitors, how accessible the pages are."""
    context = context_of(request)
    if choose(accept_header(request), (urls.HTML.media_type,)) is None:
        raise NotAcceptable((urls.HTML.media_type,))
    publisher = await run_in_threadpool(publisher_of, context)
    manifest = context.release.manifest if context.release else {}
    return context.pages.render("about.html", publisher=publisher, manifest=manifest)


async def _sources(request: Request) -> Response:
    given, context, form = await _asked(request, ("source", "page", "format", "release"))
    lookup, page = context.lookup_for(request), page_number(given.get("page", "1"))
    readings = await context.readings.all(lookup)
    if "source" in given:
        return await _source(given, context, form, lookup, readings, page)
    last, links = page_links(urls.SOURCES, given, page, len(readings), reading.PAGE)
    found = await reading.sources(lookup, readings[(page - 1) * reading.PAGE : page * reading.PAGE])
    headers = _headers(urls.SOURCES, given)
    if form == urls.JSON:
        listed = await run_in_threadpool(lambda: [source.document() for source in found])
        told = {"total": len(readings), "page": page, "pages": last, "sources": listed, "links": links}
        return JSONResponse(told, headers=headers)
    return await run_in_threadpool(
        context.pages.render,
        "sources.html",
        headers=headers,
        sources=found,
        total=len(readings),
        claims=sum(one.claims for one in readings),
        page=page,
        last=last,
        links=links,
        href=context.urls.document,
        claims_of=partial(_claims_of, given),
        disagreements=len(await context.disputed.all(lookup)),
        queries={query.name for query in context.saved.queries},
    )


async def _source(
    given: dict[str, str],
    context: Context,
    form: Format,
    lookup: Lookup,
    readings: Sequence[Reading],
    page: int,
) -> Response:
    """One source, and a page of its claims."""
    named = set(context.urls.named(given["source"], context.settings.prefixes))
    one = next((one for one in readings if one.iri in named), None)
    if one is None:
        raise NotFound(f"There is no source `{given['source'][:200]}`.", hint=f"{urls.SOURCES} lists them.")
    last, links = page_links(urls.SOURCES, given, page, one.claims, reading.CLAIMS)
    [source] = await reading.sources(lookup, [one])
    every = await reading.claims(lookup, one.iri)
    shown = every[(page - 1) * reading.CLAIMS : page * reading.CLAIMS]
    headers = _headers(urls.SOURCES, given)
    if form == urls.JSON:
        listed = [
            {"iri": read.iri, "lines": read.lines, "basis": read.kind, "hedged": read.hedged}
            for read in shown
        ]
        told = {**source.document(), "page": page, "pages": last, "listed": listed, "links": links}
        return JSONResponse(told, headers=headers)
    return await run_in_threadpool(
        context.pages.render,
        "source.html",
        headers=headers,
        source=source,
        shown=shown,
        page=page,
        last=last,
        links=links,
        data=urls.set_url(urls.SOURCES, {**given, "format": "json"}),
        href=context.urls.document,
    )


def _claims_of(given: dict[str, str], source: Source) -> str:
    """The address of the claims of a source."""
    kept = {key: value for key, value in given.items() if key == "release"}
    return urls.set_url(urls.SOURCES, {"source": source.reading.iri, **kept})


async def _disagreements(request: Request) -> Response:
    given, context, form = await _asked(request, ("page", "format", "release"))
    lookup, page = context.lookup_for(request), page_number(given.get("page", "1"))
    every = await context.disputed.all(lookup)
    last, links = page_links(urls.DISAGREEMENTS, given, page, len(every), disputes.PAGE)
    shown = every[(page - 1) * disputes.PAGE : page * disputes.PAGE]
    found = await disputes.disputes(lookup, context.pages.names({}, context.urls), shown)
    headers = _headers(urls.DISAGREEMENTS, given)
    if form == urls.JSON:
        listed = [dispute.document() for dispute in found]
        return JSONResponse(
            {"total": len(every), "page": page, "pages": last, "disagreements": listed, "links": links},
            headers=headers,
        )
    return await run_in_threadpool(
        context.pages.render,
        "disagreements.html",
        headers=headers,
        disputes=found,
        total=len(every),
        page=page,
        last=last,
        links=links,
        href=context.urls.document,
    )


async def _asked(request: Request, known: tuple[str, ...]) -> tuple[dict[str, str], Context, Any]:
    given = read_parameters(request.query_params.multi_items(), known)
    await turn_to_release(request, given.get("release"))
    form = named_format([given["format"]] if "format" in given else [], _BOTH)
    if form is None:
        media_type = choose(accept_header(request), _TYPES)
        if media_type is None:
            raise NotAcceptable(_TYPES)
        form = next(f for f in _BOTH if f.media_type == media_type)
    return given, context_of(request), form


def _headers(path: str, given: dict[str, str]) -> dict[str, str]:
    links = (
        f'<{urls.set_url(path, {**given, "format": form.name})}>; rel="alternate"; type="{form.media_type}"'
        for form in _BOTH
    )
    return {"Link": ", ".join(links)}
