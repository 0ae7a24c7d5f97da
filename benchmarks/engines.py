"""What the service costs in front of an engine: the queries of ``workload.py``, to the service and to the engine behind it, in turn.

    python benchmarks/engines.py --cache DIR                    about 10 k, 100 k and 1 M triples; embedded, Oxigraph, Virtuoso
    python benchmarks/engines.py --cache DIR --sizes 1000000    only that size anew; the others stay as they were measured
    python benchmarks/engines.py --cache DIR --fill             measure nothing: have all that is measured lie in the folder
    python benchmarks/engines.py --report                       only write docs/performance.md anew from the last results

Each query is asked once of each, in pairs, one after the other, the first of a pair being now the one, now the other: what else the machine
does meets both, and the difference within a pair is the overhead. No text is asked twice. Datasets and releases are those of ``scale.py``, in
the same folder; each engine is filled once, by ``muniment publish``, and keeps there what it holds. Virtuoso's bulk loader fills it before, as
docs/engines.md has it. Both engines read from disk, as they do in earnest. The embedded engine has no HTTP of its own: the service is compared
with the bare engine in a process of its own, both in memory.
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
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import report
from engine_alone import Engine
from load import quantile
from processes import processor_seconds
from servers import Data, Muniment, NotStarted, Options, Oxigraph, Running, Server, Virtuoso
from workload import JSON, Query, queries

RESULTS = report.RESULTS / "engines.json"
SIZES = (10_000, 100_000, 1_000_000)
ENGINES = ("embedded", "oxigraph", "virtuoso")
_PAIRS = (5, 300)
"""How many times at least, and at most, each query is asked."""
_BULK = 100_000
"""Triples from which Virtuoso is filled by its own loader."""
_COUNTS_FROM = 10.0
"""Milliseconds of the engine from which the aim holds."""
_NUMBERS = count()
HEAD = """## In front of an engine

`python benchmarks/engines.py --cache DIR` asks the service and the engine behind it in turn (docs/engines.md); the aim is at most 10 % for queries that take the engine 10 ms and more."""

Asking = Callable[[str, str], bytes]


class _Kept(Server):
    """An engine whose data lies in a folder of its own, filled once as ``muniment publish`` leaves it."""

    address = ""

    def __init__(self, options: Options, place: Path) -> None:
        super().__init__(options)
        self.place = place
        place.mkdir(parents=True, exist_ok=True)

    def fill(self, data: Data, port: int) -> None:
        """See ``Server.fill``; nothing but starting it, since publishing comes after."""

    def settle(self) -> None:
        """Have all that was published on the disk."""


class _Oxigraph(_Kept, Oxigraph):
    address = "/query"

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        """See ``Server.command``."""
        binary, _, *rest = super().command(data, folder, port)
        return [binary, "serve", "--location", str(self.place / "store"), *rest]


class _Virtuoso(_Kept, Virtuoso):
    address = "/sparql"

    def command(self, data: Data, folder: Path, port: int) -> list[str]:
        """See ``Server.command``."""
        (self.place / "virtuoso.lck").unlink(missing_ok=True)
        return super().command(data, self.place, port)

    def settle(self) -> None:
        """See ``_Kept.settle``."""
        self.statements("checkpoint")

    def statements(self, *statements: str) -> None:
        """Have it do what SPARQL does not say."""
        sql = (self.place / "virtuoso.ini").read_text().partition("ServerPort = ")[2].split()[0]
        for statement in statements:
            command = ["isql-vt", sql, "dba", "dba", f"exec={statement};"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=900)
            if "***" in done.stdout + done.stderr:
                raise NotStarted((done.stdout + done.stderr)[-300:])


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


def _published(data: Data, server: _Kept, url: str) -> dict[str, Any]:
    """Publish the consolidated graph if the engine does not hold it; what doing so took, now or then."""
    from muniment.engines.publish import Part, held_quads, publish
    from muniment.engines.target import Addresses, Target
    from muniment.engines.wire import Credentials
    from muniment.release import open_release

    done = server.place / "published.json"
    if done.exists():
        return dict(json.loads(done.read_text(encoding="utf-8")))
    release = open_release(data.release)
    quads = sorted(quad for quad in release.quads() if not quad.graph)
    load, began = round(os.getloadavg()[0], 1), time.perf_counter()
    if isinstance(server, _Virtuoso) and data.triples >= _BULK:
        with gzip.open(data.nquads.parent / "held.nq.gz", "wt", compresslevel=1, encoding="utf-8") as file:
            file.writelines(quad.line() for quad in held_quads(release.id, quads))
        folder = f"ld_dir('{data.nquads.parent}', 'held.nq.gz', 'urn:x')"
        server.statements(folder, "rdf_loader_run()", "checkpoint")
    credentials = Credentials("dba", "dba") if isinstance(server, _Virtuoso) else Credentials()
    target = Target(Addresses(url), credentials=credentials)
    try:
        publish(Part(release.id, quads), target)
    finally:
        target.close()
    server.settle()
    facts = {"publish_s": round(time.perf_counter() - began, 1), "publish_load": load}
    done.write_text(json.dumps(facts), encoding="utf-8")
    return facts


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


@dataclass
class Pair:
    """The two that are compared."""

    service: Asking
    direct: Asking | Engine
    facts: dict[str, Any]
    """What filling the engine took."""
    used: Callable[[], float]
    """Processor seconds that the service has had so far."""


@contextmanager
def engine_of(kind: str, data: Data, options: Options) -> Iterator[tuple[Running, dict[str, Any]]]:
    """An engine that runs and holds the release, and what filling it took."""
    place = data.nquads.parent / f"{kind}-{data.release.name}"
    server = {"oxigraph": _Oxigraph, "virtuoso": _Virtuoso}[kind](options, place)
    running = Running(server, data, f"{server.address}?query=ASK%20%7B%7D")
    try:
        url = f"http://127.0.0.1:{running.port}{server.address}"
        yield running, {**_published(data, server, url), "url": url}
    finally:
        running.end()


@contextmanager
def pair(kind: str, data: Data, options: Options) -> Iterator[Pair]:
    """The service and the engine behind it."""
    with ExitStack() as stack:
        service, facts = _Service(options), {}
        direct: Asking | Engine
        if kind == "embedded":
            direct = Engine(data.nquads)
            stack.callback(direct.end)
        else:
            running, facts = stack.enter_context(engine_of(kind, data, options))
            service.store = facts.pop("url")
            graph = quote(f"urn:muniment:release:{data.release.name}", safe="")
            address = urlsplit(service.store).path
            direct = _over_http(running, f"{address}?default-graph-uri={graph}&query=", stack)
        front = Running(service, data, "/sparql?query=ASK%20%7B%7D")
        stack.callback(front.end)
        ask = _over_http(front, "/sparql?query=", stack)
        yield Pair(ask, direct, facts, lambda: processor_seconds(front.process.pid))


def measure(query: Query, both: Pair, seconds: float) -> dict[str, Any]:
    """Times of one query in ms: medians of both, and of the difference within a pair, with its quartiles; and the service's processor time."""
    texts = query.texts()
    if not isinstance(both.direct, Engine):
        counts = [_count(ask(texts[0], query.accept), query.accept) for ask in (both.service, both.direct)]
        if counts[0] != counts[1] or not counts[0]:
            raise NotStarted(f"{query.name}: the service has {counts[0]} rows, the engine {counts[1]}")
    times: list[tuple[float, float]] = []
    until, used = time.perf_counter() + seconds, both.used()
    while len(times) < _PAIRS[0] or (time.perf_counter() < until and len(times) < _PAIRS[1]):
        text = texts[len(times) % len(texts)]
        sides = [partial(_timed, ask, text, query.accept) for ask in (both.service, both.direct)]
        if len(times) % 2:
            second, first = sides[1](), sides[0]()
        else:
            first, second = sides[0](), sides[1]()
        times.append((first, second))
    processor = 1000 * (both.used() - used) / len(times)
    ours, its = (statistics.median(side) for side in zip(*times, strict=True))
    differences = sorted(a - b for a, b in times)
    found = {"service_ms": ours, "engine_ms": its, "more_ms": statistics.median(differences), "processor_ms": processor}  # fmt: skip
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


def dataset(size: int, cache: Path) -> Data:
    """The release of that size; what lies in the folder is taken as it is."""
    from scale_build import events_of, release

    made = release(size, cache)
    folder = cache / str(size) / "engines"
    folder.mkdir(exist_ok=True)
    nquads = folder / f"{made.id}.nq"
    if not nquads.exists():
        part = nquads.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.writelines(quad.line() for quad in made.quads())
        part.rename(nquads)
    counts = made.manifest["counts"]
    return Data(events_of(size), counts["triples"], counts["quads"], made.path, nquads)


def benchmark(
    sizes: Sequence[int], kinds: Sequence[str], seconds: float, options: Options, cache: Path
) -> dict[str, Any]:
    """All sizes and engines."""
    found: dict[str, Any] = {"machine": report.machine(("pyoxigraph", "oxigraph", "pycurl", "granian")), "seconds": seconds, "runs": []}  # fmt: skip
    for size in sorted(sizes):
        data = dataset(size, cache)
        load = round(os.getloadavg()[0], 1)
        run: dict[str, Any] = {"size": size, "triples": data.triples, "load": load, "engines": {}}
        for kind in kinds:
            _say(f"{data.triples:,} triples, {kind}")
            run["engines"][kind] = _engine(kind, data, seconds, options)
        found["runs"].append(run)
    return found


def fill(sizes: Sequence[int], kinds: Sequence[str], options: Options, cache: Path) -> None:
    """Have all that is measured lie in the folder."""
    for size in sorted(sizes):
        data = dataset(size, cache)
        for kind in kinds:
            if kind != "embedded":
                _say(f"{data.triples:,} triples into {kind}")
                with engine_of(kind, data, options) as (_, facts):
                    _say(f"  took {facts['publish_s']} s")


def _engine(kind: str, data: Data, seconds: float, options: Options) -> dict[str, Any]:
    try:
        with pair(kind, data, options) as both:
            measured = {}
            for query in queries(data.events):
                measured[query.name] = measure(query, both, seconds)
                _say(f"  {query.name}: {measured[query.name]['more_ms']} ms more")
            return {**both.facts, "queries": measured}
    except (NotStarted, OSError) as error:
        return {"left_out": str(error)[:300]}


def text(found: dict[str, Any]) -> str:
    """The tables of docs/performance.md."""
    parts = [
        f"{report.machine_text(found['machine'])}. Medians of pairs; in brackets the quartiles of what the service takes more.",
        *_aim(found["runs"]),
    ]
    if max((run["load"] for run in found["runs"]), default=0.0) > found["machine"]["cores"]:
        parts.insert(1, "**Measured beside other work**, which kept the processors busier than there are any: milliseconds are too many and quartiles wide. What the service itself takes is in the last column.")  # fmt: skip
    for run in found["runs"]:
        parts.append(
            f"### {run['triples']:,} triples in an engine (load of the machine before: {run['load']})"
        )
        rows = [("", "engine", "service", "more, ms", "more, %", "processor of the service")]
        for kind, measured in run["engines"].items():
            if "left_out" in measured:
                parts.append(f"{kind} is left out at {run['triples']:,} triples: {measured['left_out']}")
                continue
            rows += [_row(f"{kind}, {name}", values) for name, values in measured["queries"].items()]
        parts.append(report.markdown_table(rows))
        parts += [
            f"Publishing these triples took {measured['publish_s']} s ({kind}; load before: {measured['publish_load']})."
            for kind, measured in run["engines"].items()
            if "publish_s" in measured
        ]
    return "\n\n".join(parts)


def _aim(runs: Sequence[dict[str, Any]]) -> list[str]:
    """In a few sentences what meets the aim, what does not, and what the service adds to queries for which there is none."""
    each = [
        (f"{kind}, {name}, {run['triples']:,} triples", values)
        for run in runs
        for kind, measured in run["engines"].items()
        for name, values in measured.get("queries", {}).items()
    ]
    long = [(name, values) for name, values in each if values["engine_ms"] >= _COUNTS_FROM]
    missed = [f"{name} ({_share(values):.0f} %)" for name, values in long if _share(values) > 10]
    short = sorted(values["more_ms"] for _, values in each if values["engine_ms"] < _COUNTS_FROM)
    said = []
    if long:
        rest = f"; **not met**: {'; '.join(missed)}" if missed else ""
        said.append(f"Queries that take the engine {_COUNTS_FROM:.0f} ms and more: {len(long) - len(missed)} of {len(long)} meet the aim of 10 %{rest}.")  # fmt: skip
    if short:
        said.append(f"Shorter ones take {short[0]:.2f} to {short[-1]:.2f} ms more, {statistics.median(short):.2f} in the median of {len(short)}.")  # fmt: skip
    return said


def _share(values: dict[str, Any]) -> float:
    return float(100 * values["more_ms"] / values["engine_ms"])


def _row(name: str, values: dict[str, Any]) -> tuple[str, ...]:
    missed = " (**not met**)" if values["engine_ms"] >= _COUNTS_FROM and _share(values) > 10 else ""
    spread = f"{values['more_ms']:.2f} ({values['more_q1_ms']:.2f} to {values['more_q3_ms']:.2f})"
    times = (f"{values[side]:.2f} ms" for side in ("engine_ms", "service_ms"))
    return name, *times, spread, f"{_share(values):.0f} %{missed}", f"{values['processor_ms']:.1f} ms"


def _say(text: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, help="where datasets, releases and what engines hold are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of triples, about")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long one query is measured")
    parser.add_argument("--output", type=Path, default=RESULTS, help="another file writes no report")
    parser.add_argument("--fill", action="store_true", help="measure nothing; fill the cache")
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    asked = parser.parse_args()
    if not (asked.cache or asked.report):
        parser.error("--cache names a folder for datasets, releases and engines")
    sys.path.insert(0, str(report.ROOT / "graph"))
    if asked.fill:
        return fill(asked.sizes, asked.engines, Options(), asked.cache.resolve())
    if not asked.report:
        found = benchmark(asked.sizes, asked.engines, asked.seconds, Options(), asked.cache.resolve())
        if asked.output.exists():
            before = json.loads(asked.output.read_text(encoding="utf-8"))["runs"]
            found["runs"] += [run for run in before if run.get("size") not in asked.sizes and "size" in run]
            found["runs"].sort(key=lambda run: run["size"])
        asked.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    table = text(json.loads(asked.output.read_text(encoding="utf-8")))
    print(table)
    if asked.output == RESULTS:
        report.write_section("engines.py", HEAD, table)
    return None


if __name__ == "__main__":
    main()
