"""The synthetic datasets of the benchmarks are what they claim to be: buildable, valid, covered, repeatable."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from muniment.build import assemble, check_graph
from muniment.coverage import coverage
from muniment.project import read_project

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_a_synthetic_dataset_builds_and_conforms(benchmarks: None, tmp_path: Path) -> None:
    from synthetic import generate

    project = read_project(generate(tmp_path, events=20, seed=3))
    graph = assemble(project)
    assert check_graph(graph).results == ()
    for source in coverage(graph.claims, tmp_path / "documents", project.ids):
        assert source.complete, source


def test_the_same_seed_gives_the_same_bytes(benchmarks: None, tmp_path: Path) -> None:
    from synthetic import generate

    texts = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        generate(tmp_path / name, events=20, seed=seed)
        texts.append([path.read_bytes() for path in sorted((tmp_path / name).rglob("*.*"))])
    assert texts[0] == texts[1] != texts[2]


def test_the_table_shows_growth(benchmarks: None) -> None:
    import build

    stages = (
        "read claims",
        "store on disk",
        "bare bulk_load on disk",
        "store in memory",
        "bare bulk_load in memory",
    )

    def run(events: int) -> dict[str, object]:
        measured = {stage: {"seconds": events / 100, "peak_mb": 50} for stage in stages}
        sizes = {"claims": events, "triples": events, "quads": events * 10, "source_mb": 1.0, "dump_mb": 0.1}
        return {"events": events, **sizes, "stages": measured}

    found = {"machine": build.machine(seed=1), "runs": [run(100), run(1000)]}
    text = build.table(json.loads(json.dumps(found)))
    assert "| read claims | 1.00 s, 50 MB | 10.00 s, 50 MB | 1.00 |" in text
    assert "Not validated" in text
    assert str(sys.version_info.minor) in text
