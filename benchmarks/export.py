"""What a static site costs (``muniment export DIR``), by number of events.

    python benchmarks/export.py               50, 100 and 200 events, about two minutes
    python benchmarks/export.py 50 500        other numbers of events
    python benchmarks/export.py --report      only write docs/performance.md anew from the last results

Each size is exported once, in a process of its own, so that the peak memory is that of one export.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import report

RESULTS = report.RESULTS / "export.json"
EVENTS = (50, 100, 200)


def measure(events: int, seed: int) -> dict[str, Any]:
    """Build a dataset (without validation) and export it."""
    from search import build

    from muniment_service.static_site.site import export

    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as name:
        release, _ = build(Path(name), events, seed)
        began, busy = time.perf_counter(), time.process_time()
        said = export(release, Path(name) / "site")
        return {
            "events": events,
            "documents": said.documents,
            "files": said.files,
            "mb": round(said.bytes / 1e6, 1),
            "seconds": round(time.perf_counter() - began, 1),
            "cpu_seconds": round(time.process_time() - busy, 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        }


def table(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    runs = found["runs"]
    rows = [
        ["", *(f"{run['events']:,} events" for run in runs)],
        ["documents, each in four formats", *(f"{run['documents']:,}" for run in runs)],
        ["files, size", *(f"{run['files']:,}, {run['mb']} MB" for run in runs)],
        ["seconds (of the processor)", *(f"{run['seconds']} ({run['cpu_seconds']})" for run in runs)],
        [
            "ms of the processor for each document",
            *(f"{run['cpu_seconds'] / run['documents'] * 1000:.1f}" for run in runs),
        ],
        ["peak memory", *(f"{run['peak_mb']} MB" for run in runs)],
    ]
    first, last = runs[0], runs[-1]
    growth = math.log(last["cpu_seconds"] / first["cpu_seconds"]) / math.log(
        last["documents"] / first["documents"]
    )
    head = (
        f"{report.machine_text(found['machine'])}; seed {found['machine']['seed']}. "
        f"Processor time grows with the documents to the power of {growth:.2f} (1 is linear)."
    )
    return f"{head}\n\n{report.markdown_table(rows)}"


def main() -> None:
    """Measure each size, then write the results and the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", nargs="*", type=int, default=list(EVENTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        sys.path[:0] = [str(report.ROOT / part) for part in ("graph", "service", "benchmarks")]
        print(json.dumps(measure(asked.one, asked.seed)))
        return
    if not asked.report:
        machine = report.machine(["pyoxigraph", "fastapi", "jinja2"], seed=asked.seed)
        runs = [_run(events, asked.seed) for events in asked.events]
        RESULTS.write_text(json.dumps({"machine": machine, "runs": runs}, indent=1) + "\n", encoding="utf-8")
    head = "## Exporting a static site\n\nWhat `muniment export DIR` costs, by `python benchmarks/export.py`."
    report.write_section("export.py", head, table(json.loads(RESULTS.read_text(encoding="utf-8"))))


def _run(events: int, seed: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", str(events), "--seed", str(seed)]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )
    return found


if __name__ == "__main__":
    main()
