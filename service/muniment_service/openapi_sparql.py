"""What the OpenAPI description says of ``/sparql``, which is a plain ASGI endpoint."""

from __future__ import annotations

from typing import Any

from muniment.errors import QueryError, QueryRefused, QuerySyntaxError, ServiceFailed
from muniment.formats import RDF_FORMATS, RESULT_FORMATS
from muniment_service import asked, errors
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.routers.sparql import GRAPHS, RESULTS
from muniment_service.settings import Settings

_FAILURES = (
    QuerySyntaxError,
    QueryError,
    QueryRefused,
    errors.MalformedRequest,
    errors.UpdateRefused,
    errors.NotFound,
    errors.NotAcceptable,
    errors.TooLarge,
    *OF_QUERIES,
    ServiceFailed,
    *READING,
)
_ANSWER = (
    "The answer, complete. SELECT and ASK come in the formats of results, CONSTRUCT and DESCRIBE in those of graphs; a GET without a "
    "query gives the service description."
)


def path_item(settings: Settings) -> dict[str, Any]:
    """The path item of the endpoint, with its limits."""
    offers = list(dict.fromkeys([*RESULTS, *GRAPHS]))
    json = {"application/json": {}, "application/sparql-results+json": {"type": "object"}}
    said = answers(_ANSWER, offers, schemas={**json, "application/ld+json": {}})
    query, *more = _parameters(settings)
    kept = {"summary": "Ask by GET", "operationId": "sparql_get", "tags": ["SPARQL"]}
    get = {**kept, "parameters": [query, *more], "responses": _keyed({**said, **problems(*_FAILURES)})}
    post = {
        "summary": "Ask by POST",
        "operationId": "sparql_post",
        "tags": ["SPARQL"],
        "parameters": more,
        "requestBody": _body(query, more),
        "responses": _keyed({200: said[200], **problems(*_FAILURES, errors.UnsupportedMediaType)}),
    }
    return {"get": get, "post": post}


def _parameters(settings: Settings) -> list[dict[str, Any]]:
    names = ", ".join(f"`{form.name}`" for form in (*RESULT_FORMATS, *RDF_FORMATS))
    query = query_parameter(
        "query", f"SPARQL 1.1, in at most {settings.query_bytes:,} bytes of UTF-8. Given exactly once."
    )
    return [
        {**query, "example": asked.EXAMPLE},
        query_parameter(
            "default-graph-uri",
            "A graph of the default graph, whatever the query says.",
            many=True,
            format="iri",
        ),
        query_parameter(
            "named-graph-uri", "A named graph, whatever the query says.", many=True, format="iri"
        ),
        query_parameter(
            "format", f"The format by its short name, over the Accept header: {names}. Others are ignored."
        ),
        query_parameter("release", "The id of the release to ask; 404 if it is not here."),
        query_parameter(
            "timeout",
            f"Seconds after which to stop; at most {settings.query_seconds:g}, which is the default.",
            pattern=f"^{asked.TIMEOUT.pattern}$",
        ),
        query_parameter("explain", "`1`: why the query has no answer, as JSON or a page."),
    ]


def _body(query: dict[str, Any], more: list[dict[str, Any]]) -> dict[str, Any]:
    fields = {parameter["name"]: parameter["schema"] for parameter in (query, *more)}
    form = {"type": "object", "required": ["query"], "properties": fields}
    return {
        "required": True,
        "content": {
            asked.FORM: {"schema": form, "example": {"query": asked.EXAMPLE}},
            asked.DIRECT: {"schema": {"type": "string"}, "example": asked.EXAMPLE},
        },
    }


def _keyed(responses: dict[int | str, Any]) -> dict[str, Any]:
    return {str(status): response for status, response in responses.items()}
