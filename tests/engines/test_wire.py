"""The wire by itself, before a server that does what it is told: what is sent twice and what is not, lines that are checked, trust, Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muniment import engine
from muniment.engines.exchange import Lines, Reply, Request
from muniment.engines.wire import Wire
from muniment.errors import AnswerSpoiled, StoreUnreachable
from muniment.workers.limits import ResultTooLarge

NTRIPLES = "application/n-triples"
LINE = b'<http://example.org/s> <http://example.org/p> "%06d" .\n'
Script = Callable[[socket.socket, int], None]
"""What is done with a request, whose number is given, once it has been read."""


def answer(body: bytes = b"ok", *, head: bytes = b"") -> Script:
    def send(connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n" % (len(body), head) + body)

    return send


class Told:
    """A server at a port of its own; requests are counted."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None) -> None:
        self.script, self.context, self.requests = script, context, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            while self._read(connection):
                self.requests += 1
                try:
                    self.script(connection, self.requests)
                except (EOFError, ConnectionError):  # hung up, here or there
                    return

    def _read(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            try:
                piece = connection.recv(65536)
            except OSError:
                return False
            if not piece:
                return False
            data += piece
        return True

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@contextmanager
def told(script: Script, context: ssl.SSLContext | None = None) -> Iterator[Told]:
    server = Told(script, context)
    try:
        yield server
    finally:
        server.close()


def send(wire: Wire, server: Told, *, again: bool = True, lines: Lines | None = None, scheme: str = "http", host: str = "127.0.0.1") -> Reply:  # fmt: skip
    return wire.send(Request(f"{scheme}://{host}:{server.port}/", {}, None, 10, again, lines))


def hangs_up(connection: socket.socket, number: int) -> None:
    """Answers the first request of all, and then hangs up on what it has read once."""
    if number == 2:
        raise EOFError
    answer()(connection, number)


def test_a_query_is_sent_again_and_an_update_is_not() -> None:
    for again, requests in ((True, 3), (False, 2)):
        with told(hangs_up) as server:
            wire = Wire("here")
            assert send(wire, server).body == b"ok"
            assert wire.connections == 1
            if again:
                assert send(wire, server, again=True).body == b"ok"
                assert wire.connections == 2  # another engine may be there by now
            else:
                with pytest.raises(AnswerSpoiled):
                    send(wire, server, again=False)
            assert server.requests == requests
            wire.close()


def test_a_query_that_brings_the_engine_down_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """By then more time has gone by than it takes to find a connection closed."""
    monkeypatch.setattr("muniment.engines.exchange._AT_ONCE", 0.0)
    with told(hangs_up) as server:
        wire = Wire("here")
        assert send(wire, server).body == b"ok"
        with pytest.raises(AnswerSpoiled):
            send(wire, server, again=True)
        assert server.requests == 2
        wire.close()


def test_lines_are_looked_at_while_they_come() -> None:
    body = b"".join(LINE % n for n in range(20_000))
    seen: list[bytes] = []
    broken = body[:700_000] + b"Timeout reached" + body[700_000:]
    lines = Lines(NTRIPLES, lambda some: (seen.append(some), engine.check(some, NTRIPLES)))
    for sent, kind, checked, at_least in (
        (body, NTRIPLES, True, 3),
        (body[:-4], NTRIPLES, False, 3),
        (broken, NTRIPLES, False, 3),
        (body.replace(b"000000", b"0" * 300_000, 1), NTRIPLES, False, 0),  # one line of that length
        (body, "text/plain", False, 0),
    ):
        seen.clear()
        with told(answer(sent, head=f"Content-Type: {kind}; charset=utf-8\r\n".encode())) as server:
            wire = Wire("here")
            reply = send(wire, server, lines=lines)
            assert (reply.body, reply.checked) == (sent, checked)
            assert len(seen) >= at_least
            assert all(some.endswith(b"\n") for some in seen[:-1])
            if checked:
                assert b"".join(seen) == body
            wire.close()


def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    with told(answer(b"x" * 3_000_000)) as server:
        wire = Wire("here", most_bytes=1_000_000)
        with pytest.raises(ResultTooLarge):
            send(wire, server)
        wire.close()


def test_ctrl_c_ends_the_waiting() -> None:
    def never(connection: socket.socket, number: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        connection.recv(1)

    with told(never) as server:
        wire = Wire("here")
        with pytest.raises(KeyboardInterrupt):  # else the ten seconds of the request were over first
            send(wire, server, again=False)
        wire.close()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with told(answer(), context) as server:
        wire = Wire("here")
        with pytest.raises(StoreUnreachable, match="not one that is trusted") as error:
            send(wire, server, scheme="https", host="localhost")
        assert "localhost" not in str(error.value)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusting = Wire("here")
        assert send(trusting, server, scheme="https", host="localhost").body == b"ok"
        wire.close()
        trusting.close()


def test_errors_of_connecting_name_no_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    for url, why in ((f"http://127.0.0.1:{free}/", "refused"), ("http://nowhere.invalid/", "not known")):
        wire = Wire("the engine")
        with pytest.raises(StoreUnreachable, match=f"the engine cannot be reached.*{why}") as error:
            wire.send(Request(url, {}, None, 10, again=True))
        assert "127.0.0.1" not in str(error.value)
        assert "invalid" not in str(error.value)
