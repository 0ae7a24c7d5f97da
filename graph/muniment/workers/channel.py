"""The pool's end of the socket to one worker: a message goes out, one comes back, read into place without a copy on the way."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

from muniment.workers.frames import LENGTHS

_SMALL = 1 << 16


class NeverRead(ConnectionResetError):
    """The worker went away and had not read what it was asked."""


class Channel(asyncio.BufferedProtocol):
    """Answers come one at a time; the one that is awaited is the only one."""

    def __init__(self) -> None:
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._small = bytearray(_SMALL)
        self._buffer, self._filled, self._total = self._small, 0, 0
        self._awaited: asyncio.Future[tuple[dict[str, Any], bytes]] | None = None

    @property
    def closed(self) -> bool:
        """Nothing can be asked any more."""
        return self._closed or self._transport is None or self._transport.is_closing()

    async def ask(self, message: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a message and wait for the answer.

        Raises:
            TimeoutError: it did not come within the time.
            NeverRead: the worker went away before it had read all of the message.
            ConnectionError: it went away later.
        """
        if self._transport is None or self.closed:
            raise NeverRead
        awaited: asyncio.Future[tuple[dict[str, Any], bytes]] = self._loop.create_future()
        self._awaited = awaited
        self._transport.write(message)
        late = self._loop.call_later(seconds, self._fail, TimeoutError())
        try:
            return await awaited
        finally:
            late.cancel()
            self._awaited = None

    def close(self) -> None:
        """Let go of the socket."""
        self._closed = True
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def connection_lost(self, exc: Exception | None) -> None:
        """The worker has closed its end; the system says so by an error only if something that was sent, or is to be, remains unread."""
        self._closed = True
        self._fail(NeverRead() if isinstance(exc, ConnectionError) else ConnectionResetError("closed"))

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes belong."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come: make room for a long message once its length is known, hand over one that is whole."""
        self._filled += nbytes
        if not self._total:
            if self._filled < LENGTHS.size:
                return
            self._total = LENGTHS.size + sum(LENGTHS.unpack_from(self._buffer))
            if self._total > _SMALL:
                self._buffer = bytearray(self._total)
                self._buffer[: self._filled] = self._small[: self._filled]
        if self._filled >= self._total:
            self._hand_over()

    def _hand_over(self) -> None:
        head = LENGTHS.size + LENGTHS.unpack_from(self._buffer)[0]
        whole = memoryview(self._buffer)
        found = json.loads(bytes(whole[LENGTHS.size : head])), bytes(whole[head : self._total])
        self._buffer, self._filled, self._total = self._small, 0, 0
        if self._awaited and not self._awaited.done():
            self._awaited.set_result(found)

    def _fail(self, error: Exception) -> None:
        if self._awaited and not self._awaited.done():
            self._awaited.set_exception(error)
