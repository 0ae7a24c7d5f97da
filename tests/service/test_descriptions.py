"""What a description holds: the same graph in every format, profiles, pages, signposts, and names that are no longer in use."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from engine_stores import ENGINE

from muniment.release import Release
from muniment.store import Store
from muniment.terms import Quad, from_rdflib
from muniment_service import Settings
from muniment_service.profiles import NAMESPACE, PROFILES, STANDARD_VOCABULARIES

pytestmark = [  # what rdflib says of its own parsers
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]

FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "nt": ("application/n-triples", "nt"),
    "rdf": ("application/rdf+xml", "xml"),
    "trig": ("application/trig", "trig"),
}
FORMS = ("expanded", "flattened")
MUN, FIRST = "https://w3id.org/muniment/ontology#", "/doc/event/first"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
HTML = {"Accept": "text/html"}


def oxigraph(body: bytes, media_type: str) -> set[str]:
    return {str(q) for q in ox.parse(body, ox.RdfFormat.from_media_type(media_type))}


def as_rdflib(body: bytes, name: str) -> set[str]:
    """What rdflib reads, as pyoxigraph writes it."""
    data = rdflib.Dataset()
    data.parse(data=body, format=name)
    lines = [
        Quad(from_rdflib(s), from_rdflib(p), from_rdflib(o), from_rdflib(g) if g else "").line()  # type: ignore[arg-type]
        for s, p, o, g in data.quads()
    ]
    return oxigraph("".join(lines).replace(" <urn:x-rdflib:default> .", " .").encode(), "application/n-quads")


def links(found: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    return [
        (href, dict(re.findall(r'(\w+)="([^"]*)"', rest)))
        for href, rest in re.findall(r"<([^>]*)>((?:; \w+=\"[^\"]*\")*)", found.headers["link"])
    ]


def by_relation(found: httpx.Response) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for href, parameters in links(found):
        grouped.setdefault(parameters["rel"], []).append(href)
    return grouped


def resources(store: Any, base: str) -> list[str]:
    """Everything that has an IRI: things, claims, concepts, and the terms of the ontology; not the parts of the catalogue."""
    rows = store.query(
        f"""SELECT DISTINCT ?s {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s a ?c . ?s rdfs:isDefinedBy ?d }} }} FILTER(isIRI(?s))
          FILTER NOT EXISTS {{ GRAPH <{base}catalogue> {{ ?s ?in ?catalogue }} }} }}"""
    )
    return sorted(str(row["s"]) for row in rows)


def test_every_format_of_every_resource_is_the_same_graph(running: str, tiny_store: Any, tiny: Any) -> None:
    found = resources(tiny_store, tiny.base)
    withdrawn = {f"{tiny.ids}event/gala-dinner", f"{tiny.ids}event/closing-reception"}
    assert len(found) == 261 and withdrawn < set(found)
    assert sum(iri.startswith(MUN) for iri in found) == 52
    parts = [
        f"{tiny.base}{part}" for part in ("", "catalogue", "void#class/mun:Event", "queries/checks/cycles")
    ]
    with httpx.Client(base_url=running) as client:
        for iri in [*found[:: 1 if ENGINE == "embedded" else 5], *parts]:  # an engine answers the rest alike
            ask = {"iri": iri}
            if iri in withdrawn:
                assert client.get("/doc", params=ask).status_code == 410
                continue
            expected = oxigraph(client.get("/doc.nt", params=ask).content, "application/n-triples")
            assert any(line.startswith(f"<{iri}> ") for line in expected), iri
            for ending, (media_type, name) in FORMATS.items():
                answer = client.get(f"/doc.{ending}", params=ask)
                assert answer.headers["content-type"].partition(";")[0] == media_type
                assert oxigraph(answer.content, media_type) == expected, (iri, ending)
                assert as_rdflib(answer.content, name) == expected, (iri, ending)
            for form in FORMS if iri.startswith(tiny.ids) else ():
                answer = client.get("/doc.jsonld", params={**ask, "jsonld": form})
                assert oxigraph(answer.content, "application/ld+json") == expected, (iri, form)


def test_provenance_of_every_thing(tiny_client: httpx.Client, tiny_store: Any, tiny: Any) -> None:
    rows = tiny_store.query("SELECT DISTINCT ?s { GRAPH ?g { ?s a ?c } ?g a mun:Claim }")
    found = sorted(str(row["s"]) for row in rows)
    assert len(found) == 37
    for iri in found:
        ask = {"iri": iri, "_profile": "provenance"}
        trig = tiny_client.get("/doc", params=ask)
        assert trig.headers["content-type"] == "application/trig"
        quads = oxigraph(trig.content, "application/trig")
        assert as_rdflib(trig.content, "trig") == quads
        json = tiny_client.get("/doc.jsonld", params=ask).content
        assert oxigraph(json, "application/ld+json") == quads == as_rdflib(json, "json-ld")
        expected = tiny_store.query(f"SELECT * {{ GRAPH ?g {{ <{iri}> ?p ?o }} }}").rows
        stated = [q for q in ox.parse(trig.content, ox.RdfFormat.TRIG) if q.subject == ox.NamedNode(iri)]
        named = [q for q in stated if isinstance(q.graph_name, ox.NamedNode)]
        assert {(q.graph_name.value, q.predicate.value) for q in named} == {  # type: ignore[union-attr]
            (str(row["g"]), str(row["p"])) for row in expected
        }
        for graph in {q.graph_name.value for q in named if "/claim/" in str(q.graph_name)}:  # type: ignore[union-attr]
            for needed in ("source", "lines", "basis"):
                assert any(q.startswith(f"<{graph}> <{MUN}{needed}> ") for q in quads), (graph, needed)


def test_a_document_says_what_it_is(client: httpx.Client) -> None:
    graph = rdflib.Graph().parse(data=client.get(FIRST).text)
    document = rdflib.URIRef("https://example.org/set/doc/event/first")
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    assert graph.value(document, rdflib.FOAF.primaryTopic) == rdflib.URIRef(
        "https://example.org/set/id/event/first"
    )
    assert graph.value(document, void.inDataset) == rdflib.URIRef("https://example.org/set/")
    assert graph.value(document, rdflib.DCTERMS.license) == rdflib.URIRef("https://example.org/license")
    place = rdflib.URIRef("https://example.org/set/id/place/hall")
    assert graph.value(place, rdflib.RDFS.label) == rdflib.Literal("The hall", lang="en")


STANDARD, PROVENANCE = f"{NAMESPACE}standard", f"{NAMESPACE}provenance"
CHOICES: list[tuple[str | None, str, int, str]] = [
    # Accept-Profile, _profile, status, profile that is sent
    (None, "", 200, "full"),
    ("", "", 200, "full"),
    (f"<{STANDARD}>", "", 200, "standard"),
    (f"<{STANDARD}>;q=0.4, <{PROVENANCE}>;q=0.5", "", 200, "provenance"),
    (f"<urn:other>, <{STANDARD}>; q=0.1", "", 200, "standard"),
    ("<urn:other>, *;q=0.1", "", 200, "full"),
    (f"<{NAMESPACE}full>;q=0, *", "", 200, "standard"),
    ("labels", "", 200, "labels"),
    (";;,<", "", 406, ""),
    ("<urn:other>", "", 406, ""),
    (f"<{STANDARD}>;q=0", "", 406, ""),
    (f"<{STANDARD}>", "labels", 200, "labels"),
    ("<urn:other>", STANDARD, 200, "standard"),
    (None, "none", 400, ""),
    (None, "standard&_profile=full", 400, ""),
    (None, "<script>", 400, ""),
]


@pytest.mark.parametrize(("header", "named", "status", "sent"), CHOICES)
def test_profiles_are_chosen(
    client: httpx.Client, header: str | None, named: str, status: int, sent: str
) -> None:
    url = f"{FIRST}?_profile={named}" if named else FIRST
    headers = {"Accept-Profile": header} if header is not None else {}
    found = client.get(url, headers=headers)
    assert found.status_code == status, found.text
    if status == 200:
        assert found.headers["content-profile"] == f"<{NAMESPACE}{sent}>"
        assert "Accept-Profile" in found.headers["vary"]
    elif status == 406:
        listed = {offer["profile"] for offer in found.json()["alternatives"]}
        assert listed == {profile.iri for profile in PROFILES}
        assert "Accept-Profile" in found.headers["vary"]
    else:
        assert "standard" in found.json()["hint"]


def test_the_standard_profile_has_standard_terms_only(tiny_client: httpx.Client) -> None:
    def graph(profile: str) -> rdflib.Graph:
        url = f"/doc/event/reed-bed-workshop.ttl?_profile={profile}"
        return rdflib.Graph().parse(data=tiny_client.get(url).text)

    standard, full = graph("standard"), graph("full")
    assert set(standard) < set(full)
    terms = {str(p) for p in standard.predicates()} | {
        str(c) for c in standard.objects(None, rdflib.RDF.type)
    }
    assert len(terms) > 8 and all(term.startswith(STANDARD_VOCABULARIES) for term in terms)
    assert any(str(p).startswith(MUN) for p in full.predicates())  # the planted case
    assert {str(label) for label in graph("labels").objects(None, rdflib.RDFS.label)} >= {
        "Workshop on reed beds",
        "start time",
        "Event",
        "Saltbridge",
    }


def test_a_profile_that_needs_graphs_says_so(client: httpx.Client) -> None:
    found = client.get(f"{FIRST}.ttl?_profile=provenance")
    assert found.status_code == 406 and "named graphs" in found.json()["detail"]
    assert {"type": "application/trig", "href": f"{FIRST}.trig?_profile=provenance"} in found.json()[
        "alternatives"
    ]
    assert client.get(f"{FIRST}?_profile=provenance", headers={"Accept": "text/turtle"}).status_code == 406
    assert client.get(f"{FIRST}?_profile=provenance", headers=HTML).status_code == 200


def test_signposts(client: httpx.Client) -> None:
    data, page = client.get(FIRST), client.get(FIRST, headers=HTML)
    for found in (data, page):
        relations = by_relation(found)
        assert relations["cite-as"] == ["https://example.org/set/id/event/first"]
        assert relations["license"] == ["https://example.org/license"]
        assert relations["collection"] == ["https://example.org/set/"]
        assert relations["http://www.w3.org/ns/prov#has_query_service"] == ["/sparql"]
        assert relations["http://www.w3.org/ns/prov#has_provenance"] == [f"{FIRST}?_profile=provenance"]
        assert "https://schema.org/Event" in relations["type"]
        assert relations["profile"] == [f"{NAMESPACE}full"]
        offered = {p["formats"] for _, p in links(found) if "formats" in p}
        assert offered == {p.iri for p in PROFILES[1:]}
        for href, parameters in links(found):
            if href.startswith("/doc"):
                answer = client.get(href)
                assert answer.status_code == 200, href
                if "type" in parameters:
                    assert answer.headers["content-type"].startswith(parameters["type"])
                if "formats" in parameters:
                    assert answer.headers["content-profile"] == f"<{parameters['formats']}>"
    assert by_relation(data)["describes"] == ["https://example.org/set/id/event/first"]
    assert by_relation(page)["describedby"] == [f"{FIRST}.ttl", f"{FIRST}.jsonld"]
    assert "https://schema.org/AboutPage" in by_relation(page)["type"]


def test_pages_of_what_points_to_a_thing(
    tiny_release: Release, served_tiny: Store, tiny_client: httpx.Client, connect: Any
) -> None:
    settings = dataclasses.replace(Settings.for_release(tiny_release, {}), incoming_links=4)
    client = connect(served_tiny, settings)
    thing = "<https://example.org/tiny/id/event/third-meeting>"
    url, seen, pages = "/doc/event/third-meeting", set(), []
    whole = oxigraph(tiny_client.get(url).content, "text/turtle")
    for number in itertools.count(1):
        found = client.get(url)
        quads = oxigraph(found.content, "text/turtle")
        incoming = {q for q in quads if q.endswith(f" {thing}") and "primaryTopic" not in q}
        assert {q for q in quads if q.startswith(thing)} == {q for q in whole if q.startswith(thing)}
        assert len(incoming) <= 4 and not incoming & seen
        seen |= incoming
        pages.append(len(incoming))
        relations = by_relation(found)
        assert relations["first"] == ["/doc/event/third-meeting"]
        assert ("prev" in relations) == (number > 1)
        if "next" not in relations:
            break
        url = relations["next"][0]
    assert seen == {q for q in whole if q.endswith(f" {thing}") and "primaryTopic" not in q}
    assert pages == [4, 4, 2]
    assert not {"first", "next", "prev"} & by_relation(tiny_client.get("/doc/event/third-meeting")).keys()
    assert 'rel="next"' in client.get("/doc/event/third-meeting", headers=HTML).text
    assert client.get("/doc/event/third-meeting?page=4").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "٢", "99999999999999999999", "1&page=2", "%00"])
def test_impossible_pages(client: httpx.Client, page: str) -> None:
    found = client.get(f"{FIRST}?page={page}")
    assert (found.status_code, found.json()["type"].partition("#")[2]) == (400, "malformed")
    assert client.get(f"{FIRST}?page=2").status_code == 404


def test_withdrawn_and_renamed(tiny_client: httpx.Client) -> None:
    base = "https://example.org/tiny/id/event"
    for url in ("/id/event/gala-dinner", "/doc/event/gala-dinner", "/doc/event/gala-dinner.ttl"):
        found = tiny_client.get(url)
        assert found.status_code == 410 and tiny_client.head(url).status_code == 410
        problem = found.json()
        assert problem["type"].endswith("#gone")
        assert "an evening of the third meeting" in problem["detail"]
        assert problem["successor"] == f"{base}/third-meeting"
        assert tiny_client.get(problem["successor_document"]).status_code == 200
        assert by_relation(found)["successor-version"] == [problem["successor_document"]]
    page = tiny_client.get("/doc/event/gala-dinner", headers=HTML)
    assert page.status_code == 410 and '<a href="/doc/event/third-meeting">' in page.text
    without = tiny_client.get("/id/event/closing-reception").json()
    assert "No source speaks of it." in without["detail"] and "successor" not in without
    for url, location in (
        ("/id/event/reed-workshop", "/id/event/reed-bed-workshop"),
        ("/doc/event/reed-workshop", "/doc/event/reed-bed-workshop"),
        ("/doc/event/reed-workshop.jsonld", "/doc/event/reed-bed-workshop.jsonld"),
    ):
        moved = tiny_client.get(url)
        assert (moved.status_code, moved.headers["location"]) == (301, location)
        assert tiny_client.get(location).is_success or tiny_client.get(location).status_code == 303


def test_concepts_and_terms_dereference(tiny_client: httpx.Client) -> None:
    for path in ("/vocab/attendance/open", "/vocab/attendance", "/vocab/attendance/open/"):
        found = tiny_client.get(path)
        assert found.status_code == tiny_client.head(path).status_code == 303, path
        document = tiny_client.get(found.headers["location"])
        assert document.status_code == 200
    assert tiny_client.get("/vocab/attendance/none").status_code == 404
    found = tiny_client.get("/doc", params={"iri": f"{MUN}Event"})
    assert b"Something that takes place" in found.content


ODD: list[tuple[str, str, dict[str, str], int, str]] = [
    # method, address, headers, status, beginning of the media type or of the location
    ("GET", "/id/event/caf%C3%A9", {}, 303, "/doc/event/caf%C3%A9"),
    ("HEAD", "/id/event/caf%c3%a9", {}, 303, "/doc/event/caf%C3%A9"),
    ("GET", "/id/event/café", {}, 303, "/doc/event/caf%C3%A9"),
    ("HEAD", "/id/event/first", {"Accept": "image/png"}, 303, FIRST),
    ("GET", "/id/event/first/", {}, 303, FIRST),
    ("GET", "/id/event/two", {}, 301, "/id/event/second"),
    ("HEAD", "/doc/event/two.nt", {}, 301, "/doc/event/second.nt"),
    ("GET", f"{FIRST}/", {}, 200, "text/turtle"),
    ("GET", FIRST, {"Accept": "*/*"}, 200, "text/turtle"),
    ("GET", FIRST, {"Accept": ""}, 200, "text/turtle"),
    ("GET", FIRST, {"Accept": CHROME}, 200, "text/html"),
    ("GET", FIRST, {"Accept": "application/json"}, 200, "application/json"),
    ("GET", FIRST, {"Accept": "application/trig;q=0.9, text/turtle;q=0.8"}, 200, "application/trig"),
    ("GET", f"{FIRST}.trig", {"Accept": CHROME}, 200, "application/trig"),
    ("HEAD", f"{FIRST}.json", {}, 200, "application/json"),
    ("GET", FIRST, {"Accept": "image/png"}, 406, "application/problem+json"),
    ("GET", FIRST, {"Accept": "text/html;q=0, image/png"}, 406, "application/problem+json"),
    ("OPTIONS", FIRST, {}, 204, ""),
    ("OPTIONS", "/id/event/first", {}, 204, ""),
    ("OPTIONS", "/vocab/x", {}, 204, ""),
    ("OPTIONS", "/context/v1.jsonld", {}, 204, ""),
    ("PUT", FIRST, {}, 405, "application/problem+json"),
    ("DELETE", "/id/event/first", {}, 405, "application/problem+json"),
    ("GET", FIRST, {"Host": 'evil.example" onload=x'}, 200, "text/turtle"),
    ("GET", f"{FIRST}.jsonld?jsonld=linked", {"Host": "a<b>"}, 200, "application/ld+json"),
    ("GET", FIRST, {"X-Request-Id": "a<script>"}, 200, "text/turtle"),
    ("GET", FIRST, {"Accept-Profile": "<x>" * 3_000}, 406, "application/problem+json"),
    ("GET", f"{FIRST}?_profile=%0D%0AX-Evil:%201", {}, 400, "application/problem+json"),
    ("GET", f"{FIRST}?jsonld=%0D%0AX-Evil:%201", {}, 400, "application/problem+json"),
    ("GET", "/id/event/first%0D%0AX-Evil:%201", {}, 404, "application/problem+json"),
    ("GET", "/id/..%2F..%2F..%2Fetc%2Fpasswd", {}, 404, "application/problem+json"),
    ("GET", "/doc/../../etc/passwd", {}, 404, "application/problem+json"),
    ("GET", "/vocab/..%2f..%2fmuniment.toml", {}, 404, "application/problem+json"),
    ("GET", "/vocab/%00", {}, 404, "application/problem+json"),
    ("GET", "/vocab/", {}, 404, "application/problem+json"),
    ("GET", "/context/..%2f..%2fcore.ttl.jsonld", {}, 404, "application/problem+json"),
    ("GET", "/context/v2.jsonld", {}, 404, "application/problem+json"),
    ("GET", "/context/%00.jsonld", {}, 404, "application/problem+json"),
    ("GET", f"/doc/{'x' * 20_000}", {}, 404, "application/problem+json"),
    ("GET", "/doc?iri=" + "urn:" + "x" * 20_000, {}, 404, "application/problem+json"),
    ("GET", "/doc?iri=file%3A%2F%2F%2Fetc%2Fpasswd", {}, 404, "application/problem+json"),
    ("GET", "/doc.trigx?iri=urn:x", {}, 404, "application/problem+json"),
]


@pytest.mark.parametrize("case", range(len(ODD)))
def test_odd_requests(client: httpx.Client, case: int) -> None:
    method, address, headers, status, expected = ODD[case]
    found = client.request(method, address, headers=headers)
    assert found.status_code == status, found.text[:500]
    if status in (301, 303):
        assert found.headers["location"] == expected
    elif status == 204:
        assert "GET" in found.headers["allow"] and "HEAD" in found.headers["allow"]
    else:
        assert found.headers["content-type"].startswith(expected)
    if method == "HEAD" or status == 301:
        assert found.content == b""
    assert "x-evil" not in found.headers and "root:" not in found.text and "onload" not in found.text
    if status == 405:
        assert "GET" in found.headers["allow"]


def test_a_missing_accept_header(client: httpx.Client) -> None:
    request = client.build_request("GET", FIRST)
    del request.headers["accept"]
    assert client.send(request).headers["content-type"].startswith("text/turtle")


def test_not_modified(client: httpx.Client) -> None:
    for url in (FIRST, f"{FIRST}.jsonld", f"{FIRST}?_profile=standard", "/context/v1.jsonld"):
        tag = client.get(url).headers["etag"]
        again = client.get(url, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(FIRST, headers={"If-None-Match": tag}).status_code == 200


def test_answers_by_profile_are_held_apart(client: httpx.Client) -> None:
    for _ in range(2):
        for name in ("standard", "labels", "full"):
            found = client.get(FIRST, headers={"Accept-Profile": f"<{NAMESPACE}{name}>"})
            assert found.headers["content-profile"] == f"<{NAMESPACE}{name}>"
