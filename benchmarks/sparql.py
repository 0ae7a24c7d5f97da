"""SPARQL over HTTP, muniment beside other servers: latency, throughput, noisy neighbours, first answer; in one run, on the same data.

    python benchmarks/sparql.py                             about 10 k, 100 k and 1 M triples, every server that is installed
    python benchmarks/sparql.py --quick                     10 k triples, in memory, 3 s a load: under 3 minutes
    python benchmarks/sparql.py --sizes 250 --servers muniment oxigraph
    python benchmarks/sparql.py --report                    only write docs/performance.md anew from the last results

A size is a number of events; an event makes about 40 triples. All servers run at once and are loaded in turn, query by query, so that
what else the machine does meets all of them. Only 127.0.0.1 is used. See benchmarks/README.md for what is needed.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import load
import report
import sparql_report
from engine_alone import Engine
from load import Load
from servers import KINDS, TIMEOUT, Data, NotStarted, Options, Running, Server, fetch
from workload import CROSS_PRODUCT, JSON, Query, probe, queries

RESULTS = report.RESULTS / "sparql.json"
SIZES = (250, 2_500, 25_000)
QUICK_SERVERS = ("muniment", "oxigraph", "rdflib-endpoint", "virtuoso")
_SETTLE = 2.0
"""Seconds that cross products run before others are timed beside them: what is slow is known by then."""
_TAGS = (f"n{number}x" for number in count())


@dataclass(frozen=True)
class Plan:
    """How long and how much is measured."""

    seconds: float = 3.0
    clients: int = 8
    queries: tuple[str, ...] | None = None
    """The names of the queries; None for all."""
    repeated: tuple[str, ...] | None = None
    """The queries that are asked again and again, too; None for all."""
    noise: tuple[int, ...] = (1, 2, 4)
    noise_seconds: float = 4.0


QUICK = Plan(seconds=2.0, repeated=("look-up", "aggregate"), noise=(1, 4), noise_seconds=2.0)


@contextmanager
def dataset(events: int, folder: Path, seed: int = 1) -> Iterator[Data]:
    """A release of an invented dataset, and its quads in a file for the others; not validated, to bound the time."""
    from synthetic import generate

    from muniment.build import assemble
    from muniment.project import read_project
    from muniment.release import building
    from muniment.release_writer import write_release
    from muniment.terms import nquads

    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        graph = assemble(read_project(generate(place / "dataset", events, seed)))
        lines = list(nquads([*graph.default, *graph.named, *graph.vocabulary.graphs()]))
        triples, quads = len(graph.default), len(lines)
        facts: dict[str, Any] = {
            "title": f"{events} invented events",
            "base": "https://example.org/synthetic/",
            "counts": {"quads": quads, "triples": triples},
            "prefixes": graph.vocabulary.prefixes(),
        }
        with building(place / "releases"):
            release = write_release(place / "releases", lines, "", facts, inputs="benchmark")
        (place / "dump.nq").write_text("".join(lines), encoding="utf-8")
        del graph, lines
        yield Data(events, triples, quads, release.path, place / "dump.nq")


def measure(data: Data, servers: Sequence[Server], plan: Plan) -> dict[str, Any]:
    """Everything about one size."""
    found: dict[str, Any] = {"events": data.events, "triples": data.triples, "quads": data.quads}
    with ExitStack() as stack:
        running = list(_started(data, servers, found, stack))
        engines = _engines(data, [r.server.name for r in running], stack)
        asked = [q for q in queries(data.events) if plan.queries is None or q.name in plan.queries]
        found["rows"] = {query.name: {r.server.name: _rows(r, query) for r in running} for query in asked}
        found["loads"], found["engine_ms"] = {}, {name: {} for name in engines}
        for query in asked:
            found["loads"][query.name] = _loads(query, running, plan)
            for name, engine in engines.items():
                time_ms = engine.median_ms(query.texts()[0], query.accept, plan.seconds / 3)
                found["engine_ms"][name][query.name] = time_ms
        found["noise"] = {r.server.name: _noise(r, probe(data.events), plan) for r in running}
    return found


def _engines(data: Data, names: Sequence[str], stack: ExitStack) -> dict[str, Engine]:
    """The engine alone, with what each muniment serves: in memory and from disk."""
    places = {"muniment": data.nquads, "muniment-disk": data.release / "store"}
    engines = {name: Engine(places[name]) for name in places if name in names}
    for engine in engines.values():
        stack.callback(engine.end)
    return engines


def _started(
    data: Data, servers: Sequence[Server], found: dict[str, Any], stack: ExitStack
) -> Iterator[Running]:
    found |= {"first_answer_s": {}, "left_out": {}}
    for server in servers:
        try:
            running = Running(server, data, probe(data.events).paths(server.endpoint)[0])
        except (NotStarted, OSError) as error:
            found["left_out"][server.name] = str(error)
            continue
        finally:
            _say(f"{server.label} started")
        stack.callback(running.end)
        found["first_answer_s"][server.name] = round(running.first_answer, 3)
        yield running


def _rows(running: Running, query: Query) -> list[int] | str:
    """How many rows, or different triples, the first answers have; or what went wrong."""
    try:
        counts = []
        for path in query.paths(running.server.endpoint)[:8]:
            body = fetch(running.port, path, query.accept)
            running.sizes[path] = len(body)
            counts.append(_count(body, query.accept))
    except (NotStarted, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:300]
    return counts


def _sizes(running: Running, query: Query, paths: Sequence[str]) -> list[int]:
    """How long the right answers are: what is counted under load must be as long."""
    for path in paths:
        if path not in running.sizes:
            running.sizes[path] = len(fetch(running.port, path, query.accept))
    return [running.sizes[path] for path in paths]


def _count(body: bytes, accept: str) -> int:
    return len(json.loads(body)["results"]["bindings"]) if accept == JSON else len(set(body.splitlines()))


def _loads(query: Query, running: Sequence[Running], plan: Plan) -> dict[str, Any]:
    kinds = ["unseen", *(["repeated"] if plan.repeated is None or query.name in plan.repeated else [])]
    found: dict[str, Any] = {}
    for kind in kinds:
        _say(f"{query.name}, {kind}")
        found[kind] = {r.server.name: _load(r, query, plan, kind == "unseen") for r in running}
    return found


def _load(running: Running, query: Query, plan: Plan, unseen: bool) -> dict[str, Any]:
    """One client for a third of the time, or until it has a thousand answers; then many for the rest."""
    paths = query.paths(running.server.endpoint)
    asked = paths if unseen else paths[:16]
    try:  # `_rows` has counted what is in the first of them
        sizes = _sizes(running, query, asked)
    except (NotStarted, OSError) as error:
        return {
            kind: {"answers": 0, "rate": 0.0, "failed": {str(error)[:200]: 1}} for kind in ("one", "many")
        }
    one = Load(running.port, asked, query.accept, sizes=sizes)
    if not unseen:
        load.run(replace(one, most=len(one.paths), seconds=TIMEOUT))  # so that what can be kept is kept
    alone = load.run(replace(one, tag=_tag(unseen), seconds=plan.seconds / 3, most=1000))
    many = replace(one, tag=_tag(unseen), clients=plan.clients, seconds=plan.seconds * 2 / 3)
    in_turn = plan.clients * alone.get("p50_ms", 1e9) / 1000
    by_wrk = load.WRK and in_turn < many.seconds / 5  # wrk drops what is under way when its time is over
    together = load.run_wrk(many) if by_wrk else load.run(many)
    if alone.get("unanswered") or together.get("unanswered"):
        running.end()  # what it is still at would slow down the others
    return {"one": alone, "many": together}


def _tag(unseen: bool) -> str | None:
    return next(_TAGS) if unseen else None


def _noise(running: Running, query: Query, plan: Plan) -> dict[str, Any]:
    """How long small look-ups take while the server is quiet, and while more and more clients ask for cross products; then it is ended."""
    _say(f"{running.server.label} with noisy neighbours")
    quiet = Load(running.port, query.paths(running.server.endpoint), query.accept, patience=5.0)
    quiet = replace(quiet, seconds=plan.noise_seconds, most=10_000)
    found = {"0": load.run(replace(quiet, tag=_tag(True)))}
    crossing = replace(quiet, paths=CROSS_PRODUCT.paths(running.server.endpoint), most=10**6, seconds=600)
    with ExitStack() as noise:
        noise.callback(running.end)
        for before, clients in pairwise((0, *plan.noise)):
            more = replace(crossing, tag=_tag(True), clients=clients - before, first_address=2 + before)
            noise.callback(_stop, load.start(more))
            time.sleep(_SETTLE)
            found[str(clients)] = load.run(replace(quiet, tag=_tag(True)))
    return found


def _stop(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()


def _say(text: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def benchmark(
    sizes: Sequence[int], names: Sequence[str], plan: Plan, options: Options, folder: Path | None = None
) -> dict[str, Any]:
    """All sizes, with the facts that a reader needs to judge them; in a folder for what is only needed meanwhile."""
    servers = [KINDS[name](options) for name in names]
    left_out = {server.name: reason for server in servers if (reason := server.missing())}
    servers = [server for server in servers if server.name not in left_out]
    found: dict[str, Any] = {
        "machine": report.machine(("pyoxigraph", "granian", "fastapi")),
        "plan": {**vars(plan), "timeout_s": TIMEOUT, "workers": options.workers, "wrk": bool(load.WRK)},
        "servers": {server.name: server.version() for server in servers},
        "left_out": left_out,
        "runs": [],
    }
    with tempfile.TemporaryDirectory(prefix="muniment-bench-", dir=folder) as name:
        for events in sorted(sizes):
            _say(f"{events:,} events")
            with dataset(events, Path(name)) as data:
                found["runs"].append(measure(data, servers, plan))
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="EVENTS")
    parser.add_argument("--servers", nargs="+", choices=KINDS, metavar="NAME", help=", ".join(KINDS))
    parser.add_argument("--quick", action="store_true", help="the smallest size, the shortest loads")
    parser.add_argument("--queries", nargs="+", metavar="NAME", help="only these; see workload.py")
    parser.add_argument("--seconds", type=float, help="how long one load lasts")
    parser.add_argument("--workers", type=int, default=1, help="as in `muniment serve --workers`")
    parser.add_argument(
        "--peers", type=Path, metavar="VENV", help="a virtual environment with rdflib-endpoint"
    )
    parser.add_argument("--source", type=Path, default=report.ROOT, help="another checkout to measure")
    parser.add_argument("--output", type=Path, default=RESULTS, help="another file writes no report")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    return parser.parse_args()


def main() -> None:
    """See the top of the file."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended, too
    if not asked.report:
        sys.path.insert(0, str(report.ROOT / "graph"))
        plan = QUICK if asked.quick else Plan()
        plan = replace(plan, seconds=asked.seconds) if asked.seconds else plan
        plan = replace(plan, queries=tuple(asked.queries)) if asked.queries else plan
        names = asked.servers or (QUICK_SERVERS if asked.quick else list(KINDS))
        options = Options(asked.source.resolve(), asked.peers, asked.workers)
        found = benchmark(asked.sizes or (SIZES[:1] if asked.quick else SIZES), names, plan, options)
        asked.output.parent.mkdir(exist_ok=True)
        asked.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = sparql_report.text(json.loads(asked.output.read_text(encoding="utf-8")))
    print(text)
    if asked.output == RESULTS:
        report.write_section("sparql.py", sparql_report.HEAD, text)


if __name__ == "__main__":
    main()
