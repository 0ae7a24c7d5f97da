"""``/id/...`` names things and sends on to ``/doc/...``, which describes them in the format and the profile that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from muniment.engine import serialize
from muniment.formats import Format
from muniment.store import Description
from muniment.terms import Quad
from muniment_service import jsonld_answer, signposts, urls
from muniment_service.context import Accept, Context, InContext
from muniment_service.errors import Gone, MalformedRequest, NotAcceptable, NotFound, ProfileNotAcceptable
from muniment_service.negotiation import choose, content_type
from muniment_service.openapi import READING, Responses, answers, problems, query_parameter
from muniment_service.profiles import Profile, profile_of
from muniment_service.statements import Page, paged, read_page, statements
from muniment_service.thing_page import thing_page
from muniment_service.things import describe
from muniment_service.withdrawn import former_name_of, refuse_withdrawn

router = APIRouter()
_TREES: dict[str, object] = {"application/ld+json": {}, urls.JSON.media_type: {"type": "object"}}
_MOVED = {"Location": {"required": True, "schema": {"type": "string"}}}
_RENAMED: Responses = {301: {"description": "The thing has another name now.", "headers": _MOVED}}
_DESCRIBED = {
    **answers("The description.", [form.media_type for form in urls.DOCUMENT_FORMATS], schemas=_TREES),
    **_RENAMED,
    **problems(MalformedRequest, NotFound, Gone, NotAcceptable, ProfileNotAcceptable, *READING),
}
_SENT_ON: Responses = {
    303: {"description": "Where the thing is described.", "headers": _MOVED},
    **problems(NotFound, Gone, *READING),
}
_BY_IRI = {**_DESCRIBED, **problems(RequestValidationError)}
Iri = Annotated[str, Query(description="The IRI of the thing, as the data has it.")]
_ENDINGS = ", ".join(f".{form.extension}" for form in urls.DOCUMENT_FORMATS)
_POINTING = 20
"""Statements that point to a name and may say what became of it."""


@dataclass(frozen=True)
class Wish:
    """How a description is asked for."""

    accept: str | None
    profile: Profile
    page: int
    jsonld: str
    origin: str
    client: str


async def _wish(request: Request, accept: Accept) -> Wish:
    given = parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    accept_profile = ", ".join(request.headers.getlist("accept-profile")) or None
    return Wish(
        accept,
        profile_of(accept_profile, given.get("_profile", ())),
        read_page(given.get("page", ())),
        jsonld_answer.form_of(accept, given.get("jsonld", ())),
        urls.origin(request.url.scheme, request.headers.get("host")),
        request.client.host if request.client else "",
    )


Wished = Annotated[Wish, Depends(_wish)]
_PARAMETERS = {
    "parameters": [
        query_parameter("_profile", "The profile by its name or IRI, over the Accept-Profile header."),
        query_parameter("page", "The page of what points to the thing, counted from 1.", pattern="^[0-9]+$"),
        query_parameter("jsonld", "The form of JSON-LD: compacted, expanded, flattened, framed or linked."),
    ]
}


@router.get("/id/{path:path}", status_code=303, response_class=Response, responses={**_SENT_ON, **_RENAMED})
def thing(path: str, request: Request, context: InContext) -> Response:
    """Sends on to the document that describes a thing (303); a thing that has another name now, to that name (301)."""
    candidates = context.urls.candidates(_raw_path(request, urls.THING, path))
    iri, found = _known(context, candidates)
    if new := former_name_of(context, iri, found):
        return Response(status_code=301, headers={"Location": context.urls.thing(new)})
    return Response(status_code=303, headers={"Location": context.urls.document(iri)})


@router.get("/vocab/{path:path}", status_code=303, response_class=Response, responses=_SENT_ON)
def controlled_value(path: str, request: Request, context: InContext) -> Response:
    """Sends on to the document that describes a controlled value or a scheme of them."""
    iri, _ = _known(context, context.urls.concepts(_raw_path(request, urls.VOCABULARY, path)))
    return Response(status_code=303, headers={"Location": context.urls.document(iri)})


@router.get("/doc/{path:path}", response_class=Response, responses=_DESCRIBED, openapi_extra=_PARAMETERS)
def document(path: str, request: Request, context: InContext, wish: Wished) -> Response:
    """The description of a thing of this dataset; an ending such as ``.ttl`` asks for a format, else the Accept header does."""
    raw, form = urls.split_ending(_raw_path(request, urls.DOCUMENT, path))
    return _described(context, context.urls.candidates(raw), form, wish)


@router.get("/doc", response_class=Response, responses=_BY_IRI, openapi_extra=_PARAMETERS)
def any_document(iri: Iri, context: InContext, wish: Wished) -> Response:
    """The description of anything that the store knows."""
    return _described(context, [_valid(iri)], None, wish)


@router.get("/doc.{ending}", response_class=Response, responses=_BY_IRI, openapi_extra=_PARAMETERS)
def any_document_in(ending: str, iri: Iri, context: InContext, wish: Wished) -> Response:
    """The description of anything that the store knows, in one format."""
    form = urls.split_ending(f"doc.{ending}")[1]
    if form is None:
        raise NotFound(f"Descriptions have no format `.{ending}`.")
    return _described(context, [_valid(iri)], form, wish)


def _described(context: Context, candidates: Sequence[str], form: Format | None, wish: Wish) -> Response:
    iri, found, page = _found(context, candidates, wish)
    if new := former_name_of(context, iri, found):
        return Response(status_code=301, headers={"Location": context.urls.document(new, form)})
    profile = wish.profile
    asked = signposts.asked(profile, page)
    alternates = {
        media_type: href
        for media_type, href in context.urls.alternates(iri, **asked).items()
        if media_type in signposts.offers(profile)
    }
    if form is None or form.media_type not in alternates:
        form = _chosen({m: alternates[m] for m in signposts.offers(profile)}, wish.accept, form)
    headers = {
        "Content-Location": alternates[form.media_type],
        "Content-Profile": f"<{profile.iri}>",
        "Link": signposts.links(context, iri, found.outgoing, profile, page, form.media_type),
        "Vary": "Accept-Profile",
    }
    if form == urls.HTML:
        return thing_page(context, iri, found, page, headers, wish.client)
    return _written(context, iri, statements(context, iri, found, profile), form, wish, headers)


def _written(
    context: Context, iri: str, quads: list[Quad], form: Format, wish: Wish, headers: dict[str, str]
) -> Response:
    media_type = form.media_type
    if form == urls.JSON:
        here = urls.context(context.settings.jsonld.version)
        link = f'<{here}>; rel="{signposts.CONTEXT_RELATION}"; type="{jsonld_answer.MEDIA_TYPE}"'
        headers = {**headers, "Link": f"{link}, {headers['Link']}"}
        body = jsonld_answer.plain(context, iri, quads, wish.profile)
    elif media_type == jsonld_answer.MEDIA_TYPE:
        body = jsonld_answer.written(context, iri, quads, wish.jsonld, wish.profile, wish.origin)
        media_type = jsonld_answer.content_type(wish.jsonld)
    else:
        body = serialize(quads, media_type, _used(context.settings.prefixes, quads))
        media_type = content_type(media_type)
    return Response(body, headers={"Content-Type": media_type, **headers})


def _used(prefixes: Mapping[str, str], quads: Sequence[Quad]) -> dict[str, str]:
    """The prefixes that a description needs."""
    text = "".join(q.line() for q in quads)
    return {prefix: namespace for prefix, namespace in prefixes.items() if f"<{namespace}" in text}


def _known(context: Context, candidates: Sequence[str]) -> tuple[str, Description]:
    """The first of the IRIs of which something is known, and a part of what."""
    for iri in candidates:
        found = describe(context.store, iri, _POINTING)
        if found is not None:
            refuse_withdrawn(context, iri, found)
            return iri, found
    raise _unknown(candidates)


def _found(context: Context, candidates: Sequence[str], wish: Wish) -> tuple[str, Description, Page]:
    """The first of the IRIs of which something is known, and the page of it that is wished for."""
    for iri in candidates:
        found, page = paged(context, iri, wish.page, wish.client)
        if found is not None:
            refuse_withdrawn(context, iri, found)
            return iri, found, page
    raise _unknown(candidates)


def _unknown(candidates: Sequence[str]) -> NotFound:
    named = {"iri": candidates[0]} if candidates else {}
    hint = f"Look for its name with {urls.SEARCH}?q=, or mend the ending: {_ENDINGS}."
    return NotFound("Nothing is known here of this thing.", hint=hint, members=named)


def _chosen(alternates: dict[str, str], accept: str | None, ending: Format | None) -> Format:
    if ending:
        message = f"The profile needs named graphs, which `.{ending.extension}` does not have."
        raise NotAcceptable(alternates, message)
    media_type = choose(accept, list(alternates))
    if media_type is None:
        raise NotAcceptable(alternates)
    return next(form for form in urls.DOCUMENT_FORMATS if form.media_type == media_type)


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
