"""The nursery: a process that holds a release and forks workers, and does nothing else.

A child shares the release's memory until it writes to it, so a fork takes milliseconds whatever the size. The nursery has one thread,
so that no lock is caught half-way by a fork. A release above the size for memory is not opened here: a store on disk has threads of
its own, and opening it takes a worker some 40 ms.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import sys
from pathlib import Path
from socket import AF_UNIX, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, send_fds, socket, socketpair
from typing import NoReturn

from muniment.engine import EmbeddedStore
from muniment.release import open_release
from muniment.workers.frames import pack, receive
from muniment.workers.worker import work

_SEND_BYTES = 1 << 20
"""How much of an answer a worker may have on its way, as far as the system allows: each pause to be read costs two switches."""


def nurse(control: socket, directory: Path, in_memory_quads: int, memory: int, folder: str) -> None:
    """Load the release and say so; then fork a worker at each ``fork``, tell how a worker ended at each ``ended``, and at ``networks`` import
    what makes them, for workers to come; until the web process goes away."""
    with contextlib.suppress(
        BrokenPipeError, ConnectionResetError
    ):  # it was killed before it had read everything
        _obey(control, directory, in_memory_quads, memory, folder)
    shutil.rmtree(folder, ignore_errors=True)  # the web process does so too, unless it was killed


def _obey(control: socket, directory: Path, in_memory_quads: int, memory: int, folder: str) -> None:
    release = open_release(directory)
    held = release.manifest["counts"]["quads"] <= in_memory_quads
    store = release.open(in_memory_quads) if held else None
    gc.collect()
    gc.freeze()  # the collector would write to every object, and writing ends the sharing
    control.sendall(pack({"in_memory": held}))
    endings: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _reap(endings))  # at once, so that no dead child lingers
    while (message := receive(control)) is not None:
        command, _ = message
        if "ended" in command:
            control.sendall(pack({"status": _ending(command["ended"], endings)}))
            continue
        if "networks" in command:
            _learn_networks()
            control.sendall(pack({}))
            continue
        ours, theirs = socketpair(AF_UNIX, SOCK_STREAM)
        theirs.setsockopt(SOL_SOCKET, SO_SNDBUF, _SEND_BYTES)
        # A child that dies at once is reaped only when its handle is there: without the child there would be none.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            control.close()
            ours.close()
            _be_worker(theirs, store or release.open(in_memory_quads), memory, folder)
        theirs.close()
        handle = os.pidfd_open(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        send_fds(control, [pack({"pid": pid})], [ours.fileno(), handle])
        ours.close()
        os.close(handle)


def _learn_networks() -> None:
    from muniment.network.workshop import warm_up

    warm_up()
    gc.collect()
    gc.freeze()


def _be_worker(sock: socket, store: EmbeddedStore, memory: int, folder: str) -> NoReturn:
    code = 0
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what a dying engine says is no line of a log
        work(sock, store, memory, folder)
    except (BrokenPipeError, ConnectionResetError):
        pass
    except BaseException:
        code = 70
    finally:
        os._exit(code)  # a child must never fall back into the nursery's loop


def _reap(endings: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        endings[pid] = status
        if len(endings) > 1000:
            del endings[next(iter(endings))]


def _ending(pid: int, endings: dict[int, int]) -> int | None:
    """The exit code of a child that has closed its socket, or minus the signal that ended it; None if that is not known any more."""
    if pid not in endings:
        with contextlib.suppress(ChildProcessError):  # reaped while we waited
            endings[pid] = os.waitpid(pid, 0)[1]
    status = endings.pop(pid, None)
    return None if status is None else os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    # One thread each: as many run as there are workers, a thread takes memory that counts, and none may run where workers are forked.
    os.environ.update(OPENBLAS_NUM_THREADS="1", RAYON_NUM_THREADS="1")
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the web process, which then closes the control socket
    fd, path, quads, most, place = sys.argv[1:]
    nurse(socket(fileno=int(fd)), Path(path), int(quads), int(most), place)
