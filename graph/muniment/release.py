"""Releases: immutable, validated builds, each in a directory of its own.

    releases/
        current               the id of the release that is served, and the hash of what it was built from; replaced atomically
        <id>/                 never changed once it is there
            manifest.json     hash, counts, versions, sources, validation summary, files with their hashes
            dump.nq.gz        the whole dataset in canonical order; the same as dump.trig.gz and dump.jsonld.gz
            dump.cuts.tsv     where stretches of the N-Quads begin, so that one can be read alone
            dump.ttl.gz       the consolidated graph
            report.ttl        the SHACL report
            search.sqlite     names and facets of things, for search
            events.tsv        dates, places, types and organisers of events
            sources.jsonl     how each source was read
            graphs.tsv.gz     how many statements each named graph has
            queries.json      the saved queries, so that a release is asked with its own
            store/            the engine's files, opened read-only
            validated.json    since which release only changes were validated, if it was so: how this copy came about, not what it is

A release is written under a temporary name, synced, renamed, and only then pointed to: whoever is stopped half-way leaves the current
release as it was. The id is taken from a hash of the dump and of what else the manifest says (title, licence, version of the software),
so the same input has the same id, and whatever a reader can see of a release is settled by its id.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from muniment.dumps import NQUADS
from muniment.engine import EmbeddedStore, parse
from muniment.errors import InputError, ReleaseError
from muniment.jsonld import JsonLd
from muniment.named_graphs import NamedGraphs
from muniment.queries import QueryFile, from_json
from muniment.search import SearchIndex
from muniment.terms import Quad

CURRENT = "current"
DUMP = NQUADS.file
MANIFEST, REPORT, SEARCH, STORE = "manifest.json", "report.ttl", "search.sqlite", "store"
EVENTS, READINGS, VALIDATED = "events.tsv", "sources.jsonl", "validated.json"
QUERIES, GRAPHS = "queries.json", "graphs.tsv.gz"
UNFINISHED = ".unfinished-"
"""How the names of what is being written, or removed, begin."""


@dataclass(frozen=True)
class Release:
    """A release on disk."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The first digits of the SHA-256 of the dump and of what else the manifest says."""
        return str(self.manifest["id"])

    @property
    def issued(self) -> str | None:
        """The day on which it was published, as the project file says; a build has no clock."""
        return cast("str | None", self.manifest.get("issued"))

    @property
    def validated(self) -> Mapping[str, Any] | None:
        """``since`` which release only changes were validated, and how many ``focus_nodes``; None if everything was."""
        try:
            return cast("Mapping[str, Any]", json.loads((self.path / VALIDATED).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    @property
    def written(self) -> float:
        """When the directory was written, in seconds of the epoch: a fact of this copy, which another copy does not share."""
        return (self.path / MANIFEST).stat().st_mtime

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefix table of the release."""
        return dict(self.manifest["prefixes"])

    @property
    def jsonld(self) -> JsonLd | None:
        """The contexts and frames of the release; None where it was made without an ontology."""
        kept = self.manifest.get("jsonld")
        return JsonLd(kept["contexts"], kept["frames"]) if kept else None

    def dump(self) -> Iterator[bytes]:
        """The lines of the canonical N-Quads."""
        with gzip.open(self.path / DUMP) as lines:
            yield from lines

    def queries(self) -> list[QueryFile]:
        """The saved queries; none in a release that was built before there were any.

        Raises:
            ReleaseError: the release is damaged.
        """
        try:
            return from_json((self.path / QUERIES).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, InputError) as error:
            hint = f"Remove {self.path} and run `muniment build`."
            raise ReleaseError(f"the queries of {self.id} cannot be read: {error}", hint=hint) from error

    def quads(self) -> Iterator[Quad]:
        """The dump as quads."""
        with gzip.open(self.path / DUMP) as nquads:
            yield from parse(cast(IO[bytes], nquads), "application/n-quads", path=str(self.path / DUMP))

    def named_graphs(self) -> NamedGraphs | None:
        """Its named graphs with their sizes; None in a release of an earlier version, whose store has to be asked."""
        path = self.path / GRAPHS
        return NamedGraphs(path) if path.exists() else None

    def search(self) -> SearchIndex:
        """The index of names.

        Raises:
            StoreError: it is missing, or another version of the software wrote it.
        """
        return SearchIndex.open(self.path / SEARCH)

    def open(self, in_memory_quads: int) -> EmbeddedStore:
        """The release's store: held in memory up to that many quads, else read from disk.

        Raises:
            ReleaseError, StoreError: the release is damaged.
        """
        if self.manifest["counts"]["quads"] > in_memory_quads:
            return EmbeddedStore.read_only(self.path / STORE, self.prefixes)
        dump = self.path / DUMP
        try:
            if dump.stat().st_size != self.manifest["files"][DUMP]["bytes"]:
                raise EOFError(f"{DUMP} has not the size that its manifest names")
            with gzip.open(dump) as nquads:
                return EmbeddedStore.in_memory(nquads.read(), self.prefixes)
        except (OSError, EOFError, zlib.error, SyntaxError) as error:
            hint = f"Remove {self.path} and run `muniment build`."
            raise ReleaseError(f"the release {self.id} is damaged: {error}", hint=hint) from error


def open_release(directory: Path) -> Release:
    """The release in a directory.

    Raises:
        ReleaseError: there is none, or its manifest cannot be read.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"{directory} holds no release: {error}", hint="`muniment build` makes one."
        ) from error
    return Release(directory, manifest)


def releases_in(folder: Path) -> list[Release]:
    """The releases in a folder, the one that was published last first: by ``issued``, then by when they were written here."""
    found = []
    for path in folder.glob(f"[0-9a-f]*/{MANIFEST}"):  # not one that is being written
        with contextlib.suppress(ReleaseError):  # one that is being removed, or is no release
            found.append(open_release(path.parent))
    return sorted(
        found, key=lambda release: (release.issued or "", release.written, release.id), reverse=True
    )


@dataclass(frozen=True)
class Pointer:
    """Which release is current, and the hash of the input that it was last built from."""

    id: str
    inputs: str


def read_pointer(releases: Path) -> Pointer:
    """What ``current`` says.

    Raises:
        ReleaseError: nothing has been built yet.
    """
    try:
        name, inputs = (releases / CURRENT).read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        raise ReleaseError(f"no release in {releases}", hint="`muniment build` makes one.") from error
    return Pointer(name, inputs)


def current_release(releases: Path) -> Release:
    """The release that the pointer names.

    Raises:
        ReleaseError: nothing has been built yet, or the release is damaged.
    """
    return open_release(releases / read_pointer(releases).id)


@contextlib.contextmanager
def building(releases: Path) -> Iterator[None]:
    """Hold the lock of a releases folder, and clear away what earlier builds left unfinished.

    Raises:
        ReleaseError: another process holds it, or the folder cannot be written.
    """
    try:
        releases.mkdir(parents=True, exist_ok=True)
        (releases / ".lock").touch()
    except OSError as error:
        raise ReleaseError(f"{releases} cannot be written: {error.strerror}") from error
    with (releases / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReleaseError(
                f"another process is building in {releases}", hint="Wait until it is done."
            ) from error
        for left in releases.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def content_hash(lines: Iterable[str]) -> str:
    """The SHA-256 of lines of text, such as canonical N-Quads, in hex."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
    return digest.hexdigest()


def point_to(releases: Path, pointer: Pointer) -> None:
    """Make a release the current one: one atomic replacement of the pointer."""
    new = releases / f"{UNFINISHED}{CURRENT}"
    with new.open("w", encoding="ascii") as file:
        file.write(f"{pointer.id}\n{pointer.inputs}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(releases / CURRENT)
    sync_file(releases)


def sync_file(path: Path) -> None:
    """Have a file or a folder on disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(release: Release) -> None:
    """Remove a release, at once for who looks: an interruption leaves what the next build clears away. Call it under ``building``.

    Raises:
        ReleaseError: the folder cannot be written.
    """
    gone = release.path.with_name(f"{UNFINISHED}{release.id}")
    try:
        release.path.rename(gone)
        shutil.rmtree(gone)
    except OSError as error:
        raise ReleaseError(f"{release.path} cannot be removed: {error.strerror}") from error
