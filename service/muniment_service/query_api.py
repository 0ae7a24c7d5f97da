"""The saved queries in the OpenAPI description: a path for each, with its parameters and formats."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from muniment.errors import ParameterError, QueryError
from muniment.parameters import Parameter
from muniment.queries import QueryFile
from muniment_service import urls
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.publisher import Publisher
from muniment_service.routers.sparql import GRAPHS, RESULTS
from muniment_service.saved import Saved

_SCHEMAS: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "concept": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "iri": {"type": "string", "format": "iri-reference"},
    "number": {"type": "number"},
    "string": {"type": "string", "maxLength": 2000},
}
FAILURES = (
    ParameterError,
    QueryError,
    MalformedRequest,
    NotFound,
    NotAcceptable,
    *OF_QUERIES,
    *READING,
)
"""What can go wrong where a saved query is asked."""
JSON: dict[str, Any] = {
    "application/json": {},
    "application/ld+json": {},
    "application/sparql-results+json": {"type": "object"},
}
COMMON = [
    query_parameter("format", "The format by its short name, over the Accept header. Others are ignored."),
    query_parameter("release", "The id of a release that is still on disk."),
    query_parameter("timeout", "Seconds after which to give up.", type="number", exclusiveMinimum=0),
    query_parameter(
        "page", "Which page of the rows; `all` for all of them.", pattern="^([1-9][0-9]{0,8}|all)$"
    ),
    query_parameter("per_page", "Rows of a page.", type="integer", minimum=1, maximum=10_000),
]


class WithQueries:
    """Adds the saved queries of the current release to the description of the routes."""

    def __init__(self, routes: Callable[[], dict[str, Any]], publisher: Publisher) -> None:
        self._routes = routes
        self._publisher = publisher

    def __call__(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = self._routes()
        saved = self._publisher.current.saved
        return {**document, "paths": {**document["paths"], **paths(saved)}}


def paths(saved: Saved) -> dict[str, Any]:
    """Path -> its operations, for each saved query."""
    return {urls.saved_url(query.name): {"get": _operation(query, saved)} for query in saved.queries}


def _operation(query: QueryFile, saved: Saved) -> dict[str, Any]:
    offers = GRAPHS if query.form in ("CONSTRUCT", "DESCRIBE") else RESULTS
    own = [_described(parameter, saved) for parameter in query.parameters]
    common = COMMON if query.form == "SELECT" else COMMON[:3]
    said = {**answers("The answer, complete.", offers, schemas=JSON), **problems(*FAILURES)}
    return {
        "operationId": f"query_{query.name.replace('-', '_')}",
        "tags": [f"queries: {query.folder}"],
        "summary": query.title,
        "description": query.question,
        "parameters": [*own, *deepcopy(common)],
        "responses": {str(status): response for status, response in said.items()},
    }


def _described(parameter: Parameter, saved: Saved) -> dict[str, Any]:
    schema = dict(_SCHEMAS[parameter.type])
    closed = parameter.type == "concept" or parameter.values
    if closed and (choices := saved.choices(parameter)):
        schema["enum"] = [_typed(parameter, choice.value) for choice in choices]
    if parameter.default is not None:
        schema["default"] = _typed(parameter, parameter.default)
    shown = saved.with_example(parameter).shown
    text = ". ".join(
        part.rstrip(".") for part in (parameter.title, parameter.description, parameter.expected) if part
    )
    found = {**query_parameter(parameter.name, f"{text}."), "schema": schema, "required": parameter.required}
    fits = "enum" not in schema or _typed(parameter, shown) in schema["enum"]
    return {**found, "example": _typed(parameter, shown)} if fits else found


def _typed(parameter: Parameter, value: str) -> Any:
    match parameter.type:
        case "integer":
            return int(value)
        case "number":
            return float(value)
        case "boolean":
            return value.lower() in ("true", "1", "yes")
    return value
