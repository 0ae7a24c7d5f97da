"""The default graph gets the superclasses of its things and is counted, one subject at a time; and it is put in order of objects.

A line by object is ``object predicate subject kinds``, where ``kinds`` stands for the classes of the subject. With what is noted of each
subject, in order, another pass knows the classes of both ends of a statement without a table of all things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from muniment.census import Classes
from muniment.claims import FILE, SOURCE
from muniment.event_dates import EVENT_CLASSES, READ
from muniment.naming import NAMING, RECORDS
from muniment.stream.lines import by_subject, default, in_graph
from muniment.stream.place import Place
from muniment.stream.sorting import NOTHING, Ordered, Span
from muniment.terms import SCHEMA, TYPE, iri

_SHA256 = iri(f"{SCHEMA}sha256")


@dataclass(frozen=True)
class Task:
    """A span of the default graph, and what is needed to complete it."""

    lines: Ordered
    span: Span
    name: str
    place: Place
    superclasses: Mapping[str, Sequence[str]]
    graph: str
    """That of the superclasses; what is said of it gets none."""
    ids: str
    """Things of the dataset have terms that begin so."""
    kept: frozenset[str] = frozenset()
    """Properties of which statements are kept apart; not those of classes of records that have no name."""


@dataclass
class Completed:
    """What a span gave."""

    default: Ordered = NOTHING
    classes: Ordered = NOTHING
    """The statements of superclasses in the graph that they rest on."""
    classes_by_graph: Ordered = NOTHING
    by_object: Ordered = NOTHING
    subjects: Ordered = NOTHING
    """Each subject, and what stands for its classes."""
    events: Ordered = NOTHING
    """What is said of dates and places of events."""
    by_property: dict[str, Ordered] = field(default_factory=dict)
    """Statements that are kept apart."""
    sources: list[str] = field(default_factory=list)
    """What is said of files of sources."""
    kinds: dict[str, Classes] = field(default_factory=dict)
    entities: Counter[Classes] = field(default_factory=Counter)
    having: Counter[str] = field(default_factory=Counter)
    """Different subjects of each property; all under ``""``."""
    things: int = 0
    richest: dict[Classes, tuple[int, str]] = field(default_factory=dict)
    """Of each combination of classes the thing of the dataset of which most is stated."""
    triples: int = 0


class _Span:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.found = Completed()
        self.default, self.classes, self.by_graph, self.subjects, self.events = (
            task.place.writer(f"{name}-{task.name}")
            for name in ("complete", "classes", "classes-graph", "subjects", "events")
        )
        self.by_object = task.place.sorter(f"objects-{task.name}")
        self.kept = {
            name: task.place.writer(f"kept-{number}-{task.name}")
            for number, name in enumerate(sorted(task.kept))
        }
        self.names: dict[Classes, str] = {}

    def run(self) -> Completed:
        for subject, lines in by_subject(self.task.lines.lines(self.task.span)):
            self.subject(subject, list(lines))
        found = self.found
        found.default, found.classes, found.subjects = (
            writer.done() for writer in (self.default, self.classes, self.subjects)
        )
        found.classes_by_graph = self.by_graph.done()
        found.events, found.by_object = self.events.done(), self.by_object.done()
        found.by_property = {name: writer.done() for name, writer in self.kept.items()}
        found.kinds = {name: kinds for kinds, name in self.names.items()}
        return found

    def subject(self, subject: str, lines: list[str]) -> None:
        task, found = self.task, self.found
        start = f"{subject} {TYPE} "
        typed = [line[len(start) : -3] for line in lines if line.startswith(start)]
        if typed and subject != task.graph:
            parents = {p for kind in typed for p in task.superclasses.get(kind, ())}.difference(typed)
            if parents:
                new = [default(subject, TYPE, parent) for parent in sorted(parents)]
                lines = sorted(lines + new)
                typed += parents
                there = [in_graph(line, task.graph) for line in new]
                self.classes.extend(there)
                self.by_graph.extend([f"{task.graph} {line}" for line in there])
        kinds = tuple(sorted(typed))
        name = self.names.get(kinds)
        if name is None:
            name = self.names[kinds] = f"{task.name}.{len(self.names)}"
        self.default.extend(lines)
        self.subjects.extend([f"{subject} {name}\n"])
        tail = f"{subject} {name}\n"
        parts = [line.split(" ", 2) for line in lines]
        properties = {predicate for _, predicate, _ in parts}
        nameless = not RECORDS.isdisjoint(kinds) and properties.isdisjoint(NAMING)
        turned = []
        for line, (_, predicate, value) in zip(lines, parts, strict=True):
            turned.append(f"{value[:-3]} {predicate} {tail}")
            if predicate in self.kept and not (nameless and predicate == TYPE):
                self.kept[predicate].extend([line])
        self.by_object.extend(turned)
        found.triples += len(lines)
        found.having.update(properties)
        found.having[""] += 1
        if kinds:
            found.entities[kinds] += 1
            self._note(kinds, lines)
        if subject.startswith(task.ids):
            found.things += 1
            if kinds:
                rank = (-len(lines), subject)
                found.richest[kinds] = min(found.richest.get(kinds, rank), rank)

    def _note(self, kinds: Classes, lines: Iterable[str]) -> None:
        if not EVENT_CLASSES.isdisjoint(kinds):
            self.events.extend([line for line in lines if line.split(" ", 2)[1] in READ])
        if SOURCE in kinds:
            self.found.sources += [line for line in lines if line.split(" ", 2)[1] in (TYPE, FILE, _SHA256)]


def complete_span(task: Task) -> Completed:
    """Complete one span of the default graph."""
    return _Span(task).run()


def lacks_class(lines: Ordered, superclasses: Mapping[str, Sequence[str]]) -> bool:
    """Whether a thing has a class and not all that are above it."""
    for _, said in by_subject(line for line in lines.lines() if line.split(" ", 2)[1] == TYPE):
        typed = {line.split(" ", 2)[2][:-3] for line in said}
        if any(parent not in typed for kind in typed for parent in superclasses.get(kind, ())):
            return True
    return False
