"""Events in time: spans, periods, bars and lanes, held against the calendar of the standard library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment_service.drawings.axis import ticks
from muniment_service.drawings.density import Dates, dates_of, density
from muniment_service.drawings.lanes import NONE, OTHERS, drawing
from muniment_service.drawings.locator import Spot, locator
from muniment_service.drawings.periods import UNITS, date_name, finest, period, periods
from muniment_service.drawings.spans import Span, days_of, span_of
from muniment_service.pages import Pages
from muniment_service.settings import Settings

DAYS = st.dates()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2004-06-23", None, Span(date(2004, 6, 23), date(2004, 6, 23))),
        ("2004-06-23", "2004-06-25", Span(date(2004, 6, 23), date(2004, 6, 25))),
        ("2004-02", None, Span(date(2004, 2, 1), date(2004, 2, 29), True, True)),
        ("2005", None, Span(date(2005, 1, 1), date(2005, 12, 31), True, True)),
        ("2004-12", None, Span(date(2004, 12, 1), date(2004, 12, 31), True, True)),
        ("2004-09-30", "2004-10", Span(date(2004, 9, 30), date(2004, 10, 31), False, True)),
        ("2004-09", "2004-10-03", Span(date(2004, 9, 1), date(2004, 10, 3), True, False)),
        ("2004-06-23", "2004-06-20", Span(date(2004, 6, 23), date(2004, 6, 23))),
        ("2004-06-23", "soon", Span(date(2004, 6, 23), date(2004, 6, 23))),
        ("2004-02-30", None, None),
        ("0000", None, None),
        ("-0044-03-15", None, None),
        ("soon", "2004", None),
        (None, "2004", None),
    ],
)
def test_spans_say_what_is_known(start: str | None, end: str | None, expected: Span | None) -> None:
    assert span_of(start, end) == expected


@given(DAYS, st.sampled_from(UNITS))
def test_a_day_lies_in_its_period_and_periods_meet(day: date, unit: str) -> None:
    found = period(unit, day)
    assert found.first <= day <= found.last
    assert period(unit, found.first) == found == period(unit, found.last)
    if found.last < date.max:
        assert period(unit, found.last + timedelta(days=1)).first == found.last + timedelta(days=1)
    begins, ends = days_of(found.bounds["from"]), days_of(found.bounds["until"])
    assert begins and ends and (begins[0], ends[1]) == (found.first, found.last)


@given(DAYS, DAYS)
def test_periods_cover_and_are_few(one: date, other: date) -> None:
    first, last = sorted((one, other))
    unit = finest(first, last, 50)
    found = list(periods(unit, first, last))
    assert found[0].first <= first and found[-1].last >= last
    assert len(found) <= (52 if unit != "century" else 102)
    assert len(ticks(first, last)) <= 11 or unit == "century"


@pytest.mark.parametrize(
    ("unit", "day", "name", "bounds"),
    [
        ("day", "2004-06-23", "23 June 2004", ("2004-06-23", "2004-06-23")),
        ("week", "2004-06-23", "week of 21 June 2004", ("2004-06-21", "2004-06-27")),
        ("month", "2004-12-05", "December 2004", ("2004-12", "2004-12")),
        ("quarter", "2004-06-23", "April to June 2004", ("2004-04", "2004-06")),
        ("year", "2004-06-23", "2004", ("2004", "2004")),
        ("decade", "2004-06-23", "2000 to 2009", ("2000", "2009")),
    ],
)
def test_periods_are_named(unit: str, day: str, name: str, bounds: tuple[str, str]) -> None:
    found = period(unit, date.fromisoformat(day))
    assert (found.name, tuple(found.bounds.values())) == (name, bounds)


def test_dates_in_words() -> None:
    assert [date_name(text) for text in ("2004-06-23", "2004-06", "2004", "soon")] == [
        "23 June 2004",
        "June 2004",
        "2004",
        "soon",
    ]


def test_bars_count_what_they_can_and_say_what_they_cannot() -> None:
    dates = dates_of(
        [
            ("2004-01-05", 3, "2004-03-01"),
            ("2004-02", 2, None),
            ("2004", 7, None),
            (None, 4, None),
            ("soon", 1, None),
        ]
    )
    assert (dates.total, dates.without, dates.extent()) == (17, 5, (date(2004, 1, 1), date(2004, 12, 31)))
    by_month = density(dates, date(2004, 1, 1), date(2004, 12, 31))
    assert {bar.period.name: bar.count for bar in by_month.bars} == {"January 2004": 3, "February 2004": 2}
    assert by_month.coarse == 7  # known to the year: not put into January
    by_year = density(dates, date(2004, 1, 1), date(2004, 12, 31), "year")
    assert [(bar.count, bar.x, bar.width) for bar in by_year.bars] == [(12, 0, 100)] and by_year.coarse == 0
    assert dates.months() == {"2004-01": 3, "2004-02": 2}


@given(st.dictionaries(DAYS.map(str), st.integers(1, 9), min_size=1, max_size=40))
def test_no_event_is_lost_in_bars(starts: dict[str, int]) -> None:
    dates = Dates(starts)
    extent = dates.extent()
    assert extent
    found = density(dates, *extent)
    assert sum(bar.count for bar in found.bars) + found.coarse == dates.total
    assert all(bar.x >= -0.01 and bar.x + bar.width <= 100.01 for bar in found.bars)


@dataclass(frozen=True)
class Thing:
    label: str
    span: Span
    lanes: tuple[str, ...] = ()


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=60), DAYS, st.integers(0, 400), st.integers(0, 12)),
        min_size=1,
        max_size=60,
    )
)
def test_each_event_has_a_mark_within_the_drawing(rows: list[tuple[str, date, int, int]]) -> None:
    things = [
        Thing(
            label,
            Span(day, min(day, date.max - timedelta(days=length)) + timedelta(days=length)),
            (f"lane {lane}",) if lane else (),
        )
        for label, day, length, lane in rows
    ]
    first, last = min(t.span.first for t in things), max(t.span.last for t in things)
    found = drawing(things, first, last, lambda thing: thing.lanes)
    marks = [mark for lane in found.lanes for mark in lane.marks]
    assert len(marks) == len(things) and len(found.lanes) <= 8
    assert all(0 <= mark.x1 <= mark.x2 <= 100 and 1 <= mark.colour <= 8 for mark in marks)
    assert sum(lane.count for lane in found.lanes) == len(things)
    tops = [lane.y for lane in found.lanes]
    assert tops == sorted(tops) and found.height > tops[-1]


def test_lanes_are_ordered_and_the_rest_is_others() -> None:
    span = Span(date(2004, 1, 1), date(2004, 1, 1))
    things = [Thing(f"{n}", span, (f"lane {n % 12:02}",)) for n in range(30)] + [Thing("bare", span)]
    lanes = drawing(things, date(2004, 1, 1), date(2004, 12, 31), lambda thing: thing.lanes).lanes
    assert [lane.name for lane in lanes[:2]] == ["lane 00", "lane 01"] and lanes[-1].name == OTHERS
    assert sum(len(lane.marks) for lane in lanes) == 31
    alone = drawing([Thing("bare", span)], span.first, span.last, lambda thing: thing.lanes)
    assert [lane.name for lane in alone.lanes] == [NONE]


def test_a_small_map_for_the_page_of_a_thing(settings: Settings) -> None:
    found = locator(
        [
            Spot("Here & there", "/doc/p", "46.2", "6.1"),
            Spot("Nowhere", "/doc/q", "north", "6"),
            Spot("Off", "/doc/r", "91", "6"),
        ]
    )
    assert found and [(point.left, point.top, point.side) for point in found.points] == [(50, 50, "right")]
    template = Pages(settings).environment.from_string(
        '{% from "locator.html" import locator with context %}{{ locator(place) }}'
    )
    text = template.render(place=found)
    svgs = [ElementTree.fromstring(part) for part in re.findall(r"<figure.*?</figure>", text, re.DOTALL)]
    assert [link.findtext("title") for svg in svgs for link in svg.iter("a")] == ["Here & there"]
    assert "style=" not in text
    assert locator([]) is None
    assert template.render(place=None).strip() == ""
