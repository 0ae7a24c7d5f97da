"""``/sparql``: the SPARQL 1.1 protocol for queries, and a form for people."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from muniment.formats import RDF_FORMATS, RESULT_FORMATS, Format
from muniment.sparql_text import query_form
from muniment_service import urls
from muniment_service.asked import EXAMPLE, Asked, MaybeAsked, malformed
from muniment_service.context import Accept, Context, InContext
from muniment_service.errors import NotAcceptable, UpdateRefused
from muniment_service.facts import term_text
from muniment_service.negotiation import by_short_name, choose, content_type
from muniment_service.problems import MEDIA_TYPE as PROBLEM

router = APIRouter()


def _offers(formats: tuple[Format, ...], **aliases: str) -> dict[str, Format]:
    """Media type -> format, the best first; an alias is a type that clients use for one of the formats."""
    named = {
        f"application/{alias}": next(f for f in formats if f.name == name) for alias, name in aliases.items()
    }
    return {**{f.media_type: f for f in formats}, urls.HTML.media_type: urls.HTML, **named}


RESULTS = _offers(RESULT_FORMATS, json="json", xml="xml")
GRAPHS = _offers(RDF_FORMATS, json="jsonld", xml="rdfxml")


@router.get("/sparql", response_class=Response)
def get_query(asked: MaybeAsked, context: InContext, accept: Accept) -> Response:
    """Answer the query in the parameter ``query``; without one, browsers get a form."""
    if asked is not None:
        return _answer(context, asked, accept)
    if choose(accept, (PROBLEM, urls.HTML.media_type)) != urls.HTML.media_type:
        raise malformed("`query` is missing.")
    return context.pages.render("query.html", query=EXAMPLE)


@router.post("/sparql", response_class=Response)
def post_query(asked: MaybeAsked, context: InContext, accept: Accept) -> Response:
    """Answer the query in a form's field ``query``, or in a body of type ``application/sparql-query``."""
    assert asked is not None  # it is optional for GET only
    return _answer(context, asked, accept)


def _answer(context: Context, asked: Asked, accept: str | None) -> Response:
    form = query_form(asked.query)
    if form == "UPDATE":
        raise UpdateRefused
    is_graph = form in ("CONSTRUCT", "DESCRIBE")
    media_type, chosen = _chosen(asked, accept, is_graph)
    if chosen == urls.HTML:
        return _graph_page(context, asked.query) if is_graph else _table_page(context, asked.query)
    return Response(context.store.answer(asked.query, chosen.media_type), media_type=content_type(media_type))


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


def _table_page(context: Context, query: str) -> Response:
    found = context.store.query(query)
    names, shown = context.pages.names({}, context.urls), context.settings.shown_rows
    rows = [
        [names.value(term_text(row[v])) if v in row else None for v in found.variables]
        for row in found.rows[:shown]
    ]
    return context.pages.render(
        "results.html", query=query, found=found, rows=rows, graph=None, formats=_links(query, RESULT_FORMATS)
    )


def _graph_page(context: Context, query: str) -> Response:
    turtle = context.store.answer(query, RDF_FORMATS[0].media_type).decode()
    return context.pages.render(
        "results.html", query=query, found=None, rows=[], graph=turtle, formats=_links(query, RDF_FORMATS)
    )


def _links(query: str, formats: tuple[Format, ...]) -> dict[str, str]:
    return {form.name: urls.query_url(query, form.name) for form in formats}
