"""``/``: what this is, for people and for machines."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from muniment_service import urls
from muniment_service.context import Accept, Context, InContext
from muniment_service.errors import NotAcceptable
from muniment_service.negotiation import choose
from muniment_service.openapi import READING, answers, problems
from muniment_service.overview import Overview
from muniment_service.structured_data import dataset_data, script

router = APIRouter()
_OFFERS = ("text/html", "application/json")
_LISTED_GRAPHS = 50
_EXAMPLE = (
    "SELECT ?class (COUNT(?thing) AS ?count) WHERE { ?thing a ?class } GROUP BY ?class ORDER BY DESC(?count)"
)
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
    overview = context.overviews.current()
    origin = urls.origin(request.url.scheme, request.headers.get("host"))
    if chosen == "application/json":
        return JSONResponse(_document(context, overview))
    return context.pages.render(
        "home.html",
        overview=overview,
        names=context.pages.names({}, context.urls),
        listed=list(overview.graphs.items())[:_LISTED_GRAPHS],
        lines=_copyable(origin, context, overview),
        example=_EXAMPLE,
        structured=script(dataset_data(context, origin)),
    )


def _copyable(origin: str, context: Context, overview: Overview) -> list[tuple[str, str]]:
    lines = [
        ("Ask", f"curl -H 'Accept: text/csv' --data-urlencode 'query={_EXAMPLE}' {origin}{urls.SPARQL}"),
        (
            "Python",
            f'import muniment; rows = muniment.open("{origin}{urls.SPARQL}").query("{_EXAMPLE}").to_dicts()',
        ),
    ]
    if overview.example:
        address = f"{origin}{context.urls.document(overview.example)}"
        lines.insert(0, ("Fetch", f"curl -H 'Accept: text/turtle' '{address.replace(chr(39), '%27')}'"))
    return lines


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
            {"iri": c.iri, "label": c.label, "count": c.count, "query": urls.query_url(c.query())}
            for c in overview.classes
        ],
        "graphs": {
            "count": len(overview.graphs),
            "listed": dict(list(overview.graphs.items())[:_LISTED_GRAPHS]),
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
