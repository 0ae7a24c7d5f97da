"""``/catalogue`` and ``/.well-known/void``: the dataset described for harvesters, and for people."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment_service import catalogue, urls
from muniment_service.catalogue_page import catalogue_page
from muniment_service.context import InContext
from muniment_service.documents import DESCRIBED, negotiated
from muniment_service.errors import NotFound
from muniment_service.openapi import READING, Responses, answers, problems

router = APIRouter()
_AS_SCHEMA: Responses = {
    **answers("The dataset.", ["application/ld+json"], schemas={"application/ld+json": {}}),
    **problems(NotFound, *READING),
}
_SENT_ON: Responses = {
    303: {
        "description": "Where the description is.",
        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    },
    **problems(*READING),
}


@router.get(urls.CATALOGUE, response_class=Response, responses=DESCRIBED)
def get_catalogue(request: Request, context: InContext) -> Response:
    """The dataset, its releases with their files and checksums, and the endpoint, as DCAT or a page."""
    origin = _origin(request)
    return negotiated(
        request,
        context,
        urls.CATALOGUE,
        lambda: catalogue.catalogue(context, origin),
        lambda headers: catalogue_page(context, origin, headers),
    )


@router.get(f"{urls.CATALOGUE}/dataset.jsonld", response_class=Response, responses=_AS_SCHEMA)
def schema_dataset(request: Request, context: InContext) -> Response:
    """The dataset as schema.org/Dataset, as the page of the catalogue embeds it."""
    found = catalogue.schema_dataset(context, _origin(request))
    return Response(json.dumps(found, ensure_ascii=False, indent=2), media_type="application/ld+json")


@router.get(urls.VOID, response_class=Response, responses=DESCRIBED)
def void(request: Request, context: InContext) -> Response:
    """What is in the graph, as VoID: counts, classes, properties, links."""
    origin = _origin(request)
    return negotiated(
        request,
        context,
        urls.VOID,
        lambda: catalogue.void(context, origin),
        lambda headers: catalogue_page(context, origin, headers),
    )


@router.get("/void", status_code=303, response_class=Response, responses=_SENT_ON)
def partitions(context: InContext) -> Response:
    """Where the names of partitions lead."""
    return Response(status_code=303, headers={"Location": urls.VOID})


def _origin(request: Request) -> str:
    return urls.origin(request.url.scheme, request.headers.get("host"))
