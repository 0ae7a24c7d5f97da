"""What a switch of releases in the middle of a request changes: nothing, until the request is over."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from muniment.engine import EmbeddedStore
from muniment.results import Results
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.context import Context, Serving
from muniment_service.publisher import Publisher, ReleasePublisher

BASE = "https://example.org/set/"
OLD, NEW = "0" * 16, "1" * 16


class Switching:
    """A store that sees the release switched whenever it is asked something."""

    publisher: Publisher
    new: Context

    def __init__(self, inner: EmbeddedStore) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        self.publisher.current = self.new
        return getattr(self._inner, name)

    def query(self, query: str) -> Results:
        self.publisher.current = self.new
        return self._inner.query(query)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/doc/event/first", 200),
        ("/doc/event/none", 404),
        ("/graphs", 200),
        ("/graphs?default", 200),
        ("/graphs?graph=urn:none", 404),
        ("/sparql", 200),
        ("/sparql?query=ASK%7B%7D", 200),
        ("/readyz", 200),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html, */*;q=0.1"])
def test_header_and_content_are_of_one_release(
    small_store: EmbeddedStore, path: str, status: int, accept: str
) -> None:
    store = Switching(small_store)
    old, new = (
        Context.of(held, InThread(held), Settings(base=BASE, release=release))
        for held, release in ((store, OLD), (small_store, NEW))
    )
    store.publisher, store.new = Publisher(old), new

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(publish(store.publisher))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers={"Accept": accept})

    first = asyncio.run(ask())
    assert (first.status_code, first.headers["muniment-release"]) == (status, OLD)
    assert NEW not in first.text
    if (path, accept) != ("/sparql", "text/html, */*;q=0.1"):
        assert store.publisher.current is new  # the switch did come in the middle
    store.publisher.current = new
    second = asyncio.run(ask())
    assert (second.status_code, second.headers["muniment-release"]) == (status, NEW)
    assert OLD not in second.text
    assert not old.users and not new.users


class Retiring(InThread):
    retired = False

    async def retire(self) -> None:
        self.retired = True


def test_workers_stay_while_a_request_needs_their_release(small_store: EmbeddedStore) -> None:
    async def work() -> None:
        answers = Retiring(small_store)
        context = Context.of(small_store, answers, Settings(release=OLD))
        publisher = ReleasePublisher.__new__(ReleasePublisher)
        publisher._leaving = []
        request = Serving(context, {})
        retiring = asyncio.create_task(publisher._retire(context))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not answers.retired and publisher._leaving == [context]
        request.end()
        await asyncio.wait_for(retiring, 10)
        assert answers.retired and publisher._leaving == []

    asyncio.run(work())
