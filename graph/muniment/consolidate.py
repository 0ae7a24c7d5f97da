"""Claims become one graph: the union of what they say, with one value where a thing can have only one.

A property that the shapes allow once (``sh:maxCount 1``, or ``sh:uniqueLang`` within a language) and for which claims give different
values is a disagreement, unless one value only says the other more precisely (2004-06 and 2004-06-23); then the claims of the vaguer
value speak for the more precise. Every value stays in its claim. The default graph holds one, chosen in this order: the source that
the project ranks higher; corrected before printed before inferred; without a reserve before with one; the claim whose lines come
first. A ``mun:Disagreement`` keeps the record.

Pure: the same claims give the same quads, in whatever order they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from muniment.claims import BASIS, CORRECTED, HEDGED, IN_SOURCE, INFERRED, LINES, line_ranges
from muniment.terms import (
    DEFAULT_GRAPH,
    LABEL,
    MUN,
    PROV,
    RDF,
    SCHEMA,
    TYPE,
    VOCAB,
    XSD,
    Quad,
    iri,
    literal,
    literal_parts,
    readable,
)

_DATES = tuple(f"^^<{XSD}{name}>" for name in ("date", "gYearMonth", "gYear"))
Key = tuple[str, str, str]
"""Subject, predicate, and the language within which values compete."""


@dataclass(frozen=True)
class Standing:
    """What a claim's word weighs against another's; smaller sorts first and wins."""

    rank: int
    basis: int
    hedged: bool
    source: str
    line: int
    claim: str

    def key(self) -> tuple[int, int, bool, str, int, str]:
        """The order of preference."""
        return (self.rank, self.basis, self.hedged, self.source, self.line, self.claim)


def standings(metadata: Iterable[Quad], ranking: Sequence[str], base: str) -> dict[str, Standing]:
    """The standing of each claim, from the claims' metadata and the project's ranking of sources."""
    facts: dict[str, dict[str, str]] = defaultdict(dict)
    for q in metadata:
        if q.predicate in (IN_SOURCE, BASIS, HEDGED, LINES):
            known = facts[q.subject]
            known[q.predicate] = max(known.get(q.predicate, ""), q.object)
    ranks = {iri(base + name): place for place, name in enumerate(ranking)}
    found = {}
    for claim, fact in facts.items():
        source = fact.get(IN_SOURCE, "")
        lines = literal_parts(fact[LINES])[0] if LINES in fact else ""
        found[claim] = Standing(
            rank=ranks.get(source, len(ranks)),
            basis={CORRECTED: 0, INFERRED: 2}.get(fact.get(BASIS, ""), 1),
            hedged=fact.get(HEDGED, "").startswith('"true"'),
            source=source,
            line=min(part.start for part in line_ranges(lines)) if lines else 0,
            claim=claim,
        )
    return found


def consolidate(
    claims: Iterable[Quad], single_valued: Mapping[str, str], ranking: Sequence[str] = (), base: str = ""
) -> list[Quad]:
    """The default graph: the claims' metadata, what they say, and the disagreements among them.

    Args:
        claims: quads of claims; those outside a named graph are metadata.
        single_valued: predicate -> ``value`` or ``language``, as ``Vocabulary.single_valued`` gives it.
        ranking: sources (without base), the most trusted first.
        base: the IRI against which ids are resolved.
    """
    metadata: list[Quad] = []
    said: dict[tuple[str, str, str], None] = {}
    values: dict[Key, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for q in claims:
        if q.graph == DEFAULT_GRAPH:
            metadata.append(q)
            continue
        said[q[:3]] = None
        kind = single_valued.get(q.predicate)
        if kind:
            values[(q.subject, q.predicate, scope(q.object, kind))][q.object].append(q.graph)
    contested = {key: found for key, found in values.items() if len(found) > 1}
    standing = standings(metadata, ranking, base) if contested else {}
    for key, found in contested.items():
        for value in found:
            said.pop((key[0], key[1], value))
    return [
        *metadata,
        *(Quad(*triple, DEFAULT_GRAPH) for triple in said),
        *decide(contested, standing, base),
    ]


def decide(
    contested: Mapping[Key, Mapping[str, Sequence[str]]], standing: Mapping[str, Standing], base: str
) -> list[Quad]:
    """What is held where claims differ: one value each, or the most precise ones, and the records of disagreements.

    Args:
        contested: subject, predicate and scope -> each value, and the claims that give it.
        standing: what these claims' word weighs.
        base: the IRI against which ids are resolved.
    """
    decided: list[Quad] = []
    for key, found in sorted(contested.items()):
        kept = _most_precise(found)
        if len(kept) > 1:
            winner, why = _preferred(kept, found, standing)
            decided.extend(_disagreement(key, kept, winner, why, base))
            kept = {winner: kept[winner]}
        decided.extend(Quad(key[0], key[1], value, DEFAULT_GRAPH) for value in kept)
    return decided


def scope(value: str, kind: str) -> str:
    """Values compete with all others, or with those of their own language: that language, or nothing."""
    if kind == "value" or not value.startswith('"'):
        return ""
    return literal_parts(value)[1] or ""


def _most_precise(found: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Without the dates that another value only says more precisely."""
    coarse = {value for value in found if any(_refines(other, value) for other in found)}
    return {value: claims for value, claims in found.items() if value not in coarse}


def _refines(value: str, coarse: str) -> bool:
    """Whether both are dates, and one only says the other more precisely."""
    if not (value.endswith(_DATES) and coarse.endswith(_DATES)):
        return False
    return literal_parts(value)[0].startswith(f"{literal_parts(coarse)[0]}-")


def _preferred(
    kept: Mapping[str, Sequence[str]], found: Mapping[str, Sequence[str]], standing: Mapping[str, Standing]
) -> tuple[str, str]:
    """The value that the best claim gives, and the name of the rule that decided.

    Who says July speaks for 2 July against 23 June; among days in July those who name one decide.
    """
    unknown = Standing(1 << 30, 9, True, "", 0, "")

    def best_of(claims: Iterable[str]) -> tuple[int, int, bool, str, int, str]:
        return min(standing.get(claim, unknown).key() for claim in claims)

    best = []
    for value, claims in kept.items():
        vague = [claim for other in found if _refines(value, other) for claim in found[other]]
        best.append((best_of([*claims, *vague]), best_of(claims), value))
    best.sort()
    own = (best[0][1], best[1][1])
    first, second = (best[0][0], best[1][0]) if best[0][0] != best[1][0] else own
    why = "first-printed"
    if first[0] != second[0]:
        why = "source-ranking"
    elif first[1:3] != second[1:3]:
        why = "basis"
    return best[0][2], why


def _disagreement(
    key: Key, kept: Mapping[str, Sequence[str]], winner: str, why: str, base: str
) -> list[Quad]:
    subject, predicate, language = key
    thing = subject[1:-1].removeprefix(base)
    name = predicate[1:-1].replace("#", "/").rpartition("/")[2]
    node = iri("/".join(filter(None, (f"{base}disagreement/{thing}", name, language))))
    found = [
        Quad(node, TYPE, iri(f"{MUN}Disagreement"), DEFAULT_GRAPH),
        Quad(node, LABEL, literal(f"{name} of {thing}", language="en"), DEFAULT_GRAPH),
        Quad(node, iri(f"{SCHEMA}about"), subject, DEFAULT_GRAPH),
        Quad(node, iri(f"{MUN}property"), predicate, DEFAULT_GRAPH),
        Quad(node, iri(f"{MUN}decidedBy"), iri(f"{VOCAB}decision/{why}"), DEFAULT_GRAPH),
    ]
    for number, value in enumerate(sorted(kept), start=1):
        statement = iri(f"{node[1:-1]}/{number}")
        found += [
            Quad(node, iri(f"{MUN}alternative"), statement, DEFAULT_GRAPH),
            Quad(statement, TYPE, iri(f"{RDF}Statement"), DEFAULT_GRAPH),
            Quad(statement, LABEL, literal(f"{name}: {readable(value)}", language="en"), DEFAULT_GRAPH),
            Quad(statement, iri(f"{RDF}subject"), subject, DEFAULT_GRAPH),
            Quad(statement, iri(f"{RDF}predicate"), predicate, DEFAULT_GRAPH),
            Quad(statement, iri(f"{RDF}object"), value, DEFAULT_GRAPH),
        ]
        found += [
            Quad(statement, iri(f"{PROV}wasDerivedFrom"), claim, DEFAULT_GRAPH)
            for claim in sorted(set(kept[value]))
        ]
        if value == winner:
            found.append(Quad(node, iri(f"{MUN}preferred"), statement, DEFAULT_GRAPH))
    return found
