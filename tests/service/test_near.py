"""Queries that are answered ahead of the routes: look-ups in the web process, the others by the pool, and errors as everywhere."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from muniment.engine import EmbeddedStore
from muniment.errors import StoreError
from muniment.store import Dataset
from muniment.workers.pool import Tally
from muniment_service import Settings, create_app
from muniment_service.answers import Near

LOOKUP = "SELECT ?p ?o { <https://example.org/set/id/event/first> ?p ?o }"
JOIN = "SELECT ?p { <https://example.org/set/id/event/first> ?p ?o . ?o ?q ?r }"
JSON, TURTLE = "application/sparql-results+json", "text/turtle"


class FakePool:
    """Says that it was asked, and nothing else."""

    def __init__(self, error: Exception | None = None) -> None:
        self.tally, self.asked, self.error = Tally(), list[str](), error
        self.turns = None

    async def nothing(self) -> None:
        """As a pool that has nothing to start or to end."""

    start = retire = close = nothing

    async def answer(self, query: str, media_type: str, **given: Any) -> bytes:
        self.asked.append(query)
        if self.error:
            raise self.error
        return b"from the pool"


def near(store: EmbeddedStore, pool: FakePool) -> Near:
    return Near(store, pool)  # type: ignore[arg-type]


def test_a_look_up_needs_no_worker_and_is_counted(small_embedded: EmbeddedStore) -> None:
    pool = FakePool()
    body = asyncio.run(near(small_embedded, pool).answer(LOOKUP, JSON))
    assert body == small_embedded.answer(LOOKUP, JSON)
    assert (pool.asked, pool.tally.answered) == ([], 1)


@pytest.mark.parametrize(
    ("query", "media_type", "dataset"),
    [(JOIN, JSON, None), (LOOKUP, TURTLE, None), (LOOKUP, JSON, Dataset(default=("https://example.org/g",)))],
    ids=["a join", "another format", "other graphs"],
)
def test_all_else_is_left_to_the_pool(
    small_embedded: EmbeddedStore, query: str, media_type: str, dataset: Dataset | None
) -> None:
    pool = FakePool()
    found = asyncio.run(near(small_embedded, pool).answer(query, media_type, dataset=dataset))
    assert (found, pool.asked) == (b"from the pool", [query])


def test_a_long_answer_is_left_to_the_pool() -> None:
    lines = [f'<urn:s> <urn:p> "{number:080}" .\n' for number in range(2_000)]
    pool = FakePool()
    store = EmbeddedStore.in_memory("".join(lines).encode())
    query = "SELECT ?p ?o { <urn:s> ?p ?o }"
    assert asyncio.run(near(store, pool).answer(query, JSON)) == b"from the pool"
    assert asyncio.run(near(store, pool).answer(f"{query} LIMIT 10", JSON)) != b"from the pool"


def ask(
    store: EmbeddedStore, settings: Settings, pool: FakePool, *requests: httpx.Request
) -> list[httpx.Response]:
    app = create_app(store, settings, near(store, pool))

    async def work() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client:
            return [await client.send(request) for request in requests]

    return asyncio.run(work())


def test_an_answer_ahead_of_the_routes_has_the_headers_of_every_answer(
    small_embedded: EmbeddedStore, settings: Settings
) -> None:
    get, head, post = (
        httpx.Request(m, f"http://localhost{p}", **more)
        for m, p, more in (
            ("GET", f"/sparql?query={LOOKUP}", {}),
            ("HEAD", f"/sparql?query={LOOKUP}", {}),
            ("POST", "/sparql", {"data": {"query": LOOKUP}}),
        )
    )
    slashed = httpx.Request("GET", f"http://localhost/sparql/?query={LOOKUP}")
    found, bare, posted, routed = ask(small_embedded, settings, FakePool(), get, head, post, slashed)
    assert found.content == posted.content == routed.content == small_embedded.answer(LOOKUP, JSON)
    assert not bare.content
    passing = {"x-request-id"}
    for other in (bare, routed):  # the last one goes the long way, by the routes
        assert {k: v for k, v in other.headers.items() if k not in passing} == {
            k: v for k, v in found.headers.items() if k not in passing
        }
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["muniment-release"] == settings.release
    assert found.headers["etag"]


def test_an_error_ahead_of_the_routes_is_the_problem_that_it_is_elsewhere(
    small_embedded: EmbeddedStore, settings: Settings
) -> None:
    pool = FakePool(StoreError("the engine failed: here"))
    request = httpx.Request("GET", "http://localhost/sparql", params={"query": JOIN})
    (found,) = ask(small_embedded, settings, pool, request)
    assert (found.status_code, found.json()["detail"]) == (500, "the engine failed: here")
    assert found.headers["content-type"] == "application/problem+json"
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["cache-control"] == "no-store"
    assert pool.asked == [JOIN]  # once: what failed is told, not tried again
