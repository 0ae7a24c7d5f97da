"""The disk of an engine runs full while a release is published: on each engine, in a file system of its own."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_servers import NAMES, quads_of, serving

from muniment.engines.publish import Part, current, publish
from muniment.engines.released import ReleasedStore
from muniment.errors import StoreError

BEFORE = quads_of(":a :p 1 . g:one { :a :p 1 }")
MANY = quads_of(" ".join(f':s{n:05} :p "{n:0600}" .' for n in range(10_000)))
_ROOM = 2_000_000
"""Bytes that are left: less than the data, more than some lots of it."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 MB in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(disk)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def _fill(disk: Path) -> Path:
    """A file that leaves ``_ROOM``."""
    ballast, found = disk / "ballast", os.statvfs(disk)
    ballast.write_bytes(bytes(found.f_bavail * found.f_frsize - _ROOM))
    return ballast


@pytest.mark.parametrize("name", NAMES)
def test_the_disk_is_full(name: str, small_disk: Path) -> None:
    with serving(name, small_disk) as server:
        target = server.target()
        publish(Part("dddd0001", BEFORE), target)
        store = ReleasedStore(server.url, "dddd0001", kind=server.engine)
        asked = "ASK { GRAPH ?g { ?s ?p 1 } ?s ?p 1 }"
        assert store.query(asked).boolean
        target.engine = dataclasses.replace(target.engine, batch=500)
        ballast = _fill(small_disk)
        with pytest.raises(StoreError, match=r"No space left|out of disk") as error:
            publish(Part("dddd0002", MANY), target)
        assert "Its disk is full" in str(error.value)
        assert "the same command goes on from here" in str(error.value)
        assert current(target) == "dddd0001"
        assert store.query(asked).boolean  # what was published is there and served
        if name == "virtuoso":
            with pytest.raises(
                StoreError, match="out of disk"
            ):  # it writes down each name of a graph that it meets
                target.rows("ASK FROM <urn:never-met-before> { ?s ?p 1 }")
        there = sum(target.counts("dddd0002").values())
        assert 0 < there < len(MANY)
        ballast.unlink()
        if name == "oxigraph":
            with pytest.raises(StoreError, match="No space left"):
                publish(Part("dddd0002", MANY), target)
            assert store.query("ASK { ?s ?p 1 }").boolean
            server.kill()
            server.start()
        again = publish(Part("dddd0002", MANY), target)
        assert (again.quads, again.sent) == (len(MANY), len(MANY) - there)  # nothing is lost
        store.close()
