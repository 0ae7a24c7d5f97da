"""The networks of a release: made when they are asked for, by queries that the workers evaluate, and held while the release is served.

The work on a graph that is made is Python's own and stands beside the event loop in a thread, so it is bounded: by the number of reasons, by
what a measure would cost, and by how many networks are worked on at once.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from muniment.errors import MunimentError, NetworkError, NetworkTooLarge, ParameterError, did_you_mean
from muniment.network import NetworkFile, Size, network_of
from muniment.network.dates import window
from muniment.queries import QueryFile
from muniment.store import Dataset
from muniment.workers.limits import PoolBusy
from muniment.workers.pool import Body
from muniment_service.answers import Answers
from muniment_service.errors import NotFound
from muniment_service.network_request import NetworkRequest

if TYPE_CHECKING:
    import networkx as nx

    from muniment.network.placing import Positions

FOLDER = "network"
_AT_ONCE, _WAITING = 2, 32
_HELD = 6
"""Networks that are held, whole; what a request wants is cut from them."""
_COSTLY = {
    "betweenness": 50_000_000,
    "closeness": 50_000_000,
    "eigenvector": 2_000_000_000,
    "clustering": 200_000_000,
}
"""Nodes times ties up to which a measure is taken here: some seconds."""
_MOST_PLACED = 3_000
"""Nodes up to which positions are computed: some seconds."""
_OFFLINE = "`muniment network {name} --format gexf -o {name}.gexf` on the release has no limits."

T = TypeVar("T")


@dataclass(frozen=True)
class Asker:
    """Asks, from a thread, those who evaluate queries on the event loop; for one client, who may go away."""

    answers: Answers
    loop: asyncio.AbstractEventLoop
    gone: Event
    client: str
    timeout: float | None

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        """See ``muniment.store.Answering``."""
        if self.gone.is_set():
            raise CancelledError
        asking: Future[Body] = asyncio.run_coroutine_threadsafe(
            self.answers.answer(
                query, media_type, client=self.client, dataset=dataset, timeout=timeout or self.timeout
            ),
            self.loop,
        )
        body = asking.result()
        if isinstance(body, bytes):
            return body
        try:
            return body.read_bytes()
        finally:
            body.unlink()


class Networks:
    """The networks that are saved with a store."""

    def __init__(
        self, answers: Answers, queries: Iterable[QueryFile], limit: int, beside: Path | None = None
    ) -> None:
        """``beside``: the directory of the release, next to which positions are kept."""
        self._answers, self._limit = answers, limit
        self._queries = {query.name: query for query in queries if query.folder == FOLDER}
        self._files: dict[str, NetworkFile] = {}
        self._sizes: dict[str, Size] = {}
        self._graphs: OrderedDict[str, nx.Graph[str]] = OrderedDict()
        self._too_large: dict[str, NetworkTooLarge] = {}
        self._positions: dict[str, Positions] = {}
        self._beside = beside
        self._turns = anyio.CapacityLimiter(_AT_ONCE)

    @property
    def names(self) -> list[str]:
        """The names of the networks, in order."""
        return sorted(self._queries)

    def file(self, name: str) -> NetworkFile:
        """The network of that name.

        Raises:
            NotFound: there is none.
        """
        if name not in self._queries:
            hint = did_you_mean(name, self.names) or "/networks lists them."
            raise NotFound(f"There is no network `{name[:80]}`.", hint=hint)
        if name not in self._files:
            self._files[name] = network_of(self._queries[name])
        return self._files[name]

    async def work(self, task: Callable[[Asker], T], client: str, timeout: float | None) -> T:
        """Do something with networks in a thread, with an asker for its queries; who goes away is asked for no longer.

        Raises:
            PoolBusy: too many wait already.
        """
        if self._turns.statistics().tasks_waiting >= _WAITING:
            raise PoolBusy("too many networks are waiting to be made", 5, "Ask again in some seconds.")
        gone = Event()
        asker = Asker(self._answers, asyncio.get_running_loop(), gone, client, timeout)
        try:
            return await anyio.to_thread.run_sync(
                partial(task, asker), limiter=self._turns, abandon_on_cancel=True
            )
        finally:
            gone.set()

    def size(self, asker: Asker, name: str) -> Size | None:
        """How large a network is; None if it takes too long to count."""
        if name not in self._sizes:
            from muniment.network import size

            try:
                self._sizes[name] = size(asker, self.file(name), Path())
            except MunimentError:
                return None
        return self._sizes[name]

    def graph(self, asker: Asker, name: str, asked: NetworkRequest) -> nx.Graph[str]:
        """A network, cut as it is asked for.

        Raises:
            NetworkTooLarge: it has more reasons than are allowed, in the window that is asked for.
            NetworkError: it cannot be cut so.
            ParameterError: a class or node that it does not have.
        """
        from muniment.network import at_least, ego, largest_component, of_class

        graph = self._within(asker, name, asked)
        if asked.of_class is not None:
            _check_class(graph, asked.of_class)
            graph = of_class(graph, asked.of_class)
        if asked.min_weight is not None:
            graph = at_least(graph, asked.min_weight)
        if asked.largest:
            graph = largest_component(graph)
        if asked.ego is not None:
            graph = ego(graph, known(graph, "ego", asked.ego), asked.radius)
        return graph

    def dressed(
        self, asker: Asker, name: str, graph: nx.Graph[str], measures: Sequence[str], credit: str = ""
    ) -> nx.Graph[str]:
        """The network with measures, communities and positions: those that its nodes have in the whole network.

        Raises:
            ParameterError: a measure that is none.
            NetworkError: a measure that the network does not have.
            NetworkTooLarge: a measure that would take too long.
        """
        from muniment.network import MEASURES
        from muniment.network.formats import dressed

        names = list(MEASURES) if "all" in measures else list(measures)
        for measure in names:
            if measure not in MEASURES:
                hint = did_you_mean(measure, list(MEASURES))
                raise ParameterError("measures", f"`{measure[:80]}` is no measure", f"some of {', '.join(MEASURES)}, or all", "degree", hint)  # fmt: skip
            if len(graph) * graph.number_of_edges() > _COSTLY.get(measure, 10**12):
                error = NetworkTooLarge(name, self._limit)
                error.message = f"{measure} of {len(graph):,} nodes and {graph.number_of_edges():,} ties would take too long here"
                error.hint = f"Narrow the network, or leave {measure} out. {_OFFLINE.format(name=name)}"
                raise error
        try:
            return dressed(graph, names, self._placed(asker, name, graph), credit)
        except NetworkError:
            if "all" not in measures or "eigenvector" not in names:
                raise
            names.remove("eigenvector")  # which not every network has
            return dressed(graph, names, self._placed(asker, name, graph), credit)

    def _within(self, asker: Asker, name: str, asked: NetworkRequest) -> nx.Graph[str]:
        """The network in its window: cut from the whole one, or if that is too large made for the window alone."""
        from muniment.network import during, make
        from muniment.network.making import check_dates

        file, wanted = self.file(name), window(asked.since, asked.until)
        check_dates(file, wanted)
        try:
            whole = self._whole(asker, name)
        except NetworkTooLarge:
            if not wanted:
                raise
            try:
                return make(
                    asker,
                    file,
                    Path(),
                    since=asked.since,
                    until=asked.until,
                    dates=asked.dates,
                    limit=self._limit,
                )
            except NetworkTooLarge as error:
                raise _narrower(error, name) from None
        return during(whole, asked.since, asked.until, dates=asked.dates) if wanted else whole

    def _whole(self, asker: Asker, name: str) -> nx.Graph[str]:
        from muniment.network import make

        if error := self._too_large.get(name):
            raise error
        if (held := self._graphs.get(name)) is not None:
            return held
        try:
            graph = make(asker, self.file(name), Path(), limit=self._limit)
        except NetworkTooLarge as error:
            self._too_large[name] = _narrower(error, name)
            raise
        self._graphs[name] = graph
        if len(self._graphs) > _HELD:
            self._graphs.popitem(last=False)
        return graph

    def _placed(self, asker: Asker, name: str, graph: nx.Graph[str]) -> Positions | None:
        """Where nodes stand, the same in every picture of the release; of a network that is too large, where they stand in this part of it."""
        from muniment.network import placed

        if name in self._positions:
            return self._positions[name]
        try:
            whole = self._whole(asker, name)
        except NetworkTooLarge:
            return placed(graph) if len(graph) <= _MOST_PLACED else None
        if len(whole) > _MOST_PLACED:
            return placed(graph) if len(graph) <= _MOST_PLACED else None
        kept = self._beside.parent / ".layouts" / f"{self._beside.name}-{name}.json" if self._beside else None
        found = _read(kept, whole) if kept else None
        if found is None:
            found = placed(whole)
            if kept:
                _write(kept, found)
        self._positions[name] = found
        return found


def known(graph: nx.Graph[str], parameter: str, node: str) -> str:
    """The node, which a parameter names, if the network has it.

    Raises:
        ParameterError: it has not.
    """
    from muniment.network.subsets import near

    if node not in graph:
        message = f"{node} is not in this network, as it was asked for"
        raise ParameterError(parameter, message, None, None, near(graph, node))
    return node


def _check_class(graph: nx.Graph[str], wanted: str) -> None:
    classes = {found for _, several in graph.nodes(data="classes", default=()) for found in several}
    if classes and wanted not in classes:
        hint = did_you_mean(wanted, sorted(classes)) or f"Its nodes are {', '.join(sorted(classes))}."
        raise ParameterError("class", f"no node is of {wanted}", None, None, hint)


def _narrower(error: NetworkTooLarge, name: str) -> NetworkTooLarge:
    error.hint = f"Narrow it to a shorter time (since, until). {_OFFLINE.format(name=name)}"
    return error


def _read(path: Path, graph: nx.Graph[str]) -> Positions | None:
    """Positions that were kept; None if there are none, or not those of this network."""
    try:
        found = {str(n): (float(x), float(y)) for n, (x, y) in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return found if found.keys() == set(graph) else None


def _write(path: Path, positions: Positions) -> None:
    """Keep positions, whole or not at all; where the folder cannot be written each process computes its own, which are the same."""
    from tempfile import NamedTemporaryFile

    try:
        path.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            json.dump(positions, file)
        Path(file.name).replace(path)
    except OSError:
        return
