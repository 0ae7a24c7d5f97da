"""``/search`` and ``/suggest``: the page, the formats, the facets, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
import rdflib

from muniment.engine import parse
from muniment.project import Project
from muniment.release import Release
from muniment.store import Store
from muniment.terms import Quad, to_graph
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.context import Context
from muniment_service.publisher import Publisher

SCHEMA = rdflib.Namespace("https://schema.org/")


@pytest.fixture(scope="module")
def tiny_client(tiny_release: Release, served_tiny: Store, transport: Any) -> Iterator[httpx.Client]:
    """The service of the small dataset, with its index."""
    settings = Settings.for_release(tiny_release, {})
    context = Context.of(served_tiny, InThread(served_tiny), settings, tiny_release)
    with httpx.Client(
        transport=transport(publish(Publisher(context))), base_url="http://localhost"
    ) as client:
        yield client


def found(client: httpx.Client, address: str) -> dict[str, Any]:
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class Links(HTMLParser):
    """The addresses that a page leads to, and the names of its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.fields: list[tuple[str | None, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.hrefs.append(str(given["href"]))
        if tag == "input":
            self.fields.append((given.get("name"), given.get("value")))


def test_a_misprint_finds_its_thing_on_the_page(tiny_client: httpx.Client) -> None:
    page = tiny_client.get("/search?q=saltbrige", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "printed <bdi>Saltbrige</bdi>" in page.text
    assert "/doc/place/saltbridge" in Links(page.text).hrefs


def test_every_page_has_a_box_to_search_with(tiny_client: httpx.Client) -> None:
    pages = ("/", "/search", "/doc/place/saltbridge", "/sparql", "/none", "/search?page=9")
    for address in pages:
        page = tiny_client.get(address, headers={"Accept": "text/html"}).text
        assert re.search(r'<form[^>]*role="search" action="/search">', page), address
        assert "q" in [name for name, _ in Links(page).fields]
        assert page.count('role="search"') == 1
        assert not re.search(r'<script(?! (?:type="application/(?:ld\+)?json"|data-live ))', page)


def test_without_an_index_there_is_no_box_and_a_clear_problem(client: httpx.Client) -> None:
    assert 'role="search"' not in client.get("/", headers={"Accept": "text/html"}).text
    for address in ("/search?q=x", "/suggest?q=x", "/reconcile"):
        problem = client.get(address).json()
        assert (problem["status"], "no search index" in problem["detail"]) == (404, True), address


def test_all_formats_tell_the_same(tiny_client: httpx.Client) -> None:
    document = found(tiny_client, "/search?q=meeting")
    things = [result["iri"] for result in document["results"]]
    assert document["total"] == len(things) >= 4
    offered = re.findall(
        r'<([^>]*)>; rel="alternate"; type="([^"]*)"', tiny_client.get("/search?q=meeting").headers["Link"]
    )
    assert len(offered) == 6
    graphs = []
    for address, media_type in offered:
        answer = tiny_client.get(address)
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.content == tiny_client.get("/search?q=meeting", headers={"Accept": media_type}).content
        assert answer.headers["Content-Location"] == address
        if media_type not in ("text/html", "application/json"):
            quads = list(parse(answer.content, media_type))
            graph = to_graph(Quad(*quad[:3], "") for quad in quads)
            assert len(graph) == len(quads) > 10
            graphs.append(graph)
    assert len(graphs) == 4
    for graph in graphs:
        items = {
            int(graph.value(i, SCHEMA.position)): str(graph.value(i, SCHEMA.item))
            for i in graph.subjects(SCHEMA.item)
        }  # type: ignore[arg-type]
        assert [items[n] for n in sorted(items)] == things
        assert int(next(graph.objects(None, SCHEMA.numberOfItems))) == document["total"]  # type: ignore[arg-type]


def test_every_facet_of_a_page_leads_to_as_many_things_as_it_says(tiny_client: httpx.Client) -> None:
    seen = 0
    for start in ("/search", "/search?q=meeting", "/search?q=lake&class=mun:Event"):
        document = found(tiny_client, start)
        for facet in document["facets"]:
            for value in facet["values"]:
                there = found(tiny_client, value["url"])
                if not value["selected"] and not any(v["selected"] for v in facet["values"]):
                    assert there["total"] == value["count"], value
                    seen += 1
    assert seen > 20


def test_facets_can_be_combined_and_taken_away(tiny_client: httpx.Client, tiny: Project) -> None:
    one = found(tiny_client, "/search?class=mun:Event")
    two = found(tiny_client, "/search?class=mun:Event&class=mun:Place")
    assert two["total"] == one["total"] + found(tiny_client, "/search?class=mun:Place")["total"]
    chosen = [v for f in two["facets"] for v in f["values"] if v["selected"]]
    assert len(chosen) == 2
    assert {found(tiny_client, value["url"])["total"] for value in chosen} == {
        one["total"],
        two["total"] - one["total"],
    }
    by_path = found(tiny_client, "/search?country=place/veldria")
    assert by_path == found(tiny_client, f"/search?country={tiny.ids}place/veldria")
    assert by_path["total"] > 0
    page = tiny_client.get("/search?q=e&class=mun:Event", headers={"Accept": "text/html"}).text
    assert ("class", "https://w3id.org/muniment/ontology#Event") in Links(page).fields


def test_pages_follow_one_another(tiny_client: httpx.Client) -> None:
    address, things, steps = "/search?limit=5&format=json", [], 0
    while address and steps < 50:
        answer = tiny_client.get(address)
        things += [result["iri"] for result in answer.json()["results"]]
        link = re.search(r'<([^>]*)>; rel="next"', answer.headers["Link"])
        address, steps = (f"{link[1]}&format=json" if link else ""), steps + 1
    assert len(things) == len(set(things)) == answer.json()["total"] > 20
    assert steps == answer.json()["pages"] == -(-len(things) // 5)


REFUSED = {
    "/search?page=0": (400, "malformed", "number"),
    "/search?page=x": (400, "malformed", "number"),
    "/search?page=²": (400, "malformed", "number"),
    "/search?page=99999999": (400, "malformed", "number"),
    "/search?page=900": (404, "not-found", "page 900"),
    "/search?q=a&q=b": (400, "malformed", "2 times"),
    "/search?q=%FF": (400, "malformed", "UTF-8"),
    "/search?county=x": (400, "malformed", "county"),
    "/search?country=nowhere": (400, "malformed", "no value"),
    "/search?class=%00": (400, "malformed", "no value"),
    "/search?release=0123456789": (404, "not-found", "release"),
    f"/search?q={'x' * 501}": (413, "too-large", "500"),
    f"/search?q={'%E4%B8%96' * 170}": (413, "too-large", "500"),
    f"/search?{'&'.join(['class=a'] * 200)}": (400, "malformed", "100"),
    f"/suggest?q={'x' * 501}": (413, "too-large", "500"),
    "/suggest?q=x&limit=-1": (400, "malformed", "number"),
}


@pytest.mark.parametrize("address", REFUSED, ids=lambda address: str(address)[:40])
def test_what_cannot_be_answered_is_explained(tiny_client: httpx.Client, address: str) -> None:
    status, kind, word = REFUSED[address]
    answer = tiny_client.get(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (status, kind)
    assert word in answer.json()["detail"]


def test_formats_that_nobody_has_are_refused(tiny_client: httpx.Client) -> None:
    for address in ("/search?q=x", "/suggest?q=x"):
        assert tiny_client.get(address, headers={"Accept": "image/png"}).status_code == 406


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    '" OR NEAR(',
    "\x00",
    "🦆" * 50,
    "\u202e",
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_is_typed_stays_text(tiny_client: httpx.Client, text: str) -> None:
    for accept in ("text/html", "application/json", "text/turtle"):
        answer = tiny_client.get("/search", params={"q": text}, headers={"Accept": accept})
        assert answer.status_code == 200
        assert "\r" not in answer.headers["Link"]
        if accept == "text/html":
            assert "<script>" not in answer.text
            assert "<img" not in answer.text
        if accept == "text/turtle":
            parse(answer.content, accept)
    assert tiny_client.get("/suggest", params={"q": text}).status_code == 200


def test_suggestions(tiny_client: httpx.Client, tiny: Project) -> None:
    answer = tiny_client.get("/suggest?q=saltbr&limit=3")
    first, *rest = answer.json()["suggestions"]
    assert first["iri"] == f"{tiny.ids}place/saltbridge"
    assert first["url"] == "/doc/place/saltbridge"
    assert first["match"] == "prefix"
    assert first["description"]
    assert len(rest) == 1
    assert answer.headers["Muniment-Release"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert found(tiny_client, "/suggest?q=")["suggestions"] == []
    only = found(tiny_client, "/suggest?q=saltbr&class=mun:Body")["suggestions"]
    assert only
    assert all(s["iri"].startswith(f"{tiny.ids}body/") for s in only)
