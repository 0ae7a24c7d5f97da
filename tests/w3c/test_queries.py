"""The evaluation, syntax and result format tests of SPARQL 1.1, each over HTTP and in every format that fits its query."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from muniment.formats import RDF_FORMATS, RESULT_FORMATS

from .answers import (
    Mismatch,
    OtherForm,
    Table,
    as_csv,
    compare,
    compare_graphs,
    read_result_set,
    read_table,
    read_triples,
)
from .conftest import Load
from .suites import EVALUATION, FOLDER, RESULTS, SYNTAX, Case, address, cases, failures, read

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs ../shared/w3c, which is not in this checkout"
)

TABLES = {f.name: f.media_type for f in RESULT_FORMATS}
GRAPHS = {f.name: f.media_type for f in RDF_FORMATS}
KINDS = {".srx": "xml", ".srj": "json", ".csv": "csv", ".tsv": "tsv"}
FAILURES = failures()
RAISED = {"engine": Mismatch, "form": OtherForm}


def expected_table(path: Path) -> Table | None:
    """The table that is expected; None for a graph."""
    if path.suffix != ".ttl":
        return read_table(path.read_bytes().replace(b"\r\n", b"\n"), KINDS[path.suffix])
    quads = read(path)
    is_table = any(quad.predicate.endswith("result-set#resultVariable>") for quad in quads)
    return read_result_set(quads) if is_table else None


def formats(case: Case) -> Iterable[str]:
    """The formats in which a test is run: that of its result in the tests of formats, else all that fit."""
    assert case.result is not None
    if case.suite in RESULTS:
        return [KINDS[case.result.suffix]]
    table = expected_table(case.result)
    if table is None:
        return GRAPHS
    return ("json", "xml") if table.boolean is not None else TABLES


def parameters(suites: Iterable[str], kinds: str) -> list[Any]:
    """Each test in each format; those that are known to fail are marked so, strictly."""
    found = []
    for suite in suites:
        for case in cases(suite):
            if re.fullmatch(kinds, case.kind):
                for form in formats(case) if case.result else ["-"]:
                    known = [f for f in FAILURES if f.concerns(suite, case.name, form)]
                    marks = [
                        pytest.mark.xfail(raises=RAISED[f.kind], strict=True, reason=f.reason) for f in known
                    ]
                    found.append(pytest.param(case, form, id=f"{suite}-{case.name}-{form}", marks=marks))
    return found


EVALUATED = parameters(EVALUATION, "QueryEvaluationTest")
FORMATTED = parameters(RESULTS, ".*")
PARSED = parameters(SYNTAX, ".*SyntaxTest11")


def ask(client: httpx.Client, text: str, media_type: str) -> httpx.Response:
    headers = {"Content-Type": "application/sparql-query", "Accept": media_type}
    return client.post("/sparql", content=text.encode("utf-8"), headers=headers)


def test_every_test_is_found() -> None:
    for suites, found, kinds in (
        (EVALUATION, EVALUATED, "QueryEvaluationTest"),
        (RESULTS, FORMATTED, ".*"),
        (SYNTAX, PARSED, ".*SyntaxTest11"),
    ):
        for suite, count in suites.items():
            names = {p.values[0].name for p in found if p.values[0].suite == suite}
            assert len(names) == count, (suite, kinds)
    manifest = (FOLDER / "manifest-sparql11-query.ttl").read_text()
    assert set(re.findall(r"<([\w-]+)/manifest\.ttl>", manifest)) == EVALUATION.keys() | SYNTAX.keys()
    assert {c.kind for s in EVALUATION for c in cases(s)} <= {
        "QueryEvaluationTest",
        "PositiveSyntaxTest11",
        "NegativeSyntaxTest11",
    }


@pytest.mark.parametrize(("case", "form"), [*EVALUATED, *FORMATTED])
def test_answer(load: Load, case: Case, form: str) -> None:
    assert case.result is not None
    media_type = {**TABLES, **GRAPHS}[form]
    found = ask(load(case.quads()), case.text, media_type)
    if found.status_code != 200:
        raise Mismatch(f"{found.status_code}: {found.text}")
    assert found.headers["content-type"].split(";")[0] == media_type
    table = expected_table(case.result)
    if table is None:
        expected = read_triples(case.result.read_bytes(), "text/turtle", address(case.result))
        compare_graphs(expected, read_triples(found.content, media_type))
        return
    ordered = re.search(r"^\s*ORDER\s+BY", case.text, re.MULTILINE | re.IGNORECASE) is not None
    compare(as_csv(table) if form == "csv" else table, read_table(found.content, form), ordered=ordered)


@pytest.mark.parametrize(("case", "form"), PARSED)
def test_syntax(load: Load, case: Case, form: str) -> None:
    """A query that fits the grammar is answered, one that does not is the client's error."""
    query = case.text
    graph = re.search(r"^\s*(CONSTRUCT|DESCRIBE)", query, re.MULTILINE | re.IGNORECASE)
    found = ask(load([]), query, "text/turtle" if graph else "application/sparql-results+json")
    if case.kind == "PositiveSyntaxTest11":
        if found.status_code != 200:
            raise Mismatch(f"{found.status_code}: {found.text}")
    elif found.status_code != 400 or not found.json()["type"].endswith("#syntax"):
        raise Mismatch(f"{found.status_code}: {found.text}")
