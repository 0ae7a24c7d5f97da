"""The layer that makes of an answer the variant that is sent: coded, tagged, with its length and lifetime, or a 304 in its place."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muniment_service import coding
from muniment_service.conditional import coded_tag, entity_tag, lifetime, matches, not_modified, value_of
from muniment_service.headers import bodiless
from muniment_service.urls import is_file_of_release

_LONG_TO_CODE, _LONG_TO_HASH = 64 << 10, 1 << 20
"""Bytes from which it is left to a thread (both take about a millisecond), so that others need not wait."""


class Variants:
    """Codes, tags and measures answers. One that comes in pieces of more than ``buffer_bytes`` is sent as it comes, coded all the same.

    Files of a release pass: they are variants already.
    """

    def __init__(self, app: ASGIApp, buffer_bytes: int) -> None:
        self.app = app
        self.buffer_bytes = buffer_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request; a HEAD as the GET whose headers it wants."""
        if scope["type"] != "http" or is_file_of_release(scope["path"]):
            return await self.app(scope, receive, send)
        scope = {**scope, "extensions": {}}  # no way to send a file past this layer
        if scope["method"] == "HEAD":
            scope["method"], send = "GET", bodiless(send)
        return await self.app(scope, receive, _Variant(scope, send, self.buffer_bytes).send)


class _Variant:
    """The answer to one request on its way out."""

    def __init__(self, scope: Scope, send: Send, buffer_bytes: int) -> None:
        self._scope, self._send, self._most = scope, send, buffer_bytes
        self._wanted = coding.wanted(value_of(scope["headers"], b"accept-encoding") or None)
        self._pieces: list[bytes] = []
        self._size = 0
        self._sending = False
        self._gzip: coding.Stream | None = None

    async def send(self, message: Message) -> None:
        """Take a message of the application; send what is ready."""
        if message["type"] == "http.response.start":
            if self._sending:
                raise RuntimeError("an answer failed when a part of it had been sent")
            self._pieces.clear()  # of an answer that failed on the way: an error takes its place
            self._size = 0
            self._status: int = message["status"]
            self._headers = [(name.lower(), value) for name, value in message["headers"]]
            return None
        if message["type"] != "http.response.body":
            return await self._send(message)
        piece, more = bytes(message.get("body", b"")), message.get("more_body", False)
        if self._sending:
            return await self._stream(piece, more)
        self._pieces.append(piece)
        self._size += len(piece)
        if more and self._size <= self._most:
            return None
        body = piece if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        return await (self._begin(body) if more else self._whole(body))

    async def _whole(self, body: bytes) -> None:
        """The answer is complete: tag it, and send it or a 304."""
        codes = self._codes(len(body))
        takes_long = len(body) >= (_LONG_TO_CODE if codes else _LONG_TO_HASH)
        body = await asyncio.to_thread(self._finish, body, codes) if takes_long else self._finish(body, codes)
        if self._status >= 200 and self._status not in (204, 304):
            self._set(b"content-length", b"%d" % len(body))
        asked, tag = value_of(self._scope["headers"], b"if-none-match"), value_of(self._headers, b"etag")
        if asked and tag and self._is_get() and matches(asked, tag):
            await self._send(not_modified(self._headers))
            body = b""
        else:
            await self._start()
        await self._send({"type": "http.response.body", "body": body})

    def _finish(self, body: bytes, codes: bool) -> bytes:
        """Code the body if it is to be, and write the headers that depend on its bytes."""
        body = coding.compress(body) if codes else body
        self._describe(codes)
        of = partial(value_of, self._headers)
        if self._is_get() and not of(b"etag") and b"no-store" not in of(b"cache-control"):
            tag = entity_tag(of(b"content-type"), of(b"content-encoding"), body)
            self._headers.append((b"etag", tag))
        return body

    async def _begin(self, body: bytes) -> None:
        """The answer is too long to be held: send what is there, and from now on what comes."""
        self._sending = True
        codes = self._codes(self._size)
        self._describe(codes)
        if codes:
            self._gzip = coding.Stream()
            self._headers = [(name, value) for name, value in self._headers if name != b"content-length"]
        await self._start()
        await self._stream(body, True)

    async def _stream(self, piece: bytes, more: bool) -> None:
        if self._gzip:
            piece = await asyncio.to_thread(self._gzip.add, piece, last=not more)
        if piece or not more:
            await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _start(self) -> None:
        await self._send({"type": "http.response.start", "status": self._status, "headers": self._headers})

    def _codes(self, size: int) -> bool:
        """Whether the answer is to be coded: it is not yet, the client wants it, and it pays or nothing else is wanted."""
        if (
            self._wanted == coding.IDENTITY
            or not size
            or self._status in (206, 304)
            or value_of(self._headers, b"content-encoding")
        ):
            return False
        return self._wanted == coding.ONLY_GZIP or coding.pays(value_of(self._headers, b"content-type"), size)

    def _describe(self, codes: bool) -> None:
        """Write the headers that do not depend on the bytes."""
        if codes:
            self._headers.append((b"content-encoding", b"gzip"))
            if tag := value_of(self._headers, b"etag"):
                self._set(b"etag", coded_tag(tag, b"gzip"))
        vary, said = value_of(self._headers, b"vary"), value_of(self._headers, b"cache-control")
        if (codes or self._status < 400) and b"accept-encoding" not in vary.lower():
            self._set(b"vary", vary + b", Accept-Encoding" if vary else b"Accept-Encoding")
        if not said and (self._scope["method"] == "GET" or self._status >= 400):
            default = lifetime(self._status, self._headers, self._scope["query_string"])
            self._headers.extend([(b"cache-control", default)] if default else [])

    def _is_get(self) -> bool:
        return self._status == 200 and self._scope["method"] == "GET"

    def _set(self, name: bytes, value: bytes) -> None:
        self._headers = [*((key, said) for key, said in self._headers if key != name), (name, value)]
