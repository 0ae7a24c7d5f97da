"""The page of ``/sparql``: a form for a query, with examples; where scripts run, an editor in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from muniment.queries import QueryFile
from muniment_service import urls
from muniment_service.asked import EXAMPLE
from muniment_service.assets import assets
from muniment_service.context import Context

_OF_THE_BUILD = ("rules", "checks", "facets", "pages")
"""Folders of queries that people do not ask."""


def editor_page(context: Context) -> Response:
    """The form; the editor finds in it prefixes and examples."""
    groups = [(folder, list(found)) for folder, found in groupby(_examples(context), lambda q: q.folder)]
    told = {
        "endpoint": urls.SPARQL,
        "cite": urls.CITE,
        "prefixes": dict(sorted(context.settings.prefixes.items())),
        "query": EXAMPLE,  # the editor declares a prefix when it is first typed
        "outlines": assets().address("world.svg"),
        "release": context.settings.release,
    }
    return context.pages.render("query.html", query=EXAMPLE, groups=groups, told=_embedded(told))


def _examples(context: Context) -> Iterator[QueryFile]:
    """The saved queries that can be asked as they are, folder by folder."""
    for query in sorted(context.saved.queries, key=lambda q: (q.folder, q.title)):
        if query.folder not in _OF_THE_BUILD and not query.parameters:
            yield query


def _embedded(value: dict[str, Any]) -> Markup:
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))
