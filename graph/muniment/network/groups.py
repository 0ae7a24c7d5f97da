"""Groups of nodes: communities, mixing of groups, and brokerage between them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import networkx as nx

from muniment.errors import NetworkError


@dataclass(frozen=True)
class Brokerage:
    """How often a node stands between two others that are not tied, by the groups of the three; counts of paths a -> node -> b."""

    coordinator: int = 0
    """All three are of one group."""
    itinerant: int = 0
    """a and b are of one group, the node of another (also called consultant)."""
    gatekeeper: int = 0
    """The node lets into its group what comes from a, who is of another: node and b are of one group."""
    representative: int = 0
    """The node carries out of its group what comes from a: a and node are of one group."""
    liaison: int = 0
    """All three are of different groups."""

    @property
    def total(self) -> int:
        """All roles together."""
        return self.coordinator + self.itinerant + self.gatekeeper + self.representative + self.liaison


def communities(
    graph: nx.Graph[str],
    *,
    method: Literal["louvain", "leiden"] = "louvain",
    resolution: float = 1.0,
    seed: int = 0,
) -> list[frozenset[str]]:
    """Groups that are tied more closely within than chance would have it, found by raising the weighted modularity; the largest first.
    Directions of ties are passed over. The same seed gives the same groups.

    Louvain: V. D. Blondel et al., Fast unfolding of communities in large networks, Journal of Statistical Mechanics (2008) P10008, by
    networkx. Leiden: V. A. Traag, L. Waltman and N. J. van Eck, From Louvain to Leiden, Scientific Reports 9 (2019) 5233, by igraph, which
    is not installed with muniment: its licence (GPL) is another. Modularity with a resolution: M. E. J. Newman, Physical Review E
    70 (2004) 056131; J. Reichardt and S. Bornholdt, Physical Review E 74 (2006) 016110.

    Raises:
        NetworkError: Leiden is asked for and igraph is not installed.
    """
    simple = _undirected(graph)
    if simple.number_of_edges() == 0:
        found = [{node} for node in simple]
    elif method == "leiden":
        found = _leiden(simple, resolution, seed)
    else:
        found = nx.community.louvain_communities(simple, resolution=resolution, seed=seed)
    return [frozenset(group) for group in sorted(found, key=lambda group: (-len(group), min(group)))]


def modularity(graph: nx.Graph[str], groups: list[frozenset[str]], resolution: float = 1.0) -> float | None:
    """The weighted modularity of a division, between -1/2 and 1; None if there are no ties. Newman 2004 (see ``communities``)."""
    simple = _undirected(graph)
    if simple.number_of_edges() == 0:
        return None
    return float(nx.community.modularity(simple, [set(group) for group in groups], resolution=resolution))


def assortativity(graph: nx.Graph[str], attribute: str = "type") -> float | None:
    """How far nodes of a group (body type, say) are tied to their like: 1 if only to them, 0 as chance would have it, negative if rather
    to others. Counts ties, not weights; only those both ends of which have the attribute. None if there are none, or all ends are of one
    group, so that nothing can be said.

    r = (Tr e - ||e^2||) / (1 - ||e^2||), e being the shares of ties between groups: M. E. J. Newman, Mixing patterns in networks, Physical
    Review E 67 (2003) 026126.
    """
    group: dict[str, Hashable] = {node: data.get(attribute) for node, data in graph.nodes(data=True)}
    pairs: Counter[tuple[Hashable, Hashable]] = Counter()
    for u, v in graph.edges:
        one, two = group[u], group[v]
        if one is not None and two is not None:
            pairs[one, two] += 1
            if not graph.is_directed():
                pairs[two, one] += 1
    total = pairs.total()
    begins, ends = Counter[Hashable](), Counter[Hashable]()
    for (one, two), count in pairs.items():
        begins[one] += count
        ends[two] += count
    expected = sum(begins[g] * ends[g] for g in begins)
    if total == 0 or expected == total**2:
        return None
    same = sum(count for (one, two), count in pairs.items() if one == two)
    return (same * total - expected) / (total**2 - expected)


def brokerage(graph: nx.Graph[str], attribute: str = "type") -> dict[str, Brokerage]:
    """Each node's part as a go-between: for all a -> node -> b where no tie leads from a to b, counted by the groups of the three. An
    undirected tie leads both ways, so that each pair counts twice there. Not normalised. Nodes without the attribute are passed over,
    as a, as b, and as go-between.

    R. V. Gould and R. M. Fernandez, Structures of mediation: a formal approach to brokerage in transaction networks, Sociological
    Methodology 19 (1989) 89-126.
    """
    group: dict[str, Hashable] = {
        n: data[attribute] for n, data in graph.nodes(data=True) if attribute in data
    }
    into = graph.pred if isinstance(graph, nx.DiGraph) else graph.adj
    found = {}
    for node, own in group.items():
        roles: Counter[str] = Counter()
        after = {b for b in graph.adj[node] if b in group and b != node}
        for a in into[node]:
            if a in group and a != node:
                for b in after - graph.adj[a].keys():
                    if b != a:
                        roles[_role(group[a], own, group[b])] += 1
        found[node] = Brokerage(**roles)
    return found


def _role(a: Hashable, node: Hashable, b: Hashable) -> str:
    if a == b:
        return "coordinator" if a == node else "itinerant"
    return "gatekeeper" if node == b else "representative" if node == a else "liaison"


def _undirected(graph: nx.Graph[str]) -> nx.Graph[str]:
    """Nodes and edges in order, weights of both directions added up."""
    simple: nx.Graph[str] = nx.Graph()
    simple.add_nodes_from(sorted(graph))
    for u, v, weight in sorted(graph.edges(data="weight", default=1.0)):
        before = simple.edges[u, v]["weight"] if simple.has_edge(u, v) else 0.0
        simple.add_edge(u, v, weight=before + weight)
    return simple


def _leiden(graph: nx.Graph[str], resolution: float, seed: int) -> list[set[str]]:
    try:
        import igraph
    except ModuleNotFoundError as error:
        hint = "`pip install igraph`, or use Louvain."
        raise NetworkError("Leiden needs igraph, which is not installed", hint=hint) from error
    nodes = list(graph)
    index = {node: number for number, node in enumerate(nodes)}
    edges = [(index[u], index[v]) for u, v in graph.edges]
    weights = [data["weight"] for *_, data in graph.edges(data=True)]
    igraph.set_random_number_generator(random.Random(seed))
    try:
        parts = igraph.Graph(len(nodes), edges).community_leiden(
            objective_function="modularity", weights=weights, resolution=resolution, n_iterations=-1
        )
    finally:
        igraph.set_random_number_generator(random)
    return [{nodes[number] for number in part} for part in parts]
