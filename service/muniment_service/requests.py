"""The outermost layer: each request has an id, and when it is over those who count and log hear of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "muniment.exchange"
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADER = b"x-request-id"

Cached = Literal["hit", "miss", "pass"]


@dataclass(slots=True)
class Exchange:
    """A request and what became of it."""

    scope: Scope
    id: str
    began: float = field(default_factory=perf_counter)
    status: int = 0
    """0 if nothing was answered, since the client went away."""
    bytes: int = 0
    """Of the body, as sent."""
    seconds: float = 0.0
    release: str | None = None
    cached: Cached = "pass"
    query: str | None = None
    """The text of the SPARQL query, if the route told it."""
    problem: str | None = None
    """The kind of the problem that was answered."""
    trace: str | None = None
    """The id of the trace, if there is one."""


Observer = Callable[[Exchange], None]


class Requests:
    """Gives each request an id (that of ``X-Request-Id`` if it is sane), sends it back, and tells the observers how the request ended."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer] = ()) -> None:
        self.app = app
        self.observers = tuple(observers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        identity = given if _SANE.fullmatch(given) else secrets.token_hex(8).encode()
        exchange = scope[_KEY] = Exchange(scope, identity.decode())

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                headers = message["headers"]
                exchange.release = next(
                    (v.decode("latin-1") for n, v in headers if n == b"muniment-release"), None
                )
                message = {
                    **message,
                    "headers": [*headers, (_HEADER, identity)],
                }  # a held answer stays as it is
            elif message["type"] == "http.response.body":
                exchange.bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_and_count)
        finally:
            exchange.seconds = perf_counter() - exchange.began
            for observer in self.observers:
                observer(exchange)


def exchange_of(scope: Scope) -> Exchange | None:
    """The exchange to which a scope belongs; None where the layer is not there."""
    found: Exchange | None = scope.get(_KEY)
    return found


def request_id(scope: Scope) -> str | None:
    """The id of a request."""
    exchange = exchange_of(scope)
    return exchange.id if exchange else None


def asked_query(scope: Scope) -> str | None:
    """The SPARQL query that a request asks, if the route told it."""
    exchange = exchange_of(scope)
    return exchange.query if exchange else None


def note_query(scope: Scope, query: str) -> None:
    """Tell which query is asked, so that the log can name its hash."""
    if exchange := exchange_of(scope):
        exchange.query = query


def note_problem(scope: Scope, problem: str) -> None:
    """Tell which kind of problem is answered."""
    if exchange := exchange_of(scope):
        exchange.problem = problem


def note_cache(scope: Scope, cached: Cached) -> None:
    """Tell what the answer cache had."""
    if exchange := exchange_of(scope):
        exchange.cached = cached
