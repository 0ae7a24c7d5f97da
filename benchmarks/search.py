"""What a search, a suggestion and the index cost, by number of things.

    python benchmarks/search.py               about 1,000, 10,000 and 100,000 things, some minutes
    python benchmarks/search.py 400 5400      other numbers of events
    python benchmarks/search.py --report      only write docs/performance.md anew from the last results

Two figures for each kind of question: in the process that holds the index (``SearchIndex``), and over HTTP from a service in a process of its own,
which is told to hold no answers. Questions are drawn from the names that are there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import report

ROOT = report.ROOT
RESULTS = report.RESULTS / "search.json"
EVENTS = (500, 5_400, 54_000)
"""About twice as many things have names."""
QUESTIONS = 300
SERVE = "import sys; from pathlib import Path; from muniment_service.serve import run; run(Path(sys.argv[1]), port=int(sys.argv[2]))"


def measure(events: int, seed: int) -> dict[str, Any]:
    """Build a dataset (without validation) and ask."""
    sys.path[:0] = [str(ROOT / "graph"), str(ROOT / "service"), str(ROOT / "benchmarks")]
    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as name:
        release, took = build(Path(name), events, seed)
        index = release.search()
        questions = {kind: list(asked) for kind, asked in asked_of(index, random.Random(seed)).items()}
        found: dict[str, Any] = {
            "events": events,
            "things": index.size,
            "index_seconds": took[0],
            "index_cpu_seconds": took[1],
            "index_mb": round((release.path / "search.sqlite").stat().st_size / 1e6, 1),
            "library": {kind: timed(call(index, kind), asked) for kind, asked in questions.items()},
        }
        with service(release.path) as url:
            found["http"] = {kind: over_http(url, kind, asked) for kind, asked in questions.items()}
        return found


def build(folder: Path, events: int, seed: int) -> tuple[Any, tuple[float, float]]:
    """The release, and how many seconds its index took, by the clock and of the processor."""
    from synthetic import BASE, generate

    from muniment import release as releases
    from muniment.build import assemble
    from muniment.project import read_project
    from muniment.search.facets import facts_of, read_facets
    from muniment.terms import nquads

    graph = assemble(read_project(generate(folder / "dataset", events, seed)))
    lines = list(nquads([*graph.default, *graph.named, *graph.vocabulary.graphs()]))
    facts = {
        "title": "Benchmark", "base": BASE, "counts": {"quads": len(lines)}, "prefixes": graph.vocabulary.prefixes(),
        "facets": facts_of(read_facets(ROOT / "queries" / "facets")),
    }  # fmt: skip
    del graph
    took, write = (0.0, 0.0), releases.write_index

    def timed_write(*args: Any) -> None:
        nonlocal took
        began, busy = time.perf_counter(), time.process_time()
        write(*args)
        took = round(time.perf_counter() - began, 2), round(time.process_time() - busy, 2)

    releases.write_index = timed_write  # type: ignore[attr-defined]
    with releases.building(folder / "releases"):
        return releases.write_release(folder / "releases", lines, "", facts, "benchmark"), took


def asked_of(index: Any, chance: random.Random) -> dict[str, Iterator[tuple[str, dict[str, list[str]]]]]:
    """Questions by kind: text, and what is selected."""
    labels = [
        index.find("", offset=chance.randrange(index.size), limit=1).hits[0].label for _ in range(QUESTIONS)
    ]
    classes = [value.term for value in index.choices("class")]
    years = [value.term for value in index.choices("year")]

    def slip(word: str) -> str:
        at = chance.randrange(1, max(2, len(word) - 1))
        return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]

    def last(label: str) -> str:
        return label.split()[-1]

    selections = [{}, {"class": [classes[0]]}, {"year": years[:2]}, {"class": classes[:2], "year": years[:1]}]
    return {
        "suggest: whole name": ((label, {}) for label in labels),
        "suggest: beginning, 1 letter": ((label[:1], {}) for label in labels),
        "suggest: beginning, 3 letters": ((label[:3], {}) for label in labels),
        "suggest: a misspelt word": ((slip(last(label)), {}) for label in labels),
        "search: whole name": ((label, {}) for label in labels),
        "search: beginning, 3 letters": ((label[:3], {}) for label in labels[:100]),
        "search: a misspelt word": ((slip(last(label)), {}) for label in labels),
        "search: a frequent word, facets selected": (("of", selections[n % 4]) for n in range(60)),
        "search: nothing, facets selected": (("", selections[n % 4]) for n in range(60)),
    }


def call(index: Any, kind: str) -> Callable[[str, dict[str, list[str]]], Any]:
    """How the library is asked."""
    return (lambda q, selected: index.suggest(q, 10, selected)) if kind.startswith("suggest") else index.find


def timed(ask: Callable[..., Any], questions: Sequence[tuple[str, dict[str, list[str]]]]) -> dict[str, float]:
    """The median and the 99th percentile in ms, after a few questions to warm up."""
    for question in questions[:5]:
        ask(*question)
    took, worked = [], []
    for question in questions:
        began, busy = time.perf_counter(), time.thread_time()
        ask(*question)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.thread_time() - busy) * 1000)
    return {
        "p50": round(statistics.median(took), 3),
        "p99": round(statistics.quantiles(took, n=100)[98], 3),
        "cpu_p99": round(statistics.quantiles(worked, n=100)[98], 3),
        "asked": len(took),
    }


def over_http(url: str, kind: str, questions: Sequence[tuple[str, dict[str, list[str]]]]) -> dict[str, float]:
    """The same through one connection to the service, which holds no answers."""
    import httpx

    path = "/suggest" if kind.startswith("suggest") else "/search"
    with httpx.Client(base_url=url, headers={"Accept": "application/json"}) as client:

        def ask(text: str, selected: dict[str, list[str]]) -> None:
            pairs = [("q", text), *((name, term) for name, terms in selected.items() for term in terms)]
            assert client.get(path, params=pairs).status_code == 200

        return timed(ask, questions)


@contextmanager
def service(release: Path) -> Iterator[str]:
    """A service of that release in a process of its own."""
    import httpx

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    path = os.pathsep.join((str(ROOT / "graph"), str(ROOT / "service")))
    environ = {**os.environ, "PYTHONPATH": path, "MUNIMENT_CACHE_BYTES": "1"}
    started = subprocess.Popen([sys.executable, "-c", SERVE, str(release), str(port)], env=environ)
    try:
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        else:
            raise RuntimeError("the service is not ready after two minutes")
        yield f"http://127.0.0.1:{port}"
    finally:
        started.terminate()
        started.wait(timeout=30)


def table(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    runs = found["runs"]
    rows = [["", *(f"{run['things']:,} things" for run in runs)]]
    rows.append(
        [
            "index: seconds to write (of the processor), size",
            *(f"{r['index_seconds']:.2f} ({r['index_cpu_seconds']:.2f}) s, {r['index_mb']} MB" for r in runs),
        ]
    )
    for kind in runs[0]["library"]:
        shown = (run["library"][kind] for run in runs)
        rows.append([kind, *(f"{m['p50']:.2f} / {m['p99']:.2f} ({m['cpu_p99']:.2f})" for m in shown)])
    for kind in runs[0]["http"]:
        shown = (run["http"][kind] for run in runs)
        rows.append([f"{kind}, over HTTP", *(f"{m['p50']:.2f} / {m['p99']:.2f}" for m in shown)])
    head = f"{report.machine_text(found['machine'])}; seed {found['machine']['seed']}. Times are p50 / p99 in ms of one client; in brackets the p99 of the processor time alone, which other work on the machine does not lengthen. Over HTTP no answers are held."
    return f"{head}\n\n{report.markdown_table(rows)}"


def write_report() -> None:
    """Write the table between the markers of docs/performance.md."""
    head = "## Searching\n\nWhat a search and a suggestion cost, by `python benchmarks/search.py`."
    report.write_section("search.py", head, table(json.loads(RESULTS.read_text(encoding="utf-8"))))


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="*", help="numbers of events")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.sizes[0], asked.seed)))
        return
    if not asked.report:
        found: dict[str, Any] = {
            "machine": report.machine(("pyoxigraph", "rapidfuzz"), seed=asked.seed),
            "runs": [],
        }
        for size in asked.sizes or EVENTS:
            command = [sys.executable, __file__, "--one", str(size), "--seed", str(asked.seed)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            found["runs"].append(json.loads(done.stdout))
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_report()


if __name__ == "__main__":
    main()
