"""Lines in order: whatever is spilled, cut or merged, it is what sorting all of it would give."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.stream import sorting
from muniment.stream.sorting import (
    Filed,
    Listed,
    Ordered,
    Sorter,
    Span,
    Writer,
    file_lines,
    in_order,
    together,
)

TERMS = st.sampled_from(
    ["<a>", "<a/b>", "<a/b#c>", '"x y"', '"x"@en', '"é"', '"\U0001f600"', '"\u2028"', "_:b", "<z>"]
)
LINES = st.lists(st.tuples(TERMS, TERMS, TERMS).map(lambda terms: f"{' '.join(terms)} .\n"), max_size=40)


@given(LINES, st.integers(1, 9))
def test_what_is_spilled_comes_back_in_order(lines: list[str], bound: int) -> None:
    with TemporaryDirectory() as folder:
        sorter = Sorter(Path(folder) / "x", bound)
        for line in lines:
            sorter.add(line)
        found = sorter.done()
        assert list(found.lines()) == sorted(set(lines))
        assert len(list(Path(folder).iterdir())) == -(-len(lines) // bound) if len(lines) >= bound else True


@given(st.lists(LINES, max_size=5), st.booleans(), TERMS)
def test_runs_are_read_as_one(parts: list[list[str]], filed: bool, term: str) -> None:
    expected = sorted({line for part in parts for line in part})
    with TemporaryDirectory() as folder:
        runs = [in_order(list(part)) for part in parts]
        found = Ordered(
            tuple(
                file_lines(Path(folder) / str(number), run) if filed and run else Listed(run)
                for number, run in enumerate(runs)
            )
        )
        assert list(found.lines()) == expected
        assert b"".join(found.texts()) == "".join(expected).encode()
        assert found.starting(f"{term} ") == [line for line in expected if line.startswith(f"{term} ")]
        assert found.has_starting(f"{term} ") == bool(found.starting(f"{term} "))
        spans = found.spans(3)
        assert [line for span in spans for line in found.lines(span)] == expected
        subjects = [{line.split(" ")[0] for line in found.lines(span) if line[0] == "<"} for span in spans]
        assert sum(map(len, subjects)) == len(set().union(*subjects))


def test_a_file_is_read_and_searched_in_small_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"<{number:04}> <p> <o> .\n" for number in range(500)]
    run = file_lines(tmp_path / "run", lines)
    monkeypatch.setattr(sorting, "_BLOCK", 100)
    assert len(list(run.blocks())) > 50
    assert [line for block in run.blocks(Span("<0100>", "<0200>")) for line in block] == lines[100:200]
    assert run.starting("<0499> ") == [lines[499]] and run.starting("<0500> ") == []
    assert not Filed(tmp_path / "none", 0).has_starting("<a> ")


def test_a_writer_keeps_order_in_memory_and_in_files(tmp_path: Path) -> None:
    lines = [f"{number:06}\n" for number in range(25_000)]
    for path in (None, tmp_path / "written"):
        writer = Writer(path)
        for start in range(0, len(lines), 3):
            writer.extend(lines[start : start + 3])
        done = writer.done()
        assert list(together([done]).lines()) == lines and done.size() == len(lines)
