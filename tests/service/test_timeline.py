"""Events over time by HTTP: what is not known exactly is not drawn as if it were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import httpx
import pytest
from engine_stores import Stores

from muniment_service import Settings
from muniment_service.timeline import MOST_DRAWN

HTML = {"Accept": "text/html"}
PREFIXES = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix mun: <https://w3id.org/muniment/ontology#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://example.org/set/id/> .
"""
TRIG = f"""{PREFIXES}
<event/days> a mun:Event ; rdfs:label "Three days"@en ; schema:startDate "2004-06-23"^^xsd:date ; schema:endDate "2004-06-25"^^xsd:date ;
  mun:eventType <type/fair> ; schema:organizer <body/one> .
<event/one-day> a mun:Event ; rdfs:label "<b>One</b> day"@en ; schema:startDate "2004-06-24"^^xsd:date ; mun:eventType <type/fair> .
<event/month> a mun:Event ; rdfs:label "Only a month"@en ; schema:startDate "2005-11"^^xsd:gYearMonth ; schema:organizer <body/one> .
<event/year> a mun:Event ; rdfs:label "Only a year"@en ; schema:startDate "2004"^^xsd:gYear .
<event/undated> a mun:Event ; rdfs:label "No date"@en .
<event/postponed> a mun:Event ; rdfs:label "Put off"@en ; mun:plannedStart "2004-11-17"^^xsd:date ; schema:eventStatus schema:EventPostponed .
schema:EventPostponed skos:prefLabel "postponed"@en . <type/fair> skos:prefLabel "fair"@en . <body/one> a mun:Body ; rdfs:label "One, Inc."@en .
"""
Connect = Callable[..., httpx.Client]


def connected(stores: Stores, connect: Connect, settings: Settings, trig: str) -> httpx.Client:
    return connect(stores.of(trig, settings.prefixes), settings)


@pytest.fixture(scope="module")
def sets(settings: Settings, connect: Connect, stores: Stores) -> Iterator[httpx.Client]:
    with connected(stores, connect, settings, TRIG) as client:
        yield client


def page(client: httpx.Client, url: str) -> str:
    answer = client.get(url, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def drawn(text: str) -> ElementTree.Element:
    """The drawing of the lanes, which must be XML by itself."""
    start = text.index('<svg class="lanes"')
    return ElementTree.fromstring(text[start : text.rindex("</svg>", start, text.index("</div>", start)) + 6])


def test_what_is_vague_is_drawn_soft_and_what_is_undated_told_in_words(sets: httpx.Client) -> None:
    text = page(sets, "/timeline")
    svg = drawn(text)
    links = {link.findtext("title"): link for link in svg.iter("a")}
    assert set(links) == {
        "Three days: 23 June 2004 to 25 June 2004",
        "<b>One</b> day: 24 June 2004",
        "Only a month: some time in November 2005",
        "Only a year: some time in 2004",
    }
    soft = links["Only a year: some time in 2004"].find("rect")
    assert soft is not None and "soft-both" in soft.attrib["class"] and soft.attrib["x"] == "0.0%"
    assert 49 < float(soft.attrib["width"].rstrip("%")) < 54  # the whole of 2004 of 2004-01 to 2005-11
    assert links["<b>One</b> day: 24 June 2004"].find("rect") is None
    assert "<b>One" not in text and "style=" not in text
    undated = text[text.index('id="undated"') :]
    assert "was planned for 17 November 2004; postponed" in undated and "no date is known" in undated
    assert "1 more is known less exactly than to the month" in text
    assert "01 January" not in text and "1 January" not in text.replace("1 January 2004 to", "")


@pytest.mark.parametrize(
    ("query", "events", "lanes"),
    [
        ("", {"days", "one-day", "month", "year"}, ["fair 2", "Not stated 2"]),
        ("?lanes=body", {"days", "one-day", "month", "year"}, ["One, Inc. 2", "Not stated 2"]),
        ("?lanes=none&from=2004-06&until=2004-06", {"days", "one-day", "year"}, ["Events 3"]),
        ("?body=body/one", {"days", "month"}, ["fair 1", "Not stated 1"]),
    ],
)
def test_filters_and_lanes(sets: httpx.Client, query: str, events: set[str], lanes: list[str]) -> None:
    svg = drawn(page(sets, f"/timeline{query}"))
    assert {link.attrib["href"].rpartition("/")[2] for link in svg.iter("a")} == events
    assert ["".join(text.itertext()) for text in svg.iter("text") if text.get("class") == "lane"] == lanes
    found = sets.get(f"/timeline.json{query}").json()
    assert {event["iri"].rpartition("/")[2] for event in found["events"]} == events
    listed = sets.get(f"/events.jsonl{query.replace('lanes=body', '').replace('lanes=none&', '')}").text
    assert all(event["iri"] in listed for event in found["events"])


def test_json_is_negotiated(sets: httpx.Client) -> None:
    answer = sets.get("/timeline", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert (found["total"], found["total_without_date"]) == (6, 2)
    assert found["extent"] == found["window"] == ["2004-01-01", "2005-11-30"]
    assert found["counts"] == {
        "unit": "month",
        "less_exact": 1,
        "periods": [
            {"from": "2004-06", "until": "2004-06", "name": "June 2004", "events": 2},
            {"from": "2005-11", "until": "2005-11", "name": "November 2005", "events": 1},
        ],
    }
    assert {event.get("planned_start") for event in found["without_date"]} == {None, "2004-11-17"}
    assert sets.get("/timeline", headers={"Accept": "image/png"}).status_code == 406
    assert sets.get("/timeline?lanes=color").status_code == 400
    assert sets.get("/timeline?form=2004").status_code == 400


def test_many_events_are_counted_until_one_is_near(
    settings: Settings, connect: Connect, stores: Stores
) -> None:
    many = "".join(
        f'<event/{n}> a mun:Event ; schema:startDate "{1900 + n % 100}-0{n % 9 + 1}-1{n % 7}"^^xsd:date .\n'
        for n in range(MOST_DRAWN * 3)
    )
    with connected(stores, connect, settings, PREFIXES + many) as client:
        text = page(client, "/timeline")
        assert '<svg class="lanes"' not in text and "1,800 events are too many to list here" in text
        whole = client.get("/timeline.json").json()
        assert "events" not in whole
        assert sum(period["events"] for period in whole["counts"]["periods"]) == MOST_DRAWN * 3
        near = client.get("/timeline.json?from=1950&until=1959").json()
        assert len(near["events"]) == MOST_DRAWN * 3 / 10
        assert len(list(drawn(page(client, "/timeline?from=1950&until=1959")).iter("a"))) == len(
            near["events"]
        )


def test_many_events_have_lanes_too(settings: Settings, connect: Connect, stores: Stores) -> None:
    """Ten types, of which one is on every tenth event twice: the first seven lanes are the fullest, the others are one, and nothing is lost."""
    many = "".join(
        f'<event/{n}> a mun:Event ; schema:startDate "{1990 + n % 5}-03-1{n % 7}"^^xsd:date ; mun:eventType <type/{"odd" if n % 2 else n % 20}> '
        f"{', <type/also>' if n % 10 == 0 else ''} .\n"
        for n in range(MOST_DRAWN * 2)
    )
    many += '<type/odd> skos:prefLabel "odd <one>"@en . <type/also> skos:prefLabel "also"@en .'
    many += '<event/none> a mun:Event ; schema:startDate "1991"^^xsd:gYear .'
    with connected(stores, connect, settings, PREFIXES + many) as client:
        lanes = client.get("/timeline.json").json()["lanes"]
        assert [lane["name"] for lane in lanes[:2]] == ["odd <one>", "also"] and lanes[-1]["name"] == "Others"
        assert len(lanes) == 8 and lanes[0]["events"] == MOST_DRAWN and lanes[1]["events"] == MOST_DRAWN / 5
        assert sum(lane["events"] for lane in lanes) == MOST_DRAWN * 2 + MOST_DRAWN / 5 + 1
        counted = [sum(period["events"] for period in lane["periods"]) for lane in lanes]
        assert counted == [lane["events"] for lane in lanes[:-1]] + [
            lanes[-1]["events"] - 1
        ]  # the year stands in no bar
        near = client.get("/timeline.json?from=1990&until=1993").json()["lanes"]
        assert near[0]["events"] < MOST_DRAWN and near[0]["name"] == "odd <one>"
        text = page(client, "/timeline")
        assert text.count("<path class=") == 8 and "odd &lt;one&gt;" in text and "style=" not in text
        assert "lanes" not in client.get("/timeline.json?lanes=none").json()


def test_a_set_without_events_has_a_page(settings: Settings, connect: Connect, stores: Stores) -> None:
    with connected(stores, connect, settings, PREFIXES + "<event/undated> a mun:Event .") as client:
        assert "no date is known" in page(client, "/timeline")
    with connected(stores, connect, settings, PREFIXES + "<place/land> a mun:Place .") as client:
        assert "No event fits" in page(client, "/timeline")
        assert client.get("/timeline.json").json()["extent"] is None
