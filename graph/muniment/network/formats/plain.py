"""A network as plain values: what is left of it in files that know text and numbers only, the same in each of them.

A node has ``label``, ``classes``, ``start``, ``end``, the attributes that the network names, each with its label (``type``, ``type_label``), measures, and
``x`` and ``y`` if it has been placed. An edge has ``weight``, how many ``reasons``, ``start`` of the first and ``end`` of the last as stated, how many of
them are ``uncertain`` (known to the month or year) or ``undated``, and as text ``because`` (IRIs), ``because_labels``, ``claims`` (IRIs) and
``lines``. Several IRIs have a space between them, several texts `` | ``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import networkx as nx

from muniment.network.dates import bounds
from muniment.network.reasons import Reason

Cell = str | int | float | bool
Kind = Literal["string", "integer", "double", "boolean"]
Cells = Mapping[str, Cell]

BETWEEN = " | "
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LISTS = ("classes", "because", "claims")
_KINDS: Mapping[type, Kind] = {bool: "boolean", int: "integer", float: "double"}


@dataclass(frozen=True)
class Column:
    """An attribute of nodes or of edges."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Plain:
    """A network of plain values, in its order."""

    directed: bool
    nodes: Mapping[str, Cells]
    edges: Mapping[tuple[str, str], Cells]

    def node_columns(self) -> list[Column]:
        """The attributes that at least one node has."""
        return _columns(self.nodes.values())

    def edge_columns(self) -> list[Column]:
        """The attributes that at least one edge has."""
        return _columns(self.edges.values())


def plain(graph: nx.Graph[str]) -> Plain:
    """The plain values of a network."""
    named: Mapping[str, str] = graph.graph.get("labels", {})
    nodes = {node: _node(data, named) for node, data in graph.nodes(data=True)}
    edges = {(u, v): edge_cells(data["weight"], data["because"]) for u, v, data in graph.edges(data=True)}
    return Plain(graph.is_directed(), nodes, edges)


def edge_cells(weight: float, because: Iterable[Reason]) -> dict[str, Cell]:
    """An edge as plain values."""
    reasons = list(because)
    claims = list(dict.fromkeys(claim for reason in reasons for claim in reason.claims or ()))
    starts = [reason.start for reason in reasons if reason.start]
    ends = [reason.end or reason.start for reason in reasons if reason.end or reason.start]
    found: dict[str, Cell | None] = {
        "weight": float(weight),
        "reasons": len(reasons),
        "start": min(starts, default=None),
        "end": max(filter(None, ends), default=None),
        "uncertain": sum(uncertain(reason) for reason in reasons),
        "undated": sum(not reason.start for reason in reasons),
        "because": " ".join(reason.iri for reason in reasons),
        "because_labels": BETWEEN.join(reason.label for reason in reasons),
        "claims": " ".join(claim.iri for claim in claims) or None,
        "lines": BETWEEN.join(f"{c.source_label} {c.lines}" for c in claims if c.lines) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def uncertain(reason: Reason) -> bool:
    """Whether the day on which a reason begins or ends is not known, though its month or year is."""
    known = [bounds(date) for date in (reason.start, reason.end) if date]
    return any(found is not None and found[0] != found[1] for found in known)


def xml_text(text: str) -> str:
    """The text with U+FFFD in place of the characters that XML 1.0 cannot hold, not even escaped: NUL and other controls."""
    return _NOT_XML.sub("\ufffd", text)


def credit(graph: nx.Graph[str]) -> str:
    """What a file says of where it is from: the ``credit`` of the network, or nothing."""
    return str(graph.graph.get("credit", ""))


def _node(data: Mapping[str, Any], named: Mapping[str, str]) -> Cells:
    found: dict[str, Cell] = {}
    for name, value in data.items():
        if name in _LISTS:
            found[name] = " ".join(value)
        elif isinstance(value, bool | int | float):
            found[name] = value
        elif isinstance(value, str | tuple):
            several = value if isinstance(value, tuple) else (value,)
            found[name] = (" " if all(":" in one for one in several) else BETWEEN).join(several)
            if labels := [named[one] for one in several if one in named]:
                found[f"{name}_label"] = BETWEEN.join(labels)
    return found


def _columns(rows: Iterable[Cells]) -> list[Column]:
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, set()).add(type(value))
    return [Column(name, _kind(types)) for name, types in kinds.items()]


def _kind(types: set[type]) -> Kind:
    if types == {int, float}:
        return "double"
    return _KINDS.get(next(iter(types)), "string") if len(types) == 1 else "string"
