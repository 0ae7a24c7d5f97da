"""Which tests of the service are run with an engine: all but those of which it is said why not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from engine_differences import LEFT_OUT, NOTHING_ASKED, why_left_out

ROOT = Path(__file__).resolve().parents[1]
COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", "tests/service"]


def test_each_test_is_run_with_an_engine_or_has_its_reason() -> None:
    ran = subprocess.run(
        COLLECT,
        cwd=ROOT,
        env={**os.environ, "TEST_ENGINE": "oxigraph"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = re.findall(r"^left out: (\d+) tests, because (.*)$", ran.stdout, re.MULTILINE)
    assert {why for _, why in told} == set(LEFT_OUT)  # a reason that nothing has is to be removed
    summary = re.search(r"(\d+)/(\d+) tests collected \((\d+) deselected\)", ran.stdout)
    assert summary
    asked, all_of_them, left_out = map(int, summary.groups())
    assert sum(int(count) for count, _ in told) == left_out == all_of_them - asked
    assert asked > 800
    others = sum(int(count) for count, why in told if why != NOTHING_ASKED)
    assert (
        others < 180
    )  # tests that ask a store, and are not run with an engine: no more of them without a thought


def test_each_pattern_is_of_a_test() -> None:
    for tests in LEFT_OUT.values():
        for file, _, name in (test.partition("::") for test in tests):
            text = (ROOT / "tests" / "service" / file).read_text(encoding="utf-8")
            assert name == "*" or re.search(
                rf"^def {re.escape(name.removesuffix('*'))}\(", text, re.MULTILINE
            )


@pytest.mark.parametrize(
    ("nodeid", "source", "known"),
    [
        ("tests/service/test_urls.py::test_endings", "assert endings()", True),
        ("tests/service/test_urls.py::test_new", "def test_new(tiny_store): ...", False),
        ("tests/service/test_urls.py::test_new", "EmbeddedStore.in_memory(b'')", False),
        ("tests/service/test_near.py::test_new", "EmbeddedStore.in_memory(b'')", True),
        ("tests/service/test_new.py::test_new", "", False),
    ],
)
def test_what_nobody_has_said_is_noticed(nodeid: str, source: str, known: bool) -> None:
    assert bool(why_left_out(nodeid, source)) == known
