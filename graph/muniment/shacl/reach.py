"""What shapes read: the steps from a focus node, which shapes can report, and which are not known to stay near their focus nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from muniment.shacl.automaton import ANY, START, Automaton, Step
from muniment.shacl.constraint_query import NotUnderstood, walk_query
from muniment.shacl.targets import TARGETS, without_targets
from muniment.terms import from_rdflib, iri

_PAIRS = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_ONE_SHAPE = (SH.node, SH["not"], SH.qualifiedValueShape)
_SHAPE_LISTS = (SH["and"], SH["or"], SH.xone)
_OF_THE_VALUE = "datatype nodeKind minCount maxCount minInclusive maxInclusive minExclusive maxExclusive minLength maxLength pattern flags"
_READ_NOTHING = {SH[name] for name in _OF_THE_VALUE.split()} | {
    *(
        SH[name]
        for name in ["languageIn", "uniqueLang", "hasValue", "in", "ignoredProperties", "qualifiedMinCount"]
    ),
    *(
        SH[name]
        for name in [
            "qualifiedMaxCount",
            "message",
            "severity",
            "deactivated",
            "name",
            "description",
            "order",
        ]
    ),
    *(SH.path, SH["class"], SH.closed, SH.property, SH.sparql, SH.group, SH.defaultValue),
}
_UNDERSTOOD = _READ_NOTHING | {*TARGETS, *_PAIRS, *_ONE_SHAPE, *_SHAPE_LISTS}


@dataclass(frozen=True)
class Reach:
    """What the shapes with a target read, and what they can say."""

    steps: frozenset[Step]
    starts: Mapping[Node, int]
    """Shape with a target -> the state in which its focus nodes are."""
    nodes: frozenset[str]
    """Focus nodes that a shape names, whether or not the graph knows them."""
    reporting: frozenset[Node]
    """The shapes that can be the source of a result."""
    unbounded: dict[Node, str]
    """Shapes with a target that may read anything, and why it is thought so."""


def targeted(shapes: Graph) -> set[Node]:
    """The shapes with a target, those that are classes too, but for what is deactivated."""
    explicit = {shape for predicate in TARGETS for shape in shapes.subjects(predicate)}
    advanced = set(shapes.subjects(SH.target))
    kinds = [set(shapes.subjects(RDF.type, kind)) for kind in (SH.NodeShape, SH.PropertyShape, RDFS.Class)]
    found = explicit | advanced | ((kinds[0] | kinds[1]) & kinds[2])
    return {shape for shape in found if not _deactivated(shapes, shape)}


def _deactivated(shapes: Graph, shape: Node) -> bool:
    return str(shapes.value(shape, SH.deactivated)) == "true"


def reach(shapes: Graph) -> Reach:
    """Read the shapes with a target and all that they name."""
    automaton = Automaton()
    reader = _Reader(shapes, automaton)
    reporting: set[Node] = set()
    starts: dict[Node, int] = {}
    unbounded: dict[Node, str] = {}
    for root in sorted(targeted(shapes), key=str):
        try:
            automaton.silent(START, reader.shape(root))
            reader.targets(root)
            reporting |= reader.reporting(root)
            starts[root] = reader.shape(root)
        except NotUnderstood as reason:
            unbounded[root] = str(reason)
            reader.forget()
    nodes = {from_rdflib(node) for root in targeted(shapes) for node in shapes.objects(root, SH.targetNode)}  # type: ignore[arg-type]
    return Reach(automaton.joined(), starts, frozenset(nodes), frozenset(reporting), unbounded)


class _Reader:
    def __init__(self, shapes: Graph, automaton: Automaton) -> None:
        self._shapes, self._automaton = shapes, automaton
        self._states: dict[Node, int] = {}
        self._failed: dict[Node, str] = {}
        self._depended_on = _depended_on(shapes)

    def forget(self) -> None:
        """Walk anew what was walked so far: some of it may lead to a shape that is not understood."""
        self._states.clear()

    def targets(self, shape: Node) -> None:
        """What decides whether a node is a focus node of the shape."""
        shapes, automaton = self._shapes, self._automaton
        named = [shape] if (shape, RDF.type, RDFS.Class) in shapes else []
        for name in (*named, *shapes.objects(shape, SH.targetClass)):
            automaton.ask(START, [from_rdflib(name)])  # type: ignore[arg-type]
        for predicate, back in ((SH.targetSubjectsOf, False), (SH.targetObjectsOf, True)):
            for term in shapes.objects(shape, predicate):
                automaton.step(START, iri(str(term)), back)

    def reporting(self, shape: Node) -> set[Node]:
        """The shape and those that report for it on the same focus node."""
        if _deactivated(self._shapes, shape):
            return set()
        found = {shape}
        for part in self._shapes.objects(shape, SH.property):
            if (shape, SH.path, None) in self._shapes:
                raise NotUnderstood(f"{part} has other focus nodes than {shape}, whose property it is")
            found |= self.reporting(part)
        return found

    def shape(self, shape: Node) -> int:
        """The state of a node that is checked against the shape.

        Raises:
            NotUnderstood: it cannot be told what the shape reads.
        """
        if shape in self._failed:
            raise NotUnderstood(self._failed[shape])
        if shape not in self._states:
            state = self._states[shape] = self._automaton.state()
            try:
                self._walk(shape, state)
            except NotUnderstood as reason:
                self._failed[shape] = str(reason)
                raise
        return self._states[shape]

    def _walk(self, shape: Node, focus: int) -> None:
        shapes, automaton = self._shapes, self._automaton
        if _deactivated(shapes, shape):
            return
        used = {p for p in shapes.predicates(shape) if str(p).startswith(str(SH))}
        if strange := used - _UNDERSTOOD:
            raise NotUnderstood(f"{shape} uses {', '.join(sorted(map(str, strange)))}")
        path = shapes.value(shape, SH.path)
        value = focus if path is None else self._path(path, focus)
        for pair in _PAIRS:
            for predicate in shapes.objects(shape, pair):
                automaton.step(focus, iri(str(predicate)))
        questions = _questions(shapes, shape)
        told = isinstance(shape, URIRef) and shape not in self._depended_on
        for component, classes in questions:
            alone = told and [other for other, _ in questions].count(component) == 1
            if classes:
                automaton.ask(value, classes, (str(shape), component) if alone else ())
        if (shape, SH.closed, None) in shapes:
            automaton.step(value, ANY)
        for part in self._parts(shape):
            automaton.silent(value, self.shape(part))
        for query in shapes.objects(shape, SH.sparql):
            if path is not None and "$PATH" in str(shapes.value(query, SH.select)):
                raise NotUnderstood(f"{query} uses $PATH")
            walk_query(str(shapes.value(query, SH.select)), automaton, focus)

    def _parts(self, shape: Node) -> Iterable[Node]:
        for predicate in (*_ONE_SHAPE, SH.property):
            yield from self._shapes.objects(shape, predicate)
        for predicate in _SHAPE_LISTS:
            for members in self._shapes.objects(shape, predicate):
                if predicate != SH["or"] or not _classes_of(self._shapes, members):
                    yield from Collection(self._shapes, members)

    def _path(self, path: Node, source: int, back: bool = False) -> int:
        """Add the steps of a SHACL path; gives the state at its end."""
        shapes, automaton = self._shapes, self._automaton
        if isinstance(path, URIRef):
            return automaton.step(source, iri(str(path)), back)
        if (inverse := shapes.value(path, SH.inversePath)) is not None:
            return self._path(inverse, source, not back)
        if (path, RDF.first, None) in shapes:
            parts = list(Collection(shapes, path))
            for part in reversed(parts) if back else parts:
                source = self._path(part, source, back)
            return source
        end = automaton.state()
        if (choices := shapes.value(path, SH.alternativePath)) is not None:
            for part in Collection(shapes, choices):
                automaton.silent(self._path(part, source, back), end)
            return end
        for predicate in (SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath):
            if (repeated := shapes.value(path, predicate)) is not None:
                automaton.silent(source, end)
                automaton.silent(self._path(repeated, end, back), end)
                return end
        raise NotUnderstood(f"{path} is no path")


def _questions(shapes: Graph, shape: Node) -> list[tuple[str, list[str]]]:
    """What a shape asks of values that only classes answer: the constraint component, and the classes of which one is enough.

    Other constraints with the same component are told without classes, since results do not say which of them they are of.
    """
    lists = [_classes_of(shapes, members) for members in shapes.objects(shape, SH["or"])]
    found = [(f"{SH}ClassConstraintComponent", [name]) for name in _class_of(shapes, shape)]
    return found + [(f"{SH}OrConstraintComponent", classes) for classes in lists]


def _class_of(shapes: Graph, shape: Node) -> list[str]:
    return [from_rdflib(cast(URIRef, name)) for name in shapes.objects(shape, SH["class"])]


def _classes_of(shapes: Graph, members: Node) -> list[str]:
    """The classes that the shapes of a list ask for, if they ask for one each and for nothing else."""
    found = []
    for member in Collection(shapes, members):
        if {p for p in shapes.predicates(member) if str(p).startswith(str(SH))} != {SH["class"]}:
            return []
        found += _class_of(shapes, member)
    return found if len(found) == len(Collection(shapes, members)) else []


def _depended_on(shapes: Graph) -> set[Node]:
    """The shapes by which others judge, rather than that they report for themselves, and all that these have."""
    found: set[Node] = {shape for predicate in _ONE_SHAPE for shape in shapes.objects(None, predicate)}
    lists = [members for predicate in _SHAPE_LISTS for members in shapes.objects(None, predicate)]
    found.update(member for members in lists for member in Collection(shapes, members))
    return {part for shape in found for part in shapes.transitive_objects(shape, SH.property) if part}


def split(shapes: Graph, unbounded: Iterable[Node]) -> tuple[Graph, Graph]:
    """The shapes twice: with only the targets of shapes that stay near their focus nodes, and with only those of the others.

    A shape that reports for one of the others goes with them, so that a result is of one part only.
    """
    roots, far = targeted(shapes), set(unbounded)
    said = {root: set(shapes.transitive_objects(root, SH.property)) for root in roots}
    while more := {root for root in roots - far if any(said[root] & said[other] for other in far)}:
        far |= more
    return without_targets(shapes, far), without_targets(shapes, roots - far)
