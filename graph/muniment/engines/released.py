"""A release that lies in an engine, as a ``Store``: only its graphs are seen, and only while the pointer of the engine names it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from muniment import engine
from muniment.endpoint import Answer, Endpoint, Question
from muniment.engines.layout import CURRENT, HASH, HELD, NOWHERE, REGISTER, held, release_graph
from muniment.engines.scope import (
    Scope,
    as_select,
    taken_from,
    with_graphs,
    with_patterns_in_graphs,
    without_strangers,
)
from muniment.engines.table import GENERIC, Engine
from muniment.engines.wire import Credentials
from muniment.errors import QueryError, QuerySyntaxError, ReleaseChanged
from muniment.federation import refuse_unsafe
from muniment.formats import RDF_FORMATS
from muniment.remote import RemoteStore
from muniment.sparql_text import query_form
from muniment.store import Dataset
from muniment.terms import XSD, iri

_JSON, _NTRIPLES = "application/sparql-results+json", "application/n-triples"
_POINTER = f"SELECT ?r WHERE {{ GRAPH {iri(REGISTER)} {{ {iri(REGISTER)} {iri(CURRENT)} ?r }} }}"
_GRAPH_TYPES = frozenset(form.media_type for form in RDF_FORMATS)
_REGISTERED = f"SELECT ?g WHERE {{ GRAPH {iri(REGISTER)} {{ ?g {iri(HASH)} ?h }} }}"
_PUBLISH = "Ask again in a moment. If it stays so, publish the release: `muniment publish --to`."
_BOOLEAN = f"{XSD}boolean"
_BOOLEANS = {"1": "true", "0": "false"}
_POINTER_SECONDS = 5.0
_TO_MEND = (b'"bnode"', _BOOLEAN.encode())
"""Without these, a table is right as it is."""


class ReleasedStore(RemoteStore):
    """The release ``release`` in the engine at ``url``.

    Raises of every call, beside those of ``Store``: ``ReleaseChanged`` where the engine does not hold that release (any more), even if it did
    when the question was put: an answer may then be of two releases, and is thrown away.
    """

    def __init__(
        self,
        url: str,
        release: str,
        *,
        kind: Engine | None = None,
        prefixes: Mapping[str, str] | None = None,
        credentials: Credentials | None = None,
        timeout: float = 30.0,
        most_bytes: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is sent yet; ``kind`` is learnt from the first answer if it is not given, ``most_bytes`` is the longest answer that is read."""
        self._prefixes = dict(prefixes or {})
        self._endpoint = _ReleaseEndpoint(
            release,
            kind is None,
            clock,
            url,
            self._prefixes,
            timeout,
            {},
            kind or GENERIC,
            credentials,
            most_bytes,
            "the engine",
        )

    def current(self) -> str | None:
        """The release that the engine points to; None while it points to none.

        Raises:
            StoreError.
        """
        return self._endpoint.current()

    _endpoint: _ReleaseEndpoint


class _ReleaseEndpoint(Endpoint):
    def __init__(self, release: str, unknown: bool, clock: Callable[[], float], *rest: Any) -> None:
        super().__init__(*rest)
        self._release, self._unknown, self._clock = release, unknown, clock
        self._scope: Scope | None = None
        self._unchanging = {release_graph(release), NOWHERE}
        self._pointed: tuple[float, int] | None = None
        """When the pointer was read and named this release, and how many connections had been opened by then."""

    def scope(self) -> Scope:
        """The graphs of the release, as the engine's register has them.

        Raises:
            ReleaseChanged: the release is not there.
        """
        if self._scope is None:
            if self._unknown:
                self.recognise(_POINTER_SECONDS)
                self._unknown = False
            names = [held(row["g"]["value"]) for row in self._rows(_REGISTERED)]
            graphs = {name[1] for name in names if name and name[0] == self._release}
            if "" not in graphs:
                self.still_there()
                raise ReleaseChanged(f"the engine does not hold the release {self._release}", hint=_PUBLISH)
            self._scope = Scope(self._release, frozenset(graphs - {""}))
        return self._scope

    def current(self) -> str | None:
        asked = (self._clock(), self.wire.connections)
        rows = self._rows(_POINTER)
        found = held(rows[0]["r"]["value"]) if rows else None
        name = found[0] if found else None
        self._pointed = asked if name == self._release else None
        return name

    def _rows(self, query: str) -> list[dict[str, dict[str, str]]]:
        answer = super().ask(Question(query, (_JSON,), _POINTER_SECONDS))
        try:
            found: list[dict[str, dict[str, str]]] = json.loads(answer.body)["results"]["bindings"]
        except (ValueError, KeyError, TypeError) as error:
            raise self.broken("is no SPARQL result") from error
        return found

    def ask(self, question: Question) -> Answer:
        query, accepted = question.query, question.accepted
        refuse_unsafe(query)
        engine.check_syntax(query, self._prefixes)
        text, named = taken_from(query, self._prefixes)
        scope = self.scope().dataset(text, question.dataset or named)
        wanted = accepted if self.kind.own_formats else self._plain(accepted)
        asks = query_form(query) == "ASK"
        if self.kind.strangers_match:
            scope = Dataset(scope.default, (*scope.named, NOWHERE))
            text = with_patterns_in_graphs(without_strangers(text, self._prefixes, scope.named))
            text = (as_select(text) or text) if asks else text
        in_text = self.kind.echoes_graphs and not self._unchanging.issuperset(scope.named)
        text, dataset = (with_graphs(text, scope), None) if in_text else (text, scope)
        try:
            answer = super().ask(replace(question, query=text, accepted=wanted, dataset=dataset))
        except QuerySyntaxError as error:
            hint = f"It is SPARQL, but {self.kind.title}, which answers here, does not take it. Write it in another way."
            raise QueryError(f"the engine does not take the query: {error.message}", hint=hint) from error
        if not self.kind.own_formats and accepted[0] != _NTRIPLES:
            answer = Answer(accepted[0], self._anew(answer.body, accepted[0], asks), checked=True)
        if not (self._unchanging.issuperset((*scope.default, *scope.named)) and self._is_held()):
            self.still_there()
        return answer

    def _is_held(self) -> bool:
        """Whether the pointer was read a moment ago, and it is sure to be the same engine that answers now."""
        if self._pointed is None:
            return False
        read, connections = self._pointed
        return self._clock() - read < HELD and self.wire.connections == connections

    def _plain(self, accepted: Sequence[str]) -> Sequence[str]:
        return (_NTRIPLES,) if accepted[0] in _GRAPH_TYPES else (_JSON,)

    def _anew(self, body: bytes, media_type: str, asks: bool) -> bytes:
        """An answer in JSON or N-Triples as it should be, in the format wanted."""
        if media_type in _GRAPH_TYPES:
            try:
                return engine.rewrite_graph(body, media_type, self._prefixes)
            except ValueError as error:
                raise self.broken(f"is not {_NTRIPLES}: {error}") from error
        try:
            if not asks and not any(word in body for word in _TO_MEND):
                return engine.rewrite_results(body, media_type)
            return engine.rewrite_results(_mended(json.loads(body), asks), media_type)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.broken(f"is not JSON: {error}") from error

    def still_there(self) -> None:
        """Nothing, or the error that another release has taken the place of the one that was asked."""
        found = self.current()
        if found != self._release:
            holds = (
                f"holds the release {found}"
                if found
                else "holds no release, or is being switched to another one"
            )
            raise ReleaseChanged(f"the engine {holds}, not {self._release}", hint=_PUBLISH)


def _mended(document: Any, asks: bool) -> bytes:
    """JSON that is as SPARQL 1.1 Query Results JSON has it: a boolean for ASK, literals and blank nodes as they are written there."""
    if asks and "boolean" not in document:
        found = document["results"]["bindings"]
        said = [row["__ASK_RETVAL"]["value"] for row in found if "__ASK_RETVAL" in row]
        return json.dumps({"head": {}, "boolean": said == ["1"] if said else bool(found)}).encode()
    if "boolean" in document:
        return json.dumps({"head": {}, "boolean": document["boolean"]}).encode()
    rows = document["results"]["bindings"]
    for row in rows:
        for term in row.values():
            if term["type"] == "typed-literal":
                term["type"] = "literal"
                if term["datatype"] == _BOOLEAN:
                    term["value"] = _BOOLEANS.get(term["value"], term["value"])
            elif term["type"] == "bnode":
                term["value"] = re.sub("[^A-Za-z0-9]", "", term["value"])
    return json.dumps({"head": {"vars": document["head"]["vars"]}, "results": {"bindings": rows}}).encode()
