"""The checks that are saved with a release find in each engine what they find in the embedded one."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from engine_servers import Server

from muniment.engine import EmbeddedStore, parse
from muniment.engines.publish import Part, publish
from muniment.engines.released import ReleasedStore
from muniment.store import Store

ROOT = Path(__file__).resolve().parents[2]
PLANTED = sorted((ROOT / "tests" / "queries" / "planted").glob("*.trig"))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda file: file.stem)
def test_each_check_finds_what_is_planted(planted: Path, server: Server) -> None:
    assert len(PLANTED) >= 16
    query = (ROOT / "queries" / "checks" / f"{planted.stem}.rq").read_text(encoding="utf-8")
    quads = sorted(set(parse(planted.read_bytes(), "application/trig")))
    lines = "".join(quad.line() for quad in quads).encode()
    name = hashlib.sha256(lines).hexdigest()[:16]
    publish(Part(name, quads), server.target())
    store = ReleasedStore(server.url, name, kind=server.engine)
    found, expected = (_rows(each, query) for each in (store, EmbeddedStore.in_memory(lines)))
    store.close()
    assert found == expected and expected


def _rows(store: Store, query: str) -> Counter[tuple[tuple[str, str], ...]]:
    rows = json.loads(store.answer(query, "application/sparql-results+json"))["results"]["bindings"]
    return Counter(tuple(sorted((name, term["value"]) for name, term in row.items())) for row in rows)
