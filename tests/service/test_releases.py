"""Releases over HTTP: dumps in parts, checksums, what changed; and the dumps themselves, read by the engine and by rdflib."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import httpx
import pytest
import rdflib
from engine_stores import Stores
from rdflib.compare import isomorphic

from muniment.build import build
from muniment.changes import changes
from muniment.dumps import DUMPS, graph_of
from muniment.engine import parse
from muniment.project import Project, find_project
from muniment.release import Release, open_release, releases_in
from muniment.terms import Quad
from muniment_service.app import publish
from muniment_service.asgi import application
from muniment_service.catalogue import versions
from muniment_service.publisher import ReleasePublisher


@dataclasses.dataclass
class Two:
    """A client of a service with two releases, and both."""

    client: httpx.Client
    old: Release
    new: Release


@pytest.fixture(scope="module")
def two(
    tiny: Project,
    tmp_path_factory: pytest.TempPathFactory,
    connect_app: Callable[..., httpx.Client],
    stores: Stores,
) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two") / "tiny"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    old = build(find_project(folder))
    notices = folder / "sources" / "notices.yaml"
    text = notices.read_text()
    assert "label: First meeting of the Lake Mirelle Commission" in text
    notices.write_text(
        text.replace("label: First meeting of", "label: <First> & “meeting” of")
        + '\n- id: claim/notices/1/more\n  source: document/notices\n  lines: "1"\n  states:\n'
        "  - {id: body/new-body, type: Body, label: New body, bodyType: committee}\n"
    )
    toml = folder / "muniment.toml"
    toml.write_text(toml.read_text().replace("[dataset]", '[dataset]\nissued = "2026-11-22"'))
    new = build(find_project(folder))
    app = application({**stores.environ(new), "MUNIMENT_RELEASES": str(new.path.parent)})
    with connect_app(app) as client:
        yield Two(client, old, new)


def test_every_dump_holds_the_release(two: Two) -> None:
    """The same quads in each format, by the engine; Turtle, the consolidated graph, by rdflib too."""
    quads = set(two.new.quads())
    default = {Quad(*q[:3], "") for q in quads if q.graph == ""}
    assert len(DUMPS) == 4 and 0 < len(default) < len(quads)
    for dump in DUMPS:
        data = gzip.decompress((two.new.path / dump.file).read_bytes())
        assert set(parse(data, dump.media_type)) == (default if dump.consolidated else quads), dump.file
        assert two.new.manifest["files"][dump.file]["bytes"] == (two.new.path / dump.file).stat().st_size
        assert data not in (b"", b"[]")
    turtle = gzip.decompress((two.new.path / "dump.ttl.gz").read_bytes())
    lines = "".join(q.line() for q in default)
    assert isomorphic(rdflib.Graph().parse(data=turtle), rdflib.Graph().parse(data=lines, format="nt"))


def test_dumps_are_the_same_when_built_again(two: Two, tmp_path: Path) -> None:
    project = dataclasses.replace(find_project(two.new.path), releases=tmp_path / "again")
    again = build(project)
    assert (again.path / "manifest.json").read_bytes() == (two.new.path / "manifest.json").read_bytes()
    for dump in DUMPS:
        assert (again.path / dump.file).read_bytes() == (two.new.path / dump.file).read_bytes()


@pytest.mark.parametrize(
    ("line", "graph"),
    [
        ("<s> <p> <o> .\n", ""),
        ("<s> <p> <o> <g> .\n", "<g>"),
        ('<s> <p> "a <b> \\"." .\n', ""),
        ('<s> <p> "a <b> \\" ."@en <g> .\n', "<g>"),
        ('<s> <p> "1"^^<t> <g> .\n', "<g>"),
        ('<s> <p> "1 . <x> ."^^<t> .\n', ""),
        ("_:a <p> _:b <g> .\n", "<g>"),
    ],
)
def test_graph_of_a_line(line: str, graph: str) -> None:
    assert graph_of(line) == graph


def test_downloads(two: Two) -> None:
    listed = two.client.get(f"/releases/{two.new.id}", headers={"Accept": "application/json"}).json()
    assert [f["file"] for f in listed["downloads"]] == [dump.file for dump in DUMPS]
    for file in listed["downloads"]:
        answer = two.client.get(file["href"])
        digest = hashlib.sha256(answer.content)
        assert answer.status_code == 200 and len(answer.content) == file["bytes"]
        assert digest.hexdigest() == file["sha256"]
        assert answer.headers["repr-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["muniment-release"] == two.new.id
        assert "content-encoding" not in answer.headers
        assert two.client.get(file["checksum"]).text == f"{file['sha256']}  {file['file']}\n"
    assert two.client.get(f"/releases/{two.old.id}/dump.nq.gz").headers["muniment-release"] == two.old.id


@pytest.mark.parametrize(
    ("headers", "status", "part"),
    [
        ({}, 200, slice(None)),
        ({"Range": "bytes=0-9"}, 206, slice(0, 10)),
        ({"Range": "bytes=100-"}, 206, slice(100, None)),
        ({"Range": "bytes=-7"}, 206, slice(-7, None)),
        ({"Range": "bytes=5-99999999"}, 206, slice(5, None)),
        ({"Range": "bytes=9-5"}, 200, slice(None)),
        ({"Range": "bytes=0-1,5-6"}, 200, slice(None)),
        ({"Range": "lines=0-1"}, 200, slice(None)),
        ({"Range": "bytes=0-9", "If-Range": "{tag}"}, 206, slice(0, 10)),
        ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200, slice(None)),
        ({"Range": "bytes=99999999-", "If-Range": '"another"'}, 200, slice(None)),
        ({"Range": "bytes=99999999-"}, 416, None),
        ({"Range": "bytes=-0"}, 416, None),
        ({"If-None-Match": "{tag}"}, 304, None),
        ({"If-None-Match": '"another"', "Range": "bytes=1-2"}, 206, slice(1, 3)),
    ],
)
def test_ranges(two: Two, headers: dict[str, str], status: int, part: slice | None) -> None:
    data = (two.new.path / "dump.nq.gz").read_bytes()
    tag = f'"{hashlib.sha256(data).hexdigest()}"'
    url = f"/releases/{two.new.id}/dump.nq.gz"
    answer = two.client.get(url, headers={k: v.format(tag=tag) for k, v in headers.items()})
    assert answer.status_code == status
    if part is not None:
        assert answer.content == data[part]
        assert answer.headers["etag"] == tag and answer.headers["content-length"] == str(len(answer.content))
    if status == 206:
        start = part.indices(len(data))[0] if part else 0
        end = start + len(answer.content) - 1
        assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(data)}"
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(data)}"
        assert answer.json()["type"].endswith("#range")
    head = two.client.head(url, headers={k: v.format(tag=tag) for k, v in headers.items()})
    assert (head.status_code, head.content) == (status, b"")
    assert head.headers.get("content-length") == answer.headers.get("content-length")


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("*/*", "dump.nq.gz"),
        ("application/trig", "dump.trig.gz"),
        ("text/turtle", "dump.ttl.gz"),
        ("application/ld+json", "dump.jsonld.gz"),
        ("text/html", ""),
    ],
)
def test_dump_leads_to_the_current_release(two: Two, accept: str, name: str) -> None:
    answer = two.client.get("/dump", headers={"Accept": accept})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/releases/{two.new.id}{'/' if name else ''}{name}"
    if name:
        direct = two.client.get(f"/{name}.sha256")
        assert direct.headers["location"] == f"/releases/{two.new.id}/{name}.sha256"


@pytest.mark.parametrize(
    "path",
    [
        "/releases/0123456789abcdef",
        "/releases/0123456789abcdef/dump.nq.gz",
        "/releases/{id}/store",
        "/releases/{id}/current",
        "/releases/{id}/..%2fcurrent",
        "/releases/..%2f{id}/dump.nq.gz",
        "/releases/current/dump.nq.gz",
        "/dump.exe",
        "/dump.nq.gz/../../current",
        "/changes.atom?release=0123456789abcdef",
        "/events.csv?release=0123456789abcdef",
    ],
)
def test_what_is_not_there(two: Two, path: str) -> None:
    answer = two.client.get(path.format(id=two.new.id))
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"
    assert str(two.new.path.parent) not in answer.text


def test_a_damaged_file_is_not_sent(
    two: Two, tmp_path: Path, connect_app: Callable[..., httpx.Client]
) -> None:
    copy = tmp_path / two.new.id
    shutil.copytree(two.new.path, copy)
    with (copy / "dump.ttl.gz").open("ab") as file:
        file.write(b"more")
    app = publish(ReleasePublisher(open_release(copy), {}, follow=False))
    with connect_app(app) as client:
        assert client.get(f"/releases/{two.new.id}/dump.ttl.gz").status_code == 503
        assert client.get(f"/releases/{two.new.id}/dump.nq.gz").status_code == 200


def test_pages(two: Two) -> None:
    page = two.client.get(f"/releases/{two.new.id}", headers={"Accept": "text/html"}).text
    assert "How to cite it" in page and "Published 2026-11-22" in page and two.old.id in page
    listed = two.client.get("/releases", headers={"Accept": "application/json"}).json()
    assert [r["id"] for r in listed["releases"]] == [two.new.id, two.old.id] and listed[
        "current"
    ] == two.new.id
    assert two.new.id in two.client.get("/releases", headers={"Accept": "text/html"}).text


def test_changes(two: Two) -> None:
    found = changes(two.old, two.new, 100)
    kinds = {change.iri.rpartition("/id/")[2]: change.kind for change in found.things}
    assert kinds["body/new-body"] == "added" and kinds["event/first-meeting"] == "changed"
    assert all(change.iri.startswith(f"{two.new.manifest['base']}id/") for change in found.things)
    assert sum(found.counts.values()) == len(found.things)
    back = changes(two.new, two.old, 1)
    assert (back.counts["removed"], back.counts["changed"]) == (
        found.counts["added"],
        found.counts["changed"],
    )
    assert len(back.things) == 1
    assert changes(two.new, two.new, 9).things == []


def test_feed(two: Two) -> None:
    answer = two.client.get("/changes", headers={"Accept": "application/atom+xml"})
    feed = feedparser.parse(answer.content)
    assert not feed.bozo and feed.version == "atom10"
    assert feed.feed.updated == "2026-11-22T00:00:00Z"
    titles = [entry.title for entry in feed.entries]
    assert titles[0] == f"Release {two.new.id}"
    assert "Added: New body" in titles
    assert "Changed: <First> & “meeting” of the Lake Mirelle Commission" in titles
    assert len({entry.id for entry in feed.entries}) == len(titles)
    assert all(entry.id.startswith("urn:uuid:") and entry.updated and entry.link for entry in feed.entries)
    entry = next(e for e in feed.entries if "First" in e.title)
    assert "rdfs:label: <First>" in entry.content[0].value
    assert two.client.get("/changes.atom").content == answer.content
    first = feedparser.parse(two.client.get(f"/changes.atom?release={two.old.id}").content)
    assert [e.title for e in first.entries] == [f"Release {two.old.id}"] and first.feed.id == feed.feed.id
    assert "none to compare" in first.entries[0].content[0].value


def test_releases_are_in_order(two: Two) -> None:
    assert [r.id for r in releases_in(two.new.path.parent)] == [two.new.id, two.old.id]
    assert [r.id for r in versions(two.new)] == [two.old.id, two.new.id]


def test_a_release_that_is_being_written_is_not_listed(two: Two, tmp_path: Path) -> None:
    for found in (two.old, two.new):
        (tmp_path / found.id).symlink_to(found.path, target_is_directory=True)
    beside = Release(tmp_path / two.new.id, two.new.manifest)
    unfinished = tmp_path / ".unfinished-abc"
    unfinished.mkdir()
    shutil.copy(two.old.path / "manifest.json", unfinished)
    assert [r.id for r in releases_in(tmp_path)] == [two.new.id, two.old.id]
    assert [r.id for r in versions(beside)] == [two.old.id, two.new.id]
    unfinished.rename(tmp_path / "abc")  # planted: under a name of its own it would be found
    assert len(releases_in(tmp_path)) == len(versions(beside)) == 3


def test_a_store_that_is_no_release(client: httpx.Client) -> None:
    assert client.get("/releases", headers={"Accept": "application/json"}).json()["releases"] == []
    assert client.get("/dump").status_code == 404
