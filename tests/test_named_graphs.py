"""The file of named graphs says what the store says, and is what the service reads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from muniment.engine import EmbeddedStore
from muniment.named_graphs import NamedGraphs, write_named_graphs
from muniment.release import GRAPHS, Release, open_release
from muniment.results import Results
from muniment_service.overview import Overview, Overviews

if TYPE_CHECKING:
    from conftest import Built

LINES = ["<urn:a-b> 1", "<urn:a> 1", "<urn:a> 2", "<urn:é> 1", "_:b0 1"]


def test_a_part_is_read(tmp_path: Path) -> None:
    path = tmp_path / GRAPHS
    write_named_graphs(path, LINES)
    found = NamedGraphs(path)
    assert (found.total, found.part(0, 9)) == (3, [("urn:a-b", 1), ("urn:a", 2), ("urn:é", 1)])
    assert (found.part(1, 1), found.part(3, 1)) == ([("urn:a", 2)], [])
    written = path.read_bytes()
    write_named_graphs(path, LINES)
    assert path.read_bytes() == written


@pytest.mark.parametrize("which", ["tiny", "real"])
def test_a_release_has_what_its_store_says(
    which: str, tiny_release: Release, tiny_store: EmbeddedStore, release: Built
) -> None:
    built, store = (tiny_release, tiny_store) if which == "tiny" else (release.release, release.store)
    found = built.named_graphs()
    assert found and GRAPHS in built.manifest["files"]
    stated = store.graphs()
    assert found.total == len(stated) - 1 > 10
    assert dict(found.part(0, found.total)) == {name: count for name, count in stated.items() if name}


class _Asked(EmbeddedStore):
    """A store that is not counted."""

    counts = 0

    def graphs(self) -> dict[str, int]:
        self.counts += 1
        return dict(super().graphs())

    def query(self, query: str, *, timeout: float | None = None) -> Results:
        self.counts += "?s a ?class" in query and "GRAPH <" not in query
        return super().query(query, timeout=timeout)


def _overview(release: Release) -> tuple[int, Overview]:
    """How often the store was looked through, and what was found."""
    asked = _Asked(release.open(10**6)._store, release.prefixes)
    found = Overviews(asked, True, release.manifest["base"], release).current()
    return asked.counts, found


def test_what_a_release_says_of_itself_is_not_counted_again(tiny_release: Release, tmp_path: Path) -> None:
    copy = tmp_path / tiny_release.id
    shutil.copytree(tiny_release.path, copy)
    (copy / GRAPHS).unlink()  # as in releases of earlier versions
    (looks, found), (looks_of_old, counted) = _overview(tiny_release), _overview(open_release(copy))
    assert (looks, looks_of_old) == (0, 1)
    assert (found.triples, found.described, found.classes) == (
        counted.triples,
        counted.described,
        counted.classes,
    )
    assert found.graphs.total == counted.graphs.total > 10
    assert sorted(found.graphs.part(0, 1000)) == counted.graphs.part(0, 1000)
    without = Overviews(_Asked(tiny_release.open(10**6)._store), True).current()  # nothing says what it is
    stated = {c.iri: c.count for c in without.classes}
    things = {c.iri: c.count for c in found.classes}
    assert len(things) > 10 and all(stated[name] >= count for name, count in things.items())
    assert {name for name, count in things.items() if stated[name] == count} > {
        "https://w3id.org/muniment/ontology#Event",
        "https://w3id.org/muniment/ontology#Claim",
    }
