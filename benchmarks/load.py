"""Load on an HTTP server at 127.0.0.1, from a process of its own: wrk for rates, raw sockets for latencies and for slow queries.

    echo '{"port": 8000, "paths": ["/sparql?query=ASK%20%7B%7D"], "accept": "*/*"}' | python benchmarks/load.py

Connections are kept alive. A request with a tag gets a comment with a number at its end, so that no text is ever asked twice.
"""

from __future__ import annotations

import json
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

WRK = shutil.which("wrk")
_LUA = Path(__file__).with_name("requests.lua")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What is asked of a server, by how many clients, and for how long."""

    port: int
    paths: Sequence[str]
    accept: str
    tag: str | None = None
    clients: int = 1
    seconds: float = 3.0
    most: int = 1_000_000
    """The number of requests after which it ends, even if time is left."""
    patience: float = 60.0
    """How long answers are waited for once the time is over."""
    first_address: int | None = None
    """Each client has an address of its own: the first one 127.0.0.N, and so on; without it, all have 127.0.0.1."""
    sizes: Sequence[int] = ()
    """The bytes of the right body for each path; an answer whose body is more than a tenth shorter or longer is none. Empty: any will do."""


class Client:
    """One connection that is kept alive, and the request that is under way on it."""

    def __init__(self, load: Load, address: str) -> None:
        self.load, self.address = load, address
        self.buffer, self.length, self.began = bytearray(), None, 0.0
        self.size: int | None = None
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.load.port), source_address=(self.address, 0))

    def ask(self, path: str, size: int | None) -> None:
        """Send a request whose answer has a body of that size."""
        self.size = size
        text = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.load.port}\r\nAccept: {self.load.accept}\r\n"
        self.buffer, self.length, self.began = bytearray(), None, time.perf_counter()
        self.socket.sendall(f"{text}Connection: keep-alive\r\n\r\n".encode())

    def receive(self) -> int | None:
        """Read what has come: the status once the answer is whole, 0 if the server hung up before."""
        piece = self.socket.recv(1 << 18)
        self.buffer += piece
        if piece and not self._whole():
            return None
        return int(self.buffer[9:12]) if self._whole() else 0

    def _whole(self) -> bool:
        if self.length is None:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.buffer[:end])
            found = _LENGTH.search(head)
            self.length = -1 if _CHUNKED.search(head) else end + 4 + int(found[1] if found else 0)
        return self.buffer.endswith(_LAST_CHUNK) if self.length < 0 else len(self.buffer) >= self.length

    def right(self) -> bool:
        """Whether the body that has come is about as long as it should be."""
        body = bytes(self.buffer).partition(b"\r\n\r\n")[2]
        size = len(body) if self.length is None or self.length >= 0 else _unchunked(body)
        return self.size is None or abs(size - self.size) <= self.size / 10

    def renew(self) -> None:
        """Another connection: the server has ended this one, or will."""
        self.socket.close()
        self.socket = self._connect()


def _unchunked(body: bytes) -> int:
    """How many bytes a body in chunks holds."""
    total = at = 0
    while (end := body.find(b"\r\n", at)) >= 0 and (size := int(body[at:end].split(b";")[0], 16)):
        total += size
        at = end + 2 + size + 2
    return total


@dataclass
class Measured:
    """The times of the answers, and what else came back."""

    times: list[float] = field(default_factory=list)
    failed: Counter[int | str] = field(default_factory=Counter)
    """Status -> number of answers that are no success; 0 is a connection that was ended, ``body`` a 200 with another body than the right one."""
    unanswered: int = 0
    """Requests that were given up; the time until then is among the times."""
    seconds: float = 0.0

    def summary(self) -> dict[str, Any]:
        """What is kept of it."""
        times = sorted(self.times)
        answers = len(times) - self.unanswered
        found: dict[str, Any] = {"answers": answers, "rate": round(answers / self.seconds, 2)}
        if times:
            found |= {f"p{p}_ms": round(1000 * quantile(times, p / 100), 3) for p in (50, 99)}
        extra = {"failed": dict(self.failed), "unanswered": self.unanswered}
        return {**found, **{key: value for key, value in extra.items() if value}}


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of the values lie."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Generator:
    """Keeps a number of clients busy with one thread."""

    def __init__(self, load: Load) -> None:
        self.load, self.numbers, self.found = load, count(), Measured()
        self.selector = selectors.DefaultSelector()
        self.busy: set[Client] = set()

    def run(self) -> Measured:
        """Ask until the time is over, then wait for the answers that are missing."""
        start = time.perf_counter()
        until = start + self.load.seconds
        for number in range(self.load.clients):
            first = self.load.first_address
            self._ask(Client(self.load, f"127.0.0.{first + number if first else 1}"), register=True)
        while self.busy and (now := time.perf_counter()) < until + self.load.patience:
            for key, _ in self.selector.select(until + self.load.patience - now):
                self._answered(key.data, until)
        self.found.seconds = time.perf_counter() - start
        self.selector.close()
        for client in self.busy:
            client.socket.close()
            self.found.unanswered += 1
            self.found.times.append(time.perf_counter() - client.began)
        return self.found

    def _ask(self, client: Client, register: bool = False) -> None:
        number = next(self.numbers)
        path = self.load.paths[number % len(self.load.paths)]
        size = self.load.sizes[number % len(self.load.paths)] if self.load.sizes else None
        client.ask(path if self.load.tag is None else f"{path}%20%23{self.load.tag}{number}", size)
        self.busy.add(client)
        if register:
            self.selector.register(client.socket, selectors.EVENT_READ, client)

    def _answered(self, client: Client, until: float) -> None:
        try:
            status: int | str | None = client.receive()
        except ConnectionError:
            status = 0
        if status is None:
            return None
        now = time.perf_counter()
        if status == 200 and not client.right():
            status = "body"
        if status == 200:
            self.found.times.append(now - client.began)
        else:
            self.found.failed[status] += 1
            time.sleep(0.02)  # what is refused is asked again, but not at once
        self.busy.discard(client)
        more = now < until and len(self.found.times) < self.load.most
        closing = status == 0 or b"\r\nconnection: close" in bytes(client.buffer[:2000]).lower()
        if closing or not more:  # a connection at rest is not listened to: its end is no answer
            self.selector.unregister(client.socket)
        if not more:
            return client.socket.close()
        if closing:
            client.renew()
        return self._ask(client, register=closing)


def start(load: Load) -> subprocess.Popen[str]:
    """The generator in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    process.stdin.write(json.dumps(asdict(load)))
    process.stdin.close()
    return process


def run(load: Load) -> dict[str, Any]:
    """Start the generator and wait for what it measures."""
    with start(load) as process:
        assert process.stdout
        return dict(json.loads(process.stdout.read()))


def run_wrk(load: Load) -> dict[str, Any]:
    """The rate that wrk measures, with one thread."""
    assert WRK
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as paths:
        paths.write("\n".join(load.paths))
        paths.flush()
        seconds = max(1, round(load.seconds))
        command = [WRK, "-t1", f"-c{load.clients}", f"-d{seconds}s", "--timeout", "60s", "-s", str(_LUA)]
        command += [f"http://127.0.0.1:{load.port}", "--", paths.name, load.accept]
        command += [load.tag] if load.tag else []
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 90)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    answers, failed = found["answers"], {"any": found["failed"]} if found["failed"] else {}
    if load.sizes and answers and found["bytes"] / answers < 0.9 * sum(load.sizes) / len(load.sizes):
        answers, failed = 0, {**failed, "body": answers}
    rate = {"answers": answers, "rate": round(answers / found["seconds"], 2), "by": "wrk"}
    return {**rate, **({"failed": failed} if failed else {})}


if __name__ == "__main__":
    try:
        print(json.dumps(Generator(Load(**json.load(sys.stdin))).run().summary()))
    except ConnectionError as error:  # the server is gone
        print(json.dumps({"answers": 0, "rate": 0.0, "failed": {str(error): 1}}))
