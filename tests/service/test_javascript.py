"""Clients that people use in JavaScript, against the running service: ``fetch-sparql-endpoint`` and Comunica."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from muniment.release import Release
from muniment.results import Results

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
PREFIX = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
SELECT = PREFIX + "SELECT ?s ?label WHERE { ?s rdfs:label ?label } ORDER BY ?s ?label LIMIT 20"
CONSTRUCT = PREFIX + "CONSTRUCT { ?s rdfs:label ?label } WHERE { ?s rdfs:label ?label }"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(
        not (CLIENTS / "node_modules").is_dir(), reason="`make clients` has not been run: needs npm"
    ),
]


def ask(client: str, url: str) -> dict[str, Any]:
    command = ["node", str(CLIENTS / "ask.js"), client, f"{url}/sparql"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def rows(tiny_release: Release) -> Results:
    """What the clients should find."""
    return tiny_release.open(10**6).query(SELECT)


def triples(release: Release) -> list[list[str]]:
    found = release.open(10**6).query(CONSTRUCT)
    return sorted([str(term) for term in triple] for triple in found.graph)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fetch_sparql_endpoint(running: str, rows: Results, tiny_release: Release, method: str) -> None:
    found = ask(method, running)
    assert [
        (row["s"]["value"], row["label"]["value"], row["label"]["language"]) for row in found["select"]
    ] == [(str(row["s"]), str(row["label"]), row["label"].language) for row in rows]
    assert len(found["select"]) == 20
    assert found["ask"] is True
    assert sorted(found["construct"]) == triples(tiny_release)
    assert "HTTP status 400" in found["error"]
    assert "`schma:` is not declared: did you mean `schema:`?" in found["error"]


def test_comunica(running: str, rows: Results, tiny_release: Release) -> None:
    found = ask("comunica", running)
    assert [(row["s"]["value"], row["label"]["value"]) for row in found["select"]] == [
        (str(row["s"]), str(row["label"])) for row in rows
    ]  # without languages: it loses those itself
    assert found["ask"] is True
    assert sorted(found["construct"]) == triples(tiny_release)
    assert "HTTP status 504" in found["error"] and "stopped after 1 seconds" in found["error"]
    first, *rest = found["asked"]
    assert first["url"] == f"{running}/sparql"  # the bare address, whose description says what is there
    assert first["accept"].startswith("application/n-quads")
    assert len(rest) == 4  # each query is sent whole, so it was understood
    assert all(request["url"].startswith(f"{running}/sparql?query=") for request in rest)
