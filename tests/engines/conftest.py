"""Engines that run for the session, and things that stand between them and us."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from engine_servers import NAMES, Server, serving


@pytest.fixture(scope="session", params=NAMES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each engine; what a test publishes there, the next one replaces."""
    with serving(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture(scope="session", params=NAMES)
def _mortal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture
def mortal(_mortal: Server) -> Server:
    """Each engine, one that a test may kill; if a test before did, it has been started again."""
    if not _mortal.running:
        _mortal.start()
    return _mortal


class Cutting:
    """A proxy that passes on so many bytes to the engine, and from it, and then cuts the connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.left = 1 << 40
        """Bytes that may still go to the engine."""
        self.back = 1 << 40
        """Bytes that may still come from it."""
        self.cut = 0
        """Connections that were cut."""
        self._pairs: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            engine = socket.create_connection(("127.0.0.1", self._port))
            self._pairs += [client, engine]
            threading.Thread(target=self._pass_on, args=(client, engine, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(engine, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        try:
            while data := source.recv(4096):
                if counts:
                    data = data[: max(0, self.left)]
                    self.left -= len(data)
                    sink.sendall(data)
                    if self.left <= 0:
                        self.cut += 1
                        break
                else:
                    data = data[: max(0, self.back)]
                    self.back -= len(data)
                    sink.sendall(data)
                    if self.back <= 0:
                        self.cut += 1
                        break
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening and hang up."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for end in self._pairs:
            end.close()


@pytest.fixture
def cutting() -> Iterator[Callable[[int], Cutting]]:
    """Makes proxies that drop bytes."""
    made: list[Cutting] = []

    def make(port: int) -> Cutting:
        made.append(Cutting(port))
        return made[-1]

    yield make
    for proxy in made:
        proxy.close()
