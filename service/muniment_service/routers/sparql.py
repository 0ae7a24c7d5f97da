"""``/sparql``: the SPARQL 1.1 Protocol for queries, and a form for people.

A plain ASGI endpoint that is asked before any route is looked for (``Ahead``): between the request and whoever answers it stands as
little as possible.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from threading import Event

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from muniment.explain import explain
from muniment.formats import RDF_FORMATS, RESULT_FORMATS, Format
from muniment.results import Results
from muniment.sparql_text import query_form, services
from muniment.terms import from_rdflib
from muniment.workers.pool import Body
from muniment_service import urls
from muniment_service.answers import taken
from muniment_service.asked import Asked, read_asked
from muniment_service.conditional import pinned
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.description import endpoint_of, write_description
from muniment_service.disconnect import unless_gone
from muniment_service.errors import NotAcceptable, UpdateRefused
from muniment_service.file_response import FileBody
from muniment_service.negotiation import by_short_name, choose, content_type
from muniment_service.requests import note_query
from muniment_service.sparql_page import editor_page

_METHODS = ("GET", "POST")
_FAILED = "muniment.failed"
"""What went wrong ahead of the routes, in the scope."""
_LONGEST_LINK = 4_000
"""Bytes of a URL up to which it goes into a header."""


def _offers(formats: tuple[Format, ...], **aliases: str) -> dict[str, Format]:
    """Media type -> format, the best first; an alias is a type that clients use for one of the formats."""
    named = {
        f"application/{alias}": next(f for f in formats if f.name == name) for alias, name in aliases.items()
    }
    return {**{f.media_type: f for f in formats}, urls.HTML.media_type: urls.HTML, **named}


RESULTS = _offers(RESULT_FORMATS, json="json", xml="xml")
GRAPHS = _offers(RDF_FORMATS, json="jsonld", xml="rdfxml")
_JSON, _TURTLE = RESULT_FORMATS[0].media_type, RDF_FORMATS[0].media_type


class Sparql:
    """The endpoint as an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what goes wrong is raised, for the handler of errors."""
        if failed := scope.get(_FAILED):
            raise failed
        request = Request(scope, receive)
        asked = await read_asked(request, context_of(request).settings)
        if asked is None:
            response = await _self_description(request)
            await response(scope, receive, send)
            return
        note_query(scope, asked.query)
        await turn_to_release(request, asked.release)
        answer = await unless_gone(_answer(request, asked), receive)
        await answer(scope, receive, send)


_SPARQL = Sparql()


class Ahead:
    """Answers queries before the layers and routes that others need; what goes wrong is left to them, which know how to say it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a query, or pass the request on."""
        if scope["type"] != "http" or scope["path"] != urls.SPARQL or scope["method"] not in _METHODS:
            return await self.app(scope, receive, send)
        try:
            return await _SPARQL(scope, receive, send)
        except Exception as error:
            scope[_FAILED] = error
        return await self.app(scope, receive, send)


async def _self_description(request: Request) -> Response:
    """What the endpoint is: a description for machines, a form for people."""
    if release := pinned(request.scope["query_string"]):
        await turn_to_release(request, release)
    context = context_of(request)
    offers = {**{f.media_type: f for f in RDF_FORMATS}, urls.HTML.media_type: urls.HTML}
    media_type = choose(accept_header(request), list(offers))
    if media_type is None:
        raise NotAcceptable(list(offers))
    if offers[media_type] == urls.HTML:
        return editor_page(context)
    body = await run_in_threadpool(write_description, context, endpoint_of(request), media_type)
    return Response(body, headers={"content-type": content_type(media_type)})


async def _answer(request: Request, asked: Asked) -> Response:
    context = context_of(request)
    form = query_form(asked.query)
    if form == "UPDATE":
        raise UpdateRefused
    is_graph = form in ("CONSTRUCT", "DESCRIBE")
    if asked.explain:
        return await explanation(context, request, asked)
    media_type, chosen = _chosen(asked, accept_header(request), is_graph)
    if chosen == urls.HTML:
        return await _page(context, request, asked, is_graph)
    body = await evaluate(context, request, asked, chosen.media_type)
    headers = {"content-type": content_type(media_type), **_links(request, context, asked, chosen)}
    if context.settings.services and services(asked.query):
        headers["cache-control"] = "no-store"  # what another endpoint says is of no release
    return FileBody(body, headers) if isinstance(body, Path) else _Whole(body, headers)


class _Whole(Response):
    """An answer that is there; its headers are written straight away, without what Starlette looks for in them."""

    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        self.body, self.status_code, self.background = body, 200, None
        self.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


async def explanation(context: Context, request: Request, asked: Asked) -> Response:
    """Why a query has no answer; the questions that find it out are evaluated like any query."""
    media_type = choose(accept_header(request), ("application/json", urls.HTML.media_type))
    if media_type is None:
        raise NotAcceptable(("application/json", urls.HTML.media_type))
    loop = asyncio.get_running_loop()
    gone, asking = Event(), Future[Body]()

    def put(query: str) -> Results:
        nonlocal asking
        if gone.is_set():
            raise CancelledError
        question = replace(asked, query=query)
        asking = asyncio.run_coroutine_threadsafe(evaluate(context, request, question, _JSON), loop)
        return Results.from_json(taken(asking.result()))

    def known(query: str) -> list[str]:
        return [from_rdflib(row["t"]) for row in put(query) if "t" in row]

    try:
        found = await run_in_threadpool(
            explain,
            asked.query,
            lambda query: bool(put(query)),
            prefixes=context.settings.prefixes,
            known=known,
        )
    finally:  # a client that goes away leaves no question behind
        gone.set()
        asking.cancel()
    if media_type == urls.HTML.media_type:
        return context.pages.render("explanation.html", query=asked.query, explanation=found)
    return JSONResponse(found.to_dict())


async def evaluate(context: Context, request: Request, asked: Asked, media_type: str) -> Body:
    """The answer to a query in a format, from the workers and under their limits."""
    client = request.client.host if request.client else ""
    return await context.answers.answer(
        asked.query, media_type, client=client, dataset=asked.dataset, timeout=asked.timeout
    )


def _chosen(asked: Asked, accept: str | None, is_graph: bool) -> tuple[str, Format]:
    offers, formats = (GRAPHS, RDF_FORMATS) if is_graph else (RESULTS, RESULT_FORMATS)
    named = by_short_name(asked.formats, formats)
    if named:
        return named.media_type, named
    media_type = choose(accept, list(offers))
    if media_type is None:
        raise NotAcceptable(
            {
                offer: urls.query_url(asked.query, form.name)
                for offer, form in offers.items()
                if form != urls.HTML
            }
        )
    return media_type, offers[media_type]


def _links(request: Request, context: Context, asked: Asked, chosen: Format) -> dict[str, str]:
    """Where this very answer is, and under which address it can be cited, as far as that is short enough for a header."""
    found, cited = {}, ""
    if request.scope["method"] == "GET" and len(asked.query) < _LONGEST_LINK:
        plain = urls.query_url(asked.query, None, asked.dataset)
        here = urls.extended(plain, chosen.name, asked.release)
        if len(here) < _LONGEST_LINK:
            found["content-location"] = here
            if release := context.settings.release:
                cited = f', <{urls.extended(plain, None, release)}>; rel="cite-as"'
    return {**found, "link": f'<{urls.SPARQL}>; rel="describedby"{cited}'}


async def _page(context: Context, request: Request, asked: Asked, is_graph: bool) -> Response:
    body = await evaluate(context, request, asked, _TURTLE if is_graph else _JSON)
    return await run_in_threadpool(_rendered, context, asked.query, body, is_graph)


def _rendered(context: Context, query: str, body: Body, is_graph: bool) -> Response:
    data = taken(body)
    if is_graph:
        turtle, formats = data.decode(), _addresses(query, RDF_FORMATS)
        return context.pages.render(
            "results.html", query=query, found=None, rows=[], graph=turtle, formats=formats
        )
    found = Results.from_json(data)
    names = context.pages.names({}, context.urls)
    rows = [
        [names.value(from_rdflib(row[v])) if v in row else None for v in found.variables]
        for row in found.rows[: context.settings.shown_rows]
    ]
    return context.pages.render(
        "results.html",
        query=query,
        found=found,
        rows=rows,
        explain=f"{urls.query_url(query)}&explain=1",
        graph=None,
        formats=_addresses(query, RESULT_FORMATS),
    )


def _addresses(query: str, formats: tuple[Format, ...]) -> dict[str, str]:
    return {form.name: urls.query_url(query, form.name) for form in formats}


router = APIRouter(routes=[Route(urls.SPARQL, _SPARQL, methods=list(_METHODS))])
