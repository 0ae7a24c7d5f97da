"""JSON: node-link, as networkx and D3 read it, and the elements of Cytoscape. The only formats that hold reasons and claims in full."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import networkx as nx

from muniment.network.formats.plain import plain
from muniment.network.reasons import Claim, Reason

_OF_REASONS = tuple(field.name for field in fields(Reason) if field.name not in ("stated", "claims"))
_OF_CLAIMS = tuple(field.name for field in fields(Claim))


def node_link(graph: nx.Graph[str]) -> bytes:
    """A network as ``networkx.node_link_graph(data, edges="edges")`` reads it."""
    return _bytes(
        {
            "directed": graph.is_directed(),
            "multigraph": False,
            "graph": about(graph),
            "nodes": [{"id": node, **node_values(data)} for node, data in graph.nodes(data=True)],
            "edges": [
                {"source": u, "target": v, **edge_values(data)} for u, v, data in graph.edges(data=True)
            ],
        }
    )


def cytoscape(graph: nx.Graph[str]) -> bytes:
    """A network as Cytoscape and ``networkx.cytoscape_graph`` read it."""
    cells = plain(graph).nodes
    nodes = []
    for node, data in graph.nodes(data=True):
        found: dict[str, Any] = {"data": {"id": node, "value": node, "name": data["label"], **cells[node]}}
        if "x" in data:
            found["position"] = {"x": data["x"] * 1000, "y": -data["y"] * 1000}
        nodes.append(found)
    edges = [
        {"data": {"id": f"e{number}", "source": u, "target": v, **edge_values(data)}}
        for number, (u, v, data) in enumerate(graph.edges(data=True))
    ]
    return _bytes(
        {
            "format_version": "1.0",
            "generated_by": "muniment",
            "directed": graph.is_directed(),
            "multigraph": False,
            "data": about(graph),
            "elements": {"nodes": nodes, "edges": edges},
        }
    )


def about(graph: nx.Graph[str]) -> dict[str, Any]:
    """What is known of the network as a whole; days as text."""
    return {k: str(v) if k in ("since", "until") and v else v for k, v in graph.graph.items()}


def node_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a node as JSON has them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}


def edge_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an edge as JSON has them, its reasons with their claims."""
    return {"weight": data["weight"], "because": [reason_values(reason) for reason in data["because"]]}


def reason_values(reason: Reason) -> dict[str, Any]:
    """A reason as JSON has it: only what is known, claims if they were fetched."""
    found = _known(reason, _OF_REASONS)
    if reason.claims is not None:
        found["claims"] = [_known(claim, _OF_CLAIMS) for claim in reason.claims]
    return found


def _known(one: Reason | Claim, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(one, name)) is not None}


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
