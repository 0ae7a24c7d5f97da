"""The questions that were set with the sources, and the answers that the graph gives: the twenty, one by one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from muniment.queries import read_queries

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT.parent / "shared" / "questions" / "dev.json"
QUERIES = read_queries(ROOT / "queries" / "competency")

Row = Mapping[str, str]
Rows = list[dict[str, str]]

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="../shared/questions/dev.json is not here")


def questions() -> dict[str, Any]:
    """The questions by id."""
    return (
        {q["id"]: q for q in json.loads(FILE.read_text(encoding="utf-8"))["questions"]}
        if FILE.exists()
        else {}
    )


def plain(text: str) -> str:
    """A name without case, punctuation, article and the acronym in parentheses."""
    text = re.sub(r"\([^)]*\)", " ", text).casefold()
    return " ".join(word for word in re.findall(r"\w+", text) if word != "the")


def event(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """An event as the questions match it: title without regard to case, and dates."""
    return row["title"].casefold(), row["start"], row.get("end")


def with_end(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    return [event(row) for row in rows]


def same_events(rows: Rows, answer: Any) -> None:
    assert len(rows) == len(answer)
    assert set(with_end(rows)) == set(with_end(answer))


def same_events_and(*columns: str) -> Callable[[Rows, Any], None]:
    """The same events, with the same values in further columns (absent is None)."""

    def compare(rows: Rows, answer: Any) -> None:
        def values(row: Mapping[str, Any]) -> tuple[Any, ...]:
            return tuple(plain(str(row[c])) if row.get(c) is not None else None for c in columns)

        assert {(event(r), values(r)) for r in rows} == {(event(a), values(a)) for a in answer}
        assert len(rows) == len(answer)

    return compare


def entries(rows: Rows, answer: Any) -> None:
    assert [int(row["entries"]) for row in rows] == [answer]


def by_country(rows: Rows, answer: Any) -> None:
    counts = {row.get("code"): int(row["entries"]) for row in rows}
    assert counts.pop(None) == answer["no_country"]
    assert counts == answer["per_country"]
    assert len(counts) == answer["countries"]


def by_type(rows: Rows, answer: Any) -> None:
    counts = {row["label"].casefold(): int(row["entries"]) for row in rows}
    assert counts == answer["all_types"]
    for name in ("prepcom", "thematic_meeting", "workshop", "bureau_meeting", "consultation"):
        assert counts[name.replace("_", " ")] == answer[name]


def most_convenors(rows: Rows, answer: Any) -> None:
    assert {(row["title"].casefold(), row["start"]) for row in rows} == {event(answer["event"])[:2]}
    assert sorted(plain(row["name"]) for row in rows) == sorted(map(plain, answer["bodies"]))


def co_organisers(rows: Rows, answer: Any) -> None:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    pairs = {}
    for row in rows:
        key = (row["title"].casefold(), row["start"])
        found[key].append(plain(row["name"]))
        pairs[key] = int(row["pairs"])
    expected = {event(e)[:2]: sorted(map(plain, e["bodies"])) for e in answer["bodies_per_entry"]}
    assert {key: sorted(bodies) for key, bodies in found.items()} == expected
    assert (len(found), sum(pairs.values())) == (answer["entries"], answer["pairs"])
    distinct = {frozenset((a, b)) for bodies in found.values() for a in bodies for b in bodies if a != b}
    assert len(distinct) == answer["pairs"]


def several_languages(rows: Rows, answer: Any) -> None:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"language": set(), "format": set()})
    for row in rows:
        found[row["title"]][row["offered"]].add(row["value"])
    assert found == {
        a["document"]: {"language": set(a["languages"]), "format": set(a["formats"])} for a in answer
    }


def letters(rows: Rows, answer: Any) -> None:
    facts = {(r["reference"], r["date"], r["signatory"], plain(r["addressee"])) for r in rows}
    assert facts == {(a["reference"], a["date"], a["signatory"], plain(a["addressee"])) for a in answer}
    for letter in answer:
        held = {plain(f"{r['office']}, {r['of']}") for r in rows if r["reference"] == letter["reference"]}
        # accepted: the office with the department of the letterhead
        assert {office.removesuffix(" department of economic and social affairs") for office in held} == {
            plain(office) for office in letter["offices"]
        }


def cited(rows: Rows, answer: Any) -> None:
    found = {row["title"].partition(" (")[0] for row in rows}
    # accepted: the web site in addition
    assert found - {"ITU WSIS website"} == {title.partition(" (")[0] for title in answer}


def two_dates(rows: Rows, answer: Any) -> None:
    assert {row["title"] for row in rows} == {answer["event"]["title"]}
    dates: dict[bool, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        if "end" in row:
            dates["Letter" in row["source"]].add((row["start"], row["end"]))
    assert dates[False] == {tuple(answer["listing"])}
    assert dates[True] == {tuple(answer["letter_DM_1132"])}


def postponed(rows: Rows, answer: Any) -> None:
    expected = [(answer["event"], answer["planned"], answer["new_date"])]
    assert [(row["title"], row.get("planned"), row.get("new")) for row in rows] == expected


def remote(rows: Rows, answer: Any) -> None:
    same_events(rows, answer)
    expected = {event(a): a["how"].removesuffix("-possible").replace("-", " ") for a in answer}
    assert {event(row): row["how"] for row in rows} == expected
    assert {event(r) for r in rows if r["hedged"] == "true"} == {
        event(a) for a in answer if a["how"].endswith("possible")
    }


def speakers(rows: Rows, answer: Any) -> None:
    def affiliations(name: str) -> set[str]:
        return {plain(row["affiliation"]) for row in rows if row["name"] == name and "affiliation" in row}

    assert {row["name"] for row in rows} == {a["name"] for a in answer}
    assert {row["name"] for row in rows if row["invited"] == "true"} == {
        a["name"] for a in answer if a.get("invited")
    }
    for person in answer:
        printed = plain(person["affiliation"] or "")
        found = affiliations(person["name"])
        assert all(each in printed for each in found)
        assert sum(len(each.split()) for each in found) == len(printed.split())


def no_year(rows: Rows, answer: Any) -> None:
    same_events(rows, answer)
    assert {(event(r), r["year"]) for r in rows} == {(event(a), a["start"][:4]) for a in answer}


COMPARE: dict[str, Callable[[Rows, Any], None]] = {
    "Q01": entries,
    "Q03": by_country,
    "Q05": by_type,
    "Q07": same_events,
    "Q09": same_events,
    "Q11": same_events,
    "Q13": same_events_and("ordinal", "city"),
    "Q15": same_events_and("city", "country"),
    "Q17": most_convenors,
    "Q20": co_organisers,
    "Q21": several_languages,
    "Q22": letters,
    "Q24": cited,
    "Q27": two_dates,
    "Q28": postponed,
    "Q30": same_events,
    "Q32": remote,
    "Q33": speakers,
    "Q37": same_events_and("room"),
    "Q39": no_year,
}


@pytest.mark.parametrize("name", COMPARE)
def test_question(name: str, release: Any) -> None:
    question = questions()[name]
    (query,) = (q for q in QUERIES if name.lower() in q.tags)
    assert query.question == question["question"]
    results = release.store.query(query.text)
    COMPARE[name]([{key: str(term) for key, term in row.items()} for row in results], question["answer"])


def test_each_question_is_compared() -> None:
    assert sorted(questions()) == sorted(COMPARE)
    assert len(COMPARE) == 20
