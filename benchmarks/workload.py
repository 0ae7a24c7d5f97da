"""The queries that SPARQL servers are compared by, on the invented datasets of ``synthetic.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

JSON, TRIPLES = "application/sparql-results+json", "application/n-triples"
THINGS = "https://example.org/synthetic/id/"
_PREFIXES = {
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "mun": "https://w3id.org/muniment/ontology#",
}
_SYLLABLES = ("brayo", "zuwe", "flo", "gru", "tunak", "radi", "xiba", "jelo")


@dataclass(frozen=True)
class Query:
    """A query with a place for a constant, written ``$``."""

    name: str
    text: str
    constants: Sequence[str] = ("",)
    accept: str = JSON
    heavy: bool = False

    def texts(self) -> list[str]:
        """The query once for each constant, with the prefixes it uses, in one line."""
        used = "".join(f"PREFIX {p}: <{iri}> " for p, iri in _PREFIXES.items() if f"{p}:" in self.text)
        return [used + " ".join(self.text.replace("$", c).split()) for c in self.constants]

    def paths(self, endpoint: str) -> list[str]:
        """What is asked of a server whose address ends in ``query=``."""
        return [endpoint + quote(text, safe="") for text in self.texts()]


def queries(events: int) -> list[Query]:
    """The queries for a dataset with that many events."""
    spread = range(0, events, max(1, events // 200))
    some_events = [f"<{THINGS}event/{n}>" for n in spread]
    places = [f"<{THINGS}place/{n}>" for n in range(0, max(2, events // 45), max(1, events // 900))]
    countries = [
        f"<{THINGS}country/{a}{b}>".lower() for a in "QV" for b in "ABC"
    ]  # the first ones always have cities
    return [
        Query("look-up", "SELECT ?p ?o { $ ?p ?o }", some_events),
        Query(
            "join",
            """SELECT ?event ?label ?body ?start { ?event schema:location $ ; rdfs:label ?label ; schema:organizer ?o .
               ?o rdfs:label ?body OPTIONAL { ?event schema:startDate ?start } }""",
            places,
        ),
        Query(
            "path", "SELECT DISTINCT ?event { ?event schema:location/schema:containedInPlace+ $ }", countries
        ),
        Query(
            "filter",
            """SELECT ?event ?label { ?event a mun:Event ; rdfs:label ?label
               FILTER(CONTAINS(LCASE(STR(?label)), "$")) }""",
            _SYLLABLES,
        ),
        Query(
            "aggregate",
            """SELECT ?a ?b (COUNT(DISTINCT ?event) AS ?n) { ?x mun:event ?event ; mun:agent ?a .
               ?y mun:event ?event ; mun:agent ?b FILTER(STR(?a) < STR(?b)) }
               GROUP BY ?a ?b ORDER BY DESC(?n) LIMIT 50""",
            heavy=True,
        ),
        Query(
            "construct",
            "CONSTRUCT { ?event ?p ?o } WHERE { ?event a mun:Event ; ?p ?o } LIMIT 50000",
            accept=TRIPLES,
            heavy=True,
        ),
    ]


def probe(events: int) -> Query:
    """A query as small as one can be that muniment leaves to a worker, asked while others keep the server busy."""
    constants = [f"<{THINGS}event/{n}>" for n in range(0, events, max(1, events // 200))]
    return Query("probe", "ASK { $ ?p ?o . ?o ?q ?r }", constants)


CROSS_PRODUCT = Query("cross product", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
