"""``/search`` finds things by name and narrows what is found by facets; ``/suggest`` completes what somebody is typing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from muniment.engine import serialize
from muniment.errors import ParameterError
from muniment.formats import RDF_FORMATS, Format
from muniment_service import urls
from muniment_service.context import accept_header, context_of, turn_to_release
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound, TooLarge
from muniment_service.negotiation import choose, content_type, named_format
from muniment_service.openapi import READING, answers, problems, query_parameter
from muniment_service.search_answer import Answer, description
from muniment_service.sought import index_of, once, parameters_of, sought

router = APIRouter()
_JSON = urls.JSON
_RDF = tuple(form for form in RDF_FORMATS if form.name not in ("trig", "nquads"))
_FORMATS = (urls.HTML, _JSON, *_RDF)
_LONGEST_LIST = 50


_Q = query_parameter("q", "Words of a name, the last of which may be a beginning, or the IRI of a thing.")
_LIMIT = query_parameter("limit", "How many things to return.", pattern="^[0-9]+$")
_RELEASE = query_parameter("release", "The id of the release to search.")
_PARAMETERS = [
    _Q,
    query_parameter("page", "The number of the page, from 1.", pattern="^[0-9]+$"),
    _LIMIT,
    query_parameter("format", "The format by its short name, over the Accept header."),
    _RELEASE,
]
_REFUSALS = problems(ParameterError, MalformedRequest, NotFound, NotAcceptable, TooLarge, *READING)
_SCHEMAS: dict[str, Any] = {_JSON.media_type: {"type": "object"}, "application/ld+json": {}}
_FOUND = {
    **answers("What was found.", [form.media_type for form in _FORMATS], schemas=_SCHEMAS),
    **_REFUSALS,
}
_SUGGESTED = {**answers("Suggestions.", [_JSON.media_type], schemas=_SCHEMAS), **_REFUSALS}


async def _pinned(request: Request) -> dict[str, list[str]]:
    """The parameters; the release that they name is the one that is asked."""
    given = parameters_of(request.scope["query_string"])
    await turn_to_release(request, once(given, "release") or None)
    return given


@router.get(urls.SEARCH, response_class=Response, responses=_FOUND, openapi_extra={"parameters": _PARAMETERS})
def search(request: Request, given: dict[str, list[str]] = Depends(_pinned)) -> Response:  # noqa: B008
    """Things by name. A parameter with the name of a facet narrows them: of several values of one facet a thing has to have one, and
    something of each facet. Without ``q``, all things by alphabet."""
    context = context_of(request)
    asked = sought(given, context)
    form = named_format(asked.formats, _FORMATS) or _chosen(accept_header(request))
    answer = Answer.of(context, asked)
    links = [f'<{href}>; rel="{rel}"' for rel, href in answer.links().items()]
    links += [
        f'<{answer.address(asked.page, other.name)}>; rel="alternate"; type="{other.media_type}"'
        for other in _FORMATS
    ]
    headers = {"Link": ", ".join(links), "Content-Location": answer.address(asked.page, form.name)}
    if form == urls.HTML:
        return context.pages.render("search.html", headers=headers, answer=answer)
    if form == _JSON:
        return JSONResponse(answer.document(), headers=headers)
    quads = sorted(set(answer.quads(urls.origin(request.url.scheme, request.headers.get("host")))))
    text = "".join(quad.line() for quad in quads)
    prefixes = {prefix: space for prefix, space in context.settings.prefixes.items() if f"<{space}" in text}
    body = serialize(quads, form.media_type, prefixes)
    return Response(body, media_type=content_type(form.media_type), headers=headers)


@router.get(
    urls.SUGGEST,
    response_class=Response,
    responses=_SUGGESTED,
    openapi_extra={"parameters": [_Q, _LIMIT, _RELEASE]},
)
def suggest(request: Request, given: dict[str, list[str]] = Depends(_pinned)) -> Response:  # noqa: B008
    """The things that somebody who is typing may mean, the likeliest first."""
    context = context_of(request)
    asked = sought(given, context)
    if choose(accept_header(request), (_JSON.media_type,)) is None and "json" not in asked.formats:
        raise NotAcceptable((_JSON.media_type,))
    hits = index_of(context).suggest(asked.text, min(asked.limit or 10, _LONGEST_LIST), asked.selected)
    found = [
        {
            "iri": hit.iri,
            "url": context.urls.document(hit.iri),
            "label": hit.label,
            "name": hit.text,
            "kind": hit.kind,
            "match": hit.match,
            "description": description(context, hit.iri),
        }
        for hit in hits
    ]
    return JSONResponse({"q": asked.text, "suggestions": found})


def _chosen(accept: str | None) -> Format:
    media_type = choose(accept, [form.media_type for form in _FORMATS])
    if media_type is None:
        raise NotAcceptable([form.media_type for form in _FORMATS])
    return next(form for form in _FORMATS if form.media_type == media_type)
