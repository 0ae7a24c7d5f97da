"""What each statement about a thing rests on: the claims and rules whose graphs state it, and what claims say instead of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from muniment.engine import parse
from muniment.store import Description, Store
from muniment.terms import MUN, PROV, RDF, SCHEMA, TYPE, Quad, from_rdflib, iri, is_iri, readable
from muniment_service.things import JSON, rows_of

_NTRIPLES = "application/n-triples"
_ALL = 1_000
"""Statements in named graphs up to which all are read; of a thing that more graphs speak of, only some of each."""
EACH = 7
"""Graphs that are read of each statement, where there are too many."""
RULE = iri(f"{MUN}Rule")

Facts = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Disagreement:
    """A property that sources disagree on."""

    iri: str
    decided_by: str
    values: Mapping[str, tuple[str, ...]]
    """Value -> the claims that say so."""
    records: frozenset[str] = frozenset()
    """The things that keep the record of it."""


@dataclass(frozen=True)
class Grounds:
    """All that the statements of a thing rest on; terms throughout."""

    stated: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Property and value -> the graphs that state it; of what points to the thing, property and subject."""
    about: Mapping[str, Facts] = field(default_factory=dict)
    """Graph -> what the consolidated graph says of it."""
    disagreements: Mapping[str, Disagreement] = field(default_factory=dict)
    """By property."""
    steps: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """For a statement that a rule derived: between what and in which graphs both of its ends are named."""

    def is_rule(self, graph: str) -> bool:
        """Whether a graph holds what a rule derived."""
        return RULE in self.about.get(graph, {}).get(TYPE, ())

    def terms(self) -> set[str]:
        """The IRIs that a page about them names."""
        found = {t for pair in self.stated for t in pair} | set(self.about)
        found |= {o for facts in self.about.values() for objects in facts.values() for o in objects}
        found |= {t for steps in self.steps.values() for step in steps for t in step}
        found |= {t for d in self.disagreements.values() for t in (d.iri, d.decided_by, *d.values)}
        return {term for term in found if is_iri(term)}


def grounds_of(store: Store, name: str, description: Description, complete: bool) -> Grounds:
    """What the statements of a thing rest on, by two to four queries.

    Args:
        store: where to look.
        name: the IRI of the thing.
        description: what is stated of it.
        complete: whether the description holds all that points to the thing.
    """
    stated = _stated(store, f"<{name}> {{p}} {{o}}", [(q.predicate, q.object) for q in description.outgoing])
    pointing = {q.predicate for q in description.incoming}
    contested = not complete or iri(f"{SCHEMA}about") in pointing
    return _completed(store, name, stated, _disagreements(store, name) if contested else {})


def grounds_of_pointing(store: Store, name: str, quads: Iterable[Quad]) -> Grounds:
    """What the statements rest on that point to a thing, by two to four queries."""
    pairs = [(q.predicate, q.subject) for q in quads if q.predicate != TYPE]
    found = _completed(
        store, name, _stated(store, f"{{o}} {{p}} <{name}>", pairs) if pairs else {}, {}, pointing=True
    )
    # what describes the dataset itself, its catalogue say, rests on no source
    firm = {g for g, facts in found.about.items() if iri(f"{MUN}source") in facts or found.is_rule(g)}
    return replace(
        found,
        stated={
            pair: kept
            for pair, graphs in found.stated.items()
            if (kept := tuple(g for g in graphs if g in firm))
        },
    )


def _completed(
    store: Store,
    name: str,
    stated: dict[tuple[str, str], tuple[str, ...]],
    disagreements: dict[str, Disagreement],
    pointing: bool = False,
) -> Grounds:
    graphs = {g for found in stated.values() for g in found}
    graphs |= {g for d in disagreements.values() for found in d.values.values() for g in found}
    about = _about(store, graphs)
    rules = {g for g, facts in about.items() if RULE in facts.get(TYPE, ())}
    derived = {pair for pair, found in stated.items() if is_iri(pair[1]) and rules.intersection(found)}
    derived = {(p, o) for p, o in derived if p != TYPE}
    steps = _steps(store, name, derived, pointing)
    more = {g for found in steps.values() for _, g in found} - about.keys()
    return Grounds(stated, {**about, **_about(store, more)}, disagreements, steps)


def _stated(
    store: Store, pattern: str, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The graphs that hold a statement of this pattern, which has places for ``p`` and ``o``; of ``pairs`` only, where there are too many."""
    _, rows = rows_of(
        store.answer(
            f"SELECT ?g ?p ?o WHERE {{ GRAPH ?g {{ {pattern.format(p='?p', o='?o')} }} }} LIMIT {_ALL}", JSON
        )
    )
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        found[row["p"], row["o"]].add(row["g"])
    if len(rows) == _ALL:
        found.clear()
        parts = [
            f"{{ SELECT ?g ({number} AS ?n) WHERE {{ GRAPH ?g {{ {pattern.format(p=p, o=o)} }} }} LIMIT {EACH} }}"
            for number, (p, o) in enumerate(pairs[:100])
            if not o.startswith("_:")
        ]
        for one in store.query(f"SELECT ?g ?n WHERE {{ {' UNION '.join(parts)} }}") if parts else ():
            found[pairs[int(str(one["n"]))]].add(from_rdflib(one["g"]))
    return {pair: tuple(sorted(graphs)) for pair, graphs in found.items()}


def _about(store: Store, graphs: Iterable[str]) -> dict[str, Facts]:
    names = " ".join(sorted(graph for graph in graphs if is_iri(graph)))
    if not names:
        return {}
    query = f"CONSTRUCT {{ ?g ?p ?o }} WHERE {{ VALUES ?g {{ {names} }} ?g ?p ?o }}"
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in sorted(parse(store.answer(query, _NTRIPLES), _NTRIPLES)):
        found[quad.subject][quad.predicate].append(quad.object)
    return dict(found)


def by_datatype(term: str) -> tuple[str, str]:
    """An order for values of several datatypes; of its own each engine has another."""
    return term.rpartition("^^")[2] if term.startswith('"') and "^^" in term else "", term


def _disagreements(store: Store, name: str) -> dict[str, Disagreement]:
    rows = store.query(f"""SELECT ?d ?property ?decided ?said ?value ?claim WHERE {{
      ?d <{SCHEMA}about> <{name}> ; a <{MUN}Disagreement> ; <{MUN}property> ?property ; <{MUN}decidedBy> ?decided ;
        <{MUN}alternative> ?said . ?said <{RDF}object> ?value ; <{PROV}wasDerivedFrom> ?claim }} ORDER BY ?d ?value ?claim LIMIT 500""")
    heads: dict[str, tuple[str, str]] = {}
    records: dict[str, set[str]] = defaultdict(set)
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        term = {key: from_rdflib(value) for key, value in row.items()}
        heads.setdefault(term["property"], (term["d"], term["decided"]))
        values[term["property"]][term["value"]].append(term["claim"])
        records[term["property"]] |= {term["d"], term["said"]}
    return {
        p: Disagreement(
            *head,
            {value: tuple(values[p][value]) for value in sorted(values[p], key=by_datatype)},
            frozenset(records[p]),
        )
        for p, head in heads.items()
    }


def _steps(
    store: Store, name: str, derived: Iterable[tuple[str, str]], pointing: bool
) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Claims that name both ends of a statement that a rule derived, by way of a thing that leads to both (as a participation does)."""
    pairs = sorted(derived)[:50]
    if not pairs:
        return {}
    # begun at the end of which less is said: an event rather than a body that organised hundreds
    ends = sorted({o for _, o in pairs})
    parts = (
        [f"{{ GRAPH ?g {{ ?x ?p2 {o} . ?x ?p1 <{name}> }} BIND({o} AS ?o) }}" for o in ends]
        if pointing
        else [f"GRAPH ?g {{ ?x ?p1 <{name}> . ?x ?p2 ?o }} FILTER(?o IN ({', '.join(ends)}))"]
    )
    rows = store.query(f"""SELECT DISTINCT ?o ?x ?g WHERE {{ {" UNION ".join(parts)}
      FILTER EXISTS {{ ?g <{MUN}source> ?source }} }} LIMIT 300""")
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        o, x, g = (from_rdflib(row[key]) for key in ("o", "x", "g"))
        if x != iri(name):
            found[o].add((x, g))
    return {(p, o): tuple(sorted(found[o])) for p, o in pairs if o in found}


def alike(grounds: Grounds, pair: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """For a statement that a rule derived from another one of the thing: properties with the same text, and the claims that state them."""
    predicate, value = pair
    if is_iri(value):
        return ()
    return tuple(
        sorted(
            (p, g)
            for (p, o), graphs in grounds.stated.items()
            for g in graphs
            if p != predicate and not is_iri(o) and readable(o) == readable(value) and not grounds.is_rule(g)
        )
    )
