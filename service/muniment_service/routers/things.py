"""``/id/...`` names things and sends on to ``/doc/...``, which describes them in the format that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from muniment.engine import serialize
from muniment.formats import Format
from muniment.store import Description
from muniment.terms import Quad
from muniment_service import urls
from muniment_service.context import Accept, Context, InContext
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.negotiation import choose, content_type
from muniment_service.openapi import READING, Responses, answers, problems
from muniment_service.thing_page import thing_page
from muniment_service.things import describe

router = APIRouter()
_JSON: dict[str, object] = {"application/ld+json": {}}
_DESCRIBED = {
    **answers("The description.", [form.media_type for form in urls.DOCUMENT_FORMATS], schemas=_JSON),
    **problems(NotFound, NotAcceptable, *READING),
}
_SENT_ON: Responses = {
    303: {
        "description": "Where the thing is described.",
        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    },
    **problems(NotFound, *READING),
}
_BY_IRI = {**_DESCRIBED, **problems(MalformedRequest, RequestValidationError)}
Iri = Annotated[str, Query(description="The IRI of the thing, as the data has it.")]


@router.get("/id/{path:path}", status_code=303, response_class=Response, responses=_SENT_ON)
def thing(path: str, request: Request, context: InContext) -> Response:
    """Sends on to the document that describes a thing; 404 if nothing is known of it."""
    iri, _ = _known(context, context.urls.candidates(_raw_path(request, urls.THING, path)), incoming=1)
    return Response(status_code=303, headers={"Location": context.urls.document(iri)})


@router.get("/doc/{path:path}", response_class=Response, responses=_DESCRIBED)
def document(path: str, request: Request, context: InContext, accept: Accept) -> Response:
    """The description of a thing of this dataset; an ending such as ``.ttl`` asks for a format, else the Accept header does."""
    raw, form = urls.split_ending(_raw_path(request, urls.DOCUMENT, path))
    return _described(context, context.urls.candidates(raw), form, accept)


@router.get("/doc", response_class=Response, responses=_BY_IRI)
def any_document(iri: Iri, context: InContext, accept: Accept) -> Response:
    """The description of anything that the store knows."""
    return _described(context, [_valid(iri)], None, accept)


@router.get("/doc.{ending}", response_class=Response, responses=_BY_IRI)
def any_document_in(ending: str, iri: Iri, context: InContext, accept: Accept) -> Response:
    """The description of anything that the store knows, in one format."""
    form = urls.split_ending(f"doc.{ending}")[1]
    if form is None:
        raise NotFound(f"Descriptions have no format `.{ending}`.")
    return _described(context, [_valid(iri)], form, accept)


def _described(
    context: Context, candidates: Sequence[str], form: Format | None, accept: str | None
) -> Response:
    iri, description = _known(context, candidates, context.settings.incoming_links)
    alternates = context.urls.alternates(iri)
    form = form or _chosen(alternates, accept)
    headers = {
        "Content-Location": alternates[form.media_type],
        "Link": _links(alternates, context.settings.license),
    }
    if form == urls.HTML:
        return thing_page(context, iri, description, headers)
    quads = sorted(set(description.quads()))
    body = serialize(quads, form.media_type, _used(context.settings.prefixes, quads))
    return Response(body, media_type=content_type(form.media_type), headers=headers)


def _used(prefixes: Mapping[str, str], quads: Sequence[Quad]) -> dict[str, str]:
    """The prefixes that a description needs."""
    text = "".join(q.line() for q in quads)
    return {prefix: namespace for prefix, namespace in prefixes.items() if f"<{namespace}" in text}


def _known(context: Context, candidates: Sequence[str], incoming: int) -> tuple[str, Description]:
    """The first of the IRIs of which something is known, and what."""
    for iri in candidates:
        description = describe(context.store, iri, incoming)
        if description is not None:
            return iri, description
    named = {"iri": candidates[0]} if candidates else {}
    raise NotFound("Nothing is known here of this thing.", members=named)


def _chosen(alternates: dict[str, str], accept: str | None) -> Format:
    media_type = choose(accept, list(alternates))
    if media_type is None:
        raise NotAcceptable(alternates)
    return next(form for form in urls.DOCUMENT_FORMATS if form.media_type == media_type)


def _links(alternates: dict[str, str], license_iri: str | None) -> str:
    links = [f'<{href}>; rel="alternate"; type="{media_type}"' for media_type, href in alternates.items()]
    address = urls.web_address(license_iri or "")
    return ", ".join([*links, *([f'<{address}>; rel="license"'] if address else [])])


def _valid(iri: str) -> str:
    if not urls.is_iri(iri):
        raise MalformedRequest(
            "`iri` is not an absolute IRI.",
            hint="Write it in full, percent-encoded: /doc?iri=https%3A%2F%2F...",
        )
    return iri


def _raw_path(request: Request, prefix: str, decoded: str) -> str:
    """What follows the prefix in the path as the client wrote it, percent-encoded."""
    raw = request.scope.get("raw_path")
    text = raw.decode("latin-1").partition("?")[0] if raw else ""
    start = f"{prefix}/"
    return (
        quote(text[len(start) :], safe="/%:@!$&'()*+,;=~", encoding="latin-1")
        if text.startswith(start)
        else quote(decoded)
    )
