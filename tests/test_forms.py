"""The queries with parameters that come with the software, asked of the tiny dataset: rows, not only that there are some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from muniment.binding import bind
from muniment.parameters import Space, terms_of
from muniment.queries import find
from muniment.release import Release

Rows = list[tuple[Any, ...]]
LMC = "body/lake-mirelle-commission"
FIRST, WORKSHOP, THIRD = "event/first-meeting", "event/reed-bed-workshop", "event/third-meeting"
CASES: list[tuple[str, Mapping[str, str], tuple[str, ...], Rows]] = [
    ("events-of-a-body", {"body": LMC}, ("event", "agent", "role"), [
        ("event/second-meeting", LMC, "meeting body"), (FIRST, LMC, "meeting body"),
        (WORKSHOP, "body/secretariat", "registrar"), (THIRD, LMC, "meeting body"),
    ]),
    ("events-of-a-body", {"body": LMC, "role": "meeting-body", "from": "2019-06-01"}, ("event",), [(THIRD,)]),
    ("events-of-a-body", {"body": LMC, "until": "2019-03-12"}, ("event",), [(FIRST,)]),
    ("events-in-a-place", {"place": "place/veldria"}, ("event", "start", "where"), [
        ("event/second-meeting", "", "Osterby"), (THIRD, "2019-11-05", "Osterby"),
    ]),
    ("events-in-a-place", {"place": "place/port-aven", "until": "2019-01-01"}, ("event",), []),
    ("events-in-a-place", {"place": "place/port-aven", "from": "2019-03-13"}, ("event",), [(FIRST,)]),
    ("documents-citing-a-document", {"document": "document/letter-lmc-7"}, ("citing", "how"), [("document/letter-vwa-12", "cites")]),
    ("people-of-a-body", {"body": LMC}, ("person", "part", "printed"), [
        ("person/ilse-marn", "body/secretariat", "Secretary of the Commission"),
    ]),
    ("events-by-attendance", {"attendance": "members-only"}, ("event",), [(FIRST,)]),
    ("events-by-attendance", {"attendance": "open-with-registration", "type": "workshop"}, ("event",), [(WORKSHOP,)]),
    ("events-by-attendance", {"attendance": "open-with-registration", "type": "committee-meeting"}, ("event",), []),
    ("events-with-organisers", {}, ("event", "organisers"), [(WORKSHOP, "2")]),
    ("events-with-organisers", {"least": "3"}, ("event",), []),
    ("things-by-name", {"words": "SALTBRIGE"}, ("thing", "name"), [("place/saltbridge", "Saltbrige")]),
    ("things-by-name", {"words": "saltbridge", "class": "mun:Body"}, ("thing",), [("body/saltbridge-anglers-club",)]),
    ("evidence-of-a-thing", {"thing": "event/boat-tour"}, ("lines", "basis"), [("2,20-22", "printed")] * 5),
]  # fmt: skip


def asked(release: Release, name: str, given: Mapping[str, str]) -> Any:
    """The answer to a saved query of a release."""
    query = find(name, release.queries())
    assert query is not None
    space = Space(release.prefixes, release.manifest["base"])
    return release.open(10**6).query(bind(query.text, terms_of(query.parameters, given, space)[0]))


def rows(release: Release, name: str, given: Mapping[str, str], *columns: str) -> Rows:
    base = f"{release.manifest['base']}id/"
    found = asked(release, name, given)
    return [tuple(str(row.get(c, "")).removeprefix(base) for c in columns) for row in found]


def test_all_but_the_questions_of_another_dataset_are_there(tiny_release: Release) -> None:
    folders = {query.folder for query in tiny_release.queries()}
    assert folders >= {"forms", "rules", "checks", "pages"} and "competency" not in folders
    assert tiny_release.manifest["queries"]["count"] == len(tiny_release.queries())


@pytest.mark.parametrize(("name", "given", "columns", "expected"), CASES)
def test_rows(
    tiny_release: Release, name: str, given: Mapping[str, str], columns: tuple[str, ...], expected: Rows
) -> None:
    assert rows(tiny_release, name, given, *columns) == expected


def test_statements_of_a_source_are_those_of_its_claims(tiny_release: Release) -> None:
    graph = asked(tiny_release, "statements-of-a-source", {"source": "document/letter-lmc-7"}).graph
    assert len(graph) == 31
    assert "Ilse Marn" in {str(o) for o in graph.objects()}


def test_each_form_was_asked(tiny_release: Release) -> None:
    forms = {query.name for query in tiny_release.queries() if query.folder == "forms"}
    assert {name for name, *_ in CASES} | {"statements-of-a-source"} == forms
    assert all(query.parameters for query in tiny_release.queries() if query.name in forms)
