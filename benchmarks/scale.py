"""What one machine bears: build, validation and service at 100 k, 1 M and 10 M triples.

    python benchmarks/scale.py --cache DIR                          100,000 and 1,000,000 triples, every part
    python benchmarks/scale.py --cache DIR --sizes 10000000         10 million: an hour or less, some 15 GB of disk
    python benchmarks/scale.py --cache DIR --parts serve --again    one part, measured anew
    python benchmarks/scale.py --report                             only write docs/scale.md anew from the last results

Each part of each size runs in a process of its own. All parts of a size share one dataset by synthetic.py and one release, which are
made once and stay in the cache folder. Results are written after each part; what is there is not measured again without ``--again``,
so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import report
import scale_report
from scale_build import build
from scale_serve import serve
from scale_validate import validate

RESULTS = report.RESULTS / "scale.json"
SIZES = (100_000, 1_000_000)
PARTS: dict[str, Callable[[int, Path], dict[str, Any]]] = {
    "build": build,
    "validate": validate,
    "serve": serve,
}
PACKAGES = ("pyshacl", "pyshifty", "rdflib", "pyoxigraph", "granian")
MOST_SECONDS = 3600
"""After which a part is given up."""


def measure(part: str, size: int, cache: Path) -> dict[str, Any] | None:
    """What a part finds, in a process of its own; None, said on stderr, if it fails."""
    on, began = report.machine(PACKAGES), time.perf_counter()
    command = [sys.executable, __file__, "--one", part, "--sizes", str(size), "--cache", str(cache)]
    path = os.pathsep.join(str(report.ROOT / folder) for folder in ("graph", "service", "benchmarks"))
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=MOST_SECONDS,
            env={**os.environ, "PYTHONPATH": path},
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        _say(f"{part} at {size:,} triples failed: {error}")
        return None
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "machine": on, "took, s": round(time.perf_counter() - began, 1)}


def expected(runs: Mapping[str, Any], size: int) -> str:
    """How long a part will take about, from the nearest size that was measured."""
    if not runs:
        return "not known"
    near = min(runs, key=lambda known: abs(int(known) - size))
    return scale_report.in_words(max(runs[near]["took, s"] * size / int(near), 1), "s")


def _say(text: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, help="where datasets and releases are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of triples, about")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--again", action="store_true", help="measure what is there, too")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/scale.md")
    parser.add_argument("--one", choices=PARTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not (asked.cache or asked.report):
        parser.error("--cache names a folder for datasets and releases")
    if asked.one:
        print(json.dumps(PARTS[asked.one](asked.sizes[0], asked.cache.resolve())))
        return 0
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    failed = 0
    for size in () if asked.report else sorted(asked.sizes):
        for part in asked.parts:
            runs = results.setdefault(part, {})
            if str(size) in runs and not asked.again:
                _say(f"{part} at {size:,} triples: measured before")
                continue
            _say(f"{part} at {size:,} triples: about {expected(runs, size)}")
            if (found := measure(part, size, asked.cache.resolve())) is None:
                failed += 1
                continue
            runs[str(size)] = found
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    scale_report.write(results)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
