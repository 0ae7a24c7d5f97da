"""A query as explaining sees it: what the rows must fit, part by part, each with its text and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from muniment.sparql.parse import Node, Parsed
from muniment.sparql.prefixes import declared
from muniment.sparql.tokens import Token

Kind = Literal["triple", "group", "union", "select", "values", "bind", "optional", "filter", "minus"]
_KINDS: dict[str, Kind] = {
    "Filter": "filter",
    "Bind": "bind",
    "Optional": "optional",
    "Lateral": "group",
    "Minus": "minus",
    "InlineData": "values",
}


@dataclass(frozen=True)
class Part:
    """A part of a WHERE clause: ``text`` can stand alone in a group; ``graph`` is the term of the GRAPH around it, if there is one."""

    kind: Kind
    shown: str
    text: str
    line: int
    variables: frozenset[str]
    terms: tuple[str, str, str] | None = None
    """Subject, verb and object of a triple pattern as written."""
    graph: str | None = None
    inside: tuple[tuple[Part, ...], ...] = ()
    """The parts of each alternative of a UNION, or of a subquery."""


@dataclass(frozen=True)
class Model:
    """The parts of a query, the text before its form (prefixes), its FROM clauses, and whether it calls another server."""

    prologue: str
    prefixes: Mapping[str, str]
    dataset: str
    graphs: tuple[tuple[str, int], ...]
    """The graphs of FROM, with their lines."""
    parts: tuple[Part, ...]
    limit: int | None
    having: bool
    offset: bool
    has_service: bool


def model(text: str, parsed: Parsed) -> Model | None:
    """The model of a query; None where it has no WHERE clause."""
    root = parsed.root
    where = next(root.nodes("WhereClause", "Template"), None)
    if where is None:
        return None
    if any(n.rule == "ConstructQuery" for n in root.nodes("ConstructQuery")):
        where = next(root.nodes("WhereClause"), where)
    reader = _Reader(text)
    prologue = next(root.nodes("Prologue")).span()
    clauses = list(root.nodes("DatasetClause"))
    dataset = " ".join(reader.slice(clause) for clause in clauses)
    graphs = tuple((reader.slice(c.own("Iri")[0]), reader.line(c)) for c in clauses)
    limits = [int(t.text) for n in _outer(root, "Limit") for t in n.tokens("NUMBER") if t.text.isdigit()]
    data = [d for clause in root.children[0].own("ValuesClause") for d in clause.own("InlineData")]  # type: ignore[union-attr]
    parts = (*(reader.part("values", d, None) for d in data), *reader.parts(where))
    having, offset = bool(_outer(root, "HavingClause")), bool(_outer(root, "Offset"))
    service = next(root.nodes("Service"), None) is not None
    return Model(
        text[slice(*prologue)],
        dict(declared(parsed.tokens)),
        dataset,
        graphs,
        parts,
        limits[0] if limits else None,
        having,
        offset,
        service,
    )


def _outer(root: Node, rule: str) -> list[Node]:
    return [n for n in root.walk(("WhereClause",)) if isinstance(n, Node) and n.rule == rule]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.fresh = 0

    def slice(self, *items: Node | Token) -> str:
        spans = [item.span() if isinstance(item, Node) else (item.start, item.end) for item in items]
        return self.text[spans[0][0] : spans[-1][1]]

    def line(self, item: Node) -> int:
        return self.text.count("\n", 0, item.span()[0]) + 1

    def parts(self, group: Node, graph: str | None = None) -> Iterator[Part]:
        """The parts of a group, FILTERs last, since they hold for the whole of it. Groups that are only joined are laid open."""
        filters: list[Part] = []
        for node in group.walk(("TriplesBlock", "NotTriples", "SubSelect", "InlineData")):
            if not isinstance(node, Node):
                continue
            if node.rule == "TriplesBlock":
                for triples in node.nodes("Triples"):
                    yield from self.triples(triples, graph)
            elif node.rule == "NotTriples":
                found = list(self.other(node.own()[0], graph))
                filters += [part for part in found if part.kind == "filter"]
                yield from (part for part in found if part.kind != "filter")
            elif node.rule == "SubSelect" and not next(node.nodes("Service"), None):
                inner = tuple(self.parts(node.own("WhereClause")[0], graph))
                yield self.part("select", node, graph, f"{{ {self.slice(node)} }}", inside=(inner,))
        yield from filters

    def other(self, node: Node, graph: str | None) -> Iterator[Part]:
        if next(node.nodes("Service"), None) or node.rule == "Service":
            return
        groups = node.own("GroupGraphPattern")
        if node.rule == "Graph":
            yield from self.parts(groups[0], self.slice(node.own("VarOrIri")[0]))
        elif node.rule == "GroupOrUnion" and len(groups) == 1:
            yield from self.parts(groups[0], graph)
        elif node.rule == "GroupOrUnion":
            yield self.part("union", node, graph, inside=tuple(tuple(self.parts(g, graph)) for g in groups))
        elif not (graph and node.rule == "Filter" and next(node.nodes("ExistsCall"), None)):
            yield self.part(_KINDS[node.rule], node, graph)

    def triples(self, node: Node, graph: str | None) -> Iterator[Part]:
        """A pattern for each subject, predicate and object; what is nested in brackets goes with the pattern that holds it."""
        subject = node.own()[0]
        for properties in node.own("PropertyList"):
            verbs, lists = properties.own("Verb"), properties.own("ObjectList")
            for verb, objects in zip(verbs, lists, strict=True):
                for thing in objects.own("Object"):
                    terms = (self.slice(subject), self.slice(verb), self.slice(thing))
                    yield self._triple(terms, (subject, verb, thing), graph)
        if not node.own("PropertyList"):
            yield self.part("group", node, graph, f"{self.slice(node)} .")

    def _triple(self, terms: tuple[str, str, str], nodes: tuple[Node, Node, Node], graph: str | None) -> Part:
        shown = " ".join(terms)
        variables = frozenset(v for node in nodes for v in _variables(node)) | _graph_variable(graph)
        return Part(
            "triple", shown, _in_graph(f"{shown} .", graph), self.line(nodes[1]), variables, terms, graph
        )

    def part(
        self,
        kind: Kind,
        node: Node,
        graph: str | None,
        text: str = "",
        inside: tuple[tuple[Part, ...], ...] = (),
    ) -> Part:
        shown = " ".join(self.slice(node).split())
        plain = text or self.slice(node)
        written = plain if kind in ("filter", "bind", "values") else _in_graph(plain, graph)
        names = frozenset(_variables(node)) | _graph_variable(graph)
        return Part(kind, shown, written, self.line(node), names, None, graph, inside)


def _in_graph(text: str, graph: str | None) -> str:
    return f"GRAPH {graph} {{ {text} }}" if graph else text


def _graph_variable(graph: str | None) -> frozenset[str]:
    return frozenset({graph[1:]}) if graph and graph[0] in "?$" else frozenset()


def _variables(node: Node) -> Iterator[str]:
    return (t.text[1:] if t.kind == "VAR" else t.text for t in node.tokens("VAR", "BLANK"))
