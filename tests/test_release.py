"""Releases: the same input gives the same bytes, nothing is changed in place, and the pointer moves atomically."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import re
import shutil
import threading
from pathlib import Path

import pytest

from muniment.build import build, up_to_date
from muniment.engine import EmbeddedStore
from muniment.errors import ReleaseError
from muniment.project import Project, find_project, read_project
from muniment.release import (
    CURRENT,
    DUMP,
    MANIFEST,
    REPORT,
    SEARCH,
    STORE,
    Pointer,
    Release,
    building,
    content_hash,
    current_release,
    open_release,
    point_to,
    read_pointer,
)

FILES = (DUMP, MANIFEST, REPORT, SEARCH)


def copied(project: Project, folder: Path) -> Project:
    shutil.copytree(project.root, folder, ignore=shutil.ignore_patterns("releases"))
    return find_project(folder)


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything in a folder: inode, time of change and bytes of each file."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(p.relative_to(folder)): (p.stat().st_ino, p.stat().st_mtime_ns, p.read_bytes()) for p in files
    }


def reversed_records(text: str) -> str:
    """The records of a YAML-LD file, the last one first; comments stay with the record below them."""
    blocks = re.split(r"\n\n(?=- |#)", text.strip())
    return "\n\n".join(reversed(blocks)) + "\n"


def test_the_same_input_gives_the_same_bytes(tiny: Project, tiny_release: Release, tmp_path: Path) -> None:
    again = build(dataclasses.replace(tiny, releases=tmp_path / "releases"))
    assert again.id == tiny_release.id
    assert content(again.path) == content(tiny_release.path)


def test_neither_the_order_of_files_nor_of_records_shows(
    tiny: Project, tiny_release: Release, tmp_path: Path
) -> None:
    turned = copied(tiny, tmp_path / "turned")
    paths = sorted(turned.sources.glob("*.yaml"))
    assert len(paths) == 4
    for number, path in enumerate(reversed(paths)):
        text = reversed_records(path.read_text(encoding="utf-8"))
        assert text != path.read_text(encoding="utf-8")
        path.unlink()
        (turned.sources / f"{number}.yaml").write_text(text, encoding="utf-8")
    assert content(build(turned).path) == content(tiny_release.path)


def test_the_place_of_the_project_does_not_show(tiny: Project, tiny_release: Release, tmp_path: Path) -> None:
    moved = copied(tiny, tmp_path / "some" / "where else")
    assert content(build(moved).path) == content(tiny_release.path)


def test_a_release_is_never_changed_in_place(tiny: Project, tmp_path: Path) -> None:
    project = copied(tiny, tmp_path / "p")
    first = build(project)
    before = state(first.path)
    assert build(project).path == first.path
    assert state(first.path) == before
    path = project.sources / "notices.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2019-03-13", "2019-03-14"), encoding="utf-8")
    second = build(project)
    assert second.id != first.id
    assert state(first.path) == before
    assert {p.name for p in project.releases.iterdir()} == {first.id, second.id, CURRENT, ".lock"}


def test_the_manifest_tells_the_truth(tiny: Project, tiny_release: Release) -> None:
    manifest = tiny_release.manifest
    lines = [line.decode() for line in tiny_release.dump()]
    assert lines == sorted(set(lines))
    assert manifest["sha256"] == content_hash(lines)
    assert manifest["id"] == tiny_release.path.name
    assert manifest["counts"]["quads"] == len(lines)
    for name, facts in manifest["files"].items():
        data = (tiny_release.path / name).read_bytes()
        assert facts == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    for source in manifest["sources"]:
        data = (tiny.root / "documents" / source["file"]).read_bytes()
        assert source["sha256"] == hashlib.sha256(data).hexdigest()
    assert len(manifest["sources"]) == 4
    assert manifest["counts"]["classes"]["Event"] == 5
    assert manifest["validation"]["Violation"] == 0


def test_nothing_in_a_release_tells_when_or_where_it_was_built(tiny: Project, tiny_release: Release) -> None:
    for name, data in content(tiny_release.path).items():
        text = gzip.decompress(data) if name == DUMP else data
        assert str(tiny.root).encode() not in text
    header = (tiny_release.path / DUMP).read_bytes()[:10]
    assert header[3:8] == bytes(5)  # no name, no time


def test_the_store_on_disk_holds_the_dump(tiny_release: Release) -> None:
    assert tiny_release.manifest["counts"]["quads"] > 1
    disk, memory = tiny_release.open(in_memory_quads=0), tiny_release.open(in_memory_quads=10**9)
    assert disk.graphs() == memory.graphs()
    assert sum(disk.graphs().values()) == tiny_release.manifest["counts"]["quads"]


def test_up_to_date(tiny: Project, tmp_path: Path) -> None:
    project = copied(tiny, tmp_path / "p")
    assert up_to_date(project) is None
    built = build(project)
    found = up_to_date(project)
    assert found is not None and found.id == built.id
    with (project.sources / "notices.yaml").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert up_to_date(project) is None
    assert build(project).id == built.id  # other bytes, same content: the same release, and up to date again
    assert up_to_date(project) is not None


def test_one_process_builds_at_a_time(tmp_path: Path, tiny: Project) -> None:
    project = copied(tiny, tmp_path / "p")
    with (
        building(project.releases),
        pytest.raises(ReleaseError, match="another process is building") as caught,
    ):
        build(project)
    assert caught.value.hint
    assert build(project)


def test_what_earlier_builds_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / ".unfinished-abc"
    (left / STORE).mkdir(parents=True)
    with building(tmp_path):
        assert not left.exists()


def test_the_pointer_moves_atomically(tmp_path: Path) -> None:
    """A reader that never stops reading sees one of the two pointers, whole, each time."""
    pointers = [Pointer(name * 16, name * 64) for name in "ab"]
    point_to(tmp_path, pointers[0])
    seen: list[Pointer] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen.append(read_pointer(tmp_path))
            except BaseException as error:
                failures.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        point_to(tmp_path, pointers[number % 2])
    done.set()
    reader.join()
    assert not failures
    assert seen and set(seen) <= set(pointers)
    assert [path.name for path in tmp_path.iterdir()] == [CURRENT]


@pytest.mark.parametrize("text", ["", "one", "a b c", "\xff"])
def test_a_damaged_pointer(tmp_path: Path, text: str) -> None:
    (tmp_path / CURRENT).write_bytes(text.encode("latin-1"))
    with pytest.raises(ReleaseError, match="no release") as caught:
        current_release(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("text", [None, "", "{", "\xff"])
def test_a_damaged_manifest(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_bytes(text.encode("latin-1"))
    with pytest.raises(ReleaseError, match="holds no release"):
        open_release(tmp_path)


def test_a_folder_that_cannot_be_written(tiny: Project, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder = tmp_path / "releases"
    folder.mkdir(mode=0o555)
    with pytest.raises(ReleaseError, match="cannot be written"):
        build(dataclasses.replace(tiny, releases=folder))


def test_readers_of_the_old_release_are_not_disturbed(tiny: Project, tmp_path: Path) -> None:
    project = copied(tiny, tmp_path / "p")
    first = build(project)
    reader: EmbeddedStore = first.open(in_memory_quads=0)
    asked = "SELECT ?end { ?e schema:endDate ?end } ORDER BY ?end"
    before = reader.query(asked).to_csv()
    path = project.sources / "notices.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2019-03-13", "2019-03-14"), encoding="utf-8")
    second = build(project)
    assert reader.query(asked).to_csv() == before
    assert current_release(project.releases).id == second.id
    assert second.open(in_memory_quads=0).query(asked).to_csv() != before


def test_the_manifest_is_canonical_json(tiny_release: Release) -> None:
    text = (tiny_release.path / MANIFEST).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def test_another_title_is_another_release(tiny: Project, tmp_path: Path) -> None:
    project = copied(tiny, tmp_path / "p")
    first = build(project)
    path = project.root / "muniment.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(project.title, "Another"), encoding="utf-8")
    second = build(read_project(path))
    assert second.manifest["title"] == "Another"
    assert second.id != first.id
    assert second.manifest["sha256"] != first.manifest["sha256"]  # the catalogue in the graph has the title


@pytest.mark.parametrize("damage", [None, b"", b"no gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\3half"])
def test_a_damaged_dump(tiny: Project, tmp_path: Path, damage: bytes | None) -> None:
    release = build(copied(tiny, tmp_path / "p"))
    (release.path / DUMP).unlink()
    if damage is not None:
        (release.path / DUMP).write_bytes(damage)
    with pytest.raises(ReleaseError, match="damaged") as caught:
        release.open(in_memory_quads=10**9)
    assert caught.value.hint
