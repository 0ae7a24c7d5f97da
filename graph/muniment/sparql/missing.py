"""Something is missing before the token that does not fit: a bracket, a word, a dot, a comma, an object."""

from __future__ import annotations

from muniment.sparql.mistakes import Mistake
from muniment.sparql.parse import Parsed, Stuck
from muniment.sparql.tokens import FUNCTION_KINDS, TERMS, tokens

_TAKES = {
    "FUNC1": "1 argument",
    "FUNC2": "2 arguments",
    "FUNC3": "3 arguments",
    "FUNC23": "2 or 3 arguments",
    "FUNC34": "3 or 4 arguments",
}


def missing_word(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """Brackets and words that must come next."""
    token, rule = stuck.token, stuck.rules[-1] if stuck.rules else ""
    shown = f"`{token.text}`" if token.text else "the end"
    before = parsed.tokens[-2].text if len(parsed.tokens) > 1 else ""
    if (
        rule == "GroupGraphPattern"
        and "{" in stuck.expected
        and len(stuck.expected) <= 3
        and token.kind not in ("WORD", ",")
    ):
        return Mistake(token, f"a `{{` is missing before {shown}", f"Write `{before} {{ ... }}`.")
    if rule == "Constraint" and token.kind in TERMS:
        return Mistake(
            token, f"a `(` is missing before {shown}", f"Put the condition in brackets: `{before} ( ... )`."
        )
    if rule == "ExpressionList" or (rule == "Bracketed" and stuck.expected == {"("}):
        return Mistake(token, f"a `(` is missing before {shown}", f"Write `{before} ( ... )`.")
    if rule in ("SelectItem", "Bind") and "AS" in stuck.expected:
        if parsed.tokens[-3].kind == "(" and parsed.tokens[-2].kind == "VAR":
            return Mistake(
                token,
                f"`AS` and a variable are missing before {shown}",
                f"Or write `{before}` without brackets.",
            )
        return Mistake(
            token, f"`AS` and a variable are missing before {shown}", "Write `(expression AS ?name)`."
        )
    if stuck.expected == {"BY"}:
        return Mistake(token, f"`BY` is missing before {shown}", f"Write `{before} BY {token.text}`.")
    if rule in ("Limit", "Offset"):
        return Mistake(token, f"{shown} is no whole number", f"Write `{before} 10`.")
    if stuck.expected == {"VAR"} and token.kind == "WORD":
        return Mistake(token, f"`{token.text}` is no variable", f"Write `?{token.text}`.")
    return None


def select_list(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """What goes wrong between SELECT and WHERE."""
    token = stuck.token
    inside = parsed.root.children and any(t.kind == "SELECT" for t in parsed.tokens[:-1]) and not stuck.open
    if not inside or any(t.kind in ("{", "WHERE") for t in parsed.tokens[:-1]):
        return None
    if token.kind == ",":
        return Mistake(token, "the variables of SELECT have no commas between them", "Leave a space only.")
    if token.kind in FUNCTION_KINDS | {"COUNT", "GROUP_CONCAT"}:
        wanted = f"Write `({token.text}(...) AS ?name)`."
        return Mistake(token, f"`{token.text}(...)` in SELECT needs brackets and a name", wanted)
    if token.kind == "?" or token.text == "$":
        return Mistake(token, f"`{token.text}` has no name behind it", "A variable is written `?name`.")
    if token.kind in ("WHERE", "FROM", "{") and stuck.rules[-1] == "SelectClause":
        return Mistake(token, "SELECT names no variable", "Write `SELECT *` or `SELECT ?name`.")
    return None


def missing_dot(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """Two patterns without a mark between them."""
    token = stuck.token
    if not {".", ";"} <= stuck.expected or token.kind not in TERMS | {"("}:
        return None
    row = 0
    for follower in tokens(text, token.start):
        if follower.kind not in TERMS:
            break
        row += 1
    mark, other = (";", ".") if row == 2 else (".", ";")
    hint = f"Write `{mark}` after `{parsed.tokens[-2].text}`, or `{other}` if the {'subject changes' if mark == ';' else 'subject stays'}."
    return Mistake(token, f"a `{mark}` is missing before `{token.text}`", hint)


def arguments(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """Too many or too few arguments, or no comma between them."""
    if not stuck.open or stuck.open[-1].kind != "(" or stuck.token.kind not in {",", ")", *TERMS}:
        return None
    call = parsed.tokens[parsed.tokens.index(stuck.open[-1]) - 1]
    if stuck.token.kind == "," and call.kind == "GROUP_CONCAT":
        return Mistake(
            stuck.token,
            "the separator of GROUP_CONCAT comes after `;`",
            'Write `GROUP_CONCAT(?x ; SEPARATOR=", ")`.',
        )
    if "," in stuck.expected and stuck.token.kind in TERMS:
        return Mistake(stuck.token, f"a `,` is missing before `{stuck.token.text}`")
    if stuck.token.kind in (",", ")") and call.kind in _TAKES and "BuiltInCall" in stuck.rules:
        return Mistake(stuck.token, f"`{call.text}` takes {_TAKES[call.kind]}")
    return None


def incomplete(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """A pattern that ends too early."""
    rules = stuck.rules
    shown = f"`{stuck.token.text}`" if stuck.token.text else "the end"
    if stuck.token.kind not in ("EOF", ".", ";", ",", "FILTER", "OPTIONAL", "BIND", "}", ")", "]"):
        return None
    if "Verb" in rules or rules[-1:] == ("PropertyList",):
        return Mistake(
            stuck.token,
            f"a predicate and an object are missing before {shown}",
            "A pattern is `subject predicate object`.",
        )
    if "ObjectList" in rules:
        return Mistake(
            stuck.token, f"an object is missing before {shown}", "A pattern is `subject predicate object`."
        )
    return None
