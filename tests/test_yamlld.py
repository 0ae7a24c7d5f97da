"""YAML-LD with places: every scalar is text, every key and value knows its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.artefacts import artefact
from muniment.context import Context, read_context
from muniment.errors import InputError
from muniment.yamlld import Map, Text, mistakes, records


@pytest.fixture(scope="module")
def context() -> Context:
    return read_context(artefact("ontology") / "context.jsonld")


def read(folder: Path, text: str) -> list[Map]:
    path = folder / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return list(records(path))


def complaints(folder: Path, text: str, context: Context) -> list[tuple[int | None, int | None, str]]:
    path = folder / "a.yaml"
    found = [error for record in read(folder, text) for error in mistakes(record, context, path)]
    return [(e.where and e.where.line, e.where and e.where.column, e.message) for e in found]


@pytest.mark.parametrize(
    "scalar",
    [
        "2004-06-23",
        "14:00",
        "1",
        "01",
        "1_000",
        "0x1F",
        "yes",
        "no",
        "null",
        "~",
        "1.50",
        "'x'",
        '"x"',
        "2004-06",
    ],
)
def test_scalars_are_text(tmp_path: Path, scalar: str) -> None:
    (record,) = read(tmp_path, f"- id: {scalar}\n")
    assert record["id"] == scalar.strip("'\"")
    assert isinstance(record["id"], Text)


def test_places_count_from_one(tmp_path: Path) -> None:
    first, second = read(tmp_path, "- id: a\n  label: [x,  y]\n\n- {id: b,\n   note: z}\n")
    assert (first.line, first.column) == (1, 3)
    assert first.at == {"id": (1, 3), "label": (2, 3)}
    assert [(t.line, t.column) for t in first["label"]] == [(2, 11), (2, 15)]
    assert (second.line, second.column) == (4, 3)
    assert (second["note"].line, second["note"].column) == (5, 10)


def test_comments_and_an_empty_file_hold_no_records(tmp_path: Path) -> None:
    assert read(tmp_path, "") == []
    assert read(tmp_path, "# nothing yet\n") == []


def test_records_come_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("- id: a\n- id: b\n- [\n", encoding="utf-8")
    stream = records(path)
    assert [next(stream)["id"], next(stream)["id"]] == ["a", "b"]
    with pytest.raises(InputError):
        next(stream)


def test_a_good_node_has_no_mistakes(tmp_path: Path, context: Context) -> None:
    text = """\
- id: claim/a
  source: document/a
  lines: 1-2
  states:
  - id: event/a
    type: [Event]
    label: A
    labels: {en: A, fr: [B, C]}
    altLabel: [B, {value: C, lang: fr}]
    start: 2004-06-23
    startTime: "14:00:00"
    free: true
    place: {id: place/a, type: [Place, City]}
    documents: [{id: document/a, url: "https://example.org/a?b=c#d", latitude: "1.5"}]
"""
    assert complaints(tmp_path, text, context) == []


MISTAKES = [
    ("- label: A\n", (1, 3, "without `id`")),
    ("- id: a\n  place: {label: A}\n", (2, 10, "without `id`")),
    ("- id: a\n  Label: A\n", (2, 3, "`Label` is no term")),
    ("- id: a\n  schema:name: A\n", (2, 3, "`schema:name` is no term")),
    ("- id: a\n  '@type': Event\n", (2, 3, "`@type` is no term")),
    ("- id: a\n  value: A\n", (2, 3, "`value` belongs to text")),
    ("- id: event/Ä\n", (1, 3, "`event/Ä` is no id")),
    ("- id: a/../b\n", (1, 3, "`a/../b` is no id")),
    ("- id: a//b\n", (1, 3, "`a//b` is no id")),
    ("- id: [a]\n", (1, 3, "is no id")),
    ("- id: a\n  type: Evnt\n", (2, 9, "`Evnt` is no class")),
    ("- id: a\n  type: [Event, label]\n", (2, 17, "`label` is no class")),
    ("- id: a\n  label: ''\n", (2, 3, "`label` has no value")),
    ("- id: a\n  label: [A, [B]]\n", (2, 3, "a list within a list")),
    ("- id: a\n  label: {id: b}\n", (2, 10, "holds text, not a node")),
    ("- id: a\n  label: {value: b, label: c}\n", (2, 10, "holds text, not a node")),
    ("- id: a\n  label: {value: b, lang: not a tag}\n", (2, 21, "`not a tag` is no language tag")),
    ("- id: a\n  labels: A\n", (2, 3, "a map from language to text")),
    ("- id: a\n  labels: {french!: A}\n", (2, 12, "`french!` is no language tag")),
    ("- id: a\n  labels: {fr: {value: A}}\n", (2, 12, "`fr` should hold text")),
    ("- id: a\n  start: 2004-02-30\n", (2, 10, "is not a day that exists")),
    ("- id: a\n  start: {value: 2004-02-30}\n", (2, 10, "holds text, not a node")),
    ("- id: a\n  startMonth: 2004-13\n", (2, 15, "is not a month")),
    ("- id: a\n  startYear: '04'\n", (2, 14, "is not a year")),
    ("- id: a\n  startTime: '25:00:00'\n", (2, 14, "is not a time of day")),
    ("- id: a\n  free: yes\n", (2, 9, "is not true or false")),
    ("- id: a\n  ordinal: '06'\n", (2, 12, "is not a whole number")),
    ("- id: a\n  latitude: '36'\n", (2, 13, "is not a decimal number")),
    ("- id: a\n  place: a place\n", (2, 10, "is no IRI")),
    ("- id: a\n  url: 'http://[bad'\n", (2, 8, "is no IRI")),
    ("- id: a\n  url: http://a.example/100%\n", (2, 8, "is no IRI")),
    ("- id: a\n  states: text\n", (2, 11, "holds nodes, not text")),
    ("- id: a\n  documents: [document/a]\n", (2, 15, "holds nodes, not text")),
    (
        "- id: a\n  states:\n  - id: b\n    place:\n      id: c\n      lable: x\n",
        (6, 7, "`lable` is no term"),
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=[case[0] for case in MISTAKES])
def test_mistakes_name_their_place(
    tmp_path: Path, context: Context, text: str, expected: tuple[int, int, str]
) -> None:
    ((line, column, message),) = complaints(tmp_path, text, context)
    assert (line, column) == expected[:2]
    assert expected[2] in message


JSON = st.recursive(
    st.text(alphabet="ab:/%@# {}[]\"'é2004-", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "label",
                    "labels",
                    "place",
                    "start",
                    "states",
                    "documents",
                    "value",
                    "lang",
                    "lines",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_whatever_the_file_holds_only_input_errors_come_of_it(
    tmp_path_factory: pytest.TempPathFactory, context: Context, value: Any
) -> None:
    import json

    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_text(f"- {json.dumps(value)}\n", encoding="utf-8")
    try:
        for record in records(path):
            for error in mistakes(record, context, path):
                assert error.where is not None and error.where.line == 1
    except InputError as error:
        assert error.where is not None
