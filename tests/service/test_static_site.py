"""``muniment export DIR``: a folder that a plain file server hosts, without a dead link, with the graphs of the service."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import httpx
import pyoxigraph as ox
import pytest

from muniment.build import publish_files
from muniment.errors import InputError
from muniment.release import Release
from muniment_service import networks, urls
from muniment_service.static_site import calling
from muniment_service.static_site.folder import MARK, SUMS, Folder, replacing
from muniment_service.static_site.links import rewritten
from muniment_service.static_site.places import Document, Places, document_at, is_plain
from muniment_service.static_site.site import Summary, export
from muniment_service.static_site.views import file_of, view_at

TYPES = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".jsonld": ox.RdfFormat.JSON_LD}
LIVE = re.compile(
    r"/(?:sparql|graphs|readyz|openapi\.json|metrics|reconcile|suggest|events|changes)(?:[?/#]|$)|[?&](?:query|iri|format|_profile)="
)


class Handler(SimpleHTTPRequestHandler):
    """Python's file server, which here says nothing and knows the types of HOSTING.md."""

    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map, ".ttl": "text/turtle", ".jsonld": "application/ld+json", ".nt": "application/n-triples",
        ".rq": "application/sparql-query", ".gz": "application/gzip", ".svg": "image/svg+xml",
    }  # fmt: skip

    def log_message(self, *args: object) -> None:
        pass


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] or "" for name in ("href", "src", "action") if name in given]
        self.inline += tag == "script" and "src" not in given and given.get("type") != "application/ld+json"
        self.inline += any(name.startswith("on") or name == "style" for name in given)


@pytest.fixture(scope="module")
def site(tiny_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The export of ``tests/tiny``, and what was said of it; the list of networks waits for no size."""
    folder = tmp_path_factory.mktemp("export") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "_PATIENCE", 0.0)
        return SimpleNamespace(path=folder, said=export(tiny_release, folder))


@pytest.fixture(scope="module")
def hosted(site: Any) -> Iterator[str]:
    """The address of the export below a path of a plain file server."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(site.path.parent))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/site/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def triples(body: bytes, form: ox.RdfFormat) -> set[str]:
    dataset = ox.Dataset(ox.parse(body, form))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(q) for q in dataset}


def test_a_crawl_from_the_first_page_meets_no_dead_link(hosted: str, site: Any) -> None:
    waiting, seen, reached = [f"{hosted}index.html"], {f"{hosted}index.html"}, set()
    with httpx.Client() as client:
        while waiting:
            page = waiting.pop()
            answer = client.get(page)
            assert answer.status_code == 200, page
            reached.add(unquote(page.removeprefix(hosted)))
            if not page.endswith(".html"):
                continue
            assert answer.headers["content-type"].startswith("text/html")
            links = Links()
            links.feed(answer.text)
            assert links.inline == 0, page
            assert calling.HOST not in answer.text and "data-live" not in answer.text
            for href in links.found:
                target, fragment = urldefrag(urljoin(page, href))
                if not target.startswith("http://127.0.0.1"):
                    continue
                assert target.startswith(hosted), (page, href)
                assert not LIVE.search(href), (page, href)
                if fragment and target == page:
                    assert f'id="{fragment}"' in answer.text
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
    written = set(Folder(site.path).files())
    folders = ("doc/", "browse", "networks", "sources", "disagreements", "timeline", "map", "about")
    unlinked = {path for path in written - reached if path.startswith(folders)}
    assert len(reached) > 2_200
    assert sorted(unlinked) == []


def test_views_are_drawn_without_a_service(site: Any) -> None:
    """Lists, timeline, map, networks, sources and disagreements as the service shows them, and what a network can be taken in."""

    def page(path: str) -> str:
        return (site.path / path).read_text(encoding="utf-8")

    listed = Links()
    listed.feed(page("browse/Event.html"))
    events = [href for href in listed.found if href.startswith("../doc/event/")]
    assert len(set(events)) == 5 and "../browse.html" in listed.found
    assert page("timeline.html").count('<a class="event" href="doc/event/') == 3
    assert not (site.path / "map.html").exists()  # this dataset knows no coordinates, and nobody is led there
    names = {path.stem for path in (site.path / "networks").glob("*.html")}
    assert "Density" in page("networks.html") and "is being counted" not in page("networks.html")
    assert len(names) >= 8
    for name in names:
        assert (site.path / f"networks/{name}.gexf").is_file() or "Nothing fits" in page(
            f"networks/{name}.html"
        )
    assert 'src="co-organisation.svg"' in page("networks/co-organisation.html")
    [claims] = [path for path in (site.path / "sources").glob("*.html") if "notices" in path.name][:1]
    assert page(f"sources/{claims.name}").count("../doc/claim/") > 3
    assert page("disagreements.html").count('class="side holds"') > 0


def test_addresses_of_views_become_files() -> None:
    found = {
        "/browse/Event": "browse/Event.html", "/browse/Event?page=1": "browse/Event.html", "/browse/Event?page=3": "browse/Event-3.html",
        "/timeline": "timeline.html", "/networks/co-organisation.gexf": "networks/co-organisation.gexf", "/sources?page=2": "sources-2.html",
    }  # fmt: skip
    for address, file in found.items():
        view = view_at(address)
        assert view is not None and file_of(view) == file
    for hostile in (
        "/browse/..%2F..%2Fetc",
        "/browse/con",
        "/browse/foaf:Agent",
        "/networks/%00.svg",
        "/sources?source=../../x",
    ):
        view = view_at(hostile)
        assert view is not None
        file = file_of(view)
        assert all(map(is_plain, file.split("/"))) and ":" not in file, (hostile, file)
    for other in (
        "/browse/Event?sort=label",
        "/timeline?from=2004",
        "/networks/a/edge?a=1&b=2",
        "/events",
        "https://example.org/map",
        "/browse/a/b",
    ):
        assert view_at(other) is None, other


def test_the_detector_of_live_links_finds_one() -> None:
    assert (
        LIVE.search("/sparql?query=ASK%20%7B%7D")
        and LIVE.search("x.html?iri=a")
        and not LIVE.search("doc/event/x.html")
    )


def test_counts(site: Any) -> None:
    said: Summary = site.said
    resources = json.loads((site.path / "resources.json").read_text())
    assert (said.withdrawn, said.renamed, said.searchable) == (2, 1, 157)
    assert said.dumps == len(list((site.path / "releases").glob("*/dump.*.gz"))) == 4
    assert said.files == len(Folder(site.path).files())
    assert len(resources) == said.documents + said.withdrawn + said.renamed
    assert all((site.path / f"{path}.html").is_file() for path in resources.values())
    assert json.loads((site.path / MARK).read_text())["documents"] == said.documents


def test_every_file_has_the_graph_of_the_service(site: Any, tiny_client: httpx.Client) -> None:
    resources = json.loads((site.path / "resources.json").read_text())
    compared = 0
    for iri, path in sorted(resources.items()):
        if not (site.path / f"{path}.nt").exists():
            continue
        sent = (
            tiny_client.get("/doc.nt", params={"iri": iri})
            if iri.startswith("https://example.org/tiny/id/")
            else None
        )
        expected = triples((site.path / f"{path}.nt").read_bytes(), ox.RdfFormat.N_TRIPLES)
        assert sent is None or triples(sent.content, ox.RdfFormat.N_TRIPLES) == expected, iri
        compared += sent is not None
        for ending, form in TYPES.items():
            assert triples((site.path / f"{path}{ending}").read_bytes(), form) == expected, (iri, ending)
    assert compared == 90
    for name in ("ontology", "shapes", "vocab"):
        sent = tiny_client.get(f"/{name}", params={"format": "turtle"})
        expected = triples(sent.content, ox.RdfFormat.TURTLE)
        for ending, form in TYPES.items():
            assert triples((site.path / f"{name}{ending}").read_bytes(), form) == expected


def test_the_description_of_the_dataset_names_this_copy_and_no_service(
    site: Any, tiny_release: Release
) -> None:
    for path in (".well-known/void", ".well-known/void.ttl", "catalogue.ttl"):
        text = (site.path / path).read_text()
        assert calling.HOST not in text and "/sparql>" not in text
        assert f"https://example.org/tiny/releases/{tiny_release.id}/dump.nq.gz" in text
        assert triples(text.encode(), ox.RdfFormat.TURTLE)


def test_checksums(site: Any) -> None:
    lines = (site.path / SUMS).read_text().splitlines()
    assert len(lines) == site.said.files - 1
    for line in lines:
        digest, _, path = line.partition("  ")
        assert hashlib.sha256((site.path / path).read_bytes()).hexdigest() == digest
    dumps = list((site.path / "releases").glob("*/*.sha256"))
    assert len(dumps) == 4
    for file in dumps:
        digest, _, name = file.read_text().strip().partition("  ")
        assert hashlib.sha256((file.parent / name).read_bytes()).hexdigest() == digest


def test_names_lead_to_descriptions(hosted: str) -> None:
    with httpx.Client(follow_redirects=True) as client:
        for name in ("id/event/boat-tour", "ontology", "vocab", "void"):
            stub = client.get(f"{hosted}{name}")
            target = re.search(r"url=([^\"]+)", stub.text)
            assert target and client.get(urljoin(str(stub.url), target[1])).status_code == 200


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
def test_the_page_of_the_search_loads_its_script(hosted: str) -> None:
    links = Links()
    links.feed(httpx.get(f"{hosted}search.html").text)
    assert "static/search.js" in links.found


def test_the_script_finds_a_misprint(site: Any) -> None:
    code = (
        "const {find} = require(process.argv[1]); const things = require(process.argv[2]);"
        "console.log(JSON.stringify(process.argv.slice(3).map((q) => find(things, q).map((hit) => hit.slice(1)))))"
    )
    names = site.path / "search" / "names.json"
    things = json.loads(names.read_text())
    labels = {label for label, _, _ in things}
    asked = ["saltbrige", "MIRELLE", "nothing of the kind", ""]
    done = subprocess.run(
        ["node", "-e", code, str(site.path / "static" / "search.js"), str(names), *asked], capture_output=True, text=True, timeout=60, check=True
    )  # fmt: skip
    misprint, one, *none = json.loads(done.stdout)
    assert [label for label, _ in misprint] == ["Saltbridge"]
    assert len(one) > 3 and {label for label, _ in one} <= labels
    assert none == [[], []]
    assert all((site.path / unquote(path)).is_file() for _, path in [*misprint, *one])


def test_twice_is_the_same_and_an_earlier_export_is_replaced(
    site: Any, tiny_release: Release, tmp_path: Path
) -> None:
    again = tmp_path / "site"
    shutil.copytree(site.path, again)
    (again / "index.html").write_text("changed")
    export(tiny_release, again)
    assert (again / SUMS).read_bytes() == (site.path / SUMS).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


HOSTILE = """
@prefix l: <http://www.w3.org/2000/01/rdf-schema#> .
<https://h.example/id/plain> l:label "Plain"@en .
<https://h.example/id/PLAIN> l:label "Shouted"@en .
<https://h.example/id/Folder/x> l:label "x"@en . <https://h.example/id/folder/y> l:label "y"@en .
<https://h.example/id/../../../../etc/escape> l:label "Up"@en .
<https://h.example/id/%2e%2e/%2e%2e/escape> l:label "Up, encoded"@en .
<https://h.example/id/..%2F..%2Fescape> l:label "Up, slashes encoded"@en .
<https://h.example/id/%2Fetc%2Fescape> l:label "Absolute"@en . <https://h.example/id//etc/escape> l:label "Absolute too"@en .
<https://h.example/id/nul%00l> l:label "Nul"@en . <https://h.example/id/con> l:label "Reserved"@en . <https://h.example/id/.htaccess> l:label "Dot"@en .
<https://h.example/id/a%5C..%5Cb> l:label "Backslash"@en . <https://h.example/id/iri/x> l:label "In the way"@en .
<https://h.example/id/LONG> l:label "Long"@en . <https://h.example/id/café> l:label "Unicode"@en . <https://h.example/id/a%20b> l:label "Space"@en .
<https://h.example/id/plain.html/z> l:label "Below a page"@en . <https://h.example/id/query?x> l:label "Query"@en .
<https://h.example/id/s> l:label "<script>alert(1)</script>"@en ; l:seeAlso <javascript:alert(1)>, <https://h.example/id/plain> .
""".replace("LONG", "l" * 300)


def test_hostile_names_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "in.ttl").write_text(HOSTILE)
    release = publish_files([tmp_path / "in.ttl"], tmp_path / "release")
    (tmp_path / "outer").mkdir()
    site = tmp_path / "outer" / "site"
    said = export(release, site, environ={"MUNIMENT_BASE": "https://h.example/"})
    assert [p.name for p in (tmp_path / "outer").iterdir()] == ["site"]
    assert not list(tmp_path.rglob("escape*")) or all(site in p.parents for p in tmp_path.rglob("escape*"))
    found = Folder(site).files()
    folded = [path.casefold() for path in found]
    assert len(set(folded)) == len(folded)
    assert all(len(part.encode()) <= 130 for path in found for part in path.split("/"))
    resources = json.loads((site / "resources.json").read_text())
    things = {iri: path for iri, path in resources.items() if iri.startswith("https://h.example/id/")}
    own = {
        iri.removeprefix("https://h.example/id/")
        for iri, path in things.items()
        if not path.startswith("doc/iri/")
    }
    assert own == {"PLAIN", "Folder/x", "caf%C3%A9", "a%20b", "s"}
    assert len(things) >= 18 and said.documents >= len(things)
    for path in things.values():
        assert (site / f"{path}.ttl").is_file()
        assert "<script>alert" not in (site / f"{path}.html").read_text()


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a\\b", "a:b", "nul", "NUL.txt", "com1", ".x", "x.", "x ", "~x", "-x", "a\n", "a\u202eb", "cafe\u0301", "x" * 121])  # fmt: skip
def test_names_that_are_not_plain(name: str) -> None:
    assert not is_plain(name)


def test_places_do_not_depend_on_what_is_below() -> None:
    places, names = Places(), urls.Urls("https://h.example/")
    first = document_at("/doc/event/a.html?page=2", names)
    assert first == (Document("/doc/event/a", 2), "html")
    assert (
        places.of(first[0]).startswith("doc/iri/a-") and places.of(Document("/doc/event/a")) == "doc/event/a"
    )
    assert document_at("/doc?iri=https%3A%2F%2Fh.example%2Fid%2Fevent%2Fa", names) == (
        Document("/doc/event/a"),
        "html",
    )
    assert (
        document_at("/doc/x?_profile=labels", names) is None
        and document_at("//elsewhere/doc/x", names) is None
    )


def test_links_are_rewritten() -> None:
    page = '<p>a &amp; b<a href="/doc/x?a=1&amp;b=2" rel="up">x</a> <a href="/live">text <b>kept</b></a><br><i data-live>no <img src="/y"> <b>no</b></i>&#39;</p>'
    found = rewritten(page, "doc/a/b.html", lambda href: "doc/é x.html#f" if "a=1&b=2" in href else None)
    assert found == '<p>a &amp; b<a href="../%C3%A9%20x.html#f" rel="up">x</a> text <b>kept</b><br>&#39;</p>'


def _stranger(folder: Path) -> None:
    (folder / "CNAME").write_text("www.example.org")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [(_stranger, "not empty and no earlier export"), (lambda f: (f.rmdir(), f.write_text("x")), "is a file")],
)
def test_a_folder_of_somebody_else_is_left_alone(
    prepare: Callable[[Path], Any], said: str, tmp_path: Path
) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    prepare(target)
    with pytest.raises(InputError, match=said), replacing(target):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_files_that_were_added_to_an_export_are_not_lost(tmp_path: Path) -> None:
    target = tmp_path / "site"
    with replacing(target) as folder:
        folder.write(MARK, "{}")
    _stranger(target)
    with pytest.raises(InputError, match="CNAME"), replacing(target):
        pass
    assert (target / "CNAME").exists()


def test_what_goes_wrong_leaves_the_earlier_export(tmp_path: Path) -> None:
    target = tmp_path / "site"
    with replacing(target) as folder:
        folder.write(MARK, "{}")
    with pytest.raises(KeyboardInterrupt), replacing(target) as folder:
        folder.write(MARK, "half")
        raise KeyboardInterrupt
    assert (target / MARK).read_text() == "{}"
    assert [p.name for p in tmp_path.iterdir()] == ["site"]
    with pytest.raises(ValueError, match="out of the folder"):
        Folder(target).file("../x")
