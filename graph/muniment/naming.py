"""Which properties name things, and which things are records, that nobody looks for by a name."""

from __future__ import annotations

from muniment.terms import DCTERMS, LABEL, MUN, RDF, SKOS, iri

NAMING = {
    LABEL: "label",
    iri(f"{SKOS}prefLabel"): "label",
    iri(f"{DCTERMS}title"): "label",
    iri(f"{MUN}acronym"): "acronym",
    iri(f"{SKOS}altLabel"): "alternative",
    iri(f"{DCTERMS}identifier"): "reference",
    iri(f"{SKOS}hiddenLabel"): "misprint",
}
"""Property -> the kind of name that it gives."""

TITLES = tuple(naming for naming, kind in NAMING.items() if kind == "label")
"""Properties that give the name by which a thing is shown, the first one first."""

RECORDS = frozenset(
    iri(name)
    for name in (
        *(f"{MUN}{kind}" for kind in ("Claim", "Disagreement", "Rule", "SetAside")),
        f"{RDF}Statement",
    )
)
"""Classes of what records how the graph was made: no things that people look for."""
