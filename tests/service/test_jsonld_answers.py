"""JSON-LD as it is served: forms, contexts, plain JSON, and the schema.org data in pages, read by PyLD and lxml."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx
import lxml.html
import pyoxigraph as ox
import pytest
import rdflib
from engine_stores import Stores
from pyld import jsonld

NS = "http://www.w3.org/ns/json-ld#"
WORKSHOP, MEETING = "/doc/event/reed-bed-workshop", "/doc/event/third-meeting"
BASE = "https://example.org/tiny/id/"
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


def refuse(url: str, options: Any = None) -> Any:
    raise AssertionError(f"{url} was fetched")


def triples(document: Any) -> set[str]:
    text = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": refuse})
    return {str(q) for q in ox.parse(text, ox.RdfFormat.N_QUADS)}


def turtle(client: httpx.Client, url: str) -> set[str]:
    return {str(q) for q in ox.parse(client.get(url + ".nt").content, ox.RdfFormat.N_TRIPLES)}


FORMS = [
    # Accept, address, the form that is sent
    ("application/ld+json", MEETING, "compacted"),
    (f'application/ld+json;profile="{NS}compacted"', MEETING, "compacted"),
    (f'application/ld+json;profile="{NS}expanded"', MEETING, "expanded"),
    (f'application/ld+json; profile="{NS}flattened"; q=0.9', MEETING, "flattened"),
    (f'application/ld+json;profile="urn:x {NS}framed"', MEETING, "framed"),
    (f"application/ld+json;profile={NS}expanded", MEETING, "expanded"),  # many forget the quotes
    ('application/ld+json;profile="urn:unknown"', MEETING, "compacted"),
    (f'application/ld+json;q=0.1, application/ld+json;profile="{NS}framed"', MEETING, "framed"),
    (f'application/ld+json;profile="{NS}framed"', f"{MEETING}?jsonld=expanded", "expanded"),
    ("text/turtle", f"{MEETING}.jsonld?jsonld=flattened", "flattened"),
]


@pytest.mark.parametrize(("accept", "url", "form"), FORMS)
def test_forms(tiny_client: httpx.Client, accept: str, url: str, form: str) -> None:
    found = tiny_client.get(url, headers={"Accept": accept})
    media_type, _, profile = found.headers["content-type"].partition("; ")
    assert media_type == "application/ld+json"
    assert profile == (f'profile="{NS}{form}"' if form != "compacted" else "")
    document = found.json()
    if form == "expanded":
        assert isinstance(document, list) and "@context" not in found.text
        assert jsonld.expand(document, {"documentLoader": refuse})[0]["@id"] == f"{BASE}event/third-meeting"
    elif form == "flattened":
        nodes = document["@graph"]
        assert len({node["id"] for node in nodes}) == len(nodes) > 10
    else:
        assert document["id"] == f"{BASE}event/third-meeting"
        assert list(document)[:4] == ["@context", "id", "type", "labels"]
        assert document["start"] == "2019-11-05" and document["labels"] == {
            "en": "Third meeting of the Lake Mirelle Commission"
        }
    if form != "framed":
        assert triples(document) == turtle(tiny_client, MEETING)


def test_an_unknown_form_is_refused(tiny_client: httpx.Client) -> None:
    for form in ("none", "", "framed&jsonld=framed"):
        assert tiny_client.get(f"{MEETING}.jsonld?jsonld={form}").status_code == 400


def test_a_framed_event_nests_what_belongs_to_it(tiny_client: httpx.Client) -> None:
    event = tiny_client.get(WORKSHOP + ".jsonld?jsonld=framed").json()
    assert event["place"]["labels"]["en"] == "Saltbridge" and "City" in event["place"]["type"]
    assert {body["labels"]["en"] for body in event["organizer"]} == {
        "Saltbridge Anglers' Club",
        "University of Aven",
    }
    assert all(body["bodyType"]["labels"]["en"] for body in event["organizer"])
    assert {part["role"]["labels"]["en"] for part in event["participation"]} == {"co-organiser", "registrar"}
    assert event["deadlines"]["end"] == "2019-05-17"
    meeting = tiny_client.get(MEETING + ".jsonld?jsonld=framed").json()
    assert {text["identifier"] for text in meeting["documents"]} == {"LMC-7", "VWA-12"}
    assert meeting["place"]["within"]["labels"]["en"] == "Veldria"
    person = tiny_client.get("/doc/person/ilse-marn.jsonld?jsonld=framed").json()
    assert person["memberships"]["organization"]["labels"]["en"].startswith("Secretariat")
    for path in ("body/secretariat", "place/osterby", "document/letter-lmc-7"):
        framed = tiny_client.get(f"/doc/{path}.jsonld?jsonld=framed").json()
        assert framed["id"] == BASE + path and framed["labels"]["en"]
    stated = {t for t in turtle(tiny_client, WORKSHOP) if t.startswith(f"<{BASE}event/reed-bed-workshop>")}
    assert len(stated) > 10 and stated <= triples(event)


def test_plain_json_becomes_rdf_by_its_link(tiny_client: httpx.Client) -> None:
    found = tiny_client.get(WORKSHOP, headers={"Accept": "application/json"})
    assert found.headers["content-type"] == "application/json"
    assert found.content == tiny_client.get(WORKSHOP + ".json").content
    context = re.search(rf'<([^>]*)>; rel="{NS}context"; type="application/ld\+json"', found.headers["link"])
    assert context and "@context" not in found.json()
    served = tiny_client.get(context[1]).json()
    framed = tiny_client.get(WORKSHOP + ".jsonld?jsonld=framed").json()
    assert triples({**served, **found.json()}) == triples(framed)
    assert len(triples(framed)) > 50


def test_a_linked_document_names_the_context_by_its_address(tiny_client: httpx.Client) -> None:
    document = tiny_client.get(MEETING + ".jsonld?jsonld=linked").json()
    assert document["@context"] == "http://localhost/context/v1.jsonld"
    served = tiny_client.get(document["@context"]).json()
    assert triples({**document, **served}) == turtle(tiny_client, MEETING)


def test_contexts_are_kept_for_ever(tiny_client: httpx.Client) -> None:
    found = tiny_client.get("/context/v1.jsonld", headers={"Origin": "https://elsewhere.example"})
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["content-type"] == "application/ld+json"
    assert found.json()["@context"]["Event"] == "mun:Event"
    assert tiny_client.get("/context/v2.jsonld").status_code == 404
    assert tiny_client.options("/context/v1.jsonld").headers["allow"] == "GET, HEAD, OPTIONS"


def test_an_iri_that_reads_like_a_prefixed_name(connect: Any, settings: Any, stores: Stores) -> None:
    trig = "<urn:a> a <https://w3id.org/muniment/ontology#Event> ; <urn:p> <org:x>, <schema:startDate> ."
    client = connect(stores.of(trig), settings)
    expected = {str(q) for q in ox.parse(client.get("/doc.nt?iri=urn:a").content, ox.RdfFormat.N_TRIPLES)}
    for form in ("compacted", "expanded", "flattened", "framed"):
        document = client.get(f"/doc.jsonld?iri=urn:a&jsonld={form}").json()
        assert triples(document) == expected, form


REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Event": ("name", "startDate", "location"),
    "Place": ("name", "address"),
    "City": ("name", "address"),
    "Organization": ("name", "url"),
    "Person": ("name",),
    "DigitalDocument": ("name",),
    "Dataset": ("name", "description", "license", "url"),
}
"""What the structured-data rules for each type require, as far as the sources hold it."""
RECOMMENDED_OF_EVENTS = ("endDate", "eventStatus", "organizer")
PAGES = {
    WORKSHOP: "Event",
    "/doc/event/second-meeting": "Event",
    MEETING: "Event",
    "/doc/place/osterby": "City",
    "/doc/place/port-aven-town-hall": "Place",
    "/doc/body/secretariat": "Organization",
    "/doc/person/ilse-marn": "Person",
    "/doc/document/letter-lmc-7": "DigitalDocument",
    "/": "Dataset",
}
SCHEMA = "https://schema.org/"


def embedded(client: httpx.Client, url: str) -> dict[str, Any]:
    """What lxml finds in the page."""
    page = lxml.html.fromstring(client.get(url, headers={"Accept": "text/html"}).content)
    scripts = page.xpath('//script[@type="application/ld+json"]')
    assert len(page.xpath("//script[not(@src)]")) == len(scripts) == 1
    found: dict[str, Any] = json.loads(scripts[0].text)
    return found


@pytest.mark.parametrize(("url", "kind"), PAGES.items())
def test_pages_embed_what_search_engines_require(tiny_client: httpx.Client, url: str, kind: str) -> None:
    node = embedded(tiny_client, url)
    assert (node["@context"], node["@type"]) == ("https://schema.org", kind)
    for name in REQUIRED[kind]:
        assert node.get(name), (url, name)

    def schema(url: str, options: Any) -> Any:
        assert url == "https://schema.org"
        document = {"@context": {"@vocab": SCHEMA, "eventStatus": {"@type": "@id"}}}
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": document,
        }

    quads = jsonld.to_rdf(node, {"format": "application/n-quads", "documentLoader": schema})
    graph = rdflib.Graph().parse(data=quads, format="nt")
    terms = {str(p) for p in graph.predicates()} | {str(c) for c in graph.objects(None, rdflib.RDF.type)}
    assert len(terms) > 3
    unknown = {t for t in terms - {str(rdflib.RDF.type)} if t not in rdflib.SDO}  # as rdflib carries it
    assert not unknown and f"{SCHEMA}plannedStart" not in rdflib.SDO


def test_embedded_events_are_as_the_rules_ask(tiny_client: httpx.Client) -> None:
    date = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
    for url in (WORKSHOP, MEETING, "/doc/event/first-meeting", "/doc/event/second-meeting"):
        node = embedded(tiny_client, url)
        assert date.fullmatch(node["startDate"]) and date.fullmatch(node.get("endDate", "2019"))
        assert node["eventStatus"].startswith(f"{SCHEMA}Event")
        assert node["location"]["@type"] in ("Place", "City")
        assert node["location"]["name"] and node["location"]["address"]["name"]
    workshop = embedded(tiny_client, WORKSHOP)
    assert all(workshop.get(name) for name in RECOMMENDED_OF_EVENTS)
    assert {o["@type"] for o in workshop["organizer"]} == {"Organization"}
    postponed = embedded(tiny_client, "/doc/event/second-meeting")
    assert (postponed["eventStatus"], postponed["startDate"]) == (f"{SCHEMA}EventPostponed", "2019-09-10")
    assert embedded(tiny_client, MEETING)["location"]["address"]["name"] == "Osterby, Veldria"


def test_nothing_ends_the_script_early(client: httpx.Client) -> None:
    node = embedded(client, "/doc/event/hostile")
    assert node["name"].startswith("<script>") and node["url"].startswith("https://example.org/set/")
