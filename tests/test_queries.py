"""Query files: header, form, committed rows, planted errors, and the README that lists them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from muniment.engine import EmbeddedStore, parse
from muniment.errors import InputError
from muniment.queries import QueryFile, read_queries, read_query
from muniment.sparql_text import query_form, services

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ROOT / "queries"
PLANTED = ROOT / "tests" / "queries" / "planted"
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")

FOLDERS = ("rules", "competency", "checks", "network")
RULES, COMPETENCY, CHECKS, NETWORKS = (read_queries(QUERIES / name) for name in FOLDERS)
ALL = [read_query(path) for path in sorted(QUERIES.glob("*/*.rq"))]


def named(queries: list[QueryFile]) -> Any:
    """Parametrise a test over query files, the file's name as id."""
    return pytest.mark.parametrize("query", queries, ids=[f"{q.path.parent.name}/{q.name}" for q in queries])


def prefixes(query: QueryFile) -> dict[str, str]:
    """The prefixes that a query declares."""
    return dict(re.findall(r"^PREFIX (\w+): <([^>]+)>$", query.text, re.MULTILINE))


def test_number_of_files() -> None:
    assert [len(found) for found in (RULES, COMPETENCY, CHECKS, NETWORKS)] == [5, 56, 16, 9]


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


@pytest.mark.parametrize("folder", ["rules", "checks", "network"])
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
    text = "#+ title: 'A: b'\n#+ question: Q?\n#+ tags: [a]\n#+ parameters: {day: date, who: iri}\n# plain\nASK {}"
    path = write(tmp_path, text)
    assert read_query(path) == QueryFile(
        "a-query", path, "A: b", "Q?", ("a",), (("day", "date"), ("who", "iri")), text
    )


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
    (GOOD.replace("SELECT", "#+ parameters: {day: day}\nSELECT"), "`day` is no variable", 4, 17),
    (GOOD.replace("SELECT", "#+ parameters: {'?day': date}\nSELECT"), "`?day` is no variable", 4, 17),
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


@pytest.mark.parametrize("name", ["A.rq", "a_b.rq", "a b.rq", "-a.rq"])
def test_bad_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a name for a query"):
        read_query(write(tmp_path, GOOD, name))
