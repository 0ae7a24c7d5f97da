"""The context as the vocabulary of source files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from muniment import engine
from muniment.artefacts import artefact
from muniment.claims import Claims, documents
from muniment.context import Context, expected_form, read_context
from muniment.errors import InputError


@pytest.fixture(scope="module")
def context() -> Context:
    return read_context(artefact("ontology") / "context.jsonld")


def test_keys_classes_and_prefixes_are_told_apart(context: Context) -> None:
    keys, classes = set(context.keys()), set(context.classes())
    assert {"id", "type", "label", "start", "states"} <= keys
    assert {"Event", "Claim", "Topic"} <= classes
    assert not keys & classes
    assert not {"schema", "mun", "xsd"} & (keys | classes)
    assert len(keys) > 80 and len(classes) > 15


def test_a_narrower_context_keeps_what_the_words_need() -> None:
    terms = {
        "e": "https://example.org/",
        "id": "@id",
        "kind": "@type",
        "a": {"@id": "e:a", "@type": "@vocab", "@context": {"x": "e:x"}},
        "b": {"@id": "c", "@type": "f:date"},
        "c": "e:c",
        "f": {"@id": "https://example.org/f", "@prefix": True},
        "x": "e:other",
        "D": "e:D",
        "unused": "e:unused",
    }
    document = {"@context": {"@version": 1.1, **terms}, "@id": "kept"}
    narrow = Context(document, terms).only({"a", "D", "no term"})
    assert narrow["@id"] == "kept"
    assert narrow["@context"].keys() == {"@version", "e", "id", "kind", "a", "x", "D"}
    assert Context(document, terms).only({"b"})["@context"].keys() == {
        "@version",
        "e",
        "id",
        "kind",
        "b",
        "c",
        "f",
    }
    assert Context(document, terms).takes_terms == {"kind", "a"}


@pytest.mark.parametrize("size", [1, 500])
def test_documents_with_a_narrower_context_say_the_same(
    context: Context, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(artefact("graph/sources").glob("*.yaml"))
    assert len(files) >= 3

    def read() -> list[list[str]]:
        return [
            engine.parse_lines(document, "application/ld+json", base="https://example.org/")
            for path in files
            for document in documents(path, context, "https://example.org/", Claims([]), [], size=size)
        ]

    narrow = read()
    monkeypatch.setattr(Context, "only", lambda self, words: self.document)
    assert read() == narrow
    assert sum(map(len, narrow)) > 1_000


def test_what_each_key_takes(context: Context) -> None:
    def takes(what: str, keys: str) -> list[object]:
        return [getattr(context.takes[key], what) for key in keys.split()]

    assert takes("datatype", "start startMonth free label place role") == [
        "date",
        "gYearMonth",
        "boolean",
        None,
        None,
        None,
    ]
    assert takes("references", "place role label id") == [True, True, False, False]
    assert takes("texts", "labels altLabels label") == [True, True, False]
    assert takes("nodes", "states documents place label") == [True, True, False, False]
    assert "nothing" not in context.takes


FORMS = [
    ("date", "2004-02-29 2004-06-23", "2005-02-29 2004-6-23 23.6.2004 2004-06 20040623 2004-06-23T00:00"),
    ("gYearMonth", "2004-06", "2004-13 2004-6 2004 2004-06-01"),
    ("gYear", "2004 0001", "04 20044 2004-01"),
    ("time", "14:00:00 00:00:00", "24:00:00 14:00 2pm 14:60:00"),
    ("boolean", "true false", "yes no 1 0 True"),
    ("integer", "0 6 -1 10", "06 +1 1.0 one -0"),
    ("decimal", "36.4 -0.5", "36 .5 1e3 36,4"),
]


@pytest.mark.parametrize(("datatype", "good", "bad"), FORMS, ids=[form[0] for form in FORMS])
def test_lexical_forms(datatype: str, good: str, bad: str) -> None:
    assert [text for text in good.split() if expected_form(datatype, text)] == []
    assert [text for text in bad.split() if not expected_form(datatype, text)] == []


def test_other_types_take_any_text() -> None:
    assert expected_form("token", "anything") is None


def test_every_datatype_of_the_context_is_checked(context: Context) -> None:
    types = {takes.datatype for takes in context.takes.values()} - {None}
    assert types - {"string"} == {form[0] for form in FORMS}


@pytest.mark.parametrize("text", ["[]", "{}", '{"@context": []}', '"x"'])
def test_what_is_no_context(tmp_path: Path, text: str) -> None:
    path = tmp_path / "context.jsonld"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no JSON-LD context"):
        read_context(path)


def test_what_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "context.jsonld"
    path.write_text('{\n  "@context": {,}}', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_context(path)
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.column) == (2, 16)


def test_the_document_is_what_the_file_says(context: Context) -> None:
    assert context.document == json.loads(
        (artefact("ontology") / "context.jsonld").read_text(encoding="utf-8")
    )
