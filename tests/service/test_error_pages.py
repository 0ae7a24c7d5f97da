"""Errors as pages: what is near, what to do next, and that nothing of an address becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.context import Context
from muniment_service.error_pages import ADVICE, PASSING
from muniment_service.problems import KINDS, ROUTING
from muniment_service.publisher import Publisher

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def indexed(tiny_release: Release, served_tiny: Store, transport: Any) -> Iterator[httpx.Client]:
    """The service of the small dataset, with its index."""
    context = Context.of(
        served_tiny, InThread(served_tiny), Settings.for_release(tiny_release, {}), tiny_release
    )
    with httpx.Client(
        transport=transport(publish(Publisher(context))), base_url="http://localhost"
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("/doc/event/first-meting", "/doc/event/first-meeting"),
        ("/doc/event/meeting-first", "/doc/event/first-meeting"),
        ("/doc/event/first-meetings.html", "/doc/event/first-meeting"),
        ("/doc?iri=https%3A%2F%2Fexample.org%2Ftiny%2Fid%2Fbody%2Fsecretariaat", "/doc/body/secretariat"),
        ("/Secretariat", "/doc/body/secretariat"),
    ],
)
def test_what_is_near_an_address_that_is_not(indexed: httpx.Client, address: str, near: str) -> None:
    answer = indexed.get(address, headers=HTML)
    assert answer.status_code == 404
    assert f'href="{near}"' in answer.text and "Did you mean" in answer.text
    assert indexed.get(near, headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/doc/event/zzqxv",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/" + "a" * 3000,
        "/%ff%fe",
        "/doc?iri=x",
        "/-",
    ],
)
def test_nothing_is_near(indexed: httpx.Client, address: str) -> None:
    answer = indexed.get(address, headers=HTML)
    assert answer.status_code in (400, 404)
    assert "Did you mean" not in answer.text and "<script>" not in answer.text


def test_there_is_advice_for_what_visitors_meet() -> None:
    slugs = {kind.slug: kind.status for kind in (*KINDS.values(), *ROUTING.values())}
    assert {slug for slug, status in slugs.items() if status in (404, 406, 410, 503, 504)} <= ADVICE.keys()
    assert ADVICE.keys() | set(PASSING) <= slugs.keys()


def test_advice_stands_on_the_page(indexed: httpx.Client, client: httpx.Client) -> None:
    assert ADVICE["gone"] in client.get("/doc/event/gone", headers=HTML).text
    assert "Check the address" in indexed.get("/nothing", headers=HTML).text
    assert "<h1>" in indexed.get("/nothing", headers=HTML).text
    assert indexed.get("/nothing").json().keys() == {"type", "title", "status", "detail", "request_id"}
