"""The page of a thing in a browser: why each fact is held, by mouse and by keyboard, with and without JavaScript, on a phone, printed."""

from __future__ import annotations

import pytest

from .conftest import WIDTHS, Visit, overflow, violations

EVENT, BODY = "/doc/event/prepcom-1", "/doc/body/itu"


@pytest.mark.parametrize("javascript", [True, False])
def test_why_opens_beside_a_fact(visit: Visit, javascript: bool) -> None:
    for width in WIDTHS:
        page = visit(EVENT, width, javascript=javascript)
        row = page.locator("dl.stated > div", has_text="begins").first
        why = row.get_by_text("Why?")
        assert not row.get_by_text("Said instead").is_visible()
        why.click()
        row.get_by_text("Said instead").wait_for()
        here, there = (row.locator(".sides > div").nth(n).bounding_box() for n in (0, 1))
        assert here and there
        beside = there["x"] > here["x"] + 50
        assert beside if width > 1000 else there["y"] > here["y"] + 20
        assert overflow(page) <= 0


def test_why_by_keyboard_is_accessible_and_printed(visit: Visit) -> None:
    page = visit(EVENT)
    summary = page.locator("details.why > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.why[open]").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.reasons') !== null")
    page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true })")
    assert violations(page) == []
    page.emulate_media(media="print")
    assert page.locator("details.why .reasons").first.is_visible()
    page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = false })")
    assert not page.locator("details.why summary").first.is_visible()


def test_drawings_stay_within_the_page(visit: Visit) -> None:
    page = visit(BODY)
    for width in (375, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for drawing in ("svg.strip", "svg.amid"):
            box = page.locator(drawing).first.bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] > 20
        assert overflow(page) <= 0
    assert page.locator("svg.amid circle").count() >= 3 and page.locator("svg.strip rect").count() >= 2
    page.get_by_role("link", name="In the network").click()
    page.wait_for_url("**/networks/co-organisation?ego=*")


def test_why_opens_in_the_row_of_a_section_and_beside_what_points_to_a_thing(visit: Visit) -> None:
    page = visit(BODY)
    cell = page.locator("table.section td.to-why details").first
    cell.locator("summary").click()
    reasons = cell.locator(".reasons")
    assert "line" in reasons.inner_text() and reasons.locator("a").count() >= 2
    pointing = page.locator("h2:text-is('What points to it') + dl details.why").first
    pointing.locator("summary").press("Enter")
    assert pointing.locator(".reasons").is_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0
    assert violations(page) == []
