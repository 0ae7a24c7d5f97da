"""What the service costs in front of an engine: the queries of ``workload.py``, to the service and to the engine behind it, in turn.

    python benchmarks/engines.py                            about 10 k, 100 k and 1 M triples; embedded, Oxigraph, Virtuoso
    python benchmarks/engines.py --sizes 25000              only that size anew; the others stay as they were measured
    python benchmarks/engines.py --report                   only write docs/performance.md anew from the last results

Each query is asked once of each, in pairs, one after the other, the first of a pair being now the one, now the other: what else the machine
does meets both, and the difference within a pair is the overhead. No text is asked twice. The release is published with
``muniment publish``; Virtuoso's bulk loader fills it before, as docs/engines.md has it. The embedded engine has no HTTP of its own: the service is
compared with the bare engine in a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import report
from engine_alone import Engine
from load import quantile
from servers import Data, Muniment, NotStarted, Options, Oxigraph, Running, Server, Virtuoso
from sparql import dataset
from workload import JSON, Query, queries

RESULTS = report.RESULTS / "engines.json"
SIZES = (250, 2_500, 25_000)
ENGINES = ("embedded", "oxigraph", "virtuoso")
_PAIRS = (5, 300)
"""How many times at least, and at most, each query is asked."""
_BULK = 100_000
"""Triples from which Virtuoso is filled by its own loader."""
_NUMBERS = count()
HEAD = """## In front of an engine

`python benchmarks/engines.py` asks the service and the engine behind it in turn (docs/engines.md); the aim is at most 10 % for queries that take the engine 10 ms and more."""

Asking = Callable[[str, str], bytes]


class _Filled(Server):
    """An engine that holds a release as ``muniment publish`` leaves it."""

    def fill(self, data: Data, port: int) -> None:
        """See ``Server.fill``; nothing but starting it, since publishing comes after."""


class _Oxigraph(_Filled, Oxigraph):
    address = "/query"


class _Virtuoso(_Filled, Virtuoso):
    address = "/sparql"


class _Service(Muniment):
    """Our service in front of an engine, or of its own."""

    store = ""

    def environment(self) -> dict[str, str]:
        """See ``Server.environment``."""
        return (
            {**super().environment(), "MUNIMENT_STORE": self.store}
            if self.store
            else dict(super().environment())
        )


def _publish(data: Data, kind: str, url: str, stack: ExitStack) -> float:
    """Publish the consolidated graph; seconds that it took."""
    from muniment.engines.publish import held_quads, publish_quads
    from muniment.engines.target import Addresses, Target
    from muniment.engines.wire import Credentials
    from muniment.release import open_release

    release = open_release(data.release)
    began = time.perf_counter()
    quads = sorted(quad for quad in release.quads() if not quad.graph)
    if kind == "virtuoso" and data.triples >= _BULK:
        folder = data.nquads.parent / kind
        with gzip.open(folder / "held.nq.gz", "wt", compresslevel=1, encoding="utf-8") as file:
            file.writelines(quad.line() for quad in held_quads(release.id, quads))
        _load_in_bulk(folder)
    credentials = Credentials("dba", "dba") if kind == "virtuoso" else Credentials()
    target = Target(Addresses(url), credentials=credentials)
    stack.callback(target.close)
    publish_quads(release.id, lambda: quads, target)
    return round(time.perf_counter() - began, 1)


def _load_in_bulk(folder: Path) -> None:
    sql = (folder / "virtuoso.ini").read_text().partition("ServerPort = ")[2].split()[0]
    for statement in (f"ld_dir('{folder}', 'held.nq.gz', 'urn:x')", "rdf_loader_run()", "checkpoint"):
        command = ["isql-vt", sql, "dba", "dba", f"exec={statement};"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if "***" in done.stdout + done.stderr:
            raise NotStarted((done.stdout + done.stderr)[-300:])


def _over_http(running: Running, path: str, stack: ExitStack) -> Asking:
    """Asks over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=120)
    stack.callback(connection.close)

    def ask(text: str, accept: str) -> bytes:
        connection.request("GET", path + quote(text, safe=""), headers={"Accept": accept})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise NotStarted(f"{path} answers {answer.status}: {body[:300]!r}")
        return body

    return ask


@contextmanager
def pair(kind: str, data: Data, options: Options) -> Iterator[tuple[Asking, Asking | Engine, dict[str, Any]]]:
    """How to ask the service, how to ask the engine, and what filling it took."""
    with ExitStack() as stack:
        service, facts = _Service(options), {}
        probe = "/sparql?query=ASK%20%7B%7D"
        direct: Asking | Engine
        if kind == "embedded":
            direct = Engine(data.nquads)
            stack.callback(direct.end)
        else:
            server = {"oxigraph": _Oxigraph, "virtuoso": _Virtuoso}[kind](options)
            running = Running(server, data, f"{server.address}?query=ASK%20%7B%7D")
            stack.callback(running.end)
            url = f"http://127.0.0.1:{running.port}{server.address}"
            facts["publish_s"] = _publish(data, kind, url, stack)
            graph = quote(f"urn:muniment:release:{data.release.name}", safe="")
            direct = _over_http(running, f"{server.address}?default-graph-uri={graph}&query=", stack)
            service.store = url
        front = Running(service, data, probe)
        stack.callback(front.end)
        yield _over_http(front, "/sparql?query=", stack), direct, facts


def measure(query: Query, service: Asking, direct: Asking | Engine, seconds: float) -> dict[str, Any]:
    """Times of one query in ms: medians of both, and of the difference within a pair, with its quartiles."""
    texts = query.texts()
    if not isinstance(direct, Engine):
        counts = [_count(ask(texts[0], query.accept), query.accept) for ask in (service, direct)]
        if counts[0] != counts[1] or not counts[0]:
            raise NotStarted(f"{query.name}: the service has {counts[0]} rows, the engine {counts[1]}")
    times: list[tuple[float, float]] = []
    until = time.perf_counter() + seconds
    while len(times) < _PAIRS[0] or (time.perf_counter() < until and len(times) < _PAIRS[1]):
        text = texts[len(times) % len(texts)]
        both = [
            lambda text=text: _timed(service, text, query.accept),
            lambda text=text: _timed(direct, text, query.accept),
        ]
        if len(times) % 2:
            second, first = both[1](), both[0]()
        else:
            first, second = both[0](), both[1]()
        times.append((first, second))
    ours, its = (statistics.median(side) for side in zip(*times, strict=True))
    differences = sorted(a - b for a, b in times)
    found = {"service_ms": ours, "engine_ms": its, "more_ms": statistics.median(differences)}
    found |= {f"more_q{q}_ms": quantile(differences, q / 4) for q in (1, 3)}
    return {**{name: round(value, 3) for name, value in found.items()}, "pairs": len(times)}


def _timed(ask: Asking | Engine, text: str, accept: str) -> float:
    """Milliseconds."""
    if isinstance(ask, Engine):
        return ask.median_ms(text, accept, 0)
    tagged = f"{text} #{next(_NUMBERS)}"
    began = time.perf_counter()
    ask(tagged, accept)
    return 1000 * (time.perf_counter() - began)


def _count(body: bytes, accept: str) -> int:
    return len(json.loads(body)["results"]["bindings"]) if accept == JSON else len(set(body.splitlines()))


def benchmark(
    sizes: Sequence[int], kinds: Sequence[str], seconds: float, options: Options, folder: Path | None = None
) -> dict[str, Any]:
    """All sizes and engines."""
    found: dict[str, Any] = {"machine": report.machine(("pyoxigraph", "oxigraph", "pycurl", "granian")), "seconds": seconds, "runs": []}  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="muniment-bench-", dir=folder) as name:
        for events in sorted(sizes):
            with dataset(events, Path(name)) as data:
                load = round(os.getloadavg()[0], 1)
                run: dict[str, Any] = {"events": events, "triples": data.triples, "load": load, "engines": {}}
                for kind in kinds:
                    _say(f"{data.triples:,} triples, {kind}")
                    run["engines"][kind] = _engine(kind, data, seconds, options)
                found["runs"].append(run)
    return found


def _engine(kind: str, data: Data, seconds: float, options: Options) -> dict[str, Any]:
    try:
        with pair(kind, data, options) as (service, direct, facts):
            measured = {}
            for query in queries(data.events):
                _say(f"  {query.name}")
                measured[query.name] = measure(query, service, direct, seconds)
            return {**facts, "queries": measured}
    except (NotStarted, OSError) as error:
        return {"left_out": str(error)[:300]}


def text(found: dict[str, Any]) -> str:
    """The tables of docs/performance.md."""
    parts = [f"{report.machine_text(found['machine'])}. Medians of pairs; in brackets the quartiles of what the service takes more."]  # fmt: skip
    for run in found["runs"]:
        parts.append(
            f"### {run['triples']:,} triples in an engine (load of the machine before: {run['load']})"
        )
        rows = [("", "engine", "service", "more, ms", "more, %")]
        for kind, measured in run["engines"].items():
            if "left_out" in measured:
                parts.append(f"{kind} is left out at {run['triples']:,} triples: {measured['left_out']}")
                continue
            rows += [_row(f"{kind}, {name}", values) for name, values in measured["queries"].items()]
        parts.append(report.markdown_table(rows))
        parts += [
            f"Publishing these triples took {measured['publish_s']} s ({kind})."
            for kind, measured in run["engines"].items()
            if "publish_s" in measured
        ]
    return "\n\n".join(parts)


def _row(name: str, values: dict[str, Any]) -> tuple[str, ...]:
    its, more = values["engine_ms"], values["more_ms"]
    share = f"{100 * more / its:.0f} %" if its >= 10 else "-"
    missed = " (**not met**)" if its >= 10 and more / its > 0.1 else ""
    spread = f"{more:.2f} ({values['more_q1_ms']:.2f} to {values['more_q3_ms']:.2f})"
    return name, f"{its:.2f} ms", f"{values['service_ms']:.2f} ms", spread, share + missed


def _say(text: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="EVENTS", default=SIZES)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long one query is measured")
    parser.add_argument("--output", type=Path, default=RESULTS, help="another file writes no report")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    asked = parser.parse_args()
    if not asked.report:
        sys.path.insert(0, str(report.ROOT / "graph"))
        found = benchmark(asked.sizes, asked.engines, asked.seconds, Options())
        if asked.output.exists():
            before = json.loads(asked.output.read_text(encoding="utf-8"))["runs"]
            found["runs"] += [run for run in before if run["events"] not in asked.sizes]
            found["runs"].sort(key=lambda run: run["events"])
        asked.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    table = text(json.loads(asked.output.read_text(encoding="utf-8")))
    print(table)
    if asked.output == RESULTS:
        report.write_section("engines.py", HEAD, table)


if __name__ == "__main__":
    main()
