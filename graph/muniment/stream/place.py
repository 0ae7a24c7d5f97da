"""Where a build works: lists in memory for what is small, files in a folder of the releases for what is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from muniment.stream.sorting import Sorter, Writer


@dataclass(frozen=True)
class Limits:
    """How much a build does in memory, and in how many processes."""

    in_memory: int = 4_000_000
    """Bytes of sources up to which everything is held in memory, by one process."""
    lines: int = 300_000
    """Lines that each sorter holds beyond that."""
    processes: int | None = None
    """As many as there are processors if not said."""
    piece: int = 8_000_000
    """Bytes of sources that are read at a time, about."""


DEFAULT = Limits()


@dataclass(frozen=True)
class Place:
    """Makes sorters and writers that keep what they take in memory, or in files of a folder with names of their own."""

    folder: Path | None = None
    limits: Limits = DEFAULT

    def sorter(self, name: str) -> Sorter:
        """One that spills, if this place has a folder."""
        return Sorter(self.folder / name if self.folder else None, self.limits.lines)

    def writer(self, name: str) -> Writer:
        """One for lines that come in order."""
        return Writer(self.folder / name if self.folder else None)
