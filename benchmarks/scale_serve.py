"""What serving costs: from the start to the first answer, then queries, searches and networks, one after the other, and memory.

The service is a process of its own with the release on disk and, where it fits, another one with the release in memory. It holds no
answers, so that every request is answered anew.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import load
from processes import forget, memory_mb, processor_seconds
from scale_build import events_of, release
from servers import Data, Muniment, MunimentOnDisk, NotStarted, Options, Running, Server
from workload import probe, queries

IN_MEMORY_UP_TO = 3_000_000
"""Triples up to which a release is served from memory too: each of two processes holds it."""
SECONDS = 3.0
"""How long one query is asked, by one client, and then by eight."""
CLIENTS = 8
_PATIENCE = 45.0
"""Seconds that an answer is waited for; the service ends a query after 30."""
SEARCHES = (
    "suggest: beginning, 3 letters",
    "suggest: a misspelt word",
    "search: whole name",
    "search: a misspelt word",
    "search: a frequent word, facets selected",
    "search: nothing, facets selected",
)
ASKED = 40
"""Questions of each kind of search."""
NETWORKS = ("co-organisation", "people-bodies")
_PAGES = {
    "first page": "/",
    "list of networks": "/networks",
    "network of a year": f"/networks/{NETWORKS[0]}.json?since=2004&until=2004",
}
_tags = (f"scale{number}x" for number in count())


class _FromDisk(MunimentOnDisk):
    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "MUNIMENT_CACHE_BYTES": "1"}


class _InMemory(Muniment):
    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "MUNIMENT_CACHE_BYTES": "1"}


def serve(triples: int, cache: Path) -> dict[str, Any]:
    """Everything about the service of one size."""
    served = release(triples, cache)
    counts, place = served.manifest["counts"], cache / str(triples) / "servers"
    place.mkdir(exist_ok=True)
    data = Data(events_of(triples), counts["triples"], counts["quads"], served.path, place / "none.nq")
    found: dict[str, Any] = {"triples": counts["triples"], "quads": counts["quads"]}
    found |= dict(_from(_FromDisk(Options()), data, "from disk"))
    if triples <= IN_MEMORY_UP_TO:
        found |= dict(_from(_InMemory(Options()), data, "in memory"))
    return found | dict(_projection(served))


def _from(server: Server, data: Data, where: str) -> Iterator[tuple[str, Any]]:
    first = probe(data.events).paths(server.endpoint)[0]
    for state in ("cold", "warm"):
        if state == "cold":
            forget(data.release)
        try:
            running = Running(server, data, first)
        except NotStarted as error:
            yield f"first answer {where}, {state}, s", str(error)[:100]
            return
        yield f"first answer {where}, {state}, s", round(running.first_answer, 2)
        yield f"first answer {where}, {state}, processor s", processor_seconds(running.process.pid)
        if state == "cold":
            running.end()
    try:
        yield f"memory at rest {where}, MB", round(memory_mb(running.process.pid))
        yield from _queries(running, data.events, where)
        if where == "from disk":  # the index is a file either way
            yield from _searches(running, data.release)
            yield from _pages(running)
        yield f"memory after all that {where}, MB", round(memory_mb(running.process.pid))
    finally:
        running.end()


def _queries(running: Running, events: int, where: str) -> Iterator[tuple[str, Any]]:
    for query in queries(events):
        paths = query.paths(running.server.endpoint)
        one = load.Load(running.port, paths, query.accept, next(_tags), 1, SECONDS, patience=_PATIENCE)
        alone = load.run(one)
        name = f"{query.name} {where}"
        if "p50_ms" not in alone or not alone["answers"]:
            yield f"{name}, ms", _failure(alone)
            continue
        yield f"{name}, ms", alone["p50_ms"]
        yield f"{name}, p99 ms", alone["p99_ms"]
        if not query.heavy:
            many = load.Load(
                running.port, paths, query.accept, next(_tags), CLIENTS, SECONDS, patience=_PATIENCE
            )
            yield f"{name}, answers/s of {CLIENTS} clients", load.run(many)["rate"]


def _failure(found: Mapping[str, Any]) -> str:
    failed = [f"status {status}" for status in found.get("failed", {})]
    return ", ".join(failed) or f"no answer in {_PATIENCE:.0f} s"


def _searches(running: Running, directory: Path) -> Iterator[tuple[str, Any]]:
    import httpx
    from search import asked_of, over_http

    from muniment.search import SearchIndex

    index = SearchIndex.open(directory / "search.sqlite")
    yield "things in the index", index.size
    questions = asked_of(index, random.Random(1))
    for kind in SEARCHES:
        asked = [question for question, _ in zip(questions[kind], range(ASKED), strict=False)]
        try:
            took = over_http(f"http://127.0.0.1:{running.port}", kind, asked)
        except (httpx.HTTPError, AssertionError) as error:  # too slow, or refused
            yield f"{kind}, ms", type(error).__name__
            continue
        yield f"{kind}, ms", took["p50"]
        yield f"{kind}, p99 ms", took["p99"]


def _pages(running: Running) -> Iterator[tuple[str, Any]]:
    import httpx

    with httpx.Client(base_url=f"http://127.0.0.1:{running.port}", timeout=120) as client:
        for name, path in _PAGES.items():
            began = time.perf_counter()
            answer = client.get(path, headers={"Accept": "text/html" if path == "/" else "application/json"})
            took = round((time.perf_counter() - began) * 1000, 1)
            yield f"{name}, the first time, ms", took if answer.is_success else f"status {answer.status_code}"


def _projection(served: Any) -> Iterator[tuple[str, Any]]:
    """Whole networks, in this process, from disk, without limits and without the claims behind their ties."""
    from muniment.networked import NetworkStore

    store = NetworkStore(served.open(0))
    for name in NETWORKS:
        began = time.perf_counter()
        network = store.network(name, claims=False)
        yield f"network {name}, s", round(time.perf_counter() - began, 2)
        yield f"network {name}, ties", network.number_of_edges()
