"""Documents with a path of their own, negotiated: RDF in all formats, JSON-LD also as plain JSON, or a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from muniment.engine import serialize
from muniment.errors import ParameterError
from muniment.formats import RDF_FORMATS
from muniment.terms import DEFAULT_GRAPH, Quad
from muniment_service import urls
from muniment_service.context import Context, accept_header
from muniment_service.errors import NotAcceptable, NotFound
from muniment_service.negotiation import choose, content_type, named_format
from muniment_service.openapi import READING, Responses, answers, problems

FORMATS = (*RDF_FORMATS, urls.HTML)
_TYPES = {form.media_type: form for form in FORMATS}
_ALSO = {"application/json": _TYPES["application/ld+json"], "application/xml": _TYPES["application/rdf+xml"]}
_JSON: dict[str, object] = {"application/ld+json": {}, "application/json": {}}
DESCRIBED: Responses = {
    **answers("The document.", [*_TYPES, *_ALSO], schemas=_JSON),
    **problems(ParameterError, NotFound, NotAcceptable, *READING),
}
"""What the routes of such documents answer, for OpenAPI."""


def negotiated(
    request: Request,
    context: Context,
    path: str,
    quads: Callable[[], Sequence[Quad]],
    page: Callable[[dict[str, str]], Response],
) -> Response:
    """The document at a path, in the format that ``format=`` names or the Accept header prefers.

    Raises:
        ParameterError: a format is named that is none.
        NotAcceptable: no format on offer is accepted.
    """
    form = named_format(request.query_params.getlist("format"), FORMATS)
    media_type = form.media_type if form else choose(accept_header(request), [*_TYPES, *_ALSO])
    if media_type is None:
        raise NotAcceptable({kind: urls.in_format(path, form) for kind, form in _TYPES.items()})
    form = form or {**_TYPES, **_ALSO}[media_type]
    headers = {"Content-Location": urls.in_format(path, form), "Link": _links(path, context)}
    if form == urls.HTML:
        return page(headers)
    triples = sorted({Quad(q.subject, q.predicate, q.object, DEFAULT_GRAPH) for q in quads()})
    text = "".join(q.line() for q in triples)
    prefixes = {name: space for name, space in context.settings.prefixes.items() if f"<{space}" in text}
    body = serialize(triples, form.media_type, prefixes)
    return Response(body, media_type=content_type(media_type), headers=headers)


def format_links(path: str) -> dict[str, str]:
    """Short name -> address, for each RDF format."""
    return {form.name: urls.in_format(path, form) for form in RDF_FORMATS}


def _links(path: str, context: Context) -> str:
    links = [
        f'<{urls.in_format(path, form)}>; rel="alternate"; type="{kind}"' for kind, form in _TYPES.items()
    ]
    if address := urls.web_address(context.settings.license or ""):
        links.append(f'<{address}>; rel="license"')
    return ", ".join(links)
