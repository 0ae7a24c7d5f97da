"""Pictures of the main pages, from the real dataset in Debian's Chromium.

    python docs/screenshots.py                    those of the README, into docs/pictures
    python docs/screenshots.py --all DIR          every page at 375, 768 and 1440 px, light and dark, to look at and criticise

The release must be built (`muniment build`) and the scripts of the pages too (`make pages`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
_QUERY = """SELECT ?class (COUNT(?thing) AS ?things)
WHERE { ?thing a ?class }
GROUP BY ?class
ORDER BY DESC(?things)
LIMIT 12"""
README = {
    "home": ("/", 1440, "light"),
    "thing": ("/doc/event/prepcom-1", 1440, "light"),
    "timeline": ("/timeline", 1440, "light"),
    "network": ("/networks/co-organisation", 1440, "dark"),
    "sparql": (f"/sparql#query={quote(_QUERY)}", 1440, "light"),
    "map": ("/map", 1440, "light"),
}
"""Name -> path, width, colours."""
PAGES = {
    "home": "/", "event": "/doc/event/prepcom-1", "timeline": "/timeline", "map": "/map", "calendar": "/calendar",
    "network": "/networks/co-organisation", "networks": "/networks", "browse": "/browse", "sparql": "/sparql",
    "questions": "/queries", "sources": "/sources", "disagreements": "/disagreements", "about": "/about", "events": "/events",
    "search": "/search?q=tunis", "ontology": "/ontology", "shapes": "/shapes", "catalogue": "/catalogue", "releases": "/releases",
    "missing": "/doc/event/prepcomm-1",
}  # fmt: skip
WIDTHS, COLOURS = (375, 768, 1440), ("light", "dark")


@contextmanager
def service() -> Iterator[str]:
    """The address of a service of the project's release."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("muniment")), "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/readyz")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def take(browser: Browser, url: str, width: int, colours: str, file: Path, *, whole: bool = False) -> None:
    """One picture, once nothing is loading any more."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(800)  # drawings settle
    page.screenshot(path=file, full_page=whole)
    context.close()


def _wait_for(url: str) -> None:
    for _ in range(120):
        try:
            with urlopen(url):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"nothing answers at {url}")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--all", type=Path, metavar="DIR")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium is installed (Debian: apt-get install chromium)")
    sandbox = [] if os.getuid() else ["--no-sandbox"]
    software = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # WebGL without a graphics card
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*sandbox, *software])
        if asked.all:
            asked.all.mkdir(parents=True, exist_ok=True)
            for name, path in PAGES.items():
                for width in WIDTHS:
                    for colours in COLOURS:
                        file = asked.all / f"{name}-{width}-{colours}.png"
                        take(browser, address + path, width, colours, file, whole=True)
        else:
            PICTURES.mkdir(exist_ok=True)
            for name, (path, width, colours) in README.items():
                take(browser, address + path, width, colours, PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
