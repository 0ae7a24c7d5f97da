"""Which graphs a query may see: those of one release, under the names that they have there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from muniment.engines.layout import NOWHERE, release_graph
from muniment.sparql.tokens import Token, tokens
from muniment.sparql_text import unescape
from muniment.store import Dataset
from muniment.terms import iri

_GRAPH = re.compile(r"\bgraph\b", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\b", re.IGNORECASE)
_FORMS = frozenset(("SELECT", "CONSTRUCT", "DESCRIBE", "ASK"))
_ANYTHING = "?muniment_s ?muniment_p ?muniment_o"
_NOTHING = f"<{NOWHERE}> <{NOWHERE}> <{NOWHERE}>"
_AFTER_FROM = frozenset(("WHERE", "{", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"))


@dataclass(frozen=True)
class Scope:
    """The graphs of a release in an engine."""

    release: str
    graphs: Collection[str]
    """Its named graphs."""

    def dataset(self, query: str, asked: Dataset | None) -> Dataset:
        """What to ask for: what was asked for, without what is not of the release; else its consolidated graph, and its named graphs if the
        query may ask for any."""
        if asked is None:
            named = sorted(self.graphs) if _GRAPH.search(unescape(query)) else [NOWHERE]
            return Dataset((release_graph(self.release),), tuple(named))
        return Dataset(*(self._known(graphs) for graphs in (asked.default, asked.named)))

    def _known(self, graphs: Collection[str]) -> tuple[str, ...]:
        return tuple(graph for graph in graphs if graph in self.graphs) or (NOWHERE,)


def taken_from(query: str, prefixes: Mapping[str, str]) -> tuple[str, Dataset | None]:
    """A query with blanks in place of its FROM clauses, and the graphs that they name; None if it has none."""
    if not _FROM.search(unescape(query)):
        return query, None
    text = unescape(query)
    words, known = list(tokens(text)), dict(prefixes)
    default: list[str] = []
    named: list[str] = []
    depth = 0
    for at, word in enumerate(words):
        depth += (word.kind == "{") - (word.kind == "}")
        if word.kind == "PREFIX" and words[at + 1].kind == "NS":
            known[words[at + 1].text[:-1]] = words[at + 2].text[1:-1]
        if word.kind != "FROM" or depth:
            continue
        is_named = words[at + 1].kind == "NAMED"
        graph = words[at + 1 + is_named]
        if graph.kind == "IRI":
            name = graph.text[1:-1]
        elif graph.kind in ("PNAME", "NS"):
            prefix, _, local = graph.text.partition(":")
            name = known.get(prefix, "") + local
        else:
            continue
        (named if is_named else default).append(name)
        text = text[: word.start] + re.sub(r"[^\r\n]", " ", text[word.start : graph.end]) + text[graph.end :]
    if not default and not named:
        return query, None
    return text, Dataset(tuple(default), tuple(named))


def with_graphs(query: str, dataset: Dataset) -> str:
    """A query without FROM clauses, with one for each graph of a dataset."""
    words = [word for word in tokens(query) if word.kind != "EOF"]
    at = next(n for n, word in enumerate(words) if word.kind in _FORMS)
    if words[at].kind == "CONSTRUCT" and words[at + 1].kind == "{":
        at = _closing(words, at + 1)  # behind its template
    place, depth = words[-1].end, 0
    for word in words[at + 1 :]:
        if not depth and word.kind in _AFTER_FROM:
            place = word.start
            break
        depth += (word.kind == "(") - (word.kind == ")")
    clauses = [f"FROM {iri(graph)}" for graph in dataset.default]
    clauses += [f"FROM NAMED {iri(graph)}" for graph in dataset.named]
    return f"{query[:place]} {' '.join(clauses)} {query[place:]}"


def _closing(words: Sequence[Token], at: int) -> int:
    """Where the brace that is opened at a place is closed."""
    depth = 0
    for n, word in enumerate(words[at:], at):
        depth += (word.kind == "{") - (word.kind == "}")
        if not depth:
            return n
    return len(words) - 1


def without_strangers(query: str, prefixes: Mapping[str, str], graphs: Collection[str]) -> str:
    """A query in which each graph that it names and that is not among ``graphs`` is one that is not there."""
    if not _GRAPH.search(unescape(query)):
        return query
    text = unescape(query)
    words, known = list(tokens(text)), dict(prefixes)
    strange = []
    for word, after, third in zip(words, words[1:], [*words[2:], words[-1]], strict=False):
        if word.kind == "PREFIX" and after.kind == "NS":
            known[after.text[:-1]] = third.text[1:-1]
        if word.kind == "GRAPH" and after.kind in ("IRI", "PNAME", "NS"):
            prefix, _, local = after.text.partition(":")
            name = after.text[1:-1] if after.kind == "IRI" else known.get(prefix, "") + local
            if name not in graphs:
                strange.append(after)
    for word in reversed(strange):
        text = f"{text[: word.start]}<{NOWHERE}>{text[word.end :]}"
    return text


def with_patterns_in_graphs(query: str) -> str:
    """A query with the same meaning for an engine that misunderstands empty patterns: ``GRAPH ?g { }`` becomes a list of the graphs that state
    anything (all graphs of a release do), and the graph that is not there gets a pattern that nothing matches."""
    if not _GRAPH.search(unescape(query)):
        return query
    text = unescape(query)
    words = list(tokens(text))
    for word, graph, opened, closed in reversed(
        list(zip(words, words[1:], words[2:], words[3:], strict=False))
    ):
        if (word.kind, opened.kind, closed.kind) != ("GRAPH", "{", "}"):
            continue
        if graph.kind == "VAR":
            instead = (
                f"{{ SELECT {graph.text} {{ GRAPH {graph.text} {{ {_ANYTHING} }} }} GROUP BY {graph.text} }}"
            )
        elif graph.text == iri(NOWHERE):
            instead = f"GRAPH {graph.text} {{ {_NOTHING} }}"
        else:
            continue
        text = text[: word.start] + instead + text[closed.end :]
    return text


def as_select(query: str) -> str | None:
    """An ASK as a SELECT that has a row if the answer is yes; None where it ends with more than its pattern."""
    words = [word for word in tokens(query) if word.kind != "EOF"]
    ask = next((word for word in words if word.kind == "ASK"), None)
    depth = 0
    for word in words:
        depth += (word.kind == "{") - (word.kind == "}")
        if word.kind == "}" and not depth and word is not words[-1]:
            return None
    if ask is None or words[-1].kind != "}":
        return None
    return f"{query[: ask.start]}SELECT *{query[ask.end : words[-1].end]} LIMIT 1"
