"""The seam between everything that asks and the engine that answers.

Two engines stand behind it: ``muniment.engine.EmbeddedStore`` (a release in this process) and ``muniment.remote.RemoteStore`` (any
SPARQL 1.1 endpoint). Whoever asks sees this protocol only, so that a service grows past one machine without being rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from muniment.results import Results
from muniment.terms import Quad


@dataclass(frozen=True)
class Description:
    """What the consolidated graph says of one thing: what it states, what points to it, and labels of what both name."""

    outgoing: tuple[Quad, ...]
    incoming: tuple[Quad, ...]
    labels: Mapping[str, str]
    """Term -> lexical form of one of its labels."""
    naming: tuple[Quad, ...] = ()
    """The statements that ``labels`` are taken from, as statements of the default graph."""
    nested: tuple[Quad, ...] = ()
    """What is stated of the blank nodes that ``outgoing`` leads to (the rest of the concise bounded description)."""

    def __bool__(self) -> bool:
        return bool(self.outgoing or self.incoming)

    def quads(self) -> tuple[Quad, ...]:
        """What is stated of the thing, down to the last blank node, and what points to it; without ``naming``."""
        return self.outgoing + self.nested + self.incoming


@dataclass(frozen=True)
class Dataset:
    """The graphs to ask in place of those that a query names (SPARQL 1.1 Protocol, section 2.1.4), as IRIs."""

    default: tuple[str, ...] = ()
    """Merged, they are the default graph."""
    named: tuple[str, ...] = ()


class Answering(Protocol):
    """Whoever writes the answers to SPARQL 1.1 queries."""

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        """Evaluate a query and write the whole answer in a format that fits its form (see ``muniment.formats``).

        Raises:
            QuerySyntaxError, QueryRefused, StoreTimeout, StoreError.
        """


class Store(Answering, Protocol):
    """A graph that answers SPARQL 1.1 queries."""

    @property
    def engine(self) -> str:
        """What answers: ``embedded`` for this process, else the name of an engine (``muniment.engines.table``)."""

    def query(self, query: str, *, timeout: float | None = None) -> Results:
        """Evaluate a query; ``timeout`` is in seconds where the engine has one. Raises as ``answer``."""

    def describe(self, iri: str, *, incoming: int = 200) -> Description:
        """What the consolidated graph says of the IRI, with at most ``incoming`` statements that point to it.

        Partitions of the VoID description, which would flood what points to a class or property, are left out of them.
        A remote engine gives blank nodes new names in each answer: there, ``nested`` holds one step.
        """

    def graphs(self) -> Mapping[str, int]:
        """Each named graph's IRI and its number of triples; the default graph is ``""``."""

    def close(self) -> None:
        """Let go of files and connections."""
