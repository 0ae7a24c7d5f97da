"""RDF read and written: one format as another, lines, canonical blank nodes. The terms are those of N-Quads, as text."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import pyoxigraph as ox

from muniment.errors import InputError, Where
from muniment.terms import DEFAULT_GRAPH, Quad


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
    """Write N-Quads in another format, as a stream; for a format without named graphs they are N-Triples.

    They are those of a release, whose terms were checked when they were read, and are not checked again (``lenient``).
    """
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise ValueError(f"no RDF format has the media type {media_type}")
    lines = ox.RdfFormat.N_QUADS if rdf_format.supports_datasets else ox.RdfFormat.N_TRIPLES
    ox.serialize(ox.parse(nquads, lines, lenient=True), out, format=rdf_format, prefixes=dict(prefixes or {}))


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
    triples = ox.parse(ntriples, ox.RdfFormat.N_TRIPLES)
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    try:
        return ox.serialize(triples, format=rdf_format, prefixes=dict(prefixes)) or b""
    except SyntaxError as error:
        raise ValueError(str(error)) from error


def as_stored(quads: Iterable[Quad]) -> set[Quad]:
    """The quads as the store writes them: literals with one lexical form for one value, nothing twice."""
    store = ox.Store()
    store.extend(ox.parse("".join(q.line() for q in quads), ox.RdfFormat.N_QUADS))
    return {quad_of(q) for q in store}


def canonical_blank_nodes(quads: Iterable[Quad]) -> list[Quad]:
    """The quads with their blank nodes named by RDFC-1.0 (RDF Dataset Canonicalization), so that order of input does not show."""
    dataset = ox.Dataset(ox.parse("".join(q.line() for q in quads), ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [quad_of(q) for q in dataset]


def quad_of(q: ox.Quad) -> Quad:
    """A quad of the engine as ours."""
    graph = DEFAULT_GRAPH if isinstance(q.graph_name, ox.DefaultGraph) else str(q.graph_name)
    return Quad(str(q.subject), str(q.predicate), str(q.object), graph)
