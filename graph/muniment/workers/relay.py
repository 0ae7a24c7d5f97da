"""The relay: how queries reach the endpoints that the operator allows, and nothing else.

The engine's HTTP client follows redirects and resolves names, and cannot be told not to. So it is given addresses of this relay, a
server on the loopback with an unguessable path: ``http://127.0.0.1:PORT/TOKEN/N`` stands for the endpoint N, which ``outbound`` calls.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import responses
from typing import Any

from muniment.workers.limits import Limits
from muniment.workers.outbound import PIECE, Endpoint, Fetch, Reply, Resolver, resolve

_QUERY_BYTES = 16 << 20
_REQUEST_SECONDS = 10.0
_PASSED_ON = ("accept", "content-type")


class Relay:
    """Passes queries on to endpoints; start and close it in one event loop."""

    def __init__(self, endpoints: Sequence[str], limits: Limits, resolver: Resolver = resolve) -> None:
        self._endpoints = {str(number): Endpoint.of(url) for number, url in enumerate(endpoints)}
        self._limits, self._resolver = limits, resolver
        self._path = f"/{secrets.token_urlsafe(24)}"
        self._threads = ThreadPoolExecutor(2 * limits.workers, "relay")
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.addresses: dict[str, str] = {}
        """The address that stands for each endpoint."""

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=PIECE)
        port = self._server.sockets[0].getsockname()[1]
        for number, endpoint in self._endpoints.items():
            self.addresses[endpoint.url] = f"http://127.0.0.1:{port}{self._path}/{number}"

    async def close(self) -> None:
        """End what runs."""
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            reply = await self._answer(reader)
            with reply.body as body:
                writer.write(
                    f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Status')}\r\nConnection: close\r\n"
                    f"Content-Type: {reply.media_type}\r\nContent-Length: {reply.size}\r\n\r\n".encode()
                )
                while piece := body.read(PIECE):
                    writer.write(piece)
                    await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or does not speak HTTP
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> Reply:
        async with asyncio.timeout(_REQUEST_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, _, path = first.rpartition(" ")[0].partition(" ")
            endpoint = self._endpoint(path)
            if endpoint is None:
                return Reply.text(404, "there is nothing at this address")
            headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
            length = headers.get("content-length", "")
            if method != "POST" or not length.isdecimal():
                return Reply.text(400, "only POST with a Content-Length is understood")
            if int(length) > _QUERY_BYTES:
                return Reply.text(413, f"the query is longer than {_QUERY_BYTES:,} bytes")
            body = await reader.readexactly(int(length))
        for url, address in self.addresses.items():  # a SERVICE inside a SERVICE is the endpoint's to call
            body = body.replace(f"<{address}>".encode(), f"<{url}>".encode())
        passed = {name.title(): headers[name] for name in _PASSED_ON if name in headers}
        return await self._fetch(Fetch(endpoint, self._limits, self._resolver), body, passed, reader)

    def _endpoint(self, path: str) -> Endpoint | None:
        before, _, number = path.rpartition("/")
        known = secrets.compare_digest(before.encode(), self._path.encode())
        return self._endpoints.get(number) if known else None

    async def _fetch(
        self, fetch: Fetch, body: bytes, headers: dict[str, str], reader: asyncio.StreamReader
    ) -> Reply:
        """Call the endpoint, for as long as the worker waits and the limit of time has not passed."""
        loop = asyncio.get_running_loop()
        found = loop.run_in_executor(self._threads, fetch.run, "POST", body, headers)
        gone = asyncio.ensure_future(reader.read(1))
        both: set[asyncio.Future[Any]] = {found, gone}
        try:
            await asyncio.wait(both, timeout=self._limits.seconds, return_when=asyncio.FIRST_COMPLETED)
            if found.done():
                return found.result()
        finally:
            gone.cancel()
            if not found.done():
                fetch.stop()
                found.add_done_callback(_discard)
        return Reply.text(502, f"it did not answer within {self._limits.seconds:g} seconds")


def _discard(found: asyncio.Future[Reply]) -> None:
    if not found.cancelled() and found.exception() is None:
        found.result().body.close()
