"""Writes releases: everything under a temporary name, synced, renamed, and only then pointed to."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from muniment.dump_cuts import CUTS
from muniment.dumps import DUMPS, JSONLD, NQUADS, TRIG, TURTLE, Blocks, Contents, Dump, write_dump
from muniment.engine import EmbeddedStore, write_store
from muniment.errors import ReleaseError
from muniment.event_dates import write_event_dates
from muniment.named_graphs import write_named_graphs
from muniment.progress import Part, nothing
from muniment.queries import QueryFile, to_json
from muniment.readings import write_readings
from muniment.release import (
    EVENTS,
    GRAPHS,
    MANIFEST,
    QUERIES,
    READINGS,
    REPORT,
    SEARCH,
    STORE,
    UNFINISHED,
    VALIDATED,
    Pointer,
    Release,
    content_hash,
    open_release,
    point_to,
    sync_file,
)
from muniment.search import write_index
from muniment.search.described import InLines, InStore
from muniment.search.facets import facets_of
from muniment.stream.crew import Crew, crew
from muniment.stream.sorting import Filed, Listed, Ordered

_ID_LENGTH = 16
_LONGEST_FIRST = (JSONLD, TRIG, NQUADS, TURTLE)


@dataclass(frozen=True)
class Begun:
    """A dump that a process of a crew is writing while lines are put in order."""

    dump: Dump
    folder: Path
    written: Future[None]

    def moved_to(self, directory: Path) -> bool:
        """Wait for it, and move it to a directory; whether it was written."""
        try:
            self.written.result()
        except BrokenProcessPool:
            return False
        (self.folder / self.dump.file).rename(directory / self.dump.file)
        return True


def begin_dump(folder: Path, contents: Contents, prefixes: Mapping[str, str], hands: Crew) -> Begun:
    """Begin with the dump that takes longest; it needs no order of all lines.

    Args:
        folder: where it is written; it must be on the disk of the releases.
        contents: what it holds; ``lines`` are not needed.
        prefixes: those of the dump.
        hands: who writes it.
    """
    job = partial(write_dump, folder, JSONLD, contents, dict(prefixes))
    return Begun(JSONLD, folder, hands.start(_written, job))


@dataclass(frozen=True)
class Contained:
    """What goes into a release, put in order and counted."""

    contents: Contents
    sha256: str
    """Of the lines of the contents."""
    events: Ordered
    """Lines among which are all about dates and places of events."""
    described: InLines | None = None
    """What the index of names is written from; if this is None, the store."""
    crew: Crew = field(default_factory=lambda: Crew(1))
    """Who writes."""
    begun: Begun | None = None
    """What is being written already."""


def write_release(
    releases: Path,
    lines: list[str],
    report: str,
    facts: Mapping[str, Any],
    inputs: str,
    queries: Sequence[QueryFile] = (),
    validated: Mapping[str, Any] | None = None,
) -> Release:
    """Write a release of canonical N-Quads in memory and point to it; see ``write_contained``."""
    contained = Contained(Contents.of(lines), content_hash(lines), Ordered((Listed(lines),)))
    return write_contained(releases, contained, report, facts, inputs, queries, validated)


def write_contained(
    releases: Path,
    contained: Contained,
    report: str,
    facts: Mapping[str, Any],
    inputs: str,
    queries: Sequence[QueryFile] = (),
    validated: Mapping[str, Any] | None = None,
    part: Part = nothing,
) -> Release:
    """Write a release and point to it; call it under ``building``.

    Args:
        releases: the releases folder.
        contained: what goes into it.
        report: the SHACL report as Turtle.
        facts: what the manifest says beside id, hash and files.
        inputs: hash of everything that the release was built from.
        queries: the saved queries.
        validated: since which release, where not everything was validated anew. The report is the same, so the id does not depend on it.
        part: told how many of its files are written, of how many.

    Raises:
        ReleaseError: it cannot be written (the disk is full, say); the current release is untouched.
    """
    asked = content_hash([to_json(queries, with_read=False)])
    facts = {**facts, "queries": {"count": len(queries), "sha256": asked}}
    seen = content_hash([contained.sha256, json.dumps(facts, ensure_ascii=False, sort_keys=True)])
    final = releases / seen[:_ID_LENGTH]
    manifest = {"id": final.name, "sha256": contained.sha256, **facts}
    with written_or_untouched():
        if not final.exists():
            _write(final, contained, report, to_json(queries), manifest, validated, part)
        point_to(releases, Pointer(final.name, inputs))
    return open_release(final)


@contextlib.contextmanager
def written_or_untouched() -> Iterator[None]:
    """Turn what the system says of a full disk and the like into an error of ours.

    Raises:
        ReleaseError: something cannot be written; the current release is untouched.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        message = f"the release cannot be written: {error}"
        raise ReleaseError(message, hint="The current release is untouched.") from error


@contextlib.contextmanager
def workplace(releases: Path) -> Iterator[Path]:
    """A folder for what a build has to keep beside its memory; it goes with the block, or with the next build."""
    with written_or_untouched():
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=releases))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(
    final: Path,
    contained: Contained,
    report: str,
    queries: str,
    manifest: Mapping[str, Any],
    validated: Mapping[str, Any] | None,
    part: Part,
) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=final.parent))
    try:
        unfinished.chmod(0o755)
        _write_data(unfinished, contained, manifest, part)
        (unfinished / REPORT).write_text(report, encoding="utf-8")
        (unfinished / QUERIES).write_text(queries, encoding="utf-8")
        if validated:
            (unfinished / VALIDATED).write_text(json.dumps(validated) + "\n", encoding="utf-8")
        names = (*(dump.file for dump in DUMPS), CUTS, REPORT, SEARCH, EVENTS, READINGS, QUERIES, GRAPHS)
        files = {name: _facts_of(unfinished / name) for name in names}
        text = json.dumps({**manifest, "files": files}, indent=2, ensure_ascii=False, sort_keys=True)
        (unfinished / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _sync(unfinished)
        unfinished.rename(final)
        sync_file(final.parent)  # the release is on disk before the pointer names it
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write_data(unfinished: Path, contained: Contained, manifest: Mapping[str, Any], part: Part) -> None:
    """Write what takes long, by several processes where there are some.

    The store takes longest, and waits for the disk now and then: it has a process of its own, beside those of the crew. The index comes
    last, since both take much memory.
    """
    contents, described, prefixes = contained.contents, contained.described, dict(manifest["prefixes"])
    begun = (contained.begun.dump,) if contained.begun else ()
    store = partial(_write_store, unfinished / STORE, contents.lines)
    search = partial(_write_search, unfinished, described, manifest.get("base"), manifest.get("facets", ()))
    jobs: list[Callable[[], None]] = [
        *(
            partial(write_dump, unfinished, dump, contents, prefixes)
            for dump in _LONGEST_FIRST
            if dump not in begun
        ),
        *([search] if described else ()),
        partial(write_readings, unfinished / READINGS, contents.default),
        partial(_write_graphs, unfinished / GRAPHS, contents.by_graph),
        partial(_write_events, unfinished / EVENTS, contained.events),
    ]
    hands = contained.crew
    with crew(1) as apart:
        stored = apart.start(_written, store) if hands.size > 1 else None
        for done, _ in enumerate(hands.each(_written, jobs), 1):
            part(done, len(jobs) + 1)
        if contained.begun and not contained.begun.moved_to(unfinished):
            write_dump(unfinished, contained.begun.dump, contents, prefixes)
        if stored:
            apart.result(stored, _written, store)
        else:
            store()
    part(len(jobs) + 1, len(jobs) + 1)
    if not described:
        search()


def _written(job: Callable[[], None]) -> None:
    job()


def _write_store(path: Path, lines: Ordered) -> None:
    file = lines.runs[0].path if len(lines.runs) == 1 and isinstance(lines.runs[0], Filed) else None
    write_store(path, file or cast(IO[bytes], Blocks(lines.blocks())))


def _write_search(
    directory: Path, described: InLines | None, base: str | None, facets: Sequence[Mapping[str, str]]
) -> None:
    ids = f"{base}id/" if base else None
    found = described or InStore(EmbeddedStore.read_only(directory / STORE))
    write_index(directory / SEARCH, found, facets_of(facets), ids)


def _write_events(path: Path, events: Ordered) -> None:
    write_event_dates(path, events.lines())


def _write_graphs(path: Path, by_graph: Ordered) -> None:
    write_named_graphs(path, by_graph.lines())


def _facts_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


def _sync(directory: Path) -> None:
    for path in (*directory.rglob("*"), directory):
        sync_file(path)
