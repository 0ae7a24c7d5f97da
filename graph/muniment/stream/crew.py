"""Several processes for the parts of a build: as many tasks at a time as there are processors, in this process where there is one."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TypeVar

Task = TypeVar("Task")
Done = TypeVar("Done")


class Crew:
    """Processes that are started when they are first needed."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or processors()
        self._pool: ProcessPoolExecutor | None = None

    def each(self, act: Callable[[Task], Done], tasks: Sequence[Task], apart: bool = False) -> Iterator[Done]:
        """What each task gives, in order, as it comes; an error of one ends them all.

        One task alone, or all of a crew of one, are done in this process, unless they are to be done ``apart``.
        """
        if not apart and (self.size == 1 or len(tasks) < 2):
            yield from map(act, tasks)
            return
        running = [self.start(act, task) for task in tasks]
        for task, done in zip(tasks, running, strict=True):
            yield self.result(done, act, task)

    def start(self, act: Callable[[Task], Done], task: Task) -> Future[Done]:
        """Begin a task beside what this process does."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")  # a fork copies threads' locks
            self._pool = ProcessPoolExecutor(self.size, mp_context=context, initializer=_begin)
        try:
            return self._pool.submit(act, task)
        except BrokenProcessPool as error:
            broken: Future[Done] = Future()
            broken.set_exception(error)
            return broken

    def result(self, done: Future[Done], act: Callable[[Task], Done], task: Task) -> Done:
        """What a task gave; one whose process died, or never came up (a script that guards no ``__main__``), is done here."""
        try:
            return done.result()
        except BrokenProcessPool:
            return act(task)

    def leave(self) -> None:
        """End all processes, whatever they are at."""
        if self._pool is None:
            return
        processes = list(
            (self._pool._processes or {}).values()
        )  # no public way leads to them before Python 3.14
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


@contextmanager
def crew(size: int | None = None) -> Iterator[Crew]:
    """Processes that end with the block."""
    hands = Crew(size)
    try:
        yield hands
    finally:
        hands.leave()


def _begin() -> None:
    gc.disable()  # millions of lines make it slow, and they have no cycles
    _end_with_parent()


def _end_with_parent() -> None:
    """Let this process end when the one that started it does, however that ends: nobody would read what it writes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: (wait([sentinel]), os._exit(1)), daemon=True).start()


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
