"""Query files: header, form, committed rows, planted errors, and the README that lists them."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from muniment.build import build, up_to_date
from muniment.engine import EmbeddedStore, parse
from muniment.errors import InputError, InputErrors, Where
from muniment.parameters import Parameter
from muniment.queries import QueryFile, from_json, query_of, read_queries, read_query, read_saved, to_json
from muniment.review import review
from muniment.sparql_text import query_form, services

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ROOT / "queries"
PLANTED = ROOT / "tests" / "queries" / "planted"
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")

FOLDERS = ("rules", "competency", "checks", "forms", "network")
RULES, COMPETENCY, CHECKS, FORMS, NETWORKS = (read_queries(QUERIES / name) for name in FOLDERS)
ALL = [read_query(path) for path in sorted(QUERIES.glob("*/*.rq"))]


def named(queries: list[QueryFile]) -> Any:
    """Parametrise a test over query files, the file's name as id."""
    return pytest.mark.parametrize("query", queries, ids=[f"{q.path.parent.name}/{q.name}" for q in queries])


def prefixes(query: QueryFile) -> dict[str, str]:
    """The prefixes that a query declares."""
    return dict(re.findall(r"^PREFIX (\w+): <([^>]+)>$", query.text, re.MULTILINE))


def test_number_of_files() -> None:
    assert [len(found) for found in (RULES, COMPETENCY, CHECKS, FORMS, NETWORKS)] == [5, 56, 16, 9, 9]


@named(ALL)
def test_header(query: QueryFile) -> None:
    assert query.title[0].isupper() and not query.title.endswith((".", "?"))
    assert query.question[0].isupper() and query.question.endswith(("?", "."))
    assert query.text.endswith("\n") and "\t" not in query.text and "\r" not in query.text


def test_titles_and_questions_are_told_apart() -> None:
    for key in ("title", "question"):
        assert [text for text, count in Counter(getattr(q, key) for q in ALL).items() if count > 1] == []


@named(ALL)
def test_parses_without_help(query: QueryFile) -> None:
    """Two strict parsers read it, with no prefix declared for them."""
    ox.Store().query(query.text)
    prepareQuery(query.text)
    assert services(query.text) == []


@named(ALL)
def test_prefixes(query: QueryFile) -> None:
    table = rdflib.Graph().parse(ROOT / "ontology" / "prefixes.ttl")
    known = {
        str(table.value(d, SH.prefix)): str(table.value(d, SH.namespace))
        for d in table.objects(None, SH.declare)
    }
    body = re.sub(r"^(PREFIX|#).*$", "", query.text, flags=re.MULTILINE)
    for prefix, namespace in prefixes(query).items():
        assert known.get(prefix, namespace) == namespace
        assert re.search(rf"\b{prefix}:", body), f"{prefix}: is declared and not used"
    assert list(prefixes(query)) == sorted(prefixes(query))


@pytest.mark.parametrize("folder", ["rules", "checks", "forms", "network"])
def test_rules_and_checks_name_no_thing(folder: str) -> None:
    """They are for any dataset; only a question may name a thing."""
    assert [
        q.name
        for q in read_queries(QUERIES / folder)
        if re.search(r"<https://w3id\.org/muniment/\w+/id/", q.text)
    ] == []


@named(RULES)
def test_rules_construct(query: QueryFile) -> None:
    assert query_form(query.text) == "CONSTRUCT"
    assert re.match(r"\d\d-", query.name)
    assert "rule" in query.tags


@named(COMPETENCY)
def test_answers(query: QueryFile, release: Any) -> None:
    """The rows are those that are committed, in their order."""
    expected = query.path.with_suffix(".csv").read_bytes().decode("utf-8")
    assert release.store.query(query.text).to_csv() == expected, (
        f"see queries/README.md, or correct {query.path.name}"
    )
    assert expected.count("\r\n") > 1


@named(COMPETENCY)
def test_order_is_total(query: QueryFile, release: Any) -> None:
    """No two rows are equal in what they are ordered by, so each engine gives the same order."""
    results = release.store.query(query.text)
    keys = re.findall(r"\?(\w+)", query.text[query.text.rindex("ORDER BY") :])
    assert set(keys) <= set(results.variables)
    rows = Counter(tuple(row.get(key) for key in keys) for row in results)
    assert [key for key, count in rows.items() if count > 1] == []


def test_each_question_has_rows_and_no_rows_are_left_over() -> None:
    assert sorted(path.stem for path in (QUERIES / "competency").glob("*.csv")) == [
        q.name for q in COMPETENCY
    ]


@named(CHECKS)
def test_nothing_is_wrong(query: QueryFile, release: Any) -> None:
    assert release.store.query(query.text).to_dicts() == []


@named(CHECKS)
def test_planted_error_is_found(query: QueryFile) -> None:
    planted = PLANTED / f"{query.name}.trig"
    quads = parse(planted.read_bytes(), "application/trig", path=str(planted))
    store = EmbeddedStore.in_memory("".join(quad.line() for quad in quads).encode())
    assert len(store.query(query.text)) > 0


def test_each_planted_error_has_a_check() -> None:
    assert sorted(path.stem for path in PLANTED.glob("*.trig")) == [q.name for q in CHECKS]


def table(queries: list[QueryFile]) -> str:
    """The rows that ``queries/README.md`` holds for these queries."""
    folder = queries[0].path.parent.name
    return "".join(f"| [{q.name}]({folder}/{q.path.name}) | {q.question} |\n" for q in queries)


@pytest.mark.parametrize("folder", FOLDERS)
def test_readme_is_in_step(folder: str) -> None:
    rows = table(read_queries(QUERIES / folder))
    readme = (QUERIES / "README.md").read_text(encoding="utf-8")
    assert rows in readme, f"put this into queries/README.md:\n{rows}"
    assert readme.count(f"]({folder}/") == rows.count("\n")


GOOD = "#+ title: T\n#+ question: Q?\n#+ tags: [a, b-c]\nSELECT * {}\n"


def write(tmp_path: Path, text: str, name: str = "a-query.rq") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def test_read_query(tmp_path: Path) -> None:
    text = "#+ title: 'A: b'\n#+ question: Q?\n#+ tags: [a]\n#+ parameters: {day: date, who: iri}\n# plain\nASK {?who ?p ?_day}"
    path = write(tmp_path, text)
    parameters = (Parameter("day", "date", ("_day",)), Parameter("who", "iri", ("who",)))
    assert read_query(path) == QueryFile("a-query", path, "A: b", "Q?", ("a",), parameters, text)


def test_read_query_in_full(tmp_path: Path) -> None:
    header = """\
#+ summary: In full
#+ description: What is in it?
#+ tags: [a]
#+ method: GET
#+ pagination: 20
#+ parameters:
#+   who: {type: iri, class: "ex:Body", label: Whose, description: Of whom., example: body/x}
#+   kind: {type: concept, scheme: "ex:kinds", optional: true}
#+   size: {type: integer, default: "3"}
#+ defaults:
#+   - kind2: b
#+ enumerate: [{kind2: [a, b]}]
"""
    text = f"{header}SELECT ?x {{ ?x ?_kind ?_who . ?x ?p ?_size, ?_kind2_string, ?__day_date }}\n"
    query = read_query(write(tmp_path, text))
    assert (query.title, query.question, query.pagination, query.form) == (
        "In full",
        "What is in it?",
        20,
        "SELECT",
    )
    assert {p.name: p for p in query.parameters} == {
        "kind2": Parameter("kind2", "string", ("_kind2_string",), default="b", values=("a", "b")),
        "day": Parameter("day", "date", ("__day_date",), optional=True),
        "who": Parameter("who", "iri", ("_who",), "Whose", "Of whom.", "ex:Body", example="body/x"),
        "kind": Parameter("kind", "concept", ("_kind",), of="ex:kinds", optional=True),
        "size": Parameter("size", "integer", ("_size",), default="3"),
    }
    assert [p.name for p in query.parameters if p.required] == ["who"]
    assert from_json(to_json([query]))[0].parameters == query.parameters


def test_what_a_release_keeps_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = [
        dataclasses.replace(query, path=Path(query.folder, query.path.name)) for query in read_saved(QUERIES)
    ]
    kept = to_json(queries)
    assert len(queries) > 50
    assert from_json(kept) == queries
    of_an_earlier_version = to_json(queries, with_read=False)
    assert from_json(of_an_earlier_version) == queries

    def parsed(text: str) -> None:
        raise InterruptedError(text)

    monkeypatch.setattr("muniment.queries.parsed_query", parsed)
    query_of.cache_clear()
    assert from_json(kept) == queries
    with pytest.raises(InterruptedError):  # else it would show nothing
        from_json(of_an_earlier_version)


def test_read_queries_sorts_and_stays_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("b.rq", "a.rq", "below/c.rq", "a.csv"):
        write(tmp_path, GOOD, name)
    assert [query.name for query in read_queries(tmp_path)] == ["a", "b"]


BAD = [
    ("SELECT * {}", "lacks title, question, tags", 1, None),
    ("\n" + GOOD, "lacks title, question, tags", 1, None),
    (GOOD.replace("#+ tags: [a, b-c]\n", ""), "lacks tags", 1, None),
    (GOOD.replace("#+ tags", "#+ tgas"), "no key `tgas`", 3, 4),
    (GOOD.replace("[a, b-c]", "[a, a]"), "tags must be", 3, 10),
    (GOOD.replace("[a, b-c]", "[A]"), "tags must be", 3, 10),
    (GOOD.replace("[a, b-c]", "[]"), "tags must be", 3, 10),
    (GOOD.replace("[a, b-c]", "a"), "tags must be", 3, 10),
    (GOOD.replace("[a, b-c]", "[a"), "not YAML", None, None),
    (GOOD.replace("title: T", "title:"), "title must be one line", 1, 10),
    (GOOD.replace("title: T", "title: [T]"), "title must be one line", 1, 11),
    (GOOD.replace("title: T", "title: A: b"), "not YAML", 1, 12),
    (GOOD.replace("#+ question", "#+ title: U\n#+ question"), "`title` stands here twice", 2, 4),
    (GOOD.replace("SELECT", "#+ parameters: {day: day}\nSELECT"), "`day` is no type", 4, 22),
    (GOOD.replace("SELECT", "#+ parameters: {'?day': date}\nSELECT"), "`?day` is no name", 4, 17),
    (GOOD.replace("SELECT", "#+ parameters: [day]\nSELECT"), "must be `key: value`", 4, 16),
    (GOOD.replace("SELECT * {}", "# nothing"), "no query follows", 4, None),
    (GOOD.replace("SELECT * {}", "DELETE WHERE {}"), "no query follows", 4, None),
    (GOOD.replace("T\n", "T\udcff\n"), "not UTF-8", 1, 12),
]


@pytest.mark.parametrize(("text", "message", "line", "column"), BAD)
def test_bad_header(tmp_path: Path, text: str, message: str, line: int | None, column: int | None) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_query(path)
    error = caught.value
    assert message in error.message
    assert error.hint
    assert error.where is not None
    assert error.where.path == str(path)
    if line:
        assert (error.where.line, error.where.column) == (line, column)


# fmt: off
PLANTED_HEADERS = [
    # header lines, query, message, hint, line, column
    ("parameters: {x: dat}", "?_x", "`dat` is no type of parameter", "Did you mean `date`?", 4, 20),
    ("parameters: {x: {typ: date}}", "?_x", "a parameter has no key `typ`", "Did you mean `type`?", 4, 21),
    ("parameters: {x: {label: X}}", "?_x", "`x` has no type", "{day: date}", 4, 17),
    ("parameters: {x: {type: date, default: tomorrow}}", "?_x", "the default of `x`, `tomorrow`, is not of the type date", "year-month-day", 4, 17),
    ("parameters: {x: {type: date, default: 2004-02-30}}", "?_x", "is not of the type date", "year-month-day", 4, 17),
    ("parameters: {x: {type: integer, default: '1.5'}}", "?_x", "is not of the type integer", "a whole number", 4, 17),
    ("parameters: {x: {type: boolean, default: perhaps}}", "?_x", "is not of the type boolean", "true or false", 4, 17),
    ("parameters: {x: {type: iri, example: 'a b'}}", "?_x", "the example of `x`, `a b`, is not of the type iri", "an IRI", 4, 17),
    ("parameters: {x: {type: string, values: [a, b], default: c}}", "?_x", "is not among its values", "one of a, b", 4, 17),
    ("parameters: {x: {type: integer, values: [a]}}", "?_x", "`a`, a value of `x`, is not of the type integer", "a whole number", 4, 17),
    ("parameters: {x: {type: string, values: [a, a]}}", "?_x", "values are a list, none twice", "values: [one, two]", 4, 43),
    ("parameters: {x: {type: string, optional: maybe}}", "?_x", "`optional: maybe` is neither true nor false", "optional: true", 4, 45),
    ("parameters: {x: {type: string, optional: true, default: a}}", "?_x", "`x` is optional and has a default", "Keep one", 4, 17),
    ("parameters: {x: {type: date, class: 'a:B'}}", "?_x", "a parameter of type date has no class", "type: iri", 4, 33),
    ("parameters: {x: {type: iri, scheme: 'a:B'}}", "?_x", "a parameter of type iri has no scheme", "type: concept", 4, 32),
    ("parameters: {x: {type: concept}}", "?_x", "`x` names no scheme", "scheme:", 4, 17),
    ("parameters: {x: date, x: date}", "?_x", "`x` stands here twice", "Keep one", 4, 26),
    ("parameters: {release: string}", "?_release", "`release` is taken", "Choose another name", 4, 17),
    ("parameters: {x: date}", "?y", "the query does not use the parameter `x`", "Write `?_x`", 4, 17),
    ("parameters: {day: date}", "?_day, ?_dya", "`?_dya` is no parameter of the header", "Did you mean `day`?", 5, 26),
    ("method: get", "?_x", "`?_x` is no parameter of the header", "parameters: {x: string}", 5, 19),
    ("parameters: {x: date}", "?_x BIND(1 AS ?_x)", "the query itself gives `?_x` a value", "another name", 5, 33),
    ("parameters: {x: date}", "?_x VALUES ?_x { 1 }", "the query itself gives `?_x` a value", "another name", 5, 30),
    ("parameters: {x: date}", "?y MINUS { ?s ?p ?_x }", "the parameter `?_x` stands in MINUS", "NOT EXISTS", 5, 36),
    ("parameters: {x: string}", "?y . GRAPH ?_x { ?s ?p ?y }", "bound, the query is not SPARQL", "", None, None),
    ("pagination: many", "?y", "`pagination: many` is no number of rows", "pagination: 50", 4, 16),
    ("pagination: 0", "?y", "`pagination: 0` is no number of rows", "from 1 to 10,000", 4, 16),
    ("pagination: 20000", "?y", "is no number of rows", "from 1 to 10,000", 4, 16),
    ("method: POST", "?y", "`method: POST` is not offered", "method: GET", 4, 12),
    ("endpoint: https://example.org/sparql", "?y", "the header has no key `endpoint`", "asks the release", 4, 4),
    ("transform: {key: p}", "?y", "the header has no key `transform`", "formats of SPARQL", 4, 4),
    ("summary: Again", "?y", "`summary` and `title` say the same", "Keep one", 4, 4),
    ("defaults: {z: a}", "?y", "`z` is no parameter", "parameters: {z: string}", 4, 15),
    ("enumerate: [z]", "?y", "this must be `key: value`", "enumerate: {name", 4, 16),
    ("enumerate: [{x: a}]", "?_x_string", "values are a list", "values: [one, two]", 4, 20),
    ("parameters: {x: date", "?_x", "the header is not YAML", "#+ title", None, None),
]
# fmt: on


@pytest.mark.parametrize(("header", "pattern", "message", "hint", "line", "column"), PLANTED_HEADERS)
def test_planted_header(
    tmp_path: Path, header: str, pattern: str, message: str, hint: str, line: int | None, column: int | None
) -> None:
    text = GOOD.replace("SELECT * {}", f"#+ {header}\nSELECT ?s {{ ?s ?p {pattern} }}")
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_query(path)
    error = caught.value
    assert message in error.message
    assert not hint or (error.hint and hint in error.hint), error.hint
    assert error.where is not None
    assert error.where.path == str(path)
    if line:
        assert (error.where.line, error.where.column) == (line, column)


@pytest.mark.parametrize(
    ("query", "message", "line"),
    [
        ("ASK { ?s ?p ?o }", "ASK has no pages", 4),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT has no pages", 4),
        ("SELECT * { ?s ?p ?o }\nLIMIT 5", "a paged query has no LIMIT of its own", 6),
        ("SELECT * { ?s ?p ?o }\nOFFSET 5", "a paged query has no OFFSET of its own", 6),
    ],
)
def test_pages_of_what_has_none(tmp_path: Path, query: str, message: str, line: int) -> None:
    path = write(tmp_path, GOOD.replace("SELECT * {}", f"#+ pagination: 10\n{query}"))
    with pytest.raises(InputError, match=message) as caught:
        read_query(path)
    assert caught.value.where and caught.value.where.line == line and caught.value.hint


def test_a_limit_in_a_subquery_is_no_hindrance(tmp_path: Path) -> None:
    query = "SELECT * { { SELECT ?s { ?s ?p ?o } LIMIT 5 } }"
    assert (
        read_query(write(tmp_path, GOOD.replace("SELECT * {}", f"#+ pagination: 10\n{query}"))).pagination
        == 10
    )


def test_all_that_is_wrong_in_a_folder_is_told_together(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, GOOD)
    write(tmp_path / "two", GOOD.replace("title", "titel"), "b-query.rq")
    with pytest.raises(InputErrors) as caught:
        read_saved(tmp_path)
    assert [(e.message, e.where) for e in caught.value.errors] == [
        ("`a-query` is the name of one/a-query.rq too", Where(str(tmp_path / "two" / "a-query.rq"), 1)),
        ("the header has no key `titel`", Where(str(tmp_path / "two" / "b-query.rq"), 1, 4)),
    ]


@pytest.mark.parametrize("name", ["A.rq", "a_b.rq", "a b.rq", "-a.rq"])
def test_bad_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a name for a query"):
        read_query(write(tmp_path, GOOD, name))


# What only the dataset can tell of a header.


@pytest.fixture
def with_form(tiny: Any, tmp_path: Path) -> Any:
    """The tiny dataset with queries of its own: one form, written by the test."""

    def make(parameters: str, pattern: str) -> Any:
        shutil.copytree(tiny.root, tmp_path / "tiny", ignore=shutil.ignore_patterns("releases"))
        shutil.copytree(QUERIES / "rules", tmp_path / "tiny" / "queries" / "rules")
        (tmp_path / "tiny" / "queries" / "forms").mkdir()
        text = GOOD.replace("SELECT * {}", f"#+ parameters: {parameters}\nSELECT ?s {{ {pattern} }}")
        path = write(tmp_path / "tiny" / "queries" / "forms", text)
        project = dataclasses.replace(tiny, root=tmp_path / "tiny", queries=tmp_path / "tiny" / "queries")
        return project, path

    return make


@pytest.mark.parametrize(
    ("parameters", "pattern", "message", "hint"),
    [
        ("{x: {type: iri, class: 'mun:Evnt'}}", "?s ?p ?_x", "nothing knows the class `mun:Evnt`", "Did you mean `mun:Event`?"),
        ("{x: {type: iri, class: 'nope:Event'}}", "?s ?p ?_x", "nothing knows the class `nope:Event`", None),
        ("{x: {type: concept, scheme: 'munv:rol'}}", "?s ?p ?_x", "nothing knows the scheme `munv:rol`", "Did you mean `munv:role`?"),
        ("{x: string}", "?s nope:p ?_x", "the query is not answered: `nope:` is not declared", "Declare the prefix"),
        ("{x: {type: iri, example: 'a:b c'}}", "?s ?p ?_x", "`a:b c`, is not of the type iri", "an IRI"),
    ],
)  # fmt: skip
def test_check_holds_parameters_against_the_dataset(
    with_form: Any, parameters: str, pattern: str, message: str, hint: str | None
) -> None:
    project, path = with_form(parameters, pattern)
    with pytest.raises(InputError) as caught:
        review(project, lambda stage: None)
    error = caught.value
    assert message in error.message
    assert error.where and (error.where.path, error.where.line) == (
        str(path),
        5 if "nope:p" in pattern else 4,
    )
    assert hint is None or hint in (error.hint or "")


def test_check_passes_a_sound_form_and_a_build_carries_it(with_form: Any) -> None:
    project, path = with_form("{x: {type: iri, class: 'mun:Event'}}", "?s ?p ?_x")
    assert [f for f in review(project, lambda stage: None) if f.severity == "Violation"] == []
    project = dataclasses.replace(project, releases=project.root / "releases")
    first = build(project)
    assert [q.name for q in first.queries() if q.folder == "forms"] == ["a-query"]
    assert up_to_date(project) is not None
    path.write_text(path.read_text().replace("title: T", "title: U"))
    assert up_to_date(project) is None
    second = build(project)
    assert second.id != first.id
    assert [q.title for q in second.queries() if q.folder == "forms"] == ["U"]
    path.write_text(path.read_text().replace("title: U", "titel: U"))
    with pytest.raises(InputError, match="no key `titel`"):
        build(project)
