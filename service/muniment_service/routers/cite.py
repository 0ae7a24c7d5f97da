"""Citing an answer, and whether a cited answer is still the same: ``/queries/{name}/cite`` and, for any query, ``/sparql/cite``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from muniment.citation import Citation, Fingerprint, compare, fingerprint, of_statements
from muniment.engine import parse
from muniment.errors import QuerySyntaxError
from muniment.formats import Format
from muniment.queries import QueryFile, without_header
from muniment.results import Results
from muniment.sparql_text import query_form, services
from muniment.store import Dataset
from muniment.workers.pool import Body
from muniment_service import urls
from muniment_service.answers import taken
from muniment_service.asked import Asked, read_asked
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound, TooLarge, UpdateRefused
from muniment_service.negotiation import by_short_name, choose, content_type
from muniment_service.openapi import answers, problems, query_parameter
from muniment_service.query_api import COMMON, FAILURES, JSON
from muniment_service.requests import note_query
from muniment_service.routers.sparql import evaluate
from muniment_service.saved_request import SavedRequest, read_saved_request

router = APIRouter()
_FORMATS = (
    urls.HTML,
    Format("jsonld", "application/ld+json", "jsonld"),
    Format("json", "application/json", "json"),
    Format("bibtex", "application/x-bibtex", "bib"),
    Format("text", "text/plain", "txt"),
)
_CHECKS = (urls.HTML, _FORMATS[2])
_JSON, _NTRIPLES = "application/sparql-results+json", "application/n-triples"
_LARGEST = 32_000_000
"""Bytes of the largest answer that is hashed here; it is held in memory several times over."""
_HASH = query_parameter(
    "hash", "That of a citation: says what has become of its answer.", pattern="^[0-9a-f]{64}$"
)
_RESPONSES = {
    **answers("The citation, or with `hash` the comparison.", [f.media_type for f in _FORMATS], schemas=JSON),
    **problems(*FAILURES, TooLarge),
}


@dataclass(frozen=True)
class _Question:
    """What is cited: a query, how it is called, and where its answer and its citation are."""

    title: str
    text: str
    given: Mapping[str, str] = field(default_factory=dict)
    saved: str | None = None
    dataset: Dataset | None = None

    def address(self, release: str | None) -> str:
        """Where it is answered in a release."""
        if self.saved:
            return urls.saved_url(self.saved, self.given, page="all", release=release)
        return urls.query_url(self.text, None, self.dataset, release)

    def citation(self, release: str | None, cited: str | None = None, form: str | None = None) -> str:
        """Where it is cited, or with a hash checked."""
        more = {"release": release, "hash": cited, "format": form}
        if self.saved:
            return urls.saved_url(self.saved, self.given, "/cite", **more)
        return urls.cite_url(self.text, self.dataset, **more)


@router.get(
    "/queries/{name}/cite",
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra={"parameters": [*COMMON[:2], _HASH]},
)
async def cite_saved_query(name: str, request: Request) -> Response:
    """The citation of the answer to a saved query; with ``hash=``, what has become of it."""
    asked = read_saved_request(request)
    cited = await _context(request, asked.release, required=not asked.hash)
    context = cited or context_of(request)
    question = await run_in_threadpool(_saved, context, context.saved.get(name), asked)
    return await _done(request, question, asked, cited)


def _saved(context: Context, query: QueryFile, asked: SavedRequest) -> _Question:
    bound = context.saved.bind(query, asked.given)
    return _Question(query.title, without_header(bound.text), bound.given, query.name)


@router.get(
    urls.CITE,
    response_class=Response,
    responses={**_RESPONSES, **problems(*FAILURES, QuerySyntaxError, UpdateRefused, TooLarge)},
    openapi_extra={
        "parameters": [{**query_parameter("query", "The query."), "required": True}, *COMMON[:2], _HASH]
    },
)
async def cite_query(request: Request) -> Response:
    """The citation of the answer to a query (``query=``, and the parameters of ``/sparql``); with ``hash=``, what has become of it."""
    protocol = await read_asked(request, context_of(request).settings)
    if protocol is None:
        raise MalformedRequest("`query` is missing.", members={"example": urls.cite_url("ASK {}")})
    if query_form(protocol.query) == "UPDATE":
        raise UpdateRefused
    asked = read_saved_request(request)
    cited = await _context(request, asked.release, required=not asked.hash)
    return await _done(
        request, _Question("SPARQL query", protocol.query, dataset=protocol.dataset), asked, cited
    )


async def _context(request: Request, release: str | None, required: bool) -> Context | None:
    """The context of the cited release, from which the request is answered; None if it is not here any more."""
    try:
        await turn_to_release(request, release)
    except NotFound:
        if required:
            raise
        return None
    return context_of(request)


async def _done(
    request: Request, question: _Question, asked: SavedRequest, cited: Context | None
) -> Response:
    context = cited or context_of(request)
    if services(question.text) or context.settings.release is None:
        message = "An answer can be cited if it is of a release alone: not of a store that changes, nor with SERVICE."
        raise MalformedRequest(message)
    note_query(request.scope, question.text)
    formats = _CHECKS if asked.hash else _FORMATS
    form = by_short_name(asked.formats, formats)
    media_type = form.media_type if form else choose(accept_header(request), [f.media_type for f in formats])
    if media_type is None:
        raise NotAcceptable(
            {f.media_type: question.citation(asked.release, asked.hash, f.name) for f in formats}
        )
    work = (
        _checked(request, question, asked, cited, media_type)
        if asked.hash
        else _cited(request, question, context, media_type)
    )
    return await unless_gone(work, request.receive)


async def _cited(request: Request, question: _Question, context: Context, media_type: str) -> Response:
    found = await _fingerprint(request, question, context)
    settings, release = context.settings, context.settings.release or ""
    origin = urls.origin(request.url.scheme, request.headers.get("host"))
    made = Citation(
        question.title,
        settings.title,
        f"{origin}{question.address(release)}",
        release,
        found,
        question.text,
        f"{origin}{question.citation(release, found.hash)}",
        question.given,
        question.saved,
        settings.base,
        settings.license,
    )
    headers = {"Link": f'<{question.address(release)}>; rel="cite-as"'}
    if media_type == urls.HTML.media_type:
        formats = {f.name: question.citation(release, None, f.name) for f in _FORMATS[1:]}
        return context.pages.render(
            "citation.html", headers=headers, citation=made, question=question, formats=formats
        )
    if media_type in ("application/ld+json", "application/json"):
        return JSONResponse(made.jsonld(), headers=headers, media_type=media_type)
    body = made.bibtex() if media_type == "application/x-bibtex" else f"{made.text()}\n"
    return Response(body, headers={**headers, "content-type": content_type(media_type)})


async def _checked(
    request: Request, question: _Question, asked: SavedRequest, cited: Context | None, media_type: str
) -> Response:
    """Ask the same today, and say what is different."""
    then = await _fingerprint(request, question, cited) if cited else None
    await turn_to_release(request, None)
    current = context_of(request)
    same_release = cited is not None and cited.settings.release == current.settings.release
    now = then if then and same_release else await _fingerprint(request, question, current)
    assert asked.hash is not None
    outcome = compare(asked.hash, then, now)
    genuine = None if then is None else then.hash == asked.hash
    release = current.settings.release or ""
    found: dict[str, Any] = {
        "status": outcome.status,
        "text": outcome.text,
        "added": outcome.added,
        "removed": outcome.removed,
        "unit": now.unit,
        "cited": {
            "release": asked.release,
            "hash": asked.hash,
            "genuine": genuine,
            "size": then.size if then and genuine else None,
        },
        "current": {
            "release": release,
            "hash": now.hash,
            "size": now.size,
            "href": question.address(release),
            "cite": question.citation(release),
        },
    }
    headers = {"Cache-Control": "private, no-cache"}  # of today: another release may say otherwise
    if media_type == urls.HTML.media_type:
        return current.pages.render(
            "checked.html",
            headers=headers,
            question=question,
            outcome=outcome,
            found=found,
            then=then,
            now=now,
        )
    return JSONResponse(found, headers=headers)


async def _fingerprint(request: Request, question: _Question, context: Context) -> Fingerprint:
    is_graph = query_form(question.text) in ("CONSTRUCT", "DESCRIBE")
    asked = Asked(question.text, dataset=question.dataset)
    body = await evaluate(context, request, asked, _NTRIPLES if is_graph else _JSON)
    return await run_in_threadpool(_hashed, body, is_graph)


def _hashed(body: Body, is_graph: bool) -> Fingerprint:
    size = body.stat().st_size if isinstance(body, Path) else len(body)
    if size > _LARGEST:
        if isinstance(body, Path):
            body.unlink()
        raise TooLarge("answer that is to be cited", _LARGEST)
    data = taken(body)
    return of_statements(parse(data, _NTRIPLES)) if is_graph else fingerprint(Results.from_json(data))
