"""A thing with its evidence: each statement about it in the named graph that states it, and what is known of those graphs."""

from __future__ import annotations

from muniment.engine import parse
from muniment.store import Store
from muniment.terms import DEFAULT_GRAPH, Quad, from_rdflib

_NTRIPLES = "application/n-triples"


def evidence_of(store: Store, iri: str, limit: int) -> tuple[Quad, ...]:
    """Statements in which the thing is subject or object, each in its graph, at most ``limit`` of either kind; with source, lines and
    basis of each graph (all that the default graph says of it)."""
    stated: set[Quad] = set()
    for pattern, order in ((f"<{iri}> ?p ?o", "?g ?p ?o"), (f"?s ?p <{iri}>", "?g ?s ?p")):
        rows = store.query(f"SELECT * {{ GRAPH ?g {{ {pattern} }} }} ORDER BY {order} LIMIT {limit}")
        for row in rows:
            terms = {name: from_rdflib(value) for name, value in row.items()}
            stated.add(Quad(terms.get("s", f"<{iri}>"), terms["p"], terms.get("o", f"<{iri}>"), terms["g"]))
    graphs = " ".join(sorted({quad.graph for quad in stated if quad.graph.startswith("<")}))
    query = f"CONSTRUCT {{ ?g ?p ?o }} WHERE {{ VALUES ?g {{ {graphs} }} ?g ?p ?o }}"
    about = parse(store.answer(query, _NTRIPLES), _NTRIPLES) if graphs else ()
    return (*sorted(stated), *sorted(q._replace(graph=DEFAULT_GRAPH) for q in about))
