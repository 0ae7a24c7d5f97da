"""Compact JSON, for programs that draw: columns in place of rows, ends of edges and reasons as positions in lists, no claims.

An event that ties twenty bodies is a reason of 190 edges; node-link JSON writes it, with its claims, 190 times. Here it stands once, so that a
network of thousands of nodes is a few hundred kilobytes, and all that is needed to cut it by time and to weigh it anew is there:

    {"directed": ..., "graph": {...}, "classes": [IRI, ...],
     "nodes": {"id": [IRI, ...], "label": [...], "classes": [[position in classes, ...], ...], "x": [...], "degree": [...], ...},
     "reasons": {"id": [IRI, ...], "label": [...], "start": [...], "end": [...], "size": [...], "share": [...]},
     "edges": {"source": [position in nodes, ...], "target": [...], "weight": [...], "because": [[position in reasons, ...], ...]}}

Columns have the same length; null stands for what is not known. Reasons are in the order in which edges name them.
"""

from __future__ import annotations

import json
from typing import Any

import networkx as nx

from muniment.network.formats.jsons import about
from muniment.network.reasons import Reason, ties

_OF_REASONS = ("label", "start", "end", "size", "share")


def compact(graph: nx.Graph[str]) -> bytes:
    """A network in columns."""
    numbers = {node: number for number, node in enumerate(graph)}
    reasons: dict[tuple[Any, ...], int] = {}
    edges: dict[str, list[Any]] = {"source": [], "target": [], "weight": [], "because": []}
    for u, v, because in ties(graph):
        edges["source"].append(numbers[u])
        edges["target"].append(numbers[v])
        edges["weight"].append(graph.edges[u, v]["weight"])
        edges["because"].append([reasons.setdefault(_key(reason), len(reasons)) for reason in because])
    classes: dict[str, int] = {}
    nodes = _columns(graph)
    if "classes" in nodes:
        nodes["classes"] = [
            [classes.setdefault(iri, len(classes)) for iri in several or ()] for several in nodes["classes"]
        ]
    columns = zip(*reasons, strict=True) if reasons else [()] * (len(_OF_REASONS) + 1)
    document = {
        "directed": graph.is_directed(),
        "graph": about(graph),
        "classes": list(classes),
        "nodes": nodes,
        "reasons": dict(zip(("id", *_OF_REASONS), map(list, columns), strict=True)),
        "edges": edges,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _columns(graph: nx.Graph[str]) -> dict[str, list[Any]]:
    """The attributes of nodes, each with a value or None for every node."""
    names = dict.fromkeys(name for _, data in graph.nodes(data=True) for name in data)
    return {"id": list(graph)} | {
        name: [data.get(name) for _, data in graph.nodes(data=True)] for name in names
    }


def _key(reason: Reason) -> tuple[Any, ...]:
    """What a reason is here; what differs between the edges that it ties makes it another."""
    return (reason.iri, *(getattr(reason, name) for name in _OF_REASONS))
