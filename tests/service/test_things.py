"""``/id`` and ``/doc``: redirects, formats, pages."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import rdflib
from rdflib.compare import isomorphic

from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings

pytestmark = [  # what rdflib says of its own parsers
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]

ID = "https://example.org/set/id/"
FIRST = rdflib.URIRef(f"{ID}event/first")
FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "nt": ("application/n-triples", "nt"),
    "rdf": ("application/rdf+xml", "xml"),
    "trig": ("application/trig", "trig"),
}
HTML = {"Accept": "text/html"}


def graph_of(found: httpx.Response, name: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=found.text, format=name)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_things_send_on_to_their_document(client: httpx.Client, method: str) -> None:
    found = client.request(method, "/id/event/first")
    assert (found.status_code, found.headers["location"]) == (303, "/doc/event/first")
    assert found.headers["muniment-release"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("event/caf%C3%A9", "/doc/event/caf%C3%A9"),
        ("event/caf%c3%a9", "/doc/event/caf%C3%A9"),
        ("event/caf%C3%A9-2", "/doc/event/caf%C3%A9-2"),
        ("event/a%20b", "/doc/event/a%20b"),
        ("event/%66irst", "/doc/event/first"),
        ("event/first/", "/doc/event/first"),
        ("event/odd.ttl", "/doc?iri=https%3A%2F%2Fexample.org%2Fset%2Fid%2Fevent%2Fodd.ttl"),
        ("event/slash/", "/doc?iri=https%3A%2F%2Fexample.org%2Fset%2Fid%2Fevent%2Fslash%2F"),
    ],
)
def test_odd_names_lead_to_a_document(client: httpx.Client, path: str, location: str) -> None:
    found = client.get(f"/id/{path}")
    assert (found.status_code, found.headers["location"]) == (303, location)
    assert client.get(location).status_code == 200
    assert client.get(location, headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/id/event/none",
        "/doc/event/none",
        "/doc/event/none.ttl",
        "/id/%00",
        "/id/%FF%FE",
        "/id/a%3Eb",
        "/id/",
        "/doc/",
        "/id/..%2F..%2Fetc/passwd",
        "/doc?iri=urn:none",
    ],
)
def test_unknown_things_are_404(client: httpx.Client, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 404
    assert found.json()["type"].endswith("#not-found")


@pytest.mark.parametrize(("ending", "form"), FORMATS.items())
def test_formats_agree(client: httpx.Client, ending: str, form: tuple[str, str]) -> None:
    by_ending = client.get(f"/doc/event/first.{ending}", headers={"Accept": "image/png"})
    negotiated = client.get("/doc/event/first", headers={"Accept": form[0]})
    assert by_ending.content == negotiated.content
    assert negotiated.headers["content-type"].partition(";")[0] == form[0]
    assert negotiated.headers["content-location"] == f"/doc/event/first.{ending}"
    assert negotiated.headers["vary"] == "Accept-Profile, Accept, Accept-Encoding"
    turtle = graph_of(client.get("/doc/event/first"), "turtle")
    assert isomorphic(graph_of(negotiated, form[1]), turtle)
    assert (FIRST, rdflib.RDFS.label, rdflib.Literal("Première réunion", lang="fr")) in turtle
    assert (rdflib.URIRef(f"{ID}event/second"), rdflib.SDO.superEvent, FIRST) in turtle


def test_links_name_every_format(client: httpx.Client) -> None:
    found = client.head("/doc/event/first")
    links = dict(re.findall(r'<([^>]*)>; rel="alternate"; type="([^"]*)"', found.headers["link"]))
    assert links == {f"/doc/event/first.{ending}": form[0] for ending, form in FORMATS.items()} | {
        "/doc/event/first.html": "text/html",
        "/doc/event/first.json": "application/json",
    }
    assert '<https://example.org/license>; rel="license"' in found.headers["link"]
    for href, media_type in links.items():
        assert client.get(href).headers["content-type"].partition(";")[0] == media_type


def test_406_lists_the_documents(client: httpx.Client) -> None:
    found = client.get("/doc/event/first", headers={"Accept": "application/pdf"})
    assert found.status_code == 406
    assert {"type": "text/turtle", "href": "/doc/event/first.ttl"} in found.json()["alternatives"]


def test_any_iri(client: httpx.Client) -> None:
    iri = "https://w3id.org/muniment/ontology#Event"
    graph = graph_of(client.get("/doc", params={"iri": iri}), "turtle")
    assert (rdflib.URIRef(iri), rdflib.RDFS.label, rdflib.Literal("Event", lang="en")) in graph
    found = client.get("/doc.jsonld", params={"iri": iri})
    assert found.headers["content-type"] == "application/ld+json"
    assert (
        found.headers["content-location"]
        == "/doc.jsonld?iri=https%3A%2F%2Fw3id.org%2Fmuniment%2Fontology%23Event"
    )
    assert client.get("/doc.pdf", params={"iri": iri}).status_code == 404
    for known in (
        "https://schema.org/startDate",
        "https://example.org/vocab/open",
        f"{ID}claim/l2",
        f"{ID}event/query?x",
    ):
        for headers in ({}, HTML):
            assert client.get("/doc", params={"iri": known}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "iri",
    [
        "x",
        "",
        "http://x/ y",
        "http://x/> } DROP ALL",
        'http://x/"',
        "http://x/\x00",
        "http://x/%zz",
        "http://x/\\u003E",
    ],
)
def test_what_is_no_iri_is_refused(client: httpx.Client, iri: str) -> None:
    assert client.get("/doc", params={"iri": iri}).status_code == 400


def test_page_of_a_thing(client: httpx.Client) -> None:
    found = client.get("/doc/event/first", headers=HTML)
    page = found.text
    assert found.headers["content-location"] == "/doc/event/first.html"
    assert re.search(r'<h1 dir="auto" lang="en">First meeting</h1>', page)
    for part in (
        '<a href="/doc/place/hall"><bdi>The hall</bdi></a>',
        '<a href="/doc?iri=https%3A%2F%2Fexample.org%2Fvocab%2Fopen"><bdi>open</bdi></a>',
        '<a href="/doc?iri=https%3A%2F%2Fw3id.org%2Fmuniment%2Fontology%23Event"><bdi>Event</bdi></a>',
        '<bdi lang="fr">Première réunion</bdi>',
        '<a href="/doc/event/second"><bdi>Second meeting</bdi></a>',
        '<a href="/doc/claim/l1"><bdi>lines 1\N{EN DASH}3</bdi></a>',
        '<a href="/doc/document/list"><bdi>The list</bdi></a>',
        '<time datetime="2004-06-23">23 June 2004</time>',
        "with a reserve",
        '<a href="/doc/event/first.ttl" rel="alternate">turtle</a>',
        f'<a href="{FIRST}" rel="nofollow">{FIRST}</a>',
        "<bdi>start date</bdi>",
    ):
        assert part in page, part


def test_page_of_a_claim(client: httpx.Client) -> None:
    page = client.get("/doc/claim/l1", headers=HTML).text
    assert "What it states" in page and "First meeting" in page
    assert page.count('<a href="/doc/event/first">') == 3


def test_pages_are_inert(client: httpx.Client) -> None:
    found = client.get("/doc/event/hostile", headers=HTML)
    scripts = re.findall(r"<script[^>]*>", found.text)
    own = [
        tag
        for tag in scripts
        if re.fullmatch(r'<script data-live( type="module")? src="/static/[a-z/A-Z0-9_.-]+">', tag)
    ]
    assert [tag for tag in scripts if tag not in own] == ['<script type="application/ld+json">']
    assert "<script>" not in found.text and "&lt;script&gt;" in found.text
    assert 'href="javascript' not in found.text
    assert "style=" not in found.text and " on" not in re.sub(r">[^<]*<", "><", found.text)
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for address in re.findall(r'(?:href|src|action)="([^"]*)"', found.text):
        assert address.startswith(("/", "#main", ID, "https://example.org/license")), address


def test_long_lists_say_so(client: httpx.Client, connect: Any, small_store: Any, settings: Settings) -> None:
    import dataclasses

    few = connect(small_store, dataclasses.replace(settings, incoming_links=1, shown_rows=2))
    page = few.get("/doc/event/first", headers=HTML).text
    assert ">On</a>" in page
    page = few.get("/doc/claim/l1", headers=HTML).text
    assert "The first 2" in page
    for query in re.findall(r'href="(/sparql[^"]*)">all of them', page):
        assert few.get(query.replace("&amp;", "&")).status_code == 200


def test_blank_nodes_and_data_of_others(client: httpx.Client) -> None:
    found = client.get("/doc", params={"iri": "http://elsewhere.example/x"})
    graph = graph_of(found, "turtle")
    assert len(list(graph.predicate_objects(rdflib.URIRef("http://elsewhere.example/x")))) == 2
    assert (None, rdflib.SDO.name, rdflib.Literal("nobody")) in graph  # said of its blank node
    assert client.get("/doc", params={"iri": "http://elsewhere.example/x"}, headers=HTML).status_code == 200


def test_every_thing_of_the_tiny_dataset_has_documents(
    tiny_release: Release, served_tiny: Store, connect: Any
) -> None:
    settings = Settings.for_release(tiny_release, {})
    client = connect(served_tiny, settings)
    rows = client.get(
        "/sparql", params={"query": "SELECT DISTINCT ?s { ?s a ?c FILTER(isIRI(?s)) }", "format": "csv"}
    ).text.splitlines()[1:]
    own = [iri.removeprefix(f"{settings.base}id/") for iri in rows if iri.startswith(f"{settings.base}id/")]
    assert len(own) > 20
    for path in own:
        location = client.get(f"/id/{path}").headers["location"]
        assert client.get(location, headers=HTML).status_code == 200, path
        assert len(graph_of(client.get(location), "turtle")) > 0
