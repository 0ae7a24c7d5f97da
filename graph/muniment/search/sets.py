"""Which things have which values of facets, as arrays: what is left under a selection, and how it divides by value.

Sets of things are arrays of truth values by the number of a thing; number 0 is no thing. To count the values of what is left costs the
same few milliseconds whatever is left, where a join in the database took up to 200 at 100,000 events (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is only looked at needs none of it, and it takes a tenth of a second to load
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint32]
    Things = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]
    Counts = npt.NDArray[np.int64]

NUMBER = "<u4"
"""How numbers of things, names and values are written."""


def read_numbers(written: bytes) -> Numbers:
    """The numbers in a field of an index."""
    import numpy as np

    return np.frombuffer(written, NUMBER)


def written(found: Iterable[int]) -> bytes:
    """Numbers as a field of an index holds them."""
    import numpy as np

    return np.fromiter(found, NUMBER).tobytes()


class Having:
    """Which things have which values."""

    def __init__(self, size: int, starts: Numbers, things: Numbers) -> None:
        """
        Args:
            size: how many things there are.
            starts: for each value, by its number from 1 on, where in ``things`` those that have it begin; and the end.
            things: the things that have the first value, in order, then those that have the second, and so on; each value has some.
        """
        self._size, self._starts, self._things = size, starts, things

    @cached_property
    def of_all(self) -> Counts:
        """How many of all things have each value, by its number; none have number 0."""
        import numpy as np

        return np.concatenate(([0], np.diff(self._starts.astype(np.int64))))

    def all(self) -> Things:
        """The set of all things."""
        import numpy as np

        found = np.ones(self._size + 1, np.bool_)
        found[0] = False
        return found

    def any_of(self, values: Iterable[int]) -> Things:
        """The things that have one of the values."""
        import numpy as np

        found = np.zeros(self._size + 1, np.bool_)
        for value in values:
            found[self._things[self._starts[value - 1] : self._starts[value]]] = True
        return found

    def counts(self, things: Things | None) -> Counts:
        """How many of these things (None: of all) have each value, by its number."""
        import numpy as np

        if things is None or not len(self._things):
            return self.of_all
        found: Counts = np.add.reduceat(things[self._things], self._starts[:-1], dtype=np.int64)
        return np.concatenate(([0], found))


def most_frequent(counts: Counts, first: int, last: int, most: int) -> list[int]:
    """Of the values from one number to another those that are counted most, in that order; of those counted alike the lower number."""
    import numpy as np

    part = counts[first : last + 1]
    some = np.flatnonzero(part)
    order = some[np.argsort(-part[some], kind="stable")[:most]]
    return [int(number) + first for number in order]


def by_place(places: Numbers, things: Numbers, descending: bool) -> Whole:
    """Things, given in the order of their places, in that order or the other way round; in the same place the lower number comes first."""
    import numpy as np

    found = things.astype(np.int64)
    return found[np.argsort(-places.astype(np.int64), kind="stable")] if descending else found


def joined(first: Whole, then: Whole) -> Whole:
    """Numbers, and others behind."""
    import numpy as np

    return np.concatenate((first, then))
