"""What all pages have in common: they are quiet, accessible, fit their window, and speak to no other host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import WIDTHS, Visit, overflow, violations

STYLE = Path(__file__).resolve().parents[2] / "service/muniment_service/static/style.css"
PAGES = ("/", "/browse", "/browse/Event?sort=-schema:startDate", "/sources", "/sources?source=document/letter-dm-1132", "/disagreements", "/about", "/events", "/timeline", "/timeline?from=2004-11&until=2004-11&lanes=body", "/map", "/calendar?month=2004-11", "/networks", "/networks/co-organisation", "/networks/bodies-events#colour=class", "/queries", "/sparql", "/search?q=tunis",
         "/ontology", "/shapes", "/catalogue", "/releases", "/doc/event/prepcom-1", "/doc/body/itu", "/doc/document/letter-dm-1132", "/doc/event/none-of-that-name")  # fmt: skip
ALLOWED = (("scrollable-region-focusable", "CodeMirror-scroll"),)
"""The editor's scrolling part: the field in it that has the focus takes the keys."""
EXPECTED = {"/doc/event/none-of-that-name": "console error: Failed to load resource: the server responded with a status of 404 (Not Found)"}  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_quiet_fits_and_is_accessible(visit: Visit, path: str) -> None:
    page = visit(path)
    if path in EXPECTED:
        visit.noise.remove(EXPECTED[path])
    found = []
    for width in (*WIDTHS, 768):
        page.set_viewport_size({"width": width, "height": 900})
        if overflow(page) > 0:
            found.append(f"{width} px: {overflow(page)} too wide")
        if width not in WIDTHS:
            continue
        found += [f"{width} px: {violation}" for violation in violations(page, *ALLOWED)]
        page.emulate_media(color_scheme="dark")  # of all rules only that of contrast sees colours
        found += [
            f"{width} px, dark: {violation}"
            for violation in violations(page, *ALLOWED, rule="color-contrast")
        ]
        page.emulate_media(color_scheme="light")
    assert found == []


def test_all_of_the_navigation_is_in_sight_on_a_phone(visit: Visit) -> None:
    page = visit("/about")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    boxes = [link.bounding_box() for link in page.locator("header.site nav a").all()]
    assert len(boxes) > 6
    assert [box for box in boxes if box is None or box["x"] < 0 or box["x"] + box["width"] > WIDTHS[0]] == []


def test_the_button_of_colours_follows_the_system(visit: Visit) -> None:
    page = visit("/about")
    page.get_by_role("button", name="Use dark colours").wait_for()
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Use light colours").wait_for()
    page.emulate_media(color_scheme="light")


def test_the_listeners_hear(visit: Visit) -> None:
    """Each kind of noise, planted."""
    page = visit("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"width:3000px\">wide</p>')")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.2:9/x.png'}))")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'planted = 1'}))"
    )
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('div'), {id: 'wide'})); wide.style.width = wide.style.height = '3000px'"
    )
    with page.expect_event("pageerror"):
        page.evaluate("console.error('planted'); setTimeout(() => { throw new Error('planted') })")
    page.wait_for_load_state("networkidle")
    noise = "\n".join(visit.noise)
    assert "console error: planted" in noise
    assert "exception: planted" in noise
    assert "127.0.0.2:9" in noise and "Executing inline script violates" in noise
    assert "style-src 'self'" in noise  # the attribute, which markup may not have
    assert page.evaluate("window.planted") is None
    assert overflow(page) > 1000
    visit.noise.clear()


def test_axe_finds_what_is_planted(visit: Visit) -> None:
    page = visit("/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"/static/icon.svg\"><button></button>')"
    )
    assert {found.split(":")[0] for found in violations(page)} >= {"image-alt", "button-name"}
    page.emulate_media(color_scheme="dark")
    assert violations(page, rule="color-contrast") == []
    page.evaluate("document.querySelector('h1').style.color = '#333333'")
    assert [found.split(":")[0] for found in violations(page, rule="color-contrast")] == ["color-contrast"]


def test_colours_have_contrast() -> None:
    """WCAG 2.2: 4.5:1 for text, 3:1 for what tells parts of a drawing apart, in both themes."""
    tokens = dict(re.findall(r"--([a-z0-9-]+): light-dark\((#\w{6}, #\w{6})\)", STYLE.read_text("utf-8")))
    assert len(tokens) == 21
    grounds = ("paper", "panel", "raised", "tint")
    text = ("ink", "soft", "accent", "mark", "warn", "good")
    marks = ("edge", *(f"c{number}" for number in range(1, 9)))
    pairs = [(ground, front, 4.5) for ground in grounds for front in text]
    pairs += [(ground, front, 3.0) for ground in grounds[:3] for front in marks] + [
        ("accent", "on-accent", 4.5)
    ]
    weak = []
    for theme in (0, 1):
        for ground, front, least in pairs:
            found = contrast(tokens[ground].split(", ")[theme], tokens[front].split(", ")[theme])
            if found < least:
                weak.append(f"{front} on {ground}, {('light', 'dark')[theme]}: {found:.2f}, not {least}")
    assert weak == []
    assert contrast("#777777", "#888888") < 1.5


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
