"""Messages between pool, nursery and workers: a JSON head and a body of bytes, each with its length before it."""

from __future__ import annotations

import json
import struct
from socket import socket
from typing import Any

LENGTHS = struct.Struct("!IQ")
"""What a message begins with: the lengths of its head and its body."""


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A message as bytes."""
    return start(head, len(body)) + body


def start(head: dict[str, Any], size: int) -> bytes:
    """What stands before a body of that size."""
    text = json.dumps(head).encode()
    return LENGTHS.pack(len(text), size) + text


def receive(sock: socket) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a blocking socket; None when the other side went away."""
    lengths = _exactly(sock, LENGTHS.size)
    if lengths is None:
        return None
    head, body = LENGTHS.unpack(lengths)
    text, data = _exactly(sock, head), _exactly(sock, body)
    return None if text is None or data is None else (json.loads(text), bytes(data))


def _exactly(sock: socket, size: int) -> bytearray | None:
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        try:
            count = sock.recv_into(view[at:])
        except ConnectionResetError:  # it was killed with something unread
            return None
        if count == 0:
            return None
        at += count
    return data


def unpack(message: bytes) -> dict[str, Any]:
    """The head of a message that came in one piece."""
    length, _ = LENGTHS.unpack_from(message)
    head: dict[str, Any] = json.loads(message[LENGTHS.size : LENGTHS.size + length])
    return head
