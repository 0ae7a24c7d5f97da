"""Any SPARQL 1.1 endpoint as a ``Store``: the same calls, results and errors as the embedded engine.

An answer is passed on only when its text is in the format that it claims, from its first byte to its last.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from xml.parsers.expat import ExpatError, ParserCreate

import rdflib

from muniment import engine
from muniment.endpoint import Endpoint, Question
from muniment.engines.exchange import Lines
from muniment.engines.table import GENERIC, Engine
from muniment.engines.wire import Credentials
from muniment.errors import InputError, QuerySyntaxError
from muniment.results import Results
from muniment.sparql_text import query_form
from muniment.store import Dataset, Description, Store
from muniment.terms import (
    DEFAULT_GRAPH,
    LABEL,
    SKOS,
    Quad,
    from_rdflib,
    iri,
    is_iri,
    readable,
    to_graph,
)
from muniment.void import POINT_TO_TERMS

_JSON, _XML = "application/sparql-results+json", "application/sparql-results+xml"
_CSV, _TSV = "text/csv", "text/tab-separated-values"
_TABLES = (_JSON, _XML, _CSV, _TSV)
_NTRIPLES = "application/n-triples"
_TRIPLES = (_NTRIPLES, "text/turtle")
_LINES = Lines(_NTRIPLES, lambda lines: engine.check(lines, _NTRIPLES))
_PREF_LABEL = iri(f"{SKOS}prefLabel")
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]|^[^:]*$')
_DESCRIBE = "SELECT ?s ?p ?o {{ {{ {0} ?p ?o }} UNION {{ SELECT ?s ?p {{ ?s ?p {0} FILTER(?p NOT IN ({2})) }} LIMIT {1} }} UNION {{ {0} ?via ?s FILTER(ISBLANK(?s)) ?s ?p ?o }} }}"
_LABELS = "SELECT ?t ?p ?l {{ VALUES ?t {{ {0} }} VALUES ?p {{ {1} }} {{ ?t ?p ?l }} UNION {{ GRAPH ?g {{ ?t ?p ?l }} }} }}"
_TRIPLES_OF_DEFAULT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_GRAPHS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"


class RemoteStore(Store):
    """The graph behind a SPARQL endpoint."""

    def __init__(
        self,
        url: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
        kind: Engine = GENERIC,
        credentials: Credentials | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: the address of the endpoint; ``user:password@`` in it becomes Basic authentication, its parameters go with each query.
            prefixes: prefix -> namespace, for queries that use a prefix without declaring it.
            timeout: seconds in which the whole answer must be there, for queries that name no other.
            headers: sent with each query (``Authorization``, say).
            kind: whose dialect it speaks.
            credentials: those in ``url``, if not given.

        Raises:
            InputError: ``url`` is no http(s) address.
        """
        self._prefixes = dict(prefixes or {})
        self._endpoint = Endpoint(url, self._prefixes, timeout, headers or {}, kind, credentials)

    @property
    def engine(self) -> str:
        """See ``Store.engine``; ``generic`` as long as it is not known."""
        return self._endpoint.kind.name

    def query(self, query: str, *, timeout: float | None = None) -> Results:
        """See ``Store.query``."""
        if query_form(query) in ("CONSTRUCT", "DESCRIBE"):
            answer = self._endpoint.ask(Question(query, _TRIPLES, timeout))
            graph = to_graph(self._quads(answer.body, answer.media_type))
            for prefix, namespace in self._prefixes.items():
                graph.bind(prefix, namespace)
            return Results(graph=graph)
        return self._table(self._endpoint.ask(Question(query, (_JSON,), timeout)).body)

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        """See ``Store.answer``; the endpoint's own bytes. CSV or TSV that breaks off between two rows looks whole."""
        lines = _LINES if media_type == _NTRIPLES else None
        _, body, checked = self._endpoint.ask(Question(query, (media_type,), timeout, dataset, lines))
        if checked:
            return body
        try:
            if media_type == _JSON:
                self._check_results(body)
            elif media_type in (_CSV, _TSV):
                self._check_table(body.decode("utf-8"), media_type)
            if media_type.endswith("xml"):
                ParserCreate().Parse(body, True)
            if media_type not in _TABLES:
                self._check_graph(body, media_type)
        except (ExpatError, UnicodeDecodeError, csv.Error) as error:
            raise self._endpoint.broken(f"is not {media_type}: {error}") from error
        return body

    def describe(self, iri: str, *, incoming: int = 200) -> Description:
        """See ``Store.describe``; two queries. Of what is nested, only the first step is there."""
        if _NO_IRI.search(iri):
            raise QuerySyntaxError(f"`{iri}` is no IRI")
        this = f"<{iri}>"
        rows = [
            {name: from_rdflib(term) for name, term in row.items()}
            for row in self.query(_DESCRIBE.format(this, incoming, ", ".join(POINT_TO_TERMS)))
        ]
        out = tuple(Quad(this, row["p"], row["o"], DEFAULT_GRAPH) for row in rows if "s" not in row)
        into = tuple(Quad(row["s"], row["p"], this, DEFAULT_GRAPH) for row in rows if "o" not in row)
        nested = tuple(Quad(row["s"], row["p"], row["o"], DEFAULT_GRAPH) for row in rows if len(row) == 3)
        named = sorted({term for q in (*out, *into) for term in q[:3] if is_iri(term)})
        naming = self._naming(named) if named else ()
        return Description(out, into, {q.subject: readable(q.object) for q in naming}, naming, nested)

    def graphs(self) -> Mapping[str, int]:
        """See ``Store.graphs``."""
        (default,) = self.query(_TRIPLES_OF_DEFAULT)  # one query for both is answered wrongly by Virtuoso 7.2
        named = self.query(_GRAPHS)
        return {"": int(default["n"]), **{str(row["g"]): int(row["n"]) for row in named if "g" in row}}

    def close(self) -> None:
        """Close the connections."""
        self._endpoint.close()

    def _naming(self, terms: list[str]) -> tuple[Quad, ...]:
        found: dict[str, dict[str, list[str]]] = {}
        for row in self.query(_LABELS.format(" ".join(terms), f"{LABEL} {_PREF_LABEL}")):
            if isinstance(row["l"], rdflib.Literal):
                found.setdefault(from_rdflib(row["t"]), {}).setdefault(from_rdflib(row["p"]), []).append(
                    from_rdflib(row["l"])
                )
        naming = []
        for term, by in sorted(found.items()):
            predicate = LABEL if LABEL in by else _PREF_LABEL
            english = [text for text in by[predicate] if text.endswith("@en")]
            naming.append(Quad(term, predicate, min(english or by[predicate]), DEFAULT_GRAPH))
        return tuple(naming)

    def _table(self, body: bytes) -> Results:
        try:
            return Results.from_json(body)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise self._endpoint.broken(f"is not JSON: {error}") from error
        except ValueError as error:
            raise self._endpoint.broken(f"is {error}") from error

    def _check_results(self, body: bytes) -> None:
        try:
            engine.rewrite_results(body, _CSV)  # five times as fast as `_table`, ...
        except ValueError:
            self._table(body)  # ... which forgives more

    def _check_graph(self, body: bytes, media_type: str) -> None:
        try:
            engine.check(body, media_type, self._endpoint.url)
        except ValueError as error:
            raise self._endpoint.broken(f"is not {media_type}: {error}") from error

    def _quads(self, body: bytes, media_type: str) -> Iterator[Quad]:
        try:
            yield from engine.parse(body, media_type, base=self._endpoint.url, path=self._endpoint.url)
        except InputError as error:
            raise self._endpoint.broken(f"is {error.message}") from error

    def _check_table(self, text: str, media_type: str) -> None:
        rows = (
            csv.reader(text.splitlines(True), strict=True)
            if media_type == _CSV
            else (x.split("\t") for x in text.splitlines())
        )
        widths = {len(row) or 1 for row in rows}
        if len(widths) != 1 or not (text.endswith("\n") or text in ("true", "false")):
            raise self._endpoint.broken("is a table that is not whole")
