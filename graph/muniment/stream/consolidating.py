"""Sorted lines of claims become the default graph and what stands beside it, one subject at a time: ``muniment.consolidate``, as a stream.

Values that compete are of one subject, so they meet here. What is held of them needs the standing of their claims, which are other
subjects: contests are few, and decided at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from muniment.claims import BASIS, HEDGED, IN_SOURCE, LINES, SOURCE, completed, line_ranges
from muniment.consolidate import Key, decide, scope, standings
from muniment.stream.lines import by_subject, default, object_and_graph, quad_of
from muniment.stream.place import Place
from muniment.stream.query_reads import Reads
from muniment.stream.reading import GRAPH, REFERRED
from muniment.stream.sorting import NOTHING, Ordered, Span
from muniment.terms import TYPE, Quad, literal_parts

ENOUGH = 500
"""Mistakes of a kind in one span that are looked up; more of them are told by reading everything."""


@dataclass(frozen=True)
class Constants:
    """What is the same for each span."""

    single_valued: Mapping[str, str]
    line_counts: Mapping[str, int]
    known: Collection[str]
    """Terms that need no description here."""
    rules: Sequence[Reads | None]
    """What each rule reads; that is kept apart for it."""
    superclasses: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Task:
    """A span of the claims."""

    claims: Ordered
    span: Span
    name: str
    place: Place
    constants: Constants


@dataclass
class Consolidated:
    """What a span gave."""

    default: Ordered = NOTHING
    named: Ordered = NOTHING
    by_graph: Ordered = NOTHING
    """The lines of ``named``, each after its graph and a space."""
    standing: Ordered = NOTHING
    """The lines that say what the word of claims weighs."""
    for_rules: list[tuple[Ordered, Ordered]] = field(default_factory=list)
    """What each rule reads of the default graph, and of named graphs, if it is known."""
    contested: dict[Key, dict[str, list[str]]] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    undescribed: list[str] = field(default_factory=list)
    """What is referred to and not described; only some, if that is much."""
    beyond: list[str] = field(default_factory=list)
    """Records with a line beyond the end of their source; only some, if these are many."""
    lacks_class: bool = False
    """Whether a thing has a class and not all that are above it."""


class _Span:
    """Works through a span."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.found = Consolidated()
        self.default, self.named, self.standing = (
            task.place.writer(f"{name}-{task.name}") for name in ("default", "named", "standing")
        )
        self.by_graph = task.place.sorter(f"graphs-{task.name}")
        self.for_rules = [
            (task.place.writer(f"rule-{n}-{task.name}"), task.place.writer(f"rule-{n}-named-{task.name}"))
            for n in range(len(task.constants.rules))
        ]
        self.readers: dict[str, list[int]] = defaultdict(list)
        for number, what in enumerate(task.constants.rules):
            for predicate in what.predicates if what else ():
                self.readers[predicate].append(number)
        self.readers_of_named = {
            predicate: there
            for predicate, numbers in self.readers.items()
            if (there := [n for n in numbers if (what := task.constants.rules[n]) and what.named])
        }

    def run(self) -> Consolidated:
        """Everything of the span."""
        for subject, lines in by_subject(self.task.claims.lines(self.task.span)):
            self.subject(subject, lines)
        found = self.found
        found.default, found.named = self.default.done(), self.named.done()
        found.standing = self.standing.done()
        found.for_rules = [(default.done(), named.done()) for default, named in self.for_rules]
        found.by_graph = self.by_graph.done()
        return found

    def subject(self, subject: str, lines: Iterable[str]) -> None:
        """All that is said of one subject, and the marks it has."""
        constants = self.task.constants
        graphs = referred = False
        metadata: dict[str, None] = {}
        stated: dict[str, str] = {}
        said: dict[str, None] = {}
        types: set[str] = set()
        named: list[str] = []
        by_graph: list[str] = []
        values: dict[Key, dict[str, list[str]]] = {}
        start = len(subject) + 1
        for line in lines:
            if line[start] != "<":
                graphs |= line[start] == GRAPH
                referred |= line[start] == REFERRED
                continue
            end = line.index(" ", start)
            predicate = line[start:end]
            value, graph = object_and_graph(line[end + 1 :])
            if predicate == TYPE:
                types.add(value)
            if not graph:
                metadata[line] = None
                if predicate in _FACTS:
                    self._fact(predicate, value, line, stated)
                continue
            named.append(line)
            by_graph.append(f"{graph} {line}")
            said[default(subject, predicate, value)] = None
            if predicate in self.readers_of_named:
                for number in self.readers_of_named[predicate]:
                    self.for_rules[number][1].extend([line])
            if kind := constants.single_valued.get(predicate):
                key = (subject, predicate, scope(value, kind))
                values.setdefault(key, defaultdict(list))[value].append(graph)
        if graphs or stated:
            for quad in completed(subject, graphs, stated, constants.line_counts):
                metadata[quad.line()] = None
            if self._has_line_beyond(stated):
                self.found.beyond += [subject][: ENOUGH - len(self.found.beyond)]
        if referred and not (metadata or said) and subject not in constants.known:
            self.found.undescribed += [subject][: ENOUGH - len(self.found.undescribed)]
        for key, found in values.items():
            if len(found) > 1:
                self.found.contested[key] = dict(found)
                for value in found:
                    said.pop(default(subject, key[1], value))
        if types:
            self._classes(subject, types)
        self.named.extend(named)
        self.by_graph.extend(by_graph)
        self._write(sorted(metadata | said) if metadata else list(said))

    def _classes(self, subject: str, types: set[str]) -> None:
        if SOURCE in types:
            self.found.sources.append(subject)
        if not self.found.lacks_class:
            above = self.task.constants.superclasses
            self.found.lacks_class = any(not types.issuperset(above.get(kind, ())) for kind in types)

    def _fact(self, predicate: str, value: str, line: str, stated: dict[str, str]) -> None:
        self.standing.extend([line])
        if predicate != HEDGED:
            stated[predicate] = max(stated.get(predicate, ""), value)

    def _has_line_beyond(self, stated: Mapping[str, str]) -> bool:
        size = self.task.constants.line_counts.get(stated.get(IN_SOURCE, ""))
        if size is None or LINES not in stated:
            return False
        return max(lines.stop for lines in line_ranges(literal_parts(stated[LINES])[0])) - 1 > size

    def _write(self, lines: list[str]) -> None:
        self.default.extend(lines)
        for line in lines:
            if (predicate := line.split(" ", 2)[1]) in self.readers:
                for number in self.readers[predicate]:
                    self.for_rules[number][0].extend([line])


_FACTS = frozenset((IN_SOURCE, LINES, BASIS, HEDGED))


def consolidate_span(task: Task) -> Consolidated:
    """Consolidate one span of the claims."""
    return _Span(task).run()


def decided(
    contested: Mapping[Key, Mapping[str, Sequence[str]]], standing: Ordered, ranking: Sequence[str], base: str
) -> list[Quad]:
    """What is held where claims differ, and the disagreements, which need the standing of claims."""
    if not contested:
        return []
    claims = sorted({claim for found in contested.values() for some in found.values() for claim in some})
    facts = (quad_of(line) for claim in claims for line in standing.starting(f"{claim} "))
    return decide(contested, standings(facts, ranking, base), base)
