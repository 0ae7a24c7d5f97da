"""Messages between pool, nursery and workers: a JSON head and a body of bytes, each with its length before it."""

from __future__ import annotations

import json
import struct
from asyncio import StreamReader
from socket import socket
from typing import Any

_LENGTHS = struct.Struct("!IQ")


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A message as bytes."""
    text = json.dumps(head).encode()
    return _LENGTHS.pack(len(text), len(body)) + text + body


async def read(reader: StreamReader) -> tuple[dict[str, Any], bytes]:
    """The next message of a stream.

    Raises:
        asyncio.IncompleteReadError: the other side went away.
    """
    head, body = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    return json.loads(await reader.readexactly(head)), await reader.readexactly(body)


def receive(sock: socket) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a blocking socket; None when the other side went away."""
    lengths = _exactly(sock, _LENGTHS.size)
    if lengths is None:
        return None
    head, body = _LENGTHS.unpack(lengths)
    text, data = _exactly(sock, head), _exactly(sock, body)
    return None if text is None or data is None else (json.loads(text), bytes(data))


def _exactly(sock: socket, size: int) -> bytearray | None:
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        count = sock.recv_into(view[at:])
        if count == 0:
            return None
        at += count
    return data


def unpack(message: bytes) -> dict[str, Any]:
    """The head of a message that came in one piece."""
    length, _ = _LENGTHS.unpack_from(message)
    head: dict[str, Any] = json.loads(message[_LENGTHS.size : _LENGTHS.size + length])
    return head
