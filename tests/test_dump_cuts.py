"""A dump in stretches: one gzip member to all others, and each stretch can be read alone, but not what is not what was written."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from muniment.dump_cuts import CUTS, Cut, read_cuts, texts, write_cut
from muniment.release import DUMP, Release
from muniment.shacl.previous import difference_since
from muniment.stream.sorting import Listed, Ordered, file_lines
from muniment.stream.stretches import Cutter, Stretch, sha256_of

LINES = [
    f'<https://example.org/{number:04}> <p> "{sha256_of(str(number).encode())}" .\n'
    for number in range(4_000)
]


def stretches(lines: Sequence[str]) -> list[Stretch]:
    cutter = Cutter(least=10_000)
    cutter.add("".join(lines).encode())
    return cutter.done()


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """As much of a release as tells what is in its dump."""
    text = io.BytesIO("".join(LINES).encode())
    write_cut(tmp_path / DUMP, tmp_path / CUTS, text, stretches(LINES), 6)
    sizes = {name: {"bytes": (tmp_path / name).stat().st_size} for name in (DUMP, CUTS)}
    sizes[CUTS]["sha256"] = sha256_of((tmp_path / CUTS).read_bytes())  # type: ignore[assignment]
    return Release(tmp_path, {"id": "0", "files": sizes})


def cuts_of(release: Release) -> list[Cut]:
    found = read_cuts(release.path / CUTS, release.manifest["files"][CUTS]["sha256"])
    assert len(found) > 20
    return found


def spoil(release: Release, cut: Cut) -> None:
    """Other bytes in the midst of a stretch of the dump."""
    data = bytearray((release.path / DUMP).read_bytes())
    data[cut.start + 100 : cut.start + 200] = bytes(100)
    (release.path / DUMP).write_bytes(data)


def test_it_is_one_member_that_every_tool_reads(release: Release) -> None:
    data = (release.path / DUMP).read_bytes()
    one = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert one.decompress(data) == gzip.decompress(data) == "".join(LINES).encode()
    assert one.eof and one.unused_data == b""


def test_each_stretch_is_read_alone(release: Release) -> None:
    cuts = cuts_of(release)
    assert b"".join(texts(release.path / DUMP, cuts)) == "".join(LINES).encode()
    for cut in reversed(cuts):
        (text,) = texts(release.path / DUMP, [cut])
        assert Stretch(len(text), sha256_of(text)) == cut.stretch


@pytest.mark.parametrize(("some", "said"), [(LINES[:-1], "fewer"), ([*LINES, "<s> <p> <o> .\n"], "more")])
def test_no_line_is_lost_where_stretches_are_of_other_lines(
    some: list[str], said: str, tmp_path: Path
) -> None:
    text = io.BytesIO("".join(some).encode())
    with pytest.raises(ValueError, match=said):
        write_cut(tmp_path / DUMP, tmp_path / CUTS, text, stretches(LINES), 6)


def test_what_is_not_what_was_written_is_refused(release: Release) -> None:
    cuts = cuts_of(release)
    spoil(release, cuts[7])
    assert len(list(texts(release.path / DUMP, cuts[:7]))) == 7
    with pytest.raises((ValueError, zlib.error)):
        list(texts(release.path / DUMP, cuts[7:8]))
    path = release.path / CUTS
    path.write_text(path.read_text().replace("1", "2", 1))
    with pytest.raises(ValueError, match="is damaged"):
        cuts_of(release)


def edited() -> tuple[list[str], list[str], list[str]]:
    """Lines after an edit, and what was added and removed: at the beginning, in the midst, at the end."""
    removed = [LINES[0], LINES[2_000], LINES[2_001]]
    added = [LINES[2_000].replace("<p>", "<q>"), "<https://example.org/9> <p> <o> .\n"]
    return sorted({*LINES, *added} - {*removed}), added, removed


@pytest.mark.parametrize("filed", [False, True])
def test_only_what_differs_is_read(release: Release, tmp_path: Path, filed: bool) -> None:
    """The planted case: a stretch that both have may be spoilt; one that differs may not."""
    now, added, removed = edited()
    run = file_lines(tmp_path / "now", now) if filed else Listed(now)
    lines = Ordered((run,))
    assert difference_since(release, Ordered((Listed(LINES),)), stretches(LINES)) == ([], [])
    cuts, shared = cuts_of(release), set(stretches(now))
    same = [cut for cut in cuts if cut.stretch in shared]
    other = [cut for cut in cuts if cut.stretch not in shared]
    assert len(same) > 15 and 3 <= len(other) <= 12
    spoil(release, same[-1])
    assert difference_since(release, lines, stretches(now)) == (added, removed)
    spoil(release, other[-1])
    with pytest.raises((ValueError, zlib.error)):
        difference_since(release, lines, stretches(now))


def test_a_release_of_an_earlier_version_is_read_as_a_whole(release: Release) -> None:
    now, added, removed = edited()
    lines = Ordered((Listed(now),))
    earlier = Release(release.path, {"id": "0", "files": {DUMP: release.manifest["files"][DUMP]}})
    assert difference_since(earlier, lines, stretches(now)) == (added, removed)
    spoil(release, cuts_of(release)[7])
    with pytest.raises((OSError, zlib.error)):
        difference_since(earlier, lines, stretches(now))


def test_a_dump_that_is_cut_short_is_refused(release: Release) -> None:
    dump = release.path / DUMP
    dump.write_bytes(dump.read_bytes()[:-20])
    with pytest.raises(EOFError, match="size"):
        difference_since(release, Ordered((Listed(LINES),)), stretches(LINES))
