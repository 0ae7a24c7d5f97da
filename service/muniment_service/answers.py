"""Who evaluates the text of queries and makes networks: workers that can be killed, for stores that have a deadline of their own a thread, and for look-ups,
which are bounded by what they are, this process."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Event
from typing import TYPE_CHECKING, Protocol, Unpack

from muniment.engine import EmbeddedStore
from muniment.errors import StoreTimeout
from muniment.formats import RESULT_FORMATS
from muniment.lookup import is_lookup
from muniment.store import Dataset, Store
from muniment.workers.limits import Limits, PoolBusy, Terms, TimeExceeded
from muniment.workers.pool import Body, Pool, Tally
from muniment.workers.turns import Turns

if TYPE_CHECKING:
    from muniment.network.orders import Order
    from muniment.network.workshop import Workshop

_RESULTS = frozenset(form.media_type for form in RESULT_FORMATS)
_LOOKUP_BYTES = 64 << 10
"""The longest answer that is evaluated beside other requests: some milliseconds of work."""


_THREADS, _WAITING = 2, 32
"""Networks that are made in threads at once, and that wait for one."""


def taken(body: Body) -> bytes:
    """The bytes of an answer; if they lie in a file, it is removed."""
    if isinstance(body, bytes):
        return body
    try:
        return body.read_bytes()
    finally:
        body.unlink()


class Answers(Protocol):
    """Evaluates queries from outside; ``muniment.workers.pool.Pool`` is one."""

    async def start(self) -> None:
        """Be ready to answer."""

    async def answer(self, query: str, media_type: str, **terms: Unpack[Terms]) -> Body:
        """The whole answer, or an error; see ``Pool.answer``."""

    async def network(self, order: Order, *, client: str = "", timeout: float | None = None) -> Body:
        """A network made to order; see ``Pool.network``."""

    async def retire(self) -> None:
        """End when what runs has ended."""

    async def close(self) -> None:
        """End now."""


class InThread:
    """Asks a store in a thread: for remote engines, which keep to a deadline, and for tests. An embedded engine cannot be stopped so.

    Nor can the measuring of a network, once its queries are answered: whoever asked is told in time, and the thread ends when it has. What
    bounds it is the limit of reasons, and that there are two such threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(_THREADS, "networks")
        self._workshop: Workshop | None = None
        self._orders = 0

    async def start(self) -> None:
        """Nothing to start."""

    async def answer(self, query: str, media_type: str, **terms: Unpack[Terms]) -> Body:
        """See ``Answers.answer``."""
        dataset, timeout = terms.get("dataset"), terms.get("timeout")
        return await asyncio.to_thread(
            self._store.answer, query, media_type, dataset=dataset, timeout=timeout
        )

    async def network(self, order: Order, *, client: str = "", timeout: float | None = None) -> Body:
        """See ``Answers.network``."""
        if self._orders >= _THREADS + _WAITING:
            raise PoolBusy("too many networks are waiting to be made", 5, "Ask again in some seconds.")
        seconds = timeout or Limits().seconds
        store = _Within(self._store, seconds)
        self._orders += 1
        try:
            made = asyncio.get_running_loop().run_in_executor(
                self._threads, copy_context().run, self._fulfil, order, store
            )
            return await asyncio.wait_for(made, seconds)
        except (TimeoutError, StoreTimeout):
            raise TimeExceeded(seconds) from None
        finally:
            self._orders -= 1
            store.gone.set()

    def _fulfil(self, order: Order, store: _Within) -> bytes:
        if self._workshop is None:
            from muniment.network.workshop import Workshop

            self._workshop = Workshop()
        return self._workshop.fulfil(order, store)

    async def retire(self) -> None:
        """Nothing to end."""

    async def close(self) -> None:
        """Nothing to end."""


class _Within:
    """A store that answers until a time has passed or nobody waits any longer."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store, self._last = store, time.monotonic() + seconds
        self.gone = Event()

    def answer(
        self, query: str, media_type: str, *, dataset: Dataset | None = None, timeout: float | None = None
    ) -> bytes:
        """See ``muniment.store.Answering``."""
        left = self._last - time.monotonic()
        if left <= 0 or self.gone.is_set():
            raise StoreTimeout("the time for a network is over")
        return self._store.answer(query, media_type, dataset=dataset, timeout=left)


class Near:
    """Look-ups are evaluated here, where nothing need be handed over; all other queries, and look-ups with a long answer, by a pool."""

    def __init__(self, store: EmbeddedStore, pool: Pool) -> None:
        self._store, self._pool = store, pool
        self.start, self.retire, self.close = pool.start, pool.retire, pool.close

    @property
    def turns(self) -> Turns:
        """See ``Pool``: the queries that have or want a worker."""
        return self._pool.turns

    @property
    def tally(self) -> Tally:
        """See ``Pool``; look-ups count as answered, too."""
        return self._pool.tally

    async def answer(self, query: str, media_type: str, **terms: Unpack[Terms]) -> Body:
        """See ``Answers.answer``."""
        if terms.get("dataset") is None and media_type in _RESULTS and is_lookup(query):
            found = self._store.look_up(query, media_type, _LOOKUP_BYTES)
            if found is not None:
                self._pool.tally.answered += 1
                return found
        return await self._pool.answer(query, media_type, **terms)

    async def network(self, order: Order, *, client: str = "", timeout: float | None = None) -> Body:
        """See ``Answers.network``."""
        return await self._pool.network(order, client=client, timeout=timeout)
