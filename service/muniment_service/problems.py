"""Errors as RFC 9457 problems: one table says what each means in HTTP; browsers get a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from muniment.errors import (
    AnswerSpoiled,
    MunimentError,
    NetworkError,
    NetworkTooLarge,
    ParameterError,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    ReleaseChanged,
    ServiceFailed,
    StoreDenied,
    StoreError,
    StoreTimeout,
    StoreUnreachable,
)
from muniment.workers.limits import (
    Busy,
    ClientBusy,
    LimitExceeded,
    MemoryExceeded,
    PoolBusy,
    ResultTooLarge,
    TimeExceeded,
    WorkerDied,
)
from muniment_service import error_pages, errors, urls
from muniment_service.context import accept_header, context_of
from muniment_service.negotiation import choose
from muniment_service.requests import asked_query, note_problem, request_id

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, the last part of its type IRI, and its title."""

    status: int
    slug: str
    title: str


KINDS: Mapping[type[Exception], Kind] = {
    QuerySyntaxError: Kind(400, "syntax", "The query is not SPARQL"),
    QueryRefused: Kind(403, "refused", "The query asks for what is not allowed here"),
    ParameterError: Kind(400, "parameter", "A parameter of the query is missing or wrong"),
    NetworkTooLarge: Kind(413, "network-limit", "The network is too large"),
    NetworkError: Kind(400, "network", "The network cannot answer as asked"),
    QueryError: Kind(400, "query", "The query cannot be answered"),
    errors.NetworkTookTooLong: Kind(504, "network-time", "The network takes too long"),
    TimeExceeded: Kind(504, "time-limit", "The query took too long"),
    MemoryExceeded: Kind(507, "memory-limit", "The query took too much memory"),
    ResultTooLarge: Kind(413, "answer-limit", "The answer is too large"),
    PoolBusy: Kind(503, "busy", "Too many queries are waiting"),
    ClientBusy: Kind(429, "client-busy", "Too many of your queries are running or waiting"),
    WorkerDied: Kind(503, "worker-died", "The query was interrupted"),
    StoreTimeout: Kind(504, "timeout", "The query took too long"),
    ServiceFailed: Kind(502, "service", "An endpoint that the query calls failed"),
    ReleaseChanged: Kind(503, "engine-release", "The engine holds another release"),
    StoreUnreachable: Kind(503, "engine-unreachable", "The engine cannot be reached"),
    StoreDenied: Kind(502, "engine-credentials", "The engine does not let this service in"),
    AnswerSpoiled: Kind(502, "engine-answer", "The engine's answer is not whole"),
    StoreError: Kind(500, "engine", "The engine failed"),
    errors.MalformedRequest: Kind(400, "malformed", "The request is malformed"),
    errors.UpdateRefused: Kind(403, "read-only", "The graph is read-only"),
    errors.WriteRefused: Kind(405, "read-only", "The graph is read-only"),
    errors.NotFound: Kind(404, "not-found", "Not found"),
    errors.Gone: Kind(410, "gone", "This was withdrawn"),
    errors.ProfileNotAcceptable: Kind(406, "profile", "No profile on offer is accepted"),
    errors.NotAcceptable: Kind(406, "not-acceptable", "No format on offer is accepted"),
    errors.TooLarge: Kind(413, "too-large", "The request is too large"),
    errors.RangeNotSatisfiable: Kind(416, "range", "The file has no such part"),
    errors.UnsupportedMediaType: Kind(415, "unsupported-media-type", "The body has the wrong type"),
    errors.NotReady: Kind(503, "not-ready", "Not ready"),
    RequestValidationError: Kind(422, "parameters", "The parameters are not as they should be"),
    Exception: Kind(500, "unexpected", "Something went wrong here"),
}
"""Exception -> kind; the nearest class counts. The status is looked up when a problem is rendered, never kept with an error."""

ROUTING: Mapping[int, Kind] = {
    404: KINDS[errors.NotFound],
    405: Kind(405, "method-not-allowed", "This address has no such method"),
}
"""What the router itself answers: status -> kind."""


@dataclass(frozen=True)
class Problem:
    """One problem, ready to be written."""

    kind: Kind
    detail: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The JSON object of RFC 9457."""
        first = {
            "type": urls.problem_type(self.kind.slug),
            "title": self.kind.title,
            "status": self.kind.status,
        }
        return {**first, "detail": self.detail, **self.members}


def problem_of(error: Exception) -> Problem:
    """What an error is to a client. Nothing is told of errors that nobody expected."""
    if isinstance(error, HTTPException):
        return _routing_problem(error)
    kind = next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)
    hint = {"hint": error.hint} if isinstance(error, MunimentError) and error.hint else {}
    if isinstance(error, errors.RequestError):
        return Problem(kind, error.message, {**error.members, **hint}, error.headers)
    if isinstance(error, QuerySyntaxError):
        place = {"line": error.line, "column": error.column} if error.line else {}
        marked = {"token": error.token, "excerpt": error.excerpt}
        shown = {name: value for name, value in marked.items() if value is not None}
        return Problem(kind, error.message, {**place, **shown, **hint})
    if isinstance(error, ParameterError):
        wanted = {"parameter": error.name, "expected": error.expected, "example_value": error.example}
        return Problem(kind, error.message, {**{k: v for k, v in wanted.items() if v is not None}, **hint})
    if isinstance(error, QueryError):
        return Problem(kind, error.message, hint)
    if isinstance(error, LimitExceeded):
        limit = {"limit": error.limit, "value": error.value, "unit": error.unit}
        return Problem(kind, error.message, {**limit, **hint})
    if isinstance(error, Busy):
        return Problem(kind, error.message, hint, {"Retry-After": str(error.retry_after)})
    if isinstance(error, StoreUnreachable):
        return Problem(kind, error.message, hint, {"Retry-After": str(error.retry_after)})
    if isinstance(error, StoreError):
        return Problem(kind, without_paths(error.message), hint)
    if isinstance(error, RequestValidationError):
        wrong = [{"parameter": str(e["loc"][-1]), "message": e["msg"]} for e in error.errors()]
        return Problem(kind, "; ".join(f"{e['parameter']}: {e['message']}" for e in wrong), {"errors": wrong})
    return Problem(kind, "The failure has been logged.")


def without_paths(message: str) -> str:
    """The message without the paths of files, which are nobody's business outside; IRIs stay."""
    return re.sub(r"(?<![\w:/.<~%])(?:/[\w.\-]+){2,}", "(a file)", message)


def answer_error(request: Request, error: Exception) -> Response:
    """The handler of all errors: problem+json, or a page for those who would rather have one."""
    problem = problem_of(error)
    note_problem(request.scope, problem.kind.slug)
    if identity := request_id(request.scope):
        problem = replace(problem, members={**problem.members, "request_id": identity})
    context = context_of(request)
    status, headers = problem.kind.status, dict(problem.headers)
    if (
        choose(accept_header(request), (MEDIA_TYPE, "application/json", urls.HTML.media_type))
        == urls.HTML.media_type
    ):
        query = asked_query(request.scope)
        slug = problem.kind.slug
        return context.pages.render(
            "problem.html",
            status=status,
            headers=headers,
            problem=problem,
            query=query,
            advice=error_pages.ADVICE.get(slug),
            near=error_pages.near(context, request) if status == 404 else [],
            again=error_pages.again(request) if slug in error_pages.PASSING else None,
        )
    return JSONResponse(problem.document(), status, headers, media_type=MEDIA_TYPE)


def _routing_problem(error: HTTPException) -> Problem:
    phrase = HTTPStatus(error.status_code).phrase
    kind = ROUTING.get(error.status_code, Kind(error.status_code, "http", phrase))
    detail = {
        404: "There is nothing at this address.",
        405: "The Allow header lists the methods of this address.",
    }
    return Problem(kind, detail.get(error.status_code, phrase), headers=error.headers or {})
