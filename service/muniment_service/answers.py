"""Who evaluates the text of queries: workers that can be killed, or for stores that have a deadline of their own a thread."""

from __future__ import annotations

import asyncio
from typing import Protocol

from muniment.store import Dataset, Store
from muniment.workers.pool import Body


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
