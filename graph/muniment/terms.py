"""RDF terms and quads as N-Quads text.

A term is the text that stands for it in N-Quads (``<iri>``, ``_:b``, ``"lexical"@en``, ``"lexical"^^<type>``). Quads of text sort,
hash and compare fast, keep every lexical form byte for byte, and are written to a dump by joining them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import rdflib

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
PROV = "http://www.w3.org/ns/prov#"
FOAF = "http://xmlns.com/foaf/0.1/"
SCHEMA = "https://schema.org/"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
MUN = "https://w3id.org/muniment/ontology#"
VOCAB = "https://w3id.org/muniment/vocab/"

TYPE = f"<{RDF}type>"
LABEL = f"<{RDFS}label>"
LABELS = (LABEL, f"<{SKOS}prefLabel>")
"""Properties that give a term its label, the first one first."""

DEFAULT_GRAPH = ""
"""The graph of a quad that is in no named graph."""


class Quad(NamedTuple):
    """Subject, predicate, object, graph: each the N-Quads text of a term; the default graph is ``""``."""

    subject: str
    predicate: str
    object: str
    graph: str

    def line(self) -> str:
        """The quad as one line of N-Quads, with its newline."""
        s, p, o, g = self
        return f"{s} {p} {o} {g} .\n" if g else f"{s} {p} {o} .\n"


def iri(value: str) -> str:
    """The term for an IRI."""
    return f"<{value}>"


def bare(term: str) -> str:
    """The IRI inside an IRI term."""
    return term[1:-1]


def is_iri(term: str) -> bool:
    """Whether the term is an IRI."""
    return term.startswith("<")


_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
        "\x7f": "\\u007F",
        **{chr(c): f"\\u{c:04X}" for c in range(0x20) if chr(c) not in "\n\r\t\b\f"},
    }
)


def literal(value: str, datatype: str | None = None, language: str | None = None) -> str:
    """The term for a literal, escaped as canonical N-Triples (RDF 1.1 N-Triples, section 4); language tags are put in lower case."""
    text = f'"{value.translate(_ESCAPES)}"'
    if language:
        return f"{text}@{language.lower()}"
    return f"{text}^^<{datatype}>" if datatype and datatype != f"{XSD}string" else text


_LITERAL = re.compile(r'^"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?$', re.DOTALL)
_UNESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def literal_parts(term: str) -> tuple[str, str | None, str | None]:
    """Lexical form, language and datatype IRI of a literal term.

    Raises:
        ValueError: the term is no literal.
    """
    match = _LITERAL.match(term)
    if match is None:
        raise ValueError(f"not a literal: {term}")
    lexical, language, datatype = match.groups()
    if "\\" in lexical:
        lexical = _UNESCAPE.sub(_unescaped, lexical)
    return lexical, language, datatype


def _unescaped(match: re.Match[str]) -> str:
    short, long, char = match.groups()
    if char:
        return _CONTROL.get(char, char)
    return chr(int(short or long, 16))


def readable(term: str) -> str:
    """The term for a person: the IRI, or the lexical form of a literal."""
    return bare(term) if is_iri(term) else literal_parts(term)[0] if term.startswith('"') else term


def to_rdflib(term: str) -> rdflib.IdentifiedNode | rdflib.Literal:
    """The term as rdflib knows it; the lexical form of a literal is kept."""
    if is_iri(term):
        return rdflib.URIRef(bare(term))
    if term.startswith("_:"):
        return rdflib.BNode(term[2:])
    lexical, language, datatype = literal_parts(term)
    kind = rdflib.URIRef(datatype) if datatype else None
    return rdflib.Literal(lexical, lang=language, datatype=kind, normalize=False)


def from_rdflib(term: rdflib.URIRef | rdflib.BNode | rdflib.Literal) -> str:
    """The N-Quads text of a term of rdflib."""
    if isinstance(term, rdflib.Literal):
        return literal(str(term), str(term.datatype) if term.datatype else None, term.language)
    return f"_:{term}" if isinstance(term, rdflib.BNode) else iri(str(term))


def to_graph(quads: Iterable[Quad]) -> rdflib.Graph:
    """The triples of the quads, whatever their graph, as an rdflib graph."""
    graph = rdflib.Graph(bind_namespaces="none")
    cache: dict[str, rdflib.IdentifiedNode | rdflib.Literal] = {}

    def term(text: str) -> rdflib.IdentifiedNode | rdflib.Literal:
        node = cache.get(text)
        if node is None:
            node = cache[text] = to_rdflib(text)
        return node

    for s, p, o, _ in quads:
        graph.add((term(s), term(p), term(o)))
    return graph


def nquads(quads: Iterable[Quad]) -> Iterator[str]:
    """The quads as lines of canonical N-Quads: sorted by code point, no line twice."""
    previous = None
    for line in sorted(quad.line() for quad in quads):
        if line != previous:
            yield line
        previous = line
