"""``python -m muniment``, many times, without loading it each time: a process that has loaded it forks, and what is forked runs it to its end.

    with warm() as command:
        done = command("query", "ASK {}", cwd=folder)

As with ``subprocess.run`` each has a process, arguments, a folder, standard input, output and exit code of its own.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]
STREAMS = ("in", "out", "err")


@contextmanager
def warm() -> Iterator[Command]:
    """What runs the command."""
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    command = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        answers = ours.makefile()

        def run(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
            with tempfile.TemporaryDirectory() as folder:
                files = {name: Path(folder) / name for name in STREAMS}
                files["in"].write_text(stdin, encoding="utf-8")
                job = {"arguments": arguments, "cwd": str(cwd), "streams": [str(f) for f in files.values()]}
                ours.sendall(f"{json.dumps(job)}\n".encode())
                code = int(answers.readline())
                out, err = (files[name].read_text(encoding="utf-8") for name in ("out", "err"))
            return subprocess.CompletedProcess(["muniment", *arguments], code, out, err)

        try:
            yield run
        finally:
            answers.close()
            ours.shutdown(socket.SHUT_RDWR)
            process.wait(20)


def _serve(number: int) -> None:
    """Fork for each job and tell how it ended; returns, in the forked process, when its streams are those of the job."""
    import numpy  # noqa: F401
    import pyshacl  # noqa: F401

    import muniment.build
    import muniment.cli  # noqa: F401
    from muniment.artefacts import artefact
    from muniment.queries import read_saved

    read_saved(artefact("queries"))
    gc.freeze()  # what is loaded stays: a process that ends need not take it apart
    with socket.socket(fileno=number) as jobs, jobs.makefile() as lines:
        for line in lines:
            if pid := os.fork():
                jobs.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
                continue
            job = json.loads(line)
            for stream, path in enumerate(job["streams"]):
                opened = os.open(path, os.O_RDWR | os.O_CREAT)
                os.dup2(opened, stream)
                os.close(opened)
            os.chdir(job["cwd"])
            sys.argv = ["muniment", *job["arguments"]]
            return
    sys.exit(0)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
    runpy.run_module("muniment", run_name="__main__", alter_sys=True)
