"""Services in processes of their own, and nginx before them, as an operator runs them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from muniment.release import Release

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """A program that listens at a port; it may be killed and started again."""

    command: Sequence[str]
    port: int
    log: Path
    ready: str
    environ: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Process:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(400):
            assert self.running.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}{self.ready}").status_code < 500:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """End it and all that it has started, without warning."""
        assert self.running
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(10)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert self.running
        if self.running.poll() is None:
            self.running.terminate()
        try:
            return self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def serving(
    folder: Path, log: Path, *more: str, before: Sequence[str] = (), **environ: str
) -> Iterator[Process]:
    """``muniment serve --releases``."""
    port = free_port()
    command = [*before, sys.executable, "-m", "muniment", "serve", "--releases", str(folder), "--port", str(port), *more]  # fmt: skip
    process = Process(command, port, log, "/readyz", environ).start()
    try:
        yield process
    finally:
        process.stop()


@dataclass(frozen=True)
class Shelf:
    """A folder with two releases, and how many events each of them has."""

    folder: Path
    old: Release
    new: Release


@contextmanager
def nginx_before(ports: Sequence[int], folder: Path) -> Iterator[Process]:
    """nginx with the configuration of this repository, but for its port, its folder and the addresses of the services."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        if os.environ.get("TESTS_NEED_NGINX"):
            pytest.fail("nginx is not installed, and TESTS_NEED_NGINX is set")
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    port, place = free_port(), folder / "nginx"
    place.mkdir()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    servers = iter(ports)
    text, number = re.subn(r"service-\d:8000", lambda _: f"127.0.0.1:{next(servers)}", text)
    assert number == len(ports) == 2
    one_port = len(set(ports)) == 1  # as the comment there says
    for ours, theirs in (
        ("keepalive 32;", "" if one_port else "keepalive 32;"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("/dev/stdout", f"{place}/access.log"),
        ("worker_processes auto", "worker_processes 1"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    (place / "nginx.conf").write_text(text.replace("/tmp/nginx/", f"{place}/"))
    user = "user root; " if os.geteuid() == 0 else ""
    command = [program, "-p", str(place), "-c", str(place / "nginx.conf"), "-g", f"{user}daemon off;"]
    process = Process(command, port, place / "error.log", "/healthz").start()
    try:
        yield process
    finally:
        process.stop()


@dataclass(frozen=True)
class Front:
    """nginx and the two services behind it."""

    nginx: Process
    services: tuple[Process, Process]
    shelf: Shelf

    @property
    def log(self) -> Path:
        return self.nginx.log.parent / "access.log"


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until something holds."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.05)
