"""SVG: a picture to print. Colours are communities, sizes and thickness follow ties, labels give way where they would cover each other.

The drawing is a Jinja2 template, ``picture.svg``: shapes stand in it as they are drawn, and every text is escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import dist
from statistics import median

import networkx as nx
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from muniment.network.formats.colours import OTHERS, PALETTE, colour
from muniment.network.formats.plain import credit, xml_text
from muniment.network.placing import placed

WIDTH, HEIGHT = 1000, 800
_MARGIN, _TOP, _BOTTOM = 70, 84, 70
_FONT, _LONGEST, _MOST_LABELS = 11, 44, 150


@dataclass(frozen=True)
class Dot:
    """A node as it is drawn."""

    iri: str
    label: str
    x: float
    y: float
    radius: float
    fill: str
    square: bool


@dataclass(frozen=True)
class Line:
    """An edge as it is drawn."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    label: str


@dataclass(frozen=True)
class Caption:
    """A label: its text, where it begins, and from where it is anchored."""

    text: str
    x: float
    y: float
    anchor: str


def svg(graph: nx.Graph[str]) -> bytes:
    """A network as SVG; nodes that have no ``x`` and ``y`` are placed by ``placed``."""
    dots = _dots(graph)
    two_mode, about = bool(graph.graph.get("two_mode")), graph.graph
    communities = len({data["community"] for _, data in graph.nodes(data=True) if "community" in data})
    text = _template().render(
        width=WIDTH,
        height=HEIGHT,
        title=xml_text(str(about.get("title", ""))),
        tie=xml_text(_shortened(str(about.get("tie", "")), 130)),
        credit=xml_text(credit(graph)),
        said=_said(graph, two_mode, communities),
        lines=_lines(graph, dots),
        dots=dots.values(),
        captions=_captions(graph, dots),
        directed=graph.is_directed(),
        font=_FONT,
    )
    return text.encode()


@cache
def _template() -> Template:
    loader = PackageLoader("muniment.network", "formats")
    found = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return found.get_template("picture.svg")


def _said(graph: nx.Graph[str], two_mode: bool, communities: int) -> str:
    nodes, edges = len(graph), graph.number_of_edges()
    parts = [f"{nodes:,} {'node' if nodes == 1 else 'nodes'}, {edges:,} {'tie' if edges == 1 else 'ties'}"]
    since, until = graph.graph.get("since"), graph.graph.get("until")
    if since or until:
        parts.append(
            " ".join(p for p in (f"from {since}" if since else "", f"to {until}" if until else "") if p)
        )
    if communities > 1:
        parts.append(
            "colours: communities (Louvain)"
            + (", grey the smaller ones" if communities > len(PALETTE) else "")
        )
    if two_mode:
        parts.append("squares: the second kind of nodes")
    return "; ".join(parts) if nodes else "Nothing fits what was asked."


def _dots(graph: nx.Graph[str]) -> dict[str, Dot]:
    at = _framed(graph)
    most = max((float(degree) for _, degree in graph.degree()), default=0) or 1
    largest = _room(graph, at)
    found = {}
    for node, data in graph.nodes(data=True):
        x, y = at[node]
        radius = largest * (0.35 + 0.65 * (graph.degree(node) / most) ** 0.5)
        fill = colour(int(data["community"])) if "community" in data else OTHERS
        label = xml_text(str(data["label"]))
        found[node] = Dot(xml_text(node), label, x, y, round(radius, 2), fill, data.get("bipartite") == 1)
    return found


def _room(graph: nx.Graph[str], at: Mapping[str, tuple[float, float]]) -> float:
    """The radius that lets most of the ties be seen between their ends."""
    lengths = [dist(at[u], at[v]) for u, v in graph.edges]
    return min(13.5, max(3.0, 0.36 * median(lengths))) if lengths else 6.0


def _framed(graph: nx.Graph[str]) -> dict[str, tuple[float, float]]:
    """Positions within the frame; y points upwards in layouts and down in pictures."""
    at = {n: (float(d["x"]), float(d["y"])) for n, d in graph.nodes(data=True) if "x" in d and "y" in d}
    if len(at) < len(graph):
        at = placed(graph)
    if not at:
        return {}
    xs, ys = zip(*at.values(), strict=True)
    spread = (max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0)
    wide, high = WIDTH - 2 * _MARGIN, HEIGHT - _TOP - _BOTTOM - 40
    scale = min(wide / spread[0], high / spread[1])
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    centre = (WIDTH / 2, _TOP + 20 + high / 2)
    return {
        node: (round(centre[0] + (x - middle[0]) * scale, 2), round(centre[1] - (y - middle[1]) * scale, 2))
        for node, (x, y) in at.items()
    }


def _lines(graph: nx.Graph[str], dots: Mapping[str, Dot]) -> list[Line]:
    weights = [float(data["weight"]) for _, _, data in graph.edges(data=True)]
    lightest, span = min(weights, default=0), max(weights, default=0) - min(weights, default=0)
    arrow = " → " if graph.is_directed() else " - "
    found = []
    for u, v, data in graph.edges(data=True):
        one, two = dots[u], dots[v]
        x2, y2 = _rim(one, two) if graph.is_directed() else (two.x, two.y)
        reasons = "; ".join(xml_text(reason.label) for reason in data["because"][:5])
        more = f"; {len(data['because']) - 5} more" if len(data["because"]) > 5 else ""
        width = round(1.2 + 4 * ((float(data["weight"]) - lightest) / (span or 1)) ** 0.5, 2)
        found.append(Line(one.x, one.y, x2, y2, width, f"{one.label}{arrow}{two.label}: {reasons}{more}"))
    return found


def _rim(one: Dot, two: Dot) -> tuple[float, float]:
    """Where an arrow meets the node that it leads to."""
    dx, dy = two.x - one.x, two.y - one.y
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return round(two.x - dx / length * (two.radius + 1), 2), round(two.y - dy / length * (two.radius + 1), 2)


def _captions(graph: nx.Graph[str], dots: Mapping[str, Dot]) -> list[Caption]:
    """Labels of the nodes with the most ties first, each right of its node or left of it, below or above, wherever there is room."""
    taken = [(d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in dots.values()]
    found = []
    for node in sorted(dots, key=lambda n: (-graph.degree(n), n))[:_MOST_LABELS]:
        dot = dots[node]
        text = _shortened(" ".join(dot.label.split()), _LONGEST)
        wide, gap = _width(text), dot.radius + 3
        for x, y, anchor in (
            (dot.x + gap, dot.y + 4, "start"),
            (dot.x - gap, dot.y + 4, "end"),
            (dot.x, dot.y + gap + 9, "middle"),
            (dot.x, dot.y - gap, "middle"),
        ):
            left = x - {"start": 0.0, "end": wide, "middle": wide / 2}[anchor]
            box = (left, y - 9, left + wide, y + 3)
            inside = box[0] >= 4 and box[2] <= WIDTH - 4
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append(Caption(text, round(x, 2), round(y, 2), anchor))
                break
    return found


def _overlap(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _width(text: str) -> float:
    """About how wide a text is: letters of East Asian scripts take a square, others half of one."""
    return sum(_FONT if unicodedata.east_asian_width(c) in "WF" else 0.56 * _FONT for c in text)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
