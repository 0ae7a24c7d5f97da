"""Networks as files: one table of formats for Python, the command line and HTTP, one module for each way of writing.

The modules are imported when they write: a service that only offers the formats needs no networkx.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from muniment.errors import NetworkError, did_you_mean
from muniment.formats import RDF_FORMATS, Format
from muniment.network.formats.dressing import Positions, dressed

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["FORMATS", "RDF", "Positions", "dressed", "format_named", "format_of_file", "write"]

RDF = tuple(form for form in RDF_FORMATS if form.name in ("turtle", "jsonld", "ntriples", "rdfxml"))
_PLAIN: Mapping[Format, tuple[str, str]] = {
    Format("json", "application/json", "json"): ("jsons", "node_link"),
    Format("compact", "application/vnd.muniment.network+json", "compact.json"): ("compact", "compact"),
    Format("gexf", "application/gexf+xml", "gexf"): ("gexf", "gexf"),
    Format("graphml", "application/graphml+xml", "graphml"): ("graphml", "graphml"),
    Format("cytoscape", "application/vnd.cytoscape+json", "cyjs"): ("jsons", "cytoscape"),
    Format("csv", "application/zip", "csv.zip"): ("tables", "zipped"),
    Format("dot", "text/vnd.graphviz", "dot"): ("dot", "dot"),
    Format("pajek", "text/x-pajek", "net"): ("dot", "pajek"),
    Format("svg", "image/svg+xml", "svg"): ("picture", "svg"),
}
"""Format -> the module that writes it, and its function."""
FORMATS = (*_PLAIN, *RDF)
"""Every format, the one that is sent to those who accept anything first."""


def write(graph: nx.Graph[str], form: Format, base: str | None = None) -> bytes:
    """A network in a format; what it should hold beside nodes and ties is put on it by ``dressed``.

    Args:
        graph: a network.
        form: one of ``FORMATS``.
        base: the base IRI of the dataset, under which ties have names in RDF.
    """
    if form in _PLAIN:
        module, name = _PLAIN[form]
        return cast(bytes, getattr(import_module(f"{__name__}.{module}"), name)(graph))
    from muniment.network.formats.rdf import rdf

    return rdf(graph, media_type=form.media_type, base=base)


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
    fitting = [form for form in FORMATS if name.lower().endswith(f".{form.extension}")]
    return max(
        fitting, key=lambda form: len(form.extension), default=None
    )  # `.compact.json` ends with `.json` too
