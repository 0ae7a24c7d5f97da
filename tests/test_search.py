"""Full-text search: every name finds its thing, the misprint too."""

from __future__ import annotations

from pathlib import Path

import pytest

from muniment.project import Project
from muniment.release import SEARCH, Release
from muniment.search import KINDS, Hit, search, write_index
from muniment.terms import LABEL, SKOS, Quad, iri, literal


@pytest.fixture(scope="module")
def index(tiny_release: Release) -> Path:
    return tiny_release.path / SEARCH


def small(folder: Path, *names: tuple[str, str, str]) -> Path:
    path = folder / "search.sqlite"
    write_index(
        path, [Quad(iri(thing), kind, literal(text, language="en"), "").line() for thing, kind, text in names]
    )
    return path


def test_a_printed_misprint_finds_its_thing(index: Path, tiny: Project) -> None:
    assert search(index, "Saltbrige") == [Hit(f"{tiny.ids}place/saltbridge", "Saltbrige", "misprint")]


@pytest.mark.parametrize(
    ("words", "thing", "kind"),
    [  # `label`: of whatever kind
        ("LMC", "body/lake-mirelle-commission", "label"),
        ("vwa 12", "document/letter-vwa-12", "label"),
        ("VWA-12", "document/letter-vwa-12", "label"),
        ("Republic of Veldria", "place/veldria", "alternative"),
        ("reyk", "person/tomas-reyk", "label"),
        ("anglers' club", "body/saltbridge-anglers-club", "label"),
        ("third meeting lake", "event/third-meeting", "label"),
        ("meeting third", "event/third-meeting", "label"),
        ("veld", "place/veldria", "label"),
    ],
)
def test_names_find_their_thing(index: Path, tiny: Project, words: str, thing: str, kind: str) -> None:
    hits = {hit.iri: hit.kind for hit in search(index, words)}
    assert f"{tiny.ids}{thing}" in hits
    if kind != "label":
        assert hits[f"{tiny.ids}{thing}"] == kind


def test_each_thing_once_and_no_more_than_asked(index: Path) -> None:
    found = [hit.iri for hit in search(index, "meeting")]
    assert len(found) == len(set(found)) >= 4
    assert [hit.iri for hit in search(index, "meeting", limit=2)] == found[:2]


@pytest.mark.parametrize("words", ["", "  ", '"', "*", "() -", "'"])
def test_nothing_to_look_for(index: Path, words: str) -> None:
    assert search(index, words) == []


@pytest.mark.parametrize(
    "words",
    ['a" OR "b', "NEAR(a b)", "text:a", "a AND NOT b", "^lake", "lake*", "NOT", "x; DROP TABLE names"],
)
def test_the_query_language_of_the_index_is_out_of_reach(index: Path, words: str) -> None:
    assert isinstance(search(index, words), list)


def test_accents_and_case_do_not_matter(tmp_path: Path) -> None:
    path = small(tmp_path, ("a:x", LABEL, "Café Böll, St. Gallen"))
    for words in ("cafe boll", "CAFÉ", "böll", "st gallen", "gall"):
        assert [hit.iri for hit in search(path, words)] == ["a:x"]
    assert search(path, "caf boll") == []


def test_only_names_in_the_default_graph_are_indexed(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    lines = [
        Quad("<a:x>", LABEL, '"claimed only"@en', "<a:claim>").line(),
        Quad("<a:x>", iri(f"{SKOS}note"), '"noted"@en', "").line(),
        Quad("<a:x>", LABEL, "<a:y>", "").line(),
        Quad("<a:x>", LABEL, r'"say \"hello\" \u00e9"@en', "").line(),
    ]
    write_index(path, lines)
    assert search(path, "claimed") == search(path, "noted") == []
    assert search(path, "hello") == [Hit("a:x", 'say "hello" é', "label")]


def test_every_kind_of_name_is_searched(tmp_path: Path) -> None:
    path = small(tmp_path, *((f"a:{n}", predicate, f"word{n}") for n, predicate in enumerate(KINDS)))
    assert len(KINDS) == 7
    for n, kind in enumerate(KINDS.values()):
        assert search(path, f"word{n}") == [Hit(f"a:{n}", f"word{n}", kind)]
