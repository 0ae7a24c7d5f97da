"""``?format=``: one behaviour for all pages and lists that come in several formats."""

from __future__ import annotations

import httpx
import pytest

PATHS = (
    "/ontology",
    "/shapes",
    "/vocab",
    "/.well-known/void",
    "/catalogue",
    "/queries",
    "/networks",
    "/graphs",
    "/sources",
    "/disagreements",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_format_is_a_problem(tiny_client: httpx.Client, path: str) -> None:
    found = tiny_client.get(f"{path}?format=htlm")
    problem = found.json()
    assert (found.status_code, problem["type"].rpartition("#")[2]) == (400, "parameter")
    assert problem["parameter"] == "format" and "html" in problem["expected"] + problem["hint"]
    page = tiny_client.get(f"{path}?format=htlm", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
    for known in ("format=html", "format=htlm&format=html", "format="):
        if path not in ("/sources", "/disagreements") or known.count("format") == 1:
            assert tiny_client.get(f"{path}?{known}").status_code == 200, known
