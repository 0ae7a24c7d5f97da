"""Dates with bounds: checked against all readings of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.errors import NetworkError
from muniment.network import Window, bounds
from muniment.network.dates import window

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2004", "2004-01-01", "2004-12-31"),
        ("2004-02", "2004-02-01", "2004-02-29"),
        ("2005-02", "2005-02-01", "2005-02-28"),
        ("2004-11-16", "2004-11-16", "2004-11-16"),
        ("2004-11-16Z", "2004-11-16", "2004-11-16"),
        ("2004-11+01:00", "2004-11-01", "2004-11-30"),
        ("2004-11-16T09:30:00", "2004-11-16", "2004-11-16"),
    ],
)
def test_bounds(text: str, first: str, last: str) -> None:
    assert bounds(text) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text", ["", "soon", "2004-13", "2004-02-30", "0000", "12004", "-2004", "16 November"]
)
def test_no_date(text: str) -> None:
    assert bounds(text) is None
    assert Window(date(2004, 1, 1), None).holds(text, None) is None
    with pytest.raises(NetworkError, match="is no date"):
        window(text, None)


days = st.dates(date(2004, 1, 1), date(2005, 3, 31))
texts = days.flatmap(lambda day: st.sampled_from([str(day), str(day)[:7], str(day)[:4]]))


def readings(text: str) -> list[date]:
    """Each day that the text may mean."""
    found = bounds(text)
    assert found is not None
    return [found[0] + DAY * n for n in range((found[1] - found[0]).days + 1)]


@given(texts, st.none() | texts, days, days)
def test_possible_and_certain(start: str, end: str | None, one: date, two: date) -> None:
    """By going through all pairs of days that the two dates may mean, an event that ends before it begins left out."""
    since, until = min(one, two), max(one, two)
    if end is None:
        pairs = [(day, day) for day in readings(start)]
    else:
        last = readings(end)[-1]
        firsts = [day for day in readings(start) if day <= last]
        pairs = [(s, e) for s in firsts for e in (max(s, readings(end)[0]), last)]
    if not pairs:
        return
    inside = [s <= until and e >= since for s, e in pairs]
    expected = "certain" if all(inside) else "possible" if any(inside) else "no"
    assert Window(since, until).holds(start, end) == expected


def test_window() -> None:
    assert window("2004", "2004-02") == Window(date(2004, 1, 1), date(2004, 2, 29))
    assert not window(None, None) and window("2004", None)
    assert window("2004", "2004") == Window(date(2004, 1, 1), date(2004, 12, 31))
    with pytest.raises(NetworkError, match="ends before it begins"):
        window("2005", "2004-12-31")
