"""From sources to all that a release says, in bounded memory: the steps of ``muniment.build.assemble``, as streams over sorted lines.

    pieces of sources -> lines of claims -> by subject: consolidated -> rules -> by subject: completed -> by object: counted -> described

Each arrow is a pass; a pass is done by several processes, each with a span of the terms, so that what they leave is in order as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, pairwise
from typing import Any, TypeVar

from muniment.catalogue import catalogue_of
from muniment.claims import source_files
from muniment.derive import classes_graph, described_classes
from muniment.progress import OnStage, nothing, part_of, quiet
from muniment.project import Project
from muniment.queries import read_queries
from muniment.stream import completing, consolidating, counting, reading
from muniment.stream.completing import Completed, complete_span, lacks_class
from muniment.stream.consolidating import Consolidated, consolidate_span
from muniment.stream.counting import Counted, LargeCensus, count_span
from muniment.stream.crew import Crew, crew
from muniment.stream.deriving import derive
from muniment.stream.lines import quad_of, subject_of, turned
from muniment.stream.place import Place
from muniment.stream.query_reads import Reads, reads
from muniment.stream.reading import Read, pieces_of
from muniment.stream.sorting import LAST, Listed, Ordered, Span, in_order, together
from muniment.stream.suspicion import Suspicion
from muniment.terms import DEFAULT_GRAPH, TYPE, Quad, bare
from muniment.vocabulary import Vocabulary, in_default_graph
from muniment.void import things

Done = TypeVar("Done")


class Suspicious(Exception):
    """Something in the sources looks wrong; whoever reads them with places tells what, or that nothing is. ``what`` says where to look."""

    def __init__(self, what: Suspicion) -> None:
        super().__init__()
        self.what = what


@dataclass
class Assembled:
    """What a release says, in order."""

    default: Ordered
    named: Ordered
    by_graph: Ordered
    """The lines of ``named``, each after its graph and a space."""
    by_object: Ordered
    """The default graph by object."""
    events: Ordered
    """What is said of dates and places of events."""
    sources: Sequence[Quad]
    """What is said of files of sources."""
    triples: int
    classes: Counter[str] = field(default_factory=Counter)
    """How many things are of each class."""
    by_property: dict[str, Ordered] = field(default_factory=dict)
    """The lines of the default graph with properties that are kept apart."""
    properties: set[str] = field(default_factory=set)
    """Those of the default graph."""

    def add(self, quads: Iterable[Quad]) -> None:
        """Add some statements."""
        default, by_object, named, by_graph = [], [], [], []
        by_property = defaultdict[str, list[str]](list)
        for quad in dict.fromkeys(quads):
            line = quad.line()
            if quad.graph == DEFAULT_GRAPH:
                default.append(line)
                by_property[quad.predicate].append(line)
                by_object.append(turned(line, "-"))
                if quad.predicate == TYPE:
                    self.classes[quad.object] += 1
            else:
                named.append(line)
                by_graph.append(f"{quad.graph} {line}")
        self.triples += len(default)
        self.default += _listed(default)
        self.by_object += _listed(by_object)
        self.named += _listed(named)
        self.by_graph += _listed(by_graph)
        self.properties |= by_property.keys()
        for name in self.by_property.keys() & by_property.keys():
            self.by_property[name] += _listed(by_property[name])


class Assembly:
    """Assembles a dataset, pass by pass."""

    def __init__(
        self,
        project: Project,
        vocabulary: Vocabulary,
        place: Place,
        hands: Crew,
        on_stage: OnStage = quiet,
        trusting: bool = False,
        kept: Collection[str] = (),
    ) -> None:
        """``kept`` are properties of which statements are kept apart for the index of names."""
        self._project, self._vocabulary = project, vocabulary
        self._place, self._crew = place, hands
        self._on_stage, self._part = on_stage, part_of(on_stage) if place.folder else nothing
        self._trusting, self._kept = trusting, frozenset(kept)
        self._counts = count()

    def run(self) -> Assembled:
        """Do all of it.

        Raises:
            Suspicious: something in the sources may be wrong, and they are not trusted.
            InputError: something else that people wrote is not as it should be.
        """
        rules = read_queries(self._project.queries / "rules")
        self._on_stage("read claims")
        read = self._read()
        self._on_stage("consolidate")
        read_by = [reads(rule.text) for rule in rules]
        consolidated = self._consolidated(read, read_by)
        self._on_stage("derive")
        beside = _listed(self._decided(consolidated), in_default_graph(self._vocabulary.concepts))
        default, named = (_joined(some, consolidated) for some in ("default", "named"))
        readable = [
            _for_rule(n, consolidated) if what else (default, named) for n, what in enumerate(read_by)
        ]
        with crew(self._crew.size) as apart:
            derived = derive(readable, beside, rules, self._project.ids, self._place, apart)
        for number in range(len(rules)):
            together(_for_rule(number, consolidated)).remove()
        self._on_stage("describe")
        superclasses = self._vocabulary.superclasses()
        beside += derived.default
        if any(some.lacks_class for some in consolidated) or lacks_class(beside, superclasses):
            beside += _listed(described_classes(self._project.ids))
        completed, counted = self._counted(default + beside, superclasses, self._kept)
        default.remove()
        by_graph = _joined("by_graph", consolidated) + derived.by_graph
        found = Assembled(
            _joined("default", completed),
            named + derived.named + _joined("classes", completed),
            by_graph + _joined("classes_by_graph", completed),
            _joined("by_object", completed),
            _joined("events", completed),
            [quad_of(line) for some in completed for line in some.sources],
            sum(some.triples for some in completed),
            by_property={name: together(some.by_property[name] for some in completed) for name in self._kept},
            properties={name for some in completed for name in some.having if name},
        )
        self._describe(found, completed, counted)
        found.add(self._vocabulary.graphs())
        return found

    def _read(self) -> list[Read]:
        base, sources = self._project.ids, source_files(self._project.sources)
        pieces = list(pieces_of(sources, self._place.limits.piece))
        tasks = reading.tasks(pieces, self._vocabulary.context, base, self._place)
        read = self._each(reading.read, tasks)
        ids = _joined("ids", read)
        taken = any(left == right for left, right in pairwise(map(subject_of, ids.lines())))
        if any(some.mistaken for some in read) or (taken and not self._trusting):
            raise Suspicious(Suspicion(read))
        return read

    def _consolidated(self, read: Sequence[Read], rules: Sequence[Reads | None]) -> list[Consolidated]:
        claims = _joined("lines", read)
        constants = consolidating.Constants(
            self._vocabulary.single_valued(),
            {source: size for some in read for source, size in some.line_counts.items()},
            {quad.subject for quad in self._vocabulary.ontology},
            rules,
            self._vocabulary.superclasses(),
        )
        spans = enumerate(self._spans(claims))
        found = self._each(
            consolidate_span,
            [consolidating.Task(claims, span, str(number), self._place, constants) for number, span in spans],
        )
        sources = {bare(source).removeprefix(self._project.ids) for some in found for source in some.sources}
        undescribed = [term for some in found for term in some.undescribed]
        beyond = [record for some in found for record in some.beyond]
        ranked = sources.issuperset(self._project.ranking)
        if not self._trusting and (undescribed or beyond or not ranked):
            raise Suspicious(Suspicion(read, True, undescribed, beyond, sorted(sources)))
        claims.remove()
        _joined("ids", read).remove()
        return found

    def _decided(self, consolidated: Sequence[Consolidated]) -> list[Quad]:
        contested = {key: values for some in consolidated for key, values in some.contested.items()}
        standing = _joined("standing", consolidated)
        return consolidating.decided(contested, standing, self._project.ranking, self._project.ids)

    def _counted(
        self, lines: Ordered, superclasses: Mapping[str, Sequence[str]], kept: frozenset[str] = frozenset()
    ) -> tuple[list[Completed], list[Counted]]:
        name, graph, ids = next(self._counts), classes_graph(self._project.ids), f"<{self._project.ids}"
        spans = enumerate(self._spans(lines))
        completed = self._each(
            complete_span,
            [
                completing.Task(lines, span, f"{name}-{number}", self._place, superclasses, graph, ids, kept)
                for number, span in spans
            ],
        )
        by_object, subjects = (_joined(some, completed) for some in ("by_object", "subjects"))
        counted = self._each(
            count_span,
            [counting.Task(by_object, subjects, span, ids) for span in self._spans(by_object)],
        )
        return completed, counted

    def _describe(self, found: Assembled, completed: Sequence[Completed], counted: Sequence[Counted]) -> None:
        project, default = self._project, found.default
        census = LargeCensus(completed, counted, partial(self._recounted, default))
        spans = (
            Span(f"<{project.base}", f"<{project.ids}"),
            Span(f"<{project.ids}{LAST}", f"<{project.base}{LAST}"),
        )
        stated = {quad_of(line)[:3] for span in spans for line in default.lines(span)}
        links: Counter[tuple[str, str]] = sum((some.links for some in counted), Counter())
        known = things(*counting.things_in(completed))
        found.classes.update(census.entities)
        found.add(catalogue_of(project, self._vocabulary, stated, census, links, known))

    def _recounted(self, default: Ordered, more: Sequence[Quad]) -> LargeCensus:
        both = default + _listed(more)
        completed, counted = self._counted(both, {})
        return LargeCensus(completed, counted, partial(self._recounted, both))

    def _spans(self, lines: Ordered) -> list[Span]:
        return lines.spans(2 * self._crew.size if self._place.folder else 1)

    def _each(self, act: Callable[[Any], Done], tasks: Sequence[Any]) -> list[Done]:
        found = []
        for done in self._crew.each(act, tasks):
            found.append(done)
            self._part(len(found), len(tasks))
        return found


def _listed(*parts: Iterable[Quad | str]) -> Ordered:
    lines = [item if isinstance(item, str) else item.line() for part in parts for item in part]
    return Ordered((Listed(in_order(lines)),) if lines else ())


def _joined(name: str, parts: Iterable[object]) -> Ordered:
    """What the parts of a pass hold under a name, as one."""
    return together(getattr(part, name) for part in parts)


def _for_rule(number: int, consolidated: Iterable[Consolidated]) -> tuple[Ordered, Ordered]:
    """What is kept for a rule of the default graph, and of claims."""
    default, named = zip(*(some.for_rules[number] for some in consolidated), strict=True)
    return together(default), together(named)
