"""The pool of workers: answers, limits, fairness, and what a dying process takes with it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from muniment.errors import QueryRefused, QuerySyntaxError, StoreError
from muniment.release import Release
from muniment.store import Dataset
from muniment.workers.frames import pack, receive, unpack
from muniment.workers.limits import (
    ClientBusy,
    Limits,
    MemoryExceeded,
    PoolBusy,
    ResultTooLarge,
    TimeExceeded,
    WorkerDied,
)
from muniment.workers.pool import Pool, processor_seconds
from muniment.workers.turns import Turns
from muniment.workers.worker import IN_FRAME

JSON, CSV, NT = "application/sparql-results+json", "text/csv", "application/n-triples"
SMALL = Limits(seconds=20, memory_bytes=256 << 20, result_bytes=32 << 20, workers=3, spare=1)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

OpenPool = Callable[..., Any]


@pytest.fixture(params=[True, False], ids=["in memory", "from disk"])
def open_pool(request: pytest.FixtureRequest, tiny_release: Release) -> OpenPool:
    """A pool on the tiny release, from memory and from disk."""
    in_memory_quads = 10**9 if request.param else 0

    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[Pool]:
        pool = Pool(tiny_release.path, in_memory_quads, dataclasses.replace(SMALL, **changes))
        await pool.start()
        try:
            yield pool
        finally:
            await pool.close()

    return opened


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.01)


async def evaluating(pid: int) -> None:
    """Wait until a worker is at work on its query."""
    idle = processor_seconds(pid)
    await until(lambda: processor_seconds(pid) > idle + 0.05)


def test_long_answers_come_whole(tiny_release: Release) -> None:
    """In one message of any length: shorter and longer than what is read at once, and in a file."""

    async def work() -> None:
        pool = Pool(tiny_release.path, 10**9, SMALL)
        await pool.start()
        try:
            for rows in (1, 600, 700, 3_000, 40_000):
                query = f"SELECT ?s ?x {{ ?s ?p ?o . ?x ?y ?z }} LIMIT {rows}"
                body = await pool.answer(query, CSV)
                text = body if isinstance(body, bytes) else body.read_bytes()
                assert text.count(b"\n") == rows + 1
            assert isinstance(body, bytes) == (len(text) <= IN_FRAME)
        finally:
            await pool.close()

    run(work())


@pytest.mark.parametrize(("busy", "policy"), [(False, os.SCHED_IDLE), (True, os.SCHED_OTHER)])
def test_very_slow_queries_have_what_the_others_leave_unless_that_is_nothing(
    tiny_release: Release, monkeypatch: pytest.MonkeyPatch, busy: bool, policy: int
) -> None:
    """``busy``: other programs leave the query so little that it must keep its share."""
    looked: list[float] = []

    def seconds(pid: int) -> float:
        assert processor_seconds(pid) >= 0
        looked.append(0.0 if busy else len(looked))
        return looked[-1]

    monkeypatch.setattr("muniment.workers.pool.processor_seconds", seconds)

    async def work() -> None:
        pool = Pool(tiny_release.path, 10**9, SMALL)
        await pool.start()
        try:
            (worker,) = pool._idle
            asked = asyncio.create_task(pool.answer(ENDLESS, JSON))
            await until(lambda: len(looked) >= 2)
            assert os.sched_getscheduler(worker.pid) == policy
            assert os.getpriority(os.PRIO_PROCESS, worker.pid) == 10
            asked.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asked
            assert worker not in pool._idle
        finally:
            await pool.close()

    run(work())


def test_it_answers_like_the_store(open_pool: OpenPool, tiny_release: Release) -> None:
    async def work() -> None:
        store = tiny_release.open(10**9)
        async with open_pool() as pool:
            for query, form in (
                ("SELECT ?s ?l { ?s rdfs:label ?l } ORDER BY ?s ?l", JSON),
                ("SELECT ?s ?l { ?s rdfs:label ?l } ORDER BY ?s ?l", CSV),
                ("ASK { ?e a mun:Event }", JSON),
            ):
                assert await pool.answer(query, form) == store.answer(query, form)
            triples = await pool.answer("CONSTRUCT { ?e a mun:Event } { ?e a mun:Event }", NT)
            assert len(triples.splitlines()) > 3
            assert pool.tally.answered == 4

    run(work())


def test_who_leaves_while_a_worker_is_forked_confuses_nobody(tiny_release: Release) -> None:
    """What the process that forks answers belongs to one question: a worker that nobody waits for any longer is kept."""

    async def work() -> None:
        pool = Pool(tiny_release.path, 10**9, SMALL)
        await pool.start()
        try:
            for _ in range(20):
                while pool._idle:
                    pool._idle.pop().end()
                asked = asyncio.create_task(pool.answer("ASK {}", JSON))
                while not pool._talking.locked():
                    await asyncio.sleep(0)
                asked.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asked
                assert json.loads(await pool.answer("ASK {}", JSON))["boolean"]
            assert pool.turns.running == 0
            living = [pid for pid in children(pool._nursery.pid) if pid not in {w.pid for w in pool._idle}]
            assert len(living) <= 1, "workers that nobody knows"  # one may be on its way
        finally:
            await pool.close()

    run(work())


def children(pid: int) -> list[int]:
    """The processes that a process has forked and that have not ended."""
    found = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return [
        p
        for p in found
        if Path(f"/proc/{p}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    ]


def test_a_dataset_stands_in_place_of_the_query_s(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            core = "https://w3id.org/muniment/ontology"
            query = "ASK FROM <urn:none> { mun:Event a owl:Class }"
            assert not json.loads(await pool.answer(query, JSON))["boolean"]
            assert json.loads(await pool.answer(query, JSON, dataset=Dataset((core,))))["boolean"]
            named = "ASK { GRAPH ?g { mun:Event a owl:Class } }"
            assert not json.loads(await pool.answer(named, JSON, dataset=Dataset((core,))))["boolean"]

    run(work())


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * {", QuerySyntaxError),
        ("ASK { SERVICE <http://127.0.0.1:1/> {} }", QueryRefused),
        ("CLEAR ALL", QueryRefused),
    ],
)
def test_errors_of_a_query_arrive(open_pool: OpenPool, query: str, error: type[Exception]) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            with pytest.raises(error):
                await pool.answer(query, JSON)
            assert await pool.answer("ASK {}", JSON)  # by the same worker
            assert not pool.tally.ended

    run(work())


def test_limits_stop_only_the_query_that_exceeds_them(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool(memory_bytes=128 << 20) as pool:
            with pytest.raises(TimeExceeded) as slow:
                await pool.answer(ENDLESS, JSON, timeout=0.3)
            assert slow.value.value == 0.3
            with pytest.raises(MemoryExceeded) as greedy:
                await pool.answer(GREEDY, JSON)
            assert greedy.value.value == 128 << 20
            with pytest.raises(ResultTooLarge) as large:
                await pool.answer(LARGE, CSV)
            assert large.value.value == SMALL.result_bytes
            assert await pool.answer("ASK {}", JSON)
            assert pool.tally.ended == {"time": 1, "memory": 1}
            assert list(Path(pool._folder).iterdir()) == []

    run(work())


def test_a_large_answer_comes_in_a_file(open_pool: OpenPool, tiny_release: Release) -> None:
    async def work() -> None:
        query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 100000"
        async with open_pool(result_bytes=256 << 20) as pool:
            found = await pool.answer(query, JSON)
            assert isinstance(found, Path)
            assert len(json.loads(found.read_bytes())["results"]["bindings"]) == 100_000
            found.unlink()

    run(work())


def test_a_deadline_is_lowered_never_raised(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool(seconds=0.3) as pool:
            with pytest.raises(TimeExceeded) as slow:
                await pool.answer(ENDLESS, JSON, timeout=1000)
            assert slow.value.value == 0.3

    run(work())


def test_a_client_that_goes_away_frees_its_worker(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            victim = pool._idle[-1].pid
            query = asyncio.create_task(pool.answer(ENDLESS, JSON))
            await evaluating(victim)
            assert pool.turns.running == 1
            query.cancel()
            await asyncio.gather(query, return_exceptions=True)
            assert pool.turns.running == 0
            assert pool.tally.ended == {"gone": 1}

    run(work())


def test_a_worker_that_is_killed_loses_only_its_query(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            victim = pool._idle[-1].pid
            lost = asyncio.create_task(pool.answer(ENDLESS, JSON))
            kept = asyncio.create_task(pool.answer(ENDLESS, JSON, timeout=1.5))
            await evaluating(victim)
            os.kill(victim, signal.SIGKILL)
            with pytest.raises(WorkerDied):
                await lost
            with pytest.raises(TimeExceeded):
                await kept
            assert await pool.answer("ASK {}", JSON)

    run(work())


def test_an_idle_worker_that_died_is_replaced(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            killed = [worker.pid for worker in pool._idle]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            await until(lambda: all(worker.channel.closed for worker in pool._idle if worker.pid in killed))
            assert await pool.answer("ASK {}", JSON)

    run(work())


def test_a_query_that_an_idle_worker_never_read_goes_to_another(open_pool: OpenPool) -> None:
    """As when it was killed a moment ago and has not ended yet."""

    async def work() -> None:
        async with open_pool() as pool:
            killed = list(pool._idle)
            for worker in killed:
                os.kill(worker.pid, signal.SIGSTOP)
            query = asyncio.create_task(pool.answer("ASK {}", JSON))
            await until(lambda: pool.turns.running == 1 and killed[-1] not in pool._idle)
            await asyncio.sleep(0)  # what was written is sent
            for worker in killed:
                assert not worker.channel.closed
                os.kill(worker.pid, signal.SIGKILL)
            assert await query
            assert pool.tally.answered == 1
            assert pool.tally.ended == {"died": len(killed)}

    run(work())


def test_a_worker_that_ended_leaves_no_zombie(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            victims = [worker.pid for worker in pool._idle]
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            # Nobody asks the nursery for anything meanwhile.
            await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in victims))
            assert await pool.answer("ASK {}", JSON)

    run(work())


def test_slow_queries_leave_room_for_quick_ones_of_others(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            heavy = [asyncio.create_task(pool.answer(ENDLESS, JSON, client="a")) for _ in range(6)]
            await until(lambda: (pool.turns.running, pool.turns.waiting) == (2, 4))
            assert await pool.answer("ASK {}", JSON, client="b")
            assert (pool.turns.running, pool.turns.waiting) == (2, 4)
            for task in heavy:
                task.cancel()
            await asyncio.gather(*heavy, return_exceptions=True)
            assert (pool.turns.running, pool.turns.waiting) == (0, 0)

    run(work())


def test_retiring_lets_running_queries_end(open_pool: OpenPool) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            slow = asyncio.create_task(pool.answer(ENDLESS, JSON, timeout=0.5))
            await until(lambda: pool.turns.running == 1)
            await pool.retire()
            with pytest.raises(TimeExceeded):
                await slow

    run(work())


def test_a_release_that_cannot_be_opened(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        pool = Pool(tmp_path, 10, SMALL)
        with pytest.raises(StoreError, match="holds the release"):
            await pool.start()
        await pool.close()

    run(work())


def test_turns_are_bounded_and_fair() -> None:
    async def work() -> None:
        turns = Turns(Limits(workers=2, queue=3, per_client=3, queue_seconds=0.2))
        await turns.take("a")
        second = asyncio.create_task(turns.take("a"))
        third = asyncio.create_task(turns.take("a"))
        await asyncio.sleep(0)
        with pytest.raises(ClientBusy):
            await turns.take("a")
        await turns.take("b")  # the worker that `a` may not hold
        others = [asyncio.create_task(turns.take("c"))]
        await asyncio.sleep(0)
        with pytest.raises(PoolBusy) as full:
            await turns.take("d")
        assert full.value.retry_after > 0
        turns.give_back("b")
        await asyncio.sleep(0)
        assert others[0].done()
        turns.give_back("a")
        await asyncio.sleep(0)
        assert second.done()
        with pytest.raises(PoolBusy, match=r"0\.2 seconds"):
            await third
        turns.give_back("a")
        turns.give_back("c")
        assert (turns.running, turns.waiting) == (0, 0)

    run(work())


def test_a_worker_that_dies_while_it_is_handed_over_takes_nobody_along(tiny_release: Release) -> None:
    """The nursery forks, and the child is gone before the nursery has a handle of it: as if killed at that moment."""
    code = """
import os, signal, sys
from muniment.workers import nursery
handle_of = os.pidfd_open
def killed_before(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    for _ in range(1000):
        pass  # here a handler of the signal would run
    return handle_of(pid)
os.pidfd_open = killed_before
fd, path = sys.argv[1:]
nursery.nurse(nursery.socket(fileno=int(fd)), nursery.Path(path), 10**9, 1 << 28, "/nowhere")
"""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", code, str(theirs.fileno()), str(tiny_release.path)]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        assert unpack(ours.recv(4096)) == {"in_memory": True}
        for _ in range(3):
            ours.sendall(pack({"fork": True}))
            data, handles, _, _ = socket.recv_fds(ours, 4096, 2)
            for handle in handles:
                os.close(handle)
            ours.sendall(pack({"ended": unpack(data)["pid"]}))
            assert unpack(ours.recv(4096)) == {"status": -signal.SIGKILL}
        ours.shutdown(socket.SHUT_RDWR)
        assert process.wait(20) == 0


def test_a_nursery_ends_quietly_when_the_web_process_is_killed_while_it_forks(
    tiny_release: Release, tmp_path: Path
) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    ours, theirs = socket.socketpair()
    arguments = map(str, (theirs.fileno(), tiny_release.path, 10**9, 1 << 28, folder))
    command = [sys.executable, "-m", "muniment.workers.nursery", *arguments]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE) as process:
        theirs.close()
        assert unpack(ours.recv(4096)) == {"in_memory": True}
        os.kill(process.pid, signal.SIGSTOP)
        ours.sendall(pack({"fork": True}))
        ours.close()
        os.kill(process.pid, signal.SIGCONT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, b"")
    assert not folder.exists()


def test_one_that_was_killed_before_it_read_everything_has_gone_away() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(b"never read")
        theirs.close()
        assert receive(ours) is None
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(pack({"a": 1}, b"b"))  # else it would show nothing
        assert receive(ours) == ({"a": 1}, b"b")
