"""A build that is stopped at any moment leaves the current release as it was, or the new one complete.

Real builds run in processes of their own and are killed: before the n-th thing that they do to the file system (an audit hook counts
and sends SIGKILL), and after some milliseconds inside the engine (a timer whose signal nobody handles). Others run out of space: files
may not grow beyond a limit.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muniment.build import assemble, build, check_graph
from muniment.errors import ReleaseError, ValidationFailed
from muniment.project import Project, find_project
from muniment.release import (
    CURRENT,
    DUMP,
    REPORT,
    SEARCH,
    STORE,
    Release,
    content_hash,
    current_release,
    open_release,
    read_pointer,
)

ROOT = Path(__file__).resolve().parents[1]

BUILDER = r"""
import json, os, resource, shutil, signal, sys
from pathlib import Path

import contextlib, numpy, pyshacl, rdflib, rdflib.plugins.serializers.longturtle  # what a build would load on the way, once for all
import encodings.ascii

with contextlib.suppress(ImportError):
    import shifty

import muniment.build
from muniment.errors import ReleaseError
from muniment.project import find_project
from muniment.stream.place import Limits

SPILLED = Limits(in_memory=0, lines=100, processes=1, piece=5_000)

graph = rdflib.Graph().parse(data="<a:s> <a:p> [] .", format="turtle")
graph.serialize(format="longturtle", canon=True)
pyshacl.validate(graph, shacl_graph=graph)

template = Path(sys.argv[1])
muniment.build.saved_queries(find_project(template))

COUNTED = ("open", "os.", "shutil.", "tempfile.", "sqlite3.", "fcntl.")


def child(folder, kind, number):
    project = find_project(folder)
    events, in_store, spilled = [], [], []

    def hook(event, args):
        if event == "os.kill" or not event.startswith(COUNTED) or not recording:
            return
        what = f"{event} {args[0] if args else ''}"
        if str(folder) not in what:  # modules and their caches are not the same in each run
            return
        # how many files the engine's store has differs from run to run: they are counted apart
        (in_store if "/store/" in what else events).append(what)
        if kind == "event" and len(events) == number or kind == "store" and len(in_store) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "spill" and event == "open" and "/.unfinished-" in what and "/store/" not in what:
            spilled.append(what)
            if len(spilled) == number:
                os.kill(os.getpid(), signal.SIGKILL)
        writing = ".unfinished-" in what  # the dump of the release before is read, too
        if kind == "timer" and event == "open" and writing and what.endswith("dump.nq.gz"):
            signal.setitimer(signal.ITIMER_REAL, number / 1000)

    recording = True
    sys.addaudithook(hook)
    if kind in ("limit", "full"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (number, resource.RLIM_INFINITY))
    try:
        muniment.build.build(project, **({"limits": SPILLED} if kind in ("spill", "full") else {}))
    except ReleaseError as error:
        recording = False
        print(error, file=sys.stderr)
        os._exit(3)
    recording = False
    if kind == "count":
        (folder / "events.json").write_text(json.dumps(events))
    os._exit(0)


for job in sys.argv[2:]:
    kind, number = job.split("=")
    folder = template.parent / job
    shutil.copytree(template, folder, symlinks=True)
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        try:
            child(folder, kind, int(number))
        except BaseException:
            import traceback
            traceback.print_exc()
        os._exit(9)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(job, status)
"""


@dataclasses.dataclass(frozen=True)
class Before:
    """A project whose current release is out of date, and the ids of the current and the next release."""

    root: Path
    old: str
    new: str


@pytest.fixture(scope="module")
def before(tiny: Project, tmp_path_factory: pytest.TempPathFactory) -> Before:
    root = tmp_path_factory.mktemp("interruption") / "project"
    shutil.copytree(tiny.root, root, ignore=shutil.ignore_patterns("releases"))
    project = find_project(root)
    old = build(project)
    _change(project)
    new = build(dataclasses.replace(project, releases=root.parent / "elsewhere"))
    assert old.id != new.id
    return Before(root, old.id, new.id)


def _change(project: Project) -> None:
    path = project.sources / "notices.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2019-03-13", "2019-03-14"), encoding="utf-8")


def run(before: Before, jobs: list[str]) -> tuple[dict[str, int], str]:
    """Run builds in processes of their own, each on a copy of the project; the exit status of each (below zero: the signal)."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "graph")}
    done = subprocess.run(
        [sys.executable, "-c", BUILDER, str(before.root), *jobs],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return {job: int(status) for job, status in map(str.split, done.stdout.splitlines())}, done.stderr


def verify(release: Release) -> None:
    """The release is whole: hashes agree, both ways of opening it work."""
    assert content_hash(line.decode() for line in release.dump()) == release.manifest["sha256"]
    for name, facts in release.manifest["files"].items():
        data = (release.path / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (facts["sha256"], facts["bytes"])
    quads = release.manifest["counts"]["quads"]
    assert sum(release.open(in_memory_quads=0).graphs().values()) == quads
    assert release.open(in_memory_quads=quads).query("ASK { ?e a mun:Event }").boolean


def complete(before: Before, job: str) -> str:
    """Check what a stopped build left; returns the id of the current release."""
    releases = before.root.parent / job / "releases"
    pointer = read_pointer(releases)
    assert pointer.id in (before.old, before.new)
    found = {path.name for path in releases.iterdir() if not path.name.startswith(".")} - {CURRENT}
    assert before.old in found and found <= {before.old, before.new}
    for name in found:
        verify(open_release(releases / name))
    return pointer.id


@pytest.fixture(scope="module")
def events(before: Before) -> list[str]:
    """What an undisturbed build does to the file system."""
    statuses, _ = run(before, ["count=0"])
    assert statuses == {"count=0": 0}
    assert complete(before, "count=0") == before.new
    found: list[str] = json.loads(
        (before.root.parent / "count=0" / "events.json").read_text(encoding="utf-8")
    )
    return found


@pytest.fixture(scope="module")
def killed(before: Before, events: list[str]) -> dict[str, int]:
    """Builds that were killed: at points spread over the whole, and at each point from the first written byte on."""
    writing = next(number for number, event in enumerate(events, 1) if event.startswith("tempfile.mkdtemp"))
    spread = {1 + number * writing // 4 for number in range(4)}
    each = {*range(writing, len(events) + 1)}
    assert 15 <= len(each) <= 60, events[writing - 1 :]
    jobs = [f"event={n}" for n in sorted(spread | each)]
    jobs += [f"timer={n}" for n in (1, 4, 8, 16)] + [f"store={n}" for n in (1, 5)]
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda part: run(before, part)[0], (jobs[::2], jobs[1::2])))
    return halves[0] | halves[1]


def test_builds_were_killed_at_many_points(killed: dict[str, int]) -> None:
    at_events = {status for job, status in killed.items() if job.startswith("event=")}
    assert at_events == {-signal.SIGKILL}
    assert {status for job, status in killed.items() if job.startswith("store=")} == {-signal.SIGKILL}
    at_times = {status for job, status in killed.items() if job.startswith("timer=")}
    assert at_times <= {-signal.SIGALRM, 0} and -signal.SIGALRM in at_times
    assert len(killed) >= 25


def test_after_a_kill_there_is_the_old_release_or_the_new_one_complete(
    before: Before, killed: dict[str, int], events: list[str]
) -> None:
    found = {job: complete(before, job) for job in killed}
    pointed = next(n for n, e in reversed(list(enumerate(events, 1))) if e.startswith("os.rename"))
    for job, current in found.items():
        kind, _, number = job.partition("=")
        if kind == "event":
            assert current == (before.new if int(number) > pointed else before.old), events[int(number) - 1]
    assert set(found.values()) == {before.old, before.new}


def test_after_a_kill_the_next_build_finishes_and_clears_away(before: Before, killed: dict[str, int]) -> None:
    jobs = [job for job in killed if any((before.root.parent / job / "releases").glob(".unfinished-*"))]
    assert len(jobs) >= 8
    for job in jobs[::4]:
        project = find_project(before.root.parent / job)
        assert build(project).id == before.new
        verify(current_release(project.releases))
        assert not list(project.releases.glob(".unfinished-*"))


@pytest.fixture(scope="module")
def limits(before: Before) -> list[int]:
    """Sizes beyond which no file may grow: nothing at all, and just too little for each file that a release holds."""
    path = before.root.parent / "elsewhere" / before.new
    sizes = [(path / name).stat().st_size for name in (REPORT, DUMP, SEARCH)]
    largest = max(file.stat().st_size for file in (path / STORE).iterdir())
    return sorted({0, largest - 1, 10 * largest, *(size - 1 for size in sizes)})


def test_out_of_space(before: Before, limits: list[int]) -> None:
    assert len(limits) >= 4
    statuses, errors = run(before, [f"limit={size}" for size in limits])
    assert set(statuses.values()) <= {0, 3}, errors
    assert list(statuses.values()).count(3) >= 3
    assert "Traceback" not in errors
    assert errors.count("The current release is untouched.") == list(statuses.values()).count(3)
    for job, status in statuses.items():
        assert complete(before, job) == (before.new if status == 0 else before.old)
        if status == 3:
            assert not list((before.root.parent / job / "releases").glob(".unfinished-????????"))


def test_killed_while_runs_are_spilled(before: Before) -> None:
    """Pieces of sources, what comes of them by subject, and by object, stand in files of a folder that nobody needs again."""
    jobs = [f"spill={number}" for number in (1, 3, 10, 30, 60, 90)]
    statuses, errors = run(before, jobs)
    assert set(statuses.values()) == {-signal.SIGKILL}, errors
    for job in jobs:
        assert complete(before, job) == before.old
    releases = before.root.parent / jobs[-1] / "releases"
    (left,) = releases.glob(".unfinished-*")
    assert len(list(left.iterdir())) > 20
    assert build(find_project(before.root.parent / jobs[-1])).id == before.new
    assert not list(releases.glob(".unfinished-*"))


def test_out_of_space_while_sorting(before: Before) -> None:
    jobs = [f"full={size}" for size in (1_000, 20_000, 100_000)]
    statuses, errors = run(before, jobs)
    assert set(statuses.values()) == {3}, errors
    assert "Traceback" not in errors
    assert errors.count("The current release is untouched.") == len(jobs)
    for job in jobs:
        assert complete(before, job) == before.old
        assert not list((before.root.parent / job / "releases").glob(".unfinished-????????"))


@pytest.fixture
def project(before: Before, tmp_path: Path) -> Project:
    shutil.copytree(before.root, tmp_path / "p")
    return find_project(tmp_path / "p")


def untouched(project: Project) -> Callable[[], Iterator[tuple[str, bytes]]]:
    def files() -> Iterator[tuple[str, bytes]]:
        for path in sorted(project.releases.rglob("*")):
            if path.is_file() and path.name != ".lock":
                yield str(path), path.read_bytes()

    return files


def test_a_failing_validation_changes_nothing(project: Project) -> None:
    files = untouched(project)
    was = list(files())
    path = project.sources / "notices.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("end: 2019-03-14", "end: 2019-03-01"), encoding="utf-8"
    )
    with pytest.raises(ValidationFailed, match="1 violation"):
        build(project)
    (result,) = check_graph(assemble(project)).violations
    assert "ends before it starts" in result.message
    assert list(files()) == was
    assert any(name.endswith(DUMP) for name, _ in was)


def test_bad_input_changes_nothing(project: Project) -> None:
    files = untouched(project)
    was = list(files())
    (project.sources / "notices.yaml").write_text("- [", encoding="utf-8")
    with pytest.raises(Exception, match="not YAML"):
        build(project)
    assert list(files()) == was


def test_an_interrupt_leaves_nothing_behind(project: Project) -> None:
    """Ctrl-C while the build reports a stage."""

    def stop(stage: str) -> None:
        if stage == "write":
            raise KeyboardInterrupt

    files = untouched(project)
    was = list(files())
    with pytest.raises(KeyboardInterrupt):
        build(project, stop)
    assert list(files()) == was
    assert build(project)  # the lock was let go


def test_a_release_folder_that_is_a_file(project: Project, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(ReleaseError, match="cannot be written"):
        build(dataclasses.replace(project, releases=blocked))
