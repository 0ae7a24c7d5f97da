"""Clients that go away before they are answered: what is computed for them alone is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PATIENCE = 0.05
"""Seconds of work after which it is worth while to see whether the client is still there."""


class Unsent(Response):
    """What a client gets that has gone: nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def unless_gone(work: Coroutine[Any, Any, Response], receive: Receive) -> Response:
    """The result of the work; ``Unsent``, and the work cancelled, if the client goes away meanwhile.

    The work is done by the task of the request: one of its own would cost more than a look-up.
    """
    ours = asyncio.current_task()
    assert ours is not None
    watch = _Watch(ours, receive)
    begin = asyncio.get_running_loop().call_later(_PATIENCE, watch.begin)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.gone and not ours.uncancel():
            return Unsent()
        raise
    finally:
        begin.cancel()
        watch.end()


class _Watch:
    """Cancels a task when the client goes away."""

    def __init__(self, task: asyncio.Task[Any], receive: Receive) -> None:
        self.gone = False
        self._task, self._receive = task, receive
        self._watching: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on, look whether it is still there."""
        self._watching = asyncio.ensure_future(self._wait())

    def end(self) -> None:
        """Look no longer."""
        if self._watching:
            self._watching.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self._task.cancel()
