"""A token that fits nowhere, said in words: each rule knows one usual mistake, and the first that applies is told."""

from __future__ import annotations

from collections.abc import Callable

from muniment.sparql.missing import arguments, incomplete, missing_dot, missing_word, select_list
from muniment.sparql.mistakes import Mistake, in_ticks, line_of
from muniment.sparql.parse import Parsed, Stuck
from muniment.sparql.strays import stray
from muniment.sparql.tokens import FUNCTION_KINDS
from muniment.sparql.words import bare_word, misspelt, sign, usual

_BEGINS = frozenset(["SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "PREFIX", "BASE"])
_CLOSES = {"}": "{", ")": "(", "]": "["}
_OPENS = {opening: closing for closing, opening in _CLOSES.items()}
_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_MOST = 6
_NAMES = {
    "VAR": "a variable", "IRI": "an IRI", "PNAME": "an IRI", "NS": "a prefix", "STRING": "a string", "NUMBER": "a number", "SIGNED": "a number",
    "BOOLEAN": "true or false", "BLANK": "a blank node", "ANON": "a blank node", "EOF": "the end of the query", "TAG": "a language tag", "NIL": "( )",
    **dict.fromkeys(FUNCTION_KINDS | {"COUNT", "GROUP_CONCAT", "BOUND"}, "a function"),
}  # fmt: skip


def misfit(text: str, parsed: Parsed, stuck: Stuck) -> Mistake:
    """The mistake behind the first token that does not fit."""
    said = stray(text, parsed, stuck)
    return said or next(found for rule in _RULES if (found := rule(text, parsed, stuck)))


def _nothing(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    if "SELECT" not in stuck.expected or stuck.rules != ("Query",) or stuck.token.kind == "WORD":
        return None
    said = f"a query cannot begin with `{stuck.token.text}`" if stuck.token.text else "there is no query"
    return Mistake(stuck.token, said, "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.")


def _after_the_end(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    token = stuck.token
    if "EOF" not in stuck.expected or stuck.open:
        return None
    if token.kind in _CLOSES:
        return Mistake(
            token, f"this `{token.text}` closes nothing", "Remove it, or add what it should close."
        )
    if token.kind == ";":
        return Mistake(
            token, "a query does not end with `;`", "Remove it; only one query is asked at a time."
        )
    if token.kind in ("//", "OTHER") or token.text == "--":
        return Mistake(token, f"`{token.text}` follows the end of the query", "A comment begins with `#`.")
    if token.kind in _MODIFIERS:
        order = "The order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET, VALUES; each once."
        return Mistake(token, f"`{token.text}` comes too late, or twice", order)
    if token.kind in _BEGINS:
        return Mistake(token, f"a second query begins at `{token.text}`", "Ask one query at a time.")
    if "HavingClause" in {r.rule for r in parsed.root.nodes("HavingClause")} and token.kind in (
        "<",
        ">",
        "=",
        "!=",
        "<=",
        ">=",
    ):
        return Mistake(
            token,
            f"`{token.text}` does not fit here",
            "Put the condition in brackets: `HAVING (COUNT(?x) > 1)`.",
        )
    return misspelt(text, parsed, stuck) or Mistake(token, f"`{token.text}` follows the end of the query")


def _never_closed(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    token, opened = stuck.token, stuck.open[-1] if stuck.open else None
    if opened is None or _CLOSES.get(token.kind) == opened.kind:
        return None
    if token.kind in _CLOSES and _CLOSES[token.kind] not in {t.kind for t in stuck.open}:
        return Mistake(
            token, f"this `{token.text}` closes nothing", "Remove it, or add what it should close."
        )
    closing = _OPENS[opened.kind]
    if token.kind not in ("EOF", *_CLOSES) and stuck.expected != {closing}:
        return None
    hint = f"Add `{closing}`" + (f" before `{token.text}`." if token.text else ".")
    return Mistake(token, f"the `{opened.text}` of line {line_of(text, opened)} is never closed", hint)


def _generic(text: str, parsed: Parsed, stuck: Stuck) -> Mistake:
    fits = {_NAMES.get(kind, kind) for kind in stuck.expected}
    fits -= {"a prefix"} if "an IRI" in fits else set()
    token = stuck.token
    shown = f"`{token.text}` does not fit here" if token.text else "the query ends too early"
    return Mistake(token, shown, f"Here fits {in_ticks(sorted(fits))}." if len(fits) <= _MOST else None)


Rule = Callable[[str, Parsed, Stuck], Mistake | None]
_RULES: tuple[Rule, ...] = (
    _nothing, _after_the_end, usual, select_list, missing_word, sign, arguments, _never_closed, incomplete, misspelt, bare_word, missing_dot, _generic,
)  # fmt: skip
