"""The same measures by rustworkx, for networks that are large enough to gain by it; networkx stays the API.

``tests/network/test_measures.py`` holds both against each other. rustworkx is imported when the first such network comes.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

FROM_NODES = 100
"""Below, loading rustworkx and numpy costs a command more than it saves; rustworkx itself is faster from the smallest network on
(benchmarks/network.py)."""


def pays(graph: nx.Graph[str]) -> bool:
    """Whether the network is large enough."""
    return len(graph) >= FROM_NODES


def betweenness(graph: nx.Graph[str]) -> dict[str, float]:
    """As ``networkx.betweenness_centrality``, unweighted and normalised; parallel."""
    import rustworkx

    nodes, compiled = _compiled(graph)
    return _by_node(nodes, rustworkx.betweenness_centrality(compiled))


def closeness(graph: nx.Graph[str]) -> dict[str, float]:
    """As ``networkx.closeness_centrality``, unweighted, with the correction of Wasserman and Faust."""
    import rustworkx

    nodes, compiled = _compiled(graph)
    return _by_node(nodes, rustworkx.closeness_centrality(compiled))


def pagerank(graph: nx.Graph[str], alpha: float) -> dict[str, float]:
    """As ``networkx.pagerank``, weighted; each undirected edge counts in both directions."""
    import rustworkx

    nodes, compiled = _compiled(graph.to_directed(as_view=True))
    found = rustworkx.pagerank(compiled, alpha=alpha, weight_fn=float, tol=1e-13, max_iter=1000)
    return _by_node(nodes, found)


def _compiled(graph: nx.Graph[str]) -> tuple[list[str], Any]:
    import rustworkx

    nodes = list(graph)
    index = {node: number for number, node in enumerate(nodes)}
    compiled = rustworkx.PyDiGraph() if graph.is_directed() else rustworkx.PyGraph()
    compiled.add_nodes_from(nodes)
    compiled.add_edges_from([(index[u], index[v], w) for u, v, w in graph.edges(data="weight", default=1.0)])
    return nodes, compiled


def _by_node(nodes: list[str], values: Any) -> dict[str, float]:
    return {node: values[number] for number, node in enumerate(nodes)}
