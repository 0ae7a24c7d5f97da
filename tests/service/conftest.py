"""A small store written as TriG, with things that go wrong elsewhere, and a client that calls the application without a network."""

from __future__ import annotations

import inspect
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest
from app_transport import AppTransport
from engine_differences import DIFFERENCES, why_left_out
from engine_stores import ENGINE, Stores

from muniment.engine import EmbeddedStore, parse
from muniment.queries import query_of
from muniment.release import Release
from muniment.store import Store
from muniment_service import Settings, create_app

BASE = "https://example.org/set/"
PREFIXES = {
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "mun": "https://w3id.org/muniment/ontology#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
TRIG = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix mun: <https://w3id.org/muniment/ontology#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <https://example.org/set/id/event/> .
@prefix c: <https://example.org/set/id/claim/> .
@base <https://example.org/set/id/> .

e:first a mun:Event, schema:Event ; rdfs:label "First meeting"@en, "Première réunion"@fr ; schema:startDate "2004-06-23"^^xsd:date ;
  schema:location <place/hall> ; mun:attendance <https://example.org/vocab/open> .
e:second a mun:Event, schema:Event ; rdfs:label "Second meeting"@en ; schema:superEvent e:first .
<place/hall> a mun:Place ; rdfs:label "The hall"@en .
<https://example.org/vocab/open> a skos:Concept ; skos:prefLabel "open"@en .
<event/hostile> a mun:Event, schema:Event ; rdfs:label "<script>alert(1)</script>\\u202E\\"'"@en ; schema:url <javascript:alert(1)> .
<event/café> rdfs:label "Unicode"@en . <event/caf%C3%A9-2> rdfs:label "Encoded"@en . <event/a%20b> rdfs:label "Space"@en .
<event/odd.ttl> rdfs:label "Looks like a format"@en . <event/query?x> rdfs:label "Has a query"@en . <event/slash/> rdfs:label "Slash"@en .
c:l1 a mun:Claim ; mun:source <document/list> ; mun:lines "1-3" ; mun:basis <https://example.org/vocab/printed> ; mun:hedged true .
<document/list> rdfs:label "The list"@en .
<event/gone> owl:deprecated true ; skos:changeNote "Nobody danced."@en ; <http://purl.org/dc/terms/isReplacedBy> e:second .
e:second owl:sameAs <event/two> .
<http://elsewhere.example/x> rdfs:seeAlso e:first ; schema:member [ schema:name "nobody" ] .

c:l1 { e:first a mun:Event ; rdfs:label "First meeting"@en ; schema:startDate "2004-06-23"^^xsd:date . }
c:l2 { e:second rdfs:label "Second meeting"@en . }
<https://w3id.org/muniment/ontology> { mun:Event a owl:Class ; rdfs:label "Event"@en ; rdfs:subClassOf schema:Event .
  mun:attendance rdfs:label "attendance"@en . }
"""


Connect = Callable[..., httpx.Client]


QUERY = """\
#+ title: Things of a class
#+ question: Which things are of a class?
#+ tags: [test]
#+ parameters: {class: {type: iri, values: ["mun:Event", "mun:Place"]}}
SELECT ?thing { ?thing a ?_class } ORDER BY ?thing
"""


def connect_to(store: Store, settings: Settings) -> httpx.Client:
    app = create_app(store, settings, queries=[query_of(Path("forms/things-of-a-class.rq"), QUERY)])
    return client_of(app)


def client_of(app: Any) -> httpx.Client:
    return httpx.Client(transport=AppTransport(app), base_url="http://localhost", headers={"Accept": "*/*"})


@pytest.fixture(scope="session")
def connect_app() -> Callable[[Any], httpx.Client]:
    """Connect to any ASGI application."""
    return client_of


RELEASE = "0123456789abcdef"
LEFT_OUT = pytest.StashKey[Counter[str | None]]()
"""Why tests are left out with an engine, and how many."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With an engine: what is known to differ is expected to fail, and nothing else; what has no store of ``stores`` is left out, if it is
    known why."""
    if ENGINE == "embedded":
        return
    asked = [item for item in items if "stores" in getattr(item, "fixturenames", ())]
    left_out = [item for item in items if item not in asked]
    whys = Counter(why_left_out(item.nodeid, _source(item)) for item in left_out)
    if whys[None]:
        unknown = [item.nodeid for item in left_out if not why_left_out(item.nodeid, _source(item))]
        raise pytest.UsageError(
            f"why are these not tested with {ENGINE}? See engine_differences.py: {unknown}"
        )
    config.stash[LEFT_OUT] = whys
    config.hook.pytest_deselected(items=left_out)
    items[:] = asked
    for item in items:
        for difference in DIFFERENCES[ENGINE]:
            if any(fnmatch(item.nodeid, f"*{pattern}") for pattern in difference.tests):
                item.add_marker(pytest.mark.xfail(reason=difference.why, strict=difference.always))


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """What is left out with an engine, and why."""
    return [
        f"left out: {count} tests, because {why}"
        for why, count in config.stash.get(LEFT_OUT, Counter()).items()
    ]


def _source(item: pytest.Item) -> str:
    return inspect.getsource(item.function) if isinstance(item, pytest.Function) else ""


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Makes the stores that services ask; with ``TEST_ENGINE`` they lie in an engine."""
    made = Stores(lambda: tmp_path_factory.mktemp("engine"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def small_embedded() -> EmbeddedStore:
    """The small store in this process, whatever engine is tested."""
    quads = parse(TRIG, "application/trig")
    return EmbeddedStore.in_memory("".join(quad.line() for quad in quads).encode(), PREFIXES)


@pytest.fixture(scope="session")
def small_store(stores: Stores) -> Store:
    return stores.of(TRIG, PREFIXES)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(
        title="A small set",
        description="For tests.",
        base=BASE,
        license="https://example.org/license",
        release=RELEASE,
        prefixes=PREFIXES,
        incoming_links=50,
        query_bytes=5_000,
        body_bytes=10_000,
        shown_rows=3,
    )


@pytest.fixture(scope="session")
def client(small_store: Store, settings: Settings) -> Iterator[httpx.Client]:
    with connect_to(small_store, settings) as connected:
        yield connected


@pytest.fixture(scope="session")
def connect() -> Connect:
    """Connect to an application of one's own: ``connect(store, settings)``."""
    return connect_to


@pytest.fixture(scope="session")
def running(tiny_release: Release, stores: Stores, wait_until_ready: Callable[[str], None]) -> Iterator[str]:
    """The address of a service in a process of its own, on the tiny release, with a time limit of a second; for tests that only ask."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tiny_release.path), str(port)],
        env={**os.environ, **stores.environ(tiny_release), "MUNIMENT_QUERY_SECONDS": "1"},
        start_new_session=True,
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def served_tiny(tiny_release: Release, stores: Stores) -> Store:
    """The store that a service of ``tests/tiny`` asks."""
    return stores.of_release(tiny_release)


@pytest.fixture(scope="session")
def tiny_client(tiny_release: Release, served_tiny: Store) -> Iterator[httpx.Client]:
    """A service of ``tests/tiny``."""
    with connect_to(served_tiny, Settings.for_release(tiny_release, {})) as connected:
        yield connected


@pytest.fixture(scope="session")
def transport() -> Callable[[Any], httpx.BaseTransport]:
    """What calls an application of one's own: ``httpx.Client(transport=transport(app))``."""
    return AppTransport
