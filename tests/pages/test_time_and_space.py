"""Timeline, map and calendar as people use them: with a mouse, by keyboard, without scripts, on a phone."""

from __future__ import annotations

import gzip
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import BUILT, Visit, lacking, overflow

SETTLED = "[data-settled]"


def asked(page: Page) -> dict[str, str]:
    """The parameters in the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def days(page: Page) -> int:
    """How long a time the address names."""
    return int(page.evaluate(
        "() => { const p = new URL(location).searchParams; return (new Date(p.get('until')) - new Date(p.get('from'))) / 86400000 }"
    ))  # fmt: skip


def settled(page: Page, act: str) -> None:
    """Until what follows a move has happened."""
    page.wait_for_function(
        "was => { const now = document.querySelector('[data-timeline]').dataset.settled; return now && now !== was && now === location.pathname + location.search }",
        arg=act,
    )


def state(page: Page) -> str:
    return str(page.locator("[data-timeline]").get_attribute("data-settled"))


def test_one_zooms_into_the_timeline(visit: Visit) -> None:
    page = visit("/timeline")
    page.wait_for_selector(SETTLED)
    everything = page.locator("svg.lanes a.event").count()
    listed = page.locator(".agenda li").count()
    assert everything == listed > 50  # by type: each event is in one lane
    before = state(page)
    page.get_by_role("button", name="Zoom in").click()
    settled(page, before)
    near, length = page.locator("svg.lanes a.event").count(), days(page)
    assert near == page.locator(".agenda li").count() and 0 < near <= everything
    assert page.locator("input[name=from]").input_value() == asked(page)["from"]
    assert f"from={asked(page)['from']}" in str(
        page.locator('.views a[data-view="/events"]').get_attribute("href")
    )

    before = state(page)
    box = page.locator("[data-timeline]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    settled(page, before)
    assert days(page) < length
    length, first = days(page), asked(page)["from"]

    before = state(page)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 200, box["y"] + 60, steps=4)
    page.mouse.up()
    settled(page, before)
    assert (
        asked(page)["from"] < first
        and abs(days(page) - length) <= 1
        and urlsplit(page.url).path == "/timeline"
    )

    shared = visit(page.url)
    shared.wait_for_selector(SETTLED)
    labels = (
        "() => [...document.querySelectorAll('svg.lanes a.event')].map(a => a.getAttribute('href')).sort()"
    )
    assert shared.evaluate(labels) == page.evaluate(labels)
    before = state(page)
    page.get_by_role("button", name="All of the time").click()
    settled(page, before)
    assert asked(page) == {} and page.locator("svg.lanes a.event").count() == everything


def test_the_timeline_by_keyboard(visit: Visit) -> None:
    page = visit("/timeline")
    page.wait_for_selector(SETTLED)
    drawing = page.locator("[data-timeline]")
    drawing.focus()
    for key in ("+", "+", "+", "ArrowRight", "-"):
        before = state(page)
        page.keyboard.press(key)
        settled(page, before)
    assert days(page) > 30
    page.keyboard.press("Tab")
    card = page.locator(".card")
    expect(card).to_be_visible()
    event = page.evaluate("document.activeElement.getAttribute('href')")
    assert event.startswith("/doc/") and card.inner_text().strip()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.locator("select[name=lanes]").select_option("body")
    page.wait_for_url("**lanes=body**")
    page.locator("select[name=lanes]").select_option("none")
    page.wait_for_url("**lanes=none**")
    assert page.locator("svg.lanes text.lane").count() == 1
    drawing.focus()
    page.keyboard.press("0")
    page.wait_for_url("**/timeline?lanes=none")


def test_the_timeline_by_touch(visit: Visit) -> None:
    """On a phone: lanes, two fingers spread, one finger moves, buttons zoom."""
    page = visit("/timeline", 375, has_touch=True)
    page.wait_for_selector(SETTLED)
    drawing = page.locator("[data-timeline]")
    expect(page.locator("svg.lanes.live")).to_be_visible()
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)

    def moved(*paths: tuple[float, float]) -> None:
        """Fingers go from one place to another, in parts of the width, side by side."""
        before = state(page)
        y = box["y"] + 60

        def points(part: float) -> list[dict[str, float]]:
            return [
                {"x": box["x"] + box["width"] * (a + (b - a) * part), "y": y, "id": number}
                for number, (a, b) in enumerate(paths)
            ]

        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points(0)})
        for step in range(1, 6):
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points(step / 5)})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        settled(page, before)

    moved((0.4, 0.2), (0.6, 0.8))
    near, first = days(page), asked(page)["from"]
    moved((0.3, 0.7))
    assert asked(page)["from"] < first and abs(days(page) - near) <= 2
    before = state(page)
    page.get_by_role("button", name="Zoom in").click()
    settled(page, before)
    assert days(page) < near
    page.locator("select[name=lanes]").select_option("body")
    page.wait_for_url("**lanes=body**")
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [375, 1440])
def test_labels_of_the_timeline_stay_inside(visit: Visit, width: int) -> None:
    """A label with room on neither side of its event is shortened."""
    page = visit("/timeline", width=width)
    page.wait_for_selector(SETTLED)
    hint = page.locator("[data-zoom] .hint").inner_text()
    assert ("Ctrl" in hint) == (width > 600)
    ends = page.evaluate("""() => {
      const edge = document.querySelector("svg.lanes.live").getBoundingClientRect();
      return [...document.querySelectorAll("svg.lanes.live a.event text")].map((text) => {
        const box = text.getBoundingClientRect();
        return [box.left - edge.left, edge.right - box.right];
      });
    }""")
    assert len(ends) > 10 and min(map(min, ends)) >= -1, f"{ends}"


@pytest.mark.parametrize("width", [375, 1440])
def test_time_and_space_without_scripts(visit: Visit, width: int) -> None:
    page = visit("/timeline", width, javascript=False)
    marks, items = page.locator("svg.lanes a.event"), page.locator(".agenda li")
    assert marks.count() == items.count() > 50
    assert page.locator("svg.lanes").is_visible() == (
        width > 768
    )  # on a phone the list is better than a tiny picture
    assert page.locator("rect.soft-both").count() > 3
    assert "planned for" in page.locator("#undated").inner_text()
    assert overflow(page) <= 0
    bar = page.locator("svg.density a").nth(3)
    name = str(bar.locator("title").text_content()).partition(":")[0]
    bar.click()
    assert page.locator("[data-window]").inner_text() == name
    assert 0 < page.locator(".agenda li").count() < 40
    page.get_by_role("link", name="Map").last.click()
    assert urlsplit(page.url).path == "/map" and asked(page)["from"]
    assert page.locator("svg.map circle").count() == page.locator("ol.places").first.locator("li").count() > 0
    page.get_by_role("link", name="Calendar").last.click()
    assert page.locator("#month").inner_text() == name
    assert page.locator("table.month td li").count() > 0 and overflow(page) <= 0
    page.locator("a[rel=next]").click()
    assert page.locator("#month").inner_text() != name


def test_the_map(visit: Visit) -> None:
    page = visit("/map")
    page.wait_for_selector("[data-ready]")
    world, points = page.locator("svg.world"), page.locator("svg.map .points a")
    everywhere, number = str(world.get_attribute("viewBox")), points.count()
    assert number > 10 and page.locator("svg.map .outside").count() == 0
    assert (
        page.evaluate("document.querySelector('svg.world .land').getBBox().width") > 9000
    )  # the outlines are there
    page.get_by_role("button", name="Zoom in").click()
    expect(world).not_to_have_attribute("viewBox", everywhere)
    near = str(world.get_attribute("viewBox"))
    page.locator("[data-map]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("+")
    expect(world).not_to_have_attribute("viewBox", near)
    assert re.fullmatch(r"-?\d+,-?\d+,\d+", urlsplit(page.url).fragment)
    assert page.locator("svg.map .outside").count() > 0
    shared = visit(page.url)
    shared.wait_for_selector("[data-ready]")
    expect(shared.locator("svg.world")).to_have_attribute(
        "viewBox", re.compile(rf"^{urlsplit(page.url).fragment.split(',')[0]}\b")
    )
    page.keyboard.press("0")
    expect(world).to_have_attribute("viewBox", re.compile(rf"^{re.escape(everywhere.split()[0])}"))

    label = str(points.nth(1).locator("title").text_content())
    page.locator(".times svg.density a").nth(3).click()
    page.wait_for_url("**from=**")
    expect(page.locator("svg.map .points a")).not_to_have_count(number)
    assert page.locator("input[name=from]").input_value() == asked(page)["from"]
    page.go_back()
    expect(page.locator("svg.map .points a")).to_have_count(number)
    page.locator("svg.map .points a").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/events?**")
    assert re.search(r"(\d+) event", page.locator("main p.soft").first.inner_text())
    assert label.rpartition(": ")[0] in page.locator("h1").inner_text()


def test_bundles_are_small() -> None:
    if not BUILT.exists():
        lacking("the scripts of the pages are not built (`make pages`, which needs Node)")
    manifest = json.loads(BUILT.read_text("utf-8"))
    sizes = {}
    for key, chunk in manifest.items():
        if chunk.get("isEntry"):
            files, waiting = set(), [key]
            while waiting:
                entry = manifest[waiting.pop()]
                files.add(entry["file"])
                waiting += entry.get("imports", [])
            sizes[chunk["name"]] = sum(
                len(gzip.compress((BUILT.parent / file).read_bytes())) for file in files
            )
    assert {"timeline", "map", "site"} <= set(sizes)
    assert {
        name: size for name, size in sizes.items() if name in ("timeline", "map", "site") and size > 60_000
    } == {}
