"""Parts that match alone and not together, and parts that have nothing to do with each other."""

from __future__ import annotations

from muniment.sparql.findings import Finding
from muniment.sparql.model import Part
from muniment.sparql.questions import Questions

ALONE = ("triple", "group", "union", "select")
"""The kinds of part that can be asked by themselves."""


def first_empty(parts: list[Part], questions: Questions) -> list[Finding]:
    """Halving finds the first part with which the join is empty: a longer join is never less empty."""
    if questions.asks(parts) is not False:
        return []
    low, high = 0, len(parts)  # parts[:low] match, parts[:high] do not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if questions.asks(parts[:middle]) is False else (middle, high)
    last, before = parts[high - 1], parts[: high - 1]
    if last.kind in ("filter", "minus"):
        word = "FILTER" if last.kind == "filter" else "MINUS"
        hint = (
            f"Without it the {len(before)} parts before it match."
            if len(before) > 1
            else "Without it there are answers."
        )
        return [Finding("filter", last.shown, last.line, f"this {word} removes every row", hint)]
    for other in before:
        shares = other.variables & last.variables
        if shares and other.kind != "optional" and questions.asks([other, last]) is False:
            names = ", ".join(f"`?{name}`" for name in sorted(shares))
            where = f"`{other.shown}` (line {other.line})"
            return [
                Finding(
                    "join",
                    last.shown,
                    last.line,
                    f"never matches together with {where}",
                    f"Both hold {names}.",
                )
            ]
    return [
        Finding(
            "join", last.shown, last.line, "matches alone, but not together with what stands before it", None
        )
    ]


def products(parts: tuple[Part, ...]) -> list[Finding]:
    """Patterns that share no variable, even by way of others: each row of one is paired with each of the other."""
    islands: list[tuple[set[str], Part | None]] = []
    for part in parts:
        if not part.variables:
            continue
        names, first = set(part.variables), part if part.kind in ALONE else None
        apart = []
        for island in islands:
            if island[0] & names:
                names, first = names | island[0], island[1] or first
            else:
                apart.append(island)
        islands = [*apart, (names, first)]
    firsts = [first for _, first in islands if first]
    return [
        Finding(
            "product", part.shown, part.line,
            f"shares no variable with `{firsts[0].shown}`: every row of the one is paired with every row of the other",
            "Join them by a variable, or ask two queries.",
        )
        for part in firsts[1:]
    ]  # fmt: skip
