"""Parts of a network, and why two of its nodes are tied. Each function leaves the network as it is and returns a new one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import pairwise

import networkx as nx

from muniment.errors import NetworkError, NotTied
from muniment.network.dates import Reading, window
from muniment.network.measures import components
from muniment.network.reasons import Reason, ties, weigh


@dataclass(frozen=True)
class Step:
    """One tie of a path, or a tie that is explained."""

    source: str
    target: str
    weight: float
    because: tuple[Reason, ...]


def ego(graph: nx.Graph[str], iri: str, radius: int = 1) -> nx.Graph[str]:
    """A node, those at most ``radius`` ties away from it (whatever their direction), and all ties among them.

    Raises:
        NetworkError: the node is not in the network, or the radius is negative.
    """
    if radius < 0:
        raise NetworkError(f"a radius of {radius} is none", hint="0 is the node alone, 1 its neighbours too.")
    ties = graph.to_undirected(as_view=True)
    return _of_nodes(graph, nx.single_source_shortest_path_length(ties, _known(graph, iri), radius))


def at_least(graph: nx.Graph[str], weight: float) -> nx.Graph[str]:
    """The ties of at least this weight, and the nodes that they tie."""
    return _of_edges(graph, [(u, v) for u, v, edge in graph.edges(data=True) if edge["weight"] >= weight])


def largest_component(graph: nx.Graph[str]) -> nx.Graph[str]:
    """The largest part in which each node can be reached from each, whatever the direction of ties; of several, that with the first IRI."""
    parts = components(graph)
    return _of_nodes(graph, parts[0] if parts else ())


def of_class(graph: nx.Graph[str], classes: str | Iterable[str]) -> nx.Graph[str]:
    """The nodes that have one of these classes (IRIs), and the ties among them."""
    wanted = {classes} if isinstance(classes, str) else set(classes)
    kept = [node for node, found in graph.nodes(data="classes", default=()) if wanted & set(found)]
    return _of_nodes(graph, kept)


def during(
    graph: nx.Graph[str],
    since: str | date | None = None,
    until: str | date | None = None,
    *,
    dates: Reading = "possible",
) -> nx.Graph[str]:
    """The ties that have reasons within a window, weighed by these alone, and the nodes that they tie.

    ``graph.graph["undated"]`` counts the reasons that were left out because they have no date: postponed events, say.

    Raises:
        NetworkError: the window ends before it begins, or a date is none.
    """
    asked = window(since, until)
    if not asked:
        return graph.copy()
    wanted = ("certain",) if dates == "certain" else ("certain", "possible")
    kept: dict[tuple[str, str], tuple[Reason, ...]] = {}
    undated = 0
    for u, v, because in ties(graph):
        readings = [asked.holds(reason.start, reason.end) for reason in because]
        undated += readings.count(None)
        if found := tuple(r for r, reading in zip(because, readings, strict=True) if reading in wanted):
            kept[u, v] = found
    part = _of_edges(graph, kept)
    for (u, v), because in kept.items():
        part.edges[u, v].update(because=because, weight=weigh(because, graph.graph["weights"]))
    part.graph.update(since=asked.since, until=asked.until, dates=dates, undated=undated)
    return part


def path(graph: nx.Graph[str], source: str, target: str) -> list[Step]:
    """A shortest path between two nodes, tie by tie with its reasons; of several, the first by IRIs. Empty from a node to itself.

    Raises:
        NotTied: no path leads from the one to the other.
        NetworkError: one of them is not in the network.
    """
    nodes = paths(graph, source, target, limit=1)[0]
    return [explain(graph, u, v) for u, v in pairwise(nodes)]


def paths(graph: nx.Graph[str], source: str, target: str, limit: int = 10) -> list[list[str]]:
    """Shortest paths between two nodes as lists of IRIs, in their order, at most so many; raises as ``path``."""
    try:
        backwards = nx.reverse_view(graph) if isinstance(graph, nx.DiGraph) else graph
        distance = nx.single_source_shortest_path_length(backwards, _known(graph, target))
        found = [[_known(graph, source)]]
        for left in range(distance[source], 0, -1):
            found = [
                [*begun, node]
                for begun in found
                for node in sorted(graph.adj[begun[-1]])
                if distance.get(node) == left - 1
            ][:limit]
        return found
    except KeyError:
        raise NotTied(
            f"no path leads from {source} to {target}", hint="They stand in different components."
        ) from None


def explain(graph: nx.Graph[str], source: str, target: str) -> Step:
    """Why two nodes are tied.

    Raises:
        NotTied: they are not tied.
        NetworkError: one of them is not in the network.
    """
    if not graph.has_edge(_known(graph, source), _known(graph, target)):
        hint = "`path` shows how they are connected by way of others, if they are."
        if graph.is_directed() and graph.has_edge(target, source):
            hint = "They are tied in the other direction."
        raise NotTied(f"{source} and {target} are not tied", hint=hint)
    edge = graph.edges[source, target]
    return Step(source, target, edge["weight"], edge["because"])


def _known(graph: nx.Graph[str], iri: str) -> str:
    if iri not in graph:
        name = graph.graph.get("name", "")
        raise NetworkError(f"{iri} is not in the network {name}".rstrip(), hint=near(graph, iri))
    return iri


def near(graph: nx.Graph[str], iri: str) -> str:
    """A hint for who asks for a node that is not there: the node whose name at the end of its IRI is most like it: beginnings are alike all the time."""
    ends = {str(node).rpartition("/")[2]: str(node) for node in graph}
    close = get_close_matches(iri.rpartition("/")[2], ends, n=1) if len(ends) <= 5000 else []
    return f"Did you mean `{ends[close[0]]}`?" if close else "Nodes that have no tie are not in it."


def _of_nodes(graph: nx.Graph[str], nodes: Iterable[str]) -> nx.Graph[str]:
    """The nodes and the ties among them, in the order of the graph; networkx's ``subgraph`` follows that of a set, which changes."""
    wanted = set(nodes)
    part = graph.__class__()
    part.graph.update(graph.graph)
    part.add_nodes_from((node, dict(data)) for node, data in graph.nodes(data=True) if node in wanted)
    edges = graph.edges(data=True)
    part.add_edges_from((u, v, dict(data)) for u, v, data in edges if u in wanted and v in wanted)
    return part


def _of_edges(graph: nx.Graph[str], edges: Iterable[tuple[str, str]]) -> nx.Graph[str]:
    """The edges and their ends, in the order of the graph, with edges' attributes that may be changed."""
    kept = list(edges)
    ends = {end for edge in kept for end in edge}
    part = graph.__class__()
    part.graph.update(graph.graph)
    part.add_nodes_from((node, dict(data)) for node, data in graph.nodes(data=True) if node in ends)
    part.add_edges_from((u, v, dict(graph.edges[u, v])) for u, v in kept)
    return part
