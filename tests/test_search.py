"""Search: every name finds its thing, the misprint too; the best comes first; counts are those that SPARQL gives."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from muniment.artefacts import artefact
from muniment.build import build
from muniment.claims import IN_SOURCE, LINES
from muniment.engine import EmbeddedStore
from muniment.errors import InputError, StoreError
from muniment.naming import NAMING
from muniment.project import Project
from muniment.release import SEARCH, Release
from muniment.search import KINDS, Facet, Hit, SearchIndex, search, write_index
from muniment.search import index as reading
from muniment.search.described import InStore, kept
from muniment.search.facets import facets_of, read_facets
from muniment.search.fold import fold
from muniment.search.model import MATCHES
from muniment.search.typos import deletions, distance
from muniment.terms import LABEL, MUN, OWL, SCHEMA, SKOS, TYPE, Quad, iri, literal

MISPRINT, ALTERNATIVE, REFERENCE = (
    next(naming for naming, kind in NAMING.items() if kind == wanted)
    for wanted in ("misprint", "alternative", "reference")
)


@pytest.fixture(scope="module")
def index(tiny_release: Release) -> SearchIndex:
    return tiny_release.search()


Small = Callable[..., SearchIndex]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """An index of some quads: names as (thing, property, text), or whole quads."""

    def build(*rows: Any, **options: Any) -> SearchIndex:
        quads = [
            r if isinstance(r, Quad) else Quad(iri(r[0]), r[1], literal(r[2], language="en"), "")
            for r in rows
        ]
        store = EmbeddedStore.in_memory("".join(quad.line() for quad in quads).encode())
        write_index(tmp_path / "search.sqlite", InStore(store), **options)
        return SearchIndex.open(tmp_path / "search.sqlite")

    return build


def found(index: SearchIndex, text: str) -> list[str]:
    """The IRIs that are found; the two ways to ask must agree."""
    hits = index.find(text, limit=100).hits
    assert list(hits) == index.suggest(text, limit=100)
    return [hit.iri for hit in hits]


def test_a_printed_misprint_finds_its_thing(index: SearchIndex, tiny: Project) -> None:
    thing = f"{tiny.ids}place/saltbridge"
    assert index.suggest("Saltbrige")[0] == Hit(thing, "Saltbridge", "Saltbrige", "misprint", "exact", "en")


@pytest.mark.parametrize("which", ["tiny", "release"])
def test_every_misprint_of_the_data_finds_its_thing(which: str, request: pytest.FixtureRequest) -> None:
    if which == "tiny":
        release, store = request.getfixturevalue("tiny_release"), request.getfixturevalue("tiny_store")
    else:
        built = request.getfixturevalue("release")
        release, store = built.release, built.store
    rows = list(store.query("SELECT ?thing ?text { ?thing skos:hiddenLabel ?text }"))
    assert len(rows) >= (1 if which == "tiny" else 10)
    for row in rows:
        first = search(release.path / SEARCH, str(row["text"]))
        assert str(row["thing"]) in [hit.iri for hit in first if hit.match == "exact"], row["text"]


@pytest.mark.parametrize(
    ("words", "thing", "match"),
    [
        ("LMC", "body/lake-mirelle-commission", "exact"),
        ("vwa 12", "document/letter-vwa-12", "exact"),
        ("VWA-12", "document/letter-vwa-12", "exact"),
        ("Republic of Veldria", "place/veldria", "exact"),
        ("reyk", "person/tomas-reyk", "words"),
        ("anglers' club", "body/saltbridge-anglers-club", "words"),
        ("anglers\u2019 CLUB", "body/saltbridge-anglers-club", "words"),
        ("meeting third", "event/third-meeting", "words"),
        ("veld", "place/veldria", "prefix"),
        ("veldira", "place/veldria", "similar"),
        ("Vledria", "place/veldria", "similar"),
        ("meetng third", "event/third-meeting", "similar"),
    ],
)
def test_names_find_their_thing(
    index: SearchIndex, tiny: Project, words: str, thing: str, match: str
) -> None:
    matches = {hit.iri: hit.match for hit in index.suggest(words, limit=50)}
    assert matches[f"{tiny.ids}{thing}"] == match


def test_the_iri_of_a_thing_finds_it(index: SearchIndex, tiny: Project) -> None:
    thing = f"{tiny.ids}place/veldria"
    assert next((h.iri, h.match) for h in index.find(thing).hits) == (thing, "exact")


def test_better_matches_and_names_come_first(small: Small) -> None:
    index = small(
        ("a:misprint-exact", LABEL, "x"), ("a:misprint-exact", MISPRINT, "river"),
        ("a:reference-exact", LABEL, "y"), ("a:reference-exact", REFERENCE, "River"),
        ("a:other-exact", LABEL, "z"), ("a:other-exact", ALTERNATIVE, "RIVER"),
        ("a:exact", LABEL, "Ríver"),
        ("a:prefix", LABEL, "River Board"), ("a:prefix-long", LABEL, "Riverside Settlement"),
        ("a:words", LABEL, "The river"), ("a:similar", LABEL, "Rivet"),
    )  # fmt: skip
    expected = [
        "exact",
        "other-exact",
        "reference-exact",
        "misprint-exact",
        "prefix",
        "prefix-long",
        "words",
        "similar",
    ]
    assert found(index, "river") == [f"a:{name}" for name in expected]
    assert found(index, "riv")[:2] == [
        "a:exact",
        "a:similar",
    ]  # labels that begin so, the shortest first, then by alphabet


def test_ties_have_one_order_and_each_thing_comes_once(small: Small) -> None:
    rows = [(f"a:{n}", LABEL, "Same name") for n in range(9, 0, -1)]
    index = small(*rows, *((thing, ALTERNATIVE, "Same name too") for thing, _, _ in rows))
    assert found(index, "same name") == [f"a:{n}" for n in range(1, 10)]
    pages = [hit.iri for start in (0, 3, 6) for hit in index.find("same", offset=start, limit=3).hits]
    assert pages == [f"a:{n}" for n in range(1, 10)]


def test_ranks_are_in_order_in_the_real_data(release: Any) -> None:
    index = release.release.search()
    asked = 0
    for text in ("geneva", "w", "meeting", "of", "conference 2005", "e"):
        hits = index.find(text, limit=1000).hits
        ranks = [(MATCHES.index(hit.match), KINDS.index(hit.kind), len(fold(hit.text))) for hit in hits]
        assert all(before <= after for before, after in pairwise(ranks))
        assert len({hit.iri for hit in hits}) == len(hits)
        asked += len(hits)
    assert asked > 100


def test_words_like_those_sought_are_added_only_where_little_else_is_found(small: Small) -> None:
    many = [(f"a:{n}", LABEL, f"Harbour {n}") for n in range(reading.ENOUGH)]
    other = ("a:other", LABEL, "Harbor")
    assert "a:other" not in found(small(*many, other), "harbour")


@pytest.mark.parametrize("few", [9])
def test_they_are_added_behind_where_little_is_found(small: Small, few: int) -> None:
    many = [(f"a:{n}", LABEL, f"Harbour {n}") for n in range(few)]
    assert found(small(*many, ("a:other", LABEL, "Harbor")), "harbour")[-1] == "a:other"


HOSTILE = (
    'a" OR "b', "NEAR(a b)", "folded:a", "a AND NOT b", "^lake", "lake*", "NOT", "x; DROP TABLE names", '"', "*", "() -", "'",
    "{a b}: c", "a + b", "words MATCH 'x'", "\\", "%", "_", "\x00", "\ud800", "a:b", "-lake", "lake AND", '""', "🦆", "\u202e",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_that_is_typed_is_read_as_an_expression(index: SearchIndex, text: str) -> None:
    total = index.find(text).total
    assert total < index.size
    assert index.size == SearchIndex(index_path(index)).size


def index_path(index: SearchIndex) -> Path:
    return Path(index._db().execute("PRAGMA database_list").fetchall()[0][2])


def test_operators_are_words(small: Small) -> None:
    index = small(("a:1", LABEL, "this OR that"), ("a:2", LABEL, "this"), ("a:3", LABEL, "NEAR miss"))
    assert found(index, "this OR that") == ["a:1"]
    assert found(index, "NEAR(miss)") == ["a:3"]


def test_an_empty_question_is_all_things_by_alphabet(index: SearchIndex) -> None:
    every = index.find("", limit=1000)
    assert every.total == index.size == len(every.hits) > 20
    assert [fold(hit.label) for hit in every.hits] == sorted(fold(hit.label) for hit in every.hits)
    assert index.suggest("") == []
    assert index.find("???").total == 0


SCRIPTS = {
    "Café Böll, St. Gallen": ("cafe boll", "CAFÉ", "böll", "st gallen", "gall"),
    "Łódź": ("lodz",),
    "Straße": ("strasse", "STRASSE"),
    "İstanbul": ("istanbul", "ISTANBUL"),
    "Тунис — Дёмин": ("тунис", "ТУНИС демин"),
    "Αθήνα": ("αθηνα", "ΑΘΉΝΑ"),
    "مُؤتَمَر القِمَّة": ("مؤتمر القمة", "مؤتمر"),
    "信息社会世界峰会": ("信息社会世界峰会", "社会", "峰会"),
    "東京会議 2005": ("東京", "会議", "2005"),
    "शिखर सम्मेलन": ("शिखर", "सम्मेलन"),
    "서울 회의": ("서울", "회의"),
    "การประชุม": ("ประชุม",),
}


def test_any_script_is_found(small: Small) -> None:
    index = small(*((f"a:{n}", LABEL, name) for n, name in enumerate(SCRIPTS)))
    asked = [(f"a:{n}", text) for n, texts in enumerate(SCRIPTS.values()) for text in texts]
    assert len(asked) == 27
    for thing, text in asked:
        assert found(index, text)[:1] == [thing], text
    assert found(index, "caf boll") == []


def test_one_slip_is_forgiven_everywhere_in_a_word() -> None:
    for word in ("abcd", "hammamet", "telecommunication"):
        slips = {word[:i] + word[i + 1 :] for i in range(len(word))}
        slips |= {word[:i] + "z" + word[i:] for i in range(len(word) + 1)}
        slips |= {word[:i] + "z" + word[i + 1 :] for i in range(len(word))}
        slips |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
        assert len(slips) >= 3 * len(word)
        for slip in slips:
            assert deletions(slip) & deletions(word), (word, slip)
            assert distance(slip, word) == 1 or slip == word
    assert distance("abcd", "badc") is None


def test_two_slips_behind_the_beginning_of_a_long_word_are_forgiven(small: Small) -> None:
    index = small(("a:1", LABEL, "Telecommunication"))
    assert found(index, "telecommonicaton") == ["a:1"]
    assert found(index, "telecommonicashion") == []


def test_only_things_of_the_dataset_and_concepts_are_found(small: Small) -> None:
    rows = [
        ("a:id/thing", LABEL, "hello"), ("b:concept", LABEL, "hello"), ("b:other", LABEL, "hello"),
        ("a:id/claim/1", LABEL, "hello"), ("a:id/rule/1", LABEL, "hello"),
        Quad("<b:concept>", TYPE, iri(f"{SKOS}Concept"), ""), Quad("<a:id/claim/1>", TYPE, iri(f"{MUN}Claim"), ""),
        Quad("<a:id/rule/1>", TYPE, iri(f"{MUN}Rule"), ""), Quad("<a:id/x>", LABEL, '"hello"@en', "<a:claim>"),
        Quad("_:b", LABEL, '"hello"@en', ""), Quad("<a:id/note>", iri(f"{SKOS}note"), '"hello"@en', ""),
        Quad("<a:id/link>", LABEL, "<a:hello>", ""),
    ]  # fmt: skip
    assert sorted(found(small(*rows, ids="a:id/"), "hello")) == ["a:id/thing", "b:concept"]


def test_every_kind_of_name_is_searched(small: Small) -> None:
    index = small(*((f"a:{n}", naming, f"word{n}x") for n, naming in enumerate(NAMING)))
    assert len(NAMING) == 7
    for n, kind in enumerate(NAMING.values()):
        assert [(h.iri, h.kind) for h in index.find(f"word{n}x").hits if h.match == "exact"] == [
            (f"a:{n}", kind)
        ]


def by_sparql(store: EmbeddedStore, facets: Sequence[Facet], things: set[str]) -> dict[str, Counter[str]]:
    """The values of facets among some things, counted from the queries themselves."""
    counts = {}
    for facet in facets:
        rows = {(str(row["thing"]), str(row["value"])) for row in store.query(facet.query)}
        counts[facet.name] = Counter(value for thing, value in rows if thing in things)
    return counts


SELECTIONS: Sequence[tuple[str, Sequence[str]]] = (
    ("", ()), ("e", ()), ("", ("class",)), ("e", ("class", "year")), ("meeting", ("country", "attendance")),
    ("", ("year", "year", "event-type")), ("", ("body", "attendance", "event-type", "year", "country", "class")),
)  # fmt: skip


@pytest.mark.parametrize(("text", "facets"), SELECTIONS)
def test_counts_are_those_of_sparql(release: Any, text: str, facets: Sequence[str]) -> None:
    """For each facet: of what is found and has what is selected in the *other* facets, how many have each value."""
    index, store = release.release.search(), release.store
    defined = facets_of(release.release.manifest["facets"])
    assert len(defined) == 6
    hits = {hit.iri for hit in index.find(text, limit=10_000).hits}
    selected: dict[str, list[str]] = {}
    having: dict[str, set[str]] = {}
    for name in (
        facets
    ):  # the most frequent value of what is left; a facet that is named twice has its two most frequent ones
        [facet] = (f for f in defined if f.name == name)
        rows = [(str(row["thing"]), str(row["value"])) for row in store.query(facet.query)]
        others = hits.intersection(*(things for other, things in having.items() if other != name))
        left = Counter(
            value for thing, value in rows if thing in others and value not in selected.get(name, ())
        )
        selected.setdefault(name, []).append(min(left, key=lambda value: (-left[value], value)))
        having[name] = {thing for thing, value in rows if value in selected[name]}
    result = index.find(text, selected, limit=10_000)
    kept = hits.intersection(*having.values())
    assert {hit.iri for hit in result.hits} == kept
    assert result.total == len(kept) > 0
    compared = 0
    for facet in defined:
        others = hits.intersection(*(things for name, things in having.items() if name != facet.name))
        expected = by_sparql(store, [facet], others)[facet.name]
        values = {value.term: value.count for value in result.facets[facet.name] if value.count}
        top = dict(expected.most_common(len(values)))
        assert sorted(values.values()) == sorted(top.values())
        assert all(expected[term] == count for term, count in values.items())
        assert len(values) == min(len(expected), 100)
        assert [v.term for v in result.facets[facet.name] if v.selected] == sorted(
            selected.get(facet.name, ()), key=lambda t: (-expected[t], t)
        ) or len(selected.get(facet.name, ())) > 1
        compared += len(values)
    assert compared


def test_what_is_selected_must_be_known(index: SearchIndex) -> None:
    for selected in ({"none": ["x"]}, {"class": ["a:none"]}):
        with pytest.raises(ValueError, match="no "):
            index.find("", selected)


def write(folder: Path, name: str, text: str) -> None:
    header = "#+ title: T\n#+ question: What?\n#+ tags: [facet]\n"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(header + text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.rq", "SELECT ?thing ?value { ?thing a ?value }"),
        ("kind.rq", "SELECT ?thing { ?thing a ?kind }"),
        ("kind.rq", "ASK { ?thing a ?value }"),
    ],
)
def test_a_facet_that_cannot_be_one_is_refused(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / "facets", name, text)
    with pytest.raises(InputError):
        read_facets(tmp_path / "facets")


def test_facets_are_data(small: Small, tmp_path: Path) -> None:
    write(tmp_path / "facets", "10-colour.rq", "SELECT ?thing ?value { ?thing <a:colour> ?value }")
    rows = [("a:1", LABEL, "One"), ("a:2", LABEL, "Two"), Quad("<a:1>", "<a:colour>", '"red"', "")]
    index = small(*rows, facets=read_facets(tmp_path / "facets"))
    assert [(f.name, f.title) for f in index.facets] == [("colour", "T")]
    assert [(v.label, v.count) for v in index.find("").facets["colour"]] == [("red", 1)]
    assert [h.iri for h in index.find("", {"colour": ["red"]}).hits] == ["a:1"]


def test_the_same_names_give_the_same_bytes(
    tiny_store: EmbeddedStore, tiny_release: Release, tmp_path: Path
) -> None:
    facets = facets_of(tiny_release.manifest["facets"])
    ids = f"{tiny_release.manifest['base']}id/"
    write_index(tmp_path / "again.sqlite", InStore(tiny_store), facets, ids)
    assert (tmp_path / "again.sqlite").read_bytes() == (tiny_release.path / SEARCH).read_bytes()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?thing ?value { ?thing ?value ?any }",
        "SELECT ?thing ?value { ?thing <u:p>* ?value }",
        "SELECT ?thing ?value { GRAPH ?claim { ?thing <u:p> ?any } ?claim <u:source> ?value }",
        f"SELECT ?thing ?value {{ ?value a <{MUN}Claim> ; <u:p> ?thing }}",
    ],
)
def test_an_index_of_which_lines_do_not_hold_all_is_written_from_the_store(query: str) -> None:
    lines = Quad("<u:Class>", TYPE, iri(f"{OWL}Class"), "<u:ontology>").line()
    fitting = Facet("kind", "Kind", "SELECT ?thing ?value { ?thing a ?value ; <u:p> 1 }")
    found = kept([lines], [fitting])
    assert found and {TYPE, "<u:p>", LABEL} <= found.properties
    assert kept([lines], [fitting, Facet("other", "Other", query)]) is None


def test_facets_of_claims_are_asked_of_all_that_is_claimed(tiny: Project, tmp_path: Path) -> None:
    """Such a query reads more than what a build keeps apart for the index."""
    project = dataclasses.replace(tiny, queries=tmp_path / "queries", releases=tmp_path / "releases")
    shutil.copytree(artefact("queries"), project.queries)
    source = f"GRAPH ?claim {{ ?thing <{SCHEMA}startDate> ?any }} ?claim <{MUN}source> ?value"
    write(project.queries / "facets", "70-source.rq", f"SELECT ?thing ?value {{ {source} }}")
    index = build(project).search()
    assert {"class", "country", "source"} == {"class", "country", "source"} & {f.name for f in index.facets}
    found = index.find("").facets["source"]
    assert found and all("/document/" in value.term for value in found)


def test_classes_that_the_data_describe_are_values_of_the_facet_of_classes(
    tiny: Project, tmp_path: Path
) -> None:
    project = dataclasses.replace(tiny, sources=tmp_path / "sources", releases=tmp_path / "releases")
    shutil.copytree(tiny.sources, project.sources)
    claim, fair = f"<{tiny.ids}claim/x/1>", f"<{tiny.ids}class/fair>"
    stated = [
        (f"<{tiny.ids}event/first-meeting>", TYPE, fair),
        (fair, TYPE, iri(f"{OWL}Class")),
        (fair, LABEL, '"Fair"@en'),
    ]
    lines = [Quad(*triple, claim).line() for triple in stated]
    read_from = [(IN_SOURCE, f"<{tiny.ids}document/notices>"), (LINES, '"1"')]
    lines += [Quad(claim, *about, "").line() for about in read_from]
    (project.sources / "x.nq").write_text("".join(lines), encoding="utf-8")
    index = build(project).search()
    assert fair in [iri(value.term) for value in index.choices("class")]


def test_an_index_of_another_version_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    with pytest.raises(StoreError, match="no index"):
        SearchIndex.open(path)
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE facets(id, name, title)")
    old.close()
    with pytest.raises(StoreError, match="format is 0"):
        SearchIndex.open(path)


def test_a_search_that_takes_too_long_is_given_up(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    from muniment.errors import StoreTimeout

    monkeypatch.setattr(reading, "SECONDS", -1.0)
    monkeypatch.setattr(reading, "_LOOK_AGAIN", 1)
    with pytest.raises(StoreTimeout):
        index.find("e")


def test_the_index_cannot_be_written(index: SearchIndex) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        index._db().execute("DELETE FROM names")
