"""Statements made readable: terms become text with a link, statements become rows of a table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from muniment.terms import TYPE, XSD, Quad, bare, is_iri, literal_parts, readable
from muniment_service.urls import Urls
from muniment_service.wording import worded


@dataclass(frozen=True, order=True)
class Value:
    """A term for a person; ``href`` leads to its description, ``kind`` is the datatype of a literal."""

    text: str
    href: str | None = None
    language: str | None = None
    kind: str | None = None
    iri: str | None = None
    when: str | None = None
    """A date or time as machines write it."""


@dataclass(frozen=True)
class Fact:
    """A property of a thing and its values; for incoming statements, the things that have it as value."""

    property: Value
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Names:
    """Names terms: by label, else by prefix or path, else by IRI."""

    urls: Urls
    prefixes: Mapping[str, str]
    labels: Mapping[str, str]
    """Term -> label."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Property -> what a page calls it, where that differs from its label."""
    _held: dict[str, Value] = field(default_factory=dict, compare=False, repr=False)
    """A page names the same terms many times."""

    def value(self, term: str) -> Value:
        """A term (N-Quads text) for a person."""
        found = self._held.get(term)
        if found is None:
            found = self._held[term] = self._value(term)
        return found

    def _value(self, term: str) -> Value:
        if is_iri(term):
            iri = bare(term)
            return Value(self.labels.get(term) or self.short(iri), self.urls.document(iri), iri=iri)
        if not term.startswith('"'):
            return Value(term)
        text, language, datatype = literal_parts(term)
        kind = self.short(datatype) if datatype and datatype != f"{XSD}string" else None
        return Value(text, language=language, kind=kind)

    def worded(self, term: str) -> Value:
        """A term in words: dates as people read them, and datatypes only where they matter."""
        found = self.value(term)
        if not term.startswith('"'):
            return found
        text, when, silent = worded(found.text, literal_parts(term)[2])
        return replace(found, text=text, when=when, kind=None if silent else found.kind)

    def shown_property(self, term: str) -> Value:
        """A property as this page calls it."""
        found = self.property(term)
        return replace(found, text=self.properties.get(term) or found.text)

    def property(self, term: str) -> Value:
        """A property for a person: its label, else the words of its name."""
        found = self.value(term)
        if term in self.labels or not found.iri:
            return found
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.split(r"[:/#]", found.text)[-1])
        return replace(found, text=words.lower() or found.text)

    def short(self, iri: str) -> str:
        """An IRI of this dataset by its path, another by its prefix where it has one."""
        local = self.urls.local_part(iri)
        if local:
            return local
        spaces = [(ns, prefix) for prefix, ns in self.prefixes.items() if iri.startswith(ns) and iri != ns]
        if not spaces:
            return iri
        namespace, prefix = max(spaces, key=lambda pair: len(pair[0]))
        return f"{prefix}:{iri[len(namespace) :]}"

    def facts(self, quads: Iterable[Quad]) -> list[Fact]:
        """What is stated of a thing, property by property; its classes are left out."""
        return self._grouped((q.predicate, q.object) for q in quads if q.predicate != TYPE)

    def incoming(self, quads: Iterable[Quad]) -> list[Fact]:
        """What points to a thing, property by property."""
        return self._grouped((q.predicate, q.subject) for q in quads)

    def classes(self, quads: Iterable[Quad]) -> list[Value]:
        """The classes of a thing; those with a label, which are the dataset's own, first."""
        terms = {q.object for q in quads if q.predicate == TYPE}
        return [self.value(t) for t in sorted(terms, key=lambda t: (t not in self.labels, t))]

    def statements(self, quads: Iterable[Quad]) -> list[tuple[Value, Value, Value]]:
        """Subject, property and value of each statement, subjects together."""
        return [
            (self.value(q.subject), self.shown_property(q.predicate), self.worded(q.object))
            for q in sorted(set(quads))
        ]

    def _grouped(self, pairs: Iterable[tuple[str, str]]) -> list[Fact]:
        groups: dict[str, dict[str, Value]] = defaultdict(dict)
        for predicate, term in pairs:
            groups[predicate][term] = self.value(term)
        facts = [
            Fact(self.property(p), tuple(sorted(values.values(), key=_order))) for p, values in groups.items()
        ]
        return sorted(facts, key=lambda fact: _order(fact.property))


def heading(iri: str, outgoing: Iterable[Quad], names: Names) -> Value:
    """What to call a thing: its label, else a name or title that it states, else its short IRI."""
    term = f"<{iri}>"
    label = names.labels.get(term)
    stated = sorted(
        (not q.object.endswith("@en"), q.object)
        for q in outgoing
        if q.object.startswith('"')
        and bare(q.predicate).endswith(_NAMING)
        and (label is None or readable(q.object) == label)
    )
    if not stated:
        return Value(label or names.short(iri))
    text, language, _ = literal_parts(stated[0][1])
    return Value(text, language=language)


_NAMING = ("rdf-schema#label", "core#prefLabel", "/name", "/title", "#name", "#title")


def _order(value: Value) -> tuple[str, str]:
    return (value.text.casefold(), value.iri or "")
