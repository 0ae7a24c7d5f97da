"""``muniment.open``: a project, a release, files or an endpoint; the same calls on each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import muniment
from muniment.errors import InputError, MunimentError, ReleaseError
from muniment.formats import RDF_FORMATS
from muniment.project import Project
from muniment.release import Release
from muniment.vocabulary import default_prefixes

COUNT = "SELECT (COUNT(*) AS ?n) { ?event a mun:Event }"


def test_the_public_names() -> None:
    assert muniment.__all__ == sorted(muniment.__all__, key=lambda name: (name[0].islower(), name))
    assert all(hasattr(muniment, name) for name in muniment.__all__)


def test_a_project_from_its_folder_or_below(
    tiny: Project, tiny_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tiny_release.path.parent == tiny.releases
    for where in (tiny.root, str(tiny.root), tiny.root / "sources"):
        assert muniment.open(where).query(COUNT).to_dicts() == [{"n": 5}]
    monkeypatch.chdir(tiny.sources)
    assert muniment.open().query(COUNT).to_dicts() == [{"n": 5}]


def test_a_release_wherever_it_is(tiny_release: Release, tmp_path: Path) -> None:
    elsewhere = tmp_path / "copy"
    shutil.copytree(tiny_release.path, elsewhere)
    assert muniment.open(elsewhere).query(COUNT).to_dicts() == [{"n": 5}]


CONTENT = {
    "ttl": '<a:s> <a:p> "x" .',
    "nt": '<a:s> <a:p> "x" .',
    "nq": '<a:s> <a:p> "x" .',
    "trig": '<a:s> <a:p> "x" .',
    "jsonld": '{"@id": "a:s", "a:p": "x"}',
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="a:"><rdf:Description rdf:about="a:s"><a:p>x</a:p></rdf:Description></rdf:RDF>',
}


@pytest.mark.parametrize("extension", [form.extension for form in RDF_FORMATS])
def test_a_file_of_each_format(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a.{extension}"
    path.write_text(CONTENT[extension], encoding="utf-8")
    assert muniment.open(path).query("SELECT ?o { <a:s> <a:p> ?o }").to_dicts() == [{"o": "x"}]


def test_blank_nodes_of_several_files_stay_apart(tmp_path: Path) -> None:
    paths = [tmp_path / "a.nt", tmp_path / "b.nt"]
    for path in paths:
        path.write_text(f'_:x <a:name> "{path.stem}" .\n', encoding="utf-8")
    found = muniment.open(paths).query("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s <a:name> ?name }")
    assert found.to_dicts() == [{"n": 2}]


def test_relative_iris_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<#x> <a:p> <a:o> .", encoding="utf-8")
    (row,) = muniment.open(path).query("SELECT ?s { ?s <a:p> <a:o> }").to_dicts()
    assert row["s"] == f"{path.as_uri()}#x"


def test_files_get_the_shipped_prefixes(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<a:s> a <https://schema.org/Event> .", encoding="utf-8")
    assert muniment.open([path]).query("ASK { ?s a schema:Event }").boolean
    assert {"mun", "schema", "skos"} <= set(default_prefixes())


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("x", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    cases: list[tuple[object, str]] = [
        (text, "tells no RDF format"),
        ([tmp_path / "absent.ttl"], "cannot be read"),
        (tmp_path / "absent.ttl", "does not exist"),
        (empty, "no muniment.toml"),
    ]
    for where, message in cases:
        with pytest.raises(InputError, match=message) as caught:
            muniment.open(where)  # type: ignore[arg-type]
        assert caught.value.hint or "cannot be read" in caught.value.message


def test_a_project_that_was_not_built(tiny: Project, tmp_path: Path) -> None:
    shutil.copytree(tiny.root, tmp_path / "new", ignore=shutil.ignore_patterns("releases"))
    with pytest.raises(ReleaseError, match="no release") as caught:
        muniment.open(tmp_path / "new")
    assert "muniment build" in str(caught.value)
    assert isinstance(caught.value, MunimentError)
