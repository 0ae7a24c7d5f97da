"""The results of ``sparql.py`` as Markdown: what was measured how, the aims, and a table of ratios for each size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from report import machine_text, markdown_table
from servers import KINDS
from workload import queries

HEAD = """## Answering SPARQL

Muniment beside other servers, in one run on the same data, by `python benchmarks/sparql.py`."""
OURS = ("muniment", "muniment-disk")
HEAVY = tuple(query.name for query in queries(20) if query.heavy)
_LABELS = {name: kind.label for name, kind in KINDS.items()}
_UNITS = {"one": "p50_ms", "many": "rate"}

_HOW = """\
All servers of a size run at once, hold the same quads and are loaded in turn, query by query; the load comes from the same machine,
over connections that are kept alive. Latency: one client, raw sockets in a process of its own. Throughput: {clients} clients, {by}.
One client and then {clients} share {seconds:g} s a load; the slowest queries have few samples. Never seen: every request has a comment of
its own at its end, and look-ups, joins, paths and filters change their constant too. Repeated: up to 16 texts, each asked before. Results
are JSON, those of CONSTRUCT N-Triples. Counted are complete 200s whose body is as long as that of the answer whose rows were counted
before, to a tenth (where wrk counts: on the average); all others are failures. Queries may take {timeout_s} s in muniment and Virtuoso; rdflib-endpoint has no such setting, and
Oxigraph aborts under load when it is set (a thread for each query sleeps until its time is over). A server that leaves a request
without an answer for a minute is ended, since its work would slow down the others. muniment serves with {workers} web process(es)."""

Run = dict[str, Any]


def text(found: dict[str, Any]) -> str:
    """The whole section."""
    parts = [_method(found), "### Aims", aims(found)]
    for run in found["runs"]:
        parts += [f"### {run['triples']:,} triples ({run['quads']:,} quads)", *_size(run)]
    return "\n\n".join(parts)


def _method(found: dict[str, Any]) -> str:
    plan = found["plan"]
    versions = ", ".join(f"{_LABELS[name]} {number}" for name, number in found["servers"].items())
    by = (
        "wrk (one thread), or our own generator, which waits for the last answers, where few are expected"
        if plan["wrk"]
        else "our own generator (wrk is not installed)"
    )
    left_out = "".join(f" Left out: {_LABELS[name]} ({why})." for name, why in found["left_out"].items())
    return f"{machine_text(found['machine'])}. Servers: {versions}.{left_out}\n\n" + _HOW.format(
        by=by, **plan
    )


def aims(found: dict[str, Any]) -> str:
    """Each aim of issue 3 with what was measured, and whether that meets it."""
    rows = [["aim", "measured, by triples", ""]]
    for label, bound, at_least, measured in _measured_aims(found["runs"]):
        values = [value for _, value in measured]
        if values:
            met = all(v >= bound if at_least else v <= bound for v in values)
            shown = "; ".join(f"{where}: {value:.2f}" for where, value in measured)
            rows.append([label, shown, "met" if met else "**not met**"])
        else:
            rows.append([label, "not measured", ""])
    return markdown_table(rows)


Aim = tuple[str, float, bool, list[tuple[str, float]]]


def _measured_aims(runs: list[Run]) -> Iterator[Aim]:
    """Each aim of the issue: its words, the bound, whether it is a lower bound, and what was measured where."""
    yield (
        "repeated requests: throughput at least 1.5 x Oxigraph's (the worst query)",
        1.5,
        True,
        _each(runs, lambda run, ours: _worst_repeated(run, ours)),
    )
    for name in HEAVY:
        yield (
            f"never-seen {name}: at most 1.15 x the engine's own time",
            1.15,
            False,
            _each(runs, lambda run, ours, name=name: _to_engine(run, ours, name)),
        )
    for peer, bound in (("oxigraph", 0.35), ("rdflib-endpoint", 3.0)):
        yield (
            f"never-seen look-up: throughput at least {bound:g} x that of {_LABELS[peer]}",
            bound,
            True,
            _each(runs, lambda run, ours, peer=peer: _ratio(run, "look-up", "unseen", "many", ours, peer)),
        )
    yield (
        "noisy neighbours: p99 of a small query at most 3 x the quiet p99 (the worst number of neighbours)",
        3.0,
        False,
        _each(runs, _noisy),
    )
    yield (
        "first answer after start, from disk: at most 1 s",
        1.0,
        False,
        [
            (f"{run['triples']:,}", seconds)
            for run in runs
            if (seconds := run["first_answer_s"].get("muniment-disk")) is not None
        ],
    )


def _each(runs: Iterable[Run], value: Callable[[Run, str], float | None]) -> list[tuple[str, float]]:
    found = [
        (f"{run['triples']:,}{' on disk' if ours == OURS[1] else ''}", value(run, ours))
        for run in runs
        for ours in OURS
        if ours in run["first_answer_s"]
    ]
    return [(where, number) for where, number in found if number is not None]


def _counterpart(peer: str, ours: str) -> str:
    return f"{peer}-disk" if ours == OURS[1] and f"{peer}-disk" in KINDS else peer


def _worst_repeated(run: Run, ours: str) -> float | None:
    ratios = [_ratio(run, name, "repeated", "many", ours, "oxigraph") for name in run["loads"]]
    return min((ratio for ratio in ratios if ratio is not None), default=None)


def _to_engine(run: Run, ours: str, name: str) -> float | None:
    measured, engine = _value(run, name, "unseen", "one", ours), run["engine_ms"].get(ours, {}).get(name)
    return measured / engine if measured and engine else None


def _noisy(run: Run, ours: str) -> float | None:
    quiet, *noisy = (part.get("p99_ms") for part in run["noise"].get(ours, {}).values())
    return max((n / quiet for n in noisy if n), default=None) if quiet else None


def _value(run: Run, query: str, kind: str, clients: str, server: str) -> float | None:
    measured: dict[str, Any] = run["loads"].get(query, {}).get(kind, {}).get(server, {}).get(clients, {})
    return measured.get(_UNITS[clients]) or None


def _ratio(run: Run, query: str, kind: str, clients: str, ours: str, peer: str) -> float | None:
    a, b = (_value(run, query, kind, clients, s) for s in (ours, _counterpart(peer, ours)))
    return a / b if a and b else None


def _size(run: Run) -> Iterator[str]:
    """What is shown of one size."""
    names = list(run["first_answer_s"])
    yield from (f"Not started: {_LABELS[name]} ({why})." for name, why in run["left_out"].items())
    yield _differences(run)
    yield "Answers a second, many clients; in brackets what muniment reaches of it, so that above 1 muniment is faster:"
    yield _loads_table(run, names, "many", "{:,.0f}".format)
    yield "Latency of one client, p50 and p99 in ms; in brackets what muniment's p50 is of it, so that below 1 muniment is faster:"
    yield _loads_table(run, names, "one", "{:,.2f}".format)
    yield "The engine's own time in a process that does nothing else, in ms (median), and how many times that muniment's one client waits for a never-seen query (p50):"
    yield _engine_table(run)
    yield "A small never-seen query that needs a worker (two patterns), one client, while others ask for cross products without end: p50 and p99 in ms."
    yield _noise_table(run, names)
    firsts = ", ".join(f"{_LABELS[name]} {seconds:.2f} s" for name, seconds in run["first_answer_s"].items())
    yield f"From the start of the process, loading included where a server loads, to the first answer: {firsts}."


def _differences(run: Run) -> str:
    found = []
    for query, counts in run["rows"].items():
        if len({str(count) for count in counts.values()}) > 1:
            found.append(f"{query}: {', '.join(f'{_LABELS[s]} {count}' for s, count in counts.items())}")
    return (
        f"**Numbers of rows differ.** {'; '.join(found)}."
        if found
        else "All answer with the same number of rows."
    )


def _loads_table(run: Run, names: list[str], clients: str, shown: Callable[[float], str]) -> str:
    rows = [["", *(_LABELS[name] for name in names)]]
    for query, kinds in run["loads"].items():
        for kind in kinds:
            label = f"{query}, {'never seen' if kind == 'unseen' else kind}"
            rows.append([label, *(_cell(run, query, kind, clients, name, shown) for name in names)])
    return markdown_table(rows)


def _cell(run: Run, query: str, kind: str, clients: str, name: str, shown: Callable[[float], str]) -> str:
    measured = run["loads"][query][kind][name][clients]
    value = _value(run, query, kind, clients, name)
    failed = sum(measured.get("failed", {}).values()) + measured.get("unanswered", 0)
    if value is None:
        return "failed" if failed else "no answer"
    cell = shown(value)
    if clients == "one":
        cell += f" / {shown(measured['p99_ms'])}"
    if name not in OURS and (ours := _value(run, query, kind, clients, KINDS[name].compared_with)):
        cell += f" ({ours / value:.2f})"
    return f"{cell}, {failed} failed" if failed else cell


def _engine_table(run: Run) -> str:
    names = list(run["engine_ms"])
    rows = [["", *(f"{_LABELS[name]}: engine" for name in names), *(f"{_LABELS[n]}: ratio" for n in names)]]
    for query in run["loads"]:
        ratios = [_to_engine(run, name, query) for name in names]
        times = [f"{run['engine_ms'][name][query]:,.2f}" for name in names]
        rows.append([query, *times, *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios)])
    return markdown_table(rows)


def _noise_table(run: Run, names: list[str]) -> str:
    numbers = list(next(iter(run["noise"].values())))
    heads = ["quiet" if number == "0" else f"{number} noisy" for number in numbers]
    rows = [["", *heads, "p99 at worst / quiet"]]
    for name in names:
        cells = [_noise_cell(run["noise"][name][number]) for number in numbers]
        ratio = _noisy(run, name)
        rows.append([_LABELS[name], *cells, "" if ratio is None else f"{ratio:,.1f}"])
    return markdown_table(rows)


def _noise_cell(part: dict[str, Any]) -> str:
    if "p50_ms" not in part:
        return "no answer"
    cell = f"{part['p50_ms']:,.2f} / {part['p99_ms']:,.2f}"
    failed = sum(part.get("failed", {}).values())
    cell += f", {failed} failed" if failed else ""
    return f"{cell}, then none" if part.get("unanswered") else cell
