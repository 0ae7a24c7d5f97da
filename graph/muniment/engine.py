"""The embedded engine: the one module that knows pyoxigraph.

Parsing, serialising, canonical blank nodes, and ``EmbeddedStore``, which serves a release read-only. The engine's store does not
keep every lexical form (``01`` becomes ``1``), so dumps and hashes are never read back from it.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox
import rdflib

from muniment.errors import InputError, QueryRefused, StoreError, Where
from muniment.federation import failure, refuse_calls, retarget
from muniment.results import Results, Term
from muniment.sparql_text import query_form
from muniment.store import Dataset, Description, Networks
from muniment.syntax import syntax_error, unknown_function
from muniment.terms import DEFAULT_GRAPH, LABEL, SKOS, Quad, bare, iri, is_iri, readable
from muniment.void import POINT_TO_TERMS

_BASE = "urn:muniment:query"
"""What relative IRIs in a query are resolved against, unless it declares a BASE."""
_PREF_LABEL = iri(f"{SKOS}prefLabel")
_NAMING = {term: ox.NamedNode(bare(term)) for term in (LABEL, _PREF_LABEL)}
_KNOWN_PROPERTIES = 1_000
"""Properties whose labels a store keeps at hand: every description names the same ones."""
_NESTED = 1_000
"""Statements about blank nodes that a description holds at most."""
_EMPTY = ox.Store()
_AnyTerm = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def parse(
    data: bytes | str | IO[bytes],
    media_type: str,
    *,
    base: str | None = None,
    graph: str = DEFAULT_GRAPH,
    path: str = "input",
) -> Iterator[Quad]:
    """Read RDF as quads; triples outside a named graph go to ``graph`` (a term). Remote JSON-LD contexts are never fetched.

    Raises:
        InputError: the text is not in that format; ``path`` and the line are named.
    """
    terms: dict[str, str] = {}  # one string object a term: repeated terms then cost no memory

    def term(value: object) -> str:
        text = str(value)
        return terms.setdefault(text, text)

    default = ox.DefaultGraph()
    try:
        for q in ox.parse(data, ox.RdfFormat.from_media_type(media_type), base_iri=base):
            name = graph if q.graph_name == default else term(q.graph_name)
            yield Quad(term(q.subject), term(q.predicate), term(q.object), name)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        column = getattr(error, "offset", None)
        message = getattr(error, "msg", None) or str(error)
        undeclared = re.search(r"The prefix (\S*:) has not been declared", message)
        hint = f"Declare it (`@prefix {undeclared[1]} <...> .`) or mend its spelling." if undeclared else None
        raise InputError(
            f"not {media_type}: {message}", where=Where(path, line, column), hint=hint
        ) from error


def check(data: bytes, media_type: str, base: str | None = None) -> None:
    """Nothing, or the error that RDF is not in the format that it claims; a third of the time that reading it takes.

    Raises:
        ValueError: it is not.
    """
    try:
        deque(ox.parse(data, ox.RdfFormat.from_media_type(media_type), base_iri=base), 0)
    except SyntaxError as error:
        raise ValueError(str(error)) from error


def parse_lines(data: bytes | str, media_type: str, *, base: str | None = None) -> list[str]:
    """Read RDF as lines of N-Quads, as ``parse`` and ``Quad.line`` make them, but without a Python object for each term.

    Raises:
        InputError: the text is not in that format.
    """
    try:
        parsed = ox.parse(data, ox.RdfFormat.from_media_type(media_type), base_iri=base)
        written = ox.serialize(parsed, format=ox.RdfFormat.N_QUADS) or b""
    except (SyntaxError, ValueError) as error:
        raise InputError(f"not {media_type}: {error}") from error
    return [f"{line}\n" for line in written.decode().split("\n")[:-1]]


def serialize(quads: Iterable[Quad], media_type: str, prefixes: Mapping[str, str] | None = None) -> bytes:
    """Write quads; in a format without named graphs all of them become triples."""
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise ValueError(f"no RDF format has the media type {media_type}")
    parsed = ox.parse("".join(q.line() for q in quads), ox.RdfFormat.N_QUADS)
    statements = parsed if rdf_format.supports_datasets else (q.triple for q in parsed)
    return ox.serialize(statements, format=rdf_format, prefixes=dict(prefixes or {})) or b""


def rewrite(
    nquads: bytes | IO[bytes], out: IO[bytes], media_type: str, prefixes: Mapping[str, str] | None = None
) -> None:
    """Write N-Quads in another format, as a stream; a format without named graphs takes the triples of all of them."""
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise ValueError(f"no RDF format has the media type {media_type}")
    parsed = ox.parse(nquads, ox.RdfFormat.N_QUADS)
    statements = parsed if rdf_format.supports_datasets else (q.triple for q in parsed)
    ox.serialize(statements, out, format=rdf_format, prefixes=dict(prefixes or {}))


def rewrite_results(document: bytes, media_type: str) -> bytes:
    """A table or a boolean in SPARQL 1.1 Query Results JSON, written in another format.

    Raises:
        ValueError: it is not that.
    """
    found: Any = None
    try:
        found = ox.parse_query_results(document, ox.QueryResultsFormat.JSON)
        out = io.BytesIO()
        results_format = ox.QueryResultsFormat.from_media_type(media_type)
        found.serialize(out, format=results_format)
    except SyntaxError as error:
        raise ValueError(str(error)) from error
    finally:
        found = None  # an error keeps this frame, and may be let go of by another thread: what the engine made may not
    return out.getvalue()


def rewrite_graph(ntriples: bytes, media_type: str, prefixes: Mapping[str, str]) -> bytes:
    """Triples in another format, without a Python object for each term.

    Raises:
        ValueError: they are no N-Triples.
    """
    triples = (quad.triple for quad in ox.parse(ntriples, ox.RdfFormat.N_TRIPLES))
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    try:
        return ox.serialize(triples, format=rdf_format, prefixes=dict(prefixes)) or b""
    except SyntaxError as error:
        raise ValueError(str(error)) from error


def as_stored(quads: Iterable[Quad]) -> set[Quad]:
    """The quads as the store writes them: literals with one lexical form for one value, nothing twice."""
    store = ox.Store()
    store.extend(ox.parse("".join(q.line() for q in quads), ox.RdfFormat.N_QUADS))
    return {_quad(q) for q in store}


def check_syntax(query: str, prefixes: Mapping[str, str]) -> None:
    """Nothing, or the error of a query that is no SPARQL, as every other query gets it.

    Raises:
        QuerySyntaxError, QueryError.
    """
    with _engine_errors(query, prefixes):
        _EMPTY.query(query, base_iri=_BASE, prefixes=_used(query, prefixes))


def canonical_blank_nodes(quads: Iterable[Quad]) -> list[Quad]:
    """The quads with their blank nodes named by RDFC-1.0 (RDF Dataset Canonicalization), so that order of input does not show."""
    dataset = ox.Dataset(ox.parse("".join(q.line() for q in quads), ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [_quad(q) for q in dataset]


def _quad(q: ox.Quad) -> Quad:
    graph = DEFAULT_GRAPH if isinstance(q.graph_name, ox.DefaultGraph) else str(q.graph_name)
    return Quad(str(q.subject), str(q.predicate), str(q.object), graph)


class EmbeddedStore(Networks):
    """A graph held by this process: in memory, or a release's store opened read-only from disk."""

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
        with _engine_errors(query, self._prefixes):
            return self._results(self._evaluate(query))

    def _results(self, found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Results:
        if isinstance(found, ox.QueryBoolean):
            return Results(boolean=bool(found))
        if isinstance(found, ox.QuerySolutions):
            names = [variable.value for variable in found.variables]
            rows = [
                {n: _rdflib(v) for n, v in zip(names, row, strict=True) if v is not None} for row in found
            ]
            return Results(variables=names, rows=rows)
        graph = rdflib.Graph(bind_namespaces="none")
        for prefix, namespace in self._prefixes.items():
            graph.bind(prefix, namespace)
        for triple in found:
            graph.add((_rdflib(triple.subject), _rdflib(triple.predicate), _rdflib(triple.object)))
        return Results(graph=graph)

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
        with _engine_errors(query, self._prefixes, relay):
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
            found = self._store.query(query, base_iri=_BASE, prefixes=_used(query, self._prefixes))
            if isinstance(found, ox.QueryTriples) or results_format is None:
                return None
            found.serialize(cast(IO[bytes], out), format=results_format)
        except (SyntaxError, OSError, RuntimeError, ValueError):
            return None
        return out.getvalue()

    def describe(self, iri: str, *, incoming: int = 200) -> Description:
        """See ``Store.describe``; looked up by pattern, no query is parsed."""
        node, default = ox.NamedNode(iri), ox.DefaultGraph()
        out = tuple(_quad(q) for q in self._store.quads_for_pattern(node, None, None, default))
        into: list[Quad] = []
        for q in self._store.quads_for_pattern(None, None, node, default):
            if len(into) == incoming:
                break
            if str(q.predicate) not in POINT_TO_TERMS:
                into.append(_quad(q))
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
        with _engine_errors(query, self._prefixes):
            found = self._evaluate(query)
            if not isinstance(found, ox.QueryTriples):
                raise QueryRefused("a CONSTRUCT query is needed here")
            for triple in found:
                yield str(triple.subject), str(triple.predicate), str(triple.object)

    def select(self, query: str, variables: Sequence[str] | None = None) -> Iterator[tuple[str, ...]]:
        """The rows of a SELECT query as N-Quads terms, as they come; rows in which a variable has no value are left out.

        ``variables`` names the columns; all of them, in the order of the query, if it is not given.
        """
        with _engine_errors(query, self._prefixes):
            found = self._evaluate(query)
            if not isinstance(found, ox.QuerySolutions):
                raise QueryRefused("a SELECT query is needed here")
            names = variables or [variable.value for variable in found.variables]
            for row in found:
                terms = [row[name] for name in names]
                if None not in terms:
                    yield tuple(map(str, terms))

    def add_lines(self, nquads: IO[bytes]) -> None:
        """Add N-Quads to a store in memory."""
        self._store.bulk_load(nquads, ox.RdfFormat.N_QUADS)
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
            stated = [_quad(q) for q in self._store.quads_for_pattern(node, None, None, ox.DefaultGraph())]
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
        prefixes = _used(query, self._prefixes)
        if dataset is None:
            return self._store.query(query, base_iri=_BASE, prefixes=prefixes)
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
            ox.NamedNode(g) for g in dataset.default
        ]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(g) for g in dataset.named]
        return self._store.query(
            query, base_iri=_BASE, prefixes=prefixes, default_graph=default, named_graphs=named
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


def _used(query: str, prefixes: Mapping[str, str]) -> dict[str, str]:
    """The prefixes that may occur in a query: the engine reads all that it is given, which takes longer than a look-up."""
    return (
        {prefix: iri for prefix, iri in prefixes.items() if f"{prefix}:" in query}
        if "\\" not in query
        else dict(prefixes)
    )


@contextmanager
def _engine_errors(
    query: str, prefixes: Mapping[str, str], relay: Mapping[str, str] | None = None
) -> Iterator[None]:
    """The engine's exceptions as ours; answers are made lazily, so they come up while rows are read and written, too."""
    try:
        yield
    except SyntaxError as error:
        raise syntax_error(query, str(error), prefixes) from error
    except (OSError, RuntimeError, ValueError) as error:
        if "custom function" in str(error).lower():
            raise unknown_function(query, str(error), prefixes) from error
        failed = failure(query, str(error), relay) if relay else None
        raise failed or StoreError(f"the engine failed: {error}") from error


def refuse_unsafe(query: str, allowed: Collection[str] = ()) -> None:
    """Nothing, or what no store of ours may be asked.

    Raises:
        QueryRefused: the text is an update, or reaches for another server than those allowed.
    """
    if query_form(query) == "UPDATE":
        raise QueryRefused("this graph is read-only: it is published as releases, not updated")
    refuse_calls(query, allowed)


def write_store(directory: Path, nquads: IO[bytes] | Path) -> None:
    """Write a new store from N-Quads, or from a file of them; the directory must not exist yet."""
    store = ox.Store(str(directory))
    if isinstance(nquads, Path):
        store.bulk_load(path=nquads, format=ox.RdfFormat.N_QUADS)
    else:
        store.bulk_load(nquads, ox.RdfFormat.N_QUADS)
    store.flush()


def _rdflib(term: _AnyTerm) -> Term:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        kind = term.datatype.value
        is_string = kind == "http://www.w3.org/2001/XMLSchema#string"
        return rdflib.Literal(
            term.value, datatype=None if is_string else rdflib.URIRef(kind), normalize=False
        )
    raise StoreError("the answer holds a triple term, which rdflib does not know")
