"""A network through time: its slices, measures slice by slice, and who entered, left, rose and fell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import networkx as nx

from muniment.errors import NetworkError
from muniment.network.dates import Reading, bounds, window
from muniment.network.measures import strength
from muniment.network.reasons import ties
from muniment.network.subsets import during

Unit = Literal["month", "quarter", "year"]
Measure = Callable[["nx.Graph[str]"], Mapping[str, float]]

_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Slice:
    """The network of one window; both days belong to it."""

    label: str
    """``2004-11``, ``2004-Q4``, ``2004``; of a longer window its first and last unit (``2004-Q3/2004-Q4``), or its days."""
    since: date
    until: date
    graph: nx.Graph[str]


@dataclass(frozen=True)
class Change:
    """What is different in a slice from the one before."""

    before: str
    after: str
    entered: tuple[str, ...]
    """Nodes that were not there before, in order of IRI."""
    left: tuple[str, ...]
    rose: tuple[tuple[str, float, float], ...]
    """Nodes of both slices whose measure grew: node, value before, value after; the largest difference first."""
    fell: tuple[tuple[str, float, float], ...]


def slices(
    graph: nx.Graph[str],
    by: Unit | Sequence[tuple[str | date, str | date]] = "year",
    *,
    cumulative: bool = False,
    units: int = 1,
    dates: Reading = "possible",
) -> list[Slice]:
    """Cut a network into slices, from the first dated reason to the last. A slice without ties is an empty network.

    An event belongs to each slice in which it takes place. One of which only the year is known may belong to each month of it, and
    with ``dates="certain"`` to none; one without a date (a postponed event) belongs to no slice, and is counted in
    ``graph.graph["undated"]`` of each. A cumulative slice begins where the first one does.

    Args:
        graph: a network of ``network()``.
        by: a unit of the calendar, or windows as pairs of first and last day (``2004-11`` allowed).
        cumulative: each slice holds all that went before.
        units: with a unit, how many of them a slice spans (it slides on by one).
        dates: ``possible`` or ``certain``.

    Raises:
        NetworkError: a window ends before it begins, ``units`` is less than 1.
    """
    windows = _calendar(graph, by, units) if isinstance(by, str) else [_named(*pair) for pair in by]
    first = windows[0][1] if windows else date.min
    found = []
    for label, since, until in windows:
        begins = min(first, since) if cumulative else since
        found.append(Slice(label, begins, until, during(graph, begins, until, dates=dates)))
    return found


def over_time(found: Iterable[Slice], measure: Measure) -> dict[str, list[float | None]]:
    """A measure of each node, slice by slice; None where the node is not in the slice."""
    values = [measure(part.graph) for part in found]
    nodes = sorted({node for of_slice in values for node in of_slice})
    return {node: [of_slice.get(node) for of_slice in values] for node in nodes}


def changes(found: Iterable[Slice], measure: Measure = strength) -> list[Change]:
    """Who entered, left, rose and fell from each slice to the next, by the weighted degree or another measure."""
    measured = [(part, measure(part.graph)) for part in found]
    return [
        Change(
            one.label,
            two.label,
            tuple(sorted(two.graph.nodes - one.graph.nodes)),
            tuple(sorted(one.graph.nodes - two.graph.nodes)),
            _moved(before, after, 1),
            _moved(before, after, -1),
        )
        for (one, before), (two, after) in pairwise(measured)
    ]


def _moved(
    before: Mapping[str, float], after: Mapping[str, float], sign: int
) -> tuple[tuple[str, float, float], ...]:
    both = [(node, before[node], after[node]) for node in before.keys() & after.keys()]
    moved = [item for item in both if sign * (item[2] - item[1]) > 0]
    return tuple(sorted(moved, key=lambda item: (-abs(item[2] - item[1]), item[0])))


def _named(since: str | date, until: str | date) -> tuple[str, date, date]:
    asked = window(since, until)
    if asked.since is None or asked.until is None:
        raise NetworkError("a slice has a first and a last day", hint="Write pairs of days.")
    return f"{asked.since}/{asked.until}", asked.since, asked.until


def _calendar(graph: nx.Graph[str], unit: str, units: int) -> list[tuple[str, date, date]]:
    if unit not in _MONTHS or units < 1:
        raise NetworkError(
            f"{units} `{unit}` is no length of a slice",
            hint="Units are month, quarter and year, at least one.",
        )
    days = [
        day
        for *_, because in ties(graph)
        for reason in because
        for text in (reason.start, reason.end)
        if text and (found := bounds(text))
        for day in found
    ]
    if not days:
        return []
    step = _MONTHS[unit]
    first, last = (_number(day) // step * step for day in (min(days), max(days)))
    starts = range(first, max(last - (units - 1) * step, first) + 1, step)
    return [_window(start, step, units) for start in starts]


def _window(start: int, step: int, units: int) -> tuple[str, date, date]:
    end = start + units * step
    one, other = _label(start, step), _label(end - step, step)
    return one if units == 1 else f"{one}/{other}", _first(start), _first(end) - timedelta(days=1)


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _label(month: int, step: int) -> str:
    year, rest = divmod(month, 12)
    return {1: f"{year:04}-{rest + 1:02}", 3: f"{year:04}-Q{rest // 3 + 1}", 12: f"{year:04}"}[step]
