"""``/graphs``: the read side of the Graph Store Protocol; and the service description."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from engine_stores import Stores

from muniment.engine import EmbeddedStore, parse
from muniment.formats import RDF_FORMATS
from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings, description
from muniment_service.answers import InThread
from muniment_service.context import Context
from muniment_service.description import CASTS, SD, SERVICE, describe_service, extension_functions

CLAIM = "https://example.org/set/id/claim/l1"
ADDRESS = f"/graphs?graph={quote(CLAIM, safe='')}"
TURTLE = "text/turtle"


@pytest.mark.parametrize("form", RDF_FORMATS, ids=lambda form: form.name)
def test_a_graph_in_every_format(client: httpx.Client, form: Any) -> None:
    for found in (
        client.get(ADDRESS, headers={"Accept": form.media_type}),
        client.get(f"{ADDRESS}&format={form.name}", headers={"Accept": "text/html"}),
    ):
        assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, form.media_type)
        quads = list(parse(found.content, form.media_type))
        assert len(quads) == 3 and not any(quad.graph for quad in quads)
        assert found.headers["content-location"] == f"{ADDRESS}&format={form.name}"
        assert f'<{CLAIM}>; rel="canonical"' in found.headers["link"]
        assert '</sparql>; rel="describedby"' in found.headers["link"]
        assert "accept" in found.headers["vary"].lower()
        assert client.get(found.headers["content-location"]).content == found.content


def test_the_default_graph(client: httpx.Client) -> None:
    found = client.get("/graphs?default")
    assert found.headers["content-type"] == "text/turtle; charset=utf-8"
    listed = client.get("/graphs").json()
    assert len(list(parse(found.content, TURTLE))) == listed["default"]["triples"]
    assert found.headers["content-location"] == "/graphs?default&format=turtle"
    head = client.head("/graphs?default", headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(found.content))


def test_the_list(client: httpx.Client) -> None:
    listed = client.get("/graphs").json()
    assert {graph["iri"] for graph in listed["named"]} >= {CLAIM, "https://w3id.org/muniment/ontology"}
    for graph in (listed["default"], *listed["named"]):
        assert len(list(parse(client.get(graph["url"]).content, TURTLE))) == graph["triples"]
    assert (listed["total"], listed["page"], listed["pages"], listed["links"]) == (3, 1, 1, {})
    page = client.get("/graphs", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert ADDRESS in page.text and "/graphs?default" in page.text
    assert client.get("/graphs", headers={"Accept": "image/png"}).status_code == 406


def test_the_list_comes_in_pages(tiny_release: Release, served_tiny: Store, connect: Any) -> None:
    """Claims are graphs, so that there are hundreds of thousands in a large release."""
    settings = Settings.for_release(tiny_release, {})
    with connect(served_tiny, replace(settings, shown_rows=7)) as connected:
        found = connected.get("/graphs").json()
        named, pages = found["named"], 1
        while following := found["links"].get("next"):
            here = connected.get(f"/graphs?page={pages}")
            assert f'<{following}>; rel="next"' in here.headers["link"] and here.json() == found
            found, pages = connected.get(following).json(), pages + 1
            named += found["named"]
        assert (pages, len(named)) == (found["pages"], found["total"]) and pages > 2
        assert {graph["iri"]: graph["triples"] for graph in named} == {
            k: n for k, n in served_tiny.graphs().items() if k
        }
        page = connected.get("/graphs?page=2", headers={"Accept": "text/html"}).text
        assert page.count(">fetch</a>") == 8 and 'rel="next"' in page and "format=json" in page
        assert connected.get(f"/graphs?page={pages + 1}").status_code == 404
        assert connected.get("/graphs?page=0").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "default&default",
        "default&graph=urn:x",
        "graph=urn:x&graph=urn:y",
        "default=yes",
        "graph=",
        "graph=relative",
        "graph=/claim/l1",
        "graph=urn:x%3E%20%7B",
        "graph=%ff",
        "default&release=a&release=b",
    ],
)
def test_what_names_no_graph_is_malformed(client: httpx.Client, query: str) -> None:
    found = client.get(f"/graphs?{query}")
    assert (found.status_code, found.json()["type"].rpartition("#")[2]) == (400, "malformed")


def test_absent(client: httpx.Client) -> None:
    found = client.get("/graphs?graph=urn:nothing")
    assert (found.status_code, found.json()["iri"]) == (404, "urn:nothing")
    assert client.head("/graphs?graph=urn:nothing").status_code == 404
    assert client.get(f"/graphs?graph={quote(quote(CLAIM, safe=''), safe='')}").status_code == 400
    assert client.get("/graphs?default&release=ffffffffffffffff").status_code == 404
    assert client.get("/graphs?default&release=0123456789abcdef").status_code == 200
    refused = client.get(ADDRESS, headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert [client.get(offer["href"]).status_code for offer in refused.json()["alternatives"]] == [200] * 6


def test_an_iri_is_decoded_once(connect: Any, stores: Stores) -> None:
    names = ["urn:a+b", "urn:a%2Bb", "urn:é"]
    trig = "".join(f"<{name}> {{ <urn:s> <urn:p> <urn:o{n}> }}\n" for n, name in enumerate(names))
    connected = connect(stores.of(trig), Settings())
    for n, asked in enumerate(["urn:a+b", "urn:a%252Bb", "urn:%C3%A9"]):
        assert f"urn:o{n}" in connected.get(f"/graphs?graph={asked}").text


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_writes_are_refused_with_the_reason(client: httpx.Client, method: str) -> None:
    for path in (ADDRESS, "/graphs?default", "/graphs"):
        found = client.request(method, path, content=b"<urn:s> <urn:p> <urn:o> .")
        assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert found.headers["content-type"] == "application/problem+json"
        assert "releases" in found.json()["detail"]
    page = client.request(method, "/graphs", headers={"Accept": "text/html"})
    assert (page.status_code, "releases" in page.text) == (405, True)
    assert client.options("/graphs").headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_description_is_true(small_store: EmbeddedStore, settings: Settings) -> None:
    assert len(extension_functions(small_store)) == len(CASTS)
    context = Context.of(small_store, InThread(small_store), settings)
    quads = describe_service(context, "http://h/sparql")
    assert not any(term.startswith("_:") for quad in quads for term in quad)
    said = {(q.predicate, q.object) for q in quads}
    assert (f"<{SD}endpoint>", "<http://h/sparql>") in said
    assert ("<http://www.w3.org/ns/dcat#version>", '"0123456789abcdef"') in said
    named = {quad.object for quad in quads if quad.predicate == f"<{SD}name>"}
    assert len(named) == 3 and f"<{CLAIM}>" in named
    limits = {q.predicate for q in quads if q.predicate.startswith(f"<{SERVICE}")}
    assert limits == {
        f"<{SERVICE}maxQueryBytes>",
        f"<{SERVICE}maxBodyBytes>",
    }  # no workers here: no other limit


def test_the_description_names_some_graphs_of_many(
    small_store: EmbeddedStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release of a million statements has tens of thousands; ``/graphs`` lists them all."""
    monkeypatch.setattr(description, "MOST_GRAPHS", 2)
    quads = describe_service(Context.of(small_store, InThread(small_store), settings), "http://h/sparql")
    named = [quad.object for quad in quads if quad.predicate == f"<{SD}name>"]
    assert named == sorted(f"<{name}>" for name in small_store.graphs() if name)[:2]
