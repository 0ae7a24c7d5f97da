"""Answers of the engine as results of ours, whose terms are those of rdflib."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox
import rdflib

from muniment.errors import StoreError
from muniment.results import Results, Term

_AnyTerm = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def results(
    found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, prefixes: Mapping[str, str]
) -> Results:
    """The whole of an answer; graphs know the prefixes."""
    if isinstance(found, ox.QueryBoolean):
        return Results(boolean=bool(found))
    if isinstance(found, ox.QuerySolutions):
        names = [variable.value for variable in found.variables]
        rows = [{n: _rdflib(v) for n, v in zip(names, row, strict=True) if v is not None} for row in found]
        return Results(variables=names, rows=rows)
    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace)
    for triple in found:
        graph.add((_rdflib(triple.subject), _rdflib(triple.predicate), _rdflib(triple.object)))
    return Results(graph=graph)


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
