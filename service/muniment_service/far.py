"""Who answers queries on a store that is far away: threads that wait for it, as many at once as there may be queries, and in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, Unpack

from muniment.errors import StoreTimeout
from muniment.store import Store
from muniment.tracing import span
from muniment.workers.limits import Limits, Terms, TimeExceeded
from muniment.workers.pool import Body, Tally
from muniment.workers.turns import Turns
from muniment_service.answers import InThread

if TYPE_CHECKING:
    from muniment.network.orders import Order

_Made = TypeVar("_Made", bytes, Path, Body)


class Far:
    """Hands queries to a remote engine under the limits of a pool: so many at once, so many waiting, so many for one client.

    A client that goes away gives its turn back when the engine has answered, or at the deadline, of which the engine was told: until then
    the engine is at work for it.
    """

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store, self._limits = store, limits
        self.turns, self.tally = Turns(limits), Tally()
        self._inner = InThread(store)
        self._threads = ThreadPoolExecutor(limits.workers, "engine")
        self._running: set[asyncio.Future[object]] = set()

    async def start(self) -> None:
        """Nothing to start: the engine may come up later than the service."""

    async def answer(self, query: str, media_type: str, **terms: Unpack[Terms]) -> Body:
        """See ``Answers.answer``."""
        seconds = self._seconds(terms.get("timeout"))
        ask = partial(self._store.answer, query, media_type, dataset=terms.get("dataset"), timeout=seconds)
        loop = asyncio.get_running_loop()
        begin = partial(loop.run_in_executor, self._threads, copy_context().run, ask)
        return await self._in_turn(terms.get("client", ""), seconds, begin)

    async def network(self, order: Order, *, client: str = "", timeout: float | None = None) -> Body:
        """See ``Answers.network``."""
        seconds = self._seconds(timeout)
        begin = partial(self._inner.network, order, client=client, timeout=seconds)
        return await self._in_turn(client, seconds, begin)

    async def retire(self) -> None:
        """End when what runs has ended."""
        while self._running:
            await asyncio.wait(set(self._running))
        await self.close()

    async def close(self) -> None:
        """Let the threads and connections go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._store.close()

    def _seconds(self, wanted: float | None) -> float:
        return min(wanted or self._limits.seconds, self._limits.seconds)

    async def _in_turn(self, client: str, seconds: float, begin: Callable[[], Awaitable[_Made]]) -> _Made:
        with span("turn"):
            await self.turns.take(client)
        work = asyncio.ensure_future(begin())
        self._running.add(work)  # type: ignore[arg-type]

        def over(done: asyncio.Future[_Made]) -> None:
            self._running.discard(done)
            self.turns.give_back(client)
            if not done.cancelled():
                done.exception()  # somebody has asked for it, or nobody will

        work.add_done_callback(over)
        try:
            made = await asyncio.shield(work)
        except StoreTimeout as error:
            raise TimeExceeded(seconds) from error
        self.tally.answered += 1
        return made
