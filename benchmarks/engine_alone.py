"""The engine's own time for a query, in a process that does nothing else: evaluated and written as the servers write it.

    echo '["ASK {}", "application/sparql-results+json", 1]' | python benchmarks/engine_alone.py PLACE

``PLACE`` is a file of N-Quads, loaded into memory, or the folder of a store, read from disk. Each line asks for the median time of a
query in milliseconds, measured for so many seconds.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyoxigraph as ox


class Engine:
    """The engine in a process of its own, with one dataset."""

    def __init__(self, place: Path) -> None:
        command = [sys.executable, __file__, str(place)]
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.median_ms("ASK {}", "application/sparql-results+json", 0)  # so that it is loaded

    def median_ms(self, text: str, media_type: str, seconds: float) -> float:
        """The median time of a query."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([text, media_type, seconds]) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        with self.process:
            self.process.kill()


def measure(store: ox.Store, text: str, media_type: str, seconds: float) -> float:
    """See ``Engine.median_ms``; at least three runs."""
    until, times = time.perf_counter() + seconds, []
    while len(times) < 3 or (time.perf_counter() < until and len(times) < 2000):
        began = time.perf_counter()
        _answer(store, text, media_type)
        times.append(time.perf_counter() - began)
    return round(1000 * statistics.median(times), 3)


def _answer(store: ox.Store, text: str, media_type: str) -> bytes:
    found: Any = store.query(text)
    out = io.BytesIO()
    if isinstance(found, ox.QueryTriples):
        ox.serialize(found, out, format=ox.RdfFormat.from_media_type(media_type))
    else:
        found.serialize(out, format=ox.QueryResultsFormat.from_media_type(media_type))
    return out.getvalue()


def _opened(place: Path) -> ox.Store:
    if place.is_dir():
        return ox.Store.read_only(str(place))
    store = ox.Store()
    store.bulk_load(path=place, format=ox.RdfFormat.N_QUADS)
    return store


if __name__ == "__main__":
    opened = _opened(Path(sys.argv[1]))
    for line in sys.stdin:
        print(measure(opened, *json.loads(line)), flush=True)
