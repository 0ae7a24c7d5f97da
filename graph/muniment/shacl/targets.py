"""Whom a shape is about: its targets (SHACL, section 2.1.3), looked up in the graph that is validated.

A part of a graph holds nodes that are in it only because a focus node leads to them. So that no engine validates those, shapes are given
other targets before a part goes to one: what a triple of the part marks. The mark is an object of that triple and its predicate names the
shape, so nothing more is said of the focus node itself, not even to a closed shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from muniment.shacl.instances import classes_above
from muniment.shacl.statements import Triples
from muniment.terms import TYPE, from_rdflib

TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_MARK = "urn:muniment:focus"

Kind = frozenset[int]
"""Shapes with a target, by number."""
_NONE: Kind = frozenset()


@dataclass(frozen=True)
class Targets:
    """Term -> the shapes that have it as a target, for each kind of target."""

    classes: Mapping[str, Kind]
    nodes: Mapping[str, Kind]
    subjects_of: Mapping[str, Kind]
    objects_of: Mapping[str, Kind]

    @classmethod
    def among(cls, shapes: Graph, numbers: Mapping[Node, int]) -> Targets:
        """The targets of shapes that have a number."""
        found = [_terms(shapes, numbers, predicate) for predicate in TARGETS]
        for shape, number in numbers.items():
            if (shape, RDF.type, RDFS.Class) in shapes:
                found[0].setdefault(from_rdflib(shape), set()).add(number)  # type: ignore[arg-type]
        return cls(*({term: frozenset(of) for term, of in each.items()} for each in found))

    def kinds(
        self, foci: Iterable[str], statements: Triples, pointed: Mapping[str, Kind] | None = None
    ) -> Iterator[tuple[str, Kind]]:
        """Those of the nodes that are focus nodes, and which shapes are about each.

        ``pointed``: what ``pointed_to`` gives, where it is known; looked up for each node if not.
        """
        classes: dict[str, Kind] = {}
        for focus in foci:
            shapes = self.nodes.get(focus, _NONE)
            for quad in statements.of(focus):
                if quad[1] == TYPE:
                    if (of_class := classes.get(quad[2])) is None:
                        of_class = classes[quad[2]] = self._of_class(quad[2], statements)
                    shapes |= of_class
                if quad[1] in self.subjects_of:
                    shapes |= self.subjects_of[quad[1]]
            if pointed is not None:
                shapes |= pointed.get(focus, _NONE)
            else:
                of = (kind for name, kind in self.objects_of.items() if statements.to(focus, name))
                shapes = shapes.union(*of)
            if shapes:
                yield focus, shapes

    def pointed_to(self, statements: Triples) -> dict[str, Kind]:
        """The focus nodes of shapes about what a property leads to: nodes of which nothing else may be said."""
        if not self.objects_of:
            return {}
        nodes = statements.subjects()
        return self.pointed_by((quad[1], quad[2]) for node in nodes for quad in statements.of(node))

    def pointed_by(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Kind]:
        """The same, from properties and what they lead to."""
        found: dict[str, Kind] = {}
        for predicate, value in pairs:
            if predicate in self.objects_of:
                found[value] = found.get(value, _NONE) | self.objects_of[predicate]
        return found

    def _of_class(self, term: str, statements: Triples) -> Kind:
        """The shapes about the things of a class: those about the class or one above it."""
        above = classes_above([term], statements.of)
        return _NONE.union(*(self.classes.get(each, _NONE) for each in above))


def _terms(shapes: Graph, numbers: Mapping[Node, int], predicate: URIRef) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for shape, number in numbers.items():
        for term in shapes.objects(shape, predicate):
            found.setdefault(from_rdflib(term), set()).add(number)  # type: ignore[arg-type]
    return found


def without_targets(shapes: Graph, roots: Iterable[Node]) -> Graph:
    """The shapes, some of which are about nothing any more."""
    left = Graph(bind_namespaces="none") + shapes
    for root in roots:
        for predicate in (*TARGETS, SH.target):
            left.remove((root, predicate, None))
        left.remove((root, RDF.type, RDFS.Class))
    return left


def about_marked(shapes: Graph, numbers: Mapping[Node, int]) -> Graph:
    """The shapes, each of those with a number about what is marked with it."""
    marked = without_targets(shapes, numbers)
    for shape, number in numbers.items():
        marked.add((shape, SH.targetObjectsOf, URIRef(f"{_MARK}:{number}")))
    return marked


def marks(foci: Mapping[str, Kind]) -> Iterator[str]:
    """The N-Triples that mark focus nodes."""
    for focus, shapes in foci.items():
        for number in shapes:
            yield f"<{_MARK}> <{_MARK}:{number}> {focus} .\n"
