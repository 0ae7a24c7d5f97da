"""Who evaluates the text of queries: workers that can be killed, for stores that have a deadline of their own a thread, and for look-ups,
which are bounded by what they are, this process."""

from __future__ import annotations

import asyncio
from typing import Protocol

from muniment.engine import EmbeddedStore
from muniment.formats import RESULT_FORMATS
from muniment.lookup import is_lookup
from muniment.store import Dataset, Store
from muniment.workers.pool import Body, Pool, Tally
from muniment.workers.turns import Turns

_RESULTS = frozenset(form.media_type for form in RESULT_FORMATS)
_LOOKUP_BYTES = 64 << 10
"""The longest answer that is evaluated beside other requests: some milliseconds of work."""


class Answers(Protocol):
    """Evaluates queries from outside; ``muniment.workers.pool.Pool`` is one."""

    async def start(self) -> None:
        """Be ready to answer."""

    async def answer(
        self,
        query: str,
        media_type: str,
        *,
        client: str = "",
        dataset: Dataset | None = None,
        timeout: float | None = None,
    ) -> Body:
        """The whole answer, or an error; see ``Pool.answer``."""

    async def retire(self) -> None:
        """End when what runs has ended."""

    async def close(self) -> None:
        """End now."""


class InThread:
    """Asks a store in a thread: for remote engines, which keep to a deadline, and for tests. An embedded engine cannot be stopped so."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def start(self) -> None:
        """Nothing to start."""

    async def answer(
        self,
        query: str,
        media_type: str,
        *,
        client: str = "",
        dataset: Dataset | None = None,
        timeout: float | None = None,
    ) -> Body:
        """See ``Answers.answer``."""
        return await asyncio.to_thread(
            self._store.answer, query, media_type, dataset=dataset, timeout=timeout
        )

    async def retire(self) -> None:
        """Nothing to end."""

    async def close(self) -> None:
        """Nothing to end."""


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

    async def answer(
        self,
        query: str,
        media_type: str,
        *,
        client: str = "",
        dataset: Dataset | None = None,
        timeout: float | None = None,
    ) -> Body:
        """See ``Answers.answer``."""
        if dataset is None and media_type in _RESULTS and is_lookup(query):
            found = self._store.look_up(query, media_type, _LOOKUP_BYTES)
            if found is not None:
                self._pool.tally.answered += 1
                return found
        return await self._pool.answer(query, media_type, client=client, dataset=dataset, timeout=timeout)
