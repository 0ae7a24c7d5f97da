"""Which labels of points have room beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIDES = ("right", "left", "below", "above")
_LETTER, _LINE, _GAP = 7, 16, 3


@dataclass(frozen=True)
class Boxed:
    """A point with a label beside it."""

    left: float
    """In percent of the drawing."""
    top: float
    radius: float
    """In pixels."""
    label: str


Box = tuple[float, float, float, float]


def with_room(
    points: Sequence[Boxed], width: float, height: float, sides: Sequence[str] = SIDES
) -> dict[int, str]:
    """The points whose labels can be put so that they cover no other label and no other point, each with the side of its point.

    The drawing has that many pixels; the points that come first are served first.
    """
    dots = [_dot(point, width, height) for point in points]
    taken: list[Box] = []
    found: dict[int, str] = {}
    for at, point in enumerate(points):
        others = [dot for other, dot in enumerate(dots) if other != at]
        for side in sides:
            box = _box(point, side, width, height)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
            if inside and not any(_meet(box, other) for other in (*taken, *others)):
                taken.append(box)
                found[at] = side
                break
    return found


def _box(point: Boxed, side: str, width: float, height: float) -> Box:
    x, y = point.left * width / 100, point.top * height / 100
    away, long = point.radius + _GAP, len(point.label) * _LETTER
    left = {"right": x + away, "left": x - away - long}.get(side, x - long / 2)
    top = {"above": y - away - _LINE, "below": y + away}.get(side, y - _LINE / 2)
    return left, top, left + long, top + _LINE


def _dot(point: Boxed, width: float, height: float) -> Box:
    x, y = point.left * width / 100, point.top * height / 100
    return x - point.radius, y - point.radius, x + point.radius, y + point.radius


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
