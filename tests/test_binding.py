"""Terms in the place of variables: no value of a caller gets out of its term, in two engines; and pages."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import rdflib

from muniment.binding import bind, counting, paged
from muniment.engine import EmbeddedStore
from muniment.errors import ParameterError, QueryRefused, QuerySyntaxError
from muniment.parameters import LONGEST, TYPES, Parameter, Space, term_of, terms_of
from muniment.terms import to_rdflib

SPACE = Space({"ex": "https://example.org/ns#"}, "https://example.org/")
IDS = "https://example.org/id/"
HOSTILE = [
    '"', "'", '"""', "'''", '" } #', "' } #", '"@en', '"^^<x:y>', "\\", '\\"', "\\\\", "\n", "\r\n", "\t", "\x0b", "\x7f", "\u2028",
    "x\n} INSERT DATA { <a:b> <a:c> <a:d> }", "# comment", "} UNION { ?s ?p ?o", "{", "}", ">", "<a:b>", "?s", "$s", "?_text",
    "\\u0022", "\\u0022 } #", "\\\\u0022 } #", "\\U00000022 } #", "\\u005c\\u0022 } #", "\\u005cu0022", "\\u000a} #", "\\", "\\n",
    "}} SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } #", '" . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } . ?x ?y "', "\u202e", "日本語", "😀",
    "', '", '") || (1 = 1', "%22", "&quot;", "${x}", "{{x}}", "--", "/* */", "a" * LONGEST,
]  # fmt: skip
ASK = "SELECT ?text { BIND(?_text AS ?text) FILTER(STRLEN(?_text) > 0) OPTIONAL { ?s ?p ?_text } }"


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:40])
def test_a_hostile_text_stays_a_text(value: str) -> None:
    query = bind(ASK, {"_text": term_of(Parameter("text", "string"), value, SPACE)})
    found = [row["text"] for row in EmbeddedStore.in_memory(b"").query(query)]
    assert found == [rdflib.Literal(value)]


@pytest.mark.parametrize("value", [v for v in HOSTILE if "\\u" not in v.lower()], ids=lambda v: ascii(v)[:40])
def test_and_in_another_engine(value: str) -> None:
    """rdflib undoes code-point escapes before it reads a text, in strings too, so those come out changed: the next test."""
    query = bind(ASK, {"_text": term_of(Parameter("text", "string"), value, SPACE)})
    assert [row[0] for row in rdflib.Graph().query(query)] == [rdflib.Literal(value)]  # type: ignore[index]


@pytest.mark.parametrize("value", [v for v in HOSTILE if "\\u" in v.lower()], ids=lambda v: ascii(v)[:40])
def test_an_engine_that_unescapes_first_finds_one_text_or_none(value: str) -> None:
    graph = rdflib.Graph().parse(data="<a:s> <a:p> <a:o> .", format="turtle")
    query = bind(ASK, {"_text": term_of(Parameter("text", "string"), value, SPACE)})
    try:
        rows = list(graph.query(query))
    except Exception as error:  # whatever its parser raises
        assert "Expected" in str(error)
    else:
        assert len(rows) == 1 and isinstance(rows[0][0], rdflib.Literal)  # type: ignore[index]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("kind", ["iri", "concept", "date", "integer", "number", "boolean"])
def test_no_other_type_takes_it_in(kind: str, value: str) -> None:
    parameter = Parameter("x", kind, of="https://example.org/scheme" if kind == "concept" else None)
    try:
        term = term_of(parameter, value, SPACE)
    except ParameterError:
        return
    assert kind in ("iri", "concept") and term.startswith(("<https://example.org/", "<a:b>"))
    assert not set(term[1:-1]) & set('<>"{}|\\^`\n\r\t ')


def test_the_hostile_values_were_met() -> None:
    assert len(HOSTILE) > 45


def test_pasting_would_have_been_caught() -> None:
    """What the tests above would find if a value became text of the query."""
    pasted = ASK.replace("?_text", '"' + '" } #' + '"')
    with pytest.raises(QuerySyntaxError):
        EmbeddedStore.in_memory(b"").query(pasted)


@pytest.mark.parametrize(
    ("kind", "text", "term"),
    [
        ("iri", "https://example.org/id/body/x", f"<{IDS}body/x>"),
        ("iri", "<https://example.org/id/body/x>", f"<{IDS}body/x>"),
        ("iri", "body/x", f"<{IDS}body/x>"),
        ("iri", " body/é ", f"<{IDS}body/é>"),
        ("iri", "ex:Body", "<https://example.org/ns#Body>"),
        ("iri", "urn:isbn:1", "<urn:isbn:1>"),
        ("concept", "open", "<https://example.org/ns#scheme/open>"),
        ("concept", "ex:open", "<https://example.org/ns#open>"),
        ("date", "2004-02-29", '"2004-02-29"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("integer", "+07", '"7"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("number", "-.5", '"-.5"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        ("boolean", "No", '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ("string", " a ", '" a "'),
        ("iri", "a b", None), ("iri", "x>", None), ("iri", "", None), ("iri", "?x", None), ("iri", "../x y", None), ("iri", "a:b%zz", None),
        ("date", "2004-02-30", None), ("date", "2004-2-3", None), ("date", "\uff12\uff10\uff10\uff14-01-01", None), ("date", "2004-01-01Z", None),
        ("integer", "1.0", None), ("integer", "1e3", None), ("integer", "٣", None), ("integer", "9" * 30, None),
        ("number", "NaN", None), ("number", "1,5", None), ("boolean", "perhaps", None), ("string", "\x00", None), ("string", "\ud800", None),
    ],
)  # fmt: skip
def test_values(kind: str, text: str, term: str | None) -> None:
    parameter = Parameter("x", kind, of="ex:scheme" if kind == "concept" else None)
    if term is not None:
        assert term_of(parameter, text, SPACE) == term
        to_rdflib(term)
        return
    with pytest.raises(ParameterError) as caught:
        term_of(parameter, text, SPACE)
    assert (caught.value.name, caught.value.expected) == ("x", parameter.expected)
    assert caught.value.hint and parameter.shown in caught.value.hint


def test_every_type_takes_its_own_example() -> None:
    for name, kind in TYPES.items():
        assert term_of(Parameter("x", name, of="ex:s" if name == "concept" else None), kind.example, SPACE)


def test_missing_unknown_and_enumerated() -> None:
    parameters = (
        Parameter("day", "date", ("_day",)),
        Parameter("size", "integer", ("_size",), default="3"),
        Parameter("how", "string", ("_how",), values=("up", "down"), optional=True),
    )
    day = '"2004-01-01"^^<http://www.w3.org/2001/XMLSchema#date>'
    three = '"3"^^<http://www.w3.org/2001/XMLSchema#integer>'
    given = {"day": "2004-01-01", "how": ""}
    assert terms_of(parameters, given, SPACE) == (
        {"_day": day, "_size": three},
        {"day": "2004-01-01", "size": "3"},
    )
    wrong: list[tuple[Mapping[str, str], str, str]] = [
        ({}, "`day`: is missing", "such as `2004-11-16`"),
        ({"day": ""}, "`day`: is missing", "a day as year-month-day"),
        ({"day": "2004-01-01", "dya": "x"}, "`dya`: is no parameter", "Did you mean `day`?"),
        (
            {"day": "2004-01-01", "how": "upp"},
            "`how`: `upp` does not fit",
            "Did you mean `up`? Expected: one of up, down",
        ),
        ({"day": "x" * (LONGEST + 1)}, "`day`: is longer than", "a shorter value"),
    ]
    for values, message, hint in wrong:
        with pytest.raises(ParameterError) as caught:
            terms_of(parameters, values, SPACE)
        assert message in caught.value.message and hint in (caught.value.hint or "")


DATA = """\
<a:1> <a:p> <a:x> .
<a:2> <a:p> <a:x> .
<a:3> <a:p> <a:y> .
<a:1> <a:q> <a:x> .
<a:3> <a:q> "t" .
"""
EACH_PLACE = [
    ("SELECT ?s ?v { ?s <a:p> ?v } ORDER BY ?s", 2),
    ("SELECT ?s { ?s <a:p> ?v } ORDER BY ?v ?s", 2),
    ("SELECT * { ?s <a:p> ?v }", 2),
    ("SELECT ?v (COUNT(?s) AS ?n) { ?s <a:p> ?v } GROUP BY ?v HAVING (COUNT(?v) > 1)", 1),
    ("SELECT ?s { ?s <a:p> ?o FILTER(?o=?v) }", 2),
    ("SELECT ?s { ?s <a:p> ?o FILTER(BOUND(?v)&&?o=?v) }", 2),
    ("SELECT ?s { ?s <a:p> ?o FILTER BOUND(?v) }", 3),
    ("SELECT ?s { ?s <a:p> ?o FILTER(!BOUND(?v)) }", 0),
    ("SELECT ?s { ?s <a:p> ?o FILTER EXISTS { ?s <a:q> ?v } }", 1),
    ("SELECT ?s { ?s <a:p> ?o FILTER NOT EXISTS { ?s <a:q> ?v } }", 2),
    ("SELECT ?s ?z { ?s <a:p> ?o OPTIONAL { ?s <a:q> ?z FILTER(?z = ?v) } } ", 3),
    ("SELECT ?s { { SELECT ?s ?v { ?s <a:p> ?v } } }", 2),
    ("SELECT ?s ?v { ?s <a:p> ?v { SELECT ?v { ?z <a:q> ?v } } }", 2),
    ("SELECT ?s { ?s <a:p> ?v,?v # ?v\n }", 2),
    ("SELECT ?s (STR(?v) AS ?t) (\"?v\" AS ?u) { ?s <a:p>?v}", 2),
    ("SELECT ?s { ?s <a:p> ?v } VALUES ?s { <a:1> <a:3> }", 1),
    ("PREFIX v: <a:> SELECT ?s { { ?s v:p ?v } UNION { ?s v:q $v } }", 3),
]  # fmt: skip


@pytest.mark.parametrize(("query", "rows"), EACH_PLACE)
def test_each_place_of_the_grammar(query: str, rows: int) -> None:
    """As many rows as when the engine itself substitutes, in two engines."""
    store = EmbeddedStore.in_memory(DATA.encode())
    graph = rdflib.Graph().parse(data=DATA, format="nt")
    bound = bind(query, {"v": "<a:x>"})
    assert "?v" not in bound.replace("AS ?v)", "").replace("# ?v", "").replace('"?v"', "")
    assert len(store.query(bound)) == rows
    assert len(graph.query(bound)) == rows


def test_construct_and_describe() -> None:
    store = EmbeddedStore.in_memory(DATA.encode())
    assert len(store.query(bind("CONSTRUCT { ?v <a:is> ?s } { ?s <a:p> ?v }", {"v": "<a:x>"}))) == 2
    assert len(store.query(bind("CONSTRUCT WHERE { ?s <a:p> ?v }", {"v": "<a:x>"}))) == 2
    assert len(store.query(bind("DESCRIBE ?v", {"v": "<a:1>"}))) == 2
    assert store.query(bind("ASK { ?s ?v ?o }", {"v": "<a:q>"})).boolean


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (1 AS ?v) {}",
        "SELECT ?s { BIND(1 AS ?v) }",
        "SELECT ?s { VALUES ?v { 1 } }",
        "SELECT ?s {} VALUES (?s ?v) { (1 2) }",
    ],
)
def test_what_the_query_assigns_is_not_bound(query: str) -> None:
    with pytest.raises(QueryRefused, match="itself assigns"):
        bind(query, {"v": "<a:x>"})


PAGED = [
    "SELECT ?s ?o { ?s ?p ?o }",
    "SELECT ?s ?o { ?s ?p ?o } ORDER BY DESC(?s)",
    "SELECT DISTINCT ?s { ?s ?p ?o } ORDER BY ?s # the end",
    "SELECT ?o (COUNT(?s) AS ?n) { ?s ?p ?o } GROUP BY ?o HAVING (COUNT(?s) > 0)",
    "SELECT * { ?s ?p ?o FILTER(?p != <a:q>) } VALUES ?o { <a:x> <a:y> }",
    "PREFIX a: <a:> SELECT ?s { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 3 } }",
]


@pytest.mark.parametrize("query", PAGED)
@pytest.mark.parametrize("size", [1, 2, 10])
def test_pages_are_the_whole_in_order(query: str, size: int) -> None:
    store = EmbeddedStore.in_memory(DATA.encode())
    whole = [tuple(row.get(v) for v in ("s", "p", "o", "n")) for row in store.query(query)]
    total = int(str(store.query(counting(query)).rows[0]["rows"]))
    pages = [store.query(paged(query, size, at)) for at in range(0, total, size)]
    rows = [tuple(row.get(v) for v in ("s", "p", "o", "n")) for page in pages for row in page]
    assert total == len(whole) == len(rows) > 1
    assert sorted(map(repr, rows)) == sorted(map(repr, whole))
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize(
    "query", ["ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", "SELECT * {} LIMIT 1", "SELECT * {} OFFSET 1"]
)
def test_what_has_no_pages(query: str) -> None:
    for make in (counting, lambda text: paged(text, 1, 0)):
        with pytest.raises(QueryRefused):
            make(query)
