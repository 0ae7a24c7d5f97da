"""The questions that explaining asks: counted, never more than allowed, and open where the engine fails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from muniment.errors import QueryError, StoreError
from muniment.sparql.model import Model, Part
from muniment.sparql.nearby import Ask, Known


class Questions:
    """Asks on behalf of one query, with its prefixes and its FROM clauses."""

    def __init__(
        self, query: Model, ask: Ask, known: Known | None, prefixes: Mapping[str, str], limit: int
    ) -> None:
        self._query, self._ask, self._known, self._limit = query, ask, known, limit
        self.prefixes = {**query.prefixes, **prefixes, **query.prefixes}  # its own come first, and win
        self._longest_first = sorted(self.prefixes.items(), key=lambda item: -len(item[1]))
        self.asked = 0
        self.exhausted = False

    def asks(self, parts: Sequence[Part]) -> bool | None:
        """Whether the parts match together; None if that remains open."""
        return self.matches(" ".join(part.text for part in parts))

    def matches(self, pattern: str, *, everywhere: bool = False) -> bool | None:
        """Whether a pattern matches anything: in the graphs of FROM, or ``everywhere``."""
        dataset = "" if everywhere else self._query.dataset
        if not self._may_ask():
            return None
        try:
            return self._ask(f"{self._query.prologue}\nASK {dataset} {{ {pattern}\n}}")
        except (StoreError, QueryError):
            self.exhausted = True
            return None

    def known(self, query: str) -> Sequence[str]:
        """The terms that a SELECT of one variable finds; none where nobody can be asked."""
        if self._known is None or not self._may_ask():
            return ()
        try:
            return self._known(f"{self._query.prologue}\n{query}")
        except (StoreError, QueryError):
            self.exhausted = True
            return ()

    def frame(self, pattern: str, graph: str | None) -> str:
        """The WHERE clause for a pattern in a graph, after the FROM clauses."""
        return f"{self._query.dataset} WHERE {{ {self.in_graph(pattern, graph)} }}"

    def in_graph(self, pattern: str, graph: str | None) -> str:
        """The pattern inside of a graph."""
        return f"GRAPH {graph} {{ {pattern} }}" if graph else pattern

    def iri(self, written: str) -> str | None:
        """The IRI behind ``<...>`` or a prefixed name."""
        if written.startswith("<"):
            return written[1:-1]
        prefix, _, local = written.partition(":")
        return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local) if prefix in self.prefixes else None

    def short(self, iri: str) -> str:
        """The IRI as a query would write it, with a prefix where one fits."""
        for prefix, space in self._longest_first:
            if iri.startswith(space) and re.fullmatch(r"\w(?:[\w.-]*\w)?", iri[len(space) :]):
                return f"{prefix}:{iri[len(space) :]}"
        return f"<{iri}>"

    def _may_ask(self) -> bool:
        if self.asked >= self._limit:
            self.exhausted = True
            return False
        self.asked += 1
        return True
