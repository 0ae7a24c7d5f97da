"""What the grammar allows and the recommendation forbids: IRIs, escapes, VALUES, BIND, blank nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from muniment.sparql.mistakes import Mistake
from muniment.sparql.parse import Node, Parsed
from muniment.sparql.selects import select_mistakes
from muniment.sparql.tokens import Token

MOST_TOKENS = 5_000
"""A longer query is not looked through: the looking takes more than linear time."""
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_BAD_ESCAPE = re.compile(r"\\(?:u(?![0-9A-Fa-f]{4})|U(?![0-9A-Fa-f]{8})|[^tbnrf\"'\\uU]).?", re.DOTALL)
_GOOD_ESCAPE = re.compile(r"\\[tbnrf\"'\\]")


def forbidden(parsed: Parsed, detail: str, at: int) -> Mistake | None:
    """The mistake in a query that fits the grammar, by what the engine said of it and where."""
    tokens = parsed.tokens[:MOST_TOKENS]
    if found := next(_escapes(tokens), None):
        return found
    if "IRI parsing failed" in detail and (found := _bad_iri(tokens, at)):
        return found
    if len(parsed.tokens) > MOST_TOKENS:
        return None
    checks = (select_mistakes, _values, _template_paths, _labels, _binds)
    return next((mistake for check in checks for mistake in check(parsed.root)), None)


def _escapes(tokens: tuple[Token, ...]) -> Iterator[Mistake]:
    for token in tokens:
        if token.kind != "STRING" or "\\" not in token.text:
            continue
        blanked = _GOOD_ESCAPE.sub("..", token.text)
        if bad := _BAD_ESCAPE.search(blanked):
            escape = Token("ESCAPE", bad[0][:2], token.start + bad.start())
            yield Mistake(escape, f"`{escape.text}` is no escape", "Write `\\\\` for a backslash.")


def _bad_iri(tokens: tuple[Token, ...], at: int) -> Mistake | None:
    iris = [t for t in tokens if t.kind == "IRI"]
    based = any(t.kind == "BASE" for t in tokens)
    relative = [t for t in iris if not based and not _ABSOLUTE.match(t.text, 1)]
    if relative:
        return Mistake(
            relative[0],
            f"`{relative[0].text}` is no whole IRI",
            "Write it in full, as `<https://...>`, or declare a `BASE`.",
        )
    near = [t for t in tokens if t.kind in ("IRI", "PNAME") and t.start < at <= t.end + 1] or [
        t for t in iris if t.end <= at
    ][-1:]
    if not near:
        return None
    odd = re.search(r"%(?![0-9A-Fa-f]{2})|[\[\]](?!.*//)", near[0].text)
    hint = (
        "After `%` come two hexadecimal digits; `%25` is the sign itself." if odd and odd[0] == "%" else None
    )
    return Mistake(near[0], f"`{near[0].text}` is no valid IRI", hint)


def _values(root: Node) -> Iterator[Mistake]:
    for data in root.nodes("InlineData"):
        heads = data.own("VarList")
        wide = len(list(heads[0].tokens("VAR"))) if heads else 1
        for row in data.own("DataRow"):
            held = len(row.own("DataValue"))
            if held != wide:
                yield Mistake(
                    next(row.tokens()),
                    f"this row of VALUES has {_count(held, 'value')} for {_count(wide, 'variable')}",
                    "Write UNDEF where there is no value.",
                )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _template_paths(root: Node) -> Iterator[Mistake]:
    for template in root.nodes("Template"):
        for step in template.nodes("Path"):
            marks = [t for t in step.tokens() if t.kind in ("/", "|", "^", "*", "+", "?", "!")]
            if marks:
                yield Mistake(marks[0], "a template of CONSTRUCT cannot hold a path", "Name one predicate.")


def _labels(root: Node) -> Iterator[Mistake]:
    home: dict[str, Node] = {}
    for group in root.nodes("GroupContent", "Template"):
        for token in group.walk(("GroupGraphPattern",)):
            if (
                isinstance(token, Token)
                and token.kind == "BLANK"
                and home.setdefault(token.text, group) is not group
            ):
                yield Mistake(
                    token,
                    f"`{token.text}` stands in two groups",
                    "A blank node belongs to one group; use a variable.",
                )


def _binds(root: Node) -> Iterator[Mistake]:
    for group in root.nodes("GroupContent"):
        used: set[str] = set()
        for item in group.walk(("SubSelect", "Filter", "Minus")):
            if isinstance(item, Token) and item.kind == "VAR":
                used.add(item.text[1:])
            elif isinstance(item, Node) and item.rule == "Bind" and item in _direct(group):
                *_, name = item.tokens("VAR")
                if name.text[1:] in used:
                    yield Mistake(
                        name,
                        f"`{name.text}` is in use before this BIND",
                        "Choose another name after AS, or compare with FILTER.",
                    )


def _direct(group: Node) -> list[Node]:
    return [inner for child in group.own("NotTriples") for inner in child.own("Bind")]
