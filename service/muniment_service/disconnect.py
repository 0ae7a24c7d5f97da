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
    """The result of the work; ``Unsent``, and the work cancelled, if the client goes away meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=_PATIENCE)
        if not task.done():
            gone = asyncio.ensure_future(_disconnect(receive))
            try:
                await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
        return task.result() if task.done() else Unsent()
    finally:
        task.cancel()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
