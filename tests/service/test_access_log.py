"""Request ids and the access log."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from engine_servers import KINDS
from hypothesis import given
from hypothesis import strategies as st

from muniment.engine import EmbeddedStore
from muniment.errors import InputError
from muniment_service import Settings
from muniment_service.access_log import CLIENTS, NAME, AccessLog, client_of
from muniment_service.requests import Exchange, Requests, note_query, request_id

QUERY = 'ASK { ?secret ?p "é" }'
HASH = sha256(QUERY.encode()).hexdigest()[:16]


@pytest.fixture
def logged(
    connect: Any, small_store: EmbeddedStore, caplog: pytest.LogCaptureFixture
) -> tuple[httpx.Client, pytest.LogCaptureFixture]:
    caplog.set_level(logging.INFO, NAME)
    return connect(small_store, Settings(release="r1", access_log=True)), caplog


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == NAME]


def test_a_line_for_each_request(logged: tuple[httpx.Client, pytest.LogCaptureFixture]) -> None:
    client, caplog = logged
    url = f"/sparql?query={quote(QUERY)}"
    first = client.get(url)
    client.get(url)
    client.head(url)
    client.get("/none")
    client.get("/healthz")
    found = lines(caplog)
    assert [line["method"] for line in found] == ["GET", "GET", "HEAD", "GET", "GET"]
    assert [line["cache"] for line in found] == ["miss", "hit", "hit", "miss", "miss"]
    assert [line["status"] for line in found] == [200, 200, 200, 404, 200]
    assert [line["query"] for line in found] == [HASH] * 3 + [None] * 2
    assert found[0]["bytes"] == int(first.headers["content-length"]) and found[2]["bytes"] == 0
    assert found[0]["id"] == first.headers["x-request-id"]
    assert {line["release"] for line in found} == {"r1"}
    engine = os.environ.get("TEST_ENGINE", "embedded")
    assert {line["engine"] for line in found} == {KINDS.get(engine, engine)}
    assert [line["problem"] for line in found] == [None, None, None, "not-found", None]
    assert found[0]["path"] == "/sparql" and found[0]["ms"] > 0 and found[0]["client"] == "127.0.0.0/24"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}\+00:00", found[0]["time"])
    assert "secret" not in caplog.text


def test_it_is_off_by_default(
    connect: Any, small_store: EmbeddedStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, NAME)
    connect(small_store, Settings(release="r1")).get("/healthz")
    assert lines(caplog) == []


def test_settings() -> None:
    assert Settings.from_env({}).access_log is False
    given = Settings.from_env({"MUNIMENT_ACCESS_LOG": "1", "MUNIMENT_ACCESS_LOG_CLIENTS": "none"})
    assert (given.access_log, given.access_log_clients) == (True, "none")
    with pytest.raises(InputError, match="MUNIMENT_ACCESS_LOG is not 0 or 1: yes"):
        Settings.from_env({"MUNIMENT_ACCESS_LOG": "yes"})
    with pytest.raises(InputError, match="MUNIMENT_ACCESS_LOG_CLIENTS is not one of none, network, full: x"):
        Settings.from_env({"MUNIMENT_ACCESS_LOG_CLIENTS": "x"})


SANE = ["a", "A-1_b.c", "x" * 64, "0b6f2c1e-7a52-4b8c-9a55-9f3f3b0e8a11"]
ODD = ["", " ", "x" * 65, "a b", "é", "a\tb", '"', "a,b", "<x>", "{}", "a/b"]


@pytest.mark.parametrize("given_id", SANE)
def test_a_sane_id_is_kept(client: httpx.Client, given_id: str) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": given_id}).headers["x-request-id"] == given_id


@pytest.mark.parametrize("given_id", ODD)
def test_an_odd_id_is_replaced(client: httpx.Client, given_id: str) -> None:
    found = client.get("/healthz", headers={"X-Request-Id": given_id.encode()}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", found)


def test_every_answer_has_an_id_of_its_own(client: httpx.Client) -> None:
    urls = ["/", "/", "/none", "/sparql?query=x", "/id/event/first", "/doc"]
    found = [client.get(url).headers["x-request-id"] for url in urls]
    found.append(client.options("/sparql").headers["x-request-id"])
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("url", ["/none", "/sparql?query=x", "/doc"])
def test_problems_name_the_request(client: httpx.Client, url: str) -> None:
    asked = {"X-Request-Id": "mine.1"}
    assert client.get(url, headers=asked).json()["request_id"] == "mine.1"
    assert "Request mine.1" in client.get(url, headers={**asked, "Accept": "text/html"}).text


def call(app: Any, **more: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": [], **more}
    asyncio.run(app(scope, None, send))
    return sent


def test_a_query_in_a_body_is_told_by_the_route(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        note_query({**scope, "path": "/copied"}, QUERY)
        assert request_id(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"12", "more_body": True})
        await send({"type": "http.response.body", "body": b"345"})

    log = AccessLog("none", now=lambda: datetime(2026, 1, 2, tzinfo=UTC))
    caplog.set_level(logging.INFO, NAME)
    call(Requests(app, [log]))
    (line,) = lines(caplog)
    del line["id"], line["ms"]
    assert line == {
        "time": "2026-01-02T00:00:00.000+00:00",
        "method": "POST",
        "path": "/x",
        "status": 200,
        "bytes": 5,
        "query": HASH,
        "release": None,
        "cache": "pass",
        "client": None,
        "problem": None,
        "engine": None,
        "worker": None,
    }


def test_a_request_that_fails_is_told_of_too() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("planted")

    seen: list[Exchange] = []
    with pytest.raises(KeyError):
        call(Requests(app, [seen.append]))
    assert [(exchange.status, exchange.bytes) for exchange in seen] == [(0, 0)]


def test_without_the_layer_there_is_nothing_to_note() -> None:
    note_query({"type": "http"}, QUERY)
    assert request_id({"type": "http"}) is None


ADDRESSES = {
    "192.0.2.77": (None, "192.0.2.0/24", "192.0.2.77"),
    "2001:db8:1:2:3::4": (None, "2001:db8:1::/48", "2001:db8:1:2:3::4"),
    "::ffff:192.0.2.77": (None, "192.0.2.0/24", "::ffff:192.0.2.77"),
    "unix": (None, None, None),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    found = tuple(client_of({"client": (address, 5)}, how) for how in CLIENTS)
    if "ffff" in address:
        assert found[1] == "192.0.2.0/24"
    else:
        assert found == ADDRESSES[address]


@pytest.mark.parametrize("client", [None, ("", 0)])
def test_no_address(client: Any) -> None:
    assert [client_of({"client": client}, how) for how in CLIENTS] == [None] * 3


@given(st.text())
def test_a_path_cannot_forge_a_line(path: str) -> None:
    records: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage())

    log, keep = AccessLog(), Keep()
    logging.getLogger(NAME).addHandler(keep)
    try:
        log(Exchange({"method": "GET", "path": path, "query_string": path.encode("utf-8", "ignore")}, "id"))
    finally:
        logging.getLogger(NAME).removeHandler(keep)
    (line,) = records
    assert line.isascii() and "\n" not in line and json.loads(line)["path"] == path
