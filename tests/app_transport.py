"""Calls an application without a network."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx


class AppTransport(httpx.BaseTransport):
    """Calls an ASGI application; an exception that leaves it is the test's failure."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._call(request))

    async def _call(self, request: httpx.Request) -> httpx.Response:
        found = await self._inner.handle_async_request(request)
        body = b"".join([chunk async for chunk in found.stream])  # type: ignore[union-attr]
        return httpx.Response(found.status_code, headers=found.headers, content=body)
