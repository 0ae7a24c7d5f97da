"""Whose turn it is: clients take turns, and no client holds the last worker while it holds all the others."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque

from muniment.workers.limits import ClientBusy, Limits, PoolBusy


class Turns:
    """Admission to a pool. ``take`` before a query, ``give_back`` after it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._share = max(1, limits.workers - 1)
        self._running: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def running(self) -> int:
        """How many queries have a worker."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many queries wait for one."""
        return sum(map(len, self._waiting.values()))

    async def take(self, client: str) -> None:
        """Wait for a turn.

        Raises:
            ClientBusy: this client has too many queries running or waiting already.
            PoolBusy: too many are waiting, or this one has waited too long.
        """
        limits = self._limits
        if self._running[client] + len(self._waiting.get(client, ())) >= limits.per_client:
            hint = f"Keep to {limits.per_client} queries at a time."
            raise ClientBusy("too many of your queries are running or waiting", 1, hint)
        if self._may_run(client) and client not in self._waiting:
            self._running[client] += 1
            return
        if self.waiting >= limits.queue:
            raise PoolBusy(f"{limits.queue} queries are waiting already", 5, "Come back a little later.")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        try:
            async with asyncio.timeout(limits.queue_seconds):
                await turn
        except TimeoutError:
            self._leave(client, turn)
            message = f"no worker was free for {limits.queue_seconds:g} seconds"
            raise PoolBusy(message, 5, "Come back a little later.") from None
        except asyncio.CancelledError:
            self._leave(client, turn)
            raise

    def give_back(self, client: str) -> None:
        """End a turn and begin the next ones."""
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        self._grant()

    def _may_run(self, client: str) -> bool:
        return self.running < self._limits.workers and self._running[client] < self._share

    def _grant(self) -> None:
        for client in list(self._waiting):
            queue = self._waiting[client]
            while queue and queue[0].cancelled():  # whoever waited has gone, and has not run since
                queue.popleft()
            if queue and self._may_run(client):
                self._running[client] += 1
                queue.popleft().set_result(None)
                self._waiting.move_to_end(client)
            if not queue:
                del self._waiting[client]

    def _leave(self, client: str, turn: asyncio.Future[None]) -> None:
        """Somebody stops waiting; a turn that was granted at the same moment goes to the next."""
        if turn.done() and not turn.cancelled():
            self.give_back(client)
            return
        queue = self._waiting.get(client)
        if queue and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._waiting[client]
