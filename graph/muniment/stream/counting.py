"""A census of a default graph that is kept in two orders, in one pass over the statements by object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from muniment.census import Census, Classes, Pattern, datatype_of
from muniment.stream.completing import Completed
from muniment.stream.sorting import Ordered, Span
from muniment.terms import TYPE, Quad
from muniment.void import origin_of


@dataclass(frozen=True)
class Task:
    """A span of the statements by object, and of all subjects."""

    by_object: Ordered
    subjects: Ordered
    span: Span
    ids: str


@dataclass
class Counted:
    """What a span gave; a kind is what stands for classes, or the IRI of a datatype."""

    patterns: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By kind of the subject, property and kind of the object."""
    objects: Counter[str] = field(default_factory=Counter)
    """Different objects of each property; all under ``""``."""
    links: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Statements that lead from things of the dataset to what it does not describe, by host and property."""


def object_of(line: str) -> str:
    """The object of a line by object."""
    return line[: line.index(" ", line.rindex('"') if line[0] == '"' else 0)]


def count_span(task: Task) -> Counted:
    """Count one span."""
    found = Counted()
    kinds = _Kinds(task.subjects.lines(task.span))
    patterns, objects, links = found.patterns, found.objects, found.links
    for value, lines in groupby(task.by_object.lines(task.span), object_of):
        described = None if value[0] == '"' else kinds.of(value)
        kind = datatype_of(value) if value[0] == '"' else described or ""
        outward = described is None and value.startswith("<http")
        objects[""] += 1
        before = ""
        for line in lines:
            _, predicate, subject, kind_of_subject = line[:-1].rsplit(" ", 3)
            patterns[kind_of_subject, predicate, kind] += 1
            if predicate != before:
                objects[predicate] += 1
                before = predicate
            if outward and predicate != TYPE and subject.startswith(task.ids):
                links[origin_of(value), predicate] += 1
    return found


class _Kinds:
    """Looks subjects up that are asked for in order."""

    def __init__(self, subjects: Iterator[str]) -> None:
        self._subjects = subjects
        self._subject = self._kind = ""
        self._next()

    def of(self, term: str) -> str | None:
        """What stands for the classes of a term; None if nothing is said of it."""
        wanted = f"{term} "
        while self._subject and self._subject < wanted:
            self._next()
        return self._kind if self._subject == wanted else None

    def _next(self) -> None:
        line = next(self._subjects, "")
        cut = line.find(" ") + 1
        self._subject, self._kind = line[:cut], line[cut:-1]


class LargeCensus(Census):
    """Counts over a default graph that is kept in two orders."""

    def __init__(
        self,
        completed: Iterable[Completed],
        counted: Iterable[Counted],
        recount: Callable[[Sequence[Quad]], LargeCensus],
    ) -> None:
        super().__init__(())
        self._recount = recount
        self._names: dict[str, Classes] = {}
        self._default = self._by_object = self._known = Ordered()
        self._entities: Counter[str] = Counter()
        self._having: Counter[str] = Counter()
        for part in completed:
            self._names |= part.kinds
            self._default += part.default
            self._by_object += part.by_object
            self._known += part.subjects
            self._having += part.having
            for kinds, count in part.entities.items():
                for kind in kinds:
                    self._entities[kind] += count
        self._held: Counter[str] = Counter()
        for some in counted:
            self._held += some.objects
            for (subject, predicate, value), count in some.patterns.items():
                self._patterns[self._names[subject], predicate, self._kind_named(value)] += count

    def _kind_named(self, name: str) -> Classes | str:
        return self._names.get(name, name) or ()

    def with_more(self, quads: Sequence[Quad]) -> Census:
        """These statements and others, counted anew."""
        return self._recount(quads)

    def classes(self, term: str) -> Classes:
        """The classes of a term, sorted."""
        found = self._known.starting(f"{term} ")
        return self._names[found[0].split()[1]] if found else ()

    def knows(self, term: str) -> bool:
        """Whether the term is a subject or an object."""
        return self.is_subject(term) or self.is_object(term)

    def is_object(self, term: str) -> bool:
        """Whether the term is an object of any statement."""
        return self._by_object.has_starting(f"{term} ")

    def has_subject(self, predicate: str, term: str) -> bool:
        """Whether the term is a subject of the property."""
        return self._default.has_starting(f"{term} {predicate} ")

    def has_object(self, predicate: str, term: str) -> bool:
        """Whether the term is an object of the property."""
        return self._by_object.has_starting(f"{term} {predicate} ")

    def is_subject(self, term: str) -> bool:
        """Whether the term is a subject of any statement."""
        return self._known.has_starting(f"{term} ")

    @property
    def patterns(self) -> Counter[Pattern]:
        """How many statements each pattern has."""
        return self._patterns

    @property
    def entities(self) -> Counter[str]:
        """How many things are of each class."""
        return self._entities

    @property
    def subjects(self) -> Counter[str]:
        """How many different subjects each property has; all together under ``""``."""
        return self._having

    @property
    def objects(self) -> Counter[str]:
        """How many different objects each property has; all together under ``""``."""
        return self._held


def things_in(completed: Iterable[Completed]) -> tuple[int, Mapping[Classes, tuple[int, str]]]:
    """How many things there are, and of each combination of classes the one of which most is stated."""
    count, best = 0, dict[Classes, tuple[int, str]]()
    for part in completed:
        count += part.things
        for kinds, rank in part.richest.items():
            best[kinds] = min(best.get(kinds, rank), rank)
    return count, best
