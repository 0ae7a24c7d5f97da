"""Why two nodes are tied: the events or documents behind an edge, and the claims that say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muniment.errors import NetworkError
from muniment.network.files import Weights

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Claim:
    """A place of a source that says something."""

    iri: str
    """The claim, which is the name of the graph that holds what it states."""
    source: str
    """The document it is read from, an IRI."""
    source_label: str
    lines: str | None
    """Lines of the source, counted from 1 (``24-27,34``); None for data packages, which have entries."""
    basis: str | None
    """``printed``, ``inferred`` or ``corrected``."""
    hedged: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One event, document or other thing that ties two nodes."""

    iri: str
    label: str
    start: str | None = None
    """As stated: ``2004-11-16``, ``2004-11`` or ``2004``; None if no date is stated (a postponed event, say)."""
    end: str | None = None
    size: int | None = None
    """How many nodes it ties in all, where the network counts them."""
    share: float | None = None
    """What it adds to a weight that is a sum, where the network has such weights."""
    stated: tuple[str, ...] = ()
    """Claims that the network's query itself says state the tie (a column ``?claim``), as IRIs."""
    claims: tuple[Claim, ...] | None = None
    """The claims that name it together with an end of the tie (if there is none, those that name it); None if they were not fetched."""


def ties(graph: nx.Graph[str]) -> Iterator[tuple[str, str, tuple[Reason, ...]]]:
    """Each tie of a network with its reasons."""
    return ((u, v, edge["because"]) for u, v, edge in graph.edges(data=True))


def weigh(reasons: Iterable[Reason], weights: Weights) -> float:
    """The weight of a tie with these reasons.

    ``count``: their number. ``newman``: the sum of 1/(n-1), n being the nodes that a reason ties, so that all ties of a node add up to
    its number of reasons with others; M. E. J. Newman, Scientific collaboration networks. II, Physical Review E 64 (2001) 016132.
    ``sum``: the sum of what the query says.

    Raises:
        NetworkError: the reasons do not carry what is needed.
    """
    if weights == "count":
        return float(sum(1 for _ in reasons))
    if weights == "newman":
        return sum(1.0 / (_of(r.size, "size") - 1) for r in reasons)
    return sum(_of(r.share, "weight") for r in reasons)


def _of(value: float | None, column: str) -> float:
    if value is None or (column == "size" and value < 2):
        raise NetworkError(
            f"these weights need a column ?{column}, which this network lacks",
            hint=f"Select ?{column} in its file, or choose the weights `count`.",
        )
    return float(value)


def choose(about: Set[str], ends: tuple[str, str], naming: Mapping[str, Set[str]]) -> list[str]:
    """The claims behind one reason of one tie: of those that name the reason, those that name one of the ends too; if there are none, all."""
    with_end = {claim for end in ends for claim in about & naming.get(end, frozenset())}
    return sorted(with_end or about)
