"""``/sources``, ``/disagreements``, ``/about``: what was read, what was set aside, where sources disagree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from muniment.claims import read_claims, source_files
from muniment.coverage import compressed, coverage
from muniment.project import Project
from muniment.readings import Aside, Claimed, read_readings, reading_of
from muniment.release import READINGS
from muniment.vocabulary import read_vocabulary
from muniment_service import Settings
from muniment_service.reading import CELLS, Source

Connect = Callable[..., httpx.Client]
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
    claims = [
        Claimed("1-3", "printed", False),
        Claimed("3-5", "inferred", True),
        Claimed("entry", "printed", False),
    ]
    read = reading_of("s", 8, "", claims, [Aside("a", "5,7", "blank")])
    source = Source(read, "S")
    assert [(c.first, c.length, c.kind) for c in source.strip()] == [
        (1, 3, "printed"),
        (4, 2, "inferred"),
        (7, 1, "aside"),
    ]
    assert (source.claimed, source.set_aside, source.rest) == (5, 1, 2)
    assert (read.claims, read.bases, read.hedged) == (3, {"inferred": 1, "printed": 2}, 1)
    long = Source(reading_of("s", 100_000, "", [Claimed("1-50000", "printed", False)], []), "S")
    [cell] = long.strip()
    assert cell.first == 1 and 50_000 <= cell.length <= 50_000 + 100_000 // CELLS
    assert list(Source(reading_of("s", 8, "", [], []), "S").strip()) == []


def test_the_file_of_a_release_says_what_its_graph_says(
    release: Any, settings: Settings, connect: Connect
) -> None:
    """The same sources, asked of a store that has no such file."""
    store = release.release.open(release.project.in_memory_quads)
    with connect(store, replace(settings, base=release.project.base, release=None)) as asked:
        told = asked.get("/sources", headers=JSON).json()
    written = [Source(one, "").document() for one in read_readings(release.release.path / READINGS)]
    assert told["total"] == len(written) > 3
    for one, other in zip(told["sources"], written, strict=True):
        assert {**one, "label": ""} == other


def test_the_claims_of_a_source_come_in_pages(
    tiny_client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muniment_service.reading.CLAIMS", 3)
    source = max(tiny_client.get("/sources", headers=JSON).json()["sources"], key=lambda one: one["claims"])
    at, seen = f"/sources?{urlencode({'source': source['iri']})}", []
    while at:
        told = tiny_client.get(at, headers=JSON).json()
        assert len(told["listed"]) <= 3
        seen += [claim["iri"] for claim in told["listed"]]
        at = told["links"].get("next")
    assert len(set(seen)) == len(seen) == source["claims"] > 3
    page = tiny_client.get(f"/sources?{urlencode({'source': source['iri'], 'page': 2})}", headers=HTML).text
    assert "Page 2 of" in page and page.count("/doc/claim/") == 3
    assert tiny_client.get("/sources?source=document/none", headers=JSON).status_code == 404


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
    assert client.get("/sources", headers=JSON).json() == {
        "total": 0, "page": 1, "pages": 1, "sources": [], "links": {}}  # fmt: skip
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
