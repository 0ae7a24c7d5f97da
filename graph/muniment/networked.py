"""What ``muniment.open`` gives: a store, and the networks that can be made of it.

The networks are those of the release that is opened, or the files of a folder. ``muniment.network`` is imported when the first one is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from muniment.artefacts import artefact
from muniment.results import Results
from muniment.store import Dataset, Description, Store

if TYPE_CHECKING:
    import networkx as nx

    from muniment.network import NetworkFile, Size
    from muniment.network.making import Bounds, Choices


class NetworkStore(Store):
    """A store that makes networks of what it holds; every question is put to ``store``."""

    def __init__(
        self,
        store: Store,
        network_folder: Path | None = None,
        saved_networks: Callable[[], list[NetworkFile]] | None = None,
    ) -> None:
        """``network_folder``: where the files of networks stand; None for those that are shipped. ``saved_networks``: the networks that the
        store brings, as a release does: then no folder counts."""
        self.store = store
        self.network_folder = network_folder or artefact("queries") / "network"
        self.saved_networks = saved_networks

    @property
    def engine(self) -> str:
        """See ``Store.engine``."""
        return self.store.engine

    def query(self, query: str, *, timeout: float | None = None) -> Results:
        """See ``Store.query``."""
        return self.store.query(query, timeout=timeout)

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        """See ``Store.answer``."""
        return self.store.answer(query, media_type, dataset=dataset, timeout=timeout)

    def describe(self, iri: str, *, incoming: int = 200) -> Description:
        """See ``Store.describe``."""
        return self.store.describe(iri, incoming=incoming)

    def graphs(self) -> Mapping[str, int]:
        """See ``Store.graphs``."""
        return self.store.graphs()

    def close(self) -> None:
        """See ``Store.close``."""
        self.store.close()

    def network(self, name: str | Path | NetworkFile, **choices: Unpack[Choices]) -> nx.Graph[str]:
        """A network as a networkx graph, by the name or the path of its file; see ``muniment.network.make`` for what can be chosen:
        ``since``, ``until``, ``dates``, ``where``, ``weights``, ``claims``, ``limit``."""
        from muniment.network.making import make

        return make(self.store, self._network(name), **choices)

    def network_size(self, name: str | Path | NetworkFile, **bounds: Unpack[Bounds]) -> Size:
        """How large a network is, without making it; see ``muniment.network.size`` for its bounds: ``since``, ``until``, ``where``, ``limit``."""
        from muniment.network.making import size

        return size(self.store, self._network(name), **bounds)

    def networks(self) -> list[NetworkFile]:
        """The networks that this store can make, by name; raises as ``muniment.network.read_networks``."""
        from muniment.network.files import read_networks

        return self.saved_networks() if self.saved_networks else read_networks(self.network_folder)

    def _network(self, name: str | Path | NetworkFile) -> NetworkFile:
        from muniment.network.files import find_network, network_named

        if self.saved_networks and isinstance(name, str) and not name.endswith(".rq"):
            return network_named(name, self.saved_networks())
        return find_network(name, self.network_folder)
