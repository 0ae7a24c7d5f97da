"""The pages of networks: the list, one network with its nodes and ties, why two nodes are tied, how they are connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from muniment.network import MEASURES, NetworkFile, Reason, Step
from muniment.network.formats import FORMATS
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.network_request import NetworkRequest

if TYPE_CHECKING:
    import networkx as nx

SHOWN_MEASURES = ("degree", "strength", "betweenness")
"""What a page shows if the request does not say."""
_MOST_CHOICES, _SHOWN_REASONS = 500, 5
_WORDS: Mapping[str, str] = {
    "degree": "ties",
    "strength": "weight of ties",
    "core": "k-core",
    "pagerank": "PageRank",
    "articulation": "articulation point",
}


@dataclass(frozen=True)
class Tie:
    """A row of the table of ties."""

    source: str
    target: str
    weight: str
    because: tuple[Reason, ...]
    href: str

    @property
    def shown(self) -> tuple[Reason, ...]:
        """The reasons that a table has room for."""
        return self.because[:_SHOWN_REASONS]


def number(value: object) -> str:
    """A value of a measure for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def network_page(
    context: Context,
    file: NetworkFile,
    asked: NetworkRequest,
    graph: nx.Graph[str],
    whole: nx.Graph[str],
    origin: str,
    headers: Mapping[str, str],
) -> Response:
    """A network: its picture, what can be asked of it, its nodes and its ties.

    Args:
        whole: the network that ``graph`` is a part of, for the choices of the form.
        origin: scheme and host, for the address that Gephi Lite fetches.
    """
    shown = [
        name for name in MEASURES if "all" in asked.measures or name in (asked.measures or SHOWN_MEASURES)
    ]
    shown = [name for name in shown if _has(graph, name)]
    first = shown[0] if shown else "degree"
    most, pairs = context.settings.shown_rows, asked.links()
    rows = [(node, data) for node, data in graph.nodes(data=True)]
    nodes = sorted(rows, key=lambda n: (-float(n[1].get(first, 0)), n[1]["label"], n[0]))
    edges = sorted(graph.edges(data=True), key=lambda e: (-e[2]["weight"], e[0], e[1]))
    return context.pages.render(
        "network.html",
        headers=headers,
        file=file,
        asked=asked,
        given=dict(asked.given),
        about=graph.graph,
        shown=shown,
        words=_WORDS,
        number=number,
        measures=[name for name in MEASURES if name != "community"],
        nodes=nodes[:most],
        node_count=len(graph),
        labels=_labels(graph),
        values=graph.graph.get("labels", {}),
        attributes=[name for name, _ in file.attributes],
        ties=[
            Tie(u, v, number(d["weight"]), d["because"], urls.tie_url(file.name, u, v, _window(asked)))
            for u, v, d in edges[:most]
        ],
        tie_count=graph.number_of_edges(),
        choices=_choices(context, whole),
        classes=_classes(whole),
        short=context.pages.names({}, context.urls).short,
        documents=context.urls,
        links={form.name: urls.network_url(file.name, pairs, form) for form in FORMATS},
        picture=urls.network_url(file.name, pairs, _format("svg")),
        gephi=urls.gephi_lite(f"{origin}{urls.network_url(file.name, pairs, _format('gexf'))}"),
    )


def tie_page(
    context: Context, file: NetworkFile, asked: NetworkRequest, graph: nx.Graph[str], tie: Step, formats: Mapping[str, str], headers: Mapping[str, str]
) -> Response:  # fmt: skip
    """Why two nodes are tied."""
    return context.pages.render(
        "network_tie.html",
        headers=headers,
        file=file,
        tie=tie,
        labels=_labels(graph),
        documents=context.urls,
        number=number,
        formats=formats,
        network=urls.network_url(file.name, asked.links()),
        directed=file.directed,
    )


def path_page(
    context: Context, file: NetworkFile, asked: NetworkRequest, graph: nx.Graph[str], ways: Sequence[Sequence[Step]], formats: Mapping[str, str], headers: Mapping[str, str]
) -> Response:  # fmt: skip
    """How two nodes are connected."""
    return context.pages.render(
        "network_path.html",
        headers=headers,
        file=file,
        ends=asked.ends,
        ways=ways,
        labels=_labels(graph),
        documents=context.urls,
        formats=formats,
        network=urls.network_url(file.name, asked.links()),
        tie_url=lambda step: urls.tie_url(file.name, step.source, step.target, _window(asked)),
        directed=file.directed,
    )


def _has(graph: nx.Graph[str], measure: str) -> bool:
    """Whether a measure was taken; not every network has each."""
    return all(measure in data for _, data in graph.nodes(data=True))


def _labels(graph: nx.Graph[str]) -> dict[str, str]:
    return {node: str(data["label"]) for node, data in graph.nodes(data=True)}


def _window(asked: NetworkRequest) -> list[tuple[str, str]]:
    """The part of a request that changes ties, not which of them are shown."""
    kept = [(name, value) for name, value in asked.given if name in ("since", "until", "dates")]
    return [*kept, *([("release", asked.release)] if asked.release else [])]


def _choices(context: Context, graph: nx.Graph[str]) -> list[tuple[str, str]]:
    """Path or IRI, and label, of the nodes that a form offers."""
    found = [(context.urls.local_part(node) or node, str(label)) for node, label in graph.nodes(data="label")]
    return sorted(found, key=lambda pair: (pair[1].casefold(), pair[0]))[:_MOST_CHOICES]


def _classes(graph: nx.Graph[str]) -> list[str]:
    """The classes by which the nodes can be told apart."""
    sets = [frozenset(classes) for _, classes in graph.nodes(data="classes", default=())]
    several: set[str] = set().union(*sets) - (frozenset.intersection(*sets) if sets else frozenset())
    return sorted(several)


def _format(name: str) -> Any:
    return next(form for form in FORMATS if form.name == name)
