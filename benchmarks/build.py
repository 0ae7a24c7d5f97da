"""Time and memory of each stage of a build in memory, for synthetic datasets of several sizes.

A build of more than a few thousand events works on sorted files instead (docs/scale.md): these are the stages as `muniment check` and small
builds do them.

    python benchmarks/build.py                  1,000 and 10,000 events
    python benchmarks/build.py --full           100,000 too
    python benchmarks/build.py 500 2000         other sizes
    python benchmarks/build.py --report         only write docs/performance.md anew from the last results

Each size runs in a process of its own. Peak memory is that of the process while the stage ran (Linux: the high-water mark is set back
before each stage), so it includes what earlier stages left in memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, cast

import report

ROOT = report.ROOT
RESULTS = report.RESULTS / "build.json"
BUILD = ("read vocabulary", "read claims", "consolidate", "derive", "validate", "order", "hash", "dump")
BUILD += ("store on disk", "search index")
SIZES, LARGEST = (1_000, 10_000), 100_000


class Stages:
    """What is measured: stage -> seconds and peak memory in MB."""

    def __init__(self) -> None:
        self.measured: dict[str, dict[str, float]] = {}
        self._stage = ""
        self._started = 0.0

    def begin(self, stage: str) -> None:
        """End the stage that runs, and begin another; ``""`` only ends."""
        now = time.perf_counter()
        if self._stage:
            self.measured[self._stage] = {
                "seconds": round(now - self._started, 4),
                "peak_mb": round(_peak_mb()),
            }
            print(f"  {self._stage}: {now - self._started:.2f} s", file=sys.stderr, flush=True)
        _forget_peak()
        self._stage, self._started = stage, time.perf_counter()


def _forget_peak() -> None:
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    divisor = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / divisor  # of the process so far


def measure(events: int, seed: int, validated: bool) -> dict[str, Any]:
    """Generate a dataset and build it stage by stage, in memory."""
    from synthetic import generate

    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as name:
        folder, stages = Path(name), Stages()
        stages.begin("generate")
        project_file = generate(folder / "dataset", events, seed)
        stages.begin("")
        return {"events": events, **_build(project_file, folder, stages, validated)}


def _build(project_file: Path, folder: Path, stages: Stages, validated: bool) -> dict[str, Any]:
    from muniment.build import assemble, check_graph
    from muniment.dumps import DUMPS, Contents, write_dump
    from muniment.project import read_project
    from muniment.release import content_hash
    from muniment.terms import nquads

    sources = sum(path.stat().st_size for path in (project_file.parent / "sources").iterdir())
    facts: dict[str, Any] = {"source_mb": round(sources / 1e6, 1)}
    graph = assemble(read_project(project_file), stages.begin)
    facts |= {"triples": len(graph.default), "claims": len(graph.claims.places)}
    if validated:
        stages.begin("validate")
        facts["conforms"] = check_graph(graph).conforms
    stages.begin("order")
    lines = list(nquads([*graph.default, *graph.named, *graph.vocabulary.graphs()]))
    prefixes = graph.vocabulary.prefixes()
    del graph
    stages.begin("hash")
    facts |= {"quads": len(lines), "sha256": content_hash(lines)}
    stages.begin("dump")
    contents = Contents.of(lines)
    for kind in DUMPS:
        write_dump(folder, kind, contents, prefixes)
    del contents
    stages.begin("")
    facts["dump_mb"] = round((folder / "dump.nq.gz").stat().st_size / 1e6, 1)
    data = "".join(lines).encode()
    del lines
    _load(folder, data, stages)
    return {**facts, "stages": stages.measured}


def _load(folder: Path, data: bytes, stages: Stages) -> None:
    """Our ways to load N-Quads, each followed by what the engine does alone with the same N-Quads, uncompressed."""
    import pyoxigraph
    from synthetic import IDS

    from muniment.engine import EmbeddedStore, write_store
    from muniment.search import write_index
    from muniment.search.described import InStore
    from muniment.search.facets import read_facets

    form = pyoxigraph.RdfFormat.N_QUADS
    (folder / "dump.nq").write_bytes(data)
    stages.begin("store on disk")
    with gzip.open(folder / "dump.nq.gz") as quads:
        write_store(folder / "store", cast(IO[bytes], quads))
    stages.begin("search index")
    facets = read_facets(ROOT / "queries" / "facets")
    store_ = InStore(EmbeddedStore.read_only(folder / "store"))
    write_index(folder / "search.sqlite", store_, facets, IDS)
    stages.begin("bare bulk_load on disk")
    store = pyoxigraph.Store(str(folder / "bare"))
    store.bulk_load(path=folder / "dump.nq", format=form)
    store.flush()
    stages.begin("store in memory")
    EmbeddedStore.in_memory(data)
    stages.begin("bare bulk_load in memory")
    pyoxigraph.Store().bulk_load(data, form)
    stages.begin("")


def machine(seed: int) -> dict[str, Any]:
    """Where and with what it was measured."""
    return report.machine(("pyoxigraph", "rdflib", "pyshacl", "PyYAML"), seed=seed)


def growth(small: dict[str, Any], large: dict[str, Any], stage: str) -> float | None:
    """The exponent by which the time of a stage grows with the number of quads: 1 is linear, 2 quadratic."""
    pair = [run["stages"].get(stage, {}).get("seconds") for run in (small, large)]
    if not all(pair) or pair[0] < 0.005:
        return None
    return math.log(pair[1] / pair[0]) / math.log(large["quads"] / small["quads"])


def table(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    runs = found["runs"]
    heads = [f"{run['events']:,} events" for run in runs]
    steps = [f"growth {a['events']:,} to {b['events']:,}" for a, b in pairwise(runs)]
    rows = [["", *heads, *steps]]
    for key, label in (("claims", "claims and other records"), ("triples", "triples"), ("quads", "quads")):
        rows.append([label, *(f"{run[key]:,}" for run in runs), *[""] * len(steps)])
    rows.append(
        ["sources / dump", *(f"{run['source_mb']} / {run['dump_mb']} MB" for run in runs), *[""] * len(steps)]
    )
    for stage in dict.fromkeys(stage for run in runs for stage in run["stages"]):
        cells = [run["stages"].get(stage) for run in runs]
        shown = [f"{c['seconds']:.2f} s, {c['peak_mb']:,.0f} MB" if c else "not run" for c in cells]
        grown = [growth(a, b, stage) for a, b in pairwise(runs)]
        rows.append([stage, *shown, *("" if g is None else f"{g:.2f}" for g in grown)])
    parts = [[run["stages"][stage] for stage in BUILD if stage in run["stages"]] for run in runs]
    sums = [
        f"{sum(p['seconds'] for p in part):.1f} s, {max(p['peak_mb'] for p in part):,.0f} MB"
        for part in parts
    ]
    rows.append(["**whole build**", *sums, *[""] * len(steps)])
    for where in ("on disk", "in memory"):
        pairs = [
            [run["stages"][f"{what} {where}"]["seconds"] for what in ("store", "bare bulk_load")]
            for run in runs
        ]
        ratios = [f"{ours / bare:.2f}" for ours, bare in pairs]
        rows.append([f"loading {where} / bare bulk_load", *ratios, *[""] * len(steps)])
    unchecked = [f"{run['events']:,}" for run in runs if "validate" not in run["stages"]]
    left_out = (
        f" Not validated, to bound the time of the run: {', '.join(unchecked)} events." if unchecked else ""
    )
    return (
        f"{report.machine_text(found['machine'])}; seed {found['machine']['seed']}. Seconds and peak memory of the process in "
        f"each stage; growth is the exponent over quads, 1 is linear.{left_out}\n\n{report.markdown_table(rows)}"
    )


def write_report() -> None:
    """Write the table between the markers of docs/performance.md."""
    head = (
        "## Building a release\n\nWhat a build costs, stage by stage, by `python benchmarks/build.py --full`."
    )
    report.write_section("build.py", head, table(json.loads(RESULTS.read_text(encoding="utf-8"))))


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="*", help="numbers of events")
    parser.add_argument("--full", action="store_true", help=f"{LARGEST:,} events too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--no-validate-above", type=int, metavar="N", default=LARGEST, help="validate up to N events only"
    )
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        sys.path[:0] = [str(ROOT / "graph"), str(ROOT / "benchmarks")]
        print(json.dumps(measure(asked.sizes[0], asked.seed, asked.sizes[0] <= asked.no_validate_above)))
        return
    if not asked.report:
        sizes = asked.sizes or [*SIZES, *([LARGEST] if asked.full else [])]
        found: dict[str, Any] = {"machine": machine(asked.seed), "runs": []}
        for size in sorted(sizes):
            print(f"{size:,} events", file=sys.stderr, flush=True)
            rest = ["--seed", str(asked.seed), "--no-validate-above", str(asked.no_validate_above)]
            command = [sys.executable, __file__, "--one", str(size), *rest]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            found["runs"].append(json.loads(done.stdout))
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_report()


if __name__ == "__main__":
    main()
