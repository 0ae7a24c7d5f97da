"""Derives the outlines of land and the borders of countries, for maps, from Natural Earth (1:110m, public domain, naturalearthdata.com).

    python service/outlines.py

Natural Earth is read as TopoJSON from the npm package world-atlas (`npm ci --prefix service/frontend`), which carries it unchanged but
for its format. The outlines are projected (Equal Earth) and rounded to a ten-thousandth of the width of the world, once, so that nobody
who draws a map needs more than a scale and a shift. Islands smaller than a dot are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from muniment_service.drawings.world import HEIGHT, WORLD, project

_HERE = Path(__file__).resolve().parent
SOURCE = _HERE / "frontend/node_modules/world-atlas/countries-110m.json"
TARGET = _HERE / "muniment_service/static/world.svg"
_SMALLEST = 12
"""The shorter side of the box around an island that is kept."""
Degrees = tuple[float, float]
"""Longitude and latitude."""
Point = tuple[int, int]


def outlines(topology: dict[str, Any]) -> str:
    """The drawing: a file with the parts ``sphere``, ``land`` and ``borders``, which pages show by ``<use>``."""
    arcs = [list(_degrees(arc, topology["transform"])) for arc in topology["arcs"]]
    rings = [_placed(part) for ring in _rings(topology["objects"]["land"], arcs) for part in _cut(ring)]
    land = "".join(_path(ring) + "z" for ring in rings if _matters(ring))
    uses = Counter(
        at if at >= 0 else ~at
        for country in topology["objects"]["countries"]["geometries"]
        for at in _flat(country.get("arcs", ()))
    )
    borders = "".join(_path(_placed(arcs[at])) for at, number in sorted(uses.items()) if number > 1)
    latitudes = range(-90, 91, 3)
    sphere = _path(_placed([*((180, y) for y in latitudes), *((-180, -y) for y in latitudes)])) + "z"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WORLD} {HEIGHT}">\n'
        "<!-- Land and borders: Natural Earth, 1:110m, public domain (naturalearthdata.com). Projection: Equal Earth. Written by service/outlines.py. -->\n"
        f'<path id="sphere" d="{sphere}"/>\n<path id="land" vector-effect="non-scaling-stroke" d="{land}"/>\n'
        f'<path id="borders" fill="none" vector-effect="non-scaling-stroke" d="{borders}"/>\n</svg>\n'
    )


def _degrees(arc: Iterable[Sequence[int]], transform: dict[str, Any]) -> Iterator[Degrees]:
    """The points of an arc, which TopoJSON writes as differences of whole numbers."""
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield x * sx + tx, y * sy + ty


def _placed(degrees: Iterable[Degrees]) -> list[Point]:
    return [(round(x), round(y)) for x, y in (project(*point) for point in degrees)]


def _rings(geometry: Any, arcs: Sequence[list[Degrees]]) -> Iterator[list[Degrees]]:
    for polygon in _polygons(geometry):
        for ring in polygon:
            yield [point for at in ring for point in (arcs[at] if at >= 0 else arcs[~at][::-1])[:-1]]


def _cut(ring: Sequence[Degrees]) -> list[list[Degrees]]:
    """A ring as those on this side and on that of the meridian of 180 degrees, which it may cross, or as one around the pole."""
    whole, last = [ring[0]], ring[0][0]
    for x, y in [*ring[1:], ring[0]]:
        last += (x - last + 180) % 360 - 180  # the short way round
        whole.append((last, y))
    if (
        abs(whole[-1][0] - whole[0][0]) > 180
    ):  # Antarctica: from meridian to meridian, and back along the pole
        west = min(range(len(ring)), key=lambda at: ring[at][0])
        turned = sorted({*ring[west:], *ring[:west]}, key=[*ring[west:], *ring[:west]].index)
        if turned[1][0] > 0:
            turned = [turned[0], *turned[:0:-1]]
        return [[(-180, -90), (-180, turned[0][1]), *turned, (180, turned[-1][1]), (180, -90)]]
    parts = ([(x + shift, y) for x, y in whole[:-1]] for shift in (-360, 0, 360))
    return [part for shifted in parts if (part := _inside(_inside(shifted, 180, 1), -180, -1))]


def _inside(ring: Sequence[Degrees], limit: float, sign: int) -> list[Degrees]:
    """The part of a ring on one side of a meridian (Sutherland and Hodgman)."""
    found: list[Degrees] = []
    for (x1, y1), (x2, y2) in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        if (sign * (x1 - limit) <= 0) != (sign * (x2 - limit) <= 0):
            found.append((limit, y1 + (y2 - y1) * (limit - x1) / (x2 - x1)))
        if sign * (x2 - limit) <= 0:
            found.append((x2, y2))
    return found


def _polygons(geometry: Any) -> Iterator[Any]:
    for part in geometry.get("geometries", [geometry]):
        yield from part["arcs"] if part["type"] == "MultiPolygon" else [part["arcs"]]


def _flat(arcs: Any) -> Iterator[int]:
    for part in arcs:
        yield from [part] if isinstance(part, int) else _flat(part)


def _matters(ring: Sequence[Point]) -> bool:
    return all(max(values) - min(values) >= _SMALLEST for values in zip(*ring, strict=True))


def _path(points: Iterable[Point]) -> str:
    """Points as a path of relative steps, as short as it can be written."""
    (x, y), *rest = points
    written = [f"M{x} {y}l"]
    for to_x, to_y in rest:
        if (to_x, to_y) != (x, y):
            dx, dy = to_x - x, to_y - y
            joint = "" if dx < 0 or len(written) == 1 else " "
            written.append(f"{joint}{dx}{'' if dy < 0 else ' '}{dy}")
            x, y = to_x, to_y
    return "".join(written) if len(written) > 1 else ""


if __name__ == "__main__":
    TARGET.write_text(outlines(json.loads(SOURCE.read_text("utf-8"))), "utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")
