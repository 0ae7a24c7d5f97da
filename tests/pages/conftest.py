"""A real browser (Debian's Chromium, by Playwright) on a running service of the real dataset.

``visit`` opens a page. When the test ends, each page that it opened must have been quiet: nothing on the console, no exception, nothing
blocked by the Content-Security-Policy, no request to another host. A test that expects noise takes it with ``page.noise``.

Playwright keeps an event loop in this thread while it runs, so the browser is of this package only: other tests run their own loops.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "service/frontend/node_modules/axe-core/axe.min.js"
BUILT = ROOT / "service/muniment_service/static/built/manifest.json"
WIDTHS = (375, 1440)
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_SERVE = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"


def lacking(what: str) -> None:
    """Skip for want of something; where all must be there (CI), fail."""
    if os.environ.get("TESTS_NEED_BROWSER"):
        pytest.fail(f"{what}, and TESTS_NEED_BROWSER is set")
    pytest.skip(what)


@contextmanager
def serving(release: Path, **environ: str) -> Iterator[str]:
    """The address of a service of a release, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _SERVE, str(release), str(port)]
    process = subprocess.Popen(command, env={**os.environ, **environ}, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


@pytest.fixture(scope="package")
def service(release: Any, wait_until_ready: Callable[[str], None]) -> Iterator[str]:
    """The address of a service of the real dataset."""
    with serving(release.release.path) as address:
        wait_until_ready(address)
        yield address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        lacking("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        sandbox = [] if os.getuid() else ["--no-sandbox"]  # Chromium's cannot be had as root
        drawn = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # WebGL without a graphics card
        yield (opened := playwright.chromium.launch(executable_path=chromium, args=[*sandbox, *drawn]))
        opened.close()


@dataclass
class Visit:
    """Opens pages of one service and listens to them."""

    browser: Browser
    service: str
    noise: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(
        self, path: str, width: int = 1440, *, javascript: bool = True, height: int = 900, **options: Any
    ) -> Page:
        """A page, loaded; ``options`` are Playwright's for a new context (``color_scheme="dark"``)."""
        if javascript and not BUILT.exists():
            lacking("the scripts of the pages are not built (`make pages`, which needs Node)")
        size = {"width": width, "height": height}
        context = self.browser.new_context(viewport=size, java_script_enabled=javascript, **options)
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self.noise.append(f"console {said.type}: {said.text}") if said.type in ("error", "warning") else None)  # fmt: skip
        page.on("pageerror", lambda error: self.noise.append(f"exception: {error}"))
        page.on("request", lambda asked: self._heard(asked.url))
        page.goto(self.service + path if path.startswith("/") else path, wait_until="load")
        return page

    def _heard(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.service:
            self.noise.append(f"request to another host: {url}")


@pytest.fixture
def visit(browser: Browser, service: str) -> Iterator[Visit]:
    """Opens pages, which must be quiet."""
    visiting = Visit(browser, service)
    try:
        yield visiting
    finally:
        for context in visiting.contexts:
            context.close()
    assert visiting.noise == []


def violations(page: Page, *allowed: tuple[str, str], rule: str | None = None) -> list[str]:
    """What axe-core finds wrong with a page, by the rules of WCAG 2.2 AA and its best practices, or by one ``rule``; ``allowed`` are
    rules and parts of the markup in which they are known to be wrong."""
    if not AXE.exists():
        lacking("axe-core is not installed (`make pages`, which needs Node)")
    # Evaluated by the debugger's protocol, to which the page's Content-Security-Policy does not apply.
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "only => axe.run({runOnly: only, resultTypes: ['violations']})", [rule] if rule else _RULES
    )
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
        if not any(rule["id"] == name and markup in node["html"] for name, markup in allowed)
    ]


def overflow(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
