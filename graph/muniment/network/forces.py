"""Positions of nodes: ForceAtlas2, the layout that analysts know from Gephi.

networkx has it too, but compares all nodes with all at once: measured, it takes 8 times as long for a thousand nodes and more memory than
a small machine has for five thousand (benchmarks/network.py). Here nodes are compared in strips that fit into the processor's cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    import numpy

_STRIP = 1 << 18
"""Pairs of nodes that are compared at once."""
_JITTER = 1.0
"""How much swinging is borne (Gephi's tolerance)."""


def layout(
    graph: nx.Graph[str],
    seed: int = 0,
    *,
    iterations: int = 100,
    gravity: float = 1.0,
    scaling: float = 2.0,
    linear_logarithmic: bool = False,
) -> dict[str, tuple[float, float]]:
    """Node -> x, y between -1 and 1. The same network, seed, numpy and kind of processor give the same positions.

    M. Jacomy, T. Venturini, S. Heymann and M. Bastian, ForceAtlas2, a continuous graph layout algorithm for handy network visualization
    designed for the Gephi software, PLoS ONE 9 (2014) e98679: repulsion by degree, attraction in proportion to distance and weight (or,
    ``linear_logarithmic``, to its logarithm), gravity towards the middle, and speeds that adapt to each node's swinging.

    Args:
        graph: directions of ties are passed over.
        seed: for the positions at the start.
        iterations: steps; 100 is enough to see the groups, more brings order into them.
        gravity: how strongly nodes that have no tie to the others are held.
        scaling: how far apart nodes are pushed.
        linear_logarithmic: pulls groups tighter together.
    """
    import numpy as np

    nodes = sorted(graph)
    if len(nodes) < 2:
        return dict.fromkeys(nodes, (0.0, 0.0))
    index = {node: number for number, node in enumerate(nodes)}
    pairs = sorted((index[u], index[v], w) for u, v, w in graph.edges(data="weight", default=1.0))
    edges = np.array([pair[:2] for pair in pairs], dtype=np.intp).reshape(-1, 2)
    weights = np.array([pair[2] for pair in pairs], dtype=np.float64)
    mass = np.bincount(edges.ravel(), minlength=len(nodes)) + 1.0
    at = np.random.default_rng(seed).random((len(nodes), 2)) * 2 - 1
    before, speed, efficiency = np.zeros_like(at), 1.0, 1.0
    for _ in range(iterations):
        force = _repulsion(at, mass, scaling)
        distance = np.hypot(at[:, 0], at[:, 1]) + 1e-9
        force -= (gravity * mass / distance)[:, None] * at
        _attract(force, at, edges, weights, linear_logarithmic)
        swing = mass * np.hypot(*(force - before).T)
        traction = mass * np.hypot(*(force + before).T) / 2
        speed, efficiency = _speed(speed, efficiency, len(nodes), float(swing.sum()), float(traction.sum()))
        at += (speed / (1 + np.sqrt(speed * swing)))[:, None] * force
        before = force
    return _framed(nodes, at)


def _repulsion(at: numpy.ndarray, mass: numpy.ndarray, scaling: float) -> numpy.ndarray:
    """Force on each node: scaling * its mass * mass of the other / distance, away from each other."""
    import numpy as np

    force = np.empty_like(at)
    x, y, m = (part.astype(np.float32) for part in (at[:, 0], at[:, 1], mass))
    strip = max(1, _STRIP // len(at))
    for start in range(0, len(at), strip):
        end = start + strip
        dx, dy = x[start:end, None] - x, y[start:end, None] - y
        pull = m / (dx * dx + dy * dy + np.float32(1e-6))
        force[start:end, 0] = np.einsum("ij,ij->i", pull, dx)
        force[start:end, 1] = np.einsum("ij,ij->i", pull, dy)
    return force * (scaling * mass)[:, None]


def _attract(
    force: numpy.ndarray, at: numpy.ndarray, edges: numpy.ndarray, weights: numpy.ndarray, logarithmic: bool
) -> None:
    import numpy as np

    along = at[edges[:, 0]] - at[edges[:, 1]]
    pull = weights
    if logarithmic:
        distance = np.hypot(along[:, 0], along[:, 1]) + 1e-9
        pull = weights * np.log1p(distance) / distance
    along *= pull[:, None]
    for axis in (0, 1):
        force[:, axis] -= np.bincount(edges[:, 0], along[:, axis], len(at))
        force[:, axis] += np.bincount(edges[:, 1], along[:, axis], len(at))


def _speed(
    speed: float, efficiency: float, number: int, swing: float, traction: float
) -> tuple[float, float]:
    """The common speed of the next step, from how much nodes swing to and fro and how much they get on (Jacomy et al. 2014)."""
    if swing == 0 or traction == 0:
        return speed, efficiency
    best = 0.05 * number**0.5
    tolerance = _JITTER * max(best**0.5, min(10.0, best * traction / number**2))
    if swing / traction > 2:
        efficiency = efficiency * 0.5 if efficiency > 0.05 else efficiency
        tolerance = max(tolerance, _JITTER)
    target = tolerance * efficiency * traction / swing
    if swing > tolerance * traction:
        efficiency = efficiency * 0.7 if efficiency > 0.05 else efficiency
    elif speed < 1000:
        efficiency *= 1.3
    return speed + min(target - speed, 0.5 * speed), efficiency


def _framed(nodes: list[str], at: numpy.ndarray) -> dict[str, tuple[float, float]]:
    """Positions around 0, the farthest at 1, to six decimals."""
    import numpy as np

    middle = (at.max(axis=0) + at.min(axis=0)) / 2
    largest = float(np.abs(at - middle).max()) or 1.0
    return {
        node: (round(float(x), 6) + 0.0, round(float(y), 6) + 0.0)
        for node, (x, y) in zip(nodes, (at - middle) / largest, strict=True)
    }
