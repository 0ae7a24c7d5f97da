"""GEXF 1.3, the format of Gephi (https://gexf.net/): attributes, spells, colours by community, sizes, positions.

networkx writes GEXF too, but as 1.3 with an xsi namespace that is not the W3C's; spells, colours and attributes with IRIs are little work by hand.

A spell is the time in which a reason of the edge may have been: of one known to the month, from the first of it to the last; ``uncertain``
counts those. A reason without a date (a postponed event) has no spell, and an edge that has no other reason stands in every window, as GEXF has it;
``undated`` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import networkx as nx

from muniment.network.dates import bounds
from muniment.network.formats.colours import channels, colour
from muniment.network.formats.plain import Cell, Column, credit, plain, xml_text
from muniment.network.reasons import Reason, ties

NAMESPACE, VIZ = "http://gexf.net/1.3", "http://gexf.net/1.3/viz"
SCALE = 1000
"""How far out the farthest node is: Gephi's units are pixels."""
_BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_SPECIAL = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_APART = ("label", "x", "y", "weight")
"""What has a place of its own."""
_NOTE = (
    "A spell is the time in which an event or document behind the edge may have been; `uncertain` counts those of which only the month or "
    "year is known, `undated` those without a date, which have no spell."
)


def gexf(graph: nx.Graph[str]) -> bytes:
    """A network as GEXF."""
    return "".join(f"{line}\n" for line in _lines(graph)).encode()


def _lines(graph: nx.Graph[str]) -> Iterator[str]:
    found, about = plain(graph), graph.graph
    nodes = [c for c in found.node_columns() if c.name not in _APART]
    edges = [c for c in found.edge_columns() if c.name not in _APART]
    times = {(u, v): list(spells(because)) for u, v, because in ties(graph)}
    dynamic = any(times.values())
    said = " ".join(part for part in (about.get("tie", ""), _NOTE if dynamic else "", credit(graph)) if part)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<gexf xmlns="{NAMESPACE}" xmlns:viz="{VIZ}" version="1.3">'
    yield "<meta><creator>muniment</creator>"
    yield f"<keywords>{_text(about.get('title', ''))}</keywords><description>{_text(said)}</description></meta>"
    mode = ' mode="dynamic" timeformat="date" timerepresentation="interval"' if dynamic else ' mode="static"'
    yield f'<graph defaultedgetype="{"directed" if found.directed else "undirected"}" idtype="string"{mode}>'
    yield from _declared("node", nodes)
    yield from _declared("edge", edges)
    yield f'<nodes count="{len(found.nodes)}">'
    largest = max((float(degree) for _, degree in graph.degree()), default=0) or 1
    for node, cells in found.nodes.items():
        yield f"<node id={_quoted(node)} label={_quoted(cells['label'])}>{_values(nodes, cells)}"
        yield f"{_look(cells, graph.degree(node) / largest)}</node>"
    yield f'</nodes><edges count="{len(found.edges)}">'
    for number, ((u, v), cells) in enumerate(found.edges.items()):
        yield f'<edge id="{number}" source={_quoted(u)} target={_quoted(v)} weight="{cells["weight"]}">{_values(edges, cells)}'
        yield f"{_spells(times[u, v])}</edge>"
    yield "</edges></graph></gexf>"


def spells(because: Iterable[Reason]) -> Iterator[tuple[date, date]]:
    """The times in which the reasons may have been, in order; those that overlap or meet are one."""
    found = sorted(span for reason in because if (span := _span(reason)))
    for number, (start, end) in enumerate(found):
        if number == 0:
            first, last = start, end
        elif start <= last + timedelta(days=1):
            last = max(last, end)
        else:
            yield first, last
            first, last = start, end
    if found:
        yield first, last


def _span(reason: Reason) -> tuple[date, date] | None:
    begins = bounds(reason.start) if reason.start else None
    ends = (bounds(reason.end) if reason.end else None) or begins
    return (begins[0], max(begins[0], ends[1])) if begins and ends else None


def _declared(of: str, columns: list[Column]) -> Iterator[str]:
    if columns:
        inside = "".join(f'<attribute id="{c.name}" title="{c.name}" type="{c.kind}"/>' for c in columns)
        yield f'<attributes class="{of}">{inside}</attributes>'


def _values(columns: list[Column], cells: Any) -> str:
    inside = "".join(
        f'<attvalue for="{c.name}" value={_quoted(cells[c.name])}/>' for c in columns if c.name in cells
    )
    return f"<attvalues>{inside}</attvalues>" if inside else ""


def _look(cells: Any, share: float) -> str:
    look = f'<viz:size value="{8 + 32 * share**0.5:.2f}"/>'
    if "x" in cells:
        look += f'<viz:position x="{cells["x"] * SCALE:.3f}" y="{cells["y"] * SCALE:.3f}" z="0"/>'
    if "community" in cells:
        red, green, blue = channels(colour(int(cells["community"])))
        look += f'<viz:color r="{red}" g="{green}" b="{blue}"/>'
    return look


def _spells(times: list[tuple[date, date]]) -> str:
    inside = "".join(f'<spell start="{start}" end="{end}"/>' for start, end in times)
    return f"<spells>{inside}</spells>" if inside else ""


def _quoted(value: Cell) -> str:
    if isinstance(value, str):
        if _SPECIAL.search(value) is None:  # nearly all, and the writing of attributes is most of the work
            return f'"{value}"'
        return quoteattr(xml_text(value), _BREAKS)
    return f'"{str(value).lower() if isinstance(value, bool) else value}"'


def _text(text: str) -> str:
    return escape(xml_text(text))
