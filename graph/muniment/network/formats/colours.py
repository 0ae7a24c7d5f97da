"""Colours of communities: eight that people with colour blindness tell apart, then grey.

M. Okabe and K. Ito, Color universal design (2008); black, which is the ink of labels, stands last and is left out.
"""

from __future__ import annotations

PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
OTHERS = "#999999"


def colour(community: int) -> str:
    """The colour of the community of that number, which counts from 0 by size."""
    return PALETTE[community] if community < len(PALETTE) else OTHERS


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
