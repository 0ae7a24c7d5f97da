"""Slices of time, counted by hand."""

from __future__ import annotations

from datetime import date

import networkx as nx
import pytest

from muniment.errors import NetworkError
from muniment.network import Change, Reason, changes, degree, over_time, slices

TIES = {
    "ab": [("1", "2004-01-10", None), ("2", "2004-11", None)],
    "bc": [("3", "2004-11-20", "2005-02-03")],
    "cd": [("4", "2005", None), ("5", None, None)],
}


def network() -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.Graph(weights="count")
    for (u, v), found in TIES.items():
        because = tuple(Reason(iri, iri, start, end) for iri, start, end in found)
        graph.add_edge(u, v, weight=float(len(because)), because=because)
    return graph


def held(graph: nx.Graph[str]) -> str:
    return "".join(sorted({r.iri for *_, found in graph.edges(data="because") for r in found}))  # type: ignore[union-attr]


def test_years() -> None:
    found = slices(network())
    assert [(s.label, held(s.graph)) for s in found] == [("2004", "123"), ("2005", "34")]
    assert [s.graph.graph["undated"] for s in found] == [1, 1]
    assert [s.graph.edges["a", "b"]["weight"] for s in found[:1]] == [2]
    assert (found[0].since, found[0].until) == (date(2004, 1, 1), date(2004, 12, 31))


def test_quarters() -> None:
    possible = slices(network(), "quarter")
    certain = slices(network(), "quarter", dates="certain")
    assert [s.label for s in possible] == [f"{y}-Q{q}" for y in (2004, 2005) for q in (1, 2, 3, 4)]
    assert [held(s.graph) for s in possible] == ["1", "", "", "23", "34", "4", "4", "4"]
    assert [held(s.graph) for s in certain] == ["1", "", "", "23", "3", "", "", ""]


def test_cumulative_and_sliding() -> None:
    assert [held(s.graph) for s in slices(network(), cumulative=True)] == ["123", "1234"]
    sliding = slices(network(), "month", units=3, dates="certain")
    assert [s.label for s in sliding][:2] == ["2004-01/2004-03", "2004-02/2004-04"] and len(sliding) == 22
    assert held(sliding[8].graph) == "23" and sliding[8].label == "2004-09/2004-11"


def test_windows() -> None:
    found = slices(network(), [("2004-11", "2004-11"), ("2006", "2006")])
    assert [(s.label, held(s.graph), len(s.graph)) for s in found] == [
        ("2004-11-01/2004-11-30", "23", 3),
        ("2006-01-01/2006-12-31", "", 0),
    ]
    with pytest.raises(NetworkError, match="ends before"):
        slices(network(), [("2005", "2004")])
    with pytest.raises(NetworkError, match="no length of a slice"):
        slices(network(), "year", units=0)


def test_without_dates() -> None:
    assert slices(nx.Graph(weights="count")) == []


def test_who_entered_left_rose() -> None:
    found = slices(network(), "year")
    assert over_time(found, degree) == {"a": [1, None], "b": [2, 1], "c": [1, 2], "d": [None, 1]}
    assert changes(found) == [
        Change("2004", "2005", ("d",), ("a",), rose=(("c", 1, 2),), fell=(("b", 3, 1),))
    ]
    assert changes(found, degree)[0].fell == (("b", 2, 1),)
