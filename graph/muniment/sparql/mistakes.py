"""What is wrong with a query, and at which token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from muniment.sparql.tokens import Token


@dataclass(frozen=True)
class Mistake:
    """One mistake: the token to mark, what is wrong in one line, and how to mend it."""

    token: Token
    message: str
    hint: str | None = None


def line_of(text: str, token: Token) -> int:
    """The line on which a token begins, from 1."""
    return text.count("\n", 0, token.start) + 1


def nearest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known word that is written most like this one, whatever the case; None if none is near."""
    if len(word) > 60:
        return None
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def in_ticks(words: Iterable[str]) -> str:
    """``a``, ``b`` or ``c``, each as code."""
    *first, last = [word if " " in word else f"`{word}`" for word in words]
    return f"{', '.join(first)} or {last}" if first else last
