"""Where nodes stand in pictures: each connected part is laid out by itself, and the parts stand beside one another in rows.

A layout of forces drives parts that are not connected apart, so that a network of many parts becomes specks in an empty plane. Here the ties
of each part have the same middle length, whatever its size.
"""

from __future__ import annotations

from statistics import median

import networkx as nx

from muniment.network.forces import layout
from muniment.network.measures import components

Positions = dict[str, tuple[float, float]]
MOST_PLACED = 10_000
"""Nodes up to which services and commands compute positions: measured, 10,000 take some 4 seconds (docs/performance.md), four times as many for twice as many."""

_GAP, _WIDE_GAP = 1.4, 2.6
"""Between parts, in lengths of a tie: labels need room beside a node more than above it."""
_ASPECT = 1.3
"""How much wider than high the whole is."""
_STEPS = 100_000
"""Nodes times steps of the layout; of parts of more than a thousand nodes, fewer steps are made."""


def placed(graph: nx.Graph[str], seed: int = 0) -> Positions:
    """Node -> x, y between -1 and 1, y pointing upwards; the same network, seed, numpy and kind of processor give the same.

    Args:
        graph: a network; directions of ties are passed over.
        seed: see ``layout``.
    """
    parts = [_part(graph, nodes, seed) for nodes in components(graph)]
    sizes = [(_extent(part, 0), _extent(part, 1)) for part in parts]
    area = sum((wide + _WIDE_GAP) * (high + _GAP) for wide, high in sizes)
    row = max([(area * _ASPECT) ** 0.5, *(wide + _WIDE_GAP for wide, _ in sizes)])
    found: Positions = {}
    x = y = height = 0.0
    for part, (wide, high) in zip(parts, sizes, strict=True):
        if x and x + wide + _WIDE_GAP > row:
            x, y, height = 0.0, y - height, 0.0
        left, top = min(p[0] for p in part.values()), max(p[1] for p in part.values())
        found.update({n: (px - left + x, py - top + y) for n, (px, py) in part.items()})
        x, height = x + wide + _WIDE_GAP, max(height, high + _GAP)
    return _framed(found)


def _part(graph: nx.Graph[str], nodes: set[str], seed: int) -> Positions:
    """One connected part, its ties about 1 long."""
    part: nx.Graph[str] = nx.Graph()
    part.add_nodes_from(sorted(nodes))
    # All ties pull alike: strong ones would draw their ends into one point.
    part.add_edges_from(sorted((u, v) for u, v in graph.edges(nodes)))
    at = layout(part, seed, iterations=max(20, min(100, _STEPS // len(nodes))))
    shortest = [
        min(((at[n][0] - at[m][0]) ** 2 + (at[n][1] - at[m][1]) ** 2) ** 0.5 for m in part.adj[n])
        for n in part
        if part.adj[n]
    ]
    unit = median(shortest) if shortest else 0.0
    # A part whose ties are much shorter than it is wide would be a plane of its own.
    unit = max(unit, 1 / (2.5 * len(nodes) ** 0.5))
    return {n: (x / unit, y / unit) for n, (x, y) in at.items()}


def _extent(part: Positions, axis: int) -> float:
    return max(p[axis] for p in part.values()) - min(p[axis] for p in part.values())


def _framed(at: Positions) -> Positions:
    """Around 0, the farthest at 1, to six decimals."""
    if not at:
        return {}
    xs, ys = zip(*at.values(), strict=True)
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    largest = max(max(xs) - min(xs), max(ys) - min(ys)) / 2 or 1.0
    return {
        n: (round((x - middle[0]) / largest, 6) + 0.0, round((y - middle[1]) / largest, 6) + 0.0)
        for n, (x, y) in sorted(at.items())
    }
