"""The running service under what happens to it: releases that change, heavy queries, clients that go away, workers that die."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from muniment.build import build
from muniment.project import Project, find_project
from muniment.workers.pool import processor_seconds

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
EVENTS = "SELECT (COUNT(?e) AS ?n) { ?e a mun:Event }"


@pytest.fixture(scope="module")
def project(tiny: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the tiny dataset, to be built anew while it is served."""
    folder = tmp_path_factory.mktemp("served") / "tiny"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    return find_project(folder)


@pytest.fixture(scope="module")
def service(project: Project, unused_port: int, wait_until_ready: Any) -> Iterator[str]:
    """``muniment serve`` with a time limit of four seconds."""
    environ = {**os.environ, "MUNIMENT_QUERY_SECONDS": "4"}
    command = [sys.executable, "-m", "muniment", "serve", "--port", str(unused_port)]
    process = subprocess.Popen(
        command, cwd=project.root, env=environ, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{unused_port}"
    try:
        wait_until_ready(url)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def ask(url: str, query: str, **parameters: str) -> httpx.Response:
    return httpx.get(f"{url}/sparql", params={"query": query, **parameters}, timeout=20)


def workers_of(url: str) -> list[int]:
    """The workers of the service that listens at the URL: the children of its nursery."""
    port = url.rpartition(":")[2].encode()
    parents: dict[int, list[int]] = {}
    nurseries: list[int] = []
    servers: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        pid = int(folder.name)
        if state == "Z":  # ended, and not yet noticed by its parent
            continue
        parents.setdefault(int(parent), []).append(pid)
        if b"muniment.workers.nursery" in words:
            nurseries.append(pid)
        if b"serve" in words and port in words:
            servers.add(pid)
    family = set(servers)
    for _ in range(4):
        family |= {child for pid in family for child in parents.get(pid, [])}
    return [pid for nursery in nurseries if nursery in family for pid in parents.get(nursery, [])]


def measured(url: str, metric: str) -> float:
    """The sum of the samples of a metric, of which the beginning is given."""
    lines = httpx.get(f"{url}/metrics", timeout=20).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric))


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.02)


def begun(url: str) -> None:
    """Wait until a worker is at work on a query."""
    eventually(lambda: any(used(pid) > 0.1 for pid in workers_of(url)))


def used(pid: int) -> float:
    """Seconds of the processor; none of one that has ended."""
    try:
        return processor_seconds(pid)
    except OSError:
        return 0.0


def test_a_heavy_query_is_stopped_and_the_rest_goes_on(service: str) -> None:
    slow: list[httpx.Response] = []
    heavy = [threading.Thread(target=lambda: slow.append(ask(service, ENDLESS))) for _ in range(3)]
    for thread in heavy:
        thread.start()
    begun(service)
    for number in range(20):
        assert ask(service, f"ASK {{}} # {number}").json()["boolean"] is True
    for thread in heavy:
        thread.join()
    assert [found.status_code for found in slow] == [504, 504, 504]
    problem = slow[0].json()
    assert (problem["limit"], problem["value"], problem["unit"]) == ("time", 4.0, "seconds")
    assert problem["hint"]


def test_a_timeout_of_the_request_lowers_the_limit(service: str) -> None:
    found = ask(service, ENDLESS, timeout="0.3")
    assert (found.status_code, found.json()["value"]) == (504, 0.3)


def test_a_client_that_goes_away_frees_its_worker(service: str) -> None:
    host, port = service.removeprefix("http://").split(":")
    ended = 'muniment_workers_ended_total{reason="'
    gone, timed_out = measured(service, f'{ended}gone"'), measured(service, f'{ended}time"')
    with socket.create_connection((host, int(port))) as connection:
        target = f"/sparql?query={quote(ENDLESS + '# gone')}"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        begun(service)
        running = set(workers_of(service))
    assert running
    eventually(lambda: measured(service, f'{ended}gone"') == gone + 1)
    assert measured(service, f'{ended}time"') == timed_out
    eventually(lambda: not running <= set(workers_of(service)))


def test_a_killed_worker_loses_only_its_own_query(service: str) -> None:
    found: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: found.append(ask(service, ENDLESS + "# killed")))
    thread.start()
    begun(service)
    for pid in workers_of(service):
        os.kill(pid, signal.SIGKILL)
    assert ask(service, "ASK {} # after").json()["boolean"] is True
    thread.join()
    assert found[0].status_code == 503
    assert found[0].json()["type"].endswith("worker-died")


def test_a_new_release_takes_over_without_a_gap(service: str, project: Project) -> None:
    old = ask(service, EVENTS)
    first = old.headers["muniment-release"]
    count = int(old.json()["results"]["bindings"][0]["n"]["value"])
    statuses: set[int] = set()
    stop = threading.Event()

    def keep_asking() -> None:
        number = 0
        with httpx.Client(base_url=service, timeout=20) as client:
            while not stop.is_set():
                number += 1
                query = f"{EVENTS} # {number}"
                statuses.add(client.get("/sparql", params={"query": query}).status_code)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    source = project.sources / "notices.yaml"
    lines = "\n- id: claim/notices/24\n  source: document/notices\n  lines: '24'\n  states:\n  - {id: event/extra, type: Event, label: Extra}\n"
    source.write_text(source.read_text().rstrip() + "\n" + lines)
    second = build(project).id
    try:
        eventually(lambda: ask(service, EVENTS).headers["muniment-release"] == second)
    finally:
        stop.set()
        asking.join()
    new = ask(service, EVENTS)
    assert new.headers["muniment-release"] == second != first
    assert int(new.json()["results"]["bindings"][0]["n"]["value"]) == count + 1
    assert statuses == {200}

    pinned = ask(service, EVENTS, release=first)
    assert pinned.headers["muniment-release"] == first
    assert pinned.json() == old.json()
    assert "immutable" in pinned.headers["cache-control"]
    metrics = httpx.get(f"{service}/metrics").text
    for release in (first, second):
        assert f'muniment_queries_answered_total{{release="{release}"}}' in metrics
    unknown = ask(service, EVENTS, release="0123456789abcdef")
    assert (unknown.status_code, unknown.json()["current"]) == (404, second)
