"""What the store knows of one thing: its description, and, of a named graph, what it states."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from muniment.engine import parse
from muniment.store import Description, Store
from muniment.terms import LABEL, SKOS, Quad, is_iri, literal, literal_parts, readable

_NTRIPLES = "application/n-triples"
JSON = "application/sparql-results+json"


def describe(store: Store, iri: str, incoming: int) -> Description | None:
    """What the consolidated graph says of a thing, or else what named graphs say (as of a term of the ontology); None if nothing is
    known of it. The IRI must be a valid one: it becomes part of queries."""
    found = store.describe(iri, incoming=incoming)
    if found.outgoing:
        return found
    stated = _construct(store, f"CONSTRUCT {{ <{iri}> ?p ?o }} WHERE {{ GRAPH ?g {{ <{iri}> ?p ?o }} }}")
    if stated:
        naming = {q.subject: q for q in (*found.naming, *naming_of(store, terms_of(stated)))}
        labels = {term: readable(quad.object) for term, quad in naming.items()}
        return Description(stated, found.incoming, labels, tuple(naming.values()))
    return found if found or _is_used(store, iri) else None


def contents(store: Store, iri: str, limit: int) -> tuple[Quad, ...]:
    """The statements of the named graph of that name, at most ``limit``."""
    return _construct(
        store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} LIMIT {limit}"
    )


def labels_of(store: Store, terms: Iterable[str]) -> dict[str, str]:
    """Term -> label, for those terms that have one in any graph; English is preferred."""
    return {quad.subject: readable(quad.object) for quad in naming_of(store, terms)}


def naming_of(store: Store, terms: Iterable[str]) -> tuple[Quad, ...]:
    """The statements that ``labels_of`` takes the labels from."""
    wanted = " ".join(sorted({term for term in terms if is_iri(term)}))
    if not wanted:
        return ()
    branches = (  # the terms stand in each branch, so that the engine looks them up instead of going through all labels
        f"{{ VALUES ?term {{ {wanted} }} {place} BIND({naming} AS ?naming) }}"
        for naming in (LABEL, f"<{SKOS}prefLabel>")
        for place in (f"?term {naming} ?label", f"GRAPH ?g {{ ?term {naming} ?label }}")
    )
    query = f"CONSTRUCT {{ ?term ?naming ?label }} WHERE {{ {' UNION '.join(branches)} }}"
    found: dict[str, list[tuple[bool, str, Quad]]] = defaultdict(list)
    for quad in _construct(store, query):
        text, language, _ = (
            literal_parts(quad.object) if quad.object.startswith('"') else (quad.object, "", "")
        )
        found[quad.subject].append((language != "en", text, quad))
    return tuple(min(labels)[2] for _, labels in sorted(found.items()))


def terms_of(quads: Iterable[Quad]) -> set[str]:
    """The IRIs that a page about these statements names."""
    return {term for q in quads for term in q[:3] if is_iri(term)}


def rows_of(body: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """Columns and rows of an answer in SPARQL 1.1 Query Results JSON, as terms: no objects are made that a page would only write out again."""
    document = json.loads(body)
    rows = document["results"]["bindings"]
    return document["head"]["vars"], [{name: _term(value) for name, value in row.items()} for row in rows]


def _term(found: dict[str, str]) -> str:
    if found["type"] == "uri":
        return f"<{found['value']}>"
    if found["type"] == "bnode":
        return f"_:{found['value']}"
    return literal(found["value"], found.get("datatype"), found.get("xml:lang"))


def _is_used(store: Store, iri: str) -> bool:
    """Whether the IRI is a property, a graph, or an object within a named graph."""
    places = (
        f"?s <{iri}> ?o",
        f"GRAPH ?g {{ ?s <{iri}> ?o }}",
        f"GRAPH <{iri}> {{ ?s ?p ?o }}",
        f"GRAPH ?g {{ ?s ?p <{iri}> }}",
    )
    return any(store.query(f"ASK {{ {place} }}").boolean for place in places)


def _construct(store: Store, query: str) -> tuple[Quad, ...]:
    return tuple(parse(store.answer(query, _NTRIPLES), _NTRIPLES))
