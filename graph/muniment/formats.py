"""The formats in which RDF and query results are read and written: one table for files, the command line and HTTP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format: the short name people type, its media type, and the ending of its files."""

    name: str
    media_type: str
    extension: str
    datasets: bool = False
    """Whether the format can hold named graphs."""


RDF_FORMATS = (
    Format("turtle", "text/turtle", "ttl"),
    Format("jsonld", "application/ld+json", "jsonld", datasets=True),
    Format("ntriples", "application/n-triples", "nt"),
    Format("rdfxml", "application/rdf+xml", "rdf"),
    Format("trig", "application/trig", "trig", datasets=True),
    Format("nquads", "application/n-quads", "nq", datasets=True),
)

RESULT_FORMATS = (
    Format("json", "application/sparql-results+json", "srj"),
    Format("xml", "application/sparql-results+xml", "srx"),
    Format("csv", "text/csv", "csv"),
    Format("tsv", "text/tab-separated-values", "tsv"),
)


def by_extension(extension: str) -> Format | None:
    """The RDF format of files that end so (without the dot), if there is one."""
    aliases = {"owl": "rdf", "xml": "rdf", "json": "jsonld"}
    wanted = aliases.get(extension.lower(), extension.lower())
    return next((f for f in RDF_FORMATS if f.extension == wanted), None)


def by_name(name: str, formats: tuple[Format, ...]) -> Format | None:
    """The format with this short name or ending."""
    return next((f for f in formats if name.lower() in (f.name, f.extension)), None)
