"""What a page says of its thing to search engines: schema.org as JSON-LD, in the shape that structured-data rules ask for.

Only what the graph states is said, and only in terms of schema.org. One rule differs from the graph: an event that was postponed gives the
day that it was planned for as ``startDate``, as those rules want it until there is a new one; the graph keeps it apart.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from muniment.store import Description, Store
from muniment.terms import DCTERMS, LABEL, MUN, SCHEMA, SKOS, TYPE, Quad, bare, is_iri, readable
from muniment_service import urls
from muniment_service.context import Context

_FOAF, _ORG, _BIBO = (
    "http://xmlns.com/foaf/0.1/",
    "http://www.w3.org/ns/org#",
    "http://purl.org/ontology/bibo/",
)
_KINDS = (
    ("Event", f"{SCHEMA}Event"),
    ("Country", f"{SCHEMA}Country"),
    ("City", f"{SCHEMA}City"),
    ("Place", f"{SCHEMA}Place"),
    ("Organization", f"{SCHEMA}Organization"),
    ("Organization", f"{_ORG}Organization"),
    ("Organization", f"{_FOAF}Organization"),
    ("Person", f"{SCHEMA}Person"),
    ("Person", f"{_FOAF}Person"),
    ("DigitalDocument", f"{_BIBO}Document"),
    ("DigitalDocument", f"{_FOAF}Document"),
)
"""Type to state, and the class that lets us; the first that fits counts."""
_STATUSES = {
    f"{SCHEMA}Event{name}" for name in ("Scheduled", "Postponed", "Cancelled", "Rescheduled", "MovedOnline")
}
_STEPS = 5
"""How many places within one another are named in an address."""

_Said = Mapping[str, list[str]]


def structured_data(context: Context, name: str, found: Description) -> dict[str, Any] | None:
    """The thing as a node of schema.org; None for things of other classes, and for those without a name."""
    said = _said(found.outgoing)
    kind, label = _kind(said), _label(said)
    if kind is None or label is None:
        return None
    node: dict[str, Any] = {"@context": "https://schema.org", "@type": kind, "@id": name, "name": label}
    node["url"] = urls.web_address(_first(said, f"{SCHEMA}url") or "") or name
    for key, properties in _TEXTS.items():
        values = sorted({readable(v) for p in properties for v in said.get(p, ())} - {label})
        if values:
            node[key] = values[0] if len(values) == 1 else values
    more = {"Event": _event, "Organization": _organisation, "DigitalDocument": _document}.get(kind)
    if more:
        node |= more(context.store, said)
    elif kind in ("Place", "City", "Country"):
        node |= _place(context.store, name, said)
    return node


def dataset_data(context: Context, origin: str) -> dict[str, Any]:
    """The dataset as a node of schema.org, for the first page."""
    settings = context.settings
    node: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": settings.base or f"{origin}{urls.HOME}",
        "name": settings.title,
        "description": settings.description or settings.title,
        "url": f"{origin}{urls.HOME}",
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": "SPARQL endpoint",
                "encodingFormat": ["text/turtle", "application/sparql-results+json"],
                "contentUrl": f"{origin}{urls.SPARQL}",
            }
        ],
    }
    if settings.license:
        node["license"] = settings.license
    if settings.release:
        node |= {"identifier": settings.release, "version": settings.release}
    return node


def script(node: Mapping[str, Any] | None) -> str | None:
    """The node as the text of a ``script`` element: nothing in it can end the element or begin another."""
    if node is None:
        return None
    text = json.dumps(node, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _event(store: Store, said: _Said) -> dict[str, Any]:
    node: dict[str, Any] = {}
    start = _first(said, f"{SCHEMA}startDate") or _first(said, f"{MUN}plannedStart")
    end, status = _first(said, f"{SCHEMA}endDate"), _first(said, f"{SCHEMA}eventStatus")
    node |= {key: value for key, value in (("startDate", start), ("endDate", end)) if value}
    known = status in _STATUSES
    node["eventStatus"] = status if known else f"{SCHEMA}EventScheduled"
    if (place := _first(said, f"{SCHEMA}location")) and (described := _named(store, place, "Place")):
        stated = _said(store.describe(place, incoming=0).outgoing)
        node["location"] = described | _place(store, place, stated)
    organisers = [
        _named(store, bare(v), "Organization") for v in said.get(f"{SCHEMA}organizer", ()) if is_iri(v)
    ]
    if found := [organiser for organiser in organisers if organiser]:
        node["organizer"] = found
    if (whole := _first(said, f"{SCHEMA}superEvent")) and (described := _named(store, whole, "Event")):
        node["superEvent"] = described
    return node


def _organisation(store: Store, said: _Said) -> dict[str, Any]:
    parent = _first(said, f"{_ORG}subOrganizationOf")
    described = _named(store, parent, "Organization") if parent else None
    return {"parentOrganization": described} if described else {}


def _document(store: Store, said: _Said) -> dict[str, Any]:
    authors = [_named(store, bare(v), "Organization") for v in said.get(f"{DCTERMS}creator", ()) if is_iri(v)]
    found = [author for author in authors if author]
    return {"author": found} if found else {}


def _place(store: Store, name: str, said: _Said) -> dict[str, Any]:
    """Address and coordinates; the address names the place and what it lies in, for nothing more is known of it."""
    names, code, inside, step = [], None, said, 0
    while inside and step < _STEPS:
        label = _label(inside)
        names += [label] if label else []
        code = code or _first(inside, f"{MUN}countryCode")
        around = _first(inside, f"{SCHEMA}containedInPlace")
        inside = _said(store.describe(around, incoming=0).outgoing) if around else {}
        step += 1
    address: dict[str, Any] = {"@type": "PostalAddress", "name": ", ".join(names)}
    if code:
        address["addressCountry"] = code
    node: dict[str, Any] = {"address": address}
    latitude, longitude = (_first(said, f"{SCHEMA}{key}") for key in ("latitude", "longitude"))
    if latitude and longitude:
        node["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    return node


def _named(store: Store, name: str, kind: str) -> dict[str, Any] | None:
    """A thing that another one names; None without a label."""
    said = _said(store.describe(name, incoming=0).outgoing)
    label = _label(said)
    return {"@type": _kind(said) or kind, "@id": name, "name": label, "url": name} if label else None


def _kind(said: _Said) -> str | None:
    classes = {bare(term) for term in said.get(bare(TYPE), ())}
    return next((kind for kind, needed in _KINDS if needed in classes), None)


def _label(said: _Said) -> str | None:
    labels = sorted((not term.endswith("@en"), readable(term)) for term in said.get(bare(LABEL), ()))
    return labels[0][1] if labels else None


def _first(said: _Said, name: str) -> str | None:
    values = sorted(said.get(name, ()))
    return readable(values[0]) if values else None


def _said(quads: Iterable[Quad]) -> _Said:
    found: dict[str, list[str]] = defaultdict(list)
    for quad in quads:
        found[bare(quad.predicate)].append(quad.object)
    return found


_TEXTS: Mapping[str, tuple[str, ...]] = {
    "alternateName": (bare(LABEL), f"{SKOS}altLabel"),
    "description": (f"{DCTERMS}description", f"{SKOS}note"),
    "inLanguage": (f"{SCHEMA}inLanguage", f"{DCTERMS}language"),
    "identifier": (f"{DCTERMS}identifier",),
    "datePublished": (f"{DCTERMS}issued",),
    "familyName": (f"{_FOAF}familyName",),
    "sameAs": (f"{SKOS}exactMatch",),
}
"""Key -> the properties whose values it takes over."""
