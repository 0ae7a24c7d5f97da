"""Sets of events, places and documents: each format is read by a library that did not write it."""

from __future__ import annotations

import csv
import datetime
import io
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace

import bibtexparser
import httpx
import icalendar
import pytest
import shapely.geometry
import vobject
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from engine_stores import Stores

from muniment_service import Settings

BASE = "https://example.org/set/"
LONG = "Tagung über „Größe“, Maß; und \\\\ Zahl " + "日本語の長い名前" * 9
TRIG = f"""
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix mun: <https://w3id.org/muniment/ontology#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <{BASE}id/> .

<event/days> a mun:Event, schema:Event ; rdfs:label "{LONG}"@de ; schema:startDate "2004-06-23"^^xsd:date ;
  schema:endDate "2004-06-25"^^xsd:date ; schema:location <place/room> ; schema:organizer <body/one>, <body/two> ; mun:startTime "09:00:00"^^xsd:time .
<event/part> a schema:Event ; rdfs:label "Opening, \\"quoted\\""@en ; schema:superEvent <event/days> ; schema:startDate "2004-06-23"^^xsd:date ;
  schema:endDate "2004-06-23"^^xsd:date ; mun:startTime "10:00:00"^^xsd:time ; mun:endTime "11:30:00"^^xsd:time ; schema:location <place/city> .
<event/nameless> a mun:Event ; schema:startDate "2004-07-01"^^xsd:date .
<event/undated> a mun:Event ; rdfs:label "No date"@en .
<event/month> a mun:Event ; rdfs:label "Only a month"@en ; schema:startDate "2005-11"^^xsd:gYearMonth .
<event/year> a mun:Event ; rdfs:label "Only a year"@en ; schema:startDate "2004"^^xsd:gYear ; schema:location <place/elsewhere> .
<event/vague-end> a mun:Event ; rdfs:label "Ends some day"@en ; schema:startDate "2004-09-30"^^xsd:date ; schema:endDate "2004-10"^^xsd:gYearMonth .
<event/postponed> a mun:Event ; rdfs:label "Postponed"@en ; mun:plannedStart "2004-11-17"^^xsd:date ; schema:eventStatus schema:EventPostponed .
<part/1> mun:agent <person/ann> ; mun:event <event/month> .
schema:EventPostponed skos:prefLabel "postponed"@en .
<place/room> a mun:Place ; rdfs:label "Room 5"@en ; schema:containedInPlace <place/city> .
<place/city> a mun:Place ; rdfs:label "Genève"@fr ; schema:latitude 46.20222 ; schema:longitude 6.14569 ; schema:containedInPlace <place/land> .
<place/land> a mun:Place ; rdfs:label "Land"@en .
<place/elsewhere> a mun:Place ; rdfs:label "Elsewhere"@en .
<place/empty> a mun:Place ; rdfs:label "Empty"@en ; schema:latitude -1.5 ; schema:longitude -170 .
<body/one> a mun:Body ; rdfs:label "One, Inc."@en . <body/two> a mun:Body ; rdfs:label "Two | Ltd"@en .
<person/ann> a mun:Person ; rdfs:label "Ann Müller"@en ; foaf:familyName "Müller" .
<document/a> a mun:Document ; dcterms:title "50 % of {{all}} & more_"@en ; dcterms:creator <person/ann>, <body/one> ; dcterms:issued "2004-05-10"^^xsd:date ;
  dcterms:identifier "DM-1" ; dcterms:language "en" ; schema:url <http://example.org/a> .
<document/b/a> a mun:Document ; rdfs:label "Same key"@en ; dcterms:issued "2003"^^xsd:gYear ; dcterms:isPartOf <document/a> .
<document/c> a mun:Document .
"""
Connect = Callable[..., httpx.Client]
DATES = {
    "days": (datetime.date(2004, 6, 23), datetime.date(2004, 6, 26)),
    "part": (datetime.datetime(2004, 6, 23, 10), datetime.datetime(2004, 6, 23, 11, 30)),
    "nameless": (datetime.date(2004, 7, 1), None),
    "vague-end": (datetime.date(2004, 9, 30), None),
    "postponed": (datetime.date(2004, 11, 17), None),
}
"""Event -> DTSTART and DTEND; the others have no day."""


@pytest.fixture(scope="module")
def sets(settings: Settings, connect: Connect, stores: Stores) -> Iterator[httpx.Client]:
    with connect(stores.of(TRIG, settings.prefixes), settings) as connected:
        yield connected


def get(client: httpx.Client, url: str) -> httpx.Response:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer


def slug(iri: str) -> str:
    return iri.removeprefix(f"{BASE}id/event/")


def events_in(client: httpx.Client, query: str) -> list[str]:
    rows = csv.DictReader(io.StringIO(get(client, f"/events.csv?{query}").text, newline=""))
    return [slug(row["iri"]) for row in rows]


def test_calendar_lines(sets: httpx.Client) -> None:
    body = get(sets, "/events.ics").content
    assert body.endswith(b"END:VCALENDAR\r\n") and b"\n" not in body.replace(b"\r\n", b"")
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75 and sum(line.startswith(b" ") for line in lines) > 5
    assert all(line.decode() is not None for line in lines)  # no character is cut in two
    assert b"ORGANIZER" not in body and b"TZID" not in body


def test_calendar_dates(sets: httpx.Client) -> None:
    calendar = icalendar.Calendar.from_ical(get(sets, "/events.ics").content)
    found = {slug(str(e["uid"])): e for e in calendar.walk("VEVENT")}
    assert {
        name: (e["dtstart"].dt, e["dtend"].dt if "dtend" in e else None) for name, e in found.items()
    } == DATES
    assert "3 events are left out" in str(calendar["x-wr-caldesc"])
    assert {name for name, e in found.items() if e.get("status") == "CANCELLED"} == {"postponed"}
    assert {str(e["dtstamp"].dt) for e in found.values()} == {"1970-01-01 00:00:00+00:00"}
    assert "the date that was dropped" in found["postponed"]["description"]
    assert "Ends in 2004-10" in found["vague-end"]["description"]
    assert "09:00:00" in found["days"]["description"]


def test_calendar_is_read_by_another_library(sets: httpx.Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own
        calendar = vobject.readOne(get(sets, "/events.ics").text)
    found = {slug(e.uid.value): e for e in calendar.vevent_list}
    assert found.keys() == DATES.keys()
    assert found["days"].summary.value == LONG.replace("\\\\", "\\")
    assert found["days"].location.value == "Room 5, Genève, Land"
    assert "One, Inc., Two | Ltd" in found["days"].description.value
    assert found["part"].summary.value == 'Opening, "quoted"'
    assert found["part"].dtstart.value.tzinfo is None
    assert found["part"].related_to.value == f"{BASE}id/event/days"
    assert found["part"].geo.value == "46.20222;6.14569" and not hasattr(found["days"], "geo")
    assert found["nameless"].summary.value == "event/nameless"


def test_calendar_of_a_dated_release(settings: Settings, connect: Connect, stores: Stores) -> None:
    with connect(stores.of(TRIG, settings.prefixes), replace(settings, issued="2026-11-22")) as dated:
        assert dated.get("/events.ics").text.count("DTSTAMP:20261122T000000Z\r\n") == len(DATES)


def test_csv(sets: httpx.Client) -> None:
    text = get(sets, "/events.csv").content.decode()
    assert text.count("\r\n") == 9 and text.count("\n") == 9
    rows = {slug(row["iri"]): row for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)}
    assert list(rows)[-1] == "undated" and len(rows) == 8
    assert rows["part"]["label"] == 'Opening, "quoted"'
    assert rows["days"]["organizers"].split() == [f"{BASE}id/body/one", f"{BASE}id/body/two"]
    assert rows["month"]["start"] == "2005-11" and rows["postponed"]["start"] == ""
    assert rows["postponed"]["planned_start"] == "2004-11-17" and rows["postponed"]["status"] == "postponed"
    assert rows["nameless"]["label"] == "event/nameless"


def test_json_lines(sets: httpx.Client) -> None:
    answer = get(sets, "/events.jsonl")
    found = {slug(event["iri"]): event for event in map(json.loads, answer.text.split("\n")[:-1])}
    assert len(found) == 8
    assert found["part"]["part_of"] == [{"iri": f"{BASE}id/event/days", "label": LONG.replace("\\\\", "\\")}]
    assert found["part"]["places"][0]["latitude"] == 46.20222
    assert "start" not in found["undated"]


@pytest.mark.parametrize(
    ("url", "counts"),
    [("/events.geojson", {"city": 2}), ("/places.geojson", {"city": 2, "empty": 0})],
)
def test_geojson(sets: httpx.Client, url: str, counts: dict[str, int]) -> None:
    answer = get(sets, url)
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["type"] == "FeatureCollection" and document["without_coordinates"] == 6
    found = {f["id"].rpartition("/")[2]: f for f in document["features"]}
    assert {name: f["properties"]["events"] for name, f in found.items()} == counts
    point = shapely.geometry.shape(found["city"]["geometry"])
    assert point.is_valid and (point.x, point.y) == (6.14569, 46.20222)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("body=body/one", ["days"]),
        ("body=person/ann", ["month"]),
        ("body=https%3A%2F%2Fexample.org%2Fset%2Fid%2Fbody%2Ftwo", ["days"]),
        ("place=place/land", ["days", "part"]),
        ("place=place/empty", []),
        ("from=2005", ["month"]),
        ("from=2005-11-30", ["month"]),
        ("from=2005-12", []),
        ("until=2004-06", ["year", "days", "part"]),
        ("from=2004-06-24&until=2004-06-24", ["year", "days"]),
        ("from=2004-10-31&until=2004-10-31", ["year", "vague-end"]),
        ("query=things-of-a-class&query.class=mun:Event&until=2004-06", ["year", "days"]),
        ("query=things-of-a-class&query.class=mun:Place", []),
        ("q=", ["year", "days", "part", "nameless", "vague-end", "postponed", "month", "undated"]),
    ],
)
def test_filters(sets: httpx.Client, query: str, names: list[str]) -> None:
    assert events_in(sets, query) == names


@pytest.mark.parametrize(
    ("url", "status", "says"),
    [
        ("/events?plaec=place/land", 400, "Did you mean `place`?"),
        ("/events?body=body/nobody", 404, "body/nobody"),
        ("/events?body=place/land", 400, "is no body"),
        ("/events?place=%3E%7D", 404, "known here"),
        ("/events?from=2004-02-30", 400, "no date"),
        ("/events?from=0000", 400, "no date"),
        ("/events?from=2005&until=2004-12", 400, "before"),
        ("/events?from=2005&from=2006", 400, "more than once"),
        ("/events?q=word", 400, "search index"),
        ("/events.html?page=2", 404, "The last page is 1."),
        ("/events.html?page=-1", 400, "no page"),
        ("/events.ics?page=2", 400, "always whole"),
        ("/events.xlsx", 404, "/events.ics"),
        ("/events?release=ffffffff", 404, "no release"),
        ("/events?query=things-of-a-clas", 404, "Did you mean `things-of-a-class`?"),
        ("/events?query=things-of-a-class", 400, "class"),
        ("/events?query=things-of-a-class&query.klass=x", 400, "Did you mean `class`?"),
        ("/events?query=things-of-a-class&query.class=mun:Nothing", 400, "class"),
        ("/places?page=1", 400, "page"),
        ("/documents.ris", 404, "/documents.bib"),
    ],
)
def test_what_a_request_gets_wrong(sets: httpx.Client, url: str, status: int, says: str) -> None:
    answer = sets.get(url)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/calendar", "text/calendar; charset=utf-8"),
        ("*/*", "text/csv; charset=utf-8"),
        ("application/geo+json, text/csv;q=0.5", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
    ],
)
def test_negotiation(sets: httpx.Client, accept: str, media_type: str) -> None:
    answer = sets.get("/events", params={"from": "2004"}, headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    assert get(sets, answer.headers["content-location"]).headers["content-type"] == media_type
    assert sets.get("/events", headers={"Accept": "image/png"}).status_code == 406


def test_page(sets: httpx.Client) -> None:
    page = get(sets, "/events.html?place=place/city").text
    assert "2 events" in page and "webcal://localhost/events.ics?place=place%2Fcity" in page
    assert "2004-06-23 to 2004-06-25" in page and '<bdi lang="de">Tagung' in page
    of_query = get(sets, "/events.html?query=things-of-a-class&query.class=mun:Event").text
    assert "<h1>Events: <bdi>Things of a class</bdi></h1>" in of_query
    assert '<input type="hidden" name="query.class" value="mun:Event">' in of_query
    assert "<s>2004-11-17</s>" in get(sets, "/events.html").text


def test_bibtex(sets: httpx.Client) -> None:
    library = bibtexparser.parse_string(get(sets, "/documents.bib").text)
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == ["a", "a-2", "c"]
    first = {field.key: field.value for field in library.entries[0].fields}
    assert first["title"] == r"{50 \% of \{all\} \& more\_}"
    assert sorted(first["author"].split(" and ")) == ["{Müller}, {Ann}", "{One, Inc.}"]
    assert (first["year"], first["month"], first["number"]) == ("2004", "5", "DM-1")


def test_csl(sets: httpx.Client) -> None:
    items = get(sets, "/documents.csl.json").json()
    assert [item["id"] for item in items] == ["a", "a-2", "c"]
    assert {"family": "Müller", "given": "Ann"} in items[0]["author"]
    assert items[1]["issued"] == {"date-parts": [[2003]]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own, about fields that it does not print
        bibliography = CitationStylesBibliography(
            CitationStylesStyle("harvard-cite-them-right", validate=False),
            CiteProcJSON(items),
            formatter.plain,
        )
        bibliography.register(Citation([CitationItem(item["id"]) for item in items]))
        printed = [str(entry) for entry in bibliography.bibliography()]
    assert len(printed) == 3 and any("Müller" in entry and "2004" in entry for entry in printed)


def test_an_empty_set(settings: Settings, connect: Connect, stores: Stores) -> None:
    with connect(stores.of(""), settings) as empty:
        assert get(empty, "/documents.csl.json").json() == []
        assert get(empty, "/events.jsonl").content == b""
        assert get(empty, "/events.geojson").json()["features"] == []
        assert not icalendar.Calendar.from_ical(get(empty, "/events.ics").content).walk("VEVENT")
        assert "No event fits" in get(empty, "/events.html").text
