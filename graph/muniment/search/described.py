"""What an index is written from: the statements of the default graph by property, in a store, or in lines that a build kept apart for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import IO, Protocol, cast

from muniment.dumps import Blocks
from muniment.engine import EmbeddedStore
from muniment.naming import NAMING, RECORDS
from muniment.search.columns import read_columns
from muniment.search.model import Facet
from muniment.stream.lines import object_and_graph
from muniment.stream.query_reads import reads
from muniment.stream.sorting import NOTHING, Ordered
from muniment.terms import LABELS, TYPE, iri, is_iri, readable


class Described(Protocol):
    """What is said of things, as N-Quads terms."""

    @property
    def vocabulary(self) -> EmbeddedStore:
        """A store with the graphs of ontology and shapes, at least."""

    def having(self, property_: str) -> Iterator[tuple[str, str]]:
        """Subject and object of each statement with a property."""

    def members(self, classes: Collection[str]) -> Iterator[tuple[str, str]]:
        """Things that have one of the classes, with the class."""

    def properties(self) -> Collection[str]:
        """All properties."""

    def asked(self, query: str, variables: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """The rows of a facet's query."""

    def label(self, term: str) -> str | None:
        """A label of an IRI, in English where there is one."""


@dataclass(frozen=True)
class InStore:
    """A store that holds everything."""

    vocabulary: EmbeddedStore

    def having(self, property_: str) -> Iterator[tuple[str, str]]:
        return cast(
            Iterator[tuple[str, str]],
            self.vocabulary.select(f"SELECT ?s ?o WHERE {{ ?s {property_} ?o }}", ("s", "o")),
        )

    def members(self, classes: Collection[str]) -> Iterator[tuple[str, str]]:
        query = f"SELECT ?s ?class WHERE {{ VALUES ?class {{ {' '.join(sorted(classes))} }} ?s a ?class }}"
        return cast(Iterator[tuple[str, str]], self.vocabulary.select(query, ("s", "class")))

    def properties(self) -> Collection[str]:
        return {row[0] for row in self.vocabulary.select("SELECT DISTINCT ?p WHERE { ?s ?p ?o }")}

    def asked(self, query: str, variables: Sequence[str]) -> Iterator[tuple[str, ...]]:
        return self.vocabulary.select(query, variables)

    def label(self, term: str) -> str | None:
        return self.vocabulary.label(term)


@dataclass(frozen=True)
class InLines:
    """Lines of the default graph by property, and those of the vocabulary's graphs.

    Statements of classes of records without a name are not among them: no index has such things.
    """

    by_property: Mapping[str, Ordered]
    names: frozenset[str]
    """All properties of the default graph."""
    graphs: Sequence[str]
    """The lines of the vocabulary."""

    @cached_property
    def vocabulary(self) -> EmbeddedStore:
        return _store([self.graphs])

    def having(self, property_: str) -> Iterator[tuple[str, str]]:
        for line in self.by_property.get(property_, NOTHING).lines():
            subject, _, tail = line.split(" ", 2)
            yield subject, object_and_graph(tail)[0]

    def members(self, classes: Collection[str]) -> Iterator[tuple[str, str]]:
        return ((thing, kind) for thing, kind in self.having(TYPE) if kind in classes)

    def properties(self) -> Collection[str]:
        return self.names

    def asked(self, query: str, variables: Sequence[str]) -> Iterator[tuple[str, ...]]:
        what = reads(query)
        assert what is not None, query  # or else nothing is kept apart
        parts = [
            self.by_property[name].blocks() for name in sorted(what.predicates & self.by_property.keys())
        ]
        return _store(chain([self.graphs], *parts)).select(query, variables)

    def label(self, term: str) -> str | None:
        found = self._labels.get(term)
        return readable(found[2]) if found else self.vocabulary.label(term)

    @cached_property
    def _labels(self) -> Mapping[str, tuple[int, bool, str]]:
        """The label of each term by the rules of ``EmbeddedStore.label``."""
        found: dict[str, tuple[int, bool, str]] = {}
        for order, naming in enumerate(LABELS):
            for term, text in self.having(naming):
                label = (order, not text.endswith("@en"), text)
                if is_iri(term) and (term not in found or label < found[term]):
                    found[term] = label
        return found


@dataclass(frozen=True)
class Kept:
    """What a build keeps apart, so that the index can be written from it."""

    properties: frozenset[str]
    """Those of which all statements of the default graph are needed."""
    classes: frozenset[str]
    """Those whose members facets look up in named graphs. The vocabulary knows them, unless a thing of the dataset is one, too."""


def kept(graphs: Sequence[str], facets: Iterable[Facet]) -> Kept | None:
    """What is needed; None where a facet may read anything, or asks for records, or for more of named graphs than members of a class.

    Args:
        graphs: the lines of the vocabulary.
        facets: those of the index.
    """
    columns = chain.from_iterable(read_columns(_store([graphs])).values())
    properties = {TYPE, *NAMING, *(iri(column.property) for column in columns)}
    classes: set[str] = set()
    for facet in facets:
        what = reads(facet.query)
        if what is None or what.members is None or not RECORDS.isdisjoint(what.names):
            return None
        properties |= what.predicates
        classes |= what.members
    return Kept(frozenset(properties), frozenset(classes))


def _store(blocks: Iterable[Sequence[str]]) -> EmbeddedStore:
    store = EmbeddedStore.in_memory(b"")
    store.add_lines(cast(IO[bytes], Blocks(blocks)))
    return store
