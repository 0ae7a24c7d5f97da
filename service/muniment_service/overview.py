"""What is in the store, for the first page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from muniment.store import Store
from muniment.terms import RDFS
from muniment_service.things import labels_of
from muniment_service.urls import is_iri

_CLASSES = "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {pattern} }} GROUP BY ?class ORDER BY DESC(?n) ?class LIMIT 500"
_SOME = 1_000
"""Things of a class among which the example is the first by name."""
_IN_DEFAULT, _IN_GRAPHS = "?s a ?class", "GRAPH ?g { ?s a ?class }"


@dataclass(frozen=True)
class Class:
    """A class and how many things are of it."""

    iri: str
    label: str | None
    count: int
    in_graphs: bool = False
    """Whether its things are in named graphs only."""

    def query(self) -> str:
        """A query for its things."""
        pattern = f"?thing a <{self.iri}> .\n  OPTIONAL {{ ?thing rdfs:label ?label }}"
        pattern = f"GRAPH ?graph {{ {pattern} }}" if self.in_graphs else pattern
        return f"PREFIX rdfs: <{RDFS}>\nSELECT ?thing ?label WHERE {{\n  {pattern}\n}} LIMIT 100"


@dataclass(frozen=True)
class Overview:
    """Counts of what the store holds."""

    triples: int
    """Triples of the default graph."""
    graphs: dict[str, int]
    """Named graph -> number of triples."""
    classes: tuple[Class, ...]
    main_classes: tuple[Class, ...]
    """The classes without those that only repeat, for other vocabularies, one of the same things."""
    example: str | None
    """One thing."""
    described: int = 0
    """Triples of the default graph that describe the dataset itself: its catalogue."""


@dataclass
class Overviews:
    """Gives the overview of a store; that of a release, which never changes, is computed once."""

    store: Store
    immutable: bool
    catalogue: str | None = None
    """The graph that describes the dataset; its things are not counted by class."""

    def current(self) -> Overview:
        """The overview of the store as it is now."""
        return self._first if self.immutable else overview(self.store, self.catalogue)

    @cached_property
    def _first(self) -> Overview:
        return overview(self.store, self.catalogue)


def overview(store: Store, catalogue: str | None = None) -> Overview:
    """Count what a store holds; what its catalogue describes the dataset with is no thing of it."""
    graphs = dict(store.graphs())
    triples = graphs.pop("", 0)
    classes = tuple(_classes(store, in_graphs=False) or _classes(store, in_graphs=True))
    if catalogue in graphs:
        classes = tuple(_without_catalogue(store, classes, catalogue))
    main = tuple(_without_repetitions(store, classes))
    return Overview(
        triples,
        dict(sorted(graphs.items())),
        classes,
        main,
        _example(store, main),
        graphs.get(catalogue or "", 0),
    )


def _classes(store: Store, in_graphs: bool) -> list[Class]:
    rows = store.query(_CLASSES.format(pattern=_IN_GRAPHS if in_graphs else _IN_DEFAULT))
    counts = {str(row["class"]): int(str(row["n"])) for row in rows if is_iri(str(row.get("class", "")))}
    labels = labels_of(store, (f"<{iri}>" for iri in counts))
    return [Class(iri, labels.get(f"<{iri}>"), count, in_graphs) for iri, count in counts.items()]


def _without_catalogue(store: Store, classes: Iterable[Class], catalogue: str | None) -> Iterator[Class]:
    """The classes without the things of the catalogue, each of which is also in the default graph."""
    pattern = f"GRAPH <{catalogue}> {{ ?s a ?class }}"
    rows = store.query(_CLASSES.format(pattern=pattern))
    counts = {str(row["class"]): int(str(row["n"])) for row in rows if "class" in row}
    for c in classes:
        if c.count > counts.get(c.iri, 0):
            yield replace(c, count=c.count - counts.get(c.iri, 0))


def _without_repetitions(store: Store, classes: tuple[Class, ...]) -> list[Class]:
    known = {c.iri: c for c in classes}
    rows = store.query(
        f"""SELECT DISTINCT ?sub ?super WHERE {{
          {{ ?sub <{RDFS}subClassOf> ?super }} UNION {{ GRAPH ?g {{ ?sub <{RDFS}subClassOf> ?super }} }}
          FILTER(?sub != ?super) }}"""
    )
    pairs = ((known.get(str(row["sub"])), known.get(str(row["super"]))) for row in rows)
    repeated = {above.iri for sub, above in pairs if sub and above and _repeats(above, sub)}
    return sorted(
        (c for c in classes if c.iri not in repeated), key=lambda c: (c.label is None, -c.count, c.iri)
    )


def _repeats(above: Class, sub: Class) -> bool:
    """Whether a class says nothing of its own beside its subclass: the same things, or a class of others above one of ours."""
    return above.count == sub.count or (above.label is None and sub.label is not None)


def _example(store: Store, classes: tuple[Class, ...]) -> str | None:
    """One thing to look at, with a label if any has one."""
    for condition in (f"FILTER EXISTS {{ ?thing <{RDFS}label> ?label }}", ""):
        for c in classes:
            pattern = f"?thing a <{c.iri}> FILTER(isIRI(?thing)) {condition}"
            pattern = f"GRAPH ?graph {{ {pattern} }}" if c.in_graphs else pattern
            some = f"{{ SELECT ?thing WHERE {{ {pattern} }} LIMIT {_SOME} }}"
            rows = list(store.query(f"SELECT ?thing WHERE {{ {some} }} ORDER BY ?thing LIMIT 1"))
            if rows:
                return str(rows[0]["thing"])
    return None
