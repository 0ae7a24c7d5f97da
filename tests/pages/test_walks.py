"""What people do on every page: go through it by keyboard, search while they type, choose light or dark, copy, print, do without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import WIDTHS, Visit, overflow
from .test_frame import PAGES


def focused(page: Page) -> str:
    """The words of what has the focus."""
    return str(
        page.evaluate("(document.activeElement.textContent || document.activeElement.name || '').trim()")
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_a_thing_is_found_by_keyboard_alone(visit: Visit, width: int) -> None:
    page = visit("/about" if "/about" in PAGES else "/queries", width)
    page.keyboard.press("Tab")
    assert focused(page) == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(page.url.split("#")[0])
    field = page.get_by_role("combobox", name="Search")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "search":
            break
    expect(field).to_be_focused()
    page.keyboard.type("prepcm")  # a slip
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    page.keyboard.type("o")
    with page.expect_response(lambda answer: "q=prepcm&" in answer.url):
        page.keyboard.press("Backspace")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    name = page.locator('[role="option"][aria-selected="true"] bdi').inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/doc[/?]"))
    expect(page.locator("h1")).to_contain_text(name.split()[0])


def test_light_and_dark_are_chosen_and_kept(visit: Visit) -> None:
    page = visit("/", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Use dark colours").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(visit.service + "/queries")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Use light colours").click()
    assert page.evaluate(ground) == light


def test_lines_are_copied(visit: Visit) -> None:
    page = visit("/", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator(".copyable").first
    block.get_by_role("button", name="Copy").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("pre").inner_text().strip()


def test_paper_has_no_buttons(visit: Visit) -> None:
    page = visit("/", color_scheme="dark")
    page.emulate_media(media="print")
    for part in page.locator("header nav, form, button").all():
        expect(part).to_be_hidden()
    assert (
        page.evaluate(
            "getComputedStyle(document.body).colorScheme || getComputedStyle(document.documentElement).colorScheme"
        )
        == "light"
    )
    expect(page.locator("h1")).to_be_visible()


def test_every_page_is_whole_without_scripts(visit: Visit) -> None:
    page = visit("/", javascript=False)
    wrong = []
    for path in PAGES:
        page.goto(visit.service + path)
        for width in (*WIDTHS, 768):
            page.set_viewport_size({"width": width, "height": 900})
            if overflow(page) > 0:
                wrong.append(f"{path} at {width}: {overflow(page)} too wide")
        if len(page.locator("main").inner_text()) < 100 or page.locator("h1").count() != 1:
            wrong.append(f"{path} says little")
        if "noscript" in page.content().lower():
            wrong.append(f"{path} asks for scripts")
    visit.noise[:] = [said for said in visit.noise if "404 (Not Found)" not in said]
    assert wrong == []


@pytest.mark.parametrize("path", ["/"])
def test_a_page_that_is_held_comes_at_once(visit: Visit, path: str) -> None:
    """The second request is answered from what is held, and not again where the browser has it."""
    page = visit(path)
    found = page.request.get(visit.service + path, headers={"Accept": "text/html"})
    tag = found.headers["etag"]
    again = page.request.get(visit.service + path, headers={"Accept": "text/html", "If-None-Match": tag})
    assert (found.status, again.status) == (200, 304)
