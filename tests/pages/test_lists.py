"""Lists, the first page and pages of errors in a browser: with and without scripts, at two widths, by keyboard."""

from __future__ import annotations

import re

from muniment.search.fold import fold

from .conftest import Visit, overflow


def labels(page: object) -> list[str]:
    return page.locator("table.list tbody th").all_inner_texts()  # type: ignore[attr-defined, no-any-return]


def test_a_list_is_sorted_narrowed_and_paged_without_scripts(visit: Visit) -> None:
    page = visit("/browse", 375, javascript=False)
    page.locator("ul.cards a").first.click()
    assert overflow(page) <= 0
    first = labels(page)
    assert len(first) > 20 and first == sorted(first, key=fold)
    page.locator("table.list thead a").nth(1).click()
    assert page.locator("table.list thead th").nth(1).get_attribute("aria-sort") == "ascending"
    page.locator("table.list thead a").nth(1).click()
    assert page.locator("table.list thead th").nth(1).get_attribute("aria-sort") == "descending"
    assert labels(page) != first
    total = int(re.search(r"\d+", page.locator("[role=status]").inner_text())[0])  # type: ignore[index]
    page.locator("aside#narrow a").first.click()
    fewer = int(re.search(r"\d+", page.locator("[role=status]").inner_text())[0])  # type: ignore[index]
    assert 0 < fewer < total and "sort=" in page.url
    page.locator(".chosen a").first.click()
    page.get_by_role("link", name="Next").click()
    assert page.locator(".pages").inner_text().count("Page 2")
    page.locator("details.columns summary").click()
    boxes = page.locator("details.columns input[type=checkbox]")
    shown = page.locator("table.list thead th").count()
    boxes.nth(0).uncheck()
    page.locator("details.columns button").click()
    assert "column=" in page.url and page.locator("table.list thead th").count() == shown - 1
    assert overflow(page) <= 0


def test_search_on_the_first_page_completes_by_keyboard(visit: Visit) -> None:
    page = visit("/")
    field = page.locator("form.large input")
    field.focus()
    field.fill("gen")  # at once: each letter asks again, and an answer that comes late takes the choice away
    options = page.locator("form.large [role=option]")
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    assert options.first.get_attribute("aria-selected") == "true"
    name = options.first.locator("bdi").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/**")
    assert name in page.locator("main").inner_text()


def test_the_first_page_leads_to_lists_and_lines_can_be_copied(visit: Visit) -> None:
    page = visit("/", 375)
    assert page.locator("pre[data-copy] + button.copy, .copyable button.copy").count() >= 5
    count = page.locator("ul.counts b").first.inner_text()
    page.locator("ul.counts a").first.click()
    assert f"{count} things" in page.locator("[role=status]").inner_text()


def test_a_slip_in_an_address_is_forgiven(visit: Visit) -> None:
    page = visit("/browse/Event?limit=1", javascript=False)
    href = page.locator("table.list tbody th a").first.get_attribute("href") or ""
    answer = page.goto(f"{visit.service}{href[:-1]}")
    visit.noise.clear()  # the browser says on its console that this is a 404
    assert answer is not None and answer.status == 404
    page.locator(f'ul.near a[href="{href}"]').click()
    assert page.url.endswith(href)
