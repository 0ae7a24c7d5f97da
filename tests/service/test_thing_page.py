"""The page of a thing: order and names by the shapes, why each statement is held, sections by queries, drawings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import lxml.html
import pytest
from engine_stores import Stores

from muniment.errors import InputError, StoreTimeout
from muniment.queries import query_of
from muniment.release import Release
from muniment.sections import KINDS, section_of
from muniment.store import Store
from muniment_service import Settings, create_app, grounds
from muniment_service.drawings.neighbours import circle
from muniment_service.drawings.strip import Span, strip
from muniment_service.wording import range_in_words, worded

HTML = {"Accept": "text/html"}
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(scope="module")
def own(tiny_release: Release, served_tiny: Store, connect_app: Any) -> Iterator[httpx.Client]:
    """A service of ``tests/tiny`` with its own saved queries."""
    with connect_app(with_queries(tiny_release, served_tiny)) as client:
        yield client


def with_queries(release: Release, store: Store) -> Any:
    return create_app(store, Settings.for_release(release, {}), queries=release.queries())


def page_of(client: httpx.Client, path: str) -> Any:
    """The page as lxml reads it."""
    found = client.get(f"/doc/{path}", headers=HTML)
    assert found.status_code == 200, found.text
    return lxml.html.fromstring(found.content)


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


def facts(page: Any) -> dict[str, Any]:
    """What the page calls a property -> its row; in the order of the page."""
    return {text(row.find("dt")): row for row in page.xpath("//dl[@class='stated']/div")}


def why(page: Any, name: str) -> str:
    [found] = facts(page)[name].xpath(".//details[@class='why']//div[@class='reasons']")
    return text(found)


def test_facts_stand_in_the_order_of_the_shapes_under_their_names(own: httpx.Client) -> None:
    page = page_of(own, "event/third-meeting")
    wanted = ["kind", "number in its series", "begins", "ends", "place", "who may attend", "follows up", "listed in",
              "label", "classes"]  # fmt: skip
    assert [name for name in facts(page) if name in wanted] == wanted
    titles = [text(h) for h in page.xpath("//h2")]
    assert titles[0] == "Facts" and titles.index("Who took part") < titles.index("Names") < titles.index(
        "In detail"
    )
    assert text(page.xpath("//p[@class='lead']")[0]) == "5\N{EN DASH}7 November 2019"
    assert [t.get("datetime") for t in facts(page)["begins"].xpath("./dd/div/time")] == ["2019-11-05"]
    assert "No rule is printed." in text(facts(page)["who may attend"])
    assert "date" not in text(facts(page)["begins"]) and "is replaced by" not in text(page)


def test_every_claimed_fact_says_why(own: httpx.Client) -> None:
    """Each path of the tiny dataset's main classes; every row of facts has its reasons, with a source and lines or a rule."""
    number = 0
    for path in (
        "event/third-meeting",
        "body/secretariat",
        "person/ilse-marn",
        "place/osterby",
        "event/reed-bed-workshop",
    ):
        page = page_of(own, path)
        rows = page.xpath("//dl[@class='stated']/div[dd[contains(@class, 'fact')]]")
        for row in rows:
            [reasons] = row.xpath(".//div[@class='reasons']")
            assert "line" in text(reasons) or "Derived by the rule" in text(reasons), (path, text(row))
            assert text(row.xpath(".//summary")[0]).endswith(f"Why? {text(row.find('dt'))}")
            number += 1
    assert number == 37


def test_a_disagreement_shows_both_values_side_by_side(own: httpx.Client) -> None:
    page = page_of(own, "event/third-meeting")
    here, there = facts(page)["begins"].xpath(".//div[@class='sides']/div")
    assert text(here).startswith("Shown here 5 November 2019 Letter LMC-7, lines 12\N{EN DASH}13 printed")
    assert text(there).startswith("Said instead 6 November 2019 Letter VWA-12, lines 8\N{EN DASH}9")
    assert "The sources disagree; the value that is shown was chosen by source ranking" in why(page, "begins")
    assert text(facts(page)["begins"].xpath(".//summary")[0]) == "sources disagree Why? begins"
    deadline = page_of(own, "deadline/third-meeting-comments")
    assert text(facts(deadline)["last day"].xpath(".//summary")[0]) == "inferred Why? last day"
    assert page.xpath("//a[@href='/doc/disagreement/event/third-meeting/startDate']")
    assert "Said elsewhere November 2019" in why(page, "ends") and "disagree" not in why(page, "ends")
    incoming = page.xpath("//h2[.='What points to it']/following-sibling::dl[1]")[0]
    assert "startDate" not in text(incoming)


def test_a_rule_says_what_it_rests_on(own: httpx.Client) -> None:
    page = page_of(own, "event/reed-bed-workshop")
    said = why(page, "organised by")
    assert "Derived by the rule Organisers from participations. Who organises an event" in said
    assert "It rests on: participation/reed-bed-workshop/" in said and "line" in said.partition("rests on")[2]
    assert "It rests on: Event: " in why(page, "classes")


def test_what_points_to_a_thing_says_why_too(own: httpx.Client) -> None:
    """Beside what points to a thing, and beside the rows of sections that show it; a thing beside which nothing is claimed is not asked about."""
    said = {}
    for path in ("person/ilse-marn", "document/letter-lmc-7", "place/saltbridge", "body/secretariat"):
        page = page_of(own, path)
        for dl in page.xpath("//h2[.='What points to it']/following-sibling::dl[1]"):
            said |= {(path, text(row.find("dt"))): text(row) for row in dl.xpath("div[.//details]")}
        for row in page.xpath("//table[@class='section']//tr[td[@class='to-why']]"):
            [reasons] = row.xpath(".//div[@class='reasons']")
            assert ", line" in text(reasons) or "Derived by the rule" in text(reasons)
            said[path, text(row)] = text(reasons)
    assert len(said) == 7, said
    assert sum(", line" in reasons for reasons in said.values()) == 7
    about = page_of(own, "event/reed-bed-workshop").xpath("//div[dt[starts-with(., 'an example of')]]")
    assert len(about) == 1 and not about[0].xpath(
        ".//details"
    )  # the catalogue says so, and rests on no source


def test_sections_come_from_queries(own: httpx.Client) -> None:
    page = page_of(own, "person/ilse-marn")
    [offices] = page.xpath("//section[h2[.='Offices and affiliations']]")
    assert [text(c) for c in offices.xpath(".//tbody/tr/td")] == [
        "Secretary of the Commission", "Secretary", "Secretariat of the Lake Mirelle Commission",
        "Why? Letter LMC-7, line 16 printed Recorded as membership/ilse-marn-secretariat"]  # fmt: skip
    assert offices.xpath(".//details//p/a/@href") == ["/doc/membership/ilse-marn-secretariat"]
    [more] = offices.xpath(".//p[@data-live]/a/@href")
    rows = own.get(f"{more}&format=json").json()["results"]["bindings"]
    assert [row["as_printed"]["value"] for row in rows] == ["Secretary of the Commission"]
    assert "offices and affiliations" not in facts(page)  # said once
    document = page_of(own, "document/letter-lmc-7")
    assert not document.xpath("//section[h2[.='Events']]")


BASE = "https://example.org/set/id/"
OTHER = f"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix x: <https://example.org/x#> . @prefix xsd: <{XSD}> . @base <{BASE}> .
<a> a x:Boat ; rdfs:label "Boat"@en ; x:mast 2 ; x:built "1901"^^xsd:gYear ; x:anchor "iron"^^x:metal ; x:crew [ x:name "nobody" ] .
<b> x:tows <a> ; x:left "2001-02-30"^^xsd:date . <c> x:tows <a> . <d> x:likes <a> .
<e> a x:Boat ; rdfs:label "ab\\u202Ec" , "{"long" * 2600}"@en .
<https://example.org/shapes> {{
  x:View sh:targetClass x:Boat ; sh:property x:v1, x:v2, x:v3 .
  x:v1 sh:path x:mast ; sh:order 2 ; sh:name "masts"@en . x:v2 sh:path x:built ; sh:order 1.5 ; sh:group x:G .
  x:v3 sh:path [ sh:inversePath x:tows ] ; sh:order "first" ; sh:name "towed by"@en .
  x:G rdfs:label "History"@en ; sh:order 99 }}
"""
SECTION = """\
#+ title: Tugs
#+ question: What tows it?
#+ tags: [page]
#+ parameters: {thing: {type: iri, label: Boat}}
#+ pagination: 1
#+ page: {of: <https://example.org/x#Boat>, as: table, order: 1, along: [^<https://example.org/x#tows>], covers: [<https://example.org/x#tows>]}
SELECT ?tug WHERE { ?tug <https://example.org/x#tows> ?_thing } ORDER BY ?tug
"""


def other(stores: Stores, settings: Settings, section: str = SECTION) -> Any:
    queries = [query_of(Path("pages/tugs.rq"), section)] if section else []
    return create_app(stores.of(OTHER), settings, queries=queries)


def test_another_dataset_brings_its_own_order_names_and_sections(
    settings: Settings, connect_app: Any, stores: Stores
) -> None:
    with connect_app(other(stores, settings)) as client:
        page = page_of(client, "a")
        assert list(facts(page)) == ["masts", "anchor", "crew", "label", "built", "towed by", "likes: this"]
        assert [text(h) for h in page.xpath("//h2")][:3] == ["Facts", "Tugs", "History"]
        assert not page.xpath("//details[@class='why']")  # no named graph states it
        assert text(facts(page)["anchor"]).endswith("iron https://example.org/x#metal")
        [tugs] = page.xpath("//section[h2[.='Tugs']]")
        assert [text(c) for c in tugs.xpath(".//td")] == ["b"] and "The first 1. All of it" in text(tugs)
        assert text(facts(page)["towed by"].find("dd")) == "c"  # b is in the section
        assert not page_of(client, "e").xpath("//section")  # nothing tows it: not even asked
        assert text(facts(page_of(client, "b"))["left"]).endswith("2001-02-30 xsd:date")


def test_odd_names_stay_what_they_are(settings: Settings, connect_app: Any, stores: Stores) -> None:
    with connect_app(other(stores, settings, "")) as client:
        page = page_of(client, "e")
        assert len(text(page.xpath("//h1")[0])) in (10_400, 4)
        assert all(node.tag in ("bdi", "title", "h1") or node.get("dir") or "\u202e" not in (node.text or "") for node in page.iter() if isinstance(node.tag, str))  # fmt: skip


def test_a_page_stays_light(
    own: httpx.Client, tiny_release: Release, connect_app: Any, settings: Settings, stores: Stores
) -> None:
    base, graph = tiny_release.manifest["base"], lxml.html.fromstring
    for iri in (f"{base}catalogue", f"{base}id/rule/classes", base):
        found = own.get("/doc", params={"iri": iri}, headers=HTML)
        assert found.status_code == 200 and len(found.content) < 100_000, (iri, len(found.content))
    many = "".join(f'<{BASE}m> <urn:p> "v{n:04}" .\n' for n in range(2_000))
    with connect_app(create_app(stores.of(many), settings)) as client:
        page = graph(client.get("/doc/m", headers=HTML).content)
    [items] = page.xpath("//dl[@class='stated']//ul")
    assert len(items) == 61 and text(items[-1]) == "and 1,940 more: all of them"


def test_a_section_that_fails_is_named_and_not_kept(
    settings: Settings, connect_app: Any, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = other(stores, settings)

    async def late(*_: Any, **__: Any) -> bytes:
        raise StoreTimeout("too late")

    with connect_app(app) as client:
        context = app.state.publisher.current
        with monkeypatch.context() as patch:
            patch.setattr(type(context.answers), "answer", late)
            found = client.get("/doc/a", headers=HTML)
        assert found.status_code == 200 and "This could not be found out just now." in found.text
        assert found.headers["cache-control"] == "no-store" and "masts" in found.text
        assert "could not be found" not in client.get("/doc/a", headers=HTML).text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("as: table", "as: tabel"), "no kind of section"),
        (("order: 1", "order: first"), "no whole number"),
        (("order: 1, ", ""), "`page` lacks order"),
        (("along: [^", "allong: [^"), "no key `allong`"),
        (("along: [^<https://example.org/x#tows>]", "along: [tows]"), "must be a class or property"),
        (("#+ pagination: 1\n", ""), "SELECT with `pagination`"),
        (("{thing:", "{boat:"), "one parameter"),
        (("as: table", "as: chain"), "has a column `?from`"),
    ],
)
def test_a_wrong_section_is_named(change: tuple[str, str], message: str) -> None:
    section = SECTION.replace(*change)
    if "boat" in change[1]:
        section = section.replace("?_thing", "?_boat")
    with pytest.raises(InputError, match=message.replace("?", r"\?")) as raised:
        section_of(query_of(Path("pages/tugs.rq"), section))
    assert raised.value.where and raised.value.hint


def test_the_sections_of_a_release_are_right(tiny_release: Release) -> None:
    found = [section for q in tiny_release.queries() if q.folder == "pages" if (section := section_of(q))]
    assert len(found) == 14 and {section.kind for section in found} == set(KINDS)


def test_a_thing_of_many_claims_still_says_why(
    own: httpx.Client,
    tiny_release: Release,
    served_tiny: Store,
    connect_app: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = page_of(own, "place/osterby")
    monkeypatch.setattr(grounds, "_ALL", 2)
    with connect_app(with_queries(tiny_release, served_tiny)) as client:
        few = page_of(client, "place/osterby")
    names = [name for name in facts(few) if facts(few)[name].xpath(".//details")]
    assert len(names) == 3
    assert [why(few, name) for name in names] == [why(whole, name) for name in names]


@pytest.mark.parametrize(
    ("literal", "kind", "words"),
    [
        ("2004-06-24", "date", ("24 June 2004", "2004-06-24", True)),
        ("2004-06", "gYearMonth", ("June 2004", "2004-06", True)),
        ("2004", "gYear", ("2004", "2004", True)),
        ("2004-13", "gYearMonth", ("2004-13", None, False)),
        ("2004-02-31Z", "date", ("2004-02-31Z", None, False)),
        ("10:00:00", "time", ("10:00", "10:00", True)),
        ("10:00:30", "time", ("10:00:30", None, False)),
        ("true", "boolean", ("yes", None, True)),
        ("3", "integer", ("3", None, True)),
        ("P1D", "duration", ("P1D", None, False)),
    ],
)
def test_values_in_words(literal: str, kind: str, words: tuple[str, str | None, bool]) -> None:
    assert worded(literal, f"{XSD}{kind}") == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2005-02-02", "2005-02-04", "2-4 February 2005"),
        ("2005-06-30", "2005-07-02", "30 June - 2 July 2005"),
        ("2004-12-28", "2005-01-03", "28 December 2004 - 3 January 2005"),
        ("2005-02-02", "2005-02-02", "2 February 2005"),
        ("2004-01", "2004-03", "January - March 2004"),
        ("2004", "2005", "2004 - 2005"),
        ("2004", "2004-06-01", "2004 - 1 June 2004"),
        ("2004-06", None, "June 2004"),
        (None, "2004-06-01", "until 1 June 2004"),
        ("soon", None, None),
    ],
)
def test_spans_of_time_in_words(start: str | None, end: str | None, words: str | None) -> None:
    found = range_in_words(start, end)
    assert (found and found.replace("\N{EN DASH}", "-")) == words


def test_drawings_keep_to_their_frame() -> None:
    spans = [Span(f"e{n}", f"{1900 + n}-0{n % 9 + 1}", None) for n in range(100)] + [
        Span("odd", "9999-99"),
        Span("x", "1950", "1949"),
    ]
    drawn = strip(spans)
    assert drawn and len(drawn.bars) == 101 and 2 <= len(drawn.ticks) <= 12
    assert all(
        0 <= bar.x <= 100 and bar.x + bar.width <= 101 and bar.lane < drawn.lanes for bar in drawn.bars
    )
    assert strip([Span("one", "2004")]) is None
    same = strip([Span("a", "2004-02-02"), Span("b", "2004-02-02")])
    assert same and {bar.lane for bar in same.bars} == {0, 1} and not same.bars[0].vague
    around = circle([(f"n{n}", None, frozenset({"x", str(n)})) for n in range(30)])
    assert around and len(around.neighbours) == 10 and around.more == 20 and len(around.ties) == 45
    assert circle([("only", None, frozenset())]) is None
