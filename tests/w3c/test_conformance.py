"""The table of failures is exact, docs/conformance.md is in step with it, and the comparison sees a wrong answer."""

from __future__ import annotations

import pytest

from .answers import Mismatch, OtherForm, Table, compare, literal, read_table
from .conformance import PAGE, written
from .suites import EVALUATION, FOLDER, PROTOCOL, RESULTS, SYNTAX, cases, conversations, failures

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def test_the_page_is_in_step() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text, "run `python -m tests.w3c.conformance`"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="needs ../shared/w3c, which is not in this checkout")
def test_every_entry_is_a_test() -> None:
    known = {
        (case.suite, case.name) for suite in {**EVALUATION, **SYNTAX, **RESULTS} for case in cases(suite)
    }
    protocol = {("protocol", case.name) for case in conversations("protocol")}
    assert len(protocol) == PROTOCOL
    listed = [(failure.suite, failure.test) for failure in failures()]
    assert set(listed) <= known | protocol
    assert len(set(listed)) == len(listed)
    assert {failure.kind for failure in failures()} == {"form", "engine", "design"}


def one(*terms: tuple[str, ...]) -> Table:
    return Table(("x",), tuple({"x": term} for term in terms))


def test_the_comparison_sees_what_is_wrong() -> None:
    a, b = ("blank", "a"), ("blank", "b")
    compare(one(a, a, b), one(b, a, b), ordered=False)
    for expected, found, ordered in (
        (one(a, a, b), one(a, b, ("blank", "c")), False),
        (one(a, b), one(a, a), False),
        (one(("iri", "u:1"), ("iri", "u:2")), one(("iri", "u:2"), ("iri", "u:1")), True),
        (one(literal("1", datatype=INTEGER)), one(literal("1")), False),
        (one(literal("1", "en")), one(literal("1")), False),
        (Table(boolean=True), Table(boolean=False), False),
    ):
        with pytest.raises(Mismatch):
            compare(expected, found, ordered=ordered)
    with pytest.raises(OtherForm):
        compare(one(literal("01", datatype=INTEGER)), one(literal("1", datatype=INTEGER)), ordered=False)


def test_every_format_is_read_alike() -> None:
    json = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"a\\"b","xml:lang":"en"}},{}]}}'
    xml = (
        b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head><results>'
        b'<result><binding name="x"><literal xml:lang="en">a"b</literal></binding></result><result/></results></sparql>'
    )
    tsv = b'?x\n"a\\"b"@en\n\n'
    assert read_table(json, "json") == read_table(xml, "xml") == read_table(tsv, "tsv")
    assert read_table(b'x\r\n"a""b"\r\n\r\n', "csv").rows == ({"x": ("text", 'a"b')}, {})
