"""Writes the tables of docs/conformance.md: ``python -m tests.w3c.conformance`` at the top of the repository.

The counts are those that the tests assert of the suites, less the committed table of failures, which the tests hold to be exact. So the
page can be written and checked where the suites are absent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from .shacl import ENGINES, GROUPS, shacl_failures
from .suites import DESCRIPTION, EVALUATION, GRAPH_STORE, HERE, PROTOCOL, RESULTS, SYNTAX, Failure, failures
from .suites import GRAPH_STORE_READS as READS
from .suites import GRAPH_STORE_WRITES as WRITES

PAGE = HERE.parents[1] / "docs" / "conformance.md"
KINDS = {"form": "other lexical form", "engine": "engine", "design": "by design"}


def table() -> str:
    """Passed and total of each suite."""
    known = failures()
    lines = [
        "| suite | tests | passed | right value, other lexical form | failed: engine | refused by design | failed: service |",
        "|---|---|---|---|---|---|---|",
    ]
    evaluated: dict[str, Sequence[str]] = {f"query evaluation: {name}": [name] for name in EVALUATION}
    sums = {
        **evaluated,
        "**query evaluation, all**": list(EVALUATION),
        "query syntax": ["syntax-query"],
        "result formats: json-res": ["json-res"],
        "result formats: csv-tsv-res": ["csv-tsv-res"],
        "protocol": ["protocol"],
        "service description": ["service-description"],
    }
    totals = {
        **EVALUATION,
        **RESULTS,
        "syntax-query": sum(SYNTAX.values()),
        "protocol": PROTOCOL,
        "service-description": DESCRIPTION,
    }
    for title, suites in sums.items():
        total = sum(totals[suite] for suite in suites)
        by = {kind: sum(f.suite in suites and f.kind == kind for f in known) for kind in KINDS}
        cells = (total, total - sum(by.values()), *by.values(), 0)
        lines.append(f"| {title} | {' | '.join(map(str, cells))} |")
    stored = sum(GRAPH_STORE.values())
    lines += [
        f"| graph store protocol ({stored} tests): requests that read | {READS} | {READS} | 0 | 0 | 0 | 0 |",
        f"| graph store protocol: requests that write | {WRITES} | 0 | 0 | 0 | {WRITES} | 0 |",
    ]
    return "\n".join(lines)


def explained() -> str:
    """Each test that does not pass, with its reason."""
    lines = ["| suite | tests | whose | why |", "|---|---|---|---|"]

    def key(failure: Failure) -> tuple[str, str, str]:
        return failure.suite, failure.kind, failure.reason

    for (suite, kind, reason), group in groupby(sorted(failures(), key=key), key):
        names = ", ".join(f"`{failure.test}`" for failure in group)
        lines.append(f"| {suite} | {names} | {KINDS[kind]} | {reason} |")
    return "\n".join(lines)


def shacl_table() -> str:
    """Passed and total of each group of SHACL tests, by engine."""
    failing = shacl_failures()
    lines = [f"| group | tests | {' | '.join(ENGINES)} |", f"|---|---|{'---|' * len(ENGINES)}"]
    for title, groups in {**{name: [name] for name in GROUPS}, "**all**": list(GROUPS)}.items():
        total = sum(GROUPS[name] for name in groups)
        passed = [total - sum(key[0] == engine and key[1] in groups for key in failing) for engine in ENGINES]
        lines.append(f"| {title} | {total} | {' | '.join(map(str, passed))} |")
    return "\n".join(lines)


def shacl_explained() -> str:
    """Each SHACL test that an engine does not pass, with its reason."""
    lines = ["| engine | test | why |", "|---|---|---|"]
    lines += [
        f"| {e} | `{group}/{test}` | {why} |" for (e, group, test), why in sorted(shacl_failures().items())
    ]
    return "\n".join(lines)


PARTS = {
    "conformance": table,
    "differences": explained,
    "shacl": shacl_table,
    "shacl differences": shacl_explained,
}


def written(text: str) -> str:
    """The page with its generated parts as they should be."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- from tests/w3c: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert pattern.search(text), name
        part = make()
        text = pattern.sub(lambda match, part=part: f"{match[1]}{part}\n{match[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
