"""Prefixes: which a query declares, which it uses without, and what to do about one that nobody declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from muniment.sparql.mistakes import Mistake, nearest
from muniment.sparql.tokens import Token

WELL_KNOWN: Mapping[str, str] = {
    "bibo": "http://purl.org/ontology/bibo/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbr": "http://dbpedia.org/resource/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "geof": "http://www.opengis.net/def/function/geosparql/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sdo": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "sioc": "http://rdfs.org/sioc/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that people use without thinking; read off prefix.cc."""


def declared(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Each prefix that a query declares, with its namespace."""
    for word, name, target in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if word.kind == "PREFIX" and name.kind == "NS" and target.kind == "IRI":
            yield name.text[:-1], target.text[1:-1]


def undeclared(tokens: Sequence[Token], prefixes: Iterable[str]) -> Mistake | None:
    """The first name whose prefix nobody declared."""
    known = {*prefixes, *(prefix for prefix, _ in declared(tokens))}
    for before, token in zip((None, *tokens), tokens, strict=False):
        declares = before is not None and before.kind == "PREFIX"
        if token.kind in ("PNAME", "NS") and not declares and token.text.partition(":")[0] not in known:
            return _undeclared(token, known)
    return None


def _undeclared(token: Token, known: set[str]) -> Mistake:
    prefix = token.text.partition(":")[0]
    if prefix in WELL_KNOWN:
        declare = f"Declare the prefix at the beginning: `PREFIX {prefix}: <{WELL_KNOWN[prefix]}>`."
        return Mistake(token, f"`{prefix}:` is not declared", declare)
    near = nearest(prefix, known, 0.6) if prefix else None
    declare = f"declare the prefix at the beginning: `PREFIX {prefix}: <...>`."
    if near:
        return Mistake(token, f"`{prefix}:` is not declared: did you mean `{near}:`?", f"Or {declare}")
    return Mistake(token, f"`{prefix}:` is not declared", declare[0].upper() + declare[1:])
