"""What is in the store, for the first page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from muniment.catalogue import catalogue_iri
from muniment.release import Release
from muniment.store import Store
from muniment.terms import RDFS
from muniment.void import VOID
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


class NamedGraphs(Protocol):
    """The named graphs of a store, in order of their names."""

    @property
    def total(self) -> int:
        """How many there are."""

    def part(self, start: int, count: int) -> Sequence[tuple[str, int]]:
        """The IRIs and numbers of triples of some of them, so many from one on, counted from 0."""


@dataclass(frozen=True)
class CountedGraphs:
    """Named graphs that were counted in a store."""

    rows: Sequence[tuple[str, int]]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.rows)

    def part(self, start: int, count: int) -> Sequence[tuple[str, int]]:
        """See ``NamedGraphs``."""
        return self.rows[start : start + count]


@dataclass(frozen=True)
class Overview:
    """Counts of what the store holds."""

    triples: int
    """Triples of the default graph."""
    graphs: NamedGraphs
    classes: tuple[Class, ...]
    main_classes: tuple[Class, ...]
    """The classes without those that only repeat, for other vocabularies, one of the same things."""
    described: int = 0
    """Triples of the default graph that describe the dataset itself: its catalogue."""


@dataclass
class Overviews:
    """Gives the overview of a store; that of a release, which never changes, is made once."""

    store: Store
    immutable: bool
    base: str | None = None
    """The IRI of the dataset, if the store describes it."""
    release: Release | None = None
    """The release that the store holds, if it is on disk."""

    def current(self) -> Overview:
        """The overview of the store as it is now."""
        return self._first if self.immutable else self._made()

    @cached_property
    def _first(self) -> Overview:
        return self._made()

    def _made(self) -> Overview:
        known = self.release.named_graphs() if self.release else None
        if self.release and known:
            triples: int = self.release.manifest["counts"]["triples"]
            return overview(self.store, self.base, triples, known)
        graphs = dict(self.store.graphs())
        triples = graphs.pop("", 0)
        rows = sorted((name, count) for name, count in graphs.items() if is_iri(name))
        return overview(self.store, self.base, triples, CountedGraphs(rows))


def overview(store: Store, base: str | None, triples: int, graphs: NamedGraphs) -> Overview:
    """What a store holds beside its graphs, which are counted; what its catalogue describes the dataset with is no thing of it."""
    classes = tuple(
        _stated(store, base) or _classes(store, in_graphs=False) or _classes(store, in_graphs=True)
    )
    described = described_of(store, base)
    if described:
        classes = tuple(_without_catalogue(store, classes, catalogue_iri(base or "")))
    return Overview(triples, graphs, classes, tuple(_without_repetitions(store, classes)), described)


def described_of(store: Store, base: str | None) -> int:
    """How many statements the catalogue has, each of which is in the default graph too; it grows with the vocabulary, not with the data."""
    if not base:
        return 0
    rows = store.query(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{catalogue_iri(base)}> {{ ?s ?p ?o }} }}")
    return int(str(next(iter(rows))["n"]))


def _stated(store: Store, base: str | None) -> list[Class]:
    """The classes of the default graph as the catalogue counts them; none where it does not."""
    if not base:
        return []
    rows = store.query(f"""SELECT ?class ?n WHERE {{ GRAPH <{catalogue_iri(base)}> {{
      <{base}> <{VOID}classPartition> ?part . ?part <{VOID}class> ?class ; <{VOID}entities> ?n }} }}""")
    counts = {str(row["class"]): int(str(row["n"])) for row in rows}
    return _labelled(store, dict(sorted(counts.items(), key=lambda c: (-c[1], c[0]))), in_graphs=False)


def _classes(store: Store, in_graphs: bool) -> list[Class]:
    rows = store.query(_CLASSES.format(pattern=_IN_GRAPHS if in_graphs else _IN_DEFAULT))
    counts = {str(row["class"]): int(str(row["n"])) for row in rows if is_iri(str(row.get("class", "")))}
    return _labelled(store, counts, in_graphs)


def _labelled(store: Store, counts: Mapping[str, int], in_graphs: bool) -> list[Class]:
    labels = labels_of(store, (f"<{iri}>" for iri in counts))
    return [Class(iri, labels.get(f"<{iri}>"), count, in_graphs) for iri, count in counts.items()]


def _without_catalogue(store: Store, classes: Iterable[Class], catalogue: str) -> Iterator[Class]:
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


def example(store: Store, classes: Iterable[Class]) -> str | None:
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
