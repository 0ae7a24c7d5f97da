"""Labels that would run as script, turn the text around, fill the page, or say nothing at all: nothing breaks, nothing runs."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle

import pytest
from playwright.sync_api import Browser

from muniment.build import build
from muniment.project import find_project

from .conftest import ROOT, WIDTHS, Visit, overflow, serving

HOSTILE = (
    "<script>window.ran = 1</script>",
    "\u202etxet denrut",
    "long " + "x" * 10_000,
    "\U0001f433\U0001f469\u200d\U0001f469\u200d\U0001f467 emoji",
    '"><img src=x onerror="window.ran = 1">',
    "{{ 7 * 7 }}",
    "\u0645\u0624\u062a\u0645\u0631 \u0627\u0644\u0642\u0645\u0629",
    "</script></textarea><script>window.ran = 1</script>",
    "' onmouseover='window.ran = 1",
    "&lt;b&gt; &amp; \\u003c",
)
"""Each goes into labels of the tiny dataset in turn, with a number, since names may have to differ."""
LABEL = re.compile(r"\blabel: (\"[^\"]*\"|[^,}\n]+)")
PAGES = ("/", "/browse", "/browse/Event", "/sources", "/disagreements", "/about", "/events", "/networks", "/networks/bodies-events", "/queries", "/search?q=x", "/sparql", "/releases", "/catalogue",
         "/doc/event/third-meeting", "/doc/body/secretariat", "/doc/person/ilse-marn", "/doc/document/letter-lmc-7",
         "/doc/place/veldria", "/doc/claim/letter-lmc-7/12-13")  # fmt: skip


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, wait_until_ready: Callable[[str], None]
) -> Iterator[str]:
    """A service of the tiny dataset with such labels."""
    folder = tmp_path_factory.mktemp("hostile") / "tiny"
    shutil.copytree(ROOT / "tests/tiny", folder, ignore=shutil.ignore_patterns("releases"))
    labels = (f"{number} {label}" for number, label in enumerate(cycle(HOSTILE)))
    changed = 0
    for source in sorted((folder / "sources").glob("*.yaml")):
        text, count = LABEL.subn(
            lambda _: f"label: {json.dumps(next(labels), ensure_ascii=False)}", source.read_text("utf-8")
        )
        source.write_text(text, "utf-8")
        changed += count
    assert changed > 2 * len(HOSTILE)
    project = find_project(folder)
    with serving(build(replace(project, title='<script>window.ran = 1</script> & "title"')).path) as address:
        wait_until_ready(address)
        yield address


@pytest.mark.parametrize("javascript", [True, False])
def test_nothing_breaks_and_nothing_runs(browser: Browser, hostile: str, javascript: bool) -> None:
    visit = Visit(browser, hostile)
    page = visit("/", javascript=javascript)
    seen = ""
    for path in PAGES:
        page.goto(hostile + path, wait_until="load")
        assert page.locator("h1").count() == 1, path
        if javascript:
            assert page.evaluate("window.ran") is None, path
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert overflow(page) <= 0, (path, width)
        seen += page.content()
    assert visit.noise == []
    visit.contexts[0].close()
    for part in ("&lt;script&gt;window.ran", "{{ 7 * 7 }}", "\u202etxet", "\u0645\u0624\u062a\u0645\u0631"):
        assert part in seen, f"{part} was on no page: the test looked at nothing"
