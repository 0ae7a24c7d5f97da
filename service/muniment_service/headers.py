"""ASGI layers that every answer passes through: common headers, HEAD, OPTIONS, trailing slashes, and what nobody expected."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muniment_service.conditional import Headers, value_of
from muniment_service.context import Context, Serving
from muniment_service.problems import answer_error
from muniment_service.requests import request_id

_LOG = logging.getLogger("muniment_service")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_COMMON = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Allow, Content-Location, Content-Profile, Content-Range, ETag, Link, Location, Muniment-Release, Repr-Digest, Retry-After, Vary, X-Request-Id",
    "Content-Security-Policy": _CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = b"content-security-policy"
_AS_SENT = [(name.lower().encode(), value.encode()) for name, value in _COMMON.items()]
_OURS = {name for name, _ in _AS_SENT} | {b"vary"}


class CommonHeaders:
    """Chooses the context of a request, and says with every answer from which release it is, who may read it, and on what it depends."""

    def __init__(self, app: ASGIApp, current: Callable[[], Context]) -> None:
        self.app = app
        self.current = current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request, adding headers to its answer."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        serving = Serving(self.current(), scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_common(message["headers"], serving.context)}
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            serving.end()


def _with_common(said: Headers, context: Context) -> Headers:
    """What an answer says, and what every answer says: written as bytes, since each request passes here."""
    headers = [header for header in said if header[0] not in _OURS]
    headers += _AS_SENT
    if policy := value_of(said, _POLICY):  # a route may have one of its own
        headers = [*(header for header in headers if header[0] != _POLICY), (_POLICY, policy)]
    if context.settings.release and not value_of(
        said, b"muniment-release"
    ):  # a file of another release names that one
        headers.append((b"muniment-release", context.settings.release.encode()))
    vary = value_of(said, b"vary")
    depends = vary and b"accept" not in (name.strip() for name in vary.lower().split(b","))
    headers.append((b"vary", vary + b", Accept" if depends else vary or b"Accept"))
    return headers


class Methods:
    """Answers HEAD like GET without its body, and OPTIONS with the methods that a path has; one trailing slash is no difference."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request as the routes know it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        scope = _without_trailing_slash(scope)
        if scope["method"] == "OPTIONS" and (allowed := allowed_methods(self.routes, scope)):
            return await _options(allowed)(scope, receive, send)
        if scope["method"] == "HEAD":
            return await self.app({**scope, "method": "GET"}, receive, bodiless(send))
        return await self.app(scope, receive, send)


class CatchAll:
    """Turns an exception that nobody expected into a problem, and logs it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request."""
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            identity = request_id(scope)
            said = {"request": identity}
            _LOG.exception("unexpected failure at %s (request %s)", scope.get("path"), identity, extra=said)
            if scope["type"] == "http":
                await answer_error(Request(scope), error)(scope, receive, send)


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """The methods that the routes have for the path of a request; empty where there is no such path."""
    routes = list(routes)
    found = [m for m in _METHODS if any(r.matches({**scope, "method": m})[0] is Match.FULL for r in routes)]
    return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"] if found else []


def _options(allowed: list[str]) -> Response:
    headers = {
        "Allow": ", ".join(allowed),
        "Access-Control-Allow-Methods": ", ".join(allowed),
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    }
    if "POST" in allowed:
        headers["Accept-Post"] = "application/sparql-query, application/x-www-form-urlencoded"
    return Response(status_code=204, headers=headers)


def _without_trailing_slash(scope: Scope) -> Scope:
    """The scope of the path without a slash at its end, except in names of things, where it may be part of the IRI."""
    path = scope["path"]
    if path == "/" or not path.endswith("/") or path.startswith(("/id/", "/doc/", "/vocab/")):
        return scope
    return {**scope, "path": path[:-1]}


def bodiless(send: Send) -> Send:
    """What sends an answer without its body."""

    async def send_without_body(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_without_body
