"""Compares two releases in a process of its own, which is ended when it takes too long."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from muniment.changes import Changes
from muniment.errors import StoreError
from muniment.workers.limits import TimeExceeded


async def compare(old: Path, new: Path, limit: int, seconds: float) -> Changes:
    """What the release in the directory ``new`` says otherwise than that in ``old``; see ``muniment.changes.changes``.

    Raises:
        TimeExceeded: it takes longer.
        StoreError: a release cannot be read.
    """
    command = (sys.executable, "-m", "muniment.changes", str(old), str(new), str(limit))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        written, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError as error:
        raise TimeExceeded(seconds) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise StoreError("the two releases cannot be compared; one of them may be damaged")
    return Changes.from_json(written)
