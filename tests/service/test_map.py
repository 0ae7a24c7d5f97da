"""Events in space by HTTP, the projection and the outlines, each held against something that was not written here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import pi, radians, sin
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
import shapely.geometry
from engine_stores import Stores
from hypothesis import given
from hypothesis import strategies as st

from muniment_service import Settings
from muniment_service.drawings.labels import Boxed, with_room
from muniment_service.drawings.world import HEIGHT, WORLD, frame_of, project

WORLD_SVG = Path(__file__).resolve().parents[2] / "service/muniment_service/static/world.svg"
HTML = {"Accept": "text/html"}
SVG = "{http://www.w3.org/2000/svg}"
TRIG = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix mun: <https://w3id.org/muniment/ontology#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://example.org/set/id/> .
<event/1> a mun:Event ; schema:startDate "2004-06-23"^^xsd:date ; schema:location <place/room> .
<event/2> a mun:Event ; schema:startDate "2004-07-01"^^xsd:date ; schema:location <place/city> .
<event/3> a mun:Event ; schema:startDate "2006-07"^^xsd:gYearMonth ; schema:location <place/south> .
<event/4> a mun:Event ; schema:location <place/elsewhere> . <event/5> a mun:Event . <event/6> a mun:Event ; schema:location <place/wrong> .
<place/room> a mun:Place ; rdfs:label "Room"@en ; schema:containedInPlace <place/city> .
<place/city> a mun:Place ; rdfs:label "<i>City</i>"@en ; schema:latitude 46.2 ; schema:longitude 6.1 ; schema:containedInPlace <place/land> .
<place/land> a mun:Place ; rdfs:label "Land"@en . <place/elsewhere> a mun:Place ; rdfs:label "Elsewhere"@en .
<place/south> a mun:Place ; rdfs:label "South"@en ; schema:latitude -33.9 ; schema:longitude 151.2 .
<place/wrong> a mun:Place ; rdfs:label "Wrong"@en ; schema:latitude 460 ; schema:longitude 6 .
"""
Connect = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def sets(settings: Settings, connect: Connect, stores: Stores) -> Iterator[httpx.Client]:
    with connect(stores.of(TRIG, settings.prefixes), settings) as client:
        yield client


def circles(text: str) -> dict[str, tuple[float, float, float]]:
    """What a circle says -> its place in percent, and its radius."""
    start = text.index('<svg class="map"')
    svg = ElementTree.fromstring(text[start : text.rindex("</svg>", start, text.index("</div>", start)) + 6])
    found = {}
    for link in svg.iter("a"):
        circle = link.find("circle")
        assert circle is not None
        x, y = (float(circle.attrib[name].rstrip("%")) for name in ("cx", "cy"))
        found[link.findtext("title") or ""] = (x, y, float(circle.attrib["r"]))
    return found


def test_places_stand_where_they_are_with_areas_as_counts(sets: httpx.Client) -> None:
    text = sets.get("/map", headers=HTML).text
    found = circles(text)
    assert set(found) == {"<i>City</i>: 2 events", "South: 1 event"}
    city, south = found["<i>City</i>: 2 events"], found["South: 1 event"]
    assert city[0] < south[0] and city[1] < south[1]
    assert (city[2] / south[2]) ** 2 == pytest.approx(2, rel=0.02)
    words = text[text.index("Where no coordinates are known") :]
    assert "Elsewhere" in words and "Wrong" in words and "1 event without a place" in words
    assert "<i>City" not in text and "style=" not in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?until=2005", {"<i>City</i>: 2 events"}),
        ("?from=2006-07-04", {"South: 1 event"}),
        ("?place=place/land", {"<i>City</i>: 2 events"}),
    ],
)
def test_the_map_has_the_filters_of_events(sets: httpx.Client, query: str, expected: set[str]) -> None:
    assert set(circles(sets.get(f"/map{query}", headers=HTML).text)) == expected
    points = sets.get(f"/events.geojson{query}").json()["features"]
    assert {f"{p['properties']['label']}: {p['properties']['events']}" for p in points} == {
        name.rpartition(" ")[0] for name in expected
    }


def test_places_for_browsers_lead_to_the_map(sets: httpx.Client) -> None:
    for path, headers in (("/places", HTML), ("/places.html", {})):
        answer = sets.get(path, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/map")
    assert sets.get("/places").json()["type"] == "FeatureCollection"
    assert sets.get("/map", headers={"Accept": "application/geo+json"}).status_code == 406
    assert "/events.geojson" in sets.get("/map").headers["link"]


def test_a_set_without_places(settings: Settings, connect: Connect, stores: Stores) -> None:
    place = "<https://example.org/set/id/place/a> a <https://schema.org/Place> ."
    with connect(stores.of(place), settings) as client:
        assert "No event fits" in client.get("/map", headers=HTML).text


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        ((0, 0), (5000, HEIGHT / 2)),
        ((180, 0), (WORLD, HEIGHT / 2)),
        ((0, 90), (5000, 0)),
        ((-180, -90), (5000 - 5000 * 0.59, HEIGHT)),
    ],
)
def test_the_projection_meets_published_points(
    degrees: tuple[float, float], expected: tuple[float, float]
) -> None:
    """Equal Earth: 2.7066 from centre to edge; poles are lines 0.59 times as long as the equator (Šavrič and others, 2019)."""
    assert project(*degrees) == pytest.approx(expected, abs=25)
    assert pytest.approx(2.0546, abs=0.001) == WORLD / HEIGHT


@given(st.floats(-175, 175), st.floats(-85, 85))
def test_the_projection_keeps_areas(longitude: float, latitude: float) -> None:
    step = 0.01
    corners = [
        project(longitude + dx * step, latitude + dy * step) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    drawn = shapely.geometry.Polygon(corners).area
    true = radians(step) * (sin(radians(latitude + step)) - sin(radians(latitude)))
    assert drawn / true == pytest.approx((WORLD / (2 * 2.70663)) ** 2, rel=0.002)


def test_the_outlines_are_small_and_have_the_continents_in_place() -> None:
    assert WORLD_SVG.stat().st_size < 60_000
    svg = ElementTree.parse(WORLD_SVG).getroot()
    paths = {path.attrib["id"]: path.attrib["d"] for path in svg.iter(f"{SVG}path")}
    assert set(paths) == {"sphere", "land", "borders"}
    land = shapely.geometry.MultiPolygon(
        [[ring, []] for ring in rings(paths["land"]) if len(ring) > 3]
    ).buffer(0)
    for place, here in {
        (2, 47): True,
        (-100, 40): True,
        (135, -25): True,
        (100, 65): True,
        (0, -85): True,
        (-175, -88): True,
        (-150, 0): False,
        (-30, 30): False,
        (80, -40): False,
        (0, 85): False,
    }.items():
        assert land.contains(shapely.geometry.Point(project(*place))) == here, place
    # Land is 29 % of the Earth, and this projection keeps areas: the sphere is the world less its corners.
    sphere = shapely.geometry.Polygon(next(iter(rings(paths["sphere"]))))
    assert land.area / sphere.area == pytest.approx(0.29, abs=0.015)
    assert sphere.area == pytest.approx(4 * pi * (WORLD / (2 * 2.70663)) ** 2, rel=0.003)


def rings(path: str) -> Iterator[list[tuple[int, int]]]:
    """The rings of a path of relative lines."""
    for start, steps in re.findall(r"M(\d+ -?\d+)l([^Mz]*)", path):
        x, y = map(int, start.split())
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        ring = [(x, y)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        yield ring


def test_frames() -> None:
    assert (frame_of([]).x, frame_of([]).width) == (0, WORLD)
    near = frame_of([project(6.1, 46.2), project(13.4, 52.5)])
    assert near.width < 2000 and all(
        5 < part < 95 for point in ((6.1, 46.2), (13.4, 52.5)) for part in near.place(*project(*point))
    )
    assert frame_of([project(-170, 60), project(170, -40)]).width == WORLD


@given(
    st.lists(
        st.builds(
            Boxed, st.floats(0, 100), st.floats(0, 100), st.floats(2, 20), st.text(min_size=1, max_size=20)
        ),
        max_size=20,
    )
)
def test_labels_do_not_cover_each_other(points: list[Boxed]) -> None:
    found = with_room(points, 800, 450, ("right",))
    boxes = [
        shapely.geometry.box(
            p.left * 8 + p.radius + 3,
            p.top * 4.5 - 8,
            p.left * 8 + p.radius + 3 + 7 * len(p.label),
            p.top * 4.5 + 8,
        )
        for at, p in enumerate(points)
        if at in found
    ]
    assert all(one.intersection(other).area < 1e-6 for at, one in enumerate(boxes) for other in boxes[:at])


def test_a_lone_label_has_room() -> None:
    assert with_room([Boxed(50, 50, 5, "Here")], 800, 450) == {0: "right"}
    assert with_room([Boxed(99, 50, 5, "Here")], 800, 450) == {0: "left"}
