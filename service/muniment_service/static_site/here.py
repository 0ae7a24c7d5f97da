"""What the service says, as a copy at an address of its own says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from muniment.catalogue import DCAT
from muniment.engine import parse, serialize
from muniment.terms import Quad, is_iri
from muniment.void import VOID
from muniment_service.static_site.calling import ORIGIN

_RUNNING = tuple(
    f"<{name}>" for name in (f"{VOID}sparqlEndpoint", f"{DCAT}endpointURL", f"{DCAT}endpointDescription")
)
"""Properties whose values only a running service has."""
MEDIA_TYPES = {"ttl": "text/turtle", "jsonld": "application/ld+json", "nt": "application/n-triples"}
"""Ending -> media type of descriptions."""


@dataclass(frozen=True)
class Here:
    """Where a copy is hosted."""

    address: str
    prefixes: Mapping[str, str]

    def placed(self, text: str) -> str:
        """The text with the address of this copy where it names the service's."""
        return text.replace(f"{ORIGIN}/", self.address).replace(ORIGIN, self.address.rstrip("/"))

    def described(self, body: bytes, ending: str) -> bytes:
        """A description of the dataset without what only a running service has, and with the address of this copy."""
        if ORIGIN.encode() not in body:
            return body
        media_type = MEDIA_TYPES[ending]
        kept = [
            Quad(q.subject, q.predicate, self.placed(q.object) if is_iri(q.object) else q.object, q.graph)
            for q in parse(body, media_type)
            if q.predicate not in _RUNNING
        ]
        text = "".join(q.line() for q in kept)
        prefixes = {name: ns for name, ns in self.prefixes.items() if f"<{ns}" in text}
        return serialize(sorted(set(kept)), media_type, prefixes)
