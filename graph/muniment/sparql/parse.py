"""A SPARQL text as a tree of the grammar's rules, or the first token that fits nowhere and what would have fitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from muniment.sparql.grammar import GRAMMAR, Part
from muniment.sparql.tokens import Token, less_than, tokens


@dataclass(eq=False)
class Node:
    """A rule of the grammar and what was read for it."""

    rule: str
    children: list[Node | Token] = field(default_factory=list)

    def nodes(self, *rules: str) -> Iterator[Node]:
        """The nodes below of these rules, in order of the text."""
        return (item for item in self.walk() if isinstance(item, Node) and item.rule in rules)

    def tokens(self, *kinds: str) -> Iterator[Token]:
        """The tokens below, of these kinds if any are given, in order."""
        return (item for item in self.walk() if isinstance(item, Token) and (not kinds or item.kind in kinds))

    def walk(self, within: tuple[str, ...] = ()) -> Iterator[Node | Token]:
        """All that is below, in order; what is inside a rule named in ``within`` is passed over (the node itself comes)."""
        todo = list(reversed(self.children))
        while todo:
            item = todo.pop()
            yield item
            if isinstance(item, Node) and item.rule not in within:
                todo.extend(reversed(item.children))

    def own(self, *rules: str) -> list[Node]:
        """The children of these rules (of any, if none is named)."""
        return [c for c in self.children if isinstance(c, Node) and (not rules or c.rule in rules)]

    def span(self) -> tuple[int, int]:
        """Where its text begins and ends."""
        inside = list(self.tokens())
        return (inside[0].start, inside[-1].end) if inside else (0, 0)


@dataclass(frozen=True)
class Stuck:
    """Where reading stopped: the token, the kinds that would fit, the rules being read (the innermost last), the brackets open."""

    token: Token
    expected: frozenset[str]
    rules: tuple[str, ...]
    open: tuple[Token, ...]


@dataclass(frozen=True)
class Parsed:
    """A text as far as it is SPARQL; ``tokens`` are those that were read, the one that does not fit included."""

    root: Node
    tokens: tuple[Token, ...]
    stuck: Stuck | None


_CLOSES = {"}": "{", ")": "(", "]": "["}


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.source = tokens(text)
        self.token = next(self.source)
        self.read: list[Token] = []
        self.open: list[Token] = []
        self.skipped: set[str] = set()
        self.root = Node("text")
        self.path = [self.root]

    def fits(self, kinds: frozenset[str]) -> bool:
        """Whether the token is of one of the kinds; an IRI is read again as ``<`` where only that fits."""
        if self.token.kind == "IRI" and "IRI" not in kinds | self.skipped and "<" in kinds:
            self.source = less_than(self.text, self.token)
            self.token = next(self.source)
        return self.token.kind in kinds

    def take(self) -> None:
        token = self.token
        self.path[-1].children.append(token)
        self.read.append(token)
        if token.kind in ("{", "(", "["):
            self.open.append(token)
        elif self.open and _CLOSES.get(token.kind) == self.open[-1].kind:
            self.open.pop()
        self.skipped.clear()
        if token.kind != "EOF":
            self.token = next(self.source)

    def stuck(self, kinds: frozenset[str]) -> Stuck:
        rules = tuple(node.rule for node in self.path[1:])
        return Stuck(self.token, kinds | self.skipped, rules, tuple(self.open))


def parse(text: str) -> Parsed:
    """Read a query; no depth of nesting is too much."""
    reader = _Reader(text)
    todo: list[Part | None] = [Part("rule", "Query")]  # None: a rule ends here
    stuck = None
    while todo and stuck is None:
        part = todo.pop()
        if part is None:
            reader.path.pop()
        elif part.sort == "token":
            if reader.fits(frozenset({part.name})):
                reader.take()
            else:
                stuck = reader.stuck(frozenset({part.name}))
        elif part.sort == "rule":
            node = Node(part.name)
            reader.path[-1].children.append(node)
            reader.path.append(node)
            todo += [None, GRAMMAR.rules[part.name]]
        else:
            stuck = _expand(part, reader, todo)
    read = (*reader.read, stuck.token) if stuck else tuple(reader.read)
    return Parsed(reader.root, read, stuck)


def _expand(part: Part, reader: _Reader, todo: list[Part | None]) -> Stuck | None:
    if part.sort == "row":
        todo.extend(reversed(part.inner))
        return None
    way = next((inner for inner in part.inner if reader.fits(GRAMMAR.first(inner))), None)
    if way is not None:
        todo += [part, way] if part.sort == "many" else [way]
        return None
    if not GRAMMAR.empty(part):
        return reader.stuck(GRAMMAR.first(part))
    reader.skipped |= GRAMMAR.first(part)
    nothing = [inner for inner in part.inner if part.sort == "choice" and GRAMMAR.empty(inner)]
    todo += nothing[:1]
    return None
