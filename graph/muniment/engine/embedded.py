"""A graph held by this process, in memory or on disk, that answers queries."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from muniment.engine.answers import results
from muniment.engine.queries import BASE, engine_errors, used_prefixes
from muniment.engine.rdf import quad_of
from muniment.errors import QueryRefused, StoreError
from muniment.federation import refuse_unsafe, retarget
from muniment.results import Results
from muniment.store import Dataset, Description, Store
from muniment.terms import DEFAULT_GRAPH, LABELS, Quad, bare, is_iri, readable
from muniment.void import POINT_TO_TERMS

_NAMING = {term: ox.NamedNode(bare(term)) for term in LABELS}
_KNOWN_PROPERTIES = 1_000
"""Properties whose labels a store keeps at hand: every description names the same ones."""
_NESTED = 1_000
"""Statements about blank nodes that a description holds at most."""


class EmbeddedStore(Store):
    """A graph held by this process: in memory, or a release's store opened read-only from disk."""

    engine = "embedded"

    def __init__(self, store: ox.Store, prefixes: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._prefixes = dict(prefixes or {})
        self._properties: dict[str, Quad | None] = {}

    @classmethod
    def in_memory(cls, nquads: bytes | IO[bytes], prefixes: Mapping[str, str] | None = None) -> EmbeddedStore:
        """Load N-Quads into memory. Blank nodes keep their names, so that all processes that load a release answer with the same bytes:
        the engine's own loader would name them at random, and saves a fifth of the time.
        """
        store = ox.Store()
        store.bulk_extend(ox.parse(nquads, ox.RdfFormat.N_QUADS))
        return cls(store, prefixes)

    @classmethod
    def read_only(cls, directory: Path, prefixes: Mapping[str, str] | None = None) -> EmbeddedStore:
        """Open a store that ``write_store`` wrote; nobody may be writing it."""
        try:
            return cls(ox.Store.read_only(str(directory)), prefixes)
        except (OSError, RuntimeError) as error:  # the latter where its files are damaged
            raise StoreError(f"the store {directory} cannot be opened: {error}") from error

    def query(self, query: str, *, timeout: float | None = None) -> Results:
        """See ``Store.query``. The engine has no deadline of its own: ``timeout`` is for those who run it in a process they can end."""
        with engine_errors(query, self._prefixes):
            return results(self._evaluate(query), self._prefixes)

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        """See ``Store.answer``; the engine writes the bytes."""
        out = io.BytesIO()
        self.write_answer(query, media_type, out, dataset=dataset)
        return out.getvalue()

    def write_answer(
        self,
        query: str,
        media_type: str,
        out: IO[bytes],
        *,
        dataset: Dataset | None = None,
        relay: Mapping[str, str] | None = None,
    ) -> None:
        """Evaluate a query and write the answer as it comes; raises as ``Store.answer``.

        ``relay`` names the endpoints that SERVICE may call, and for each the address that makes the call in the engine's place.
        """
        with engine_errors(query, self._prefixes, relay):
            found = self._evaluate(query, dataset, relay)
            if isinstance(found, ox.QueryTriples):
                rdf_format = ox.RdfFormat.from_media_type(media_type)
                ox.serialize(found, out, format=rdf_format, prefixes=self._prefixes)
            else:
                found.serialize(out, format=ox.QueryResultsFormat.from_media_type(media_type))

    def look_up(self, query: str, media_type: str, most: int) -> bytes | None:
        """Evaluate a look-up (``muniment.lookup.is_lookup``), in a time that is bounded by the bytes of its answer.

        None if the answer has more than ``most`` bytes, or the engine refuses: then the query is to be asked like any other.
        """
        results_format = ox.QueryResultsFormat.from_media_type(media_type)
        out = _Bounded(most)
        try:
            found = self._store.query(query, base_iri=BASE, prefixes=used_prefixes(query, self._prefixes))
            if isinstance(found, ox.QueryTriples) or results_format is None:
                return None
            found.serialize(cast(IO[bytes], out), format=results_format)
        except (SyntaxError, OSError, RuntimeError, ValueError):
            return None
        return out.getvalue()

    def describe(self, iri: str, *, incoming: int = 200) -> Description:
        """See ``Store.describe``; looked up by pattern, no query is parsed."""
        node, default = ox.NamedNode(iri), ox.DefaultGraph()
        out = tuple(quad_of(q) for q in self._store.quads_for_pattern(node, None, None, default))
        into: list[Quad] = []
        for q in self._store.quads_for_pattern(None, None, node, default):
            if len(into) == incoming:
                break
            if str(q.predicate) not in POINT_TO_TERMS:
                into.append(quad_of(q))
        nested = self._nested(out)
        shown = (*out, *nested, *into)
        things = {t for q in shown for t in (q.subject, q.object) if is_iri(t)}
        found = {term: self._naming(term) for term in things}
        found |= {term: self._naming_property(term) for term in {q.predicate for q in shown}}
        naming = tuple(quad for term in sorted(found) if (quad := found[term]))
        return Description(out, tuple(into), {q.subject: readable(q.object) for q in naming}, naming, nested)

    def graphs(self) -> Mapping[str, int]:
        """See ``Store.graphs``."""
        default = self.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        named = self.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        return {str(row.get("g", "")): int(row["n"]) for found in (default, named) for row in found}

    def construct(self, query: str) -> Iterator[tuple[str, str, str]]:
        """The triples of a CONSTRUCT query as N-Quads terms."""
        with engine_errors(query, self._prefixes):
            found = self._evaluate(query)
            if not isinstance(found, ox.QueryTriples):
                raise QueryRefused("a CONSTRUCT query is needed here")
            for triple in found:
                yield str(triple.subject), str(triple.predicate), str(triple.object)

    def select(self, query: str, variables: Sequence[str] | None = None) -> Iterator[tuple[str, ...]]:
        """The rows of a SELECT query as N-Quads terms, as they come; rows in which a variable has no value are left out.

        ``variables`` names the columns; all of them, in the order of the query, if it is not given.
        """
        with engine_errors(query, self._prefixes):
            found = self._evaluate(query)
            if not isinstance(found, ox.QuerySolutions):
                raise QueryRefused("a SELECT query is needed here")
            names = variables or [variable.value for variable in found.variables]
            for row in found:
                terms = [row[name] for name in names]
                if None not in terms:
                    yield tuple(map(str, terms))

    def add_lines(self, nquads: IO[bytes]) -> None:
        """Add N-Quads to a store in memory, whose terms were checked when they were read."""
        self._store.bulk_load(nquads, ox.RdfFormat.N_QUADS, lenient=True)
        self._properties.clear()

    def add(self, quads: Iterable[Quad]) -> None:
        """Add quads to a store in memory."""
        self._store.load("".join(q.line() for q in quads), ox.RdfFormat.N_QUADS)
        self._properties.clear()

    def close(self) -> None:
        """Nothing to let go of: the engine frees its store with the object."""

    def _nested(self, out: Iterable[Quad]) -> tuple[Quad, ...]:
        """What is stated of blank nodes that statements lead to, near and far, at most ``_NESTED`` statements."""
        found: list[Quad] = []
        waiting = [q.object for q in out if q.object.startswith("_:")]
        seen = set(waiting)
        while waiting and len(found) < _NESTED:
            node = ox.BlankNode(waiting.pop(0)[2:])
            stated = [quad_of(q) for q in self._store.quads_for_pattern(node, None, None, ox.DefaultGraph())]
            found += stated
            new = [q.object for q in stated if q.object.startswith("_:") and q.object not in seen]
            seen.update(new)
            waiting += new
        return tuple(found[:_NESTED])

    def label(self, term: str) -> str | None:
        """A label of the IRI (an N-Quads term) in any graph, in English where there is one."""
        found = self._naming(term)
        return readable(found.object) if found else None

    def _naming(self, term: str) -> Quad | None:
        """The statement that gives a term its label, English if there is one."""
        node = ox.NamedNode(bare(term))
        for predicate, naming in _NAMING.items():
            found = [str(q.object) for q in self._store.quads_for_pattern(node, naming, None, None)]
            if found:
                english = [label for label in found if label.endswith("@en")]
                return Quad(term, predicate, min(english or found), DEFAULT_GRAPH)
        return None

    def _naming_property(self, term: str) -> Quad | None:
        """The same of a property, looked up once."""
        if term not in self._properties:
            if len(self._properties) >= _KNOWN_PROPERTIES:
                self._properties.clear()
            self._properties[term] = self._naming(term)
        return self._properties.get(term)

    def _evaluate(
        self, query: str, dataset: Dataset | None = None, relay: Mapping[str, str] | None = None
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        if relay:
            query = retarget(query, relay)
        refuse_unsafe(query, relay.values() if relay else ())
        prefixes = used_prefixes(query, self._prefixes)
        if dataset is None:
            return self._store.query(query, base_iri=BASE, prefixes=prefixes)
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
            ox.NamedNode(g) for g in dataset.default
        ]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(g) for g in dataset.named]
        return self._store.query(
            query, base_iri=BASE, prefixes=prefixes, default_graph=default, named_graphs=named
        )


class _Bounded(io.BytesIO):
    """Takes so many bytes and no more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, data: Any) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise OSError("more than is wanted")
        return super().write(data)


def write_store(directory: Path, nquads: IO[bytes] | Path) -> None:
    """Write a new store from N-Quads, or from a file of them; the directory must not exist yet.

    They are those of a release, whose terms were checked when they were read: they are not checked again (``lenient``), which would
    take a fifth of the time. What was loaded is merged, so that a query looks into few files (decision 12).
    """
    store = ox.Store(str(directory))
    given = {"path": nquads} if isinstance(nquads, Path) else {"input": nquads}
    store.bulk_load(**given, format=ox.RdfFormat.N_QUADS, lenient=True)
    store.optimize()
    store.flush()
