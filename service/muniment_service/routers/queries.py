"""``/queries``: the saved queries of the release, each a form for people and an address for programs."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from muniment.errors import ParameterError
from muniment.formats import RDF_FORMATS, RESULT_FORMATS, Format
from muniment.parameters import Parameter
from muniment.queries import QueryFile
from muniment.results import Results
from muniment_service import urls
from muniment_service.answers import taken
from muniment_service.asked import Asked
from muniment_service.context import Accept, Context, InContext, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import NotAcceptable, NotFound
from muniment_service.file_response import FileBody
from muniment_service.negotiation import by_short_name, choose, content_type, named_format
from muniment_service.openapi import READING, answers, problems, query_parameter
from muniment_service.query_api import COMMON, FAILURES, JSON
from muniment_service.requests import note_query
from muniment_service.routers.sparql import GRAPHS, RESULTS, evaluate, explanation
from muniment_service.saved import Bound
from muniment_service.saved_page import Part, answer_page, form_page, in_format, is_graph, pages_of
from muniment_service.saved_request import SavedRequest, read_saved_request

router = APIRouter()
_JSON, _TURTLE = RESULT_FORMATS[0].media_type, RDF_FORMATS[0].media_type
_LISTS = (urls.HTML.media_type, "application/json")


@router.get(
    "/queries",
    response_class=Response,
    responses={
        **answers("The list.", _LISTS, schemas=JSON),
        **problems(ParameterError, NotAcceptable, *READING),
    },
    openapi_extra={"parameters": [query_parameter("format", "`json` or `html`, over the Accept header.")]},
)
def saved_queries(request: Request, context: InContext, accept: Accept) -> Response:
    """The saved queries with their parameters, as a page or as JSON."""
    asked = named_format(
        request.query_params.getlist("format"), (urls.HTML, Format("json", _LISTS[1], "json"))
    )
    media_type = asked.media_type if asked else choose(accept, _LISTS)
    if media_type is None:
        raise NotAcceptable(_LISTS)
    queries = sorted(context.saved.queries, key=lambda q: (_order(q.folder), not q.parameters, q.title))
    if media_type == urls.HTML.media_type:
        folders = [(name, list(found)) for name, found in groupby(queries, lambda query: query.folder)]
        return context.pages.render("queries.html", folders=folders)
    return JSONResponse({"queries": [_listed(context, query) for query in queries]})


def _order(folder: str) -> tuple[bool, str]:
    """What a build runs comes last."""
    return folder in ("rules", "checks"), folder if folder != "forms" else ""


def _listed(context: Context, query: QueryFile) -> dict[str, Any]:
    return {
        "name": query.name,
        "folder": query.folder,
        "title": query.title,
        "question": query.question,
        "tags": query.tags,
        "form": query.form,
        "href": urls.saved_url(query.name),
        "text": urls.saved_url(query.name, None, ".rq"),
        "pagination": query.pagination,
        "parameters": [_as_json(context.saved.with_example(parameter)) for parameter in query.parameters],
    }


def _as_json(parameter: Parameter) -> dict[str, Any]:
    found = {
        "name": parameter.name,
        "type": parameter.type,
        "label": parameter.title,
        "description": parameter.description,
        "required": parameter.required,
        "expected": parameter.expected,
        "example": parameter.shown,
        "default": parameter.default,
        {"iri": "class", "concept": "scheme"}.get(parameter.type, "of"): parameter.of,
        "values": list(parameter.values),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


@router.get(
    "/queries/{name}.rq",
    response_class=Response,
    responses={**answers("The file.", ["application/sparql-query"]), **problems(NotFound)},
)
def query_text(name: str, context: InContext) -> Response:
    """The file: header and SPARQL."""
    text = context.saved.get(name).text
    return Response(text, media_type="application/sparql-query; charset=utf-8")


@router.get(
    "/queries/{name}",
    response_class=Response,
    responses={
        **answers("The answer, complete.", dict.fromkeys([*RESULTS, *GRAPHS]), schemas=JSON),
        303: {"description": "With `hash`: the address where that is checked."},
        **problems(*FAILURES),
    },
    openapi_extra={"parameters": COMMON},
)
async def saved_query(name: str, request: Request) -> Response:
    """The answer to a saved query; for browsers its form, with the answer below it."""
    asked = read_saved_request(request)
    await turn_to_release(request, asked.release)
    context = context_of(request)
    query = context.saved.get(name)
    if asked.hash:
        address = urls.saved_url(name, asked.given, "/cite", release=asked.release, hash=asked.hash)
        return RedirectResponse(address, 303)
    return await unless_gone(_answer(request, context, query, asked), request.receive)


async def _answer(request: Request, context: Context, query: QueryFile, asked: SavedRequest) -> Response:
    media_type, chosen = _chosen(query, asked, accept_header(request))
    if chosen == urls.HTML:
        try:
            bound = await run_in_threadpool(context.saved.bind, query, asked.given)
        except ParameterError as error:
            untouched = not any(asked.given.values())
            return await run_in_threadpool(form_page, context, query, asked, None if untouched else error)
    else:
        bound = await run_in_threadpool(context.saved.bind, query, asked.given)
    note_query(request.scope, bound.text)
    if asked.explain:
        return await explanation(context, request, Asked(bound.text, timeout=asked.timeout))
    part = await _part(request, context, query, asked, bound)
    ask = Asked(part.text, timeout=asked.timeout)
    if chosen == urls.HTML:
        body = await evaluate(context, request, ask, _TURTLE if is_graph(query) else _JSON)
        return await run_in_threadpool(answer_page, context, asked, bound, part, taken(body))
    body = await evaluate(context, request, ask, chosen.media_type)
    headers = {"content-type": content_type(media_type), **_headers(context, asked, bound, part, chosen)}
    return FileBody(body, headers) if isinstance(body, Path) else Response(body, headers=headers)


async def _part(
    request: Request, context: Context, query: QueryFile, asked: SavedRequest, bound: Bound
) -> Part:
    page = asked.wanted(query.pagination)
    if page is None:
        return Part(bound.text)
    count = Asked(bound.count(), timeout=asked.timeout)
    rows = Results.from_json(taken(await evaluate(context, request, count, _JSON))).rows
    part = Part(bound.page(page.size, page.offset), page, int(str(rows[0]["rows"])))
    if page.number > part.last:
        last = urls.saved_url(query.name, asked.given, **{**asked.own(), "page": str(part.last)})
        message = f"The answer has {part.rows:,} rows, so the last page is {part.last}."
        raise NotFound(message, hint=f"Ask for page {part.last} or a smaller one.", members={"example": last})
    return part


def _headers(
    context: Context, asked: SavedRequest, bound: Bound, part: Part, chosen: Format
) -> dict[str, str]:
    name, release = bound.query.name, context.settings.release
    here = urls.saved_url(name, bound.given, **asked.own(), format=chosen.name)
    links = [f'<{urls.saved_url(name, None, ".rq")}>; rel="describedby"; type="application/sparql-query"']
    if release:
        cited = urls.saved_url(name, bound.given, **{**asked.own(), "release": release})
        links.append(f'<{cited}>; rel="cite-as"')
    links += [f'<{href}>; rel="{rel}"' for rel, href in pages_of(asked, bound, part, chosen.name).items()]
    return {"content-location": here, "link": ", ".join(links)}


def _chosen(query: QueryFile, asked: SavedRequest, accept: str | None) -> tuple[str, Format]:
    offers, formats = (GRAPHS, RDF_FORMATS) if is_graph(query) else (RESULTS, RESULT_FORMATS)
    if named := by_short_name(asked.formats, (*formats, urls.HTML)):
        return named.media_type, named
    media_type = choose(accept, list(offers))
    if media_type is None:
        raise NotAcceptable({form.media_type: in_format(query, asked, form) for form in formats})
    return media_type, offers[media_type]
