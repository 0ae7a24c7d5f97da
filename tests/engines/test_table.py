"""The table of engines: every quirk is shown by a test that exists, and told in docs/engines.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from muniment.engines.breaker import FAILURES, REST, Breaker
from muniment.engines.table import ENGINES, GENERIC, Quirk, engine_named, engine_of
from muniment.engines.wire import Credentials
from muniment.errors import InputError, StoreUnreachable

ROOT = Path(__file__).resolve().parents[2]
QUIRKS = [(engine.name, quirk) for engine in ENGINES.values() for quirk in engine.quirks]


@pytest.mark.parametrize(("name", "quirk"), QUIRKS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(QUIRKS)])
def test_each_quirk_is_shown_and_told(name: str, quirk: Quirk) -> None:
    path, _, test = quirk.test.partition("::")
    assert re.search(rf"^def {re.escape(test)}\(", (ROOT / path).read_text(), re.MULTILINE)
    told = (ROOT / "docs" / "engines.md").read_text()
    assert f"| {quirk.what} | {quirk.answer} | `{quirk.test.removeprefix('tests/')}` |" in told
    assert len(QUIRKS) >= 12


def test_what_was_not_run_is_said_to_be_so() -> None:
    told = (ROOT / "docs" / "engines.md").read_text()
    for engine in ENGINES.values():
        if engine is not GENERIC:
            section = re.search(rf"^## {re.escape(engine.title.removeprefix('Apache Jena '))}.*?(?=^## |\Z)", told, re.MULTILINE | re.DOTALL)  # fmt: skip
            assert section, engine.title
            assert ("Not run here" in section[0]) == (not engine.run_here)


def test_engines_are_known_by_their_header() -> None:
    assert engine_of("Virtuoso/07.20.3229 (Linux)").name == "virtuoso"
    assert engine_of("Oxigraph/0.5.13").name == "oxigraph"
    assert engine_of("nginx") is engine_of(None) is GENERIC
    with pytest.raises(InputError, match="no engine `virtuose`"):
        engine_named("virtuose")


@pytest.mark.parametrize(
    ("name", "written"),
    [("virtuoso", "1500"), ("stardog", "1500"), ("fuseki", "2"), ("graphdb", "2"), ("qlever", "2s")],
)
def test_deadlines_in_the_dialect_of_each(name: str, written: str) -> None:
    deadline = ENGINES[name].deadline
    assert deadline is not None
    assert deadline.written(1.5) == written


def test_addresses() -> None:
    oxigraph = ENGINES["oxigraph"]
    assert oxigraph.address("http://h/query", "update") == "http://h/update"
    assert oxigraph.address("http://h/query", "bulk") == "http://h/store"
    assert oxigraph.address("http://h/other", "update") is None
    assert GENERIC.address("http://h/sparql", "update") is None


def test_the_breaker_lets_one_try_when_its_rest_is_over() -> None:
    now = [0.0]
    breaker = Breaker("it", lambda: now[0])
    for _ in range(FAILURES):
        breaker.enter()
        breaker.failed()
    assert breaker.open
    with pytest.raises(StoreUnreachable) as error:
        breaker.enter()
    assert error.value.retry_after >= 1
    now[0] += REST + 0.1
    breaker.enter()
    with pytest.raises(StoreUnreachable):
        breaker.enter()  # the second waits for what the first finds
    breaker.done()
    breaker.enter()
    assert not breaker.open


def test_credentials_are_not_shown() -> None:
    found = Credentials.from_env({"MUNIMENT_STORE_USER": "u", "MUNIMENT_STORE_PASSWORD": "hidden"})
    assert "hidden" not in repr(found)
    assert found
    assert not Credentials.from_env({})
    with pytest.raises(InputError, match="neither basic nor digest"):
        Credentials.from_env({"MUNIMENT_STORE_AUTH": "kerberos"})
