"""Counts over a graph: who is of which class, and which classes use which properties on what.

Statements are counted by pattern (classes of the subject, property, classes or datatype of the object), of which there are few however
many statements there are. A census can stand on another one: what is added is counted alone, what stands below is not counted again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property

from muniment.terms import RDF, TYPE, XSD, Quad

Classes = tuple[str, ...]
Pattern = tuple[Classes, str, Classes | str]
"""Classes of the subject, property, and of the object its classes or, of a literal, its datatype IRI."""

_LANGUAGE, _STRING = f"{RDF}langString", f"{XSD}string"


class Census:
    """Counts over statements that are told apart; those of ``below`` included, with which they share none."""

    def __init__(self, quads: Sequence[Quad], below: Census | None = None) -> None:
        typed = _typed(quads)
        self.quads: Sequence[Quad] = quads
        self.below = below
        same: dict[Classes, Classes] = {}
        self._classes = {
            term: same.setdefault(found := tuple(sorted(kinds)), found) for term, kinds in typed.items()
        }
        self._patterns: Counter[Pattern] = Counter()
        self._subjects: dict[str, set[str]] = defaultdict(set)
        self._objects: dict[str, set[str]] = defaultdict(set)
        self._weights: Counter[str] = Counter()
        for s, p, o, _ in quads:
            self._patterns[self.classes(s), p, self._kind(o)] += 1
            self._subjects[p].add(s)
            self._objects[p].add(o)
            self._weights[s] += 1

    @classmethod
    def over(cls, quads: Sequence[Quad], below: Census) -> Census:
        """A census of both; what stands below is counted anew if one of its terms gets a class."""
        if any(below.knows(term) for term in _typed(quads)):
            return below.with_more(quads)
        return cls(quads, below)

    def with_more(self, quads: Sequence[Quad]) -> Census:
        """These statements and others, counted anew."""
        return Census([*self.quads, *quads])

    def classes(self, term: str) -> Classes:
        """The classes of a term, sorted."""
        found = self._classes.get(term)
        if found is None:
            return self.below.classes(term) if self.below else ()
        return found

    def knows(self, term: str) -> bool:
        """Whether the term is a subject or an object."""
        if term in self._weights or any(term in objects for objects in self._objects.values()):
            return True
        return self.below is not None and self.below.knows(term)

    def _kind(self, term: str) -> Classes | str:
        if not term.startswith('"'):
            return self.classes(term)
        return datatype_of(term)

    @cached_property
    def patterns(self) -> Counter[Pattern]:
        """How many statements each pattern has."""
        return self.below.patterns + self._patterns if self.below else self._patterns

    @cached_property
    def entities(self) -> Counter[str]:
        """How many things are of each class."""
        found: Counter[str] = Counter()
        for kinds, count in Counter(self._classes.values()).items():
            for kind in kinds:
                found[kind] += count
        return self.below.entities + found if self.below else found

    @property
    def weights(self) -> Mapping[str, int]:
        """Each subject of this part, with the number of its statements here."""
        return self._weights

    @cached_property
    def subjects(self) -> Counter[str]:
        """How many different subjects each property has; all together under ``""``."""
        below = self.below
        if below is None:
            return _sizes(self._subjects)
        return _different(self._subjects, below.subjects, below.has_subject, below.is_subject)

    @cached_property
    def objects(self) -> Counter[str]:
        """How many different objects each property has; all together under ``""``."""
        below = self.below
        if below is None:
            return _sizes(self._objects)
        return _different(self._objects, below.objects, below.has_object, below.is_object)

    def is_subject(self, term: str) -> bool:
        """Whether the term is a subject of any statement."""
        return term in self._weights or (self.below is not None and self.below.is_subject(term))

    def is_object(self, term: str) -> bool:
        """Whether the term is an object of any statement."""
        here = any(term in objects for objects in self._objects.values())
        return here or (self.below is not None and self.below.is_object(term))

    def has_subject(self, predicate: str, term: str) -> bool:
        """Whether the term is a subject of the property."""
        here = term in self._subjects.get(predicate, ())
        return here or (self.below is not None and self.below.has_subject(predicate, term))

    def has_object(self, predicate: str, term: str) -> bool:
        """Whether the term is an object of the property."""
        here = term in self._objects.get(predicate, ())
        return here or (self.below is not None and self.below.has_object(predicate, term))


def _different(
    own: Mapping[str, Set[str]],
    lower: Counter[str],
    has: Callable[[str, str], bool],
    is_any: Callable[[str], bool],
) -> Counter[str]:
    """Different terms of each property, those counted below included."""
    found = Counter(lower)
    for p, terms in own.items():
        found[p] += sum(not has(p, term) for term in terms)
    found[""] += sum(not is_any(term) for term in _all(own))
    return found


def datatype_of(term: str) -> str:
    """The datatype IRI of a literal."""
    if term.endswith(">"):
        return term[term.rindex('"^^<') + 4 : -1]
    return _STRING if term.endswith('"') else _LANGUAGE


def _typed(quads: Sequence[Quad]) -> dict[str, set[str]]:
    typed: dict[str, set[str]] = defaultdict(set)
    for q in quads:
        if q.predicate == TYPE:
            typed[q.subject].add(q.object)
    return typed


def _sizes(own: Mapping[str, Set[str]]) -> Counter[str]:
    return Counter({**{p: len(found) for p, found in own.items()}, "": len(_all(own))})


def _all(terms: Mapping[str, Set[str]]) -> set[str]:
    return set().union(*terms.values())
