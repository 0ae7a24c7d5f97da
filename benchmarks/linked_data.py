"""Dereferencing over HTTP: descriptions of things from muniment beside DESCRIBE on Oxigraph's server, in one run, on the same data.

    python benchmarks/linked_data.py                    about 1,000 and 10,000 things, 3 minutes
    python benchmarks/linked_data.py --sizes 100 --seconds 1
    python benchmarks/linked_data.py --report           only write docs/performance.md anew from the last results

Both servers run at once and are loaded in turn, format by format. Never seen: each request has an address, or a comment in its query, that
no other has. Repeated: sixteen things again and again. The answers are not the same: ours add what points to the thing, labels and the
document's own statements, so their bytes are reported too. Only 127.0.0.1 is used.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import load
import report
from load import Load
from servers import KINDS, Data, Options, Running, fetch
from sparql import dataset
from workload import THINGS

RESULTS = report.RESULTS / "linked_data.json"
SIZES = (170, 1_700)
"""Numbers of events; about six times as many things."""
FORMATS = {
    "Turtle": "text/turtle",
    "N-Triples": "application/n-triples",
    "TriG": "application/trig",
    "RDF/XML": "application/rdf+xml",
    "JSON-LD": "application/ld+json",
    "page": "text/html",
}
_OURS_ALONE = "page"
AIMS = {"repeated": 1.5, "never seen": 0.5}
"""What our rate is to be at least, in rates of Oxigraph."""
HEAD = "## Dereferencing\n\nDescriptions of things beside `DESCRIBE`, by `python benchmarks/linked_data.py`."
_TAGS = (f"n{number}x" for number in count())


def paths(server: str, endpoint: str, events: int) -> list[str]:
    """What is asked of a server: descriptions of events from everywhere in the dataset; a tag may be added to each."""
    names = [f"event/{n}" for n in range(0, events, max(1, events // 200))]
    if server == "muniment":
        return [f"/doc/{name}?tag=" for name in names]
    return [f"{endpoint}{quote(f'DESCRIBE <{THINGS}{name}>', safe='')}" for name in names]


def measure(
    data: Data, names: Sequence[str], seconds: float, clients: int, options: Options
) -> dict[str, Any]:
    """Every format of one dataset."""
    found: dict[str, Any] = {"events": data.events, "triples": data.triples, "formats": {}}
    with ExitStack() as stack:
        running = []
        for name in names:
            server = KINDS[name](options)
            running.append(Running(server, data, paths(name, server.endpoint, data.events)[0]))
            stack.callback(running[-1].end)
        found["things"] = _things(running[0])
        for label, accept in FORMATS.items():
            print(f"  {data.events:,} events: {label}", file=sys.stderr, flush=True)
            asked = [r for r in running if r.server.name == "muniment" or label != _OURS_ALONE]
            found["formats"][label] = {
                r.server.name: _loads(r, data, accept, seconds, clients) for r in asked
            }
    return found


def _things(running: Running) -> int:
    """How many things have an IRI of the dataset."""
    query = f'SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a ?c FILTER(STRSTARTS(STR(?s), "{THINGS}")) }}'
    endpoint = running.server.endpoint
    body = json.loads(
        fetch(running.port, endpoint + quote(query, safe=""), "application/sparql-results+json")
    )
    return int(body["results"]["bindings"][0]["n"]["value"])


def _loads(running: Running, data: Data, accept: str, seconds: float, clients: int) -> dict[str, Any]:
    """Both kinds of load on one server in one format: one client for latency, then many for the rate."""
    asked = paths(running.server.name, running.server.endpoint, data.events)
    sizes = [len(fetch(running.port, path, accept)) for path in asked]
    found: dict[str, Any] = {"median_bytes": round(statistics.median(sizes))}
    for kind in AIMS:
        number = 16 if kind == "repeated" else len(asked)
        unseen = kind == "never seen"
        one = Load(running.port, asked[:number], accept, sizes=sizes[:number], seconds=seconds / 3, most=1000)
        alone = load.run(replace(one, tag=next(_TAGS) if unseen else None))
        many = replace(one, tag=next(_TAGS) if unseen else None, clients=clients, seconds=seconds, most=10**6)
        together = load.run_wrk(many) if load.WRK else load.run(many)
        found[kind] = {"one": alone, "many": together}
    return found


def benchmark(
    sizes: Sequence[int],
    seconds: float,
    clients: int = 8,
    options: Options | None = None,
    names: Sequence[str] = ("muniment", "oxigraph"),
) -> dict[str, Any]:
    """All sizes, with the facts that a reader needs to judge them."""
    options = options or Options()
    chosen = [name for name in names if KINDS[name](options).missing() is None]
    found: dict[str, Any] = {
        "machine": report.machine(("pyoxigraph", "granian", "fastapi")),
        "servers": {name: KINDS[name](options).version() for name in chosen},
        "plan": {"seconds": seconds, "clients": clients, "wrk": bool(load.WRK)},
        "runs": [],
    }
    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as name:
        for events in sorted(sizes):
            with dataset(events, Path(name)) as data:
                found["runs"].append(measure(data, chosen, seconds, clients, options))
    return found


def ratio(measured: dict[str, Any], kind: str) -> float | None:
    """Our rate in rates of Oxigraph; None where it was not asked, or failed."""
    try:
        ours, theirs = (measured[name][kind]["many"]["rate"] for name in ("muniment", "oxigraph"))
    except KeyError:
        return None
    return ours / theirs if theirs else None


def text(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    plan = found["plan"]
    servers = ", ".join(f"{KINDS[name].label} {version}" for name, version in found["servers"].items())
    parts = [
        f"{report.machine_text(found['machine'])}; {servers}. One process each, both in memory. Rates are answers a second of {plan['clients']} "
        f"clients for {plan['seconds']:g} s, p50 and p99 those of one client in ms. Other work ran on the same machine; "
        "ratios within a run say more than rates."
    ]
    for kind, aim in AIMS.items():
        rows = [[f"rate, {kind} (aim: {aim:g})", *(f"{run['things']:,} things" for run in found["runs"])]]
        rows += [
            [label, *(_rates(run["formats"][label], kind, aim) for run in found["runs"])] for label in FORMATS
        ]
        parts.append(report.markdown_table(rows))
    rows = [
        [
            "p50 / p99, never seen; bytes of the median answer",
            *(f"{run['things']:,} things" for run in found["runs"]),
        ]
    ]
    rows += [[label, *(_latency(run["formats"][label]) for run in found["runs"])] for label in FORMATS]
    parts.append(report.markdown_table(rows))
    return "\n\n".join(parts)


def _rates(measured: dict[str, Any], kind: str, aim: float) -> str:
    rates = " / ".join(f"{answers[kind]['many']['rate']:,.0f}" for answers in measured.values())
    compared = ratio(measured, kind)
    if compared is None:
        return rates
    return f"{rates} = {compared:.2f}{'' if compared >= aim else ' (**not met**)'}"


def _latency(measured: dict[str, Any]) -> str:
    shown = []
    for name, answers in measured.items():
        one = answers["never seen"]["one"]
        times = " / ".join(f"{one[p]:.2f}" if p in one else "none" for p in ("p50_ms", "p99_ms"))
        shown.append(f"{KINDS[name].label} {times}, {answers['median_bytes']:,} B")
    return "; ".join(shown)


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="EVENTS", default=SIZES)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long one load lasts")
    parser.add_argument("--source", type=Path, default=report.ROOT, help="another checkout to measure")
    parser.add_argument("--output", type=Path, default=RESULTS, help="another file writes no report")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    asked = parser.parse_args()
    if not asked.report:
        sys.path.insert(0, str(report.ROOT / "graph"))
        found = benchmark(asked.sizes, asked.seconds, options=Options(asked.source.resolve()))
        asked.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    shown = text(json.loads(asked.output.read_text(encoding="utf-8")))
    print(shown)
    if asked.output == RESULTS:
        report.write_section("linked_data.py", HEAD, shown)


if __name__ == "__main__":
    main()
