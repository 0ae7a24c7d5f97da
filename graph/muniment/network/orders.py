"""What somebody wants of a network, so that it can be handed to a process that makes it (``workshop``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from muniment.formats import Format
from muniment.network.cutting import WHOLE, Cut
from muniment.network.files import NetworkFile

Wanted = Literal["size", "file", "page", "tie", "paths"]
"""``size``: how large it is. ``file``: the whole in a format. ``page``: what a page shows of it. ``tie``: why two nodes are tied. ``paths``: the
shortest ones between two nodes. All but ``file`` are JSON."""


@dataclass(frozen=True)
class Order:
    """What is wanted. It can be pickled."""

    file: NetworkFile
    wanted: Wanted
    cut: Cut = WHOLE
    measures: tuple[str, ...] = ()
    """Names of ``MEASURES``, or ``all``; for a page none means those that the size of the network allows."""
    form: Format | None = None
    """Of a file."""
    ends: tuple[str, ...] = ()
    """The two nodes of a tie or of paths."""
    most: int = 0
    """Rows of a table on a page; paths."""
    names: tuple[str, str] = ("a", "b")
    """What the two ends are called by who asks, for errors."""
    base: str | None = None
    """The base IRI of the dataset."""
    credit: str = ""
    """Where it is from, for files that have a place for it."""
    limit: int | None = None
    """The most reasons."""
    beside: Path | None = None
    """The directory of the release, next to which positions and sizes are kept."""
