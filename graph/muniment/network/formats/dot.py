"""DOT, the language of Graphviz (https://graphviz.org/doc/info/lang.html), and Pajek's ``.net``."""

from __future__ import annotations

import re
from collections import Counter

import networkx as nx

from muniment.network.formats.colours import colour
from muniment.network.formats.plain import Cell, plain

_GAPS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def dot(graph: nx.Graph[str]) -> bytes:
    """A network as DOT: nodes are IRIs, with all plain values as attributes. ``start`` and the like mean nothing to Graphviz, and stay.

    Control characters but the line break become U+FFFD, which DOT could hold but Graphviz would stop at.
    """
    found = plain(graph)
    arrow = "->" if found.directed else "--"
    lines = [f"{'digraph' if found.directed else 'graph'} {_quoted(graph.graph.get('name', ''))} {{"]
    for node, cells in found.nodes.items():
        look: dict[str, Cell] = {}
        if "community" in cells:
            look = {"style": "filled", "fillcolor": colour(int(cells["community"]))}
        if "x" in cells:
            look["pos"] = f"{float(cells['x']) * 500:.3f},{float(cells['y']) * 500:.3f}"
        lines.append(f"  {_quoted(node)} [{_attributes({**cells, 'URL': node, **look})}];")
    for (u, v), cells in found.edges.items():
        lines.append(f"  {_quoted(u)} {arrow} {_quoted(v)} [{_attributes(cells)}];")
    return "\n".join([*lines, "}", ""]).encode()


def pajek(graph: nx.Graph[str]) -> bytes:
    """A network as Pajek reads it: numbers, names, positions between 0 and 1, weights; nothing else has a place there.

    Pajek has no way to write a quotation mark or a line break in a name: they become ``'`` and a space. Names that several nodes have are
    followed by the IRI, so that each node stays one of its own.
    """
    found = plain(graph)
    names = {node: _name(str(cells["label"])) for node, cells in found.nodes.items()}
    times = Counter(names.values())
    lines = [f"*Vertices {len(names)}"]
    for number, (node, name) in enumerate(names.items(), 1):
        cells = found.nodes[node]
        x, y = ((float(cells.get(axis, 0)) + 1) / 2 for axis in ("x", "y"))
        lines.append(
            f'{number} "{name if times[name] == 1 else f"{name} <{node}>"}" {x:.4f} {1 - y:.4f} 0.5000'
        )
    lines.append("*Arcs" if found.directed else "*Edges")
    numbers = {node: number for number, node in enumerate(names, 1)}
    lines += [f"{numbers[u]} {numbers[v]} {cells['weight']:g}" for (u, v), cells in found.edges.items()]
    return "\r\n".join([*lines, ""]).encode()


def _attributes(cells: dict[str, Cell] | object) -> str:
    assert isinstance(cells, dict)
    return ", ".join(f"{name}={_quoted(value)}" for name, value in cells.items())


def _quoted(value: Cell) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    text = re.sub(r"[\x00-\x09\x0b-\x1f]", "\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _name(label: str) -> str:
    return _GAPS.sub(" ", label.replace('"', "'")).strip() or "-"
