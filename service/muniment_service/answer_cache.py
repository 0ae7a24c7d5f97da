"""The layer in front of all others: what a release has answered once is sent again as it is, without routing, hashing or compressing.

A release never changes, so an answer holds as long as the release is served: its id is part of the key, and a switch needs no clearing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muniment_service import coding
from muniment_service.conditional import pinned, value_of
from muniment_service.flight import Flight, give
from muniment_service.held import Answer, Held
from muniment_service.requests import note_cache
from muniment_service.urls import is_file_of_release

_LANGUAGE = b"accept-language"
_PROFILE = b"accept-profile"
_READ = frozenset(
    (b"accept", b"accept-encoding", _LANGUAGE, _PROFILE, b"authorization", b"host", b"if-none-match")
)


class _Key(NamedTuple):
    """All that an answer depends on."""

    release: str
    scheme: str
    host: bytes | None
    path: bytes | str
    query: bytes
    accept: bytes | None
    profile: bytes | None
    coding: str
    language: bytes | None
    """None where it is not read, since the client does not ask for a page."""


class AnswerCache:
    """Answers GET and HEAD from ``held`` while a release is served; what several ask for at once is computed a single time.

    Held is a complete 200 that carries ``Muniment-Release`` with the current release or the one that ``?release=`` names, and says neither
    ``no-store`` nor ``private``. Accept-Language counts for those who accept HTML. Requests with ``Authorization`` pass, and those for files of a
    release, which lie on disk as they are sent.
    """

    def __init__(self, app: ASGIApp, held: Held, release: Callable[[], str | None]) -> None:
        self.app = app
        self.held = held
        self.release = release
        self._flights: dict[_Key, Flight] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or not (release := self.release())
            or is_file_of_release(scope["path"])
        ):
            return await self.app(scope, receive, send)
        asked: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _READ:
                asked[name] = asked[name] + b", " + value if name in asked else value
        if b"authorization" in asked:
            return await self.app(scope, receive, send)
        get = asked.get
        accept, wanted = get(b"accept"), coding.wanted(get(b"accept-encoding"))
        language = get(_LANGUAGE, b"") if accept and b"html" in accept else None
        path, query = scope.get("raw_path") or scope["path"], scope["query_string"]
        key = _Key(
            release, scope["scheme"], get(b"host"), path, query, accept, get(_PROFILE), wanted, language
        )
        if_none_match, bare = get(b"if-none-match"), scope["method"] == "HEAD"
        while (answer := self.held.get(key)) is None:
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = self._flight(key)
                return await self._lead(flight, scope, receive, flight.sender(if_none_match, bare, send))
            await flight.landed.wait()
            if flight.unfit:
                return await self.app(scope, receive, send)
        self.held.hits += 1
        note_cache(scope, "hit")
        return await give(answer, if_none_match, bare, send)

    def _flight(self, key: _Key) -> Flight:
        return Flight(partial(self._keep, key), partial(self._flights.pop, key), self.held.entry_bytes)

    async def _lead(self, flight: Flight, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the whole answer to a GET computed; whatever becomes of it, those who wait go on."""
        self.held.misses += 1
        note_cache(scope, "miss")
        headers = [header for header in scope["headers"] if header[0] != b"if-none-match"]
        gone = False

        async def receive_and_notice() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            await self.app({**scope, "method": "GET", "headers": headers}, receive_and_notice, send)
        except asyncio.CancelledError:
            gone = True
            raise
        finally:
            flight.land(unfit=not gone)

    def _keep(self, key: _Key, answer: Answer) -> bool:
        """Hold the answer if it is one that may be held; says whether it is."""
        headers = answer.start["headers"]
        said, carried = value_of(headers, b"cache-control").lower(), value_of(headers, b"muniment-release")
        varies = {name.strip() for name in value_of(headers, b"vary").lower().split(b",")}
        known = {b"", b"accept", b"accept-encoding", _PROFILE} | (
            {_LANGUAGE} if key.language is not None else set()
        )
        fit = (
            answer.start["status"] == 200
            and carried.decode("latin-1") in (key.release, pinned(key.query))
            and b"no-store" not in said
            and b"private" not in said
            and not value_of(headers, b"set-cookie")
            and varies <= known
        )
        if fit:
            self.held.put(key, answer)
        return fit
