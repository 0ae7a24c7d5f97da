"""Measures: by hand on networks of a few nodes, against networkx and igraph on random ones."""

from __future__ import annotations

import math
from itertools import permutations

import igraph
import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.errors import NetworkError
from muniment.network import (
    MEASURES,
    Brokerage,
    articulation,
    assortativity,
    betweenness,
    bridges,
    brokerage,
    closeness,
    communities,
    compiled,
    component,
    core,
    degree,
    eigenvector,
    layout,
    measured,
    modularity,
    pagerank,
    strength,
)


def network(*edges: tuple[str, str, float], directed: bool = False, **types: str) -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.DiGraph() if directed else nx.Graph()
    graph.add_weighted_edges_from(edges)
    nx.set_node_attributes(graph, types, "type")
    return graph


KITE = network(("a", "b", 2), ("b", "c", 1), ("c", "a", 1), ("c", "d", 4))


def test_by_hand() -> None:
    """A triangle a, b, c with d hanging on c."""
    assert degree(KITE) == {"a": 2, "b": 2, "c": 3, "d": 1}
    assert strength(KITE) == {"a": 3, "b": 3, "c": 6, "d": 4}
    assert betweenness(KITE) == pytest.approx({"a": 0, "b": 0, "c": 2 / 3, "d": 0})
    assert closeness(KITE) == pytest.approx({"a": 3 / 4, "b": 3 / 4, "c": 1, "d": 3 / 5})
    assert core(KITE) == {"a": 2, "b": 2, "c": 2, "d": 1}
    assert articulation(KITE) == {"a": False, "b": False, "c": True, "d": False}
    assert bridges(KITE) == [("c", "d")]
    assert component(KITE) == dict.fromkeys("abcd", 0)
    assert MEASURES["clustering"](KITE) == pytest.approx({"a": 1, "b": 1, "c": 1 / 3, "d": 0})


def test_weights_are_strengths() -> None:
    """The strong way round is shorter: a-b-c of 1/2 + 1/2 against a-c of 2."""
    graph = network(("a", "b", 2), ("b", "c", 2), ("a", "c", 0.5))
    assert betweenness(graph) == {"a": 0, "b": 0, "c": 0}
    assert betweenness(graph, weighted=True) == {"a": 0, "b": 1, "c": 0}
    assert closeness(graph, weighted=True)["a"] == pytest.approx(2 / 1.5)


def test_empty_and_single() -> None:
    one: nx.Graph[str] = nx.Graph()
    one.add_node("a")
    for name, measure in MEASURES.items():
        assert measure(nx.Graph()) == {}, name
        assert measure(nx.DiGraph()) == {}, name
        assert set(measure(one)) == {"a"}, name
    assert communities(nx.Graph()) == [] and modularity(one, [frozenset("a")]) is None
    assert assortativity(nx.Graph()) is None and brokerage(nx.Graph()) == {}
    assert bridges(nx.Graph()) == [] and layout(nx.Graph()) == {} and layout(one) == {"a": (0, 0)}


def test_what_a_hierarchy_lacks() -> None:
    with pytest.raises(NetworkError, match="no eigenvector centrality") as caught:
        eigenvector(network(("a", "b", 1), ("b", "c", 1), directed=True))
    assert caught.value.hint


def test_direction_of_bridges() -> None:
    assert bridges(network(("b", "a", 1), ("b", "c", 1), ("c", "b", 1), directed=True)) == [
        ("b", "a"),
        ("b", "c"),
    ]


graphs = st.builds(
    lambda n, p, seed, directed: nx.gnp_random_graph(n, p, seed=seed, directed=directed),
    st.integers(1, 40),
    st.sampled_from([0.02, 0.1, 0.3]),
    st.integers(0, 10**6),
    st.booleans(),
)


def weighted(graph: nx.Graph[str]) -> nx.Graph[str]:
    for u, v, edge in graph.edges(data=True):
        edge["weight"] = 1.0 + (int(u) * 7 + int(v) * 7) % 5 / 2
    return graph


@settings(max_examples=40)
@given(graphs)
def test_compiled_is_networkx(graph: nx.Graph[str]) -> None:
    """The same to nine digits, whichever does the work."""
    assert compiled.betweenness(graph) == pytest.approx(nx.betweenness_centrality(graph), abs=1e-9)
    assert compiled.closeness(graph) == pytest.approx(nx.closeness_centrality(graph), abs=1e-9)


@settings(max_examples=40)
@given(graphs.map(weighted))
def test_pagerank_is_that_of_igraph(graph: nx.Graph[str]) -> None:
    other = igraph.Graph(len(graph), list(graph.edges), directed=graph.is_directed())
    weights = [w for *_, w in graph.edges(data="weight")] or None
    found = pagerank(graph)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found.values()) == pytest.approx(other.pagerank(damping=0.85, weights=weights), abs=1e-9)


@settings(max_examples=30)
@given(st.integers(4, 30), st.integers(0, 10**6))
def test_eigenvector_is_that_of_igraph(number: int, seed: int) -> None:
    graph = weighted(nx.connected_watts_strogatz_graph(number, 3, 0.4, seed=seed))
    graph = nx.compose(
        graph, weighted(nx.complete_graph(3))
    )  # a triangle, so that the iteration does not swing
    other = igraph.Graph(number, list(graph.edges))
    theirs = other.eigenvector_centrality(weights=[w for *_, w in graph.edges(data="weight")])
    norm = math.sqrt(sum(value**2 for value in theirs))
    assert [eigenvector(graph)[n] for n in range(number)] == pytest.approx(
        [v / norm for v in theirs], abs=1e-6
    )  # type: ignore[index]


def test_the_threshold_is_no_step() -> None:
    graph = nx.barabasi_albert_graph(compiled.FROM_NODES + 20, 2, seed=1)
    assert compiled.pays(graph)
    assert betweenness(graph) == pytest.approx(nx.betweenness_centrality(graph), abs=1e-9)
    assert closeness(graph) == pytest.approx(nx.closeness_centrality(graph), abs=1e-9)
    small = graph.subgraph(range(10))
    assert not compiled.pays(small)


def test_communities() -> None:
    """Two triangles and a tie between them."""
    graph = network(*[(u, v, 1.0) for u, v in ("ab", "bc", "ca", "de", "ef", "fd", "cd")])
    expected = [frozenset("abc"), frozenset("def")]
    for method in ("louvain", "leiden"):
        assert communities(graph, method=method) == expected  # type: ignore[arg-type]
    assert modularity(graph, expected) == pytest.approx(2 * (3 / 7 - 1 / 4))


@pytest.mark.parametrize("method", ["louvain", "leiden"])
def test_communities_are_seeded(method: str) -> None:
    """The same seed gives the same, whatever the order of nodes and ties, and nobody's random numbers are touched."""
    graph = nx.relabel_nodes(nx.gnp_random_graph(60, 0.08, seed=3), str)
    turned: nx.Graph[str] = nx.Graph()
    turned.add_nodes_from(reversed(list(graph)))
    turned.add_edges_from((v, u) for u, v in reversed(list(graph.edges)))
    first = communities(graph, method=method, seed=5)  # type: ignore[arg-type]
    assert communities(turned, method=method, seed=5) == first  # type: ignore[arg-type]
    assert sorted(node for group in first for node in group) == sorted(graph)


def test_assortativity_by_hand() -> None:
    """Two of three ties are within a group: e = [[1/3, 1/6], [1/6, 1/3]], so r = (2/3 - 1/2) / (1 - 1/2)."""
    graph = network(("a", "b", 1), ("c", "d", 1), ("b", "c", 9), a="x", b="x", c="y", d="y")
    assert assortativity(graph) == pytest.approx(1 / 3)
    assert assortativity(graph.subgraph("ab")) is None
    graph.add_edge("a", "z", weight=1)  # z has no type
    assert assortativity(graph) == pytest.approx(1 / 3)


@settings(max_examples=40)
@given(graphs)
def test_assortativity_is_networkx(graph: nx.Graph[str]) -> None:
    nx.set_node_attributes(graph, {n: int(n) % 3 for n in graph}, "type")
    kinds = {frozenset((int(u) % 3, int(v) % 3)) for u, v in graph.edges}
    if len({kind for pair in kinds for kind in pair}) < 2:
        assert assortativity(graph) is None
    elif (ours := assortativity(graph)) is not None:
        assert ours == pytest.approx(nx.attribute_assortativity_coefficient(graph, "type"), abs=1e-9)


def test_brokerage_by_hand() -> None:
    """One path a -> b -> c for each way in which three can be of groups x, y and z."""
    roles = {
        "xxx": "coordinator",
        "xyx": "itinerant",
        "xyy": "gatekeeper",
        "xxy": "representative",
        "xyz": "liaison",
    }
    for groups, role in roles.items():
        graph = network(("a", "b", 1), ("b", "c", 1), directed=True, **dict(zip("abc", groups, strict=True)))
        assert brokerage(graph)["b"] == Brokerage(**{role: 1})
        assert brokerage(graph)["b"].total == 1 and brokerage(graph)["a"].total == 0
        graph.add_edge("a", "c")
        assert brokerage(graph)["b"].total == 0
    both_ways = network(("a", "b", 1), ("b", "c", 1), a="x", b="x", c="y")
    assert brokerage(both_ways)["b"] == Brokerage(representative=1, gatekeeper=1)


@settings(max_examples=30)
@given(graphs)
def test_brokerage_counts_all_open_pairs(graph: nx.Graph[str]) -> None:
    nx.set_node_attributes(graph, {n: int(n) % 3 for n in graph}, "type")
    arcs = graph if graph.is_directed() else graph.to_directed()
    found = brokerage(graph)
    for node in list(graph)[:5]:
        around = (set(arcs.pred[node]) | set(arcs.succ[node])) - {node}
        expected = sum(
            arcs.has_edge(a, node) and arcs.has_edge(node, b) and not arcs.has_edge(a, b)
            for a, b in permutations(around, 2)
        )
        assert found[node].total == expected


def test_measured() -> None:
    graph = measured(KITE, ["degree", "community"])
    assert graph.nodes["c"]["degree"] == 3 and "degree" not in KITE.nodes["c"]
    with pytest.raises(NetworkError, match="no measure `dergee`"):
        measured(KITE, ["dergee"])


def test_layout() -> None:
    graph = nx.relabel_nodes(nx.connected_caveman_graph(4, 8), str)
    at = layout(graph, 1)
    assert at == layout(graph, 1) != layout(graph, 2)
    assert max(abs(x) for pair in at.values() for x in pair) == 1
    near = [math.dist(at[u], at[v]) for u, v in graph.edges]
    far = [math.dist(at[u], at[v]) for u, v in nx.non_edges(graph)]
    assert sum(near) / len(near) < 0.5 * sum(far) / len(far)
    assert set(layout(graph, 1, linear_logarithmic=True)) == set(graph)
