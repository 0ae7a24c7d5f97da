"""nginx with the configuration of this repository before two services: its cache, what it passes on, and what it does when things end."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from deployed import Front, Process, Shelf, children, eventually, nginx_before, serving
from engine_servers import serving as engine_serving

from muniment import shelf as keeping
from muniment.engines.publish import publish
from muniment.release import Release

EVENTS = "SELECT (COUNT(?e) AS ?n) { ?e a mun:Event }"
TURTLE, JSONLD = {"Accept": "text/turtle"}, {"Accept": "application/ld+json"}


def kept(answer: httpx.Response) -> str:
    """What the cache of nginx did."""
    return answer.headers["cache-status"].partition("detail=")[2]


@pytest.fixture
def thing(front: Front) -> str:
    """The path of a description."""
    found = httpx.get(f"{front.nginx.url}/search?q=&class=mun:Event&limit=1&format=json").json()["results"][0]
    return "/doc/" + found["iri"].partition("/id/")[2]


def test_the_cache(front: Front, thing: str) -> None:
    with httpx.Client(base_url=front.nginx.url) as client:
        first = client.get(thing, headers={**TURTLE, "X-Request-Id": "mine.1"})
        again = client.get(thing, headers={**TURTLE, "X-Request-Id": "mine.2"})
        assert (first.status_code, kept(first), kept(again)) == (200, "MISS", "HIT")
        assert again.content == first.content and again.headers["etag"] == first.headers["etag"]
        assert (first.headers["x-request-id"], again.headers["x-request-id"]) == ("mine.1", "mine.2")
        assert again.headers["muniment-release"] == front.shelf.old.id
        direct = httpx.get(front.services[1].url + thing, headers={**TURTLE, "Host": f"127.0.0.1:{front.nginx.port}"})  # fmt: skip
        assert direct.content == first.content and direct.headers["etag"] == first.headers["etag"]
        same = client.get(thing, headers={**TURTLE, "If-None-Match": first.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        eventually(lambda: kept(client.get(thing, headers=TURTLE)) == "REVALIDATED", 5)
        pinned = client.get(f"/events.csv?release={front.shelf.new.id}")
        assert pinned.headers["muniment-release"] == front.shelf.new.id
        assert "immutable" in pinned.headers["cache-control"]


VARIANTS = {
    "turtle": (TURTLE, "text/turtle; charset=utf-8", b"@prefix"),
    "json-ld": (JSONLD, "application/ld+json", b"{"),
    "n-triples": ({"Accept": "application/n-triples"}, "application/n-triples", b"<"),
    "html": ({"Accept": "text/html,*/*;q=0.8"}, "text/html; charset=utf-8", b"<!doctype html>"),
}


def test_each_gets_its_variant(front: Front, thing: str) -> None:
    tags = set()
    with httpx.Client(base_url=front.nginx.url) as client:
        for _ in range(2):  # the second time from the cache
            for accepted, media_type, start in VARIANTS.values():
                for coding in ("identity", "gzip"):
                    found = client.get(thing, headers={**accepted, "Accept-Encoding": coding})
                    assert found.headers["content-type"] == media_type
                    assert found.content.startswith(start)
                    coded = found.headers.get("content-encoding", "identity")
                    assert coded == coding or len(found.content) < 1000
                    tags.add((media_type, coded, found.headers["etag"]))
        profile = "<https://w3id.org/muniment/profile/labels>"
        labels = client.get(thing, headers={**TURTLE, "Accept-Profile": profile})
        assert labels.headers["etag"] not in {tag for _, _, tag in tags}
        assert len(labels.content) < len(client.get(thing, headers=TURTLE).content)
    assert len(tags) == len({tag for _, _, tag in tags}) >= 5


def test_what_is_not_kept(front: Front) -> None:
    query = quote(EVENTS)
    with httpx.Client(base_url=front.nginx.url) as client:
        for _ in range(2):
            post = client.post("/sparql", data={"query": EVENTS})
            assert (post.status_code, kept(post)) == (200, "")
            assert kept(client.get(f"/sparql?query={query}")) == ""
            missing = client.get("/none", headers={"Accept": "application/json"})
            assert (missing.status_code, kept(missing)) == (404, "MISS")
            assert missing.json()["request_id"] == missing.headers["x-request-id"]
            assert kept(client.get("/", headers={"Authorization": "Basic eDp5"})) == "BYPASS"
            assert client.get("/readyz").json() == {"status": "ready", "release": front.shelf.old.id}
        assert client.get("/metrics").status_code == 404


def test_addresses_are_those_that_the_client_used(front: Front) -> None:
    for host, headers in (
        ("data.example", {}),
        ("data.example", {"X-Forwarded-Proto": "https"}),
        ("other.example:8443", {"X-Forwarded-Proto": "https"}),
    ):
        found = httpx.get(f"{front.nginx.url}/sparql", headers={**TURTLE, "Host": host, **headers}).text
        assert f"<{headers.get('X-Forwarded-Proto', 'http')}://{host}/sparql>" in found


def test_the_client_is_told_to_the_service(front: Front) -> None:
    """The service logs the network of the client, not that of nginx; a client cannot say that it is another."""
    httpx.get(f"{front.nginx.url}/vocab", headers={"X-Forwarded-For": "203.0.113.9, 127.0.0.1", "X-Request-Id": "whose"})  # fmt: skip

    def lines() -> list[dict[str, Any]]:
        texts = (service.log.read_text() for service in front.services)
        return [json.loads(line) for text in texts for line in text.splitlines() if '"whose"' in line]

    eventually(lambda: bool(lines()))
    (line,) = lines()
    assert line["client"] == "203.0.113.0/24"  # 127.0.0.1 is a proxy here, and so is passed over


def test_large_requests(front: Front) -> None:
    long = f"ASK {{ ?s ?p ?o }} #{'x' * 50_000}"
    assert httpx.get(f"{front.nginx.url}/sparql", params={"query": long}).json()["boolean"] is True
    for size in (
        (1_500_000, 3_000_000) * 20
    ):  # the service refuses the first, nginx the second; a connection that ends too early is a 502 now and then
        refused = httpx.post(f"{front.nginx.url}/sparql", content=b"x" * size, headers={"Content-Type": "application/sparql-query"})  # fmt: skip
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"].endswith("#too-large")
        assert refused.json()["request_id"] == refused.headers["x-request-id"]


def test_files_in_ranges(front: Front) -> None:
    path = f"/releases/{front.shelf.old.id}/dump.nq.gz"
    whole = httpx.get(front.nginx.url + path).content
    assert gzip.decompress(whole).count(b"\n") == front.shelf.old.manifest["counts"]["quads"]
    part = httpx.get(front.nginx.url + path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole[100:200])


def test_the_log_of_nginx(front: Front) -> None:
    httpx.get(f"{front.nginx.url}/sparql", params={"query": 'ASK { ?secret ?p "x" }'}, headers={"X-Request-Id": "logged"})  # fmt: skip
    eventually(lambda: '"logged"' in front.log.read_text())
    lines = [json.loads(line) for line in front.log.read_text().splitlines()]
    (line,) = (line for line in lines if line["id"] == "logged")
    assert (line["path"], line["status"], line["client"]) == ("/sparql", 200, "127.0.0.0/24")
    assert line["release"] == front.shelf.old.id
    assert "secret" not in front.log.read_text()


def test_a_client_that_leaves_frees_its_worker(front: Front) -> None:
    """nginx passes it on, since it does not want the answer for others."""

    def gone() -> float:
        texts = [httpx.get(f"{service.url}/metrics").text for service in front.services]
        return sum(
            float(n)
            for text in texts
            for n in re.findall(r'workers_ended_total\{reason="gone".*\} (\S+)', text)
        )

    before = gone()
    endless = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(6))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(
            f"{front.nginx.url}/sparql",
            params={"query": f"SELECT (COUNT(*) AS ?n) {{ {endless} }}"},
            timeout=1,
        )
    eventually(lambda: gone() == before + 1, 10)  # its time limit is 30 s


@contextmanager
def load(url: str, *asking: Callable[[httpx.Client, int], None]) -> Iterator[None]:
    """Threads that ask until the end of the block, each in its own way; what one of them raises is raised at the end."""
    stop, failed = threading.Event(), []

    def work(ask: Callable[[httpx.Client, int], None]) -> None:
        number = 0
        try:
            with httpx.Client(base_url=url, timeout=30) as client:
                while not stop.is_set():
                    number += 1
                    ask(client, number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(ask,)) for ask in asking]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(40)
    if failed:
        raise failed[0]


class Asking:
    """Asks how many events there are, in several ways, and keeps what it was told and by which release."""

    def __init__(self) -> None:
        self.told: Counter[tuple[int, str, int]] = Counter()

    def by_get(self, client: httpx.Client, number: int) -> None:
        self._note(client.get("/sparql", params={"query": f"{EVENTS} # {number}"}))

    def by_post(self, client: httpx.Client, number: int) -> None:
        self._note(client.post("/sparql", data={"query": f"{EVENTS} # {number}"}))

    def by_page(self, client: httpx.Client, number: int) -> None:
        found = client.get("/events.csv" if number % 2 else f"/events.csv?from=1900&x{number % 7}=")
        if found.status_code == 200:
            self.told[200, found.headers["muniment-release"], len(found.text.splitlines()) - 1] += 1
        else:
            assert found.status_code == 400  # a parameter that is not known

    def _note(self, found: httpx.Response) -> None:
        number = int(found.json()["results"]["bindings"][0]["n"]["value"]) if found.status_code == 200 else -1
        self.told[found.status_code, found.headers.get("muniment-release", ""), number] += 1

    @property
    def number(self) -> int:
        return self.told.total()


def events_of(release: Release) -> int:
    (row,) = release.open(10**6).query(EVENTS)
    return int(row["n"])


def test_a_switch_under_load(front: Front) -> None:
    """Every request is answered, and what it is told is that of the release that the answer names."""
    asking, shelf = Asking(), front.shelf

    def served() -> set[str]:
        return {httpx.get(f"{service.url}/readyz").json()["release"] for service in front.services}

    with load(front.nginx.url, asking.by_get, asking.by_get, asking.by_post, asking.by_page):
        eventually(lambda: asking.number > 30)
        for release in (shelf.new, shelf.old):
            keeping.use(shelf.folder, release.id)
            eventually(lambda release=release: served() == {release.id})  # type: ignore[misc]
            more = asking.number + 30
            eventually(lambda more=more: asking.number > more)  # type: ignore[misc]
    old, new = events_of(shelf.old), events_of(shelf.new)
    assert new == old + 1
    assert set(asking.told) == {(200, shelf.old.id, old), (200, shelf.new.id, new)}


def test_a_service_that_is_killed_under_load(front: Front) -> None:
    asking = Asking()
    with load(front.nginx.url, asking.by_get, asking.by_get, asking.by_page):
        for victim in front.services:
            more = asking.number + 20
            eventually(lambda more=more: asking.number > more)  # type: ignore[misc]
            victim.kill()
            more = asking.number + 40
            eventually(lambda more=more: asking.number > more)  # type: ignore[misc]
            victim.start()
    assert {status for status, _, _ in asking.told} == {200}


def test_a_query_that_may_not_be_sent_twice(front: Front) -> None:
    """POST is not retried: the client is told, in our form; with no service at all, so is everybody."""
    for service in front.services:
        service.kill()
    try:
        for found in (
            httpx.post(f"{front.nginx.url}/sparql", data={"query": EVENTS}),
            httpx.get(f"{front.nginx.url}/events.csv?until=2001"),
        ):
            assert found.status_code == 502
            assert found.headers["content-type"] == "application/problem+json"
            assert found.json()["status"] == 502 and found.headers["retry-after"] == "2"
            assert found.headers["cache-control"] == "no-store"
    finally:
        for service in front.services:
            service.start()
    eventually(lambda: httpx.post(f"{front.nginx.url}/sparql", data={"query": EVENTS}).status_code == 200)


def test_nginx_is_killed_and_comes_back(front: Front, thing: str) -> None:
    before = httpx.get(front.nginx.url + thing, headers=TURTLE)
    front.nginx.kill()
    with pytest.raises(httpx.TransportError):
        httpx.get(front.nginx.url + thing)
    front.nginx.start()
    again = httpx.get(front.nginx.url + thing, headers=TURTLE)
    assert (again.status_code, again.content) == (200, before.content)


def test_processes_of_one_service(shelf: Shelf, tmp_path: Path) -> None:
    """Several processes at one port, named twice: one of them dies under load, and nobody notices."""
    with (
        serving(shelf.folder, tmp_path / "log", "--workers", "2") as service,
        nginx_before((service.port, service.port), tmp_path) as nginx,
    ):
        assert service.running
        asking = Asking()
        with load(nginx.url, asking.by_get, asking.by_get, asking.by_page):
            eventually(lambda: asking.number > 30)
            first = children(service.running.pid)
            os.kill(first[0], signal.SIGKILL)
            more = asking.number + 60
            eventually(lambda: asking.number > more and len(children(service.running.pid)) == 2)  # type: ignore[union-attr]
        assert {status for status, _, _ in asking.told} == {200}


def test_an_engine_that_is_killed(shelf: Shelf, tmp_path: Path) -> None:
    """Behind both services stands one engine: without it they say so, and when it is back so are they."""

    def ask(nginx: Process, number: int) -> httpx.Response:
        return httpx.get(f"{nginx.url}/sparql", params={"query": f"{EVENTS} # {number}"}, timeout=30)

    with engine_serving("oxigraph", tmp_path) as engine:
        publish(shelf.old, engine.target())
        environ = {"MUNIMENT_STORE": engine.url}
        with (
            serving(shelf.folder, tmp_path / "one", **environ) as one,
            serving(shelf.folder, tmp_path / "two", **environ) as two,
            nginx_before((one.port, two.port), tmp_path) as nginx,
        ):
            assert ask(nginx, 0).status_code == 200
            engine.kill()
            for number in range(1, 9):
                found = ask(nginx, number)
                assert found.status_code in (502, 503)
                assert found.json()["type"].rpartition("#")[2] in ("engine-unreachable", "engine-answer")
            assert httpx.get(f"{nginx.url}/readyz").status_code == 503
            assert httpx.get(f"{nginx.url}/healthz").status_code == 200
            engine.start()
            numbers = iter(range(100, 10_000))
            eventually(lambda: all(ask(nginx, next(numbers)).status_code == 200 for _ in range(4)))
