"""docs/scale.md from the results of ``scale.py``: a table for each part, whether its aims are met, and what the growth leads to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import report

PAGE = report.ROOT / "docs" / "scale.md"
Found = dict[str, Any]
Results = Mapping[str, Mapping[str, Found]]
"""Part -> size as asked for -> what was found."""
HEADS = {
    "build": "## Build",
    "validate": "## Validate",
    "serve": "## Serve",
}
PROJECTED = (
    ("build", "whole build, s"),
    ("build", "whole build, processor s"),
    ("build", "whole build, peak MB"),
    ("build", "release, MB"),
    ("build", "store, MB"),
    ("validate", "full, s"),
    ("validate", "full, processor s"),
    ("validate", "full, peak MB"),
    ("validate", "an event is new, ms"),
    ("serve", "first answer from disk, cold, s"),
    ("serve", "memory at rest from disk, MB"),
    ("serve", "look-up from disk, ms"),
    ("serve", "join from disk, ms"),
    ("serve", "filter from disk, ms"),
    ("serve", "aggregate from disk, ms"),
    ("serve", "suggest: beginning, 3 letters, ms"),
    ("serve", "search: a misspelt word, ms"),
    ("serve", "network co-organisation, s"),
)
"""What the plan is made from."""
TARGETS = (100_000_000, 1_000_000_000)


def write(results: Results, page: Path = PAGE) -> None:
    """Write each part that was measured, and the plan."""
    for part, head in HEADS.items():
        if results.get(part):
            report.write_section(f"scale.py {part}", head, text(part, results[part]), page)
    report.write_section("scale.py plan", "## To a billion triples", plan(results), page)


def text(part: str, runs: Mapping[str, Found]) -> str:
    """What a part measured as Markdown."""
    shown = [runs[size] for size in sorted(runs, key=int)]
    aims = "\n".join(f"- {aim}" for aim in AIMS[part](shown))
    machines = "; ".join(
        f"{run['triples']:,} triples: load {run['machine']['load_before']} before, {run['took, s']:,.0f} s in all"
        for run in shown
    )
    on = report.machine_text(shown[-1]["machine"])
    return f"{on}. {machines}.\n\n{aims}\n\n{table(shown)}"


def table(runs: Sequence[Found]) -> str:
    """Steps by size, and the exponent by which each grows from one size to the next."""
    rows = [["", *(f"{run['triples']:,} triples" for run in runs), *["growth"] * (len(runs) - 1)]]
    for step in dict.fromkeys(step for run in runs for step in run):
        if step not in ("triples", "machine", "took, s"):
            exponents = [growth(a, b, step) for a, b in pairwise(runs)]
            grown = ["" if exponent is None else f"{exponent:.2f}" for exponent in exponents]
            rows.append([step, *(_cell(run.get(step)) for run in runs), *grown])
    return report.markdown_table(rows)


def _cell(value: Any) -> str:
    return "not measured" if value is None else f"{value:,}" if isinstance(value, int | float) else str(value)


def growth(small: Found, large: Found, step: str) -> float | None:
    """The exponent by which a number grows with the triples: 1 is linear."""
    few, many = small.get(step), large.get(step)
    if not (isinstance(few, int | float) and isinstance(many, int | float) and few > 0 and many > 0):
        return None
    return math.log(many / few) / math.log(large["triples"] / small["triples"])


def _near(runs: Sequence[Found], triples: int) -> Found | None:
    return next((run for run in runs if 0.8 < run["triples"] / triples < 1.25), None)


def _judged(aim: str, measured: str, met: bool | None) -> str:
    word = "not measured" if met is None else "met" if met else "not met"
    return f"{aim}: **{word}**{f' ({measured})' if measured else ''}."


def _build_aims(runs: Sequence[Found]) -> list[str]:
    run = _near(runs, 10_000_000)
    seconds, peak = (run["whole build, s"], run["whole build, peak MB"]) if run else (0, 0)
    return [
        _judged(
            "10 million triples built without validation in at most 5 minutes",
            f"{seconds:,.0f} s by the clock, {run['whole build, processor s']:,.0f} s of processors"
            if run
            else "",
            seconds <= 300 if run else None,
        ),
        _judged("in at most 4 GB", f"{peak:,} MB" if run else "", peak <= 4096 if run else None),
    ]


_GONE, _NAMING = "all of it is gone, ms", "things that name the body named most"
_ONE_RECORD = {
    f"{edit}, ms"
    for edit in (
        "a label is changed",
        "an event is new",
        "a body is new",
        "its label is changed",
        "one more of its types is new",
        "all of it is new",
    )
}


def _validate_aims(runs: Sequence[Found]) -> list[str]:
    run = _near(runs, 1_000_000)
    full = run.get("full, s") if run else None
    usual = {step: run[step] for run in runs for step in run if step in _ONE_RECORD}
    slowest = max(usual, key=lambda step: usual[step])
    worst = max(run[step] for run in runs for step in run if step.endswith("worst, ms"))
    gone = max((run for run in runs if _GONE in run), key=lambda run: run["triples"], default=None)
    broken = (
        f"; {_GONE.removesuffix(', ms')}, which breaks {gone[_NAMING]:,} statements: {gone[_GONE]:,.0f} ms"
        if gone
        else ""
    )
    return [
        _judged(
            "a full validation of a million triples in at most 20 s",
            f"{full:.1f} s by the clock, {run['full, processor s']:.1f} s of processors"
            if run and full
            else "",
            full <= 20 if full else None,
        ),
        _judged(
            "a change of one record in at most 100 ms at any size, beside finding out what changed",
            f"{slowest.removesuffix(', ms')}: {usual[slowest]:.0f} ms; the worst of all, which hundreds of things name, {worst:,.0f} ms{broken}",
            usual[slowest] <= 100,
        ),
    ]


def _serve_aims(runs: Sequence[Found]) -> list[str]:
    run = _near(runs, 10_000_000)
    first = run["first answer from disk, cold, s"] if run else None
    met = None if first is None else isinstance(first, int | float) and first <= 2
    aim = "the first answer at most 2 s after the start at 10 million triples, nothing of the release being held by the system"
    return [_judged(aim, "" if first is None else f"{first} s", met)]


AIMS: dict[str, Callable[[Sequence[Found]], list[str]]] = {
    "build": _build_aims,
    "validate": _validate_aims,
    "serve": _serve_aims,
}


def plan(results: Results) -> str:
    """What the largest size and its growth from the one before lead to."""
    rows = [["", "largest measured", "at triples", "growth", *(f"at {target:,}" for target in TARGETS)]]
    for part, step in PROJECTED:
        measured = results.get(part, {})
        runs = [measured[s] for s in sorted(measured, key=int) if _is_number(measured[s].get(step))]
        if len(runs) >= 2 and (exponent := growth(runs[-2], runs[-1], step)) is not None:
            last, grown = runs[-1], max(exponent, 0.0)
            ahead = [last[step] * (target / last["triples"]) ** grown for target in TARGETS]
            name, _, unit = step.rpartition(", ")
            if " " in unit:  # "peak MB"
                name, unit = f"{name}, {unit.rpartition(' ')[0]}", unit.rpartition(" ")[2]
            cells = [in_words(value, unit) for value in (last[step], *ahead)]
            rows.append([f"{part}: {name}", cells[0], f"{last['triples']:,}", f"{exponent:.2f}", *cells[1:]])
    loads = [runs[max(runs, key=int)]["machine"]["load_before"] for runs in results.values() if runs]
    busy = f"Load of the machine before the largest runs: {', '.join(map(str, loads))}; at rest it is 0. Times by the clock are too long, and their growth too high, where it was more than 1.\n\n"
    return (busy if max(loads, default=0) > 1 else "") + report.markdown_table(rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def in_words(value: float, unit: str) -> str:
    """A time or a size in the unit that people would use.

    Example:
        >>> in_words(7300, "s"), in_words(0.4, "ms"), in_words(52000, "MB")
        ('2 h', '0.4 ms', '52 GB')
    """
    units = {
        "ms": (("ms", 1), ("s", 1e3), ("min", 6e4), ("h", 3.6e6), ("days", 8.64e7)),
        "s": (("s", 1), ("min", 60), ("h", 3600), ("days", 86400)),
        "MB": (("MB", 1), ("GB", 1e3), ("TB", 1e6)),
    }[unit]
    name, size = next(((n, s) for n, s in reversed(units) if value >= s * (1.5 if s > 1 else 0)), units[0])
    return f"{value / size:.2g} {name}" if value / size < 10 else f"{value / size:,.0f} {name}"
