"""Where claims disagree: the values side by side, the claims behind each, which one holds and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import rdflib

from muniment.terms import MUN, PROV, RDF, RDFS, SCHEMA, SKOS, from_rdflib, iri
from muniment_service.facts import Names, Value
from muniment_service.lookup import Lookup
from muniment_service.urls import is_iri

PAGE = 50
"""Disagreements on a page."""
_BY = f"<{MUN}decidedBy>"


@dataclass(frozen=True)
class Behind:
    """A claim that states a value."""

    iri: str
    source: str
    source_label: str
    lines: str


@dataclass
class Alternative:
    """One of the values that claims state."""

    value: Value
    preferred: bool
    claims: list[Behind] = field(default_factory=list)


@dataclass
class Dispute:
    """A disagreement on a property of a thing."""

    iri: str
    thing: Value
    property: Value
    rule: str
    reason: str
    """What the rule means."""
    alternatives: list[Alternative] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The disagreement for programs."""
        return {
            "iri": self.iri,
            "thing": {"iri": self.thing.iri, "label": self.thing.text},
            "property": {"iri": self.property.iri, "label": self.property.text},
            "decided_by": self.rule,
            "alternatives": [
                {
                    "value": a.value.iri or a.value.text,
                    "label": a.value.text,
                    "holds": a.preferred,
                    "claims": [
                        {"iri": c.iri, "source": c.source, "source_label": c.source_label, "lines": c.lines}
                        for c in a.claims
                    ],
                }
                for a in self.alternatives
            ],
        }


class Disputed:
    """The disagreements of a release, in order of what they are about; whoever asks first has them looked up."""

    def __init__(self) -> None:
        self._found: list[str] | None = None
        self._reading = asyncio.Lock()

    async def all(self, lookup: Lookup) -> list[str]:
        """Their IRIs, by thing and property."""
        if self._found is None:
            async with self._reading:
                self._found = self._found or await self._asked(lookup)
        return self._found

    async def _asked(self, lookup: Lookup) -> list[str]:
        rows = await lookup.texts(f"""SELECT ?d ?thing ?property WHERE {{
          ?d a <{MUN}Disagreement> ; <{SCHEMA}about> ?thing ; <{MUN}property> ?property FILTER(isIRI(?d)) }}""")
        return list(dict.fromkeys(d for d, *_ in sorted(rows, key=lambda row: (row[1], row[2], row[0]))))


async def disputes(lookup: Lookup, names: Names, wanted: Sequence[str]) -> list[Dispute]:
    """Some of them (IRIs), by thing and property."""
    if not wanted:
        return []
    rows = list(
        await lookup.rows(f"""SELECT ?d ?thing ?property ?rule ?reason ?alternative ?chosen ?value ?claim ?source ?lines WHERE {{
      VALUES ?d {{ {" ".join(f"<{d}>" for d in wanted)} }} ?d <{SCHEMA}about> ?thing ; <{MUN}property> ?property .
      ?d <{MUN}alternative> ?alternative ; <{MUN}preferred> ?chosen . ?alternative <{RDF}object> ?value .
      OPTIONAL {{ ?d {_BY}/<{SKOS}prefLabel> ?rule }} OPTIONAL {{ ?d {_BY}/<{SKOS}definition> ?reason }}
      OPTIONAL {{ ?alternative <{PROV}wasDerivedFrom> ?claim . ?claim <{MUN}source> ?source OPTIONAL {{ ?claim <{MUN}lines> ?lines }} }} }}
      ORDER BY ?thing ?property ?d ?value ?source ?claim""")
    )
    linked = {str(row[k]) for row in rows for k in ("thing", "source") if row.get(k) is not None}
    linked |= {str(row["value"]) for row in rows if isinstance(row["value"], rdflib.URIRef)}
    await lookup.name(name for name in linked if is_iri(name))
    properties = await _labels(lookup, {str(row["property"]) for row in rows})

    def value(name: str) -> Value:
        return Value(lookup.label(name), names.urls.document(name), iri=name)

    found: dict[str, Dispute] = {}
    sides: dict[tuple[str, str], Alternative] = {}
    for row in rows:
        name = str(row["d"])
        if name not in found:
            of = names.property(iri(str(row["property"])))
            label = properties.get(str(row["property"]), of.text)
            shown = Value(label, of.href, iri=of.iri)
            rule, reason = (str(row.get(k) or "") for k in ("rule", "reason"))
            found[name] = Dispute(name, value(str(row["thing"])), shown, rule, reason)
        key = name, str(row["alternative"])
        if key not in sides:
            said = row["value"]
            term = value(str(said)) if isinstance(said, rdflib.URIRef) else names.worded(from_rdflib(said))
            sides[key] = Alternative(term, str(row["chosen"]) == str(row["alternative"]))
            found[name].alternatives.append(sides[key])
        if row.get("claim") is not None:
            claim, source = str(row["claim"]), str(row["source"])
            behind = Behind(claim, source, lookup.label(source), str(row.get("lines") or ""))
            if behind not in sides[key].claims:
                sides[key].claims.append(behind)
    for dispute in found.values():
        dispute.alternatives.sort(key=lambda a: not a.preferred)
    return list(found.values())


async def _labels(lookup: Lookup, properties: Iterable[str]) -> Mapping[str, str]:
    """Property -> its label in the ontology."""
    listed = " ".join(f"<{name}>" for name in properties)
    rows = await lookup.rows(
        f"SELECT ?p ?label WHERE {{ VALUES ?p {{ {listed} }} GRAPH ?g {{ ?p <{RDFS}label> ?label }} }}"
    )
    return {str(row["p"]): str(row["label"]) for row in rows}
