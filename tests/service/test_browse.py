"""``/browse``: classes, and the lists of their things in pages, orders, columns and formats."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import rdflib

from muniment.engine import parse
from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.context import Context
from muniment_service.publisher import Publisher

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
MUN = rdflib.Namespace("https://w3id.org/muniment/ontology#")


@pytest.fixture(scope="module")
def lists(tiny_release: Release, served_tiny: Store, transport: Any) -> Iterator[httpx.Client]:
    """The service of the small dataset, with its index."""
    context = Context.of(
        served_tiny, InThread(served_tiny), Settings.for_release(tiny_release, {}), tiny_release
    )
    with httpx.Client(
        transport=transport(publish(Publisher(context))), base_url="http://localhost"
    ) as client:
        yield client


def got(client: httpx.Client, address: str) -> dict[str, Any]:
    answer = client.get(address, headers=JSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def labels(found: dict[str, Any]) -> list[str]:
    return [thing["label"] for thing in found["things"]]


def test_classes_come_in_the_order_of_the_shapes(lists: httpx.Client) -> None:
    classes = got(lists, "/browse")["classes"]
    main = [c["label"] for c in classes if c["main"]]
    assert main == ["Events", "Bodies", "People", "Places", "Documents", "Deadlines"]
    assert [c["main"] for c in classes] == sorted((c["main"] for c in classes), reverse=True)
    for c in classes:
        assert got(lists, c["url"])["total"] == c["count"] > 0
        assert c["definition"]
    page = lists.get("/browse", headers=HTML).text
    assert all(f'href="{c["url"]}"' in page for c in classes)


def test_a_class_has_several_names(lists: httpx.Client) -> None:
    whole = got(lists, "/browse/Event")
    assert whole["class"] == str(MUN.Event)
    for name in ("event", "mun:Event", "https%3A%2F%2Fw3id.org%2Fmuniment%2Fontology%23Event"):
        assert got(lists, f"/browse/{name}") == whole
    missing = lists.get("/browse/Evnt", headers=JSON)
    assert missing.status_code == 404 and "Event" in missing.json()["hint"]


def test_every_thing_is_on_one_page_once(lists: httpx.Client) -> None:
    whole = got(lists, "/browse/Event")
    address, seen = "/browse/Event?limit=2", []
    for _ in range(whole["total"]):
        found = got(lists, address)
        seen += labels(found)
        if "next" not in found["links"]:
            break
        address = found["links"]["next"]
    assert seen == labels(whole) and len(seen) == whole["total"] > 2
    assert lists.get("/browse/Event?page=99", headers=JSON).status_code == 404


def test_order(lists: httpx.Client) -> None:
    """Both ways hold the same things; those without the value are last in both."""
    ways = [
        got(lists, f"/browse/Event?sort={way}schema:startDate&column=schema:startDate") for way in ("", "-")
    ]
    starts = [[t.get("schema:startDate", [None])[0] for t in found["things"]] for found in ways]
    dated = [[s for s in way if s] for way in starts]
    assert dated[0] == sorted(dated[0]) and dated[1] == sorted(dated[0], reverse=True)
    assert len(dated[0]) > 2 and starts[0][len(dated[0]) :] == [None] * (len(starts[0]) - len(dated[0]))
    assert starts[1][: len(dated[1])] == dated[1]
    assert sorted(labels(ways[0])) == sorted(labels(ways[1]))
    for sort in ("schema:startDate", "-schema:location"):
        whole = labels(got(lists, f"/browse/Event?sort={sort}"))
        parts = [
            labels(got(lists, f"/browse/Event?sort={sort}&limit=1&page={n + 1}")) for n in range(len(whole))
        ]
        assert [part[0] for part in parts] == whole


def test_links_sort_by_their_label_and_numbers_by_size(lists: httpx.Client) -> None:
    places = got(lists, "/browse/Place?sort=schema:containedInPlace&column=schema:containedInPlace")["things"]
    around = [p["schema:containedInPlace"][0]["label"] for p in places if "schema:containedInPlace" in p]
    assert around == sorted(around, key=str.casefold) and len(set(around)) > 1
    found = got(lists, "/browse/Place?sort=-schema:latitude&column=schema:latitude")["things"]
    numbers = [float(p["schema:latitude"][0]) for p in found if "schema:latitude" in p]
    assert numbers == sorted(numbers, reverse=True)


def test_facets_narrow_and_columns_are_kept(lists: httpx.Client) -> None:
    found = got(lists, "/browse/Event?column=mun:attendance")
    facet = next(f for f in found["facets"] if len(f["values"]) > 1)
    total = 0
    for value in facet["values"]:
        narrowed = got(lists, value["url"])
        assert narrowed["total"] == value["count"] < found["total"]
        assert [c["name"] for c in narrowed["columns"] if c["shown"]] == ["mun:attendance"]
        total += narrowed["total"]
    assert total > 1 and "class" not in [f["name"] for f in found["facets"]]


def test_words_narrow(lists: httpx.Client) -> None:
    whole = got(lists, "/browse/Event")
    word = labels(whole)[0].split()[0]
    found = got(lists, f"/browse/Event?q={word}")
    assert 0 < found["total"] < whole["total"] and labels(whole)[0] in labels(found)
    assert got(lists, "/browse/Event?q=zzzzzz")["total"] == 0


def test_files_hold_the_whole_list(lists: httpx.Client) -> None:
    whole = got(lists, "/browse/Event?sort=schema:startDate")
    iris = [thing["iri"] for thing in whole["things"]]
    text = lists.get("/browse/Event?sort=schema:startDate&format=csv&limit=1").text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["iri"] for row in rows] == iris and [row["label"] for row in rows] == labels(whole)
    for row, thing in zip(rows, whole["things"], strict=True):
        place = thing.get("schema:location", [])
        assert row["schema:location"] == " ".join(p["iri"] for p in place)
        assert row["schema:location.label"] == " | ".join(p["label"] for p in place)
    lines = lists.get("/browse/Event?sort=schema:startDate", headers={"Accept": "application/jsonl"}).text
    assert [json.loads(line)["iri"] for line in lines.splitlines()] == iris
    answers = [
        lists.get(f"/browse/Event?format={name}") for name in ("turtle", "ntriples", "jsonld", "rdfxml")
    ]
    graphs = [set(parse(answer.content, answer.headers["content-type"].split(";")[0])) for answer in answers]
    assert all(graph == graphs[0] for graph in graphs)
    graph = rdflib.Graph().parse(data=answers[0].text, format="turtle")
    assert len(graph) == len(graphs[0])
    assert {str(s) for s in graph.subjects(rdflib.RDF.type, MUN.Event)} == set(iris)


def test_the_page_needs_no_script(lists: httpx.Client) -> None:
    page = lists.get("/browse/Event?q=&column=schema:startDate&sort=-schema:startDate", headers=HTML).text
    assert 'aria-sort="descending"' in page
    assert '<input type="hidden" name="sort" value="-schema:startDate">' in page
    assert '<input type="checkbox" name="column" value="schema:startDate" checked>' in page
    assert '<input type="checkbox" name="column" value="schema:location">' in page


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("/browse/Event?sort=schema:strtDate", 400, "schema:startDate"),
        ("/browse/Event?column=nothing", 400, "column"),
        ("/browse/Event?class=mun:Body", 400, "path"),
        ("/browse/Event?colour=red", 400, "colour"),
        ("/browse/Event?page=2&format=csv", 404, "page"),
        ("/browse/Event?release=0000000000000000", 404, "release"),
        ("/browse?sort=x", 400, "sort"),
    ],
)
def test_what_is_wrong_is_said(lists: httpx.Client, address: str, status: int, word: str) -> None:
    answer = lists.get(address, headers=JSON)
    assert answer.status_code == status and word in answer.text
    assert lists.get("/browse/Event", headers={"Accept": "image/png"}).status_code == 406


def test_without_an_index(client: httpx.Client) -> None:
    assert client.get("/browse", headers=JSON).status_code == 404
    assert "/browse" not in client.get("/", headers=HTML).text
