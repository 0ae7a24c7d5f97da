"""How the tests are spread over the processes of pytest-xdist: in parts that share what is dear to set up, those that last longest first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/deploy/", "tests/pages/")
"""Folders with one service, or one browser, for all their files."""
LONGEST = (
    "tests/engines/ virtuoso",
    "tests/pages/",
    "tests/deploy/",
    "tests/engines/ jena",
    "tests/engines/ oxigraph",
    "tests/service/test_static_site.py",
    "tests/test_benchmarks.py",
    "tests/test_interruption.py",
)
"""Parts that are begun first, so that none of them is left for one process while the others have nothing to do."""
_ENGINE = re.compile(r"\[(?:.*-)?(oxigraph|virtuoso|jena)(?:-.*)?\]")


def part_of(nodeid: str) -> str:
    """The part that a test belongs to: its file, a folder, or what is tested of one engine."""
    file = nodeid.partition("::")[0]
    for folder in TOGETHER:
        if file.startswith(folder):
            return folder
    if file.startswith("tests/engines/") and (engine := _ENGINE.search(nodeid)):
        return f"tests/engines/ {engine[1]}"
    return file


def in_order(nodeids: Sequence[str]) -> list[int]:
    """Where the tests stand, part by part: the longest first, the others as they come."""
    parts = [part_of(nodeid) for nodeid in nodeids]
    ranks = {part: n for n, part in enumerate(dict.fromkeys([*LONGEST, *parts]))}
    return sorted(range(len(nodeids)), key=lambda n: ranks[parts[n]])


class ByPart(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each process a part at a time, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(nodeid)
