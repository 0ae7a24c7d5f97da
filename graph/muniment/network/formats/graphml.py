"""GraphML (http://graphml.graphdrawing.org/), by networkx, of plain values."""

from __future__ import annotations

from io import BytesIO

import networkx as nx

from muniment.network.formats.plain import Cell, credit, plain, xml_text


def graphml(graph: nx.Graph[str]) -> bytes:
    """A network as GraphML; ids of nodes are IRIs. A column whose values are whole and broken numbers has all of them broken."""
    found = plain(graph)
    doubles = {c.name for c in (*found.node_columns(), *found.edge_columns()) if c.kind == "double"}
    clean: nx.Graph[str] = nx.DiGraph() if found.directed else nx.Graph()
    about = {"title": graph.graph.get("title"), "tie": graph.graph.get("tie"), "credit": credit(graph)}
    clean.graph.update({name: xml_text(text) for name, text in about.items() if text})
    for node, cells in found.nodes.items():
        clean.add_node(node, **{name: _value(name, value, doubles) for name, value in cells.items()})
    for (u, v), cells in found.edges.items():
        clean.add_edge(u, v, **{name: _value(name, value, doubles) for name, value in cells.items()})
    out = BytesIO()
    nx.write_graphml_xml(clean, out, named_key_ids=True)
    return out.getvalue()


def _value(name: str, value: Cell, doubles: set[str]) -> Cell:
    if isinstance(value, str):
        return xml_text(value)
    return float(value) if name in doubles else value
