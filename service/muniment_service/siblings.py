"""The processes of one service: which of them this one is, and what all of them count, so that a scrape that meets one tells of all.

They know each other by a folder that they share. Each holds the lock of one numbered place in it, which the system gives back when the process
ends, however it ends: who takes its place has its number. Beside it lies a socket at which a process tells what it counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

_SECONDS = 1.0
"""How long a sibling may take to tell; one that is stopped must not hold up the scrape."""
_LOOK_AGAIN = 1.0
"""Seconds between two looks whether the parent is there."""
_MOST = 256
"""Places in a folder: more than anybody has processes."""


class Siblings:
    """This process among those of its folder; it has its ``number`` from the beginning."""

    def __init__(self, folder: Path) -> None:
        """Take the first place that is free.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder = folder
        self._place, self.number = _take(folder)
        self._server: asyncio.Server | None = None

    async def start(self, tell: Callable[[], bytes]) -> None:
        """Tell siblings what is counted here, whenever they ask."""

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                writer.write(tell())
                await writer.drain()
            writer.close()

        socket = self._socket(self.number)
        socket.unlink(missing_ok=True)  # of one who had this place before
        self._server = await asyncio.start_unix_server(answer, socket)

    async def close(self) -> None:
        """Leave the place to others."""
        if self._server:
            self._server.close()
            self._socket(self.number).unlink(missing_ok=True)
        self._place.close()

    async def text(self, own: bytes) -> bytes:
        """What all processes count, in Prometheus' text format; each sample has the number of its ``process``."""
        numbers = sorted(int(path.stem) for path in self._folder.glob("*.sock"))
        others = [number for number in numbers if number != self.number]
        told = await asyncio.gather(*(self._ask(number) for number in others))
        texts = {self.number: own, **{n: text for n, text in zip(others, told, strict=True) if text}}
        return await asyncio.to_thread(merged, texts)

    async def _ask(self, number: int) -> bytes:
        """What a sibling tells; nothing if it is gone, or takes too long."""
        try:
            async with asyncio.timeout(_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._socket(number))
                try:
                    return await reader.read()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return b""

    def _socket(self, number: int) -> Path:
        return self._folder / f"{number}.sock"


def merged(texts: dict[int, bytes]) -> bytes:
    """Metrics of several processes as one text: the samples of each family together, each with its process."""
    families: dict[str, Metric] = {}
    for number, text in sorted(texts.items()):
        for family in text_string_to_metric_families(text.decode()):
            into = families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type, family.unit)
            )
            into.samples += [
                sample._replace(labels={**sample.labels, "process": str(number)}) for sample in family.samples
            ]
    registry = CollectorRegistry()
    registry.register(_Given(families.values()))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _take(folder: Path) -> tuple[IO[str], int]:
    for number in range(1, _MOST + 1):
        place = (folder / f"{number}.lock").open("w")
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            place.close()
            continue
        return place, number
    raise OSError(f"all {_MOST} places in {folder} are taken")


@contextlib.asynccontextmanager
async def ending_with_parent() -> AsyncIterator[None]:
    """End this process if the one that forked it goes away without a word: it would hold the port for nobody."""
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        yield
        return
    watching = asyncio.create_task(_watch(parent.pid))  # it may be gone by now
    try:
        yield
    finally:
        watching.cancel()


async def _watch(parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(_LOOK_AGAIN)
    os.kill(os.getpid(), signal.SIGTERM)
