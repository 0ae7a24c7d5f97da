"""Events on a time axis in lanes and rows, with as many labels as there is room for.

Rooms are reckoned in pixels of a drawing that is ``WIDTH`` wide, the narrowest at which it is shown: a wider one has more air.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, Protocol, TypeVar

from muniment_service.drawings.axis import Tick, percent, ticks
from muniment_service.drawings.spans import Span

WIDTH = 720
ROW = 24
HEAD = 28
_MOST_ROWS, _MOST_LANES = 10, 8
_DOT, _LETTER, _LONGEST = 24, 7, 34
OTHERS, NONE = "Others", "Not stated"


class Drawn(Protocol):
    """What can stand on the axis."""

    @property
    def span(self) -> Span: ...
    @property
    def label(self) -> str: ...


D = TypeVar("D", bound=Drawn)


@dataclass
class Mark(Generic[D]):
    """One of them at its place."""

    thing: D
    x1: float
    """In percent of the width."""
    x2: float
    row: int
    colour: int
    """1 to 8, the classes of the style sheet."""
    label: str | None
    """As much of its label as there is room for."""
    turned: bool = False
    """Whether the label stands before the mark, for want of room after it."""

    @property
    def soft(self) -> str:
        """Which ends are no more than bounds: start, end, both or neither."""
        span = self.thing.span
        return {(True, True): "both", (True, False): "start", (False, True): "end"}.get(
            (span.vague_start, span.vague_end), "neither"
        )


@dataclass
class Lane(Generic[D]):
    """Rows of marks under a heading."""

    name: str
    colour: int
    count: int
    y: int = 0
    marks: list[Mark[D]] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True)
class Drawing(Generic[D]):
    """All of it; heights in pixels."""

    first: date
    last: date
    ticks: Sequence[Tick]
    lanes: Sequence[Lane[D]]
    height: int


def drawing(
    things: Sequence[D], first: date, last: date, lane_of: Callable[[D], Sequence[str]]
) -> Drawing[D]:
    """Things in the lanes that ``lane_of`` names (a thing may be in several), the fullest first; what is in none of the first is in one for the others."""
    named = [(thing, lane_of(thing) or [NONE]) for thing in things]
    counts = Counter(name for _, names in named for name in names)
    order = sorted(counts, key=lambda name: (name == NONE, -counts[name], name))
    kept = order if len(order) <= _MOST_LANES else order[: _MOST_LANES - 1]
    lanes = {name: Lane[D](name, at % 8 + 1, counts[name]) for at, name in enumerate(kept)}
    groups: dict[str, list[D]] = {name: [] for name in kept}
    for thing, names in named:
        for name in dict.fromkeys(name if name in groups else OTHERS for name in names):
            groups.setdefault(name, []).append(thing)
    y = 0
    for name, group in groups.items():
        lane = lanes.get(name) or Lane(name, 8, len(group))
        lanes[name] = lane
        _place(lane, group, first, last)
        lane.y, y = y, y + HEAD + lane.rows * ROW
    return Drawing(first, last, ticks(first, last), list(lanes.values()), y + 8)


def _place(lane: Lane[D], things: Iterable[D], first: date, last: date) -> None:
    """Into the first row with room for the mark and its label; once there are many rows, labels give way to marks."""
    marks: list[float] = []
    texts: list[float] = []
    latest: list[Mark[D] | None] = []
    for thing in sorted(things, key=lambda thing: (thing.span.first, thing.span.last)):
        x1 = percent(max(thing.span.first, first), first, last)
        x2 = max(percent(min(thing.span.last, last), first, last), x1)
        text = thing.label if len(thing.label) <= _LONGEST else f"{thing.label[: _LONGEST - 1].rstrip()}…"
        left, right = x1 * WIDTH / 100, x2 * WIDTH / 100
        room = len(text) * _LETTER + 16
        turned = right + room > WIDTH and left > room
        begins, ends = (left - room if turned else left), (right if turned else right + room)
        at = next((row for row, end in enumerate(texts) if end <= begins), None)
        if at is None and len(marks) < _MOST_ROWS:
            at = len(marks)
            marks.append(0)
            texts.append(0)
            latest.append(None)
        crowded = at is None
        if at is None:
            at = min(range(len(marks)), key=marks.__getitem__)
            if (before := latest[at]) and texts[at] > left:
                before.label = None
        mark = Mark(thing, x1, x2, at, lane.colour, None if crowded and turned else text, turned)
        marks[at], texts[at], latest[at] = right + _DOT, max(ends, right + _DOT), mark
        lane.marks.append(mark)
    lane.rows = len(marks)
