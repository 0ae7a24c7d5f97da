"""A month of events by HTTP: each on its days, and in words what has none."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser

import httpx
import pytest
from engine_stores import Stores

from muniment_service import Settings

HTML = {"Accept": "text/html"}
TRIG = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix mun: <https://w3id.org/muniment/ontology#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://example.org/set/id/> .
<event/over> a mun:Event ; rdfs:label "Over months"@en ; schema:startDate "2004-05-30"^^xsd:date ; schema:endDate "2004-06-02"^^xsd:date .
<event/one> a mun:Event ; rdfs:label "<b>One</b>"@en ; schema:startDate "2004-06-02"^^xsd:date .
<event/vague-end> a mun:Event ; rdfs:label "Ends some day"@en ; schema:startDate "2004-06-30"^^xsd:date ; schema:endDate "2004-07"^^xsd:gYearMonth .
<event/month> a mun:Event ; rdfs:label "Some day in June"@en ; schema:startDate "2004-06"^^xsd:gYearMonth .
<event/year> a mun:Event ; rdfs:label "Some day in 2004"@en ; schema:startDate "2004"^^xsd:gYear .
<event/off> a mun:Event ; rdfs:label "Put off"@en ; mun:plannedStart "2004-06-17"^^xsd:date .
<event/later> a mun:Event ; rdfs:label "Much later"@en ; schema:startDate "2004-11-05"^^xsd:date .
"""
CROWD = "".join(
    f'<https://example.org/set/id/event/{n}> a <https://w3id.org/muniment/ontology#Event> ; <https://schema.org/startDate> "2004-06-02" .\n'
    for n in range(20)
)
Connect = Callable[..., httpx.Client]


class Cells(HTMLParser):
    """What stands on which day; the words above the grid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.days: dict[str, list[str]] = {}
        self.above: list[str] = []
        self.grid: list[int] = []
        self._day: str | None = None
        self._in: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section" and given.get("class") == "undated":
            self._in.append("undated")
        if tag == "tr":
            self.grid.append(0)
        if tag in ("td", "th"):
            self.grid[-1] += 1
            self._day = None
        if tag == "time":
            self._day = given["datetime"]
        if tag == "bdi":
            self._in.append("bdi")

    def handle_endtag(self, tag: str) -> None:
        if (tag == "bdi" and self._in[-1:] == ["bdi"]) or (tag == "section" and self._in[-1:] == ["undated"]):
            self._in.pop()

    def handle_data(self, data: str) -> None:
        if self._in[-1:] != ["bdi"]:
            return
        if "undated" in self._in:
            self.above.append(data)
        elif self._day:
            self.days.setdefault(self._day, []).append(data)


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


def test_events_stand_on_their_days_and_others_above(sets: httpx.Client) -> None:
    text = page(sets, "/calendar?month=2004-06")
    found = Cells(text)
    assert found.days == {
        "2004-06-01": ["Over months"],
        "2004-06-02": ["Over months", "<b>One</b>"],
        "2004-06-30": ["Ends some day"],
    }
    assert found.above == ["Some day in June", "Some day in 2004", "Put off"]
    assert "to some time in July 2004" in text and "<s>17 June 2004</s>" in text
    weeks = calendar.Calendar().monthdayscalendar(2004, 6)
    assert found.grid == [7] * (1 + len(weeks))
    assert "style=" not in text and "<b>One" not in text
    assert Cells(page(sets, "/calendar?month=2004-07")).above == ["Ends some day", "Some day in 2004"]
    assert Cells(page(sets, "/calendar?month=2004-05")).days.keys() == {"2004-05-30", "2004-05-31"}


def test_one_turns_to_months_with_events(sets: httpx.Client) -> None:
    text = page(sets, "/calendar?month=2004-07")
    assert 'rel="prev" href="/calendar?month=2004-06"' in text
    assert 'rel="next" href="/calendar?month=2004-08"' in text
    assert "Next with events: November 2004" in text
    assert 'href="/calendar?month=2004-11"' in text
    beyond = page(sets, "/calendar?month=2010-01")
    assert 'rel="next"' not in beyond and "Last before with events: November 2004" in beyond
    assert "No event is known to fall in January 2010" in beyond


@pytest.mark.parametrize(
    ("issued", "month"),
    [(None, "November 2004"), ("2004-01-01", "May 2004"), ("2026-11-22", "November 2004")],
)
def test_it_begins_near_the_day_of_the_release(
    settings: Settings, connect: Connect, stores: Stores, issued: str | None, month: str
) -> None:
    with connected(stores, connect, replace(settings, issued=issued), TRIG) as client:
        assert f'<h2 id="month">{month}</h2>' in page(client, "/calendar")


def test_it_can_be_subscribed_to(sets: httpx.Client) -> None:
    text = page(sets, "/calendar?month=2004-06")
    assert 'href="webcal://localhost/events.ics"' in text
    assert b"Over months" in sets.get("/events.ics").content


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("month=2004", 400, "no month"),
        ("month=2004-13", 400, "no month"),
        ("from=2004", 400, "month="),
        ("month=2004-06&month=2004-07", 400, "more than once"),
        ("body=body/none", 404, "known here"),
    ],
)
def test_what_is_refused(sets: httpx.Client, query: str, status: int, said: str) -> None:
    answer = sets.get(f"/calendar?{query}", headers={"Accept": "application/problem+json, text/html;q=0.5"})
    assert answer.status_code == status and said in answer.text
    assert sets.get("/calendar", headers={"Accept": "text/calendar"}).status_code == 406


def test_a_crowded_day_says_how_many_more(settings: Settings, connect: Connect, stores: Stores) -> None:
    with connected(stores, connect, settings, CROWD) as client:
        text = page(client, "/calendar?month=2004-06")
        assert len(Cells(text).days["2004-06-02"]) == 6
        assert '<a href="/events?from=2004-06-02&amp;until=2004-06-02">and 14 more</a>' in text


def test_without_dates(settings: Settings, connect: Connect, stores: Stores) -> None:
    with connected(
        stores, connect, settings, "<https://example.org/set/id/event/x> a <https://schema.org/Event> ."
    ) as client:
        assert "Of 1 event no date is known" in page(client, "/calendar")
    with connected(
        stores, connect, settings, "<https://example.org/x> a <https://example.org/Y> ."
    ) as client:
        assert "No event fits" in page(client, "/calendar")
