"""Search in a copy without a server: names for the script that searches, and lists of all things for those without one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from muniment_service.pages import Pages
from muniment_service.static_site.links import relative

SEARCH_PAGE, NAMES, LISTED = "search.html", "search/names.json", 500

Entry = tuple[str, str, Sequence[str]]
"""Label of a thing, the file of its page, its folded names."""


def names_document(entries: Sequence[Entry]) -> str:
    """What the script searches, as JSON, a thing on each line."""
    rows = ",\n".join(
        json.dumps([label, relative(path, SEARCH_PAGE), names], ensure_ascii=False, separators=(",", ":"))
        for label, path, names in entries
    )
    return f"[\n{rows}\n]\n" if rows else "[]\n"


def search_pages(entries: Sequence[Entry], pages: Pages) -> Iterator[tuple[str, bytes]]:
    """The page that searches, and lists of all things, each with its path."""
    lists = [entries[start : start + LISTED] for start in range(0, len(entries), LISTED)]
    paths = [f"search/{number}.html" for number in range(1, len(lists) + 1)]
    shown = [
        (relative(path, SEARCH_PAGE), part[0][0], part[-1][0])
        for path, part in zip(paths, lists, strict=True)
    ]
    yield SEARCH_PAGE, bytes(pages.render("static_search.html", lists=shown).body)
    for path, part in zip(paths, lists, strict=True):
        things = [(relative(file, path), label) for label, file, _ in part]
        page = pages.render("static_list.html", things=things, first=part[0][0], last=part[-1][0])
        yield path, bytes(page.body)
