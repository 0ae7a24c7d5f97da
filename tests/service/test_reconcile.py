"""``/reconcile`` as the Reconciliation Service API 0.2 describes it; the checks of form are written from the text of the specification."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from muniment.engine import EmbeddedStore
from muniment.project import Project
from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.context import Context
from muniment_service.publisher import Publisher

EVENT, PLACE = "https://w3id.org/muniment/ontology#Event", "https://w3id.org/muniment/ontology#Place"


@pytest.fixture(scope="module")
def service(tiny_release: Release, served_tiny: Store, transport: Any) -> Iterator[httpx.Client]:
    context = Context.of(
        served_tiny, InThread(served_tiny), Settings.for_release(tiny_release, {}), tiny_release
    )
    with httpx.Client(
        transport=transport(publish(Publisher(context))), base_url="http://localhost"
    ) as client:
        yield client


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def batch(client: httpx.Client, **queries: Any) -> dict[str, list[dict[str, Any]]]:
    """Candidates for queries; GET and POST have to agree, and each candidate has the form that it should have."""
    text = json.dumps(queries)
    posted = ok(client.post("/reconcile", data={"queries": text}))
    assert posted == ok(client.get("/reconcile", params={"queries": text}))
    assert posted.keys() == queries.keys()
    for answer in posted.values():
        assert answer.keys() == {"result"}
        scores = [candidate["score"] for candidate in answer["result"]]
        assert scores == sorted(scores, reverse=True)
        for candidate in answer["result"]:
            assert all(isinstance(candidate[key], str) and candidate[key] for key in ("id", "name"))
            assert isinstance(candidate["description"], str)
            assert isinstance(candidate["match"], bool)
            assert type(candidate["score"]) in (int, float)
            assert 0 <= candidate["score"] <= 100
            assert all(type_["id"] and type_["name"] for type_ in candidate["type"])
            features = [feature["id"] for feature in candidate["features"]]
            assert len(set(features)) == len(features) >= 3
            assert all(type(feature["value"]) in (bool, int, float) for feature in candidate["features"])
        assert sum(candidate["match"] for candidate in answer["result"]) <= 1
    return {name: answer["result"] for name, answer in posted.items()}


def test_the_manifest_names_what_is_there(service: httpx.Client, tiny: Project) -> None:
    manifest = ok(service.get("/reconcile"))
    assert "0.2" in manifest["versions"]
    assert manifest["name"] == tiny.title
    assert manifest["identifierSpace"] == tiny.ids
    assert re.match(r"https?://", manifest["schemaSpace"])
    assert EVENT in [type_["id"] for type_ in manifest["defaultTypes"]]
    thing = quote(f"{tiny.ids}place/veldria", safe="")
    for template in (manifest["view"]["url"], manifest["preview"]["url"]):
        assert "{{id}}" in template
        assert service.get(template.replace("{{id}}", thing)).status_code == 200
    assert all(isinstance(manifest["preview"][key], int) for key in ("width", "height"))
    asked = 0
    examples = {"entity": ("veld", thing), "type": ("ev", quote(EVENT, safe="")), "property": ("", None)}
    for kind, (prefix, identifier) in examples.items():
        entry = manifest["suggest"][kind]
        address = entry["service_url"] + entry["service_path"]
        first = ok(service.get(address, params={"prefix": prefix}))["result"][0]
        assert first["id"]
        assert first["name"]
        flyout = entry["flyout_service_url"] + entry["flyout_service_path"]
        assert "${id}" in flyout
        shown = ok(service.get(flyout.replace("${id}", identifier or quote(first["id"], safe=""))))
        assert shown.keys() == {"id", "html"}
        asked += 1
    assert asked == 3
    proposing = manifest["extend"]["propose_properties"]
    proposed = ok(
        service.get(proposing["service_url"] + proposing["service_path"], params={"type": EVENT, "limit": 4})
    )
    assert (proposed["type"], proposed["limit"], len(proposed["properties"])) == (EVENT, 4, 4)
    assert all(
        setting.keys() >= {"type", "label", "name"} for setting in manifest["extend"]["property_settings"]
    )


def test_names_are_matched(service: httpx.Client, tiny: Project) -> None:
    found = batch(
        service,
        exact={"query": "Saltbridge"},
        misprint={"query": "Saltbrige"},
        slip={"query": "Veldira"},
        other={"query": "Republic of Veldria", "limit": 1},
        none={"query": "Xyzzyqqq"},
        identifier={"query": f"{tiny.ids}place/veldria"},
        path={"query": "place/veldria"},
    )
    place, veldria = f"{tiny.ids}place/saltbridge", f"{tiny.ids}place/veldria"
    first = {name: (c[0]["id"], c[0]["match"]) for name, c in found.items() if c}
    assert first == {
        "exact": (place, True),
        "misprint": (place, True),
        "slip": (veldria, False),
        "other": (veldria, True),
        "identifier": (veldria, True),
        "path": (veldria, True),
    }
    assert found["none"] == []
    assert found["exact"][0]["score"] > found["misprint"][0]["score"] > found["slip"][0]["score"]
    assert len(found["other"]) == 1


def test_types_narrow_the_candidates(service: httpx.Client) -> None:
    found = batch(
        service,
        free={"query": "Saltbridge"},
        place={"query": "Saltbridge", "type": PLACE},
        short={"query": "Saltbridge", "type": ["mun:Place"]},
        either={"query": "Saltbridge", "type": [PLACE, "mun:Body"], "type_strict": "any"},
        both={"query": "Saltbridge", "type": [PLACE, "mun:Body"], "type_strict": "all"},
        should={"query": "Saltbridge", "type": [EVENT], "type_strict": "should"},
        unknown={"query": "Saltbridge", "type": "https://example.org/none"},
    )
    sizes = {name: len(candidates) for name, candidates in found.items()}
    assert sizes["free"] == sizes["should"] > sizes["place"] == sizes["short"] >= 1
    assert sizes["free"] >= sizes["either"] > sizes["place"]
    assert sizes["both"] == sizes["unknown"] == 0
    assert all(PLACE in [t["id"] for t in candidate["type"]] for candidate in found["place"])
    assert found["should"][0]["score"] < found["free"][0]["score"]
    assert not found["should"][0]["match"]


def test_properties_weigh_in(service: httpx.Client, tiny: Project, tiny_store: EmbeddedStore) -> None:
    rows = tiny_store.query(
        "SELECT ?event ?label ?start ?place { ?event schema:startDate ?start ; rdfs:label ?label ; schema:location ?place } ORDER BY ?event"
    )
    events = [{name: str(value) for name, value in row.items()} for row in rows]
    assert len(events) >= 2
    for event in events:
        right = [
            {"pid": "schema:startDate", "v": event["start"]},
            {"pid": "https://schema.org/location", "v": {"id": event["place"]}},
        ]
        wrong = [{"pid": "schema:startDate", "v": "1815-06-09"}]
        year = [{"pid": "schema:startDate", "v": [event["start"][:4], 7]}]
        found = batch(
            service,
            right={"query": event["label"], "properties": right},
            year={"query": event["label"], "properties": year},
            wrong={"query": event["label"], "properties": wrong},
            alone={"properties": right},
        )
        tops = {
            name: next(c for c in candidates if c["id"] == event["event"])
            for name, candidates in found.items()
        }
        assert found["right"][0]["id"] == event["event"]
        assert tops["right"]["match"] and tops["year"]["match"]
        assert not tops["wrong"]["match"]
        assert tops["right"]["score"] == 100 > tops["wrong"]["score"]
        assert {"id": "property:schema:startDate", "value": 100.0} in tops["right"]["features"]


def test_a_year_is_no_beginning_of_what_is_no_date(service: httpx.Client) -> None:
    [candidate] = batch(
        service,
        q={"query": "Letter VWA-12", "properties": [{"pid": "dcterms:identifier", "v": "VWA"}], "limit": 1},
    )["q"]
    assert {"id": "property:dcterms:identifier", "value": 100.0} not in candidate["features"]


def test_things_are_extended(service: httpx.Client, tiny: Project) -> None:
    asked = {
        "ids": [f"{tiny.ids}event/third-meeting", "place/veldria", "none at all"],
        "properties": [
            {"id": "https://schema.org/location"},
            {"id": "rdfs:label", "settings": {"limit": 1}},
            {"id": "schema:startDate"},
        ],
    }
    posted = ok(service.post("/reconcile", data={"extend": json.dumps(asked)}))
    assert posted == ok(service.get("/reconcile", params={"extend": json.dumps(asked)}))
    assert [entry["id"] for entry in posted["meta"]] == [p["id"] for p in asked["properties"]]
    assert all(entry["name"] for entry in posted["meta"])
    assert list(posted["rows"]) == asked["ids"]
    cells = 0
    for row in posted["rows"].values():
        assert list(row) == [p["id"] for p in asked["properties"]]
        for values in row.values():
            for cell in values:
                assert cell.keys() in ({"id", "name"}, {"str"}, {"int"}, {"float"})
                cells += 1
    assert cells >= 4
    first = posted["rows"][asked["ids"][0]]
    assert first["https://schema.org/location"][0]["id"].startswith(tiny.ids)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", first["schema:startDate"][0]["str"])
    assert (
        first["rdfs:label"] == [{"str": "Third meeting of the Lake Mirelle Commission"}]
        or len(first["rdfs:label"]) == 1
    )
    assert posted["rows"]["none at all"] == {p["id"]: [] for p in asked["properties"]}


def test_suggestions_can_be_passed_over(service: httpx.Client) -> None:
    every = ok(service.get("/reconcile/suggest/property", params={"prefix": ""}))["result"]
    rest = ok(service.get("/reconcile/suggest/property", params={"prefix": "", "cursor": 5}))["result"]
    assert len(every) == 20
    assert rest[:15] == every[5:]
    assert "start date" in [
        p["name"] for p in ok(service.get("/reconcile/suggest/property?prefix=start"))["result"]
    ]
    entity = ok(service.get("/reconcile/suggest/entity?prefix=saltbr"))["result"]
    assert entity[0]["notable"] == [{"id": PLACE, "name": "Place"}]


def test_a_preview_may_be_framed_and_nothing_else_may(service: httpx.Client) -> None:
    preview = service.get("/reconcile/preview", params={"id": "place/veldria"})
    assert "Veldria" in preview.text
    assert "frame-ancestors *" in preview.headers["Content-Security-Policy"]
    assert (
        "frame-ancestors 'none'"
        in service.get("/", headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
    )


DEEP = "[" * 100_000
WRONG: dict[str, tuple[dict[str, Any], int]] = {
    "no JSON": ({"queries": "{"}, 400),
    "no object": ({"queries": "[]"}, 400),
    "deep": ({"queries": DEEP}, 400),
    "query no object": ({"queries": '{"q": "x"}'}, 400),
    "nothing asked": ({"queries": '{"q": {}}'}, 400),
    "blank": ({"queries": '{"q": {"query": " "}}'}, 400),
    "type": ({"queries": '{"q": {"query": "x", "type": [1]}}'}, 400),
    "limit": ({"queries": '{"q": {"query": "x", "limit": -1}}'}, 400),
    "strict": ({"queries": '{"q": {"query": "x", "type_strict": "maybe"}}'}, 400),
    "properties": ({"queries": '{"q": {"query": "x", "properties": [{"pid": 1}]}}'}, 400),
    "property": (
        {"queries": '{"q": {"query": "veldria", "properties": [{"pid": "x> ?p ?o } #", "v": 1}]}}'},
        400,
    ),
    "long": ({"queries": json.dumps({"q": {"query": "x" * 600}})}, 413),
    "many": ({"queries": json.dumps({str(n): {"query": "x"} for n in range(51)})}, 413),
    "both": ({"queries": "{}", "extend": "{}"}, 400),
    "neither": ({"other": "1"}, 400),
    "extend": ({"extend": '{"ids": "x"}'}, 400),
    "extend many": ({"extend": json.dumps({"ids": ["x"] * 201, "properties": []})}, 413),
    "extend property": ({"extend": '{"ids": [], "properties": [{"id": "no IRI"}]}'}, 400),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_explained(service: httpx.Client, case: str) -> None:
    form, status = WRONG[case]
    answer = service.post("/reconcile", data=form)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 10


def test_values_cannot_leave_their_place_in_a_query(service: httpx.Client) -> None:
    hostile = ['"', "\\", 'x" . } DROP', "<x>", "\n", "}", "\x00"]
    for value in hostile:
        found = batch(service, q={"properties": [{"pid": "rdfs:label", "v": [value, {"id": value}]}]})
        assert found["q"] == []


def test_other_bodies_are_refused(service: httpx.Client) -> None:
    assert service.post("/reconcile", json={"queries": {}}).status_code == 415
    big = service.post("/reconcile", data={"queries": "x" * 1_100_000})
    assert big.status_code == 413
    for address in (
        "/reconcile/preview?id=none",
        "/reconcile/flyout/entity?id=none",
        "/reconcile/flyout/x?id=y",
    ):
        assert service.get(address).status_code == 404
    for address in ("/reconcile/properties?type=none", "/reconcile/flyout/type?id=none"):
        assert service.get(address).status_code == 404
    assert service.get("/reconcile/suggest/entity?cursor=-1").status_code == 400
