"""Reads answers in every result format without help of the engine, and compares them as the specification does."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from muniment.engine import canonical_blank_nodes, parse
from muniment.terms import XSD, Quad, literal_parts

SRX = "{http://www.w3.org/2005/sparql-results#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABBREVIATED = (
    (re.compile(r"[+-]?\d+"), f"{XSD}integer"),
    (re.compile(r"[+-]?\d*\.\d+"), f"{XSD}decimal"),
    (re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+"), f"{XSD}double"),
    (re.compile(r"true|false"), f"{XSD}boolean"),
)

Term = tuple[str, ...]
"""``("iri", value)``, ``("blank", label)``, ``("literal", lexical form, language, datatype)``, or ``("text", value)`` in CSV."""
Row = Mapping[str, Term]


class Mismatch(AssertionError):
    """The answer is not what the test expects."""


class OtherForm(AssertionError):
    """The answer has the values that the test expects, some of them as other literals: ``1`` for ``1.0``."""


@dataclass(frozen=True)
class Table:
    """The answer of a SELECT, or of an ASK."""

    variables: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    boolean: bool | None = None


def literal(lexical: str, language: str = "", datatype: str = "") -> Term:
    """A literal; a plain one is of type xsd:string, whether the answer says so or not."""
    return ("literal", lexical, language.lower(), "" if language or datatype == f"{XSD}string" else datatype)


def read_table(text: bytes, kind: str) -> Table:
    """An answer in one of the formats ``json``, ``xml``, ``csv``, ``tsv``."""
    return {"json": _json, "xml": _xml, "csv": _csv, "tsv": _tsv}[kind](text)


def _json(text: bytes) -> Table:
    document = json.loads(text.decode("utf-8"))
    if "boolean" in document:
        if not isinstance(document["boolean"], bool):
            raise Mismatch("`boolean` is no boolean")
        return Table(boolean=document["boolean"])
    rows = [{name: _json_term(term) for name, term in row.items()} for row in document["results"]["bindings"]]
    return Table(tuple(document["head"]["vars"]), tuple(rows))


def _json_term(term: Mapping[str, str]) -> Term:
    if term["type"] == "uri":
        return ("iri", term["value"])
    if term["type"] == "bnode":
        return ("blank", term["value"])
    if term["type"] not in ("literal", "typed-literal"):
        raise Mismatch(f"a term of type {term['type']}")
    return literal(term["value"], term.get("xml:lang", ""), term.get("datatype", ""))


def _xml(text: bytes) -> Table:
    root = ElementTree.fromstring(text)
    boolean = root.find(f"{SRX}boolean")
    if boolean is not None:
        return Table(boolean={"true": True, "false": False}[(boolean.text or "").strip()])
    names = [v.attrib["name"] for v in root.iterfind(f"{SRX}head/{SRX}variable")]
    rows = [
        {b.attrib["name"]: _xml_term(b[0]) for b in result.iterfind(f"{SRX}binding")}
        for result in root.iterfind(f"{SRX}results/{SRX}result")
    ]
    return Table(tuple(names), tuple(rows))


def _xml_term(element: ElementTree.Element) -> Term:
    value = element.text or ""
    if element.tag == f"{SRX}uri":
        return ("iri", value.strip())
    if element.tag == f"{SRX}bnode":
        return ("blank", value.strip())
    if element.tag != f"{SRX}literal":
        raise Mismatch(f"an element {element.tag}")
    return literal(value, element.attrib.get(XML_LANG, ""), element.attrib.get("datatype", ""))


def _csv(text: bytes) -> Table:
    names, *rows = csv.reader(io.StringIO(text.decode("utf-8"), newline=""), strict=True)
    rows = (
        [row or [""] for row in rows] if len(names) == 1 else rows
    )  # a line that is empty is one empty field
    return Table(
        tuple(names),
        tuple(
            {name: _csv_term(value) for name, value in zip(names, row, strict=True) if value}
            for row in ([] if not names else rows)
        )
        if names
        else tuple({} for _ in rows),
    )


def _csv_term(value: str) -> Term:
    return ("blank", value[2:]) if value.startswith("_:") else ("text", value)


def _tsv(text: bytes) -> Table:
    head, *lines = text.decode("utf-8").removesuffix("\n").split("\n")
    marked = head.split("\t") if head else []
    if not all(name.startswith("?") for name in marked):
        raise Mismatch(f"variables without `?`: {head}")
    names = [name[1:] for name in marked]
    rows = [
        {n: _tsv_term(v) for n, v in zip(names, line.split("\t") if names else [], strict=True) if v}
        for line in lines
    ]
    return Table(tuple(names), tuple(rows))


def _tsv_term(text: str) -> Term:
    for pattern, datatype in _ABBREVIATED:
        if pattern.fullmatch(text):
            return literal(text, datatype=datatype)
    return _rdf_term(text)


def read_result_set(quads: Sequence[Quad]) -> Table:
    """A table told in RDF, in the result set vocabulary of the test suites."""
    facts: dict[str, dict[str, list[str]]] = {}
    for s, p, o, _ in quads:
        facts.setdefault(s, {}).setdefault(p.rpartition("#")[2][:-1], []).append(o)
    root = next(f for f in facts.values() if "resultVariable" in f)
    if any("index" in f for f in facts.values()):
        raise NotImplementedError("an ordered result set")
    rows = [
        {
            literal_parts(facts[b]["variable"][0])[0]: _rdf_term(facts[b]["value"][0])
            for b in facts[solution].get("binding", [])
        }
        for solution in root.get("solution", [])
    ]
    return Table(tuple(literal_parts(name)[0] for name in root["resultVariable"]), tuple(rows))


def _rdf_term(text: str) -> Term:
    if text.startswith("<"):
        return ("iri", text[1:-1])
    if text.startswith("_:"):
        return ("blank", text[2:])
    lexical, language, datatype = literal_parts(text)
    return literal(lexical, language or "", datatype or "")


def as_csv(table: Table) -> Table:
    """What CSV keeps of a table: the text of terms; an empty literal cannot be told from no value."""
    rows = [{name: _texted(term) for name, term in row.items() if term[1]} for row in table.rows]
    return Table(table.variables, tuple(rows))


def _texted(term: Term) -> Term:
    return term if term[0] == "blank" else ("text", term[1])


def compare(expected: Table, found: Table, *, ordered: bool) -> None:
    """Nothing, if the tables are the same: variables as a set, rows as a bag or list, blank nodes whatever their labels.

    Raises:
        OtherForm: they are, but for the lexical form of numbers and times.
        Mismatch: they are not.
    """
    try:
        _compare(expected, found, ordered)
    except Mismatch as error:
        with contextlib.suppress(Mismatch):
            _compare(_valued(expected), _valued(found), ordered)
            raise OtherForm(str(error)) from error
        raise


def _valued(table: Table) -> Table:
    rows = [{name: _value(term) for name, term in row.items()} for row in table.rows]
    return Table(table.variables, tuple(rows), table.boolean)


def _value(term: Term) -> Term:
    """The term with the canonical form of its number, where it is one; in CSV a number is what looks like one."""
    numeric = ("integer", "decimal", "double", "float", "byte", "int", "long", "short")
    if term[0] == "text" or (term[0] == "literal" and term[3] in [f"{XSD}{name}" for name in numeric]):
        if term[0] == "text" and term[1] in ("true", "false"):
            return ("text", {"false": "0.0", "true": "1.0"}[term[1]])
        with contextlib.suppress(ValueError):
            return (term[0], repr(float(term[1])), *term[2:])
    return (
        (*term[:1], {"0": "false", "1": "true"}.get(term[1], term[1]), *term[2:]) if _boolean(term) else term
    )


def _boolean(term: Term) -> bool:
    return term[0] == "literal" and term[3] == f"{XSD}boolean"


def _compare(expected: Table, found: Table, ordered: bool) -> None:
    if expected.boolean != found.boolean:
        raise Mismatch(f"boolean {found.boolean}, expected {expected.boolean}")
    if set(expected.variables) != set(found.variables):
        raise Mismatch(f"variables {found.variables}, expected {expected.variables}")
    if len(set(found.variables)) != len(found.variables):
        raise Mismatch(f"variables {found.variables}")
    if len(expected.rows) != len(found.rows) or not _same(expected.rows, found.rows, ordered):
        raise Mismatch(f"rows {_shown(found.rows)}\nexpected {_shown(expected.rows)}")


def _shown(rows: Sequence[Row]) -> str:
    return "\n  ".join(["", *(str(dict(sorted(row.items()))) for row in rows)])


def _same(expected: Sequence[Row], found: Sequence[Row], ordered: bool) -> bool:
    if ordered:
        return _matched(list(expected), [[row] for row in found], {}, ordered=True)
    ground = Counter(_key(row) for row in expected if not _blank(row))
    if ground != Counter(_key(row) for row in found if not _blank(row)):
        return False
    rest = [row for row in found if _blank(row)]
    return _matched([row for row in expected if _blank(row)], [rest], {}, ordered=False)


def _key(row: Row) -> frozenset[tuple[str, Term]]:
    return frozenset(row.items())


def _blank(row: Row) -> bool:
    return any(term[0] == "blank" for term in row.values())


def _matched(
    expected: list[Row], candidates: list[list[Row]], labels: dict[str, str], *, ordered: bool
) -> bool:
    """Whether each row has a partner, under one one-to-one renaming of blank nodes; by trying."""
    if not expected:
        return True
    first, rest = expected[0], expected[1:]
    for i, row in enumerate(candidates[0]):
        renamed = _renamed(first, row, labels)
        if renamed is None:
            continue
        left = candidates[1:] if ordered else [candidates[0][:i] + candidates[0][i + 1 :]]
        if _matched(rest, left, renamed, ordered=ordered):
            return True
    return False


def _renamed(expected: Row, found: Row, labels: dict[str, str]) -> dict[str, str] | None:
    if expected.keys() != found.keys():
        return None
    new = dict(labels)
    for name, term in expected.items():
        other = found[name]
        if term[0] != "blank" or other[0] != "blank":
            if term != other:
                return None
        elif new.get(term[1], other[1]) != other[1] or (term[1] not in new and other[1] in new.values()):
            return None
        else:
            new[term[1]] = other[1]
    return new


def read_triples(text: bytes | str, media_type: str, base: str | None = None) -> set[Quad]:
    """The triples of a document, with canonical blank nodes; triples in named graphs are a mismatch."""
    quads = list(parse(text, media_type, base=base))
    if any(quad.graph for quad in quads):
        raise Mismatch("a graph was expected, a dataset with named graphs came")
    return set(canonical_blank_nodes(quads))


def compare_graphs(expected: set[Quad], found: set[Quad]) -> None:
    """Nothing, if the graphs are isomorphic.

    Raises:
        Mismatch: they are not.
    """
    if expected != found:
        missing, extra = sorted(expected - found), sorted(found - expected)
        raise Mismatch(f"missing {missing}\nextra {extra}")
