"""A service whose store can be replaced while it runs: ``python server.py PORT``. For tests only.

It is the application of ``create_app``, served by Granian, behind a layer that takes N-Quads at ``PUT /-/store``.
"""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from muniment.engine import EmbeddedStore
from muniment_service import Settings, create_app
from muniment_service.answers import InThread
from muniment_service.context import Context

# No prefix is predeclared: some tests are about prefixes that are not declared.
SETTINGS = Settings(title="Tests")


class Switch:
    """The layer that replaces the store."""

    def __init__(self) -> None:
        self.app = create_app(EmbeddedStore.in_memory(b""), SETTINGS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a new store, or pass on the request."""
        if scope["type"] != "http" or scope["path"] != "/-/store":
            await self.app(scope, receive, send)
            return
        store = EmbeddedStore.in_memory(await Request(scope, receive).body())
        self.app.state.publisher.current = Context.of(store, InThread(store), SETTINGS)
        await Response(status_code=204)(scope, receive, send)


def create() -> ASGIApp:
    """What Granian loads."""
    return Switch()


if __name__ == "__main__":
    Server(
        "server:create",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        factory=True,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()
