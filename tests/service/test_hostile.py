"""Hostile queries and clients against the running service: a clear answer each time, none wrong, none cut off, and memory back to its level."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from muniment.release import Release

SECONDS = float(os.environ.get("STORM_SECONDS", "6"))
CLIENTS = int(os.environ.get("STORM_CLIENTS", "40"))
"""How long the storm lasts, and how many take part; `STORM_SECONDS=60 STORM_CLIENTS=200` is the long one."""


@pytest.fixture(scope="module")
def process(
    tiny_release: Release, unused_port: int, wait_until_ready: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """The service with small limits."""
    environ = {
        **os.environ,
        "MUNIMENT_QUERY_SECONDS": "1.5",
        "MUNIMENT_QUERY_MEMORY_BYTES": str(192 << 20),
        "MUNIMENT_ANSWER_BYTES": str(16 << 20),
        "MUNIMENT_CLIENT_QUERIES": "1000",
        "MUNIMENT_QUERY_QUEUE": "1000",
    }
    code = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"
    command = [sys.executable, "-c", code, str(tiny_release.path), str(unused_port)]
    started = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_until_ready(f"http://127.0.0.1:{unused_port}")
    yield started
    os.killpg(started.pid, signal.SIGTERM)
    started.wait(timeout=20)


@pytest.fixture(scope="module")
def url(process: subprocess.Popen[bytes], unused_port: int) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{unused_port}"


QUERIES = {
    "cross product": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", {413, 504}),
    "ordered cross product": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i", {504, 507}),
    "counted cross product": ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", {504}),
    "deep path": (
        "SELECT * { ?a (!<urn:x>|^!<urn:x>)* ?b . ?c (!<urn:x>|^!<urn:x>)* ?d }",
        {200, 413, 504, 507},
    ),
    "regular expression": (
        f"SELECT * {{ ?s ?p ?o FILTER(REGEX(STR(?o), '{'(a+)+' * 50}$')) }}",
        {200, 400, 500, 504, 507},
    ),
    "giant VALUES": (f"SELECT * {{ VALUES ?x {{ {'1 ' * 60_000} }} ?s ?p ?x }}", {200, 413, 504}),
    "huge literal": (f"ASK {{ ?s ?p '{'x' * 150_000}' }}", {200}),
    "repeated growth": (
        "SELECT (STRLEN(?z) AS ?size) { BIND('xxxxxxxxxx' AS ?a) "
        + " ".join(
            f"BIND(CONCAT(?{c}, ?{c}, ?{c}, ?{c}) AS ?{d})"
            for c, d in zip("abcdefghijklmn", "bcdefghijklmnz", strict=True)
        )
        + " }",
        {200, 500, 504, 507},
    ),
    "deeply nested": ("ASK " + "{" * 20_000 + "}" * 20_000, {400, 500, 503}),
    "many triples": (
        "ASK { " + "?s ?p ?o . " * 15_000 + "}",
        {200, 503, 504, 507},
    ),  # the engine may run out of stack
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_hostile_query_gets_a_clear_answer(url: str, name: str) -> None:
    query, expected = QUERIES[name]
    found = httpx.post(f"{url}/sparql", data={"query": query}, timeout=30)
    assert found.status_code in expected, found.text[:300]
    if found.status_code != 200:
        assert found.headers["content-type"] == "application/problem+json"
        assert found.json()["status"] == found.status_code
        assert "/" + "site-packages" not in found.text
    assert httpx.get(f"{url}/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


def test_a_query_of_ten_megabytes_is_refused(url: str) -> None:
    body = b"ASK { } #" + b"x" * 10_000_000
    headers = {"Content-Type": "application/sparql-query"}
    with contextlib.suppress(
        httpx.WriteError
    ):  # the answer may come, and the connection close, before all is sent
        assert httpx.post(f"{url}/sparql", content=body, headers=headers, timeout=30).status_code == 413
    assert httpx.get(f"{url}/sparql", params={"query": "ASK {}"}).is_success


@pytest.mark.parametrize("route", ["sparql", "reconcile"])
def test_who_sends_all_before_reading_is_told(url: str, route: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    kind = "application/x-www-form-urlencoded"
    head = (
        f"POST /{route} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: 3000000\r\n\r\n"
    )
    for _ in range(5):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(head.encode() + b"x" * 3_000_000)
            assert connection.recv(12) == b"HTTP/1.1 413"


def test_slow_and_broken_clients_hold_nobody_up(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    head = f"POST /sparql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sparql-query\r\nContent-Length: 1000\r\n\r\n"
    slow = [socket.create_connection((host, int(port))) for _ in range(50)]
    for connection in slow:
        connection.sendall(head.encode() + b"ASK")
    started = time.monotonic()
    assert httpx.get(f"{url}/sparql", params={"query": "ASK {} # beside slow bodies"}).is_success
    assert time.monotonic() - started < 5
    for connection in slow:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()  # a reset
    for garbage in (b"\x00\xff\xfe", b"GET /sparql?query=%FF HTTP/1.1\r\n\r\n", b"G" * 100_000):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(garbage)
    assert httpx.get(f"{url}/sparql", params={"query": "ASK {} # after garbage"}).is_success


def family_of(pid: int) -> dict[int, list[str]]:
    """A process and all its descendants: number -> words of its command."""
    parents: dict[int, list[int]] = {}
    words: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words[int(folder.name)] = (folder / "cmdline").read_text().split("\0")
        except (OSError, ValueError):
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found, waiting = {}, [pid]
    while waiting:
        current = waiting.pop()
        found[current] = words.get(current, [])
        waiting.extend(parents.get(current, []))
    return found


def resident(pid: int) -> int:
    """Bytes that a process and its descendants hold, shared ones counted once for each."""
    total = 0
    for member in family_of(pid):
        try:
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total


def test_a_storm_with_workers_that_die(process: subprocess.Popen[bytes], url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    before, over = resident(process.pid), threading.Event()
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    truncated: list[str] = []
    lost: Counter[str] = Counter()
    kills = 0

    def client(number: int) -> None:
        chance = random.Random(number)
        while not over.is_set():
            limit = chance.randrange(1, 40)
            query = f"SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT {limit} #{chance.random()}"
            if chance.random() < 0.05:
                query = QUERIES["counted cross product"][0]
            connection = http.client.HTTPConnection(host, int(port), timeout=30)
            try:
                connection.request("GET", f"/sparql?query={quote(query)}")
                if chance.random() < 0.05:
                    continue  # gone before the answer
                answer = connection.getresponse()
                statuses[answer.status] += 1
                try:
                    body = json.loads(answer.read())
                except (http.client.IncompleteRead, ValueError):
                    truncated.append(query)
                    continue
                if answer.status == 200 and len(body["results"]["bindings"]) != limit:
                    wrong.append(query)
                if answer.status != 200 and body["status"] != answer.status:
                    wrong.append(query)
            except OSError as error:
                lost[type(error).__name__] += 1
            finally:
                connection.close()

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in clients:
        thread.start()
    chance = random.Random(1)
    end = time.monotonic() + SECONDS
    last = end + 60  # a busy machine takes longer to see as much
    while (now := time.monotonic()) < end or (now < last and not (statuses[200] > 100 and kills > 5)):
        time.sleep(0.3)
        family = family_of(process.pid)
        nurseries = [pid for pid, words in family.items() if "muniment.workers.nursery" in words]
        workers = nurseries[1:]  # a parent stands before its children; its number need not be the lowest
        if workers:
            with contextlib.suppress(ProcessLookupError):  # it ended while it was chosen
                os.kill(chance.choice(workers), signal.SIGKILL)
                kills += 1
    over.set()
    for thread in clients:
        thread.join()
    settled = resident(process.pid)
    for _ in range(100):
        if settled < before + (300 << 20):
            break
        time.sleep(0.1)
        settled = resident(process.pid)
    sizes = f"{before >> 20} MiB before, {settled >> 20} MiB after"
    print(
        f"{dict(statuses)}, {kills} kills, {len(wrong)} wrong, {len(truncated)} cut off, lost {dict(lost)}, {sizes}"
    )
    assert (wrong, truncated, lost) == ([], [], {})
    assert statuses[200] > 100 and kills > 5
    assert set(statuses) <= {200, 429, 503, 504}
    assert settled < before + (300 << 20)
    assert httpx.get(f"{url}/sparql", params={"query": "ASK {} # after the storm"}).json()["boolean"] is True
