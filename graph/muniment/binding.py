"""Puts RDF terms in the place of variables, and cuts an answer into pages: edits of a parsed query, never of its bare text.

A variable stands in different places of the grammar, and each has its own way to hold a term: a pattern or an expression takes the
term itself, ``SELECT ?x`` becomes ``(term AS ?x)``, ``BOUND(?x)`` becomes true. So a bound query means what the query means with that
variable bound from outside, in subqueries and OPTIONAL too (where a VALUES block at the beginning would not reach).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from muniment.errors import QueryRefused
from muniment.sparql.parse import Node, parse
from muniment.sparql.tokens import Token
from muniment.syntax import syntax_error

_FRESH = "?_muniment"
_MARK = "\x00"  # in no term: literals escape it


@dataclass(frozen=True, order=True)
class _Edit:
    start: int
    end: int
    text: str


def bind(text: str, terms: Mapping[str, str], window: tuple[int, int] | None = None) -> str:
    """The query with terms (N-Quads text) in place of the variables of these names, and with a window (limit, offset) that page alone.

    Where they go is found out once for each text, so that a saved query is not parsed again for each caller.

    Raises:
        QuerySyntaxError: the text is no query.
        QueryRefused: the query itself assigns one of the variables, or has no pages.
    """
    filled = [_filled(edit, terms) for edit in _frame(text, tuple(sorted(terms)))] if terms else []
    if window:
        place, order = _end(text)
        filled.append(_Edit(place, place, f"{order}\nLIMIT {window[0]} OFFSET {window[1]}\n"))
    return _edited(text, filled)


@lru_cache(256)
def _frame(text: str, names: tuple[str, ...]) -> tuple[_Edit, ...]:
    """The edits for variables of these names, with a mark for the term of each."""
    root = parsed_query(text)
    for token in assigned(root):
        if token.text[1:] in names:
            raise QueryRefused(f"the query itself assigns `{token.text}`")
    return tuple(_edits(root, {name: f"{_MARK}{name}{_MARK}" for name in names}))


def _filled(edit: _Edit, terms: Mapping[str, str]) -> _Edit:
    before, *found = edit.text.split(_MARK)
    return replace(edit, text=f"{before}{terms[found[0]]}{found[1]}") if found else edit


def parsed_query(text: str) -> Node:
    """The tree of a query.

    Raises:
        QuerySyntaxError: it is none.
    """
    parsed = parse(text)
    if parsed.stuck:
        raise syntax_error(text)
    return parsed.root


def assigned(root: Node) -> Iterator[Token]:
    """The variables to which a query gives a value itself: after AS, and in VALUES."""
    for node in root.nodes("SelectItem", "GroupCondition", "Bind", "InlineData", "VarList"):
        own = [child for child in node.children if isinstance(child, Token)]
        if node.rule in ("InlineData", "VarList") or any(token.kind == "AS" for token in own):
            yield from (token for token in own if token.kind == "VAR")


def _edits(root: Node, terms: Mapping[str, str]) -> Iterator[_Edit]:
    todo: list[tuple[Node, bool]] = [(root, False)]
    while todo:
        node, inside = todo.pop()
        inside = inside or node.rule == "SubSelect"
        if node.rule == "SelectClause" and inside:
            yield from _not_shown(node, terms)
        for child in node.children:
            if isinstance(child, Token):
                if (
                    child.kind == "VAR"
                    and child.text[1:] in terms
                    and not (inside and node.rule == "SelectItem")
                ):
                    yield _edit(node, child, terms[child.text[1:]])
            else:
                todo.append((child, inside))


def _edit(node: Node, token: Token, term: str) -> _Edit:
    if node.rule == "BoundCall":
        return _Edit(*node.span(), " (true) ")
    if node.rule == "SelectItem":
        return _Edit(token.start, token.end, f"({term} AS {token.text})")
    if node.rule == "GroupCondition":
        return _Edit(token.start, token.end, f"({term} AS {_FRESH}{token.start})")
    if node.rule == "OrderCondition":
        return _Edit(token.start, token.end, f"({term})")
    return _Edit(token.start, token.end, f" {term} ")


def _not_shown(clause: Node, terms: Mapping[str, str]) -> Iterator[_Edit]:
    """A subquery need not show what is bound everywhere; it shows something all the same."""
    items = clause.own("SelectItem")
    bound = [item for item in items if len(item.children) == 1 and _name(item) in terms]
    for number, item in enumerate(bound):
        keep = len(bound) == len(items) and number == 0
        yield _Edit(*item.span(), f"({terms[_name(item)]} AS {_FRESH}{item.span()[0]})" if keep else "")


def _name(item: Node) -> str:
    return next(item.tokens()).text[1:]


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    pieces, at = [], 0
    for edit in sorted(edits):
        added = edit.text.strip(" ") if _stands_free(text, edit) else edit.text
        pieces += [text[at : edit.start], added]
        at = edit.end
    return "".join([*pieces, text[at:]])


def _stands_free(text: str, edit: _Edit) -> bool:
    """Whether there is white space around the place already."""
    return text[edit.start - 1 : edit.start].isspace() and text[edit.end : edit.end + 1].isspace()


def cannot_be_paged(root: Node) -> Token | None:
    """The LIMIT or OFFSET of the query's own that stands in the way of pages."""
    select = next(root.nodes("SelectQuery"), None)
    limits = select.own("SolutionModifier")[0].own("LimitOffset") if select else []
    return next(limits[0].tokens(), None) if limits else None


def paged(text: str, limit: int, offset: int) -> str:
    """A SELECT cut to a page; what it shows is added to its ORDER BY, so that rows which differ never change places between pages.

    Raises:
        QuerySyntaxError: the text is no query.
        QueryRefused: it is no SELECT, or has a LIMIT or OFFSET of its own.
    """
    return bind(text, {}, (limit, offset))


@lru_cache(256)
def _end(text: str) -> tuple[int, str]:
    """Where the window of a SELECT goes, and what is to be added to its order."""
    _, select = _pageable(text)
    modifier = select.own("SolutionModifier")[0]
    order = modifier.own("OrderClause")
    known = {
        child.text[1:]
        for condition in (order[0].own() if order else ())
        for child in condition.children
        if isinstance(child, Token) and len(condition.children) == 1
    }
    more = "".join(f" ?{name}" for name in _shown(select) if name not in known)
    last = modifier if next(modifier.tokens(), None) else select.own("WhereClause")[0]
    return last.span()[1], more if order or not more else f" ORDER BY{more}"


@lru_cache(256)
def counting(text: str) -> str:
    """The query for the number of rows of a SELECT, as ``?rows``; raises as ``paged``."""
    root, select = _pageable(text)
    first = next(select.tokens()).start
    datasets = "".join(f"{text[slice(*clause.span())]}\n" for clause in select.own("DatasetClause"))
    modifier = select.own("SolutionModifier")[0]
    kept = [*select.own("SelectClause", "WhereClause"), *modifier.own("GroupClause", "HavingClause")]
    kept += [node for node in root.nodes("ValuesClause") if node.span()[0] >= select.span()[1]]
    inner = "\n".join(text[slice(*node.span())] for node in kept)
    return f"{text[:first]}SELECT (COUNT(*) AS ?rows)\n{datasets}WHERE {{ {{\n{inner}\n}} }}"


def _pageable(text: str) -> tuple[Node, Node]:
    root = parsed_query(text)
    select = next(root.nodes("SelectQuery"), None)
    if select is None:
        raise QueryRefused("only the rows of a SELECT come in pages")
    if token := cannot_be_paged(root):
        raise QueryRefused(f"a query with a {token.kind} of its own does not come in pages")
    return root, select


def _shown(select: Node) -> list[str]:
    clause = select.own("SelectClause")[0]
    items = clause.own("SelectItem")
    if items:
        names = [list(item.tokens("VAR"))[-1].text[1:] for item in items]
    else:
        names = [token.text[1:] for token in select.own("WhereClause")[0].tokens("VAR")]
    return list(dict.fromkeys(names))
