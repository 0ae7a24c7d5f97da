"""SHACL shapes in words: whom a shape is for, and what each constraint asks, as phrases of text and terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from muniment.terms import RDF, RDFS, SH, bare, iri, is_iri, literal_parts
from muniment_service.facts import Value
from muniment_service.vocabulary import Vocabulary

Phrase = list[str | Value]
_NIL = iri(f"{RDF}nil")
_KINDS = {
    "IRI": "an IRI",
    "Literal": "a literal",
    "BlankNode": "a blank node",
    "BlankNodeOrIRI": "an IRI or a blank node",
    "IRIOrLiteral": "an IRI or a literal",
    "BlankNodeOrLiteral": "a blank node or a literal",
}
_TARGETS = {
    "targetClass": "each ",
    "targetSubjectsOf": "whatever has ",
    "targetObjectsOf": "each value of ",
    "targetNode": "",
}
_SIMPLE = {
    "class": "of class ",
    "datatype": "a literal of type ",
    "hasValue": "among the values ",
    "equals": "the same values as ",
    "disjoint": "no value of ",
    "lessThan": "less than each value of ",
    "lessThanOrEquals": "at most each value of ",
    "minInclusive": "at least ",
    "maxInclusive": "at most ",
    "minExclusive": "more than ",
    "maxExclusive": "less than ",
    "minLength": "letters at least ",
    "maxLength": "letters at most ",
    "pattern": "matches ",
}
"""Constraints with one value, and the words before it."""
_LISTS = {"or": " or ", "and": " and ", "xone": " or else ", "in": ", ", "languageIn": ", "}


class Words:
    """Says shapes in words."""

    def __init__(self, vocabulary: Vocabulary, name: Callable[[str], Value]) -> None:
        self._v = vocabulary
        self._name = name

    def targets(self, shape: str) -> Phrase:
        """Whom a shape is for; empty for one that others refer to."""
        found: list[Phrase] = [
            [before, self._name(term)]
            for key, before in _TARGETS.items()
            for term in self._v.values(shape, f"{SH}{key}")
        ]
        return _joined(found, ", ")

    def path(self, shape: str) -> Phrase:
        """The path of a property shape; empty for a node shape."""
        return next((self._path(p) for p in self._v.values(shape, f"{SH}path")), [])

    def _path(self, path: str) -> Phrase:
        if is_iri(path):
            return [self._name(path)]
        if items := self.items(path):
            return _joined([self._path(item) for item in items], " / ")
        for key, before, after in (
            ("inversePath", "inverse of ", ""),
            ("oneOrMorePath", "", " (and on)"),
            ("zeroOrMorePath", "itself or ", " (and on)"),
            ("zeroOrOnePath", "itself or ", ""),
        ):
            if found := self._v.values(path, f"{SH}{key}"):
                return [before, *self._path(found[0]), after]
        if found := self._v.values(path, f"{SH}alternativePath"):
            return _joined([self._path(item) for item in self.items(found[0])], " or ")
        return [path]

    def constraints(self, shape: str) -> list[Phrase]:
        """What a shape asks, one phrase a constraint."""
        return [*self._cardinality(shape), *self._values(shape), *self._shapes(shape)]

    def _cardinality(self, shape: str) -> Iterator[Phrase]:
        least, most = (self._v.text(shape, f"{SH}{key}") for key in ("minCount", "maxCount"))
        if least and least == most:
            yield [f"exactly {least}"]
        elif least or most:
            parts = (f"at least {least}" if least else "", f"at most {most}" if most else "")
            yield [", ".join(filter(None, parts))]
        if self._v.text(shape, f"{SH}uniqueLang") == "true":
            yield ["one for each language"]

    def _values(self, shape: str) -> Iterator[Phrase]:
        for kind in self._v.values(shape, f"{SH}nodeKind"):
            yield [_KINDS.get(bare(kind).removeprefix(SH), bare(kind))]
        for key, before in _SIMPLE.items():
            for value in self._v.values(shape, f"{SH}{key}"):
                yield [before, self._name(value)]
        for key, between in _LISTS.items():
            for value in self._v.values(shape, f"{SH}{key}"):
                yield [
                    "one of " if key == "in" else "in " if key == "languageIn" else "",
                    *_joined([self.said(i) for i in self.items(value)], between),
                ]

    def _shapes(self, shape: str) -> Iterator[Phrase]:
        for other in self._v.values(shape, f"{SH}node"):
            yield ["conforms to ", *self.said(other)]
        for other in self._v.values(shape, f"{SH}not"):
            yield ["not: ", *self.said(other)]
        least, most = (self._v.text(shape, f"{SH}qualified{key}") for key in ("MinCount", "MaxCount"))
        for other in self._v.values(shape, f"{SH}qualifiedValueShape"):
            parts = (f"at least {least}" if least else "", f"at most {most}" if most else "")
            yield [", ".join(filter(None, parts)), " of them: ", *self.said(other)]
        for query in self._v.values(shape, f"{SH}sparql"):
            yield [self._v.text(query, f"{RDFS}comment") or "a query that must find nothing"]

    def said(self, term: str) -> Phrase:
        """A shape by its name, or in words if it has none; another term as it is."""
        if not term.startswith("_:"):
            return [self._name(term)]
        path, asks = self.path(term), _joined(self.constraints(term), ", ")
        return [*path, ": ", *asks] if path else asks

    def items(self, head: str) -> list[str]:
        """The items of an RDF list."""
        found: list[str] = []
        while head != _NIL and (first := self._v.values(head, f"{RDF}first")):
            found.append(first[0])
            head = next(iter(self._v.values(head, f"{RDF}rest")), _NIL)
        return found


def value_text(term: str) -> Value:
    """A literal as text alone."""
    text, language, _ = literal_parts(term)
    return Value(text, language=language)


def _joined(phrases: list[Phrase], between: str) -> Phrase:
    found: Phrase = []
    for number, phrase in enumerate(phrases):
        found += [between] if number else []
        found += phrase
    return found
