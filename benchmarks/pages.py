"""What pages cost: the first time, rendered anew each time, and held; their weight; by number of events.

    python benchmarks/pages.py                    1,000 and 100,000 events, ten minutes, most of them for building
    python benchmarks/pages.py 200 --seconds 1
    python benchmarks/pages.py --report           only write docs/performance.md anew from the last results

Two services run on a release (which is not validated): one that holds no answers, so that each request renders, and one as it comes. First
is the first request for a page after the start. Only 127.0.0.1 is used.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import load
import report
from load import Load
from servers import Data, Muniment, Options, Running

RESULTS = report.RESULTS / "pages.json"
EVENTS = (1_000, 100_000)
RENDERED = 30
"""Requests for each page that is rendered anew; fewer where that would take more than ``LONGEST`` seconds."""
LONGEST = 10.0
PAGES = {
    "first page": "/",
    "an event": "/doc/event/1",
    "a body": "/doc/body/1",
    "list of events": "/browse/Event",
    "list, narrowed and sorted": "/browse/Event?sort=-schema:startDate&page=3",
    "classes": "/browse",
    "timeline": "/timeline",
    "map": "/map",
    "calendar": "/calendar",
    "events": "/events",
    "search": "/search?q=conference",
    "networks": "/networks",
    "sources": "/sources",
    "disagreements": "/disagreements",
    "SPARQL": "/sparql",
    "questions": "/queries",
    "not found": "/doc/event/none",
}
AIM_LIST, AIM_HELD, AIM_WEIGHT = 100.0, 5.0, 60_000
"""ms for lists that are rendered anew; ms to the first byte of a page that is held; bytes of a page before drawings, as they travel."""
LISTS = ("list of events", "list, narrowed and sorted", "classes", "search", "events")
HEAD = "## Pages\n\nPages for people, by `python benchmarks/pages.py`."
_ASSET = re.compile(rb'(?:src|href)="(/static/[^"]+\.(?:js|css))"')


class NothingHeld(Muniment):
    """Our service without its cache of answers."""

    name = "muniment-nothing-held"

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "MUNIMENT_CACHE_BYTES": "1"}


def measure(events: int, seconds: float) -> dict[str, Any]:
    """All pages of one dataset."""
    with released(events) as data:
        found: dict[str, Any] = {"events": events, "triples": data.triples, "pages": {}}
        for server in (NothingHeld(Options()), Muniment(Options())):
            running = Running(server, data, "/healthz")
            try:
                for name, path in PAGES.items():
                    print(f"  {events:,} events, {server.name}: {name}", file=sys.stderr, flush=True)
                    page = found["pages"].setdefault(name, {})
                    page |= (
                        held(running, path, seconds) if server.name == "muniment" else rendered(running, path)
                    )
            finally:
                running.end()
    return found


def rendered(running: Running, path: str) -> dict[str, Any]:
    """A page that is made for each request: the first time and then; what it weighs."""
    first, status, body = asked(running.port, path)
    times: list[float] = []
    until = time.perf_counter() + LONGEST
    while len(times) < RENDERED and time.perf_counter() < until:
        times.append(asked(running.port, path)[0])
    loads = {found.decode() for found in _ASSET.findall(body)}
    return {
        "status": status,
        "first_ms": first,
        "p50_ms": round(statistics.median(times), 2),
        "worst_ms": max(times),
        "bytes": len(body),
        "gzip": len(gzip.compress(body)),
        "loads_gzip": sum(len(gzip.compress(asked(running.port, asset)[2])) for asset in loads),
    }


def held(running: Running, path: str, seconds: float) -> dict[str, Any]:
    """A page that is held: one client's time to the answer, and how many answers a second many clients get."""
    asked(running.port, path)
    one = Load(running.port, [path], "text/html", seconds=seconds, most=2_000)
    many = Load(running.port, [path], "text/html", seconds=seconds, clients=16)
    alone = load.run(one)
    together = load.run_wrk(many) if load.WRK else load.run(many)
    return {"held_p50_ms": alone.get("p50_ms"), "held_p99_ms": alone.get("p99_ms"), "rate": together["rate"]}


def asked(port: int, path: str) -> tuple[float, int, bytes]:
    """Milliseconds, status and body of one request on a connection of its own."""
    from http.client import HTTPConnection

    began = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return round((time.perf_counter() - began) * 1000, 2), answer.status, body


@contextmanager
def released(events: int) -> Iterator[Data]:
    """A release of an invented dataset with its search index and saved queries; not validated, to bound the time."""
    from rdflib import Graph
    from synthetic import generate

    from muniment import build as building
    from muniment.project import read_project

    unchecked = SimpleNamespace(conforms=True, violations=(), results=(), graph=Graph())
    building._checked = lambda *_, **__: (unchecked, None)  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as name:
        release = building.build(read_project(generate(Path(name) / "dataset", events, 1)))
        counts = release.manifest["counts"]
        yield Data(events, counts["triples"], counts["quads"], release.path, Path(name) / "none.nq")


def text(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    runs = found["runs"]
    sizes = [f"{run['events']:,} events" for run in runs]
    rows = [["first, p50 anew (worst) in ms", *sizes]]
    rows += [[name, *(_anew(name, run["pages"][name]) for run in runs)] for name in PAGES]
    others = [["held: p50 / p99 in ms, answers a second", *sizes]]
    others += [[name, *(_held(run["pages"][name]) for run in runs)] for name in PAGES]
    weights = [["bytes of the page as it travels (unpacked), with scripts and styles", *sizes]]
    weights += [[name, *(_weight(run["pages"][name]) for run in runs)] for name in PAGES]
    head = (
        f"{report.machine_text(found['machine'])}. One client, one process; rates are of 16 clients. Other work ran on the same machine. "
        f"Aims: lists anew within {AIM_LIST:g} ms, what is held within {AIM_HELD:g} ms, a page within {AIM_WEIGHT // 1000} kB."
    )
    return "\n\n".join([head, *(report.markdown_table(table) for table in (rows, others, weights))])


def _anew(name: str, page: dict[str, Any]) -> str:
    missed = name in LISTS and page["p50_ms"] > AIM_LIST
    return f"{page['first_ms']:.0f}, {page['p50_ms']:.1f} ({page['worst_ms']:.0f}){' (**not met**)' if missed else ''}"


def _held(page: dict[str, Any]) -> str:
    if page["held_p50_ms"] is None:  # an error, which no cache holds
        return "not held"
    missed = page["held_p50_ms"] > AIM_HELD
    return f"{page['held_p50_ms']:.2f} / {page['held_p99_ms']:.2f}, {page['rate']:,.0f}{' (**not met**)' if missed else ''}"


def _weight(page: dict[str, Any]) -> str:
    missed = page["gzip"] > AIM_WEIGHT
    return f"{page['gzip']:,} ({page['bytes']:,}), {page['gzip'] + page['loads_gzip']:,}{' (**not met**)' if missed else ''}"


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=int, nargs="*", default=EVENTS)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long one load on a held page lasts")
    parser.add_argument("--output", type=Path, default=RESULTS, help="another file writes no report")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    given = parser.parse_args()
    if not given.report:
        sys.path[:0] = [str(report.ROOT / "graph"), str(report.ROOT / "service")]
        os.environ.pop("MUNIMENT_CACHE_BYTES", None)
        found = {
            "machine": report.machine(("pyoxigraph", "granian", "jinja2")),
            "runs": [measure(events, given.seconds) for events in given.events],
        }
        given.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    shown = text(json.loads(given.output.read_text(encoding="utf-8")))
    print(shown)
    if given.output == RESULTS:
        report.write_section("pages.py", HEAD, shown)


if __name__ == "__main__":
    main()
