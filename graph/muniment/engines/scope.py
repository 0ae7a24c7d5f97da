"""Which graphs a query may see: those of one release, under the names that they have there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from muniment.engines.layout import NOWHERE, release_graph
from muniment.sparql.tokens import tokens
from muniment.sparql_text import unescape
from muniment.store import Dataset

_GRAPH = re.compile(r"\bgraph\b", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\b", re.IGNORECASE)


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
