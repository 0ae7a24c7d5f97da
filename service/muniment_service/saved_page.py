"""The page of a saved query: its form, and below it the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from muniment.errors import ParameterError
from muniment.formats import RDF_FORMATS, RESULT_FORMATS, Format
from muniment.parameters import Parameter
from muniment.queries import QueryFile, without_header
from muniment.results import Results
from muniment.terms import from_rdflib
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.facts import Value
from muniment_service.problems import KINDS
from muniment_service.saved import MOST_CHOICES, Bound, Choice
from muniment_service.saved_request import Page, SavedRequest

_LONGEST_SELECT = 100
"""Choices up to which a form has a list to choose from; beyond, it proposes while one types."""


@dataclass(frozen=True)
class Part:
    """What is asked of the engine: all rows, or a page of so many."""

    text: str
    page: Page | None = None
    rows: int = 0

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.rows // self.page.size)) if self.page else 1


def pages_of(asked: SavedRequest, bound: Bound, part: Part, form: str | None = None) -> dict[str, str]:
    """Relation -> address, of the pages around this one."""
    if part.page is None:
        return {}
    number = part.page.number
    numbers = {"first": 1, "prev": number - 1, "next": number + 1, "last": part.last}
    return {
        rel: urls.saved_url(bound.query.name, bound.given, **{**asked.own(), "page": str(n), "format": form})
        for rel, n in numbers.items()
        if 1 <= n <= part.last
    }


def in_format(query: QueryFile, asked: SavedRequest, form: Format) -> str:
    """Where the same is in a format."""
    return urls.saved_url(query.name, asked.given, **asked.own(), format=form.name)


def is_graph(query: QueryFile) -> bool:
    """Whether the answer is RDF."""
    return query.form in ("CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True)
class Field:
    """A field of a form."""

    parameter: Parameter
    value: str
    choices: Sequence[Choice]
    error: str | None

    @property
    def control(self) -> str:
        """Which control of HTML it is."""
        if self.parameter.type == "boolean" or (self.choices and len(self.choices) <= _LONGEST_SELECT):
            return "select"
        return {"date": "date", "integer": "number", "number": "decimal"}.get(self.parameter.type, "text")

    @property
    def more(self) -> bool:
        """Whether there are more choices than are shown."""
        return len(self.choices) >= MOST_CHOICES


def _fields(
    context: Context, query: QueryFile, asked: SavedRequest, error: ParameterError | None
) -> list[Field]:
    fields = []
    for parameter in query.parameters:
        choices = context.saved.choices(parameter)
        if parameter.type == "boolean":
            choices = (Choice("true", "yes", ""), Choice("false", "no", ""))
        value = asked.given.get(parameter.name) or parameter.default or ""
        value = context.saved.chosen(parameter, value) or value
        message = error.message.partition(": ")[2] if error and error.name == parameter.name else None
        fields.append(Field(context.saved.with_example(parameter), value, choices, message))
    return fields


def form_page(
    context: Context, query: QueryFile, asked: SavedRequest, error: ParameterError | None = None
) -> Response:
    """The form alone, or with what is wrong."""
    status = KINDS[ParameterError].status if error else 200
    return _page(context, query, asked, error, status=status, text=query.text)


def answer_page(context: Context, asked: SavedRequest, bound: Bound, part: Part, data: bytes) -> Response:
    """The form with the answer below it."""
    query, release = bound.query, context.settings.release
    results = None if is_graph(query) else Results.from_json(data)
    formats = RDF_FORMATS if results is None else RESULT_FORMATS
    cite = urls.saved_url(query.name, bound.given, "/cite", release=release)
    return _page(
        context,
        query,
        replace(asked, given={**asked.given, **bound.given}),
        None,
        text=bound.text,
        found=results,
        graph=data.decode() if results is None else None,
        rows=_rows(context, results) if results else [],
        part=part,
        pages=pages_of(asked, bound, part),
        everything=urls.saved_url(query.name, bound.given, page="all", release=asked.release),
        formats={form.name: in_format(query, replace(asked, given=bound.given), form) for form in formats},
        cite=cite if release else None,
        explain=urls.saved_url(query.name, bound.given, release=asked.release, explain="1"),
    )


def _rows(context: Context, results: Results) -> list[list[Value | None]]:
    names = context.pages.names({}, context.urls)
    return [
        [names.value(from_rdflib(row[v])) if v in row else None for v in results.variables]
        for row in results.rows[: context.settings.shown_rows]
    ]


def _page(
    context: Context,
    query: QueryFile,
    asked: SavedRequest,
    error: ParameterError | None,
    *,
    text: str,
    status: int = 200,
    **more: Any,
) -> Response:
    nothing = ("found", "graph", "part", "cite", "explain", "everything")
    values = {**dict.fromkeys(nothing), "rows": [], "pages": {}, "formats": {}, **more}
    elsewhere = error if error and error.name not in [p.name for p in query.parameters] else None
    return context.pages.render(
        "saved_query.html",
        status=status,
        query=query,
        asked=asked,
        fields=_fields(context, query, asked, error),
        error=error,
        elsewhere=elsewhere,
        text=without_header(text),
        answered=bool(more),
        **values,
    )
