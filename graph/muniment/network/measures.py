"""Measures of nodes. Each takes a network and returns node -> value; of an empty network nothing.

What a measure makes of weights and directions is in its docstring. A weight is a strength: where a measure needs lengths, a tie is
1/weight long (M. E. J. Newman, Scientific collaboration networks. II, Physical Review E 64 (2001) 016132).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import networkx as nx

from muniment.errors import NetworkError
from muniment.network import compiled


def degree(graph: nx.Graph[str]) -> dict[str, int]:
    """Number of ties, of both directions in a directed network; not normalised.

    L. C. Freeman, Centrality in social networks: conceptual clarification, Social Networks 1 (1978/79) 215-239.
    """
    return dict(graph.degree())


def strength(graph: nx.Graph[str]) -> dict[str, float]:
    """Weighted degree: the sum of the weights of a node's ties, of both directions in a directed network; not normalised.

    A. Barrat et al., The architecture of complex weighted networks, PNAS 101 (2004) 3747-3752.
    """
    return {node: float(value) for node, value in graph.degree(weight="weight")}


def betweenness(graph: nx.Graph[str], *, weighted: bool = False) -> dict[str, float]:
    """The share of shortest paths between two others that lead through a node, summed over all pairs and divided by the number of
    pairs: (n-1)(n-2)/2, in directed networks (n-1)(n-2). Without weights unless asked for.

    L. C. Freeman, A set of measures of centrality based on betweenness, Sociometry 40 (1977) 35-41; computed as in U. Brandes, A faster
    algorithm for betweenness centrality, Journal of Mathematical Sociology 25 (2001) 163-177.
    """
    if compiled.pays(graph) and not weighted:
        return compiled.betweenness(graph)
    return dict(nx.betweenness_centrality(graph, weight=cast(Any, _length if weighted else None)))


def closeness(graph: nx.Graph[str], *, weighted: bool = False) -> dict[str, float]:
    """(r/s) * (r/(n-1)), r being the number of nodes from which a node can be reached and s the sum of their distances to it: the mean
    distance turned upside down, times the share of the network that is reached. 0 for a node that none reaches. Without weights
    unless asked for.

    L. C. Freeman 1978/79 (see ``degree``), with the correction for networks in several parts of S. Wasserman and K. Faust, Social
    Network Analysis, Cambridge 1994.
    """
    if compiled.pays(graph) and not weighted:
        return compiled.closeness(graph)
    return dict(nx.closeness_centrality(graph, distance=_length if weighted else None))


def eigenvector(graph: nx.Graph[str]) -> dict[str, float]:
    """The part of each node in the first eigenvector of the weighted matrix of ties (in-ties, where directed); of length 1 by the
    Euclidean norm. In a network of several parts only the one with the largest eigenvalue has values that say something: take
    ``largest_component`` first.

    P. Bonacich, Power and centrality: a family of measures, American Journal of Sociology 92 (1987) 1170-1182.

    Raises:
        NetworkError: the iteration finds no such vector (a hierarchy without cycles has none).
    """
    if len(graph) == 0:
        return {}
    try:
        return dict(nx.eigenvector_centrality(graph, max_iter=2000, tol=1e-10, weight="weight"))
    except nx.PowerIterationFailedConvergence as error:
        hint = "Take the largest component, or `pagerank`, which every network has."
        raise NetworkError("this network has no eigenvector centrality", hint=hint) from error


def pagerank(graph: nx.Graph[str], *, alpha: float = 0.85) -> dict[str, float]:
    """The share of time that a walker spends at each node, who follows ties in proportion to their weights and, with the chance
    1 - ``alpha`` or where no tie leads on, begins anew anywhere. Sums to 1.

    L. Page, S. Brin, R. Motwani and T. Winograd, The PageRank citation ranking: bringing order to the web, Stanford 1999.
    """
    return compiled.pagerank(graph, alpha) if len(graph) else {}


def clustering(graph: nx.Graph[str]) -> dict[str, float]:
    """The share of pairs of neighbours that are tied themselves; 0 with fewer than two neighbours. Without weights; in a directed
    network as G. Fagiolo, Physical Review E 76 (2007) 026107.

    D. J. Watts and S. H. Strogatz, Collective dynamics of 'small-world' networks, Nature 393 (1998) 440-442.
    """
    return dict(cast(dict[str, float], nx.clustering(graph))) if len(graph) else {}


def core(graph: nx.Graph[str]) -> dict[str, int]:
    """The largest k for which a node belongs to a part in which each has at least k ties, of both directions in a directed network.

    S. B. Seidman, Network structure and minimum degree, Social Networks 5 (1983) 269-287; computed as in V. Batagelj and M. Zaversnik,
    An O(m) algorithm for cores decomposition of networks (2003).
    """
    return dict(nx.core_number(graph)) if len(graph) else {}


def component(graph: nx.Graph[str]) -> dict[str, int]:
    """The number of the connected part in which a node is, whatever the direction of ties: 0 is the largest, equal ones are in order
    of their first IRI.
    """
    return numbered(components(graph))


def components(graph: nx.Graph[str]) -> list[set[str]]:
    """The connected parts, whatever the direction of ties: the largest first, equal ones in order of their first IRI."""
    if isinstance(graph, nx.DiGraph):
        found = nx.weakly_connected_components(graph)
    else:
        found = nx.connected_components(graph)
    return sorted(found, key=lambda part: (-len(part), min(part)))


def articulation(graph: nx.Graph[str]) -> dict[str, bool]:
    """Whether the network falls into more parts without the node, whatever the direction of ties.

    J. Hopcroft and R. Tarjan, Algorithm 447: efficient algorithms for graph manipulation, Communications of the ACM 16 (1973) 372-378.
    """
    cut = set(nx.articulation_points(graph.to_undirected(as_view=True)))
    return {node: node in cut for node in graph}


def bridges(graph: nx.Graph[str]) -> list[tuple[str, str]]:
    """The ties without which the network falls into more parts, whatever their direction, in order of IRIs; found as in J. M. Schmidt,
    A simple test on 2-vertex- and 2-edge-connectivity, Information Processing Letters 113 (2013) 241-244.
    """
    found = cast(Iterable[tuple[str, str]], nx.bridges(graph.to_undirected(as_view=True)))
    return sorted(edge if _as_written(graph, *edge) else edge[::-1] for edge in found)


def _as_written(graph: nx.Graph[str], u: str, v: str) -> bool:
    return graph.has_edge(u, v) if graph.is_directed() else u < v


def numbered(groups: Iterable[Iterable[str]]) -> dict[str, int]:
    """Groups as numbers of their nodes: the largest is 0, equal ones are in order of their first IRI."""
    ordered = sorted((sorted(group) for group in groups), key=lambda group: (-len(group), group))
    return {node: number for number, group in enumerate(ordered) for node in group}


def _length(_u: str, _v: str, edge: Mapping[str, Any]) -> float:
    return float("inf") if edge["weight"] <= 0 else 1 / float(edge["weight"])


def _community(graph: nx.Graph[str]) -> dict[str, int]:
    from muniment.network.groups import communities

    return numbered(communities(graph))


MEASURES: Mapping[str, Callable[[nx.Graph[str]], Mapping[str, float]]] = {
    "degree": degree,
    "strength": strength,
    "betweenness": betweenness,
    "closeness": closeness,
    "eigenvector": eigenvector,
    "pagerank": pagerank,
    "clustering": clustering,
    "core": core,
    "component": component,
    "community": _community,
    "articulation": articulation,
}
"""Measures by name, for tables and exports."""


def measured(
    graph: nx.Graph[str], names: Iterable[str] = ("degree", "strength", "betweenness")
) -> nx.Graph[str]:
    """A copy of the network with measures as attributes of its nodes.

    Raises:
        NetworkError: there is no measure of that name, or the network has none.
    """
    copy = graph.copy()
    for name in names:
        if name not in MEASURES:
            raise NetworkError(f"there is no measure `{name}`", hint=f"Measures are {', '.join(MEASURES)}.")
        nx.set_node_attributes(copy, dict(MEASURES[name](graph)), name)
    return copy
