"""Facets are queries: each file of ``queries/facets`` says which things have which values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from muniment.errors import InputError, Where
from muniment.queries import read_queries
from muniment.search.model import Facet
from muniment.sparql_text import query_form

RESERVED = ("q", "page", "format", "release", "limit", "sort", "column", "from", "until")
"""Parameters of the service, which no facet can have as its name."""


def read_facets(folder: Path) -> tuple[Facet, ...]:
    """The facets of a project, in order of file name; a number at its beginning orders it and is no part of the name.

    Raises:
        InputError: a file is not as it should be.
    """
    found = []
    for query in read_queries(folder):
        name = re.sub(r"^\d+-", "", query.name)
        if name in RESERVED:
            raise InputError(
                f"a facet cannot be called `{name}`", where=Where(str(query.path)), hint="Rename the file."
            )
        if query_form(query.text) != "SELECT" or not all(
            re.search(rf"[?$]{variable}\b", query.text) for variable in ("thing", "value")
        ):
            hint = "Begin the query with SELECT DISTINCT ?thing ?value."
            raise InputError("a facet selects ?thing and ?value", where=Where(str(query.path)), hint=hint)
        found.append(Facet(name, query.title, query.text))
    return tuple(found)


def facets_of(facts: Sequence[Mapping[str, str]]) -> tuple[Facet, ...]:
    """The facets that a manifest names."""
    return tuple(Facet(fact["name"], fact["title"], fact["query"]) for fact in facts)


def facts_of(facets: Sequence[Facet]) -> list[dict[str, str]]:
    """The facets as a manifest names them."""
    return [{"name": facet.name, "title": facet.title, "query": facet.query} for facet in facets]
