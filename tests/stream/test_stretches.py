"""Stretches of lines: together they are the text, however it comes; and an edit moves no cut that is far from it."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from muniment.stream.stretches import Cutter, Stretch, sha256_of, stretches_of

LINES = st.lists(st.text("ab\u00e9", max_size=5).map(lambda text: f"{text}\n"), max_size=60)


def cut(blocks: list[str], least: int) -> list[Stretch]:
    cutter = Cutter(least)
    for block in blocks:
        cutter.add(block.encode())
    return cutter.done()


def parts(text: bytes, stretches: list[Stretch]) -> list[bytes]:
    found = []
    for stretch in stretches:
        found.append(text[: stretch.size])
        text = text[stretch.size :]
    assert text == b""
    return found


@given(LINES, st.lists(st.integers(0, 60), max_size=5), st.integers(1, 30))
def test_they_are_the_text_however_it_comes(lines: list[str], ends: list[int], least: int) -> None:
    text = "".join(lines).encode()
    whole = cut(["".join(lines)], least)
    for part, stretch in zip(parts(text, whole), whole, strict=True):
        assert stretch == (len(part), hashlib.sha256(part).hexdigest()) and part.endswith(b"\n")
    assert all(stretch.size >= least for stretch in whole[:-1])
    places = [0, *sorted(ends), len(lines)]
    blocks = ["".join(lines[one:other]) for one, other in pairwise(places)]
    assert cut(blocks, least) == cut(lines, least) == whole


@given(st.integers(0, 9_999), st.sampled_from(["more", "less", "other"]))
def test_an_edit_moves_the_cuts_near_it(at: int, edit: str) -> None:
    """Ten thousand lines in some sixty stretches: all but a few of them are there again."""
    lines = [f"<{number:05}> says {sha256_of(str(number).encode())[:9]}\n" for number in range(10_000)]
    now = list(lines)
    now[at : at + (edit != "more")] = [] if edit == "less" else [f"<{at:05}> says something new\n"]
    one, other = cut(lines, 3_000), cut(now, 3_000)
    assert len(one) > 50
    assert 1 <= len(set(one) - set(other)) <= 12 and len(set(other) - set(one)) <= 12


def test_cuts_at_even_distances_would_move() -> None:
    """The planted case: without what the content says, one line more makes every stretch after it another."""
    lines = [f"<{number:05}>\n" for number in range(3_000)]
    size = len("".join(lines[:100]))

    def even(some: list[str]) -> set[str]:
        text = "".join(some)
        return {text[at : at + size] for at in range(0, len(text), size)}

    assert not even(lines) & even(["<>\n", *lines])


def test_real_releases_have_stretches_of_half_a_megabyte() -> None:
    lines = [f"<s{number:09}> <p> <o> .\n" for number in range(100_000)]
    found = stretches_of(lines)
    assert sum(stretch.size for stretch in found) == sum(map(len, lines)) and stretches_of([]) == []
    assert len(found) > 3 and all(1 << 19 <= stretch.size < 600_000 for stretch in found[:-1])
