"""The examples of docs/linked-data.md, run as they stand there by curl, Python and JavaScript; each prints what the page says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "linked-data.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(sh|python|js)\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.DOTALL)
SERVER = "http://127.0.0.1:8000"
SERVE = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"
COMMANDS = {
    "sh": ("sh", "-e", "-c"),
    "python": (sys.executable, "-c"),
    "js": ("node", "--input-type=module", "-e"),
}


@pytest.fixture(scope="module")
def server(release: Any, unused_port: int, wait_until_ready: Callable[[str], None]) -> Iterator[str]:
    """A service of the shipped dataset in a process of its own."""
    command = [sys.executable, "-c", SERVE, str(release.release.path), str(unused_port)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        wait_until_ready(f"http://127.0.0.1:{unused_port}")
        yield f"http://127.0.0.1:{unused_port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def test_every_example_was_found() -> None:
    assert Counter(kind for kind, _, _ in EXAMPLES) == {"sh": 10, "python": 8, "js": 1}
    assert TEXT.count("```") == 4 * len(EXAMPLES), "an example says not what it prints"
    assert all(SERVER in text for _, text, _ in EXAMPLES)


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{n}-{kind}" for n, (kind, _, _) in enumerate(EXAMPLES, 1)]
)
def test_each_example_prints_what_the_page_says(
    example: tuple[str, str, str], server: str, tmp_path: Path
) -> None:
    kind, text, expected = example
    program = COMMANDS[kind][0]
    if not shutil.which(program) or (kind == "sh" and not shutil.which("curl")):
        pytest.skip(f"needs {program} and curl")
    command = [*COMMANDS[kind], text.replace(SERVER, server)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("\r\n", "\n").replace(server, SERVER) == expected


ENTRANCES = (
    "/doc/event/prepcom-1",
    "/doc/place/switzerland",
    "/doc/body/wgig",
    "/doc?iri=https%3A%2F%2Fw3id.org%2Fmuniment%2Fontology%23Event",
    "/.well-known/void",
    "/catalogue",
    "/ontology",
    "/shapes",
    "/vocab",
    "/search?q=wsis",
    "/events.html",
    "/places",
    "/documents",
    "/changes",
    "/graphs",
    "/queries/events-in-a-place?place=place/tunisia",
)


def test_every_link_header_leads_somewhere(server: str) -> None:
    """Whoever follows what documents link to, accepting anything, never meets an error."""
    with httpx.Client(base_url=server, headers={"Accept": "*/*"}, timeout=30) as client:
        linked = {path: _linked(client.get(path)) for path in ENTRANCES}
        targets = {target for found in linked.values() for target in found}
        failed = {
            target: status
            for target in sorted(targets)
            if (status := client.head(target, follow_redirects=True).status_code) >= 400
        }
    assert failed == {}
    assert any("page=2" in target for target in linked["/events.html"])
    assert len(targets) > 90


def _linked(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.url
    return set(re.findall(r"<(/[^>]*)>; ?rel=", answer.headers.get("Link", "")))
