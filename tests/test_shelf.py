"""The releases that are kept: going back, removing, checking."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from muniment import shelf
from muniment.build import build, up_to_date
from muniment.cli.terminal import app
from muniment.errors import ReleaseError
from muniment.project import Project, find_project
from muniment.release import Release, building, current_release, open_release

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def three(tiny: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Release]]:
    """A project with three releases, the last of which is current."""
    folder = tmp_path_factory.mktemp("three") / "tiny"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    file, made = folder / "muniment.toml", []
    text = file.read_text()
    for day in ("2026-01-01", "2026-02-01", "2026-03-01"):
        file.write_text(re.sub(r"\[dataset\]\n", f'[dataset]\nissued = "{day}"\n', text))
        made.append(build(find_project(folder)))
    return find_project(folder), made


@pytest.fixture
def folder(three: tuple[Project, list[Release]], tmp_path: Path) -> Path:
    """A copy of their folder."""
    return Path(shutil.copytree(three[0].releases, tmp_path / "releases"))


def ids(releases: list[Release]) -> list[str]:
    return [release.id for release in releases]


def test_they_are_listed_the_newest_first(three: tuple[Project, list[Release]], folder: Path) -> None:
    assert ids(shelf.listed(folder)) == ids(three[1])[::-1]
    with pytest.raises(ReleaseError):
        shelf.listed(folder / "none")


def test_going_back_stays(three: tuple[Project, list[Release]], tmp_path: Path) -> None:
    """Nobody builds again because somebody went back: the inputs are those of the newest release still."""
    root = Path(shutil.copytree(three[0].root, tmp_path / "tiny"))
    project, (first, _, last) = find_project(root), three[1]
    assert shelf.use(project.releases, first.id[:8]).id == first.id == current_release(project.releases).id
    found = up_to_date(project)
    assert found and found.id == first.id
    source = project.sources / "notices.yaml"
    source.write_text(source.read_text() + "\n# something else\n")
    assert up_to_date(project) is None
    assert shelf.use(project.releases, last.id).id == last.id


def test_what_cannot_be_gone_back_to(three: tuple[Project, list[Release]], folder: Path) -> None:
    first, _, last = three[1]
    for name in ("", "ffff", "../x"):
        with pytest.raises(ReleaseError, match="no release"):
            shelf.use(folder, name)
    (folder / first.id / "dump.ttl.gz").write_bytes(b"spoiled")
    with pytest.raises(ReleaseError, match=r"damaged: dump\.ttl\.gz"):
        shelf.use(folder, first.id)
    with building(folder), pytest.raises(ReleaseError, match="another process"):
        shelf.use(folder, last.id)
    assert current_release(folder).id == last.id


def test_a_beginning_that_two_share(three: tuple[Project, list[Release]], folder: Path) -> None:
    first = three[1][0]
    twin = folder / (first.id[:4] + "0" * 12)
    shutil.copytree(folder / first.id, twin)
    manifest = json.loads((twin / "manifest.json").read_text())
    (twin / "manifest.json").write_text(json.dumps({**manifest, "id": twin.name}))
    with pytest.raises(ReleaseError, match="several"):
        shelf.use(folder, first.id[:4])


def test_old_ones_are_removed(three: tuple[Project, list[Release]], folder: Path) -> None:
    first, second, last = three[1]
    shelf.use(folder, first.id)
    layouts = folder / ".layouts"
    layouts.mkdir(exist_ok=True)
    for release in (second, last):
        (layouts / f"{release.id}-network.json").write_text("{}")
    store = open_release(folder / second.id).open(0)  # served by somebody
    assert ids(shelf.prune(folder, 1)) == [second.id]
    assert ids(shelf.listed(folder)) == [last.id, first.id]  # the newest, and the current one
    assert [path.name for path in layouts.glob("*-network.json")] == [f"{last.id}-network.json"]
    assert store.query("ASK { ?s ?p ?o }").boolean is True
    assert shelf.prune(folder, 1) == []
    assert not list(folder.glob(".unfinished*"))


DAMAGES = {
    "a file is missing": (lambda path: (path / "report.ttl").unlink(), "report.ttl: No such file"),
    "a file was changed": (lambda path: (path / "events.tsv").write_text("x"), "events.tsv is not what"),
    "the store is gone": (lambda path: shutil.rmtree(path / "store"), "store: "),
    "the store was cut": (
        lambda path: [file.write_bytes(file.read_bytes()[:100]) for file in (path / "store").glob("*.sst")],
        "store: ",
    ),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_damages_are_found(three: tuple[Project, list[Release]], folder: Path, case: str) -> None:
    release = open_release(folder / three[1][0].id)
    assert list(shelf.damages(release)) == []
    spoil, said = DAMAGES[case]
    spoil(release.path)  # type: ignore[no-untyped-call]
    (found,) = shelf.damages(release)
    assert found.startswith(said)


def test_the_command(three: tuple[Project, list[Release]], folder: Path) -> None:
    first, second, last = three[1]

    def run(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["release", *words, "--releases", str(folder)])
        return done.exit_code, done.stdout, done.stderr

    code, shown, _ = run("list", "--json")
    assert code == 0
    assert [(r["id"], r["current"]) for r in json.loads(shown)] == [(last.id, True), (second.id, False), (first.id, False)]  # fmt: skip
    assert run("use", second.id)[0] == 0
    table = run("list")[1].splitlines()
    assert len([line for line in table if "current" in line and second.id in line]) == 1
    assert run("check")[0] == 0
    code, _, said = run("prune", "--keep", "1")
    assert (code, said.splitlines()[0]) == (0, "removed 1 release")
    (folder / last.id / "report.ttl").unlink()
    assert run("check")[0] == 1
    code, shown, _ = run("list", "--json")
    assert [r["id"] for r in json.loads(shown)] == [last.id, second.id]


def test_the_lines_of_the_documentation(folder: Path, three: tuple[Project, list[Release]]) -> None:
    """Backup and restore, exactly as the page has them."""
    page = (ROOT / "docs" / "deploy.md").read_text()
    (lines,) = re.findall(r"## Backup and restore\n+```sh\n(.*?)```", page, re.DOTALL)
    assert len(lines.splitlines()) == 5
    import os
    import sys

    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    shelf.use(folder, three[1][1].id)
    done = subprocess.run(["sh", "-euc", lines], cwd=folder.parent, env=environ, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"{three[1][1].id}: whole\n"
    assert three[1][1].id in done.stdout and "current" in done.stdout
    restored = current_release(folder.parent / "restored")
    kept = open_release(folder / three[1][1].id)
    assert restored.manifest == kept.manifest
    assert list(restored.dump()) == list(kept.dump())
    assert restored.open(10**6).query("ASK { ?s ?p ?o }").boolean is True
