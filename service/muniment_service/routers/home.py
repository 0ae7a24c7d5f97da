"""``/``: what this is, for people and for machines."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from muniment_service import urls
from muniment_service.classes import list_address
from muniment_service.context import Accept, Context, InContext
from muniment_service.errors import NotAcceptable
from muniment_service.home_page import LISTED_GRAPHS, home_of
from muniment_service.negotiation import choose
from muniment_service.openapi import READING, answers, problems
from muniment_service.overview import Overview
from muniment_service.structured_data import dataset_data, script

router = APIRouter()
_OFFERS = ("text/html", "application/json")
_OF_ITSELF = {
    "catalogue": urls.CATALOGUE,
    "void": urls.VOID,
    "ontology": urls.ONTOLOGY,
    "shapes": urls.SHAPES,
}


@router.get(
    "/",
    response_class=Response,
    responses={
        **answers("What is published.", _OFFERS, schemas={"application/json": {"type": "object"}}),
        **problems(NotAcceptable, *READING),
    },
)
def home(request: Request, context: InContext, accept: Accept) -> Response:
    """What is published here, as a page or as JSON."""
    chosen = choose(accept, _OFFERS)
    if chosen is None:
        raise NotAcceptable(_OFFERS)
    origin = urls.origin(request.url.scheme, request.headers.get("host"))
    if chosen == "application/json":
        return JSONResponse(_document(context, context.overviews.current()))
    return context.pages.render(
        "home.html",
        home=home_of(context, origin),
        names=context.pages.names({}, context.urls),
        structured=script(dataset_data(context, origin)),
    )


def _document(context: Context, overview: Overview) -> dict[str, Any]:
    settings = context.settings
    return {
        "title": settings.title,
        "description": settings.description,
        "license": settings.license,
        "release": settings.release,
        "base": settings.base,
        "triples": overview.triples,
        "describing": overview.described,
        "classes": [
            {
                "iri": c.iri,
                "label": c.label,
                "count": c.count,
                "query": urls.query_url(c.query()),
                "list": list_address(context, c.iri),
            }
            for c in overview.classes
        ],
        "graphs": {
            "count": overview.graphs.total,
            "listed": dict(overview.graphs.part(0, LISTED_GRAPHS)),
        },
        "links": {
            "sparql": urls.SPARQL,
            "queries": urls.QUERIES,
            "description": f"{urls.DOCUMENT}?iri={{iri}}",
            **(_OF_ITSELF if overview.described else {}),
            "ready": "/readyz",
            "api": "/openapi.json",
        },
    }
