"""An engine that may be written: updates, bulk loads, and the questions that publishing asks it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from rdflib import BNode

from muniment.endpoint import Endpoint, Question
from muniment.engines.contents import has_blank
from muniment.engines.exchange import Request
from muniment.engines.layout import of_release
from muniment.engines.table import GENERIC, Engine
from muniment.engines.wire import Credentials
from muniment.errors import InputError, StoreError
from muniment.results import Results, Term
from muniment.terms import Quad, from_rdflib, iri

_JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Addresses:
    """Where an engine is asked, updated and filled; the last two as the table says, if they are not given."""

    query: str
    update: str | None = None
    bulk: str | None = None


@dataclass
class Target:
    """An engine to publish to; ``seconds`` is the time for one request."""

    addresses: Addresses
    kind: Engine | None = None
    credentials: Credentials = field(default_factory=Credentials)
    seconds: float = 600.0

    def __post_init__(self) -> None:
        self._asked = self._endpoint(self.addresses.query, self.kind or GENERIC)
        if self.kind is None:
            self._asked.recognise(self.seconds)
        self.engine = self._asked.kind
        update = self.addresses.update or self.engine.address(self.addresses.query, "update")
        bulk = self.addresses.bulk or self.engine.address(self.addresses.query, "bulk")
        if update is None:
            hint = "Give its address (--update), or the kind of engine (--engine)."
            raise InputError(f"{self._asked.url} has no known address for updates", hint=hint)
        self._update = self._endpoint(update, self.engine)
        self._bulk = self._endpoint(bulk, self.engine) if bulk else None

    def _endpoint(self, url: str, kind: Engine) -> Endpoint:
        return Endpoint(url, {}, self.seconds, {}, kind, self.credentials or None)

    def close(self) -> None:
        """Close the connections."""
        for endpoint in (self._asked, self._update, self._bulk):
            if endpoint:
                endpoint.close()

    def rows(self, query: str) -> list[dict[str, str]]:
        """The rows of an answer, as N-Quads terms."""
        answer = self._asked.ask(Question(query, (_JSON,)))
        try:
            found = Results.from_json(answer.body)
        except ValueError as error:
            raise self._asked.broken(f"is not JSON: {error}") from error
        return [{name: _term(term) for name, term in row.items()} for row in found.rows]

    def update(self, *operations: str, again: bool = False) -> None:
        """Send operations as one update; ``again`` where it does no harm twice.

        Raises:
            StoreError, StoreDenied, StoreUnreachable, StoreTimeout.
        """
        text = " ;\n".join(operations)
        if self.engine.update_type == "form":
            body, kind = urlencode({"update": text}).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = text.encode(), "application/sparql-update"
        self._send(self._update, kind, body, again)

    def insert(self, quads: Sequence[Quad], *, again: bool) -> None:
        """Add quads, each in a named graph, the way that the engine takes them fastest."""
        if self._bulk and self.engine.loading == "nquads":
            body = "".join(quad.line() for quad in quads).encode()
            self._send(self._bulk, "application/n-quads", body, again)
        elif not self.engine.blank_data and any(map(has_blank, quads)):
            for graph in dict.fromkeys(quad.graph for quad in quads):
                block = _blocks(quad for quad in quads if quad.graph == graph)
                self.update(f"INSERT {{ {block} }} WHERE {{ SELECT (1 AS ?one) {{}} }}")
        else:
            self.update(insert_data(quads), again=again)

    def counts(self, release: str = "") -> dict[str, int]:
        """Graph -> number of statements, for the graphs that hold a release, or any."""
        query = f"SELECT ?g (COUNT(*) AS ?n) WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER({of_release(release)}) }} GROUP BY ?g"
        return {row["g"][1:-1]: int(row["n"].split('"')[1]) for row in self.rows(query) if "g" in row}

    def read(self, release: str, subjects: Iterable[str] = ()) -> list[Quad]:
        """What the graphs of a release say of these things; of blank nodes and with them, if none are named."""
        wanted = " ".join(subjects)
        which = f"VALUES ?s {{ {wanted} }}" if wanted else ""
        blank = "" if wanted else " && (isBLANK(?s) || isBLANK(?o))"
        query = f"SELECT ?g ?s ?p ?o WHERE {{ {which} GRAPH ?g {{ ?s ?p ?o }} FILTER({of_release(release)}{blank}) }}"
        return [Quad(row["s"], row["p"], row["o"], row["g"]) for row in self.rows(query)]

    def _send(self, endpoint: Endpoint, kind: str, body: bytes, again: bool) -> None:
        headers = {"Content-Type": kind, "Accept": "*/*", "User-Agent": "muniment"}
        reply = endpoint.wire.send(Request(endpoint.address, headers, body, self.seconds, again=again))
        if not 200 <= reply.status < 300:
            error = endpoint.failure(reply)
            if isinstance(error, StoreError):
                raise error
            raise StoreError(
                f"{endpoint.shown} does not take what it was sent: {error.message}", hint=error.hint
            )


def _term(term: Term) -> str:
    """As N-Quads; engines give blank nodes names that are none there."""
    return f"_:{re.sub('[^A-Za-z0-9]', '', term)}" if isinstance(term, BNode) else from_rdflib(term)


def insert_data(quads: Iterable[Quad]) -> str:
    """An operation that adds quads."""
    return f"INSERT DATA {{ {_blocks(quads)} }}"


def _blocks(quads: Iterable[Quad]) -> str:
    graphs: dict[str, list[str]] = defaultdict(list)
    for s, p, o, g in quads:
        graphs[g].append(f"{s} {p} {o} .")
    return " ".join(f"GRAPH {g} {{\n{chr(10).join(lines)}\n}}" for g, lines in graphs.items())


def dropping(graphs: Iterable[str]) -> list[str]:
    """Operations that remove graphs, whether they are there or not."""
    return [f"DROP SILENT GRAPH {iri(graph)}" for graph in graphs]
