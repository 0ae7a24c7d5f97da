"""A thing amid its neighbours, on a circle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_NEIGHBOURS = 10


@dataclass(frozen=True)
class Neighbour:
    """A neighbour on the circle."""

    label: str
    href: str | None
    x: float
    y: float
    weight: int
    anchor: str
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Circle:
    """A thing in the middle of those it has most to do with."""

    neighbours: tuple[Neighbour, ...]
    ties: tuple[tuple[float, float, float, float], ...]
    """Between two neighbours."""
    more: int


WIDTH, HEIGHT = 480, 250
_RADIUS = 84


def circle(shared: Sequence[tuple[str, str | None, frozenset[str]]]) -> Circle | None:
    """Those with label, address and what they share with the thing, the ones with most of it first; None for fewer than two."""
    chosen = sorted(shared, key=lambda s: (-len(s[2]), s[0]))[:_NEIGHBOURS]
    if len(chosen) < 2:
        return None
    found = []
    for number, (label, href, common) in enumerate(chosen):
        angle = 2 * math.pi * (number + 0.5) / len(chosen) - math.pi / 2
        dx, dy = math.cos(angle), math.sin(angle)
        x, y = WIDTH / 2 + _RADIUS * dx, HEIGHT / 2 + _RADIUS * dy
        anchor = "middle" if abs(dx) < 0.2 else "start" if dx > 0 else "end"
        below = 14 if dy > 0 else -8
        out = 0 if anchor == "middle" else math.copysign(11, dx)
        found.append(
            Neighbour(
                _shortened(label), href, round(x, 1), round(y, 1), len(common), anchor,
                round(x + out, 1), round(y + (below * 1.3 if anchor == "middle" else 4), 1),
            )
        )  # fmt: skip
    ties = tuple(
        (found[i].x, found[i].y, found[j].x, found[j].y)
        for i in range(len(found))
        for j in range(i)
        if chosen[i][2] & chosen[j][2]
    )
    return Circle(tuple(found), ties, len(shared) - len(chosen))


def _shortened(text: str, longest: int = 20) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
