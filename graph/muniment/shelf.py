"""The releases that are kept in a folder: going back to one, removing old ones, whether one is as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from muniment.engine import EmbeddedStore
from muniment.errors import ReleaseError, StoreError
from muniment.network.keeping import LAYOUTS
from muniment.release import (
    STORE,
    Pointer,
    Release,
    building,
    current_release,
    point_to,
    read_pointer,
    releases_in,
    remove,
)


def named(folder: Path, name: str) -> Release:
    """The release whose id begins so.

    Raises:
        ReleaseError: there is none, or several.
    """
    found = [release for release in releases_in(folder) if name and release.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    what = "several releases begin with" if found else "there is no release"
    raise ReleaseError(f"{what} `{name}` in {folder}", hint="`muniment release list` shows what there is.")


def use(folder: Path, name: str) -> Release:
    """Make a release that is there the current one, without a build; services that follow the pointer turn to it within a second.

    It stays so until an input of the dataset changes or somebody builds: the pointer goes on saying of what the newest build was made.

    Raises:
        ReleaseError: there is no such release, it is damaged, or the folder is locked or cannot be written.
    """
    with building(folder):
        release = named(folder, name)
        if wrong := next(damages(release), None):
            raise ReleaseError(f"the release {release.id} is damaged: {wrong}")
        point_to(folder, Pointer(release.id, read_pointer(folder).inputs))
    return release


def prune(folder: Path, keep: int) -> list[Release]:
    """Remove all releases but the newest ``keep`` and the current one; those removed, the newest first.

    Whoever serves one of them goes on to do so: its files are open, or were read into memory.

    Raises:
        ReleaseError: nothing has been built yet, or the folder is locked or cannot be written.
    """
    with building(folder):
        current = current_release(folder).id
        leaving = [release for release in releases_in(folder)[keep:] if release.id != current]
        for release in leaving:
            remove(release)
            for layout in (folder / LAYOUTS).glob(f"{release.id}-*"):
                layout.unlink()
    return leaving


def damages(release: Release) -> Iterator[str]:
    """What is not as it was written: files that are missing or have another SHA-256 than the manifest says, a store that cannot be read."""
    for name, facts in sorted(release.manifest["files"].items()):
        try:
            with (release.path / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield f"{name}: {error.strerror}"
            continue
        if found != facts["sha256"]:
            yield f"{name} is not what its manifest says"
    try:
        graphs = EmbeddedStore.read_only(release.path / STORE, release.prefixes).graphs()  # reads every block
    except StoreError as error:
        yield f"{STORE}: {error.message}"
        return
    if not graphs.get("") and release.manifest["counts"]["quads"]:
        yield f"{STORE} holds nothing"


def listed(folder: Path) -> list[Release]:
    """The releases of a folder, the newest first.

    Raises:
        ReleaseError: there is none.
    """
    current_release(folder)
    return releases_in(folder)
