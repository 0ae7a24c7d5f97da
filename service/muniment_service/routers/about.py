"""``/sources``, ``/disagreements`` and ``/about``: what the graph was read from, where that disagrees, and how it was made."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from muniment_service import disputes, reading, urls
from muniment_service.catalogue import publisher_of
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.filters import read_parameters
from muniment_service.lookup import Lookup
from muniment_service.negotiation import by_short_name, choose
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter

router = APIRouter()
_BOTH = (urls.HTML, urls.JSON)
_SCHEMAS: dict[str, Any] = {urls.JSON.media_type: {"type": "object"}}
_TYPES = [form.media_type for form in _BOTH]
_WRONG = problems(MalformedRequest, NotFound, NotAcceptable, *OF_QUERIES, *READING)
_FORMAT = query_parameter("format", "`json` or `html`, over the Accept header.")
_RELEASE = query_parameter("release", "The id of the release to read from.")
_PAGE = query_parameter("page", "The number of the page, from 1.", pattern="^[0-9]+$")


@router.get(
    urls.SOURCES,
    response_class=Response,
    responses={**answers("The sources.", _TYPES, schemas=_SCHEMAS), **_WRONG},
    openapi_extra={"parameters": [_FORMAT, _RELEASE]},
)
async def get_sources(request: Request) -> Response:
    """The sources of the release: how many lines of each carry claims, which were set aside and why."""
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
    given, context, form = await _asked(request, ("format", "release"))
    lookup = _lookup(request, context)
    found, total = await reading.sources(lookup)
    headers = _headers(urls.SOURCES, given)
    if form == urls.JSON:
        listed = await run_in_threadpool(lambda: [source.document() for source in found])
        return JSONResponse({"total": total, "sources": listed}, headers=headers)
    return await run_in_threadpool(
        context.pages.render,
        "sources.html",
        headers=headers,
        sources=found,
        total=total,
        href=context.urls.document,
        disagreements=await disputes.count(lookup),
        queries={query.name for query in context.saved.queries},
    )


async def _disagreements(request: Request) -> Response:
    given, context, form = await _asked(request, ("page", "format", "release"))
    lookup, page = _lookup(request, context), _number(given.get("page", "1"))
    total = await disputes.count(lookup)
    last = max(1, -(-total // disputes.PAGE))
    if page > last:
        raise NotFound(f"There is no page {page}.", hint=f"The last page is {last}.")
    found = await disputes.disputes(lookup, context.pages.names({}, context.urls), page) if total else []
    kept = {key: value for key, value in given.items() if key != "page"}
    around = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    links = {
        rel: urls.set_url(urls.DISAGREEMENTS, {**kept, "page": str(number)})
        for rel, number in around.items()
        if 1 <= number <= last and last > 1
    }
    headers = _headers(urls.DISAGREEMENTS, given)
    if form == urls.JSON:
        listed = [dispute.document() for dispute in found]
        return JSONResponse(
            {"total": total, "page": page, "pages": last, "disagreements": listed, "links": links},
            headers=headers,
        )
    return await run_in_threadpool(
        context.pages.render,
        "disagreements.html",
        headers=headers,
        disputes=found,
        total=total,
        page=page,
        last=last,
        links=links,
        href=context.urls.document,
    )


async def _asked(request: Request, known: tuple[str, ...]) -> tuple[dict[str, str], Context, Any]:
    given = read_parameters(request.query_params.multi_items(), known)
    await turn_to_release(request, given.get("release"))
    form = by_short_name([given["format"]], _BOTH) if "format" in given else None
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


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0):
        raise MalformedRequest(f"`page={text[:50]}` is no page.", hint="Pages are numbered from 1.")
    return int(text)


def _lookup(request: Request, context: Context) -> Lookup:
    return Lookup(context, request.client.host if request.client else "")
