"""What is told of a network as JSON beside its files: its size, why two nodes are tied, how they are connected, and what a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import networkx as nx

from muniment.network.asking import Size
from muniment.network.formats.jsons import about, node_values, reason_values
from muniment.network.measures import MEASURES
from muniment.network.reasons import Reason
from muniment.network.subsets import Step, explain

_SHOWN_REASONS, _MOST_CHOICES = 5, 500


def size_document(size: Size) -> dict[str, Any]:
    """How large a network is."""
    return {"nodes": size.nodes, "edges": size.edges, "reasons": size.reasons}


def tie_document(graph: nx.Graph[str], tie: Step) -> dict[str, Any]:
    """Why two nodes are tied."""
    return {
        "network": about(graph),
        "source": _node(graph, tie.source),
        "target": _node(graph, tie.target),
        **_because(tie),
    }


def paths_document(graph: nx.Graph[str], found: Sequence[Sequence[str]]) -> dict[str, Any]:
    """How two nodes are connected: paths of the same length, with what makes each tie."""
    return {
        "network": about(graph),
        "from": _node(graph, found[0][0]),
        "to": _node(graph, found[0][-1]),
        "length": len(found[0]) - 1,
        "paths": [
            {
                "nodes": [_node(graph, node) for node in nodes],
                "ties": [
                    {"source": u, "target": v, **_because(explain(graph, u, v))} for u, v in pairwise(nodes)
                ],
            }
            for nodes in found
        ],
    }


def page_document(
    graph: nx.Graph[str],
    whole: nx.Graph[str],
    measures: Iterable[str],
    most: int,
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    """What a page shows of a network: the first rows of its tables, and what its form offers.

    Args:
        graph: the network, dressed.
        whole: the network that it is a part of, for the form.
        measures: those that were asked for; not every network has each.
        most: rows of a table.
        left_out: measures that a page has of smaller networks.
    """
    shown = [
        name for name in MEASURES if name in measures and all(name in d for _, d in graph.nodes(data=True))
    ]
    first = shown[0] if shown else "degree"
    rows = [(node, data) for node, data in graph.nodes(data=True)]
    nodes = sorted(rows, key=lambda n: (-float(n[1].get(first, 0)), n[1]["label"], n[0]))[:most]
    edges = sorted(graph.edges(data=True), key=lambda e: (-e[2]["weight"], e[0], e[1]))[:most]
    named = {node for node, _ in nodes} | {end for u, v, _ in edges for end in (u, v)}
    return {
        "about": about(graph),
        "node_count": len(graph),
        "tie_count": graph.number_of_edges(),
        "measures": [name for name in MEASURES if name != "community"],
        "shown": shown,
        "left_out": list(left_out),
        "nodes": [[node, node_values(data)] for node, data in nodes],
        "ties": [{"source": u, "target": v, **_briefly(data)} for u, v, data in edges],
        "labels": {node: str(graph.nodes[node]["label"]) for node in graph if node in named},
        "choices": _choices(whole),
        "classes": _classes(whole),
    }


def _briefly(data: dict[str, Any]) -> dict[str, Any]:
    because: tuple[Reason, ...] = data["because"]
    shown = [
        {"iri": reason.iri, "label": reason.label, "start": reason.start, "end": reason.end}
        for reason in because[:_SHOWN_REASONS]
    ]
    return {"weight": data["weight"], "because": shown, "reasons": len(because)}


def _choices(graph: nx.Graph[str]) -> list[tuple[str, str]]:
    """The nodes that a form offers, with their labels."""
    found = ((node, str(label)) for node, label in graph.nodes(data="label"))
    return sorted(found, key=lambda pair: (pair[1].casefold(), pair[0]))[:_MOST_CHOICES]


def _classes(graph: nx.Graph[str]) -> list[str]:
    """The classes by which the nodes can be told apart."""
    sets = [frozenset(classes) for _, classes in graph.nodes(data="classes", default=())]
    several: set[str] = set().union(*sets) - (frozenset.intersection(*sets) if sets else frozenset())
    return sorted(several)


def _node(graph: nx.Graph[str], iri: str) -> dict[str, Any]:
    return {"id": iri, "label": graph.nodes[iri]["label"]}


def _because(step: Step) -> dict[str, Any]:
    return {"weight": step.weight, "because": [reason_values(reason) for reason in step.because]}
