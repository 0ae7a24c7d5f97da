"""Reads the body of a request up to a limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from muniment_service.errors import TooLarge

_LINGER_BYTES, _LINGER_SECONDS = 4_000_000, 2.0


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body.

    What is above the limit is taken for a moment and forgotten: a client, or a proxy, that is still sending when the connection ends
    never sees the answer that says why.

    Raises:
        TooLarge: it has more bytes than the limit.
    """
    received, chunks = bytearray(), request.stream()
    async for chunk in chunks:
        received += chunk
        if len(received) > limit:
            await _forget(chunks)
            raise TooLarge("body", limit)
    return bytes(received)


async def _forget(chunks: AsyncIterator[bytes]) -> None:
    left = _LINGER_BYTES
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_LINGER_SECONDS):
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    return
