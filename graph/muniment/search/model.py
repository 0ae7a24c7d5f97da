"""What is searched, and what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FORMAT = 4
"""The version of the tables (``PRAGMA user_version``); an index of another one is not read."""

CLASS = "class"
"""The name of the facet whose values are classes: each has a list of its things."""

KINDS = ("label", "acronym", "alternative", "reference", "misprint")
"""Kinds of names, the one that counts most first."""

Match = Literal["exact", "prefix", "words", "similar"]
MATCHES: tuple[Match, ...] = ("exact", "prefix", "words", "similar")
"""How a name can match, the best first: it is what is sought, begins with it, holds its words, or words like them."""


@dataclass(frozen=True)
class Facet:
    """One way to narrow what was found: a query says which things have which values."""

    name: str
    """The parameter of the service."""
    title: str
    query: str = field(default="", repr=False)
    """SPARQL with the variables ``?thing`` and ``?value``."""


@dataclass(frozen=True)
class Column:
    """A property that a list of a class can show; ``shown`` says whether it does so unasked."""

    property: str
    """An IRI."""
    label: str
    shown: bool = True


@dataclass(frozen=True)
class ListedClass:
    """A class whose things can be listed."""

    iri: str
    label: str = ""
    things: int = 0
    main: bool = True
    """Whether people come for it: its shape has a place in the order of classes."""


@dataclass(frozen=True)
class Order:
    """By which property to sort; things without it come last either way."""

    property: str
    """An IRI."""
    descending: bool = False


@dataclass(frozen=True)
class Value:
    """A value of a facet; ``count`` is how many of the things in hand have it."""

    term: str
    """An IRI, or the text of a literal."""
    label: str
    is_iri: bool = True
    count: int = 0
    selected: bool = False


@dataclass(frozen=True)
class Hit:
    """A thing that was found: its IRI and label, the name that matched, what kind of name that is, and how it matched."""

    iri: str
    label: str
    text: str
    kind: str
    match: Match
    language: str = ""
    """Of the label."""


@dataclass(frozen=True)
class Found:
    """A page of what was found, and how all of it divides by facet."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Name of a facet -> its values among what was found, the most frequent first. The counts of a facet heed what is selected in the
    others, not in itself: they say what selecting that value alone would leave."""
