"""What a process and its children take of memory and processors: a watcher in a process of its own looks at them again and again.

    python benchmarks/processes.py PID

For each line that it reads it writes the most that was seen since the line before, in MB; it ends with its input. Memory is the
proportional share (PSS) of each process, so that what a fork shares is counted once. The page cache is not counted, nor what of it is mapped: the system takes that back when it wants.
"""

from __future__ import annotations

import os
import resource
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_INTERVAL = 0.5
"""Seconds between two looks."""


def memory_mb(pid: int, apart_from: int = 0) -> float:
    """What a process and its children take now, all of them together; 0 where the system does not tell."""
    return sum(_pss_kb(process) for process in _tree(pid) if process != apart_from) / 1024


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))
    except OSError:  # it has ended meanwhile
        return


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    # Older systems do not tell memory of its own from files that are mapped.
    parts = ("Pss_Anon", "Pss_Shmem") if "\nPss_Anon:" in text else ("Pss",)
    return sum(int(text.partition(f"\n{part}:")[2].split()[0]) for part in parts)


def processor_seconds(pid: int) -> float:
    """What a process and its children have had of processors so far, those that have ended among them."""
    total = 0
    for process in _tree(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return round(total / os.sysconf("SC_CLK_TCK"), 2)


def own_processor_seconds() -> float:
    """What this process and those of its children that have ended have had of processors so far."""
    return sum(
        getattr(resource.getrusage(who), field)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for field in ("ru_utime", "ru_stime")
    )


class Watcher:
    """Asked for the peak since it was last asked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def peak_mb(self) -> int:
        """The most memory since the last call."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def watching(pid: int) -> Iterator[Watcher]:
    """Watch a process and its children."""
    command = [sys.executable, __file__, str(pid)]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        watcher = Watcher(process)
        watcher.peak_mb()
        yield watcher


def forget(folder: Path) -> None:
    """Have the system drop what it holds of the files of a folder, so that they are read from the disk again."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def disk_mb(folder: Path) -> float:
    """The bytes of all files of a folder, in MB."""
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 1)


def _watch(pid: int) -> None:
    most = 0.0
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], _INTERVAL)
        most = max(most, memory_mb(pid, apart_from=os.getpid()))
        if ready:
            if not sys.stdin.readline():
                return
            print(round(most), flush=True)
            most = 0.0


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
