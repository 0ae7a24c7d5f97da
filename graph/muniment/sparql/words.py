"""A word or sign that SPARQL does not have here: misspelt, from another language, or a term without its prefix."""

from __future__ import annotations

from muniment.sparql.mistakes import Mistake, in_ticks, nearest
from muniment.sparql.parse import Parsed, Stuck
from muniment.sparql.tokens import FUNCTION_KINDS, FUNCTION_NAMES, KEYWORDS

UPDATES = frozenset(["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"])
_OTHER_SIGNS = {"==": "=", "<>": "!=", "AND": "&&", "OR": "||", "&": "&&", "|": "||"}
_FOREIGN = {
    "LET": "Write `BIND(expression AS ?x)`.",
    "LIKE": 'Write `FILTER(CONTAINS(?x, "text"))`.',
    "BETWEEN": "Write `?x >= 1 && ?x <= 9`.",
    "JOIN": "Patterns side by side are joined.",
    "NULL": "Write `!BOUND(?x)`.",
    "TOP": "Write `LIMIT 10` at the end of the query.",
}
"""Words of other query languages."""


def misspelt(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """A word that is nearly one that fits, a function that does not exist, or a word of updates."""
    token = stuck.token
    if token.kind != "WORD":
        return None
    if token.text.upper() in UPDATES:
        return Mistake(
            token,
            f"`{token.text}` is a word of updates, not of queries",
            "The graph is read-only: ask with SELECT, ASK, CONSTRUCT or DESCRIBE.",
        )
    calls = text[token.end :].lstrip().startswith("(")
    functions = FUNCTION_NAMES if FUNCTION_KINDS & stuck.expected else ()
    words = [kind for kind in stuck.expected if kind in KEYWORDS]
    near = nearest(token.text, [*words, *functions], 0.6 if stuck.rules == ("Query",) else 0.7)
    if calls and functions and near not in words:
        known = f"did you mean `{near}`?" if near else None
        message = f"`{token.text}` is no function" + (f": {known}" if known else "")
        return Mistake(token, message, None if near else "A function of one's own is named by its IRI.")
    if near:
        return Mistake(token, f"`{token.text}` is not known here: did you mean `{near}`?")
    if stuck.rules == ("Query",):
        return Mistake(
            token,
            f"a query cannot begin with `{token.text}`",
            "It begins with SELECT, ASK, CONSTRUCT or DESCRIBE.",
        )
    return None


def sign(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """An operator of another language."""
    wanted = _OTHER_SIGNS.get(stuck.token.text.upper())
    if wanted is None or wanted not in stuck.expected:
        return None
    return Mistake(stuck.token, f"`{stuck.token.text}` is no operator of SPARQL", f"Write `{wanted}`.")


def bare_word(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """A word where a term is needed."""
    token = stuck.token
    if token.kind != "WORD" or not {"IRI", "VAR"} & stuck.expected:
        return None
    ways = [f"`?{token.text}` (a variable)"] if "VAR" in stuck.expected else []
    ways += [f"`prefix:{token.text}` (a name)"] if "PNAME" in stuck.expected else []
    ways += [f'`"{token.text}"` (text)'] if "STRING" in stuck.expected else []
    return Mistake(token, f"`{token.text}` is no term", f"Write {in_ticks(ways)}.")


def usual(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """What is often written and is not SPARQL."""
    token, before = stuck.token, parsed.tokens[-2] if len(parsed.tokens) > 1 else None
    if token.kind == "WORD" and (hint := _FOREIGN.get(token.text.upper())):
        return Mistake(token, f"SPARQL has no {token.text.upper()}", hint)
    if stuck.rules[-1:] == ("PrefixDecl",) and token.kind == "WORD":
        return Mistake(
            token, f"the prefix `{token.text}` has no `:` behind it", f"Write `PREFIX {token.text}: <...>`."
        )
    if (
        before
        and before.kind == "VAR"
        and token.kind in ("+", "*", "?", "/", "|", "^")
        and "ObjectList" in stuck.rules
    ):
        return Mistake(token, "a path cannot hold a variable", "Name the predicate.")
    if token.kind == "." and before and before.kind == ".":
        return Mistake(token, "one `.` too many", "One stands between two patterns.")
    if token.kind == "UNION":
        return Mistake(token, "UNION stands between two groups", "Write `{ ... } UNION { ... }`.")
    if (
        stuck.open
        and {"OFFSET", "VALUES"} & stuck.expected
        and "}" in stuck.expected
        and "FILTER" not in stuck.expected
    ):
        return Mistake(
            token,
            f"`{token.text}` follows a subquery",
            "A subquery stands in braces of its own: `{ SELECT ... }`.",
        )
    return None
