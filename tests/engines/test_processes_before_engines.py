"""The service as processes of its own in front of an engine that is killed and comes back; asked by clients that people use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
import SPARQLWrapper as sw  # noqa: N813
from engine_servers import Server

from muniment.engines.publish import publish
from muniment.release import Release

_RUN = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]), workers=2)"


@pytest.fixture
def running(
    mortal: Server, tiny_release: Release, unused_port: int, wait_until_ready: Callable[[str], None]
) -> Iterator[str]:
    publish(tiny_release, mortal.target())
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(tiny_release.path), str(unused_port)],
        env={**os.environ, **mortal.environ},
        start_new_session=True,
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{unused_port}")
        yield f"http://127.0.0.1:{unused_port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_clients_and_an_engine_that_comes_back(mortal: Server, running: str) -> None:
    client = sw.SPARQLWrapper(f"{running}/sparql", returnFormat=sw.JSON)
    client.setOnlyConneg(True)
    client.setQuery("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    before = client.queryAndConvert()["results"]["bindings"][0]["n"]["value"]
    assert int(before) >= 30  # or more, if a test before published all of the release
    assert httpx.get(f"{running}/events").status_code == 200
    mortal.kill()
    asked = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } # again"}
    for _ in range(4):  # by either process
        assert httpx.get(f"{running}/sparql", params=asked).status_code == 503
    assert httpx.get(f"{running}/healthz").status_code == 200
    mortal.start()
    statuses = []
    for _ in range(100):
        statuses.append(httpx.get(f"{running}/sparql", params=asked).status_code)
        if statuses[-4:] == [200] * 4:
            break
        threading.Event().wait(0.05)
    assert statuses[-4:] == [200] * 4, statuses
    assert set(statuses) <= {200, 503}
    assert client.queryAndConvert()["results"]["bindings"][0]["n"]["value"] == before
