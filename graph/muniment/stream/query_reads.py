"""Which statements a query can read: those with the properties of its patterns, so that no others are loaded for it."""

from __future__ import annotations

from dataclasses import dataclass

from muniment.sparql.parse import Node, parse
from muniment.sparql.prefixes import declared
from muniment.sparql.tokens import Token
from muniment.terms import TYPE, iri

_ANY_PROPERTY = {"VAR", "!", "*", "?"}
"""Tokens that make a verb lead over any property, or over none."""
_NOT_FOLLOWED = (
    "DatasetClause",
    "Collection",
    "TripleTerm",
    "ReifiedTriple",
    "Reifier",
    "Service",
    "Lateral",
)


@dataclass(frozen=True)
class Reads:
    """What a query reads."""

    predicates: frozenset[str]
    """Those of the statements that it reads or makes, as terms."""
    named: bool
    """Whether it reads named graphs."""
    members: frozenset[str] | None = frozenset()
    """The classes of whose members it asks in named graphs; None if it asks for anything else there."""
    names: frozenset[str] = frozenset()
    """All IRIs that stand in it, as terms."""
    made: frozenset[str] = frozenset()
    """Of the properties those of the statements that it makes."""


def reads(query: str) -> Reads | None:
    """What a SELECT or CONSTRUCT query reads; None if it may be anything."""
    parsed = parse(query)
    root = parsed.root
    if parsed.stuck or any(root.nodes(*_NOT_FOLLOWED)) or any(root.tokens("{|")):
        return None
    prefixes = dict(declared(parsed.tokens))
    names = _properties(root, prefixes)
    if names is None:
        return None
    graphs = list(root.nodes("Graph"))
    if any(_asks_for_graphs(graph) for graph in graphs):
        return None
    members = [_member_of(graph, prefixes) for graph in graphs]
    only = None if None in members else frozenset(name for name in members if name)
    written = frozenset(name for token in parsed.tokens if (name := _name(token, prefixes)))
    made = [_properties(template, prefixes) or frozenset() for template in root.nodes("Template")]
    return Reads(names, bool(graphs), only, written, frozenset[str]().union(*made))


def _properties(part: Node, prefixes: dict[str, str]) -> frozenset[str] | None:
    """The properties of all patterns in a part of a query; None if it cannot be told which."""
    names = set()
    for verb in part.nodes("Verb"):
        for token in verb.tokens():
            name = _name(token, prefixes)
            if token.kind in _ANY_PROPERTY or name == "":
                return None
            names.add(name)
    return frozenset(name for name in names if name)


def _name(token: Token, prefixes: dict[str, str]) -> str | None:
    """The property that a token names; None if it names none, empty if it cannot be told which."""
    if token.kind == "a":
        return TYPE
    if token.kind == "IRI":
        return token.text if ":" in token.text and "\\" not in token.text else ""
    if token.kind in ("PNAME", "NS"):
        prefix, _, local = token.text.partition(":")
        return iri(prefixes[prefix] + local) if prefix in prefixes and "\\" not in local else ""
    return None


def _asks_for_graphs(graph: Node) -> bool:
    """Whether a GRAPH may find a graph by anything but statements in it."""
    blocks = [node for group in graph.own("GroupGraphPattern") for node in group.own("GroupContent")]
    others = (part for block in blocks for node in block.own("NotTriples") for part in node.own())
    return any(part.rule != "Filter" for part in others) or not any(
        block.own("TriplesBlock") for block in blocks
    )


def _member_of(graph: Node, prefixes: dict[str, str]) -> str | None:
    """The class of which a GRAPH asks the members; None if it asks for anything else."""
    match [token for token in graph.tokens() if token.kind != "."]:
        case [_, _, _, Token(kind="VAR"), verb, kind, Token(kind="}")] if _name(verb, prefixes) == TYPE:
            return _name(kind, prefixes) or None
    return None
