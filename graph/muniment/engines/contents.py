"""What quads say, whatever way an engine writes their values: to compare what was sent with what is there."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from muniment.engine import as_stored
from muniment.terms import XSD, Quad, literal, literal_parts

_NUMBERS = frozenset(
    f"{XSD}{name}"
    for name in [
        "integer",
        "decimal",
        "double",
        "float",
        "byte",
        "short",
        "int",
        "long",
        "unsignedByte",
        "unsignedShort",
        "unsignedInt",
        "unsignedLong",
        "nonNegativeInteger",
        "nonPositiveInteger",
        "negativeInteger",
        "positiveInteger",
    ]
)
_BOOLEANS = {"true": "1", "false": "0"}


@dataclass
class Contents:
    """Graph -> how many statements it has, and the sum of their hashes, which does not depend on their order."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, quads: Iterable[Quad]) -> None:
        """Count quads that are not counted yet."""
        for s, p, o, g in quads:
            self.counts[g] += 1
            line = hashlib.sha256(f"{s} {p} {o}".encode()).digest()
            self.sums[g] = (self.sums[g] + int.from_bytes(line)) % (1 << 256)

    def hash_of(self, graph: str) -> str:
        """The hash of a graph, in hex."""
        return f"{self.sums[graph]:064x}"


def comparable(quads: Iterable[Quad], folds_values: bool) -> set[Quad]:
    """The quads in one form for each value; with ``folds_values`` numbers and booleans also lose their datatype."""
    stored = as_stored(quads)
    return {q._replace(object=_folded(q.object)) for q in stored} if folds_values else stored


def _folded(term: str) -> str:
    if not term.startswith('"'):
        return term
    lexical, language, datatype = literal_parts(term)
    if language:
        return literal(lexical, None, language)
    if datatype == f"{XSD}boolean":
        lexical = _BOOLEANS.get(lexical, lexical)
    elif datatype not in _NUMBERS:
        return term
    try:
        return literal(format(Decimal(lexical).normalize(), "f"), f"{XSD}decimal")
    except (InvalidOperation, ValueError):  # NaN, INF and what is no number
        return term


def nameless(quads: Iterable[Quad]) -> Counter[Quad]:
    """Quads without the names of their blank nodes, which every answer chooses anew."""
    return Counter(Quad(*("_:" if term.startswith("_:") else term for term in quad)) for quad in quads)


def has_blank(quad: Quad) -> bool:
    """Whether a blank node is in a quad."""
    return quad.subject.startswith("_:") or quad.object.startswith("_:")


def by_subject(quads: Iterable[Quad], size: int) -> Iterator[list[Quad]]:
    """Sorted quads in lots of about ``size``; all of one subject are in the same one."""
    lot: list[Quad] = []
    for quad in quads:
        if len(lot) >= size and quad.subject != lot[-1].subject:
            yield lot
            lot = []
        lot.append(quad)
    if lot:
        yield lot
