"""``muniment serve --workers``: several processes at one port, any of which may die; and services on one folder that nobody may write."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from deployed import Process, Shelf, alive, children, eventually, serving
from prometheus_client.parser import text_string_to_metric_families

from muniment import shelf as keeping

ASK = "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D"


@pytest.fixture(scope="module")
def pair(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A service of two processes."""
    log = tmp_path_factory.mktemp("pair") / "log"
    with serving(shelf.folder, log, "--workers", "2") as process:
        eventually(lambda: told_by(process) == {"1", "2"})  # it is ready when one of them is
        yield process
    assert "Traceback" not in log.read_text()


def fresh(process: Process, path: str) -> httpx.Response:
    """An answer over a connection of its own, so that any of the processes may have given it."""
    return httpx.get(process.url + path, headers={"Connection": "close"}, timeout=20)


def told_by(process: Process) -> set[str]:
    """The processes of which the metrics tell."""
    families = list(text_string_to_metric_families(fresh(process, "/metrics").text))
    assert len({family.name for family in families}) == len(families)  # the samples of each stand together
    return {sample.labels["process"] for family in families for sample in family.samples}


def requests_counted(process: Process, route: str) -> dict[str, float]:
    families = text_string_to_metric_families(fresh(process, "/metrics").text)
    return {
        sample.labels["process"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "muniment_request_seconds_count" and sample.labels["route"] == route
    }


def test_metrics_of_all_whichever_is_asked(pair: Process) -> None:
    before = requests_counted(pair, "/graphs")
    for _ in range(30):
        assert fresh(pair, "/graphs").status_code == 200
    for _ in range(8):
        assert told_by(pair) == {"1", "2"}
        counted = requests_counted(pair, "/graphs")
        assert sum(counted.values()) - sum(before.values()) == 30
    assert set(counted) == {"1", "2"}  # both had some: the chance of the contrary is one in 10^9


def test_a_process_that_dies_is_replaced(pair: Process) -> None:
    assert pair.running
    first = children(pair.running.pid)
    assert len(first) == 2
    for victim in first:
        os.kill(victim, signal.SIGKILL)
        eventually(
            lambda victim=victim: (
                victim not in children(pair.running.pid) and len(children(pair.running.pid)) == 2
            )
        )  # type: ignore[misc]
        eventually(lambda: told_by(pair) == {"1", "2"})  # with the number of the one that is gone
        assert fresh(pair, ASK).json()["boolean"] is True
    assert not set(first) & set(children(pair.running.pid))
    assert "Unexpected exit from worker" in pair.log.read_text()


def test_all_end_with_the_one_that_started_them(shelf: Shelf, tmp_path: Path) -> None:
    with serving(shelf.folder, tmp_path / "log", "--workers", "2") as service:
        assert service.running
        orphans = children(service.running.pid)
        os.kill(service.running.pid, signal.SIGKILL)
        service.running.wait(10)
        eventually(lambda: not any(alive(pid) for pid in orphans))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", service.port))


def test_a_switch_reaches_all(pair: Process, shelf: Shelf) -> None:
    def served() -> set[str]:
        return {fresh(pair, "/readyz").json()["release"] for _ in range(12)}

    assert served() == {shelf.old.id}
    keeping.use(shelf.folder, shelf.new.id)
    try:
        eventually(lambda: served() == {shelf.new.id})
    finally:
        keeping.use(shelf.folder, shelf.old.id)
    eventually(lambda: served() == {shelf.old.id})


def addresses(service: Process, things: int = 4) -> list[str]:
    """What two processes must answer alike: every page and file that needs no parameter, things in all formats, queries, networks."""
    with httpx.Client(base_url=service.url, timeout=20) as client:
        routes = [
            path
            for path, operations in client.get("/openapi.json").json()["paths"].items()
            if "{" not in path and "get" in operations and path not in ("/metrics", "/healthz", "/readyz")
        ]
        found = [
            result["iri"] for result in client.get(f"/search?q=&limit={things}&format=json").json()["results"]
        ]
        networks = [network["name"] for network in client.get("/networks?format=json").json()["networks"]]
        releases = client.get("/releases", headers={"Accept": "application/json"}).json()["releases"]
    assert len(found) == things and networks and len(releases) == 2
    return [
        *routes,
        ASK,
        *(f"/doc?iri={iri}&format={form}" for iri in found for form in ("turtle", "jsonld", "html", "json")),
        *(f"/networks/{name}{ending}" for name in networks for ending in (".json", ".gexf", ".cyjs", ".svg", ".compact.json")),
        *(f"/releases/{release['id']}/dump.nq.gz" for release in releases),
        *(f"/events.csv?release={release['id']}" for release in releases),
    ]  # fmt: skip


def test_two_services_answer_alike(shelf: Shelf, tmp_path: Path) -> None:
    """What they hold of their own (caches, positions, workers) does not show: same status, headers and bytes."""
    with serving(shelf.folder, tmp_path / "one") as one, serving(shelf.folder, tmp_path / "two") as two:
        asked = addresses(one)
        assert len(asked) > 60
        same = {"Host": "example.org", "X-Request-Id": "same", "Accept": "*/*"}
        tags = 0
        for path in asked:
            answers = [httpx.get(service.url + path, headers=same, timeout=20) for service in (one, two)]
            shown = [(a.status_code, {**a.headers, "date": ""}, a.content) for a in answers]
            assert shown[0] == shown[1], path
            tags += "etag" in answers[0].headers
        assert tags > 50


WITHOUT_RIGHTS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", "--inh-caps", "-dac_override,-dac_read_search,-fowner")  # fmt: skip
"""root writes where nobody may; without these capabilities it does not."""


def test_a_folder_that_cannot_be_written(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    shutil.copytree(shelf.folder, folder, ignore=shutil.ignore_patterns(".layouts", ".lock"))
    before = () if os.geteuid() else WITHOUT_RIGHTS
    if before and not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is not installed")
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        planted = subprocess.run([*before, "touch", str(folder / "x")], capture_output=True)
        assert planted.returncode != 0 and not (folder / "x").exists()  # it really cannot be written
        with serving(folder, tmp_path / "log", "--workers", "2", before=before) as service:
            for path in addresses(service, 1):
                found = fresh(service, path)
                assert found.status_code in (200, 303, 400, 404, 422), (path, found.text)
            found = fresh(service, f"/events.csv?release={shelf.new.id}")
            assert found.status_code == 200 and "extra" in found.text
        assert [folder, *folder.rglob("*")] == everything
        assert "Traceback" not in (tmp_path / "log").read_text()
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_the_log_in_json_and_a_clean_end(shelf: Shelf, tmp_path: Path) -> None:
    log = tmp_path / "log"
    environ = {"MUNIMENT_ACCESS_LOG": "1"}
    with serving(shelf.folder, log, "--workers", "2", "--log-format", "json", **environ) as service:
        assert service.running
        for number in range(10):
            fresh(service, f"{ASK}%20%23%20{number}")
        eventually(lambda: log.read_bytes().count(b'"path": "/sparql"') == 10)  # a line follows its answer
        os.kill(children(service.running.pid)[0], signal.SIGKILL)
        eventually(lambda: b"Unexpected exit" in log.read_bytes())
        eventually(lambda: told_by(service) == {"1", "2"})
        with httpx.Client(base_url=service.url) as open_connection:
            open_connection.get("/healthz")  # a connection that stays open does not hold it up
            family = [service.running.pid, *children(service.running.pid)]
            assert service.stop() == 0
    assert not any(alive(pid) for pid in family)
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.read_text().splitlines()]
    asked = [line for line in lines if line.get("path") == "/sparql"]
    assert len(asked) == 10
    assert {line["worker"] for line in asked} <= {1, 2}
    assert {line["engine"] for line in asked} == {"embedded"}
    assert {line["release"] for line in asked} == {shelf.old.id}
    said = {(line["logger"], line["level"]) for line in lines if "logger" in line}
    assert said >= {("muniment_service", "info"), ("granian", "error")}
    assert "ASK" not in log.read_text()
