"""Where a place is on a drawing of the world, in the Equal Earth projection, which shows areas as large as they are.

B. Šavrič, T. Patterson, B. Jenny: The Equal Earth map projection. International Journal of Geographical Information Science 33 (2019),
454-465, doi:10.1080/13658816.2018.1504949. ``static/world.svg`` has the outlines in the same coordinates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

WORLD = 10_000
"""The width of the world."""
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_RATIO = 16 / 9
_NEAREST = 1_000
"""The width of the smallest frame: what is known of outlines shows no more."""


def _equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    theta = asin(sqrt(3) / 2 * sin(radians(latitude)))
    square = theta * theta
    sixth = square**3
    x = 2 * sqrt(3) * radians(longitude) * cos(theta)
    x /= 3 * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square))
    return x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


_RIGHT, _TOP = _equal_earth(180, 0)[0], _equal_earth(0, 90)[1]
HEIGHT = round(WORLD * _TOP / _RIGHT)
"""The height of the world."""


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees (WGS 84) -> place on the drawing, from its upper left corner."""
    x, y = _equal_earth(longitude, latitude)
    return WORLD / 2 * (1 + x / _RIGHT), HEIGHT / 2 * (1 - y / _TOP)


def on_earth(longitude: float, latitude: float) -> bool:
    """Whether these are degrees of longitude and latitude."""
    return -180 <= longitude <= 180 and -90 <= latitude <= 90


@dataclass(frozen=True)
class Frame:
    """The part of the world that a map shows."""

    x: float
    y: float
    width: float
    height: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point in percent of the frame's width and height."""
        return round(100 * (x - self.x) / self.width, 3), round(100 * (y - self.y) / self.height, 3)

    @property
    def view_box(self) -> str:
        """As the attribute of an SVG."""
        return " ".join(f"{number:.1f}" for number in (self.x, self.y, self.width, self.height))


def frame_of(
    points: Iterable[tuple[float, float]], ratio: float = _RATIO, nearest: float = _NEAREST
) -> Frame:
    """A frame with room around the points; the world, if they are spread over most of it or there are none."""
    found = list(points)
    if found:
        xs, ys = zip(*found, strict=True)
        width = max((max(xs) - min(xs)) * 1.25, (max(ys) - min(ys)) * 1.4 * ratio, nearest)
        if width < 0.85 * WORLD:
            height = width / ratio
            x, y = (max(xs) + min(xs)) / 2 - width / 2, (max(ys) + min(ys)) / 2 - height / 2
            y = min(max(y, min(0, (HEIGHT - height) / 2)), max(HEIGHT - height, (HEIGHT - height) / 2))
            return Frame(x, y, width, height)
    height = WORLD / ratio
    return Frame(0, (HEIGHT - height) / 2, WORLD, height)
