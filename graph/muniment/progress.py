"""How far long work is: the stage that begins, and how much of it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

OnStage = Callable[[str], None]
"""Told the name of a stage as it begins."""
Part = Callable[[int, int], None]
"""Told how much of a stage is done, of how much."""


class Progress(Protocol):
    """Told of stages, and of parts of them; whoever is only told of stages is a plain function."""

    def __call__(self, stage: str) -> None:
        """A stage begins."""

    def part(self, done: int, total: int) -> None:
        """So much of it is done."""


def nothing(done: int, total: int) -> None:
    """Told of parts, and does nothing about them."""


def quiet(stage: str) -> None:
    """Told of stages, and does nothing about them."""


def part_of(on_stage: OnStage) -> Part:
    """Where to tell about parts of stages."""
    return getattr(on_stage, "part", nothing)
