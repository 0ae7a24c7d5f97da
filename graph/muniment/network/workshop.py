"""Makes networks to order: made, cut, measured, placed and written, in one process that can be killed if it takes too long."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import networkx as nx

from muniment.errors import NetworkError, NetworkTooLarge, ParameterError, did_you_mean
from muniment.network import documents, keeping
from muniment.network.cutting import Cut, cut
from muniment.network.dates import window
from muniment.network.files import NetworkFile
from muniment.network.formats import dressed, write
from muniment.network.making import check_dates, make, size
from muniment.network.measures import MEASURES
from muniment.network.orders import Order
from muniment.network.placing import MOST_PLACED, Positions, placed
from muniment.network.subsets import during, explain, near, paths
from muniment.store import Answering

_SHOWN = ("degree", "strength", "betweenness")
"""Measures of a page, if nobody asks for others."""
_DEAR = ("betweenness",)
"""Those of them that take long in a large network: they are left out unless asked for."""
_MOST_STEPS = 20_000_000
"""Nodes times ties from which a network is large in that way: by the measurements of docs/performance.md some two seconds."""
_HELD = 3
"""Whole networks that are held in memory; more are in the folder."""


def warm_up() -> None:
    """Import what the first order would: a process that forks others does so before."""
    for name in ("numpy.random", "rustworkx", *(f"muniment.network.formats.{m}" for m in ("dot", "gexf", "graphml", "picture", "rdf", "tables"))):  # fmt: skip
        import_module(name)


class Workshop:
    """Makes networks of one store. Whole ones are kept, since what is asked for is mostly a part of one."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where whole networks are kept for other workshops on the same store."""
        self._folder = folder
        self._held: OrderedDict[str, nx.Graph[str]] = OrderedDict()
        self._too_large: set[str] = set()

    def fulfil(self, order: Order, store: Answering) -> bytes:
        """What is wanted.

        Raises:
            ParameterError: a class, node or measure that is none.
            NetworkTooLarge: the network has more reasons than are allowed, in the window that is asked for.
            NetworkError: it cannot be cut or measured so, or (``NotTied``) its two nodes are not tied.
            QueryError, StoreError: as ``Store.query``.
        """
        if order.wanted == "size":
            return self._sized(order, store)
        part = self._part(order, store)
        if order.wanted == "tie":
            source, target = _ends(part, order)
            return _bytes(documents.tie_document(part, explain(part, source, target)))
        if order.wanted == "paths":
            source, target = _ends(part, order)
            return _bytes(documents.paths_document(part, paths(part, source, target, order.most)))
        measures = list(MEASURES) if "all" in order.measures else _checked(order.measures)
        if order.wanted == "page":
            whole = self._within(order, order.cut.window, store)
            left_out = _DEAR if not measures and _is_large(part) else ()
            measures = measures or [name for name in _SHOWN if name not in left_out]
            graph = _dressed(part, measures, None, order)
            return _bytes(documents.page_document(graph, whole, measures, order.most, left_out))
        assert order.form is not None
        graph = _dressed(part, measures, self._placed(order, part, store), order)
        return write(graph, order.form, order.base)

    def _part(self, order: Order, store: Answering) -> nx.Graph[str]:
        within = self._within(order, order.cut, store)
        try:
            return cut(within, order.cut)
        except NetworkError as error:
            raise ParameterError("ego", error.message, None, None, error.hint) from error

    def _within(self, order: Order, asked: Cut, store: Answering) -> nx.Graph[str]:
        """The network in its window: cut from the whole one, or if that is too large made for the window alone."""
        wanted = window(asked.since, asked.until)
        check_dates(order.file, wanted)
        try:
            whole = self._whole(order, store)
        except NetworkTooLarge:
            if not wanted:
                raise
            return make(
                store,
                order.file,
                since=asked.since,
                until=asked.until,
                dates=asked.dates,
                limit=order.limit,
            )
        return during(whole, asked.since, asked.until, dates=asked.dates) if wanted else whole

    def _whole(self, order: Order, store: Answering) -> nx.Graph[str]:
        name = order.file.name
        if name in self._too_large and order.limit is not None:
            raise NetworkTooLarge(name, order.limit)
        if (held := self._held.get(name)) is not None:
            self._held.move_to_end(name)
            return held
        path = self._folder / f"network-{name}" if self._folder else None
        graph = keeping.read_graph(path) if path else None
        if graph is None:
            graph = self._made(order.file, order.limit, store)
            if path:
                keeping.keep_graph(path, graph)
        self._held[name] = graph
        if len(self._held) > _HELD:
            self._held.popitem(last=False)
        return graph

    def _made(self, file: NetworkFile, limit: int | None, store: Answering) -> nx.Graph[str]:
        try:
            return make(store, file, limit=limit)
        except NetworkTooLarge:
            self._too_large.add(file.name)
            raise

    def _placed(self, order: Order, part: nx.Graph[str], store: Answering) -> Positions | None:
        """Where nodes stand, the same in every picture of the release; of a network that is too large, where they stand in this part of it."""
        try:
            whole: nx.Graph[str] | None = self._whole(order, store)
        except NetworkTooLarge:
            whole = None
        if whole is None or len(whole) > MOST_PLACED:
            return placed(part) if len(part) <= MOST_PLACED else None
        places = self._places(order)
        for path in places:
            if (found := keeping.read_positions(path, whole)) is not None:
                return found
        found = placed(whole)
        any(keeping.keep_positions(path, found) for path in places)
        return found

    def _sized(self, order: Order, store: Answering) -> bytes:
        """How large a network is; of a release, which never changes, it is counted once."""
        places = self._places(order, "size")
        for path in places:
            if (found := keeping.read_size(path)) is not None:
                return found
        counted = _bytes(documents.size_document(size(store, order.file)))
        any(keeping.keep_size(path, counted) for path in places)
        return counted

    def _places(self, order: Order, what: str = "positions") -> list[Path]:
        """Where something may be kept: beside the release, or if nothing can be written there with the networks."""
        found = []
        if order.beside:
            ending = "json" if what == "positions" else f"{what}.json"
            name = f"{order.beside.name}-{order.file.name}.{ending}"
            found.append(order.beside.parent / keeping.LAYOUTS / name)
        return [*found, *([self._folder / f"{what}-{order.file.name}.json"] if self._folder else [])]


def _dressed(
    graph: nx.Graph[str], measures: Sequence[str], positions: Positions | None, order: Order
) -> nx.Graph[str]:
    try:
        return dressed(graph, measures, positions, order.credit)
    except NetworkError:
        if "all" not in order.measures:
            raise
        return dressed(
            graph, [m for m in measures if m != "eigenvector"], positions, order.credit
        )  # which not every network has


def _is_large(graph: nx.Graph[str]) -> bool:
    return len(graph) * graph.number_of_edges() > _MOST_STEPS


def _checked(measures: Sequence[str]) -> Sequence[str]:
    for measure in measures:
        if measure not in MEASURES:
            hint = did_you_mean(measure, list(MEASURES))
            raise ParameterError("measures", f"`{measure[:80]}` is no measure", f"some of {', '.join(MEASURES)}, or all", "degree", hint)  # fmt: skip
    return measures


def _ends(graph: nx.Graph[str], order: Order) -> tuple[str, str]:
    for name, node in zip(order.names, order.ends, strict=True):
        if node not in graph:
            message = f"{node} is not in this network, as it was asked for"
            raise ParameterError(name, message, None, None, near(graph, node))
    return order.ends[0], order.ends[1]


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
