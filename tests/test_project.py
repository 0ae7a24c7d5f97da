"""The project file."""

from __future__ import annotations

from pathlib import Path

import pytest

from muniment.artefacts import artefact
from muniment.errors import InputError
from muniment.project import find_project, read_project

MINIMAL = '[dataset]\ntitle = "T"\nbase = "https://example.org/"\nlicense = "L"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "muniment.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_three_lines_are_enough(tmp_path: Path) -> None:
    found = read_project(write(tmp_path, MINIMAL))
    assert (found.title, found.base, found.ids) == ("T", "https://example.org/", "https://example.org/id/")
    assert (found.sources, found.releases) == (tmp_path / "sources", tmp_path / "releases")
    assert [found.ontology, found.shapes, found.queries] == [
        artefact(name) for name in ("ontology", "shapes", "queries")
    ]
    assert (found.ranking, found.description) == ((), "")
    assert (found.in_memory_quads, found.incoming_links) == (500_000, 200)


def test_everything_can_be_said(tmp_path: Path) -> None:
    text = MINIMAL + (
        'description = "D"\n[paths]\nsources = "s"\nontology = "o"\nshapes = "sh"\nqueries = "q"\nreleases = "../r"\n'
        '[sources]\nranking = ["document/a", "document/b"]\n[limits]\nin_memory_quads = 0\nincoming_links = 7\n'
    )
    found = read_project(write(tmp_path, text))
    assert [found.sources, found.ontology, found.shapes, found.queries] == [
        tmp_path / n for n in ("s", "o", "sh", "q")
    ]
    assert found.releases == tmp_path / "../r"
    assert (found.description, found.ranking) == ("D", ("document/a", "document/b"))
    assert (found.in_memory_quads, found.incoming_links) == (0, 7)


def test_a_project_is_found_from_below(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_project(deep).root == tmp_path.resolve()


def test_the_nearest_project_counts(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL)
    inner = tmp_path / "inner"
    inner.mkdir()
    write(inner, MINIMAL.replace('"T"', '"Inner"'))
    assert find_project(inner).title == "Inner"


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_project(tmp_path)
    assert "muniment init" in str(caught.value)
