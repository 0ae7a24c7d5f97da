"""The stores that the services of these tests ask: in this process, or in the engine that ``TEST_ENGINE`` names (``make test-engines``)."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from engine_servers import Server, serving

from muniment.engine import EmbeddedStore, parse
from muniment.engines.publish import Part, Publishable, publish
from muniment.engines.released import ReleasedStore
from muniment.engines.target import Target
from muniment.release import Release
from muniment.results import Results
from muniment.store import Dataset, Store
from muniment.terms import Quad

ENGINE = os.environ.get("TEST_ENGINE", "embedded")
"""Whose answers services give in these tests: ``embedded``, or an engine of ``engine_servers``."""


class Stores:
    """Makes stores; those that lie in an engine share one, which points to one of them at a time."""

    def __init__(self, make_folder: Callable[[], Path], engine: str = ENGINE) -> None:
        self._make_folder = make_folder
        self._engine = engine
        self._embedded = engine == "embedded"
        self._shared: _Shared | None = None
        self._ends = ExitStack()

    def of(self, data: str | Iterable[Quad], prefixes: Mapping[str, str] | None = None) -> Store:
        """The store of some data, as TriG or quads; queries may use the prefixes without declaring them."""
        quads = sorted(set(parse(data, "application/trig") if isinstance(data, str) else data))
        lines = "".join(quad.line() for quad in quads).encode()
        if self._embedded:
            return EmbeddedStore.in_memory(lines, prefixes or {})
        return self._in_engine(Part(hashlib.sha256(lines).hexdigest()[:16], quads), prefixes or {})

    def of_release(self, release: Release) -> Store:
        """The store of a release."""
        return release.open(10**6) if self._embedded else self._in_engine(release, release.prefixes)

    def environ(self, release: Release) -> dict[str, str]:
        """What a process that serves a release has to be told: where an engine of its own is that holds it, if one is tested."""
        if self._embedded:
            return {}
        server = self._ends.enter_context(serving(self._engine, self._make_folder()))
        publish(release, server.target())
        return server.environ

    def close(self) -> None:
        """End the engines."""
        self._ends.close()

    def _in_engine(self, data: Publishable, prefixes: Mapping[str, str]) -> Store:
        if self._shared is None:
            self._shared = _Shared(self._ends.enter_context(serving(self._engine, self._make_folder())))
        store = _InTurn(self._shared, data, prefixes)
        self._ends.callback(store.close)
        return store


class _Shared:
    """An engine of several stores, and which of them it points to."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._target: Target = server.target()
        self._current: str | None = None
        self._lock = threading.Lock()

    def turn_to(self, data: Publishable) -> None:
        """Have it point to this; what it held before, it only has to switch to."""
        with self._lock:
            if self._current != data.id:
                self._current = None
                publish(data, self._target)
                self._current = data.id


class _InTurn(ReleasedStore):
    """A store whose turn it is when it is asked."""

    def __init__(self, shared: _Shared, data: Publishable, prefixes: Mapping[str, str]) -> None:
        super().__init__(shared.server.url, data.id, kind=shared.server.engine, prefixes=prefixes)
        self._shared, self._data = shared, data

    def query(self, query: str, *, timeout: float | None = None) -> Results:
        self._shared.turn_to(self._data)
        return super().query(query, timeout=timeout)

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        self._shared.turn_to(self._data)
        return super().answer(query, media_type, dataset=dataset, timeout=timeout)
