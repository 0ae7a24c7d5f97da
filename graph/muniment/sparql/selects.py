"""What SELECT may show: mistakes with variables, groups and aggregates, which the grammar does not see."""

from __future__ import annotations

from collections.abc import Iterator

from muniment.sparql.mistakes import Mistake
from muniment.sparql.parse import Node
from muniment.sparql.tokens import Token

_INNER = ("SubSelect",)


def select_mistakes(root: Node) -> Iterator[Mistake]:
    """The mistakes of each SELECT, in order of the text."""
    yield from _misplaced_aggregates(root)
    for select in root.nodes("SelectQuery", "SubSelect"):
        yield from _named_twice(select)
        yield from _ungrouped(select)


def _misplaced_aggregates(root: Node) -> Iterator[Mistake]:
    for place in root.nodes("Filter", "Bind", "GroupClause"):
        name = {"Filter": "FILTER", "Bind": "BIND", "GroupClause": "GROUP BY"}[place.rule]
        for node in place.walk(_INNER):
            if isinstance(node, Node) and node.rule == "Aggregate":
                called = next(node.tokens())
                hint = (
                    f"Use HAVING: `GROUP BY ... HAVING ({called.text}(...) > 1)`."
                    if name == "FILTER"
                    else "Aggregates stand in SELECT, HAVING and ORDER BY."
                )
                yield Mistake(called, f"the aggregate `{called.text}` has no place in {name}", hint)


def _named_twice(select: Node) -> Iterator[Mistake]:
    where = {t.text[1:] for body in select.own("WhereClause") for t in body.tokens("VAR")}
    seen: set[str] = set()
    for item in _items(select):
        *_, name = item.tokens("VAR")
        if name.text[1:] in seen:
            yield Mistake(
                name, f"`{name.text}` stands twice in SELECT", "Remove one, or give it another name."
            )
        elif next(item.tokens()).kind == "(" and name.text[1:] in where:
            yield Mistake(
                name, f"`{name.text}` is already a variable of the pattern", "Choose another name after AS."
            )
        seen.add(name.text[1:])


def _ungrouped(select: Node) -> Iterator[Mistake]:
    group = [g for body in select.own("SolutionModifier") for g in body.own("GroupClause")]
    if not group and not _aggregates(select):
        return
    clause = select.own("SelectClause")[0]
    star = next((t for t in clause.children if isinstance(t, Token) and t.kind == "*"), None)
    if star:
        yield Mistake(
            star,
            "`SELECT *` cannot be grouped",
            "Name what to show: the variables of GROUP BY, and aggregates.",
        )
    add = "Write `GROUP BY ..." if group else "Add `GROUP BY"
    known = {t.text[1:] for g in group for c in g.own() for t in list(c.tokens("VAR"))[-1:]}
    for item in _items(select):
        names = _outside_aggregates(item)
        alias = names.pop() if next(item.tokens()).kind == "(" else None
        for token in names:
            if token.text[1:] not in known:
                yield Mistake(
                    token,
                    f"`{token.text}` is neither grouped nor aggregated",
                    f"{add} {token.text}`, or an aggregate such as `(SAMPLE({token.text}) AS ?one)`.",
                )
        if alias:
            known.add(alias.text[1:])


def _items(select: Node) -> list[Node]:
    return [item for clause in select.own("SelectClause") for item in clause.own("SelectItem")]


def _aggregates(select: Node) -> bool:
    parts = [*select.own("SelectClause"), *select.own("SolutionModifier")]
    return any(isinstance(n, Node) and n.rule == "Aggregate" for part in parts for n in part.walk(_INNER))


def _outside_aggregates(item: Node) -> list[Token]:
    within = ("Aggregate", "ExistsCall")
    return [t for t in item.walk(within) if isinstance(t, Token) and t.kind == "VAR"]
