"""Clients that go away: whatever is computed for them alone is stopped, on every route that has a query evaluated."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message

from muniment.engine import EmbeddedStore
from muniment_service import Settings, create_app
from muniment_service.answers import InThread

QUERY = "query=SELECT%20*%20%7B%20?s%20?p%20?o%20%7D"


class Endless(InThread):
    """Answers no query; says when one is asked and when it is given up."""

    def __init__(self, store: EmbeddedStore) -> None:
        super().__init__(store)
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def answer(self, *_: Any, **__: Any) -> bytes:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()
        raise AssertionError


@pytest.mark.parametrize(
    ("path", "query"), [("/sparql", QUERY), ("/sparql", f"{QUERY}&explain=1"), ("/graphs", "default")]
)
@pytest.mark.parametrize("release", [None, "0123456789abcdef"], ids=["", "with the cache"])
def test_a_query_ends_with_its_client(
    small_store: EmbeddedStore, path: str, query: str, release: str | None
) -> None:
    async def leave() -> None:
        endless = Endless(small_store)
        sent: list[Message] = []
        asking = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            if (first := next(asking, None)) is not None:
                return first
            await endless.asked.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        app = create_app(small_store, Settings(release=release), endless)
        await asyncio.wait_for(app(scope, receive, send), 10)
        await asyncio.wait_for(endless.left.wait(), 10)
        assert sent == []
        assert app.state.publisher.current.users == set()

    asyncio.run(leave())
