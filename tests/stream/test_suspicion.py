"""A build that spills tells mistakes in the words of reading everything, and reads only the files that they concern."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment import build as building
from muniment.artefacts import artefact
from muniment.build import assemble, build
from muniment.claims import claims_and_mistakes
from muniment.errors import InputError, InputErrors
from muniment.project import find_project
from muniment.stream import suspicion
from muniment.stream.place import Limits

SPILLED = Limits(in_memory=0, lines=20, processes=1, piece=300)
PROJECT = """\
[dataset]
title = "A test"
base = "https://example.org/test/"
license = "https://creativecommons.org/publicdomain/zero/1.0/"

[paths]
sources = "sources"
ontology = "ontology"
shapes = "shapes"
queries = "queries"

[sources]
ranking = ["document/a"]
"""
SOURCE = """\
- id: document/{name}
  type: Source
  label: A source
  file: {name}.txt
  sha256: 0000000000000000000000000000000000000000000000000000000000000000
  lineCount: 10

- id: claim/{name}/1
  source: document/{name}
  lines: 1-2
  states:
  - id: event/{name}
    type: Event
    label: An event
    start: 2004-06-23
    attendance: open
    place: place/{name}
  - {{id: place/{name}, type: Place, label: A place}}

- id: claim/{name}/3
  source: document/{other}
  lines: 3
  states:
  - id: event/{name}
    organizer: place/{other}

- id: aside/{name}/4
  type: SetAside
  source: document/{other}
  lines: "4"
  reason: layout
"""
NAMES = "abcdef"
EDITS: dict[str, tuple[str, str]] = {
    "key": ("label: An event", "lable: An event"),
    "date": ("2004-06-23", "2004-02-30"),
    "reference": ("    place: place/", "    place: place/x"),
    "value": ("attendance: open", "attendance: opem"),
    "of a record": ("lines: 3\n", "lines: 3\n  basis: infered\n"),
    "beyond": ("lines: 1-2", "lines: 9-11"),
    "beyond of another": ("lines: 3\n", "lines: 2,12\n"),
    "short source": ("lineCount: 10", "lineCount: 2"),
    "source with a mistake": ("lineCount: 10", "lineCount: 2\n  lable: x"),
    "aside": ('lines: "4"', 'lines: "44"'),
    "no yaml": ("label: A place}", "label: A place"),
    "not utf-8": ("A source", "A source \udcff"),
    "taken": ("- id: aside/", "- id: claim/a/1\n  type: SetAside\n  reason: layout\n- id: aside/"),
    "taken beside a mistake": (
        "- id: aside/",
        "- id: claim/a/1\n  type: SetAside\n  reason: layout\n- id: aside/x\n  lable: x\n- id: aside/",
    ),
    "outside": ("- id: aside/", "- id: event/x\n  type: Event\n- id: aside/"),
    "record with a mistake": ("- id: claim/{name}/1\n", "- id: claim/{name}/1\n  lable: x\n"),
}
"""What is spoilt in a file, by name."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of several files that name each other's sources."""
    folder = tmp_path_factory.mktemp("sound")
    for name in ("ontology", "shapes"):
        shutil.copytree(artefact(name), folder / name)
    (folder / "queries" / "rules").mkdir(parents=True)
    (folder / "sources").mkdir()
    (folder / "muniment.toml").write_text(PROJECT, encoding="utf-8")
    spoil(folder, {})
    assemble(find_project(folder))
    return folder


def spoil(folder: Path, edits: dict[str, Sequence[str]]) -> None:
    """Write the sources anew, each with its mistakes."""
    for number, name in enumerate(NAMES):
        text = SOURCE.format(name=name, other=NAMES[number - 1])
        for edit in edits.get(name, ()):
            old, new = (part.replace("{name}", name) for part in EDITS[edit])
            text = text.replace(old, new, 1)
        (folder / "sources" / f"{name}.yaml").write_bytes(text.encode(errors="surrogateescape"))


def complaint(act: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        act()
    error = caught.value
    return "\n".join(map(str, error.errors if isinstance(error, InputErrors) else [error]))


class Everything(Exception):
    """All files would be read."""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read in order to tell."""
    found: list[str] = []

    def noted(files: Sequence[Path], *rest: object) -> object:
        found.extend(path.stem for path in files)
        return claims_and_mistakes(files, *rest)  # type: ignore[arg-type]

    def everything(*_: object) -> None:
        raise Everything

    monkeypatch.setattr(suspicion, "claims_and_mistakes", noted)
    monkeypatch.setattr(building, "_claims", everything)
    return found


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"c": ["key"]}, "c"),
        ({"c": ["key", "date", "outside"]}, "c"),
        ({"c": ["no yaml"], "b": ["key"], "e": ["date"]}, "bce"),
        ({"c": ["not utf-8"]}, "c"),
        ({"d": ["taken"]}, "ade"),
        ({"d": ["taken", "key"]}, "ade"),
        ({"d": ["taken beside a mistake"]}, "deade"),
        ({"d": ["reference"]}, "d"),
        ({"d": ["reference", "value"], "b": ["of a record"]}, "bd"),
        ({"d": ["beyond"], "b": ["reference"]}, "bd"),
        ({"d": ["beyond of another"]}, "d"),
        ({"c": ["short source"]}, "d"),
        ({"c": ["short source", "date"]}, "ccd"),
        ({"c": ["source with a mistake"], "d": ["beyond of another"]}, "c"),
        ({"d": ["aside"]}, "d"),
    ],
)
def test_only_what_is_concerned_is_read(
    sound: Path, read: list[str], edits: dict[str, Sequence[str]], expected: str
) -> None:
    spoil(sound, edits)
    project = find_project(sound)
    told = complaint(lambda: build(project, limits=SPILLED))
    assert "".join(read) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.undo()
        assert told == in_memory(sound)


def in_memory(folder: Path) -> str:
    from muniment.claims import dangling, read_claims, source_files
    from muniment.errors import raise_all
    from muniment.vocabulary import read_vocabulary

    project = find_project(folder)
    vocabulary = read_vocabulary(project)

    def act() -> None:
        claims = read_claims(source_files(project.sources), vocabulary.context, project.ids)
        raise_all(list(dangling(claims, project.ids, {q.subject for q in vocabulary.ontology})))

    return complaint(act)


def test_a_ranking_of_what_nothing_describes(sound: Path, read: list[str]) -> None:
    spoil(sound, {"d": ["reference"]})
    file = sound / "muniment.toml"
    file.write_text(PROJECT.replace('["document/a"]', '["document/aa"]'), encoding="utf-8")
    try:
        told = complaint(lambda: build(find_project(sound), limits=SPILLED))
    finally:
        file.write_text(PROJECT, encoding="utf-8")
    assert read == ["d"]
    assert told.index("muniment.toml:13: nothing describes `document/aa`") < told.index("d.yaml")
    assert "Did you mean `document/a`?" in told and "Did you mean `place/d`?" in told


@pytest.mark.parametrize("many", [False, True])
def test_what_needs_everything(
    sound: Path, read: list[str], monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    """Mistakes about what machines wrote; and too many of them."""
    spoil(sound, {name: ["reference"] for name in NAMES} if many else {})
    monkeypatch.setattr(suspicion, "ENOUGH", 3 if many else 500)
    lines = "<https://example.org/test/id/event/a> <https://schema.org/location> <https://example.org/test/id/place/x> <https://example.org/test/id/claim/a/1> .\n"
    written = sound / "sources" / "m.nq"
    if not many:
        written.write_text(lines, encoding="utf-8")
    try:
        with pytest.raises(Everything):
            build(find_project(sound), limits=SPILLED)
    finally:
        written.unlink(missing_ok=True)
    assert read == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3, unique=True)
    ).filter(bool)
)
def test_any_mistakes(sound: Path, edits: dict[str, list[str]]) -> None:
    spoil(sound, edits)
    project = find_project(sound)
    assert complaint(lambda: build(project, limits=SPILLED)) == in_memory(sound)
