"""Bars in lanes: how many events of each type, or of each organiser, begin when, where they are too many to be drawn one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from muniment_service.drawings.density import Bar, Dates, Density, density
from muniment_service.drawings.lanes import NONE, OTHERS
from muniment_service.drawings.spans import days_of

HEIGHT = 44
"""Of the bars of a lane, in pixels."""
HEAD = 24
MOST = 8
Beginnings = Mapping[str, Mapping[str, int]]
"""Lane (an IRI, or ``""`` for what is in none) -> how many events begin on which date."""


@dataclass(frozen=True)
class LaneBars:
    """A lane; heights of bars are in percent of those of the fullest period of all lanes."""

    name: str
    colour: int
    count: int
    """Events that begin in the time shown, those too that no bar counts."""
    bars: Sequence[Bar]

    @property
    def path(self) -> str:
        """The bars as one shape, 100 wide and 100 high."""
        return "".join(f"M{bar.x} 100v-{bar.height}h{bar.width}v{bar.height}z" for bar in self.bars)


def kept_lanes(starts: Beginnings, over: Density) -> list[str]:
    """The lanes with the most events in the time of the bars, the fullest first, what is in none last; of many, all but one lane."""
    counts = _counts(starts, over)
    order = sorted(
        (lane for lane in counts if counts[lane]), key=lambda lane: (not lane, -counts[lane], lane)
    )
    return order if len(order) <= MOST else order[: MOST - 1]


def lanes_of_bars(
    starts: Beginnings, kept: Sequence[str], over: Density, label: Callable[[str], str]
) -> list[LaneBars]:
    """Bars of the periods of ``over`` for each lane that is kept, and for all others together."""
    counts = _counts(starts, over)
    rest: dict[str, int] = {}
    for lane in counts.keys() - set(kept):
        for text, number in starts[lane].items():
            rest[text] = rest.get(text, 0) + number
    named = [(label(lane) if lane else NONE, starts[lane], counts[lane]) for lane in kept]
    named += [(OTHERS, rest, sum(counts.values()) - sum(count for *_, count in named))] if rest else []
    drawn = [
        (name, count, density(Dates(dates), over.first, over.last, over.unit)) for name, dates, count in named
    ]
    most = max((bar.count for *_, found in drawn for bar in found.bars), default=1)
    return [
        LaneBars(name, at % 8 + 1, count, [_scaled(bar, most) for bar in found.bars])
        for at, (name, count, found) in enumerate(drawn)
        if count
    ]


def _counts(starts: Beginnings, over: Density) -> dict[str, int]:
    """Lane -> events that begin, or may begin, in the time of the bars."""
    texts = {text for dates in starts.values() for text in dates}
    inside = {t for t in texts if (days := days_of(t)) and days[0] <= over.last and days[1] >= over.first}
    return {
        lane: sum(number for text, number in dates.items() if text in inside)
        for lane, dates in starts.items()
    }


def _scaled(bar: Bar, most: int) -> Bar:
    return Bar(bar.period, bar.count, bar.x, bar.width, round(max(100 * bar.count / most, 3), 2))
