"""Tables for the scan of SPARQL texts, and a comparison with the engine: a text that makes it call somebody is always noticed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pyoxigraph as ox
import pytest

from muniment.sparql_text import Call, query_form, services, unescape

FORMS = [
    ("SELECT * {}", "SELECT"),
    ("select?x{}", "SELECT"),
    ("selectDISTINCT ?x{}", "SELECT"),
    ("ASK{}", "ASK"),
    ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
    ("DESCRIBE <urn:x>", "DESCRIBE"),
    ("# ASK\n \tSELECT * {}", "SELECT"),
    ("PREFIX select: <urn:select>\nASK { select:x ?p ?o }", "ASK"),
    ("PREFIX : <urn:x#> BASE <urn:y> PREFIX a.b-c: <urn:z>#ASK\nDESCRIBE a.b-c:x", "DESCRIBE"),
    ("PREFIXe:<urn:x>BASE<urn:y>#c\nASK{}", "ASK"),
    ('VERSION "1.2" SELECT * {}', "SELECT"),
    ("\\u0053ELECT * {}", "SELECT"),
    ("INSERT DATA { <urn:s> <urn:p> <urn:o> }", "UPDATE"),
    ("DELETE WHERE { ?s ?p ?o }", "UPDATE"),
    ("WITH <urn:g> DELETE {} WHERE {}", "UPDATE"),
    ("LOAD <urn:x>", "UPDATE"),
    ("clear all", "UPDATE"),
    ("DROP ALL", "UPDATE"),
    ("CREATE GRAPH <urn:g>", "UPDATE"),
    ("COPY <urn:a> TO <urn:b>", "UPDATE"),
    ("MOVE <urn:a> TO <urn:b>", "UPDATE"),
    ("ADD <urn:a> TO <urn:b>", "UPDATE"),
    ("\\U00000049NSERT DATA {}", "UPDATE"),
    ("", None),
    ("# SELECT", None),
    ("{ SELECT * {} }", None),
    ("<select>", None),
    ("?select", None),
    ("PREFIX ex: <urn:x>", None),
    ("hello", None),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_form(text: str, form: str | None) -> None:
    assert query_form(text) == form


PASSED_OVER = [
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o } # SERVICE <http://a/> {}",
    "SELECT * { ?s ?p 'SERVICE <http://a/> {}' }",
    'SELECT * { ?s ?p "it\'s SERVICE <http://a/> {}" }',
    'SELECT * { ?s ?p "\\" SERVICE <http://a/> {}" }',
    'SELECT * { ?s ?p """a "quoted"\n SERVICE <http://a/> {} """ }',
    "SELECT * { ?s ?p '''it''s \\''' SERVICE <http://a/> {} ''' }",
    "SELECT * { ?s <http://a/SERVICE> ?o }",
    "SELECT * { ?s <http://a/?SERVICE?x> ?o . ?o <http://a/#service> { } }",
    "SELECT * { GRAPH <http://a/service> { ?s ?p ?o } }",
    "PREFIX ex: <http://a/> SELECT * { ?s ex:service ?o { ?o ex:SERVICE ?x } }",
    "PREFIX ex: <http://a/> SELECT * { GRAPH ex:service { ?s ?p ?o } }",
    "PREFIX service: <http://a/> SELECT * { GRAPH service:x { ?s service:p ?o } }",
    "PREFIX service: <http://a/> SELECT * FROM service:x { ?s service:p ?o }",
    "PREFIX : <http://a/> SELECT * { ?s :service ?o . GRAPH :service { } }",
    "SELECT ?service { ?service ?SERVICE $service { } }",
    "SELECT * { _:service ?p _:SERVICE { } }",
    "SELECT * { ?s ?p 'x'@service { } }",
    "SELECT * { FILTER(?a<?b && ?c>?d) }",
    "PREFIX load: <http://a/> SELECT * { <urn:s> load:x <http://a/load> . load:y ?p ?o }",
    "PREFIX load: <http://a/> INSERT DATA { <urn:s> load:x load:y . load:z <urn:load> 'LOAD <http://a/>' }",
    "INSERT DATA { } ; # LOAD <http://a/>\nCLEAR ALL",
    "PREFIX load: <http://a/> CLEAR GRAPH load:x",
    "SELECT * { ?s ?p 'never closed SERVICE <http://a/> {} }",
]


@pytest.mark.parametrize("text", PASSED_OVER)
def test_what_only_looks_like_a_call(text: str) -> None:
    assert services(text) == []


FOUND = [
    ("SELECT * { SERVICE <http://a/> {} }", ["SERVICE <http://a/>"]),
    ("SELECT * { service silent <http://a/>{} }", ["SERVICE <http://a/>"]),
    ("SELECT * { SERVICE # <http://b/>\n<http://a/> # c\n {} }", ["SERVICE <http://a/>"]),
    ("SELECT * { SERVICE ?where {} }", ["SERVICE ?where"]),
    ("SELECT*{SERVICE?x{}}", ["SERVICE ?x"]),
    ("SELECT * { SERVICE ex:a {} }", ["SERVICE ex:a"]),
    ("SELECT * { SERVICE : {} }", ["SERVICE :"]),
    ("SELECT * { SERVICE service:x {} }", ["SERVICE service:x"]),
    ("SELECT * { SERVICEe:x{} }", ["SERVICE e:x"]),
    ("SELECT * { ?s ?p trueSERVICE<http://a/>{} }", ["SERVICE <http://a/>"]),
    ("SELECT * { ?s ?p true.SERVICEe:x{} }", ["SERVICE e:x"]),
    ("SELECT * { ?s ?p 1SERVICE<http://a/>{} }", ["SERVICE <http://a/>"]),
    ('SELECT * { ?s ?p "x"SERVICE<http://a/>{} }', ["SERVICE <http://a/>"]),
    ("SELECT * { ?s ?p ?o #c\r SERVICE <http://a/> {} }", ["SERVICE <http://a/>"]),
    ("SELECT * { ?s ?p ?a FILTER(?a<'b>') SERVICE <http://a/> { ?s ?p '' } }", ["SERVICE <http://a/>"]),
    ("SELECT * { FILTER(1<#>'''\n3) SERVICE<http://a/>{ ?s ?p '''''' } }", ["SERVICE <http://a/>"]),
    ("SELECT * { \\u0053ERVICE <http://a/> {} }", ["SERVICE <http://a/>"]),
    ("SELECT * { S\\U00000045RVICE <http://a/> {} }", ["SERVICE <http://a/>"]),
    (
        'SELECT * { BIND("\\u0022 AS ?x) SERVICE <http://a/> {} BIND("\\u0022 AS ?y) }',
        ["SERVICE <http://a/>"],
    ),
    (
        "SELECT * { SERVICE <http://a/> { SERVICE <http://b/> {} } }",
        ["SERVICE <http://a/>", "SERVICE <http://b/>"],
    ),
    ("INSERT {} WHERE { SERVICE <http://a/> {} }", ["SERVICE <http://a/>"]),
    ("LOAD <http://a/>", ["LOAD <http://a/>"]),
    ("load silent <http://a/> into graph <http://b/>", ["LOAD <http://a/>"]),
    ("PREFIX e:<http://a/>LOADe:x", ["LOAD e:x"]),
    ("INSERT DATA {};LOAD:x", ["LOAD :x"]),
    ("CLEAR ALL ; # first\n LOAD <http://a/>", ["LOAD <http://a/>"]),
]


@pytest.mark.parametrize(("text", "calls"), FOUND)
def test_calls(text: str, calls: list[str]) -> None:
    assert [str(call) for call in services(text)] == calls


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("<http://a/>", "http://a/"),
        ("<http://a/\\u0062>", "http://a/b"),
        ("<relative>", None),
        ("ex:a", None),
        ("http:a", None),
        ("?x", None),
    ],
)
def test_target(written: str, target: str | None) -> None:
    assert Call(1, 1, "SERVICE", written).target == target


def test_place() -> None:
    (call,) = services("SELECT * {\n  SERVICE <http://a/> {}\n}")
    assert (call.line, call.column) == (2, 3)


@pytest.mark.parametrize(
    ("text", "undone"),
    [
        ("\\u0041", "A"),
        ("\\U0001F600", "\U0001f600"),
        ("\\uD800", "\\uD800"),
        ("\\U00110000", "\\U00110000"),
        ("\\n", "\\n"),
    ],
)
def test_unescape(text: str, undone: str) -> None:
    assert unescape(text) == undone


BEFORE = [
    "",
    "?o ",
    "1",
    "1.",
    "true",
    "true.",
    "'x'",
    "<urn:a>",
    "e:a ",
    "e:a. ",
    "?o#c\n",
    "{}",
    "?o FILTER(?o<'>')",
    "'\\u0027'",
    "'\\u0027 \\' \\\\'",
    "<urn:\\u0027#>",
    "e:a\\'\\_\\# ",
    "?o.?s e:p?true",
    "?o.?s (e:p)*1",
    "?o.?s e:p?'x'@en.",
    "_:b.",
    "'x'^^e:d ",
    ".5",
    "[]",
    "?o,()",
    "?o FILTER(1<#'\n2)",
]
WORD = ["SERVICE", "service", "SERVICE SILENT ", "SERVICESILENT", "SERVICE#\r"]
AFTER = ["<http://127.0.0.1:9/>", "<http://127.0.0.1:9/\\u0062>", "e:x", ":x", " <http://127.0.0.1:9/>", "?p"]


def test_no_call_of_the_engine_goes_unnoticed() -> None:
    prologue = "PREFIX : <http://127.0.0.1:9/> PREFIX e: <http://127.0.0.1:9/> "
    accepted = 0
    for before, word, after in itertools.product(BEFORE, WORD, AFTER):
        subject = "" if before in ("", "{}") else "?s ?p "
        text = f"{prologue}SELECT * {{ {subject}{before}{word}{after}{{ ?a ?b ''' ''' }} FILTER(?x = '') }}"
        try:
            ox.Store().query(text)
        except SyntaxError:
            continue
        except (OSError, RuntimeError):
            pass
        accepted += 1
        assert services(text), text
    assert accepted > 600


@pytest.mark.parametrize(
    "text",
    ["a." * 50_000, "a:" * 50_000, "<#'>\n(" * 30_000, "'\\" * 50_000, "#" * 100_000, "SERVICE " * 20_000],
)
def test_long_texts_take_no_long_time(text: str) -> None:
    assert services(f"SELECT * {{ {text}") == []


def seconds(work: Callable[[str], object], text: str) -> float:
    """Of the processor, in the best of three runs."""
    found = []
    for _ in range(3):
        began = time.process_time()
        work(text)
        found.append(time.process_time() - began)
    return min(found)


def growth(work: Callable[[str], object], unit: str) -> float:
    """How much more time a text takes that is eight times as long: 8 where time is linear, 64 where it is quadratic."""
    short, long = ("SELECT * { SERVICE " + unit * (size // len(unit)) for size in (8_000, 64_000))
    return seconds(work, long) / seconds(work, short)


@pytest.mark.parametrize(
    "unit",
    ["<a#b> ", "'''a'\\", "SERVICE<a>{} ", "<a'b> ", "<a'''b> ", "a.a.a.", "<a#b>\n", "\\'''a'"],
)
def test_time_grows_with_the_length(unit: str) -> None:
    assert growth(services, unit) < 25


def test_growth_is_noticed() -> None:
    def quadratic(text: str) -> None:
        for at in range(0, len(text), 6):
            text.count("\0", at)

    assert growth(quadratic, "<a#b> ") > 25
