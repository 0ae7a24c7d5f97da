"""RDF: each edge is a ``mun:Tie`` that is derived from the events or documents behind it, and from the claims that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5

import networkx as nx

from muniment.engine import serialize
from muniment.network.formats.plain import xml_text
from muniment.network.reasons import Reason, ties
from muniment.terms import DCTERMS, LABEL, MUN, PROV, RDF, RDFS, TYPE, XSD, Quad, iri, literal

PREFIXES = {"dcterms": DCTERMS, "mun": MUN, "prov": PROV, "rdf": RDF, "rdfs": RDFS, "xsd": XSD}
_TIE, _FROM, _TO, _WEIGHT = (iri(f"{MUN}{name}") for name in ("Tie", "tieSource", "tieTarget", "tieWeight"))
_DERIVED, _PART = iri(f"{PROV}wasDerivedFrom"), iri(f"{DCTERMS}isPartOf")


def rdf(graph: nx.Graph[str], media_type: str, base: str | None = None) -> bytes:
    """The ties of a network in an RDF format."""
    clean = xml_text if media_type == "application/rdf+xml" else str
    return serialize(quads(graph, base, clean), media_type, PREFIXES)


def quads(graph: nx.Graph[str], base: str | None = None, clean: Callable[[str], str] = str) -> Iterator[Quad]:
    """The ties of a network, with their weights, reasons and claims, and labels of nodes and reasons.

    Args:
        graph: a network.
        base: the base IRI of the dataset, under which ties have their names.
        clean: what a format needs done to texts.
    """
    whole = iri(network_iri(graph, base))
    yield _said(whole, iri(f"{DCTERMS}title"), literal(clean(graph.graph["title"])))
    called = {node: str(label) for node, label in graph.nodes(data="label")}
    for u, v, because in ties(graph):
        tie = iri(tie_iri(graph, u, v, base))
        yield _said(tie, TYPE, _TIE)
        yield _said(tie, _PART, whole)
        yield _said(tie, _FROM, _term(u))
        yield _said(tie, _TO, _term(v))
        weight = graph.edges[u, v]["weight"]
        yield _said(tie, _WEIGHT, literal(f"{weight:.9f}".rstrip("0").rstrip("."), f"{XSD}decimal"))
        for reason in because:
            called[reason.iri] = reason.label
            yield from (_said(tie, _DERIVED, _term(name)) for name in _sources(reason))
    for thing, label in called.items():
        yield _said(_term(thing), LABEL, literal(clean(label)))


def network_iri(graph: nx.Graph[str], base: str | None) -> str:
    """The name of a network; of one within a window, that of the window."""
    return _name(graph, base, f"networks/{quote(str(graph.graph['name']), safe='')}", {})


def tie_iri(graph: nx.Graph[str], source: str, target: str, base: str | None) -> str:
    """The name of a tie: where the dataset's service says why the two are tied. The same two have the same name, whatever the filters;
    but within a window, or with weights of another kind, a tie has another weight and so another name.
    """
    name = f"networks/{quote(str(graph.graph['name']), safe='')}/edge"
    return f"{_name(graph, base, name, {'a': source, 'b': target})}{'#tie' if base else ''}"


def _name(graph: nx.Graph[str], base: str | None, path: str, asked: dict[str, str]) -> str:
    about = graph.graph
    if about.get("since") or about.get("until"):
        asked = {**asked, **{k: str(about[k]) for k in ("since", "until", "dates") if about.get(k)}}
    if about.get("weights") not in (None, "count"):
        asked = {**asked, "weights": str(about["weights"])}
    local = f"{path}{'?' if asked else ''}{urlencode(asked)}"
    return f"{base}{local}" if base else uuid5(NAMESPACE_URL, local).urn


def _sources(reason: Reason) -> list[str]:
    return list(dict.fromkeys([reason.iri, *(claim.iri for claim in reason.claims or ())]))


def _term(name: str) -> str:
    return name if name.startswith("_:") else iri(name)


def _said(subject: str, predicate: str, object_: str) -> Quad:
    return Quad(subject, predicate, object_, "")
