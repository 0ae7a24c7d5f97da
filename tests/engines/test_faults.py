"""A service in front of each engine, when that is not there, dies, is slow, lets nobody in, or holds another release; and how it recovers."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from app_transport import AppTransport
from engine_servers import Server, quads_of

from muniment.build import build
from muniment.engines.publish import Part, publish
from muniment.project import Project
from muniment.release import Release
from muniment_service.app import publish as application
from muniment_service.engine_publisher import EnginePublisher

ASK = "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D"
PAGES = (ASK, "/", "/graphs", "/doc?iri=urn:none")
QUADS = quads_of(" ".join(f":s{n} :p {n} ." for n in range(30)) + " g:one { :s1 :p 1 }")
_PRODUCT = " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(9))
SLOW = f"SELECT ?s0 {{ {_PRODUCT} FILTER(STRLEN(CONCAT({', '.join(f'STR(?o{n})' for n in range(9))})) = 1) }}"
"""More than any engine evaluates in a minute."""


@contextlib.contextmanager
def service(release: Release, url: str, **settings: str) -> Iterator[tuple[httpx.Client, EnginePublisher]]:
    environ = {"MUNIMENT_STORE": url, "MUNIMENT_CACHE_BYTES": "1", **settings}
    publisher = EnginePublisher(release, environ, follow=True)
    transport = AppTransport(application(publisher))
    with httpx.Client(transport=transport, base_url="http://test", headers={"Accept": "application/json, */*;q=0.1"}) as client:  # fmt: skip
        yield client, publisher
    asyncio.run(publisher.close())


def problem(found: Any, status: int, slug: str) -> Mapping[str, Any]:
    assert found.status_code == status, found.text
    said: Mapping[str, Any] = found.json()
    assert said["type"].endswith(f"#{slug}")
    assert said["detail"]
    assert "127.0.0.1" not in found.text  # where the engine is, is nobody's business
    return said


def test_all_of_the_service(server: Server, tiny_release: Release) -> None:
    publish(tiny_release, server.target(), prune=True, rest=lambda seconds: None)
    with service(tiny_release, server.url) as (client, _):
        found = {path: client.get(path) for path in ("/", ASK, "/graphs", "/events", "/places", "/documents", "/networks", "/vocab", "/queries", "/search?q=a", "/readyz")}  # fmt: skip
        assert {path: answer.status_code for path, answer in found.items()} == dict.fromkeys(found, 200)
        assert found["/readyz"].json()["release"] == tiny_release.id
        assert found["/search?q=a"].headers["muniment-release"] == tiny_release.id
        for network in found["/networks"].json()["networks"]:
            assert client.get(f"/networks/{network['name']}?format=gexf").status_code == 200


def put(server: Server, release: Release | str) -> None:
    """Publish a few quads as if they were that release."""
    name = release if isinstance(release, str) else release.id
    publish(Part(name, QUADS), server.target())


def test_down_at_the_start(mortal: Server, tiny_release: Release) -> None:
    put(mortal, tiny_release)
    mortal.kill()
    with service(tiny_release, mortal.url) as (client, _):
        for page in PAGES:
            said = client.get(page)
            problem(said, 503, "engine-unreachable")
            assert int(said.headers["retry-after"]) > 0
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert (
            client.get("/dump.nq.gz").status_code == 303
        )  # what lies in the release's files is there all the same
        mortal.start()
        _eventually(client, ASK)
        assert client.get("/").status_code == 200


def test_it_dies_and_comes_back(mortal: Server, tiny_release: Release) -> None:
    put(mortal, tiny_release)
    with service(tiny_release, mortal.url) as (client, _):
        assert client.get(ASK).json()["boolean"] is True
        mortal.kill()
        problem(client.get(ASK), 503, "engine-unreachable")
        mortal.start()
        _eventually(client, ASK)
        assert client.get(ASK).json()["boolean"] is True  # nothing is lost


def test_it_dies_during_a_query(mortal: Server, tiny_release: Release) -> None:
    put(mortal, tiny_release)
    with service(tiny_release, mortal.url) as (client, publisher):
        found: list[Any] = []
        asking = threading.Thread(target=lambda: found.append(client.get("/sparql", params={"query": SLOW})))
        asking.start()
        turns = publisher.current.answers.turns  # type: ignore[attr-defined]
        while not turns.running:
            threading.Event().wait(0.01)
        threading.Event().wait(
            0.3
        )  # so that the engine is at work; were it not, it would be found unreachable
        mortal.kill()
        asking.join(20)
        said = found[0].status_code, found[0].json()["type"].rpartition("#")[2]
        assert said in {(502, "engine-answer"), (503, "engine-unreachable")}  # as far as it had come
        mortal.start()
        _eventually(client, ASK)


def test_an_answer_is_cut(mortal: Server, tiny_release: Release, cutting: Callable[[int], Any]) -> None:
    """The network drops the rest of an answer: in its head, or in the middle of its body."""
    put(mortal, tiny_release)
    proxy = cutting(mortal.port)
    with service(tiny_release, mortal.url.replace(str(mortal.port), str(proxy.port))) as (client, _):
        whole = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"}).json()
        assert len(whole["results"]["bindings"]) >= 30
        for number, bytes_left in enumerate((20, 900)):
            proxy.back = bytes_left
            query = {"query": f"SELECT * {{ ?s ?p ?o }} # {number}"}
            problem(client.get("/sparql", params=query), 502, "engine-answer")
            proxy.back = 1 << 40
            assert client.get("/sparql", params=query).json() == whole


def test_a_slow_engine(mortal: Server, tiny_release: Release) -> None:
    put(mortal, tiny_release)
    with service(tiny_release, mortal.url, MUNIMENT_QUERY_SECONDS="1") as (client, _):
        said = problem(client.get("/sparql", params={"query": SLOW}), 504, "time-limit")
        assert said["limit"] == "time"
        assert client.get(ASK).status_code == 200
    mortal.kill()  # what it is still at would slow down the other tests


def test_it_comes_back_with_another_release(mortal: Server, tiny_release: Release) -> None:
    """Its files are not here: no answer is better than one of something else."""
    put(mortal, tiny_release)
    with service(tiny_release, mortal.url) as (client, _):
        assert client.get(ASK).status_code == 200
        mortal.kill()
        mortal.start()
        put(mortal, "cccc0001")
        said = problem(client.get(ASK), 503, "engine-release")
        assert "cccc0001" in said["detail"]
        put(mortal, tiny_release)
        _eventually(client, ASK)


def test_it_comes_back_with_nothing(mortal: Server, tiny_release: Release) -> None:
    put(mortal, tiny_release)
    with service(tiny_release, mortal.url) as (client, _):
        assert client.get(ASK).json()["boolean"] is True
        mortal.empty()
        mortal.start()
        for page in PAGES:  # an engine without data has an answer to everything: it is empty
            problem(client.get(page), 503, "engine-release")
        put(mortal, tiny_release)
        _eventually(client, ASK)


def test_a_switch_is_followed(mortal: Server, tiny: Project, tiny_release: Release) -> None:
    """The engine is switched to another release of the folder; the service follows, and no answer is of two releases."""
    put(mortal, tiny_release)
    other = build(dataclasses.replace(tiny, title="Another title"))
    build(tiny)  # the pointer of the folder stays where it was: that of the engine counts
    assert other.id != tiny_release.id
    with service(tiny_release, mortal.url) as (client, publisher):
        assert client.get(ASK).headers["muniment-release"] == tiny_release.id
        put(mortal, other)
        asyncio.run(publisher.look())
        found = client.get(ASK)
        assert (found.status_code, found.headers["muniment-release"]) == (200, other.id)


class _Closed(BaseHTTPRequestHandler):
    """An engine that wants a password."""

    status = 401

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.send_response(self.status if query else 200)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


def test_wrong_credentials(tiny_release: Release) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Closed) as closed:
        thread = threading.Thread(target=closed.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        secrets = {"MUNIMENT_STORE_USER": "someone", "MUNIMENT_STORE_PASSWORD": "secret-word"}
        url = f"http://127.0.0.1:{closed.server_address[1]}/sparql"
        with service(tiny_release, url, **secrets) as (client, _):
            said = client.get(ASK)
            problem(said, 502, "engine-credentials")
            assert "secret-word" not in said.text
        closed.shutdown()
        thread.join()


def test_wrong_credentials_at_an_engine_that_asks_for_them(server: Server, tiny_release: Release) -> None:
    if server.name != "virtuoso":
        pytest.skip("the others ask for none, as they run here")
    put(server, tiny_release)
    for word, status in (("wrong-word", 502), ("dba", 200)):
        secrets = {
            "MUNIMENT_STORE_USER": "dba",
            "MUNIMENT_STORE_PASSWORD": word,
            "MUNIMENT_STORE_AUTH": "digest",
        }
        with service(tiny_release, f"{server.url}-auth", MUNIMENT_STORE_ENGINE="virtuoso", **secrets) as (
            client,
            _,
        ):
            said = client.get(ASK)
            assert said.status_code == status, said.text
            assert word not in said.text
            if status == 502:
                problem(said, 502, "engine-credentials")


def test_more_than_the_engine_can_do(mortal: Server, tiny_release: Release) -> None:
    put(mortal, tiny_release)
    few = {"MUNIMENT_QUERY_SECONDS": "1.5", "MUNIMENT_QUERY_WORKERS": "2", "MUNIMENT_QUERY_QUEUE": "1", "MUNIMENT_CLIENT_QUERIES": "8"}  # fmt: skip
    publisher = EnginePublisher(tiny_release, {"MUNIMENT_STORE": mortal.url, **few}, follow=False)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(application(publisher))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            asked = (client.get("/sparql", params={"query": f"{SLOW} # {n}"}) for n in range(5))
            return [found.status_code for found in await asyncio.gather(*asked)]

    statuses = asyncio.run(ask())
    assert set(statuses) == {503, 504}
    asyncio.run(publisher.close())
    mortal.kill()


def _eventually(client: httpx.Client, path: str) -> None:
    """It answers again, without a restart of ours: at the latest when the breaker lets a request through."""
    for _ in range(100):
        if client.get(path).status_code == 200:
            return
        threading.Event().wait(0.05)
    raise AssertionError(client.get(path).text)
