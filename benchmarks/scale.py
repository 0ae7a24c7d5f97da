"""What one machine bears: the stages of a build and of the service on datasets of 100,000 triples and more.

    python benchmarks/scale.py validate                 100,000 and 1,000,000 triples
    python benchmarks/scale.py validate 400000          other sizes
    python benchmarks/scale.py validate --report        only write docs/scale.md anew from the last results

Each size runs in a process of its own, on a dataset by synthetic.py. A part is a function of ``PARTS``: it takes a number of triples and
gives what it measured, step -> number. So far there is ``validate``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import report

ROOT = report.ROOT
RESULTS = report.RESULTS / "scale.json"
PAGE = ROOT / "docs" / "scale.md"
SIZES = (100_000, 1_000_000)
TRIPLES_PER_EVENT = 40.4
EDITS = 15


def _processor_seconds() -> float:
    return sum(
        getattr(resource.getrusage(who), field)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for field in ("ru_utime", "ru_stime")
    )


def _peak_mb(who: int) -> float:
    peak = resource.getrusage(who).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def validate(triples: int, seed: int = 1) -> dict[str, Any]:
    """Full validation over processes, and what it takes to validate one changed record."""
    from synthetic import generate

    from muniment.build import assemble
    from muniment.project import read_project
    from muniment.shacl.previous import difference
    from muniment.shacl.shards import plan, validate_sharded
    from muniment.shacl.statements import Statements
    from muniment.terms import nquads

    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as folder:
        graph = assemble(
            read_project(generate(Path(folder) / "dataset", round(triples / TRIPLES_PER_EVENT), seed))
        )
    data, shapes = list(graph.default), graph.vocabulary.shapes
    del graph
    found: dict[str, Any] = {"triples": len(data), "peak before, MB": round(_peak_mb(resource.RUSAGE_SELF))}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        started, used = time.perf_counter(), _processor_seconds()
        done = act()
        found[f"{name}, s"] = round(time.perf_counter() - started, 4)
        found[f"{name}, processor s"] = round(_processor_seconds() - used, 4)
        return done

    found["engine"] = timed("look at the shapes", lambda: plan(shapes)).engine
    full = timed("full", lambda: validate_sharded(data, shapes))
    assert full.results == (), full.results[:3]
    found["peak of the main process, MB"] = round(_peak_mb(resource.RUSAGE_SELF))
    found["peak of a process of parts, at most, MB"] = round(_peak_mb(resource.RUSAGE_CHILDREN))
    lines = list(nquads(data))
    timed("compare with the dump before", lambda: difference(iter(lines), lines))
    lines.clear()
    statements = timed("index", lambda: Statements(data))
    timed("index of what points where", lambda: statements.to(""))
    return found | _edits(data, shapes, statements)


def _edits(data: list[Any], shapes: Any, statements: Any) -> dict[str, Any]:
    """Milliseconds to validate one edit, the graph being at hand: the median and the worst of some."""
    from muniment.shacl.incremental import Change, revalidate
    from muniment.terms import LABEL, MUN, TYPE, iri

    def median(name: str, edits: list[Change], wanted: int) -> dict[str, Any]:
        times, foci = [], []
        for edit in edits:
            started = time.perf_counter()
            done = revalidate((), edit, data, shapes, statements)
            times.append((time.perf_counter() - started) * 1000)
            assert done is not None
            foci.append(done.foci)
            assert len(done.report.results) >= wanted, (name, done)
        return {
            f"{name}, ms": round(statistics.median(times), 1),
            f"{name}, worst, ms": round(max(times), 1),
            f"{name}, focus nodes": round(statistics.median(foci)),
        }

    events = [q.subject for q in data if q.predicate == TYPE and q.object == iri(f"{MUN}Event")]
    bodies = [q.subject for q in data if q.predicate == TYPE and q.object == iri(f"{MUN}Body")]
    some = [events[number * len(events) // EDITS] for number in range(EDITS)]
    labels = [next(q for q in statements.of(event) if q.predicate == LABEL) for event in some]
    others = [bodies[number * len(bodies) // EDITS] for number in range(EDITS)]
    return (
        median("a label is changed", [Change([q], [q._replace(object='"before"@en')]) for q in labels], 0)
        | median("an event is new", [Change(statements.of(event), []) for event in some], 0)
        | median("a body is new", [Change(statements.of(body), []) for body in others], 0)
    )


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {"validate": validate}


def growth(small: dict[str, Any], large: dict[str, Any], step: str) -> str:
    """The exponent by which a number grows with the triples: 1 is linear."""
    if not (isinstance(small[step], int | float) and small[step] and large[step]):
        return ""
    return f"{math.log(large[step] / small[step]) / math.log(large['triples'] / small['triples']):.2f}"


def table(found: dict[str, Any]) -> str:
    """What a part measured as Markdown."""
    runs = found["runs"]
    rows = [["", *(f"{run['triples']:,} triples" for run in runs), *["growth"] * (len(runs) - 1)]]
    for step in runs[0]:
        if step != "triples":
            cells = [f"{run[step]:,}" if isinstance(run[step], int | float) else run[step] for run in runs]
            rows.append([step, *cells, *(growth(a, b, step) for a, b in pairwise(runs))])
    return f"{report.machine_text(found['machine'])}.\n\n{report.markdown_table(rows)}"


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("sizes", type=int, nargs="*", help="numbers of triples, about")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/scale.md")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(PARTS[asked.part](asked.sizes[0])))
        return
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if not asked.report:
        on = report.machine(("pyshacl", "pyshifty", "rdflib", "pyoxigraph"))
        results[asked.part] = {"machine": on, "runs": []}
        for size in sorted(asked.sizes or SIZES):
            command = [sys.executable, __file__, asked.part, str(size), "--one"]
            path = os.pathsep.join([str(ROOT / "graph"), str(ROOT / "benchmarks")])
            done = subprocess.run(
                command, stdout=subprocess.PIPE, check=True, text=True, env={**os.environ, "PYTHONPATH": path}
            )
            results[asked.part]["runs"].append(json.loads(done.stdout))
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    report.write_section(
        f"scale.py {asked.part}", f"## {asked.part.capitalize()}", table(results[asked.part]), PAGE
    )


if __name__ == "__main__":
    main()
