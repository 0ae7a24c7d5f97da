"""How a network is cut, for HTTP, the command line and whoever makes one to order: the same cuts in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muniment.errors import ParameterError, did_you_mean
from muniment.network.dates import Reading

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Cut:
    """Which part of a network is wanted. Nodes and classes are IRIs."""

    since: str | None = None
    until: str | None = None
    dates: Reading = "possible"
    of_class: str | None = None
    min_weight: float | None = None
    largest: bool = False
    ego: str | None = None
    radius: int = 1

    def __bool__(self) -> bool:
        return self != Cut(dates=self.dates, radius=self.radius)

    @property
    def window(self) -> Cut:
        """The window alone, which changes ties; all else chooses among them."""
        return Cut(self.since, self.until, self.dates)


WHOLE = Cut()


def cut(graph: nx.Graph[str], asked: Cut) -> nx.Graph[str]:
    """A network that is within its window already, cut by class, weight, to its largest component, and to those around a node, in that order.

    Raises:
        ParameterError: no node is of the class.
        NetworkError: the node is not in what is left.
    """
    from muniment.network.subsets import at_least, ego, largest_component, of_class

    if asked.of_class is not None:
        _check_class(graph, asked.of_class)
        graph = of_class(graph, asked.of_class)
    if asked.min_weight is not None:
        graph = at_least(graph, asked.min_weight)
    if asked.largest:
        graph = largest_component(graph)
    return graph if asked.ego is None else ego(graph, asked.ego, asked.radius)


def _check_class(graph: nx.Graph[str], wanted: str) -> None:
    classes = {found for _, several in graph.nodes(data="classes", default=()) for found in several}
    if classes and wanted not in classes:
        hint = did_you_mean(wanted, sorted(classes)) or f"Its nodes are {', '.join(sorted(classes))}."
        raise ParameterError("class", f"no node is of {wanted}", None, None, hint)
