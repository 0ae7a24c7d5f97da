"""``/metrics``: read with Prometheus' own parser."""

from __future__ import annotations

import re
from collections import Counter
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from muniment.engine import EmbeddedStore
from muniment_service import Settings
from muniment_service.held import Held
from muniment_service.metrics import Metrics, templates
from muniment_service.requests import Exchange

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"muniment_{name}", frozenset(labels.items())))


@pytest.fixture
def own(connect: Any, small_store: EmbeddedStore) -> httpx.Client:
    """A client of an application that nobody has asked yet."""
    client: httpx.Client = connect(
        small_store, Settings(base="https://example.org/set/", release="r1", title="Own")
    )
    return client


def test_requests_are_counted_by_route_and_status(own: httpx.Client) -> None:
    sent = [own.get("/doc/event/first.nt"), own.get("/doc/event/second"), own.get("/doc/event/second")]
    own.get("/doc/event/none")
    own.get("/healthz/")
    own.get("/wp-login.php")
    own.get("/sparql?query=ASK{}")
    own.post("/sparql", data={"query": "ASK {}"})
    own.put("/sparql")
    found = samples(own.get("/metrics").text)
    count = "request_seconds_count"
    document = "/doc/{path:path}"
    assert value(found, count, route=document, status="2xx") == 3
    assert value(found, count, route=document, status="4xx") == 1
    assert value(found, count, route="/healthz", status="2xx") == 1
    assert value(found, count, route="(none)", status="4xx") == 1
    assert value(found, count, route="/sparql", status="2xx") == 2
    assert value(found, count, route="/sparql", status="4xx") == 1
    assert value(found, "request_seconds_bucket", route=document, status="2xx", le="+Inf") == 3
    size = sum(int(answer.headers["content-length"]) for answer in sent)
    assert value(found, "sent_bytes_total", route=document, status="2xx") == size
    assert not any("event" in text for _, labels in found for _, text in labels)


def test_the_cache_is_told_of(own: httpx.Client) -> None:
    for _ in range(3):
        own.get("/sparql?query=ASK{}")
    found = samples(own.get("/metrics").text)
    assert value(found, "cache_hits_total") == 2
    assert value(found, "cache_misses_total") == 2  # the first, and this very request
    assert value(found, "cache_entries") == 1
    assert 0 < (value(found, "cache_bytes") or 0) < 10_000


def test_the_answer(own: httpx.Client) -> None:
    found = own.get("/metrics")
    assert found.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert found.headers["cache-control"] == "no-store"
    assert own.head("/metrics").status_code == 200
    assert own.options("/metrics").headers["allow"] == "GET, HEAD, OPTIONS"


def test_two_applications_do_not_meet(own: httpx.Client, connect: Any, small_store: EmbeddedStore) -> None:
    other = connect(small_store, Settings(release="r1"))
    own.get("/healthz")
    assert 'route="/healthz"' in own.get("/metrics").text
    assert 'route="/healthz"' not in other.get("/metrics").text


def test_pools() -> None:
    pool = SimpleNamespace(
        turns=SimpleNamespace(running=2, waiting=3),
        tally=SimpleNamespace(started=9, answered=7, ended=Counter(time=1, memory=4)),
    )
    pools: dict[str, object] = {"r1": pool, "r0": object()}
    metrics = Metrics(lambda path: path, Held(1, 1), lambda: pools)
    found = samples(metrics.text().decode())
    assert value(found, "queries_running", release="r1") == 2
    assert value(found, "queries_waiting", release="r1") == 3
    assert value(found, "workers_started_total", release="r1") == 9
    assert value(found, "queries_answered_total", release="r1") == 7
    assert value(found, "workers_ended_total", release="r1", reason="time") == 1
    assert value(found, "workers_ended_total", release="r1", reason="memory") == 4
    assert not any(("release", "r0") in labels for _, labels in found)
    pool.turns.running = 0
    assert value(samples(metrics.text().decode()), "queries_running", release="r1") == 0
    pools.clear()
    assert value(samples(metrics.text().decode()), "queries_running", release="r1") is None


def test_an_unanswered_request() -> None:
    metrics = Metrics(lambda path: path, Held(1, 1), dict)
    metrics(Exchange({"path": "/x"}, "id", seconds=0.02))
    found = samples(metrics.text().decode())
    assert value(found, "request_seconds_bucket", route="/x", status="none", le="0.01") == 0
    assert value(found, "request_seconds_bucket", route="/x", status="none", le="0.025") == 1


def test_a_path_that_is_no_route_makes_no_label() -> None:
    template = templates([])
    assert {template(f"/{n}") for n in range(100)} == {"(none)"}


def test_names_are_as_prometheus_wants_them(own: httpx.Client) -> None:
    text = own.get("/metrics").text
    names = re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE)
    assert len(names) >= 10
    for name, kind in names:
        assert re.fullmatch(r"muniment_[a-z_]+", name)
        assert kind != "counter" or name.endswith("_total")
    assert all(help_ for help_ in re.findall(r"^# HELP \S+ ?(.*)$", text, re.MULTILINE))
