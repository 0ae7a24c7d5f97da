"""The lines that two sorted texts do not share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from muniment.stream.comparing import difference

LINES = st.sets(st.text("ab", max_size=3).map(lambda text: f"{text}\n"))


@given(LINES, LINES, st.integers(1, 9), st.integers(1, 9))
def test_the_difference_of_sorted_lines(before: set[str], now: set[str], size: int, other: int) -> None:
    """However they are cut; none where it is too great."""
    pieces = cut(before, size), cut(now, other)
    changed = len(now ^ before)
    assert difference(*pieces, most=changed) == (sorted(now - before), sorted(before - now))
    assert changed == 0 or difference(*pieces, most=changed - 1) is None


def cut(lines: set[str], size: int) -> list[bytes]:
    whole = "".join(sorted(lines)).encode()
    return [whole[at : at + size] for at in range(0, len(whole), size)]
