"""Networks made by workers: what takes too long or is too large is stopped and says what to do, and who leaves frees the worker."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import networkx as nx
import pytest
from starlette.types import Message
from typer.testing import CliRunner

import muniment
from muniment.cli import app as commands
from muniment.errors import NetworkError, NetworkTooLarge, NotTied, ParameterError
from muniment.network.cutting import Cut
from muniment.network.files import network_of
from muniment.network.formats import format_named
from muniment.network.orders import Order
from muniment.network.workshop import Workshop
from muniment.queries import query_of
from muniment.release import Release, building
from muniment.release_writer import write_release
from muniment.workers.limits import Limits, MemoryExceeded, ResultTooLarge, TimeExceeded
from muniment.workers.pool import Pool
from muniment_service.asgi import application
from muniment_service.problems import MEDIA_TYPE

RING = 2_000
"""Bodies in a ring: what a network of so many ties takes is far above the shortest time limit here."""
SHORT = "0.05"
GEXF = format_named("gexf")
QUERY = """#+ title: Ring
#+ question: Who follows whom?
#+ tags: [network]
#+ network:
#+   tie: A test.
#+   nodes: mun:Body
#+   directed: false
#+   weights: count
PREFIX schema: <https://schema.org/>
SELECT ?source ?target ?because ?start {
  ?because schema:organizer ?source, ?target ; schema:startDate ?start . FILTER(STR(?source) < STR(?target))
}"""


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release that brings a network which is not shipped."""
    releases = tmp_path_factory.mktemp("ring") / "releases"
    organizer, start, day = "<https://schema.org/organizer>", "<https://schema.org/startDate>", "<http://www.w3.org/2001/XMLSchema#date>"  # fmt: skip
    lines = [
        line
        for n in range(RING)
        for line in (
            f"<urn:e{n}> {organizer} <urn:b{n}> .\n",
            f"<urn:e{n}> {organizer} <urn:b{(n + 1) % RING}> .\n",
            f'<urn:e{n}> {start} "{2000 + n % 10}-01-02"^^{day} .\n',
        )
    ]
    facts = {"counts": {"quads": len(lines)}, "prefixes": {}, "title": "A ring"}
    with building(releases):
        queries = [query_of(Path("network/ring.rq"), QUERY)]
        return write_release(releases, sorted(lines), "", facts, "inputs", queries)


@asynccontextmanager
async def serving(release: Release, **environ: str) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    """A client of the service of a release, and the pool of its workers."""
    service = application({"MUNIMENT_RELEASE": str(release.path), **environ})
    publisher = service.state.publisher
    await publisher.start()
    transport = httpx.ASGITransport(service)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client, publisher.current.answers
    finally:
        await publisher.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 100))


def problem_of(found: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (found.status_code, found.headers["content-type"]) == (status, MEDIA_TYPE), found.text[:500]
    problem: dict[str, Any] = found.json()
    assert problem["type"].endswith(f"#{slug}")
    return problem


def command_in(text: str) -> list[str]:
    (command,) = re.findall(r"`(muniment network [^`]+)`", text)
    return shlex.split(command)[1:]


def test_what_takes_too_long_is_killed_and_names_the_command_that_makes_it(
    ring: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "/networks/ring.gexf?measures=betweenness,core&since=2003&until=2007&dates=certain&min_weight=1"
    said: list[str] = []

    async def work() -> None:
        async with serving(ring) as (client, pool):
            problem = problem_of(await client.get(f"{url}&timeout={SHORT}"), 504, "network-time")
            assert (problem["limit"], problem["value"]) == ("time", float(SHORT))
            assert "ring with betweenness, core takes too long" in problem["detail"]
            assert pool.tally.ended == {"time": 1}
            html = {"Accept": "text/html"}
            page = await client.get(f"/networks/ring?measures=betweenness&timeout={SHORT}", headers=html)
            assert page.status_code == 504 and "muniment network ring --measures betweenness" in page.text
            assert "--format gexf -o ring.gexf" in page.text
            assert (
                await client.get(url)
            ).status_code == 200  # by another worker, with the time that it needs
            assert pool.turns.running == 0
            said.append(problem["hint"])

    run(work())
    arguments = command_in(said[0])
    assert arguments[-4:] == ["--format", "gexf", "-o", "ring.gexf"]
    done = CliRunner().invoke(
        commands, [*arguments[:-1], str(tmp_path / "ring.gexf"), "--on", str(ring.path)]
    )
    assert done.exit_code == 0, done.output
    found = nx.read_gexf(tmp_path / "ring.gexf", version="1.3")
    assert found.number_of_edges() == RING // 2
    assert all({"betweenness", "core"} <= set(data) for _, data in found.nodes(data=True))


def test_a_network_over_the_limit_says_how_to_narrow_it(ring: Release) -> None:
    async def work() -> None:
        async with serving(ring, MUNIMENT_NETWORK_REASONS="500") as (client, pool):
            for _ in range(2):
                problem = problem_of(await client.get("/networks/ring"), 413, "network-limit")
                assert "since, until" in problem["hint"]
                assert command_in(problem["hint"])[:2] == ["network", "ring"]
            narrowed = await client.get("/networks/ring", params={"since": "2004", "until": "2005"})
            assert len(narrowed.json()["edges"]) == 2 * RING // 10
            assert all("x" in node for node in narrowed.json()["nodes"])  # laid out by itself
            problem_of(await client.get("/networks/ring?since=2001"), 413, "network-limit")
            assert (await client.get("/networks")).json()["networks"][0]["edges"] == RING
            assert not pool.tally.ended

    run(work())


def test_a_client_who_leaves_frees_the_worker(ring: Release) -> None:
    async def work() -> None:
        service = application({"MUNIMENT_RELEASE": str(ring.path)})
        publisher = service.state.publisher
        await publisher.start()
        pool = publisher.current.answers
        await pool.network(order(ring, "size", "ring"))  # so that a worker is there when the request comes
        asking = iter([{"type": "http.request", "body": b"", "more_body": False}])
        sent: list[Message] = []

        async def receive() -> Message:
            if (first := next(asking, None)) is not None:
                return first
            while not pool.turns.running:
                await asyncio.sleep(0.005)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": "/networks/ring.gexf", "raw_path": b"/networks/ring.gexf", "root_path": "",
            "query_string": b"measures=all", "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        try:
            await service(scope, receive, send)
            assert sent == []
            assert (pool.tally.ended, pool.turns.running) == ({"gone": 1}, 0)
            assert publisher.current.users == set()
        finally:
            await publisher.close()

    run(work())


@asynccontextmanager
async def pool_on(release: Release, in_memory: bool = True, **limits: Any) -> AsyncIterator[Pool]:
    pool = Pool(release.path, 10**9 if in_memory else 0, Limits(workers=2, spare=1, **limits))
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def order(release: Release, wanted: Any = "file", name: str = "co-organisation", **more: Any) -> Order:
    (query,) = (query for query in release.queries() if query.name == name)
    form = {"form": GEXF} if wanted == "file" else {}
    return Order(network_of(query), wanted, most=100, **{**form, **more})


@pytest.mark.parametrize("in_memory", [True, False], ids=["in memory", "from disk"])
def test_a_worker_makes_what_any_process_makes(tiny_release: Release, in_memory: bool) -> None:
    whole = json.loads(
        Workshop().fulfil(order(tiny_release, form=format_named("json")), tiny_release.open(10**9))
    )
    edge = whole["edges"][0]
    ends = (edge["source"], edge["target"])

    async def work() -> None:
        store = tiny_release.open(10**9)
        async with pool_on(tiny_release, in_memory) as pool:
            orders = [
                order(tiny_release, measures=("all",)),
                order(tiny_release, form=format_named("svg"), cut=Cut(since="2019")),
                order(tiny_release, "page", measures=("degree",)),
                order(tiny_release, "tie", ends=ends),
                order(tiny_release, "paths", ends=ends),
                order(tiny_release, "size"),
            ]
            for each in orders:
                assert await pool.network(each) == Workshop().fulfil(each, store), each.wanted
            assert pool.tally.answered == len(orders) and not pool.tally.ended

    run(work())


WRONG: dict[type[Exception], dict[str, Any]] = {
    ParameterError: {"cut": Cut(ego="urn:nobody")},
    NetworkError: {"cut": Cut(since="2005", until="2004")},
    NotTied: {"wanted": "tie", "name": "hierarchy"},
    NetworkTooLarge: {"limit": 0},
}


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_errors_arrive_as_they_were_raised(tiny_release: Release, kind: type[Exception]) -> None:
    asked = dict(WRONG[kind])
    store = tiny_release.open(10**9)
    if kind is NotTied:
        (edge,) = json.loads(Workshop().fulfil(order(tiny_release, name="hierarchy", form=format_named("json")), store))["edges"]  # fmt: skip
        asked["ends"] = (edge["target"], edge["source"])  # against its direction
    with pytest.raises(kind) as here:
        Workshop().fulfil(order(tiny_release, **asked), store)

    async def work() -> None:
        async with pool_on(tiny_release) as pool:
            with pytest.raises(kind) as there:
                await pool.network(order(tiny_release, **asked))
            assert type(there.value) is type(here.value) and str(there.value) == str(here.value)
            assert vars(there.value) == vars(here.value)
            await pool.network(order(tiny_release))
            assert not pool.tally.ended

    run(work())


def test_limits_stop_one_network_only(ring: Release) -> None:
    async def work() -> None:
        async with pool_on(ring, result_bytes=10_000) as pool:
            with pytest.raises(TimeExceeded):
                await pool.network(order(ring, name="ring"), timeout=float(SHORT))
            with pytest.raises(ResultTooLarge):
                await pool.network(order(ring, name="ring"))
            assert json.loads(bytes(await pool.network(order(ring, "size", "ring"))))["nodes"] == RING  # type: ignore[arg-type]
            assert pool.tally.ended == {"time": 1}
        async with pool_on(ring, memory_bytes=4 << 20) as pool:
            with pytest.raises(MemoryExceeded):
                await pool.network(order(ring, name="ring"))

    run(work())


def test_whoever_forks_has_one_thread_and_knows_networks(tiny_release: Release) -> None:
    def threads(pid: int) -> int:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))

    async def work() -> None:
        async with pool_on(tiny_release) as pool:
            maps = Path(f"/proc/{pool._nursery.pid}/maps")
            assert "rustworkx" not in maps.read_text()
            await pool.network(order(tiny_release, measures=("betweenness",)))
            assert "rustworkx" in maps.read_text() and threads(pool._nursery.pid) == 1

    run(work())
    assert threads(os.getpid()) >= 1


def test_a_release_brings_its_own_networks(ring: Release, tiny_release: Release) -> None:
    store = muniment.open(ring.path)
    assert [file.name for file in store.networks()] == ["ring"]
    assert store.network("ring").number_of_edges() == store.network_size("ring").edges == RING
    with pytest.raises(NetworkError, match="no network `co-organisation`") as caught:
        store.network("co-organisation")
    assert caught.value.hint == "Known networks: ring."
    assert "co-organisation" in [file.name for file in muniment.open(tiny_release.path).networks()]


def test_the_service_starts_without_networkx() -> None:
    code = "import sys, muniment_service.asgi, muniment.network.formats; print('networkx' in sys.modules)"
    then = code + "; import muniment.network; muniment.network.MEASURES; print('networkx' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", then], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]


def test_names_of_the_package() -> None:
    from muniment import network

    for name in network.__all__:
        assert getattr(network, name) is not None
    assert callable(network.layout) and callable(network.slices)
    assert set(network.__all__) == set(network._MODULES)
    with pytest.raises(AttributeError):
        network.nothing  # noqa: B018
