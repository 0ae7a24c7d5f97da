"""``/sources``, ``/disagreements``, ``/about``: what was read, what was set aside, where sources disagree."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from muniment.claims import read_claims, source_files
from muniment.coverage import compressed, coverage
from muniment.project import Project
from muniment.vocabulary import read_vocabulary
from muniment_service.reading import Read, Source

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


def test_sources_agree_with_the_texts(tiny_client: httpx.Client, tiny: Project) -> None:
    """What the release knows of its sources is what ``muniment sources`` finds in the texts themselves."""
    claims = read_claims(source_files(tiny.sources), read_vocabulary(tiny).context, tiny.ids)
    expected = {found.source: found for found in coverage(claims, tiny.root / "documents", tiny.ids)}
    told = {source["iri"]: source for source in tiny_client.get("/sources", headers=JSON).json()["sources"]}
    assert len(expected) == 4 and expected.keys() <= told.keys()
    for iri, found in expected.items():
        asides = set().union(*found.set_aside.values()) if found.set_aside else set()
        assert told[iri]["lines"] == found.lines
        assert told[iri]["lines_with_claims"] == compressed(found.claimed)
        assert told[iri]["lines_without_either"] == found.lines - len(found.claimed | asides) <= found.blank
        assert sum(told[iri]["claims_by_basis"].values()) == told[iri]["claims"] > 0
    assert any(source["lines_set_aside"] for source in told.values())


def test_the_strip_of_a_source() -> None:
    claims = [Read("c1", "1-3", "printed"), Read("c2", "3-5", "inferred"), Read("c3", "entry", "printed")]
    source = Source("s", "S", 8, claims=claims, asides=[Read("a", "5,7", "aside")])
    assert [(c.first, c.length, c.kind) for c in source.strip()] == [
        (1, 3, "printed"),
        (4, 2, "inferred"),
        (7, 1, "aside"),
    ]
    assert (source.claimed, source.set_aside, source.rest) == (5, 1, 2)
    long = Source("s", "S", 100_000, claims=[Read("c", "1-50000", "printed")])
    assert [(c.first, c.length) for c in long.strip()] == [(1, 50_000)]
    assert list(Source("s", "S", 8).strip()) == []


def test_pages_of_sources_and_disagreements(tiny_client: httpx.Client) -> None:
    page = tiny_client.get("/sources", headers=HTML).text
    sources = tiny_client.get("/sources", headers=JSON).json()["sources"]
    assert page.count('<section class="source">') == sum(bool(s["lines"]) for s in sources)
    assert page.count("<rect") > 10 and "style=" not in page
    found = tiny_client.get("/disagreements", headers=JSON).json()
    assert found["total"] == len(found["disagreements"]) > 0
    page = tiny_client.get("/disagreements", headers=HTML).text
    assert page.count('<div class="side holds">') == found["total"]
    for dispute in found["disagreements"]:
        holds = [side for side in dispute["alternatives"] if side["holds"]]
        assert len(holds) == 1 and len(dispute["alternatives"]) > 1
        assert all(side["claims"] for side in dispute["alternatives"])
        assert dispute["decided_by"]


def test_every_link_of_these_pages_works(tiny_client: httpx.Client) -> None:
    for address in ("/sources", "/disagreements", "/about"):
        page = tiny_client.get(address, headers=HTML).text
        links = sorted(set(re.findall(r'href="(/doc[^"]*)"', page)))
        assert links or address == "/about"
        for link in links[:25]:
            assert tiny_client.get(link.replace("&amp;", "&"), headers=HTML).status_code == 200, link


def test_what_a_store_without_sources_says(client: httpx.Client) -> None:
    assert client.get("/sources", headers=JSON).json() == {"total": 0, "sources": []}
    assert "names no sources" in client.get("/sources", headers=HTML).text
    assert "agree wherever" in client.get("/disagreements", headers=HTML).text
    assert client.get("/disagreements?page=2", headers=JSON).status_code == 404
    assert "https://example.org/license" in client.get("/about", headers=HTML).text


@pytest.mark.parametrize(
    ("address", "status"),
    [("/sources?x=1", 400), ("/disagreements?page=0", 400), ("/sources?release=1", 404)],
)
def test_what_is_wrong_is_said(tiny_client: httpx.Client, address: str, status: int) -> None:
    found: Any = tiny_client.get(address, headers=JSON)
    assert found.status_code == status
    assert tiny_client.get("/about", headers={"Accept": "image/png"}).status_code == 406
