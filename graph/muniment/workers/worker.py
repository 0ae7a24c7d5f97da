"""A worker: one query or network at a time from its socket, until the socket closes or somebody kills the process."""

from __future__ import annotations

import io
import os
import pickle
import resource
import tempfile
from pathlib import Path
from socket import socket
from typing import IO, TYPE_CHECKING, Any, cast

from muniment.engine import EmbeddedStore
from muniment.errors import (
    MunimentError,
    NetworkError,
    NetworkTooLarge,
    NotTied,
    ParameterError,
    QueryRefused,
    QuerySyntaxError,
    ServiceFailed,
    StoreError,
)
from muniment.store import Dataset
from muniment.workers.frames import pack, receive, start

if TYPE_CHECKING:
    from muniment.network.workshop import Workshop

SYNTAX = ("line", "column", "hint", "token", "excerpt")
"""What is told of a syntax error beside its message."""
OF_NETWORKS = {kind.__name__: kind for kind in (ParameterError, NetworkError, NetworkTooLarge, NotTied)}
"""Errors of networks, which are told with all that they hold."""
IN_FRAME = 4 << 20
"""Answers up to this size travel in the message, larger ones in a file."""


class _TooLarge(OSError):
    pass


class _Answer(io.RawIOBase):
    """Takes what the engine writes, in memory and then in a file, and stops it at the limit."""

    def __init__(self, limit: int, folder: str) -> None:
        self.size = 0
        self._limit = limit
        self._folder = folder
        self._file: IO[bytes] = io.BytesIO()
        self._name = ""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self.size > self._limit:
            raise _TooLarge
        if self.size > IN_FRAME and not self._name:
            self._move_to_file()
        return self._file.write(data)

    def _move_to_file(self) -> None:
        handle, self._name = tempfile.mkstemp(dir=self._folder)
        held, self._file = self._file, os.fdopen(handle, "wb")
        assert isinstance(held, io.BytesIO)
        self._file.write(held.getbuffer())

    def send(self, sock: socket) -> None:
        """Send the whole answer, or the name of its file; from where it lies, since a copy of a long one takes a while."""
        if isinstance(self._file, io.BytesIO):
            body = self._file.getbuffer()
            sock.sendall(start({}, len(body)))
            sock.sendall(body)
        else:
            self._file.close()
            sock.sendall(pack({"file": self._name}))

    def discard(self) -> None:
        self._file.close()
        if self._name:
            Path(self._name).unlink()


class Worker:
    """Answers from one store."""

    def __init__(self, store: EmbeddedStore, folder: str) -> None:
        """``folder``: where large answers are left for the other side, which removes them, and whole networks for other workers."""
        self._store, self._folder = store, folder
        self._workshop: Workshop | None = None

    def answer(self, asked: dict[str, Any], body: bytes) -> _Answer | dict[str, Any]:
        """The answer to a message, or what went wrong."""
        answer = _Answer(asked["bytes"], self._folder)
        try:
            if "network" in asked:
                answer.write(self._network(body))
            else:
                self._query(asked, body.decode(), cast(IO[bytes], answer))
            return answer
        except BaseException as error:
            answer.discard()
            return _what_went_wrong(error)

    def _query(self, asked: dict[str, Any], query: str, out: IO[bytes]) -> None:
        dataset = Dataset(**asked["dataset"]) if asked["dataset"] else None
        self._store.write_answer(query, asked["media_type"], out, dataset=dataset, relay=asked["relay"])

    def _network(self, order: bytes) -> bytes:
        if self._workshop is None:
            from muniment.network.workshop import Workshop

            self._workshop = Workshop(Path(self._folder))
        return self._workshop.fulfil(pickle.loads(order), self._store)


def work(sock: socket, store: EmbeddedStore, memory: int, folder: str) -> None:
    """Answer queries until the other side goes away.

    Args:
        sock: where queries come from.
        store: what they are asked.
        memory: how many bytes more than now the process may map.
        folder: see ``Worker``.
    """
    _limit_memory(memory)
    worker = Worker(store, folder)
    while (message := receive(sock)) is not None:
        found = worker.answer(*message)
        if isinstance(found, _Answer):
            found.send(sock)
        else:
            sock.sendall(pack(found))


def _what_went_wrong(error: BaseException) -> dict[str, Any]:
    cause = error.__cause__ if isinstance(error, StoreError) else error
    match error:
        case _ if isinstance(cause, _TooLarge):
            return {"error": "size"}
        case QuerySyntaxError():
            told = {name: getattr(error, name) for name in SYNTAX}
            return {"error": "syntax", "message": error.message, **told}
        case _ if type(error).__name__ in OF_NETWORKS:
            told = {name: value for name, value in vars(error).items() if name != "where"}
            return {"error": "network", "kind": type(error).__name__, "told": told}
        case QueryRefused():
            return {"error": "refused", "message": error.message, "hint": error.hint}
        case ServiceFailed():
            return {"error": "service", "message": error.message}
        case MemoryError():
            return {"error": "memory"}
        case MunimentError():
            return {"error": "engine", "message": error.message}
        case _:  # a panic of the engine arrives as an exception of a kind of its own
            return {"error": "engine", "message": "the engine failed"}


def _limit_memory(memory: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
