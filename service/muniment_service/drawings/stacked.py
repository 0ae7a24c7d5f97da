"""Bars in lanes: how many events of each type, or of each organiser, begin when, where they are too many to be drawn one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from muniment_service.drawings.density import Bar, Dates, Density, density
from muniment_service.drawings.lanes import NONE, OTHERS
from muniment_service.drawings.spans import days_of

MOST = 8
"""Lanes."""
Starts = Mapping[str, int]
"""Date -> how many events begin on it."""


@dataclass(frozen=True)
class Beginnings:
    """How many events of each lane begin when."""

    lanes: Mapping[str, Starts]
    """By IRI; ``""`` is what is in none."""
    together: Starts
    """Of all lanes; an event that is in several counts in each."""

    @classmethod
    def of(cls, events: Iterable[tuple[str, Sequence[str]]]) -> Beginnings:
        """From the beginning of each event and its lanes."""
        lanes: dict[str, dict[str, int]] = {}
        together: dict[str, int] = {}
        for start, named in events:
            for name in named or ("",):
                of_one = lanes.setdefault(name, {})
                of_one[start] = of_one.get(start, 0) + 1
                together[start] = together.get(start, 0) + 1
        return cls(lanes, together)


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


def kept_lanes(starts: Beginnings, over: Density) -> dict[str, int]:
    """The lanes with the most events in the time of the bars, and how many: the fullest first, what is in none last; of many, all but one lane."""
    inside = _inside(starts, over)
    counts = {
        lane: sum(number for text, number in dates.items() if text in inside)
        for lane, dates in starts.lanes.items()
    }
    order = sorted(
        (lane for lane in counts if counts[lane]), key=lambda lane: (not lane, -counts[lane], lane)
    )
    return {lane: counts[lane] for lane in (order if len(order) <= MOST else order[: MOST - 1])}


def lanes_of_bars(
    starts: Beginnings, kept: Mapping[str, int], over: Density, label: Callable[[str], str]
) -> list[LaneBars]:
    """Bars of the periods of ``over`` for each lane that is kept, and for all others together."""
    rest = Counter(starts.together)
    for lane in kept:
        rest.subtract(starts.lanes[lane])
    inside = _inside(starts, over)
    others = sum(number for text, number in rest.items() if text in inside)
    named = [(label(lane) if lane else NONE, starts.lanes[lane], count) for lane, count in kept.items()]
    named += [(OTHERS, rest, others)] if others else []
    drawn = [
        (name, count, density(Dates(dates), over.first, over.last, over.unit)) for name, dates, count in named
    ]
    most = max((bar.count for *_, found in drawn for bar in found.bars), default=1)
    return [
        LaneBars(name, at % 8 + 1, count, [_scaled(bar, most) for bar in found.bars])
        for at, (name, count, found) in enumerate(drawn)
    ]


def _inside(starts: Beginnings, over: Density) -> set[str]:
    """The dates that fall, or may fall, into the time of the bars."""
    known = ((text, days_of(text)) for text in starts.together)
    return {text for text, days in known if days and days[0] <= over.last and days[1] >= over.first}


def _scaled(bar: Bar, most: int) -> Bar:
    return Bar(bar.period, bar.count, bar.x, bar.width, round(max(100 * bar.count / most, 3), 2))
