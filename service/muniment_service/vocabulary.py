"""What the data is said and checked with, read from the graphs of the vocabulary in the store: terms, concepts, shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from muniment.engine import parse
from muniment.store import Store
from muniment.terms import OWL, RDF, RDFS, SH, SKOS, TYPE, VOCAB, Quad, bare, iri, is_iri, literal_parts
from muniment.void import VOID

_NTRIPLES = "application/n-triples"
CLASSES = (iri(f"{OWL}Class"), iri(f"{RDFS}Class"))
PROPERTIES = tuple(
    iri(name)
    for name in (
        f"{OWL}ObjectProperty",
        f"{OWL}DatatypeProperty",
        f"{OWL}AnnotationProperty",
        f"{RDF}Property",
    )
)
_MATCHES = tuple(iri(f"{SKOS}{name}Match") for name in ("exact", "close", "broad", "narrow", "related"))
_HOLD = {
    "ontology": f"?x a ?kind FILTER(?kind IN ({', '.join((*CLASSES, *PROPERTIES))}))",
    "alignments": f"?x ?match ?y FILTER(?match IN ({', '.join(_MATCHES)}))",
    "shapes": f"?x a <{SH}NodeShape>",
    "vocab": f"?x a <{SKOS}ConceptScheme>",
}
"""What tells one kind of vocabulary graph from another."""


@dataclass(frozen=True)
class Vocabulary:
    """The statements of some vocabulary graphs, by subject and property."""

    quads: tuple[Quad, ...]
    about: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    def values(self, term: str, *predicates: str) -> list[str]:
        """The objects of a term's properties (IRIs), sorted."""
        facts = self.about.get(term, {})
        return sorted(o for p in predicates for o in facts.get(iri(p), ()))

    def text(self, term: str, *predicates: str) -> str:
        """The first of a term's literals, as text."""
        found = [o for p in predicates for o in self.values(term, p) if o.startswith('"')]
        return literal_parts(found[0])[0] if found else ""

    def of(self, *kinds: str) -> list[str]:
        """The terms of any of the classes that have an IRI, sorted."""
        return sorted(s for s in self.about if is_iri(s) and set(kinds) & set(self.about[s].get(TYPE, ())))


def read(store: Store, *kinds: str) -> Vocabulary:
    """The vocabulary graphs of those kinds in a store."""
    holds = " UNION ".join(f"{{ {_HOLD[kind]} }}" for kind in kinds)
    query = f"""CONSTRUCT {{ ?s ?p ?o }} WHERE {{
      {{ SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?g a <{OWL}Ontology> . {holds} }} }} }} GRAPH ?g {{ ?s ?p ?o }} }}"""
    return vocabulary(parse(store.answer(query, _NTRIPLES), _NTRIPLES))


def vocabulary(quads: Iterable[Quad]) -> Vocabulary:
    """Statements by subject and property."""
    kept = tuple(quads)
    about: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for q in kept:
        about[q.subject][q.predicate].append(q.object)
    return Vocabulary(kept, {s: dict(facts) for s, facts in about.items()})


def anchor(term: str) -> str:
    """The place of a term in its page: the fragment of a hash IRI, the path of a concept below the schemes, else the last part."""
    name = bare(term) if is_iri(term) else term
    if "#" in name:
        return name.rpartition("#")[2]
    return name.removeprefix(VOCAB) if name.startswith(VOCAB) else name.rstrip("/").rpartition("/")[2]


def counts(store: Store, base: str | None) -> dict[str, int]:
    """How often each class (things) and property (statements) is used, as the VoID description has it."""
    if base is None:
        return {}
    rows = store.query(f"""SELECT ?term ?n WHERE {{
      {{ <{base}> <{VOID}classPartition> [ <{VOID}class> ?term ; <{VOID}entities> ?n ] }} UNION
      {{ <{base}> <{VOID}propertyPartition> [ <{VOID}property> ?term ; <{VOID}triples> ?n ] }} }}""")
    return {iri(str(row["term"])): int(str(row["n"])) for row in rows}


def users(store: Store, base: str | None) -> dict[str, list[tuple[str, int]]]:
    """Property -> the classes whose things have it, with the number of statements, by VoID."""
    if base is None:
        return {}
    rows = store.query(f"""SELECT ?class ?property ?n WHERE {{ <{base}> <{VOID}classPartition> [ <{VOID}class> ?class ;
      <{VOID}propertyPartition> [ <{VOID}property> ?property ; <{VOID}triples> ?n ] ] }} ORDER BY DESC(?n) ?class""")
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        found[iri(str(row["property"]))].append((iri(str(row["class"])), int(str(row["n"]))))
    return found
