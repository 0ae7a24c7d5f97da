"""The OpenAPI description: what routes answer, written from the tables that they work by (formats, kinds of problem)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi

from muniment.errors import (
    AnswerSpoiled,
    ReleaseChanged,
    StoreDenied,
    StoreError,
    StoreTimeout,
    StoreUnreachable,
)
from muniment.workers.limits import (
    ClientBusy,
    MemoryExceeded,
    PoolBusy,
    ResultTooLarge,
    TimeExceeded,
    WorkerDied,
)
from muniment_service import urls
from muniment_service.problems import KINDS, MEDIA_TYPE, Kind

Responses = dict[int | str, dict[str, Any]]

READING = (StoreError, StoreTimeout, Exception)
"""What can go wrong wherever the store is asked."""
OF_QUERIES = (
    TimeExceeded,
    MemoryExceeded,
    ResultTooLarge,
    PoolBusy,
    ClientBusy,
    WorkerDied,
    AnswerSpoiled,
    StoreDenied,
    StoreUnreachable,
    ReleaseChanged,
)
"""What can go wrong besides where a query is evaluated by a worker."""
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": f"`{urls.PROBLEMS}` and the kind."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong."},
        "hint": {"type": "string", "description": "How to mend it."},
        "line": {"type": "integer", "minimum": 1, "description": "Where in the query."},
        "column": {"type": "integer", "minimum": 1},
        "token": {"type": "string"},
        "excerpt": {"type": "string", "description": "The line, and the token marked below it."},
        "alternatives": {
            "type": "array",
            "description": "The formats on offer, or the profiles.",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"type": "string"},
                    "href": {"type": "string"},
                    "profile": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                },
            },
        },
        "limit": {"type": ["string", "number"], "description": "Which limit was met."},
        "value": {"type": "number", "description": "What the limit is, in `unit`."},
        "unit": {"type": "string"},
        "request_id": {"type": "string", "description": "By which the log knows the request."},
    },
}
_HEADERS: dict[str, Any] = {
    "Muniment-Release": {
        "description": "The id of the release that answered.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "The strong tag of this variant.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}
_OF_STATUS = {429: ("Retry-After",), 503: ("Retry-After",)}
_UNDECLARED = "#/components/schemas/HTTPValidationError"


def problems(*kinds: type[Exception]) -> Responses:
    """The responses to errors of these kinds, as the table of problems has them."""
    by_status: dict[int, list[Kind]] = {}
    for kind in (KINDS[error] for error in kinds):
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _problem(status, named) for status, named in sorted(by_status.items())}


def answers(
    description: str,
    media_types: Iterable[str],
    *,
    kept: bool = True,
    schemas: Mapping[str, Any] | None = None,
) -> Responses:
    """The 200 in these formats; the 304 too where answers may be kept. ``schemas``: media type -> schema, if it is no plain text."""
    known = schemas or {}
    content = {
        media_type: {"schema": known.get(media_type, {"type": "string"})} for media_type in media_types
    }
    headers = _headers("Muniment-Release", *(("ETag",) if kept else ()))
    found: Responses = {200: {"description": description, "content": content, "headers": headers}}
    if kept:
        found[304] = {"description": "What `If-None-Match` names is still so.", "headers": headers}
    return found


def query_parameter(name: str, description: str, *, many: bool = False, **schema: Any) -> dict[str, Any]:
    """A parameter of the query string; one that may be repeated is a list."""
    said = {"type": "string", **schema}
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "array", "items": said} if many else said,
        **({"style": "form", "explode": True} if many else {}),
    }


def describe(app: FastAPI, paths: Mapping[str, Any]) -> dict[str, Any]:
    """The document: of the application's routes, and of those it does not know to describe.

    Args:
        paths: path -> path item (OpenAPI 3.1) of routes that are plain ASGI endpoints.
    """
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    found["paths"] = dict(sorted({**found["paths"], **paths}.items()))
    for item in found["paths"].values():
        for operation in item.values():
            _complete(operation)
    components = found.setdefault("components", {})
    schemas = components.get("schemas", {})
    kept = {name: s for name, s in schemas.items() if name not in ("HTTPValidationError", "ValidationError")}
    components["schemas"] = {**kept, "Problem": _PROBLEM}
    components["headers"] = _HEADERS
    return found


def _problem(status: int, kinds: Iterable[Kind]) -> dict[str, Any]:
    said = "; ".join(dict.fromkeys(f"`{kind.slug}`: {kind.title}" for kind in kinds))
    schema = {"$ref": "#/components/schemas/Problem"}
    headers = _headers("Muniment-Release", *_OF_STATUS.get(status, ()))
    return {
        "description": f"{said}.",
        "content": {MEDIA_TYPE: {"schema": schema}, "text/html": {"schema": {"type": "string"}}},
        "headers": headers,
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _complete(operation: dict[str, Any]) -> None:
    """Say of errors what is true here: the framework states a 422 of its own wherever there is a parameter."""
    responses = operation["responses"]
    if _UNDECLARED in str(responses.get("422")):
        del responses["422"]
        if any(parameter["in"] != "path" for parameter in operation.get("parameters", ())):
            (status, response), *_ = problems(RequestValidationError).items()
            responses[str(status)] = response
    if not any(str(status).startswith(("4", "5")) for status in responses):
        responses["default"] = _problem(500, [KINDS[Exception]])
