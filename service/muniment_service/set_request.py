"""A request for a set of events: the release and the filters that it names, who looks things up for it, and the headers of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request

from muniment.formats import Format
from muniment_service import events, urls
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.errors import NotAcceptable
from muniment_service.filters import OTHERS, Filters, read_filters
from muniment_service.lookup import Lookup
from muniment_service.negotiation import choose, content_type


@dataclass(frozen=True)
class SetRequest:
    """What a request for a set of events comes to."""

    context: Context
    lookup: Lookup
    filters: Filters
    given: Mapping[str, str]
    """The parameters that narrow the set, and the release if one is named: what links to the same set carry on."""


async def read_set_request(request: Request, others: Sequence[str] = OTHERS) -> SetRequest:
    """Read the filters of a request; ``others`` are the parameters that it may have besides.

    Raises:
        MalformedRequest: a parameter is unknown, repeated, or has a value that it cannot have.
        NotFound: nothing is known of the release, the body, the place or the saved query.
        ParameterError: a parameter of the saved query is missing or does not fit.
    """
    context = await pinned(request)
    filters = await asyncio.to_thread(read_filters, request.query_params.multi_items(), context, others)
    lookup = context.lookup_for(request)
    if name := filters.given.get("query"):
        found_by_query = await events.found_by(lookup, context.saved, name, filters.given)
        filters = replace(filters, found=(*filters.found, found_by_query))
    await lookup.name(iri for iri in (filters.body, filters.place) if iri)
    return SetRequest(context, lookup, filters, {**filters.given, **kept(request)})


async def pinned(request: Request) -> Context:
    """The context of the release that a request names, or of the current one."""
    await turn_to_release(request, kept(request).get("release"))
    return context_of(request)


def kept(request: Request) -> dict[str, str]:
    """The release that a request names, which links to other formats and pages name too."""
    releases = [value for value in request.query_params.getlist("release") if value]
    return {"release": releases[0]} if releases else {}


def chosen(request: Request, path: str, given: Mapping[str, str], forms: Sequence[Format]) -> Format:
    """The format that is accepted most.

    Raises:
        NotAcceptable: none is.
    """
    media_type = choose(accept_header(request), [form.media_type for form in forms])
    if media_type is None:
        raise NotAcceptable({form.media_type: urls.set_url(path, given, form) for form in forms})
    return next(form for form in forms if form.media_type == media_type)


def headers_of(
    context: Context, path: str, given: Mapping[str, str], form: Format, forms: Sequence[Format]
) -> dict[str, str]:
    """The headers of a set in one of its formats."""
    links = [f'<{urls.set_url(path, given, f)}>; rel="alternate"; type="{f.media_type}"' for f in forms]
    if address := urls.web_address(context.settings.license or ""):
        links.append(f'<{address}>; rel="license"')
    release = context.settings.release
    return {
        "Content-Type": content_type(form.media_type),
        "Content-Location": urls.set_url(path, given, form),
        "Link": ", ".join(links),
        **({"Muniment-Release": release} if release else {}),
    }
