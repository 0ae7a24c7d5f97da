"""Calls an ASGI application in this process: what the service would send, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Scope

HOST = "export.invalid"
ORIGIN = f"http://{HOST}"
"""What answers take for the address of the service; it stands nowhere in an export."""


@dataclass(frozen=True)
class Answer:
    """What a request was answered with."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key == wanted), None)


async def call(app: ASGIApp, url: str, accept: str = "*/*") -> Answer:
    """The answer to a GET of a URL (a path, percent-encoded, and perhaps a query)."""
    path, _, query = url.partition("?")
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"), "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"), "root_path": "", "client": ("127.0.0.1", 0), "server": (HOST, 80),
        "headers": [(b"host", HOST.encode()), (b"accept", accept.encode())],
    }  # fmt: skip
    sent: list[Message] = []
    requests: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if requests:
            return requests.pop()
        await asyncio.Event().wait()  # who has asked stays until the answer is there
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], sent[0]["headers"], body)
