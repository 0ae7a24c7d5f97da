"""``/networks`` over HTTP: formats, cuts, measures, reasons down to the lines, and what goes wrong."""

from __future__ import annotations

import asyncio
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import networkx as nx
import pytest
from engine_stores import Stores

from muniment.network.formats import FORMATS
from muniment.queries import query_of
from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings, create_app, networks
from muniment_service.answers import InThread
from muniment_service.problems import MEDIA_TYPE

NETWORKS = 9
ORGANISED = "/networks/co-organisation"


@pytest.fixture(scope="module")
def client(connect_app: Any, served_tiny: Store, tiny_release: Release) -> Iterator[httpx.Client]:
    """A service of the tiny release with its own networks."""
    settings = Settings.for_release(tiny_release, {})
    with connect_app(create_app(served_tiny, settings, queries=tiny_release.queries())) as connected:
        yield connected


@pytest.fixture(scope="module")
def whole(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get(ORGANISED).json()
    return found


def refused(found: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (found.status_code, found.headers["content-type"]) == (status, MEDIA_TYPE), found.text
    problem: dict[str, Any] = found.json()
    assert problem["type"].endswith(f"#{slug}")
    return problem


def test_list(client: httpx.Client) -> None:
    found = client.get("/networks").json()["networks"]
    assert len(found) == NETWORKS
    for each in found:
        made = client.get(each["href"]).json()
        assert (len(made["nodes"]), len(made["edges"])) == (each["nodes"], each["edges"])
        assert each["title"] and each["tie"] and 0 <= each["density"] <= 1
        assert client.get(each["formats"]["gexf"]).status_code == 200
    page = client.get("/networks", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert all(each["title"] in page.text for each in found)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_each_format_in_three_ways(client: httpx.Client, form: Any) -> None:
    by_ending = client.get(f"{ORGANISED}.{form.extension}")
    by_name = client.get(ORGANISED, params={"format": form.name})
    by_header = client.get(ORGANISED, headers={"Accept": form.media_type})
    assert by_ending.status_code == 200
    assert by_ending.content == by_name.content == by_header.content != b""
    for found in (by_ending, by_name, by_header):
        assert found.headers["content-type"].partition(";")[0] == form.media_type
        assert found.headers["content-location"] == f"{ORGANISED}.{form.extension}"
        assert found.headers["access-control-allow-origin"] == "*"
        assert found.headers["muniment-release"] and found.headers["etag"]
        assert 'rel="cite-as"' in found.headers["link"]
    tag = by_ending.headers["etag"]
    assert client.get(f"{ORGANISED}.{form.extension}", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/gexf+xml;q=0.5, application/graphml+xml", "application/graphml+xml"),
        ("image/*", "image/svg+xml"),
        ("text/turtle, application/ld+json;q=0.9", "text/turtle"),
    ],
)
def test_negotiation(client: httpx.Client, accept: str, expected: str) -> None:
    found = client.get(ORGANISED, headers={"Accept": accept})
    assert found.headers["content-type"].partition(";")[0] == expected


def test_a_pinned_release_is_kept_for_good(client: httpx.Client, tiny_release: Release) -> None:
    found = client.get(f"{ORGANISED}.gexf", params={"release": tiny_release.id})
    assert "immutable" in found.headers["cache-control"]
    refused(client.get(f"{ORGANISED}.gexf", params={"release": "0" * 16}), 404, "not-found")


def test_cuts(client: httpx.Client, whole: dict[str, Any]) -> None:
    nodes, edges = {n["id"] for n in whole["nodes"]}, whole["edges"]
    assert len(nodes) >= 2 and edges

    def asked(**params: Any) -> dict[str, Any]:
        found = client.get(ORGANISED, params=params)
        assert found.status_code == 200, found.text
        document: dict[str, Any] = found.json()
        return document

    assert asked(min_weight=10**6)["edges"] == [] == asked(since="1800", until="1801")["nodes"]
    assert asked(since="", until="", **{"class": ""})["edges"] == edges  # as forms send it
    assert asked(**{"class": "Body"})["edges"] == asked(**{"class": "mun:Body"})["edges"] == edges
    one = sorted(nodes)[0]
    assert {n["id"] for n in asked(ego=one, radius=0)["nodes"]} == {one}
    around = {n["id"] for n in asked(ego=one)["nodes"]}
    assert around == {one} | {e[end] for e in edges for end in ("source", "target") if one in e.values()}
    assert len(asked(largest=1)["nodes"]) <= len(nodes)
    measured = asked(measures="degree,core", format="json")["nodes"]
    assert all(
        {"degree", "core", "community", "x", "y"} <= set(node) and "closeness" not in node
        for node in measured
    )
    assert "pagerank" in asked(measures="all")["nodes"][0]


def test_uncertain_dates_over_http(connect_app: Any, stores: Stores) -> None:
    data = """@prefix schema: <https://schema.org/> . @prefix x: <https://x.example/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    x:e schema:organizer x:a, x:b ; schema:startDate "2004-11"^^xsd:gYearMonth . x:f schema:organizer x:a, x:c ."""
    with connect_app(small_app(stores, data)) as client:
        window = {"since": "2004-11-10", "until": "2004-11-20"}
        possible = client.get("/networks/test", params=window).json()
        certain = client.get("/networks/test", params={**window, "dates": "certain"}).json()
        assert [len(f["edges"]) for f in (possible, certain)] == [1, 0]
        assert possible["graph"]["undated"] == certain["graph"]["undated"] == 1
        spell = ET.fromstring(client.get("/networks/test.gexf", params=window).content).find(".//{*}spell")
        assert spell is not None and spell.attrib == {"start": "2004-11-01", "end": "2004-11-30"}
        page = client.get("/networks/test", params=window, headers={"Accept": "text/html"}).text
        assert "1 left out of the time that was asked for" in page


def test_why_and_how(client: httpx.Client, whole: dict[str, Any]) -> None:
    edge = whole["edges"][0]
    pair = {"a": edge["target"], "b": edge["source"]}  # either way round
    found = client.get(f"{ORGANISED}/edge", params=pair).json()
    assert (found["weight"], found["because"]) == (edge["weight"], edge["because"])
    page = client.get(f"{ORGANISED}/edge", params=pair, headers={"Accept": "text/html"}).text
    assert all(reason["label"] in page for reason in edge["because"])
    assert all(
        f"{claim['lines']}</a>" in page for r in edge["because"] for claim in r["claims"] if "lines" in claim
    )
    way = client.get(f"{ORGANISED}/path", params={"from": edge["source"], "to": edge["target"]}).json()
    assert way["length"] == 1 and way["paths"][0]["ties"][0]["because"] == edge["because"]
    same = client.get(f"{ORGANISED}/path", params={"from": edge["source"], "to": edge["source"]})
    assert (same.json()["length"], same.json()["paths"][0]["ties"]) == (0, [])
    for params in (
        {"from": edge["source"], "to": edge["target"]},
        {"from": edge["source"], "to": edge["source"]},
    ):
        assert (
            client.get(f"{ORGANISED}/path", params=params, headers={"Accept": "text/html"}).status_code == 200
        )


def test_page(client: httpx.Client, whole: dict[str, Any]) -> None:
    page = client.get(
        ORGANISED, params={"measures": ["degree", "core"]}, headers={"Accept": "text/html"}
    ).text
    for each in whole["nodes"]:
        assert escape(each["label"]).replace("&#x27;", "&#39;") in page
    assert "K-core" in page and "Betweenness" not in page
    assert f'<img src="{ORGANISED}.svg?measures=degree%2Ccore"' in page
    href = page.split('href="https://gephi.org/gephi-lite/')[1].split('"')[0]
    (address,) = parse_qs(urlsplit(href).query)["gexf"]
    assert address == f"http://localhost{ORGANISED}.gexf?measures=degree%2Ccore"
    assert nx.read_gexf(io.BytesIO(client.get(address).content), version="1.3").number_of_nodes() == len(
        whole["nodes"]
    )
    assert all("src=" in tag or 'type="application/json"' in tag for tag in re.findall("<script[^>]*>", page))


WRONG = {
    "no network": ("/networks/co-organisatoin", 404, "not-found", "co-organisation"),
    "no ending": (f"{ORGANISED}.xlsx", 404, "not-found", ".gexf"),
    "format": (f"{ORGANISED}?format=gefx", 400, "parameter", "gexf"),
    "two formats": (f"{ORGANISED}.gexf?format=dot", 400, "malformed", "one of them"),
    "parameter": (f"{ORGANISED}?sinse=2004", 400, "parameter", "`since`"),
    "window": (f"{ORGANISED}?since=2005&until=2004", 400, "network", "Exchange"),
    "date": (f"{ORGANISED}?since=yesterday", 400, "network", "2004-11-16"),
    "dates": (f"{ORGANISED}?dates=maybe", 400, "parameter", "certain"),
    "class": (f"{ORGANISED}?class=mun:Bodi", 400, "parameter", "Body"),
    "weight": (f"{ORGANISED}?min_weight=nan", 400, "parameter", "a number"),
    "radius": (f"{ORGANISED}?radius=-1", 400, "parameter", "0 to 99"),
    "measure": (f"{ORGANISED}?measures=degre", 400, "parameter", "degree"),
    "twice": (f"{ORGANISED}?since=2004&since=2005", 400, "malformed", "once"),
    "ego": (f"{ORGANISED}?ego=body/secretariatt", 400, "parameter", "body/secretariat"),
    "no IRI": (f"{ORGANISED}?ego=%3Ca%20b%3E", 400, "parameter", "an IRI"),
    "no end": (f"{ORGANISED}/edge?a=body/secretariat", 400, "parameter", "a node"),
    "no dates": ("/networks/hierarchy?since=2004", 400, "network", "without a window"),
    "accept": (ORGANISED, 406, "not-acceptable", "gexf"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_goes_wrong(client: httpx.Client, case: str) -> None:
    url, status, slug, said = WRONG[case]
    headers = {"Accept": "audio/mp4"} if case == "accept" else {}
    problem = refused(client.get(url, headers=headers), status, slug)
    assert said in json.dumps(problem, ensure_ascii=False)
    if case != "accept":
        page = client.get(url, headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")


QUERY = """#+ title: Test
#+ question: Who?
#+ tags: [network]
#+ network:
#+   tie: A test.
#+   nodes: mun:Body
#+   directed: false
#+   weights: count
PREFIX schema: <https://schema.org/>
SELECT ?source ?target ?because ?start {
  ?because schema:organizer ?source, ?target . FILTER(STR(?source) < STR(?target)) OPTIONAL { ?because schema:startDate ?start }
}"""


def small_app(stores: Stores, turtle: str, **settings: Any) -> Any:
    return create_app(
        stores.of(turtle), Settings(**settings), queries=[query_of(Path("network/test.rq"), QUERY)]
    )


def star(leaves: int) -> str:
    return "".join(
        f'<urn:e{n}> <https://schema.org/organizer> <urn:a>, <urn:b{n}> ; <https://schema.org/startDate> "{2000 + n}"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n'
        for n in range(leaves)
    )


def test_too_large_says_how_to_narrow(connect_app: Any, stores: Stores) -> None:
    with connect_app(small_app(stores, star(6), network_reasons=5)) as client:
        problem = refused(client.get("/networks/test"), 413, "network-limit")
        assert "since, until" in problem["hint"]
        assert (
            "`muniment network test --measures degree --measures strength --format json -o test.json`"
            in problem["hint"]
        )
        refused(client.get("/networks/test"), 413, "network-limit")
        assert len(client.get("/networks/test?since=2003").json()["edges"]) == 3  # narrowed
        refused(client.get("/networks/test?since=1999"), 413, "network-limit")
        assert client.get("/networks").json()["networks"][0]["edges"] == 6


class Held(InThread):
    """Counts only when it is let."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.let = asyncio.Event()

    async def network(self, order: Any, *, client: str = "", timeout: float | None = None) -> Any:
        await self.let.wait()
        return await super().network(order, client=client, timeout=timeout)


def test_the_list_does_not_wait_for_sizes(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not counted in time is counted on, and such a list is not held; one that is complete is."""
    answers = Held(store := stores.of(star(3)))
    app = create_app(store, Settings(), answers, [query_of(Path("network/test.rq"), QUERY)])

    async def work() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            monkeypatch.setattr(networks, "_PATIENCE", 0.0)
            first = await client.get("/networks")
            assert first.json()["networks"][0]["edges"] is None
            assert first.headers["cache-control"] == "no-store" and "etag" not in first.headers
            assert "is being counted" in (await client.get("/networks?format=html")).text
            answers.let.set()
            monkeypatch.setattr(networks, "_PATIENCE", 60.0)
            second = await client.get("/networks")
            assert second.json()["networks"][0]["edges"] == 3
            assert "no-store" not in second.headers["cache-control"] and second.headers["etag"]

    asyncio.run(work())


def test_in_a_thread_too_who_asks_hears_in_time(connect_app: Any, stores: Stores) -> None:
    """Of a store that is asked in a thread, such as a remote endpoint."""
    with connect_app(small_app(stores, star(300))) as client:
        problem = refused(client.get("/networks/test?measures=core&timeout=0.001"), 504, "network-time")
        assert "`muniment network test --measures core --format json -o test.json`" in problem["hint"]
        assert client.get("/networks/test?measures=core").status_code == 200


def test_hostile_names(connect_app: Any, stores: Stores) -> None:
    turtle = (
        star(1)
        + r'<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "</svg><script>alert(1)</script>\u0001\"\n\u202E" .'
    )
    with connect_app(small_app(stores, turtle)) as client:
        for name in ("svg", "gexf", "graphml"):
            root = ET.fromstring(client.get(f"/networks/test.{name}").content)
            assert not list(root.iter("{*}script"))
        for url in (
            "/networks/test",
            "/networks/test/edge?a=urn:a&b=urn:b0",
            "/networks/test/path?from=urn:a&to=urn:b0",
        ):
            page = client.get(url, headers={"Accept": "text/html"})
            assert page.status_code == 200 and "<script>" not in page.text and "&lt;script&gt;" in page.text


def test_every_edge_leads_to_its_events_and_lines(connect_app: Any, release: Any) -> None:
    settings = Settings.for_release(release.release, {})
    with connect_app(create_app(release.store, settings, queries=release.release.queries())) as client:
        listed = client.get("/networks").json()["networks"]
        assert len(listed) == NETWORKS
        claims: set[str] = set()
        edges = 0
        for each in listed:
            found = client.get(each["href"]).json()
            assert found["edges"], each["name"]
            for edge in found["edges"]:
                edges += 1
                assert edge["because"]
                for reason in edge["because"]:
                    assert reason["claims"], (each["name"], edge["source"], edge["target"], reason["iri"])
                    claims.update(claim["iri"] for claim in reason["claims"])
            archive = zipfile.ZipFile(io.BytesIO(client.get(each["formats"]["csv"]).content))
            assert len(archive.read("reasons.csv").splitlines()) > len(found["edges"])
        assert edges > 200 and len(claims) > 100
        for claim in claims:
            told = client.get(
                f"/doc?iri={quote(claim, safe='')}", headers={"Accept": "application/n-triples"}
            )
            assert f"<{claim}> <https://w3id.org/muniment/ontology#source>" in told.text
            assert "ontology#lines>" in told.text or "prov#wasDerivedFrom>" in told.text
