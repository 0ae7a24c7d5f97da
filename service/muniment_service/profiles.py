"""Profiles of a description (W3C Content Negotiation by Profile): which statements it holds, chosen by header or by ``?_profile=``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from muniment.terms import DCTERMS, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, TYPE, Quad
from muniment_service.errors import MalformedRequest, ProfileNotAcceptable

NAMESPACE = "https://w3id.org/muniment/profile/"
STANDARD_VOCABULARIES = (
    RDF,
    RDFS,
    OWL,
    SCHEMA,
    SKOS,
    DCTERMS,
    PROV,
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/ontology/bibo/",
    "http://rdfs.org/ns/void#",
    "http://www.opengis.net/ont/geosparql#",
    "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "http://www.w3.org/2006/time#",
    "http://www.w3.org/ns/dcat#",
    "http://www.w3.org/ns/locn#",
    "http://www.w3.org/ns/org#",
    "http://www.w3.org/ns/shacl#",
    "http://xmlns.com/foaf/0.1/",
)
"""Namespaces whose terms a consumer may be expected to know."""


@dataclass(frozen=True)
class Profile:
    """A profile; ``title`` is for people."""

    name: str
    title: str
    datasets: bool = False
    """Whether it needs a format with named graphs."""

    @property
    def iri(self) -> str:
        """What names the profile in ``Accept-Profile`` and ``Content-Profile``."""
        return f"{NAMESPACE}{self.name}"


FULL = Profile("full", "all that is stated, with the dataset's own terms")
STANDARD = Profile("standard", "standard vocabularies only")
PROVENANCE = Profile("provenance", "each statement in the graph of its claim, with source and lines", True)
LABELS = Profile("labels", "labels of the thing and of all that it names")
PROFILES = (FULL, STANDARD, PROVENANCE, LABELS)
"""The first is what is sent to those who ask for none."""

_ELEMENT = re.compile(r"\s*(?:<([^>]*)>|([^\s,;<>]+))\s*((?:;[^,]*)?)\s*")
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)


def profile_of(accept_profile: str | None, named: Sequence[str]) -> Profile:
    """The profile that a request asks for; what its URL says comes before its header.

    A wrong name in a URL is a wrong address, which mending helps (400). A header that accepts none of the profiles is a 406: whoever sends
    it can read nothing else, and would take another profile for the one that was asked for.

    Raises:
        MalformedRequest: ``?_profile=`` is repeated, or is no profile.
        ProfileNotAcceptable: the header accepts none of the profiles.
    """
    if named:
        found = _known(named[0]) if len(named) == 1 else None
        if found is None:
            names = ", ".join(profile.name for profile in PROFILES)
            what = "is given more than once" if len(named) > 1 else f"`{named[0][:100]}` is not known"
            raise MalformedRequest(f"The profile {what}.", hint=f"Write `_profile=` and one of {names}.")
        return found
    if accept_profile is None or not accept_profile.strip():
        return FULL
    return _negotiated(accept_profile)


def _negotiated(header: str) -> Profile:
    weights: dict[Profile, float] = {}
    rest = 0.0
    for element in header.split(","):
        match = _ELEMENT.fullmatch(element)
        if match is None:
            continue
        quality = _QUALITY.search(match[3])
        weight = min(1.0, float(quality[1])) if quality else 1.0
        if (name := match[1] or match[2]) == "*":
            rest = weight
        elif profile := _known(name):
            weights[profile] = weight
    best = max(PROFILES, key=lambda profile: weights.get(profile, rest))  # of equals the first
    if weights.get(best, rest) <= 0:
        raise ProfileNotAcceptable({profile.iri: profile.title for profile in PROFILES})
    return best


def _known(name: str) -> Profile | None:
    return next((p for p in PROFILES if name in (p.name, p.iri)), None)


def standard_only(quads: Sequence[Quad]) -> tuple[Quad, ...]:
    """The statements whose property, and in the case of a class its class, is of a standard vocabulary."""
    return tuple(q for q in quads if _standard(q.predicate) and (q.predicate != TYPE or _standard(q.object)))


def _standard(term: str) -> bool:
    return term[1:].startswith(STANDARD_VOCABULARIES)
