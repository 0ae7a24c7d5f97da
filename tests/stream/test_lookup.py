"""Lines are found by how they start, in lists and in files, by bisection and by the lines that are kept of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment.stream.lookup import Lookup
from muniment.stream.sorting import Listed, Ordered, file_lines

LINES = st.sets(st.text("ab\u00e9 ", max_size=6).map(lambda text: f"{text}\n"), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=3), LINES, st.text("ab\u00e9 ", max_size=4), st.integers(1, 30))
@pytest.mark.parametrize("seldom", [0, 1, 1000])
def test_what_is_looked_up(
    tmp_path: Path, seldom: int, filed: list[set[str]], listed: set[str], start: str, block: int
) -> None:
    runs = [file_lines(tmp_path / str(number), sorted(lines)) for number, lines in enumerate(filed) if lines]
    lines = Ordered((*runs, Listed(sorted(listed))))
    lookup = Lookup(lines, block, seldom)
    everything = sorted(set().union(listed, *filed))
    for wanted in (start, *everything, "c"):
        assert lookup.starting(wanted) == [line for line in everything if line.startswith(wanted)]
