"""Networks as files: one table of formats for Python, the command line and HTTP, one module for each way of writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import networkx as nx

from muniment.errors import NetworkError, did_you_mean
from muniment.formats import RDF_FORMATS, Format
from muniment.network.formats.dot import dot, pajek
from muniment.network.formats.dressing import Positions, dressed
from muniment.network.formats.gexf import gexf
from muniment.network.formats.graphml import graphml
from muniment.network.formats.jsons import cytoscape, node_link
from muniment.network.formats.picture import svg
from muniment.network.formats.rdf import rdf
from muniment.network.formats.tables import zipped

__all__ = ["FORMATS", "RDF", "Positions", "dressed", "format_named", "format_of_file", "write"]

RDF = tuple(form for form in RDF_FORMATS if form.name in ("turtle", "jsonld", "ntriples", "rdfxml"))
_PLAIN: Mapping[Format, Callable[[nx.Graph[str]], bytes]] = {
    Format("json", "application/json", "json"): node_link,
    Format("gexf", "application/gexf+xml", "gexf"): gexf,
    Format("graphml", "application/graphml+xml", "graphml"): graphml,
    Format("cytoscape", "application/vnd.cytoscape+json", "cyjs"): cytoscape,
    Format("csv", "application/zip", "csv.zip"): zipped,
    Format("dot", "text/vnd.graphviz", "dot"): dot,
    Format("pajek", "text/x-pajek", "net"): pajek,
    Format("svg", "image/svg+xml", "svg"): svg,
}
FORMATS = (*_PLAIN, *RDF)
"""Every format, the one that is sent to those who accept anything first."""


def write(graph: nx.Graph[str], form: Format, base: str | None = None) -> bytes:
    """A network in a format; what it should hold beside nodes and ties is put on it by ``dressed``.

    Args:
        graph: a network.
        form: one of ``FORMATS``.
        base: the base IRI of the dataset, under which ties have names in RDF.
    """
    writer = _PLAIN.get(form) or partial(rdf, media_type=form.media_type, base=base)
    return writer(graph)


def format_named(name: str) -> Format:
    """The format with that short name or ending.

    Raises:
        NetworkError: there is none.
    """
    for form in FORMATS:
        if name.lower() in (form.name, form.extension):
            return form
    names = [form.name for form in FORMATS]
    hint = did_you_mean(name, names) or f"Formats are {', '.join(names)}."
    raise NetworkError(f"there is no format `{name}` of networks", hint=hint)


def format_of_file(name: str) -> Format | None:
    """The format of files whose names end so, if there is one."""
    return next((form for form in FORMATS if name.lower().endswith(f".{form.extension}")), None)
