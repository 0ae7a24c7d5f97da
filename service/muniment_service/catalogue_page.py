"""The page of the catalogue: what the dataset holds, where to get it, which releases there are, what may be asked of it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from markupsafe import Markup
from starlette.responses import Response

from muniment.catalogue import DCAT, catalogue_iri
from muniment.results import Row
from muniment.terms import RDFS, SCHEMA, SH
from muniment.void import VOID, VOID_EXT
from muniment_service import catalogue, urls
from muniment_service.context import Context
from muniment_service.documents import format_links
from muniment_service.things import labels_of

_QUERIES = f"""SELECT ?query ?title ?question ?text WHERE {{ GRAPH <GRAPH> {{
  ?query a <{SH}SPARQLExecutable> ; <{RDFS}label> ?title ; <{RDFS}comment> ?question ;
    <{SH}select>|<{SH}ask>|<{SH}construct>|<{SH}describe> ?text .
  FILTER NOT EXISTS {{ ?query <{SCHEMA}keywords> "check" }} FILTER NOT EXISTS {{ ?query <{SH}construct> ?rule }} }} }} ORDER BY ?title"""
_PROPERTIES = f"""SELECT ?property ?n WHERE {{ GRAPH <GRAPH> {{
  <BASE> <{VOID}propertyPartition> [ <{VOID}property> ?property ; <{VOID}triples> ?n ] }} }} ORDER BY DESC(?n) ?property"""
_LINKS = f"""SELECT ?target ?property ?n WHERE {{ GRAPH <GRAPH> {{ ?links a <{VOID}Linkset> ; <{VOID}linkPredicate> ?property ;
  <{VOID}triples> ?n ; <{VOID}objectsTarget> [ <{VOID}uriSpace> ?target ] }} }} ORDER BY DESC(?n) ?target ?property"""
_ABOUT_ITSELF = (VOID, VOID_EXT, SH, DCAT)
"""Namespaces of properties that only the description itself uses."""


def catalogue_page(context: Context, origin: str, headers: Mapping[str, str]) -> Response:
    """The catalogue for people, with the dataset as schema.org/Dataset embedded.

    Raises:
        NotFound: the store does not describe itself.
    """
    embedded = catalogue.schema_dataset(context, origin)
    properties = [
        row for row in _rows(context, _PROPERTIES) if not str(row["property"]).startswith(_ABOUT_ITSELF)
    ]
    links = _rows(context, _LINKS)
    terms = {f"<{row['property']}>" for row in (*properties, *links)}
    return context.pages.render(
        "catalogue.html",
        headers=headers,
        overview=context.overviews.current(),
        names=context.pages.names(labels_of(context.store, terms), context.urls),
        properties=[(f"<{row['property']}>", int(str(row["n"]))) for row in properties],
        links=[(str(row["target"]), f"<{row['property']}>", int(str(row["n"]))) for row in links],
        questions=[
            (str(row["title"]), str(row["question"]), urls.query_url(str(row["text"])))
            for row in _rows(context, _QUERIES)
        ],
        downloads=catalogue.downloads(context.release),
        versions=[release.id for release in reversed(catalogue.versions(context.release))],
        endpoint=f"{origin}{urls.SPARQL}",
        formats={"dcat": format_links(urls.CATALOGUE), "void": format_links(urls.VOID)},
        embedded=Markup(json.dumps(embedded, ensure_ascii=False).replace("<", "\\u003c")),
    )


def _rows(context: Context, query: str) -> list[Row]:
    base = context.settings.base or ""
    return list(
        context.store.query(
            query.replace("GRAPH <GRAPH>", f"GRAPH <{catalogue_iri(base)}>").replace("BASE", base)
        )
    )
