"""The pool: the web process's side. Each query or network has a worker to itself, a deadline, and limits on memory and size of its answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from muniment.errors import QueryRefused, QuerySyntaxError, ServiceFailed, StoreError
from muniment.tracing import span
from muniment.workers import frames
from muniment.workers.channel import Channel, NeverRead
from muniment.workers.limits import Limits, MemoryExceeded, ResultTooLarge, Terms, TimeExceeded, WorkerDied
from muniment.workers.relay import Relay
from muniment.workers.turns import Turns
from muniment.workers.worker import OF_NETWORKS, SYNTAX

if TYPE_CHECKING:
    from muniment.network.orders import Order

_SLOW = 0.2
"""Seconds after which a query is no longer quick and yields the processor to those that are."""
_LOW = 10
"""The niceness of slow queries: a tenth of the share of a quick one, so that they still get on where the machine is busy."""
_VERY_SLOW = 1.0
"""Seconds after which a query has what the others leave: the system interrupts it at once for any other, which a niceness does not make it do."""
_ENOUGH = 0.15
"""The share of a processor below which it is not asked to leave more: the machine is so busy with other things that it would get nothing."""

Body = bytes | Path
"""An answer: in memory, or in a file that whoever takes it removes."""


@dataclass(eq=False)
class _Worker:
    """A process that answers; ``handle`` is a pidfd, so that a signal never reaches another process of the same number."""

    pid: int
    handle: int
    channel: Channel
    slow: bool = False
    used: float = 0.0
    """Seconds of a processor that it had used when it became slow."""

    def let_others_go_first(self) -> None:
        """A process cannot take this back, so the worker is ended after its query."""
        self.slow = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOW)
            self.used = processor_seconds(self.pid)

    def take_what_is_left(self) -> None:
        """As ``let_others_go_first``, and more so, if it has got on since."""
        with contextlib.suppress(OSError, AttributeError):  # no system but Linux has such a policy
            if processor_seconds(self.pid) - self.used >= _ENOUGH * (_VERY_SLOW - _SLOW):
                os.sched_setscheduler(self.pid, os.SCHED_IDLE, os.sched_param(0))

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.channel.close()
        os.close(self.handle)


def _died() -> WorkerDied:
    return WorkerDied("the process that evaluated the query was ended", hint="Ask again.")


def processor_seconds(pid: int) -> float:
    """How long a process has had a processor.

    Raises:
        OSError: it is gone, or the system does not tell.
    """
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Tally:
    """What a pool has done so far, for metrics."""

    started: int = 0
    answered: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    """Workers that were ended in the middle of a query, by reason: ``time``, ``memory``, ``gone`` (the client), ``died``."""


class Pool:
    """Workers on one release; start and close it in one event loop.

    ``services`` are the endpoints that queries may call, through a relay that is started only if there are any.
    """

    def __init__(
        self, directory: Path, in_memory_quads: int, limits: Limits, services: Sequence[str] = ()
    ) -> None:
        self.limits = limits
        self.turns = Turns(limits)
        self.tally = Tally()
        self._directory, self._quads = directory, in_memory_quads
        self._relay = Relay(services, limits) if services else None
        self._idle: list[_Worker] = []
        self._talking = asyncio.Lock()
        self._learning = asyncio.Lock()
        self._knows_networks = False
        self._refilling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the nursery and have spare workers ready.

        Raises:
            StoreError: the release cannot be opened.
        """
        self._folder = tempfile.mkdtemp(prefix="muniment-answers-")
        ours, theirs = socket.socketpair()
        arguments = (theirs.fileno(), self._directory, self._quads, self.limits.memory_bytes, self._folder)
        command = [sys.executable, "-m", "muniment.workers.nursery", *map(str, arguments)]
        self._nursery = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._control = ours
        await self._converse(None)
        if self._relay:
            await self._relay.start()
        await self._refill()

    async def close(self) -> None:
        """End the workers and the nursery, and remove what is left of answers."""
        if self._refilling:
            self._refilling.cancel()
        for worker in self._idle:
            worker.end()
        self._idle.clear()
        self._control.close()
        if self._relay:
            await self._relay.close()
        try:
            await asyncio.to_thread(self._nursery.wait, 5)
        except subprocess.TimeoutExpired:
            self._nursery.kill()
            await asyncio.to_thread(self._nursery.wait)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def retire(self) -> None:
        """Close once the queries that run or wait have ended: another pool has taken over."""
        last = asyncio.get_running_loop().time() + self.limits.seconds + self.limits.queue_seconds
        while (self.turns.running or self.turns.waiting) and asyncio.get_running_loop().time() < last:
            await asyncio.sleep(0.05)
        await self.close()

    async def answer(self, query: str, media_type: str, **terms: Unpack[Terms]) -> Body:
        """Evaluate a query and return the whole answer.

        Args:
            query: SPARQL.
            media_type: the format of the answer.
            terms: who asks, of which graphs, and how long it may take.

        Raises:
            QuerySyntaxError, QueryRefused, StoreError: as ``Store.answer``.
            LimitExceeded: (one of its kinds) the query was stopped.
            Busy: (one of its kinds) it had no turn.
            WorkerDied: the worker was ended from outside.
        """
        dataset = terms.get("dataset")
        asked = {
            "media_type": media_type,
            "bytes": self.limits.result_bytes,
            "dataset": asdict(dataset) if dataset else None,
            "relay": self._relay.addresses if self._relay else None,
        }
        message = frames.pack(asked, query.encode())
        return await self._serve(terms.get("client", ""), terms.get("timeout"), message)

    async def network(self, order: Order, *, client: str = "", timeout: float | None = None) -> Body:
        """Have a network made to order; ``client`` and ``timeout`` as for a query.

        Raises:
            ParameterError, NetworkError, StoreError: as ``Workshop.fulfil``.
            LimitExceeded, Busy, WorkerDied: as ``answer``.
        """
        await self._learn_networks()
        asked = {"network": order.file.name, "bytes": self.limits.result_bytes}
        return await self._serve(client, timeout, frames.pack(asked, pickle.dumps(order)))

    async def _learn_networks(self) -> None:
        """Before the first network: what makes them is imported once, where workers are forked; those that are idle know nothing of it."""
        async with self._learning:
            if self._knows_networks:
                return
            await self._converse({"networks": True})
            self._knows_networks = True
            while self._idle:
                self._idle.pop().end()

    async def _serve(self, client: str, timeout: float | None, message: bytes) -> Body:
        deadline = min(timeout or self.limits.seconds, self.limits.seconds)
        with span("turn"):
            await self.turns.take(client)
        try:
            with span("worker"):
                head, body = await self._ask_one(message, deadline)
        finally:
            self.turns.give_back(client)
        self._raise(head)
        self.tally.answered += 1
        return Path(head["file"]) if "file" in head else body

    async def _ask_one(self, message: bytes, deadline: float) -> tuple[dict[str, Any], bytes]:
        """Ask an idle worker; one that was killed while it was idle, and that nobody has missed yet, takes no query with it."""
        while worker := self._take_idle():
            self._keep_spare()
            with contextlib.suppress(NeverRead):
                return await self._ask(worker, message, deadline)
        worker = await self._another()
        self._keep_spare()
        try:
            return await self._ask(worker, message, deadline)
        except NeverRead as error:
            raise _died() from error

    async def _ask(self, worker: _Worker, message: bytes, deadline: float) -> tuple[dict[str, Any], bytes]:
        later = asyncio.get_running_loop().call_later
        slow = later(_SLOW, worker.let_others_go_first), later(_VERY_SLOW, worker.take_what_is_left)
        try:
            found = await worker.channel.ask(message, deadline)
        except TimeoutError:
            self._end(worker, "time")
            raise TimeExceeded(deadline) from None
        except NeverRead:
            self._end(worker, "died")
            raise
        except ConnectionError as error:
            raise await self._obituary(worker) from error
        except asyncio.CancelledError:
            self._end(worker, "gone")
            raise
        finally:
            for timer in slow:
                timer.cancel()
        if worker.slow:
            worker.end()
        else:
            self._idle.append(worker)
        return found

    def _end(self, worker: _Worker, why: str) -> None:
        self.tally.ended[why] += 1
        worker.end()

    async def _obituary(self, worker: _Worker) -> StoreError:
        """Why a worker went away in the middle of a query: the engine aborts when memory is refused."""
        head, _ = await self._converse({"ended": worker.pid})
        aborted = head["status"] == -signal.SIGABRT
        self._end(worker, "memory" if aborted else "died")
        if aborted:
            return MemoryExceeded(self.limits.memory_bytes)
        return _died()

    def _raise(self, head: dict[str, Any]) -> None:
        match head.get("error"):
            case None:
                return
            case "syntax":
                raise QuerySyntaxError(head["message"], **{name: head[name] for name in SYNTAX})
            case "network":
                error = OF_NETWORKS[head["kind"]].__new__(OF_NETWORKS[head["kind"]], head["told"]["message"])
                vars(error).update(head["told"], where=None)
                raise error
            case "refused":
                raise QueryRefused(head["message"], hint=head["hint"])
            case "service":
                raise ServiceFailed(head["message"])
            case "memory":
                raise MemoryExceeded(self.limits.memory_bytes)
            case "size":
                raise ResultTooLarge(self.limits.result_bytes)
            case _:
                raise StoreError(head["message"])

    def _take_idle(self) -> _Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if not worker.channel.closed:
                return worker
            self._end(worker, "died")
        return None

    def _keep_spare(self) -> None:
        if len(self._idle) < self.limits.spare and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.create_task(self._refill())

    async def _refill(self) -> None:
        while len(self._idle) < self.limits.spare:
            self._idle.append(await self._fork())

    async def _another(self) -> _Worker:
        """A new worker, which is kept for others if the one who needs it leaves meanwhile."""
        forking = asyncio.ensure_future(self._fork())
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            forking.add_done_callback(self._keep)
            raise

    def _keep(self, forking: asyncio.Task[_Worker]) -> None:
        if not forking.cancelled() and forking.exception() is None:
            self._idle.append(forking.result())

    async def _fork(self) -> _Worker:
        head, handles = await self._converse({"fork": True})
        sock, handle = socket.socket(fileno=handles[0]), handles[1]
        _, channel = await asyncio.get_running_loop().create_unix_connection(Channel, sock=sock)
        self.tally.started += 1
        return _Worker(head["pid"], handle, channel)

    async def _converse(self, command: dict[str, Any] | None) -> tuple[dict[str, Any], list[int]]:
        """Say something to the nursery (or nothing) and hear what it says, with what it hands over; to the end, even if who asked leaves."""
        return await asyncio.shield(self._conversation(command))

    async def _conversation(self, command: dict[str, Any] | None) -> tuple[dict[str, Any], list[int]]:
        async with self._talking:
            try:
                return await asyncio.to_thread(self._talk, command)
            except OSError as error:
                raise StoreError("the process that holds the release is gone") from error

    def _talk(self, command: dict[str, Any] | None) -> tuple[dict[str, Any], list[int]]:
        if command:
            self._control.sendall(frames.pack(command))
        data, handles, _, _ = socket.recv_fds(self._control, 4096, 2)
        if not data:
            raise ConnectionError("closed")
        return frames.unpack(data), handles
