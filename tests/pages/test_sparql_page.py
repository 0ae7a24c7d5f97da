"""``/sparql`` in a browser: the editor, its completion, marks, drawings and tabs; and the form where no script runs."""

from __future__ import annotations

import gzip
import json
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import BUILT, Visit, lacking, overflow

LABELS = "SELECT ?class (COUNT(*) AS ?number) { ?s a ?class } GROUP BY ?class ORDER BY DESC(?number) LIMIT 12"
DATED = "PREFIX schema: <https://schema.org/> SELECT ?event ?name ?start { ?event schema:startDate ?start ; rdfs:label ?name } LIMIT 60"
PLACED = "PREFIX schema: <https://schema.org/> SELECT ?place ?label ?latitude ?longitude { ?place schema:latitude ?latitude ; schema:longitude ?longitude ; rdfs:label ?label }"
TIES = "PREFIX schema: <https://schema.org/> SELECT ?event ?body { ?event schema:organizer ?body } LIMIT 80"


def opened(visit: Visit, query: str | None = None, width: int = 1440) -> Page:
    page = visit("/sparql" if query is None else f"/sparql#query={quote(query)}", width)
    page.wait_for_selector("#editor .CodeMirror")
    return page


def shown(page: Page, plugin: str) -> None:
    page.locator(f".yasr_btn.select_{plugin}:visible").click()


@pytest.mark.parametrize("width", [375, 1440])
def test_an_answer_is_a_table_that_sorts_and_filters(visit: Visit, width: int) -> None:
    page = opened(visit, LABELS, width)
    rows = page.locator(".answer-table tbody tr")
    expect(rows).to_have_count(12)
    number = page.get_by_role("button", name="number", exact=True)
    number.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("number")
    cells = [int(text) for text in page.locator(".answer-table td:nth-child(2)").all_inner_texts()]
    assert cells == sorted(cells) and cells[0] < cells[-1]
    page.get_by_label("Filter rows").fill("Event")
    expect(rows.first).to_contain_text("Event")
    assert rows.count() < 12
    link = rows.first.locator("a").get_attribute("href")
    assert link and link.startswith("/doc?iri=")
    assert overflow(page) <= 0


def test_answers_are_drawn_where_their_columns_allow(visit: Visit) -> None:
    page = opened(visit, LABELS)
    page.wait_for_selector(".answer-table")
    offered = [
        name for name in ("chart", "timeline", "network") if page.locator(f".select_{name}").is_visible()
    ]
    assert offered == ["chart"]
    shown(page, "chart")
    expect(page.locator(".drawing rect")).to_have_count(12)
    page.goto(page.url.split("#")[0] + "#query=" + quote(DATED))
    page.reload()
    page.wait_for_selector(".answer-table:visible")
    assert (
        page.locator(".select_timeline:visible").count() == 1
        and page.locator(".select_network:visible").count() == 0
    )
    shown(page, "timeline")
    expect(page.locator(".drawing:visible rect")).to_have_count(60)
    page.goto(page.url.split("#")[0] + "#query=" + quote(PLACED))
    page.reload()
    page.wait_for_selector(".answer-table:visible")
    shown(page, "map")
    dots = page.locator(".drawing:visible circle")
    expect(dots.first).to_be_visible()
    box = page.locator(".drawing:visible").bounding_box()
    spots = [dot.bounding_box() for dot in dots.all()]
    assert box and len(spots) > 5
    assert all(
        spot
        and box["x"] <= spot["x"] <= box["x"] + box["width"]
        and box["y"] <= spot["y"] <= box["y"] + box["height"]
        for spot in spots
    )
    page.goto(page.url.split("#")[0] + "#query=" + quote(TIES))
    page.reload()
    page.wait_for_selector(".answer-table:visible")
    shown(page, "network")
    expect(page.locator(".drawing:visible line").first).to_be_attached()
    assert page.locator(".drawing:visible circle").count() > 5
    assert "/doc?iri=" in (page.locator(".drawing:visible a").first.get_attribute("href") or "")


def test_an_error_is_marked_where_it_is_and_said_in_words(visit: Visit) -> None:
    page = opened(visit, "SELECT * {\n  ?s ?p ?o\n  FILTER(?o >> 3)\n}")
    visit_noise(visit, 400)
    expect(page.get_by_role("alert")).to_contain_text("Line 3")
    expect(page.locator(".wrong-line")).to_contain_text("FILTER")
    page.locator(".CodeMirror textarea").first.press("Control+End")
    page.keyboard.type(" ")
    expect(page.locator(".wrong-line")).to_have_count(0)


def visit_noise(visit: Visit, status: int) -> None:
    """Takes what the console says of an answer with this status, which is expected."""
    page = visit.contexts[-1].pages[0]
    page.wait_for_selector("[role=alert]")
    visit.noise[:] = [noise for noise in visit.noise if f"status of {status}" not in noise]


def test_completion_knows_the_vocabulary_of_the_dataset(visit: Visit) -> None:
    page = opened(visit)
    editor = page.locator(".CodeMirror textarea").first
    editor.press("Control+a")
    page.keyboard.type("PREFIX mun: <https://w3id.org/muniment/ontology#>\nSELECT * { ?s a mun:Par")
    editor.press("Control+Space")
    expect(page.locator(".CodeMirror-hints")).to_contain_text("mun:Participation")
    page.keyboard.press("Escape")
    editor.press("Control+a")
    page.keyboard.type("SELECT * { ?s schema:name ?o }")  # a prefix that is not declared declares itself
    expect(page.locator(".CodeMirror-line").first).to_have_text("PREFIX schema: <https://schema.org/>")


def test_tabs_survive_a_reload_and_examples_open_in_their_own(visit: Visit) -> None:
    page = opened(visit)
    example = page.locator("a[data-query]").first
    name = example.inner_text()
    example.click()
    expect(page.locator(".tabsList .tab.active")).to_contain_text(name)
    page.wait_for_selector(".answer-table:visible, .yasr [role=alert]:visible")
    text = page.evaluate(
        "document.querySelector('.tabPanel.active .CodeMirror, .CodeMirror').CodeMirror.getValue()"
    )
    assert "#+" not in text
    page.reload()
    page.wait_for_selector("#editor .CodeMirror")
    expect(page.locator(".tabsList .tab.active")).to_contain_text(name)
    assert page.locator(".tabsList .tab").count() == 2


def test_an_answer_can_be_cited_explained_and_fetched(visit: Visit) -> None:
    page = opened(visit, LABELS)
    page.wait_for_selector(".answer-table")
    for words, path, more in (
        ("Cite this answer", "/sparql/cite", {}),
        ("Explain", "/sparql", {"explain": ["1"]}),
        ("csv", "/sparql", {"format": ["csv"]}),
    ):
        link = urlsplit(page.get_by_role("link", name=words, exact=True).get_attribute("href") or "")
        assert link.path == path
        asked = parse_qs(link.query)
        assert asked.pop("query") == [LABELS] and asked == more
    page.get_by_role("link", name="Cite this answer").click()
    expect(page.locator("main")).to_contain_text("SHA-256")


def test_the_editor_is_left_by_keyboard(visit: Visit) -> None:
    page = opened(visit)
    page.locator(".CodeMirror textarea").first.focus()
    before = page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")
    page.keyboard.press("Tab")
    assert page.evaluate(
        "document.activeElement.closest('.CodeMirror') === null || document.activeElement.tagName !== 'TEXTAREA'"
    )
    assert page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()") == before


def test_without_scripts_the_form_asks(visit: Visit) -> None:
    page = visit("/sparql", javascript=False)
    page.get_by_label("Query").fill("ASK { ?s ?p ?o }")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".answer")).to_have_text("yes")
    page = visit("/sparql", 375, javascript=False)
    page.locator("aside a").first.click()
    expect(page.locator("h1")).to_be_visible()


def test_the_page_is_light_and_the_editor_comes_later() -> None:
    """The bundle of the page is small; YASGUI, which is 290 kB of itself, is loaded once the page is there."""
    if not BUILT.exists():
        lacking("the scripts of the pages are not built")
    manifest = json.loads(BUILT.read_text("utf-8"))

    def weight(entry: str, seen: set[str]) -> int:
        seen.add(entry)
        size = len(gzip.compress((BUILT.parent / manifest[entry]["file"]).read_bytes()))
        return size + sum(
            weight(chunk, seen) for chunk in manifest[entry].get("imports", []) if chunk not in seen
        )

    assert weight("src/pages/sparql.ts", set()) < 60_000
    assert 60_000 < weight("src/sparql/editor.ts", set()) < 320_000
