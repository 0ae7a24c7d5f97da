"""What makes of a network a picture or an export: measures, communities, positions, and where it is from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

Positions = Mapping[str, tuple[float, float]]


def dressed(
    graph: nx.Graph[str], measures: Iterable[str] = (), positions: Positions | None = None, credit: str = ""
) -> nx.Graph[str]:
    """A copy with measures and ``community`` as attributes of its nodes, and ``x`` and ``y`` of those that have a position.

    Args:
        graph: a network.
        measures: names of ``MEASURES``.
        positions: those of ``placed`` (or ``layout``), of this network or of one that it is a part of.
        credit: a line on where it is from, for files that have a place for it.

    Raises:
        NetworkError: there is no measure of that name, or the network has none.
    """
    from muniment.network.measures import measured

    copy = measured(graph, list(dict.fromkeys([*measures, "community"])))
    for node, data in copy.nodes(data=True):
        if positions and node in positions:
            data["x"], data["y"] = positions[node]
    if credit:
        copy.graph["credit"] = credit
    return copy
