"""``/``, health, static files; an ad-hoc release."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest
from engine_stores import Stores

from muniment.build import publish_files
from muniment.errors import InputError
from muniment.release import Release
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.assets import Bundle, assets, read_assets
from muniment_service.context import Context
from muniment_service.publisher import Publisher
from muniment_service.settings import VARIABLES, variable

HTML = {"Accept": "text/html"}
ROOT = Path(__file__).resolve().parents[2]


def test_home_for_people(client: httpx.Client) -> None:
    for headers in ({}, HTML):
        found = client.get("/", headers=headers)
        assert (found.status_code, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = found.text
    assert '<h1 dir="auto">A small set</h1>' in page and "0123456789abcdef" in page
    assert "<bdi>Event</bdi>" in page and "schema:Event" not in page
    for line in ("curl -H", "--data-urlencode", "import muniment"):
        assert line in page


def test_every_link_of_home_works(client: httpx.Client) -> None:
    page = client.get("/", headers=HTML).text
    addresses = set(re.findall(r'href="(/[^"]*)"', page))
    assert len(addresses) > 10
    for address in addresses:
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address


def test_home_for_machines(client: httpx.Client) -> None:
    found = client.get("/", headers={"Accept": "application/json"}).json()
    assert found["title"] == "A small set"
    assert found["release"] == "0123456789abcdef"
    counts = {c["iri"]: c["count"] for c in found["classes"]}
    assert counts["https://w3id.org/muniment/ontology#Event"] == 3
    assert found["graphs"]["count"] == 3
    for c in found["classes"]:
        rows = client.get(c["query"], headers={"Accept": "text/csv"}).text.splitlines()[1:]
        assert len({row.split(",")[0] for row in rows}) == c["count"]


def test_copied_lines_use_the_host_of_the_request(client: httpx.Client) -> None:
    assert "http://data.example:81/sparql" in client.get("/", headers=HTML | {"Host": "data.example:81"}).text
    assert "evil'" not in client.get("/", headers=HTML | {"Host": "evil'"}).text


def test_health(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz/").json() == {"status": "ready", "release": "0123456789abcdef"}
    assert client.get("/readyz").headers["cache-control"] == "no-store"


def test_static_files(client: httpx.Client) -> None:
    found = client.get("/static/style.css")
    assert found.headers["content-type"] == "text/css; charset=utf-8"
    assert found.headers["cache-control"] == "public, max-age=3600"
    assert "light-dark(" in found.text and "url(" not in found.text and "@import" not in found.text
    assert client.get("/static/..%2Fsettings.py").status_code == 404
    named = client.get(assets().address("style.css"))
    assert named.content == found.content and "immutable" in named.headers["cache-control"]
    assert assets().address("style.css") in client.get("/", headers=HTML).text


def test_bundles_are_found_by_the_manifest(tmp_path: Path) -> None:
    """In the form that Vite writes: a page loads its entry and all that this imports at once, but nothing that it may load later."""
    built = tmp_path / "built"
    built.mkdir()
    for name in ("map-1.js", "shared-2.js", "later-3.js", "map-1.css", "shared-2.css"):
        (built / name).write_text(name)
    manifest = {
        "src/pages/map.ts": {"file": "map-1.js", "name": "map", "isEntry": True, "imports": ["_shared"], "dynamicImports": ["later"], "css": ["map-1.css"]},
        "_shared": {"file": "shared-2.js", "css": ["shared-2.css"], "imports": ["src/pages/map.ts"]},
        "later": {"file": "later-3.js"},
    }  # fmt: skip
    (tmp_path / "style.css").write_text("a {}")
    assert read_assets(tmp_path).bundle("map") == Bundle()
    (built / "manifest.json").write_text(json.dumps(manifest))
    found = read_assets(tmp_path)
    assert found.bundle("map") == Bundle(
        ("/static/built/map-1.js",),
        ("/static/built/map-1.css", "/static/built/shared-2.css"),
        ("/static/built/shared-2.js",),
    )
    assert found.lasts("built/later-3.js") and not found.lasts("style.css")
    assert found.address("style.css").removeprefix("/static/") in found.paths


def test_two_applications_do_not_meet(connect: Any, stores: Stores) -> None:
    one = connect(stores.of("<urn:a> <urn:p> <urn:b> ."), Settings(title="One", release="1"))
    two = connect(stores.of(""), Settings(title="Two"))
    assert "One" in one.get("/").text and "Two" in two.get("/").text
    assert one.get("/sparql?query=ASK{?s ?p ?o}").json()["boolean"] is True
    assert two.get("/sparql?query=ASK{?s ?p ?o}").json()["boolean"] is False
    assert "muniment-release" not in two.get("/").headers
    assert two.get("/readyz").json()["release"] is None


@pytest.fixture(scope="module")
def ad_hoc(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("files")
    (folder / "people.ttl").write_text(
        '@prefix f: <http://xmlns.com/foaf/0.1/> . <http://a.example/#me> a f:Person ; f:name "Ada" ; f:knows [ f:name "B" ] .'
    )
    (folder / "more.nq").write_text('<urn:x> <urn:p> "v" <http://a.example/g> .\n')
    return publish_files([folder / "people.ttl", folder / "more.nq"], folder / "releases")


def test_ad_hoc_release(ad_hoc: Release, connect: Any, stores: Stores) -> None:
    settings = Settings.for_release(ad_hoc, {})
    assert settings.base is None
    client = connect(stores.of_release(ad_hoc), settings)
    page = client.get("/", headers=HTML).text
    assert "people.ttl, more.nq" in page
    assert "foaf:Person" in page and "http://a.example/g" in page
    for address in re.findall(r'href="(/doc[^"]*)"', page):
        assert client.get(address, headers=HTML).status_code == 200, unquote_plus(address)
    assert client.get("/id/x").status_code == 404
    assert re.search(
        r"<h1[^>]*>Ada</h1>", client.get("/doc", params={"iri": "http://a.example/#me"}, headers=HTML).text
    )
    assert "What it states" in client.get("/doc", params={"iri": "http://a.example/g"}, headers=HTML).text
    assert client.get("/doc", params={"iri": "urn:x"}).text.strip() == '<urn:x> <urn:p> "v" .'


def test_only_named_graphs(connect: Any, stores: Stores) -> None:
    client = connect(stores.of("<urn:g> { <urn:x> a <urn:C> }"), Settings())
    found = client.get("/", headers={"Accept": "application/json"}).json()
    assert found["classes"][0]["count"] == 1
    assert "urn:x" in client.get(found["classes"][0]["query"]).text
    assert "/doc?iri=urn%3Ax" in client.get("/").text


def test_empty_store(connect: Any, stores: Stores) -> None:
    client = connect(stores.of(""), Settings())
    assert "Nothing here has a class" in client.get("/").text


def test_settings_of_the_environment(ad_hoc: Release) -> None:
    environ = {
        "MUNIMENT_TITLE": "Mine",
        "MUNIMENT_INCOMING_LINKS": "7",
        "MUNIMENT_BASE": "https://x.example/",
    }
    settings = Settings.for_release(ad_hoc, environ)
    assert (settings.title, settings.incoming_links, settings.base) == ("Mine", 7, "https://x.example/")
    assert settings.release == ad_hoc.id
    for wrong in ("x", "0", "-1", "1.5", ""):
        with pytest.raises(InputError, match="MUNIMENT_QUERY_BYTES is not a number"):
            Settings.from_env({"MUNIMENT_QUERY_BYTES": wrong})


def test_docs_list_what_is_there(client: httpx.Client) -> None:
    page = (ROOT / "docs" / "http.md").read_text()
    for name in VARIABLES:
        assert f"`{variable(name)}`" in page
    paths = client.get("/openapi.json").json()["paths"]
    assert len(paths) >= 7
    for path in paths.keys() - {"/queries/things-of-a-class"}:
        assert f"`{path.replace('{path}', '...')}`" in page, path
    from muniment_service.problems import KINDS, ROUTING

    for kind in (*KINDS.values(), *ROUTING.values()):
        assert f"| {kind.status} | `{kind.slug}` |" in page


def test_nobody_is_sent_where_there_is_nothing(
    ad_hoc: Release, tiny_release: Release, connect_app: Any, stores: Stores
) -> None:
    # the places of the tiny dataset have no coordinates
    for release, ways in ((ad_hoc, []), (tiny_release, ["Events", "Timeline", "Networks"])):
        store = stores.of_release(release)
        context = Context.of(store, InThread(store), Settings.for_release(release, {}), release)
        page = connect_app(publish(Publisher(context))).get("/", headers=HTML).text
        header = page[page.index('<nav aria-label="Site">') : page.index("</header>")]
        named = re.findall(r">([A-Za-z]+)</a>", header)
        assert [name for name in named if name in ("Events", "Timeline", "Map", "Networks")] == ways
        assert {"Browse", "SPARQL", "About"} <= set(named)
