"""Canonical files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import rdflib

from muniment.canonical import canonical, canonical_turtle, canonical_yaml, files_to_format
from muniment.errors import InputError
from muniment.vocabulary import default_prefixes

ROOT = Path(__file__).resolve().parents[1]
FILES = list(files_to_format([ROOT / "ontology", ROOT / "shapes", ROOT / "graph" / "sources"]))
HERE = Path("here")


def test_the_files_were_found() -> None:
    assert len(FILES) >= 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_of_the_project_are_canonical(path: Path) -> None:
    assert canonical(path, default_prefixes()) == path.read_text(encoding="utf-8"), "run `muniment format`"


def test_order_does_not_show() -> None:
    lines = [
        f'<https://example.org/{n}> <https://example.org/p> "{n}", [ <https://example.org/q> {n} ] .'
        for n in range(9)
    ]
    texts = set()
    for seed in range(6):
        random.Random(seed).shuffle(lines)
        texts.add(canonical_turtle("\n".join(lines), {}, HERE))
    assert len(texts) == 1


def test_comments_and_style_of_yaml_stay() -> None:
    text = "# why\n- id: a\n  lines: '7'  # seven\n  states:\n  - {id: b, label: a b}\n"
    assert canonical_yaml(text, HERE) == text
    assert canonical_yaml(text.replace("  - {id: b", "    -   {id:   b"), HERE) == text


@pytest.mark.parametrize(
    ("read", "text", "line"),
    [(canonical_yaml, "- id: a\n  b: c: d\n", 2)],
)
def test_what_cannot_be_read_is_told_with_its_line(read: object, text: str, line: int) -> None:
    with pytest.raises(InputError) as caught:
        read(text, HERE)  # type: ignore[operator]
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_a_day_that_does_not_exist_is_told() -> None:
    with pytest.raises(InputError, match="a value cannot be read: month must be in"):
        canonical_yaml("- start: 2019-13-45\n", HERE)


def test_turtle_that_cannot_be_read_is_told() -> None:
    with pytest.raises(InputError, match="not Turtle"):
        canonical_turtle("<https://example.org/a> <b> .", {}, HERE)


def test_white_space_within_a_text_is_data() -> None:
    text = '<https://example.org/a> <https://example.org/b> """x  \ny \\"\\"\\" ""z \n""" .'
    before, after = rdflib.Graph().parse(data=text), rdflib.Graph()
    after.parse(data=canonical_turtle(text, {}, HERE))
    assert set(after) == set(before)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"- id: a\n# caf\xe9\n")
    with pytest.raises(InputError, match="not UTF-8"):
        canonical(path, {})
