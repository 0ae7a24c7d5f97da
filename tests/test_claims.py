"""Sources become claims: named graphs with source, lines and basis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.artefacts import artefact
from muniment.claims import (
    BASIS,
    CLAIM,
    CORRECTED,
    DERIVED_FROM,
    HEDGED,
    PRINTED,
    Claims,
    dangling,
    line_ranges,
    locate,
    read_claims,
    source_files,
)
from muniment.context import read_context
from muniment.errors import InputError, Where
from muniment.terms import DEFAULT_GRAPH, LABEL, TYPE, Quad, iri

BASE = "https://example.org/test/id/"
SOURCE = """\
- id: document/d
  type: Source
  label: D
  file: d.txt
  sha256: aa
  lineCount: 10

- id: claim/d/1
  source: document/d
  lines: 1-2,4
  states:
  - {id: event/e, type: Event, label: E}

- id: claim/d/1/corrected
  source: document/d
  lines: "1"
  basis: corrected
  hedged: true
  states:
  - {id: event/e, hiddenLabel: EE}

- {id: aside/d/3, type: SetAside, source: document/d, lines: "3", reason: layout}
"""


def thing(name: str) -> str:
    return iri(BASE + name)


def read(folder: Path, files: Mapping[str, str | bytes]) -> Claims:
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_claims(source_files(folder), read_context(artefact("ontology") / "context.jsonld"), BASE)


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return read(tmp_path, {"a.yaml": SOURCE})


def test_statements_stand_in_the_graph_of_their_claim(claims: Claims) -> None:
    assert Quad(thing("event/e"), LABEL, '"E"@en', thing("claim/d/1")) in claims.quads
    assert not [q for q in claims.quads if q.subject == thing("event/e") and q.graph == DEFAULT_GRAPH]


def test_metadata_stand_in_the_default_graph(claims: Claims) -> None:
    assert Quad(thing("document/d"), LABEL, '"D"@en', DEFAULT_GRAPH) in claims.quads
    assert (
        Quad(thing("claim/d/1/corrected"), HEDGED, '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>', "")
        in claims.quads
    )


def test_every_claim_gets_its_class_and_a_basis(claims: Claims) -> None:
    found = set(claims.quads)
    for name in ("claim/d/1", "claim/d/1/corrected"):
        assert Quad(thing(name), TYPE, CLAIM, DEFAULT_GRAPH) in found
    bases = {(q.subject, q.object) for q in found if q.predicate == BASIS}
    assert bases == {(thing("claim/d/1"), PRINTED), (thing("claim/d/1/corrected"), CORRECTED)}
    assert Quad(thing("aside/d/3"), TYPE, CLAIM, DEFAULT_GRAPH) not in found


def test_lines_become_fragments_of_the_source(claims: Claims) -> None:
    """RFC 5147 counts the gaps between lines: line 4 is ``line=3,4``."""
    found = sorted(
        q.object for q in claims.quads if q.predicate == DERIVED_FROM and q.subject == thing("claim/d/1")
    )
    assert found == [f"<{BASE}document/d#line=0,2>", f"<{BASE}document/d#line=3,4>"]


def test_a_source_without_lines_has_no_fragments(tmp_path: Path) -> None:
    package = "- {id: document/p, type: Source, label: P, version: '1'}\n- id: claim/p/1\n  source: document/p\n  lines: '1'\n  states: [{id: place/x, label: X}]\n"
    assert not [q for q in read(tmp_path, {"p.yaml": package}).quads if q.predicate == DERIVED_FROM]


def test_records_know_their_places(claims: Claims, tmp_path: Path) -> None:
    path = str(tmp_path / "a.yaml")
    assert claims.places[thing("document/d")] == Where(path, 1, 3)
    assert claims.places[thing("aside/d/3")] == Where(path, 22, 3)
    assert claims.files == (tmp_path / "a.yaml",)


def test_machines_write_other_formats(tmp_path: Path, claims: Claims) -> None:
    quads = f'<{BASE}event/e> <http://www.w3.org/2004/02/skos/core#note> "n" <{BASE}claim/m/1> .\n<{BASE}claim/m/1> <https://w3id.org/muniment/ontology#source> <{BASE}document/d> .\n'
    trig = f'<{BASE}claim/t/1> {{ <{BASE}event/e> <http://www.w3.org/2004/02/skos/core#note> "t" }}'
    jsonld = f'{{"@id": "{BASE}claim/j/1", "@graph": [{{"@id": "{BASE}event/e", "http://www.w3.org/2004/02/skos/core#note": "j"}}]}}'
    found = read(tmp_path, {"m.nq": quads, "t.trig": trig, "j.jsonld": jsonld})
    graphs = {q.graph for q in found.quads if q.predicate.endswith("note>")}
    assert graphs == {thing("claim/m/1"), thing("claim/t/1"), thing("claim/j/1")}
    assert {Quad(graph, TYPE, CLAIM, DEFAULT_GRAPH) for graph in graphs} <= set(found.quads)


def test_many_records_are_read_in_batches(tmp_path: Path) -> None:
    claim = (
        "- id: claim/d/{0}\n  source: document/d\n  lines: '1'\n  states: [{{id: event/e{0}, label: E}}]\n"
    )
    text = SOURCE + "".join(claim.format(n) for n in range(2, 503))
    found = read(tmp_path, {"a.yaml": text})
    assert len({q.graph for q in found.quads}) == 504
    assert found.places[thing("claim/d/502")].line == 22 + 4 * 500 + 1


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("README.md", "b.yaml", "a.nq", "c.csv"):
        (tmp_path / name).touch()
    assert [path.name for path in source_files(tmp_path)] == ["a.nq", "b.yaml"]


def test_no_source_files(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="no source files"):
            source_files(folder)


def test_all_mistakes_of_a_pass_come_together(tmp_path: Path) -> None:
    bad = SOURCE.replace("label: E", "lable: E").replace("hiddenLabel", "hidenLabel")
    with pytest.raises(InputError) as caught:
        read(tmp_path, {"a.yaml": bad, "b.yaml": "- {id: document/d, type: Source}\n"})
    errors = caught.value.errors  # type: ignore[attr-defined]
    assert [(Path(e.where.path).name, e.where.line) for e in errors] == [
        ("a.yaml", 12),
        ("a.yaml", 20),
        ("b.yaml", 1),
    ]


def test_references_to_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"a.yaml": SOURCE.replace("label: E}", "label: E, place: place/x, superEvent: event/f}")}
    )
    errors = list(dangling(found, BASE, [iri("https://w3id.org/muniment/vocab/basis/corrected")]))
    missing = {error.message.split("`")[1].removeprefix("https://w3id.org/muniment/") for error in errors}
    assert {"place/x", "event/f", "vocab/basis/printed", "vocab/reason/layout", "ontology#Event"} <= missing
    assert "vocab/basis/corrected" not in missing
    assert len(errors) == len({(e.where, e.message) for e in errors})


def test_foreign_references_are_not_followed(tmp_path: Path) -> None:
    text = SOURCE.replace("label: E}", "label: E, place: 'https://other.example/place'}")
    errors = dangling(read(tmp_path, {"a.yaml": text}), BASE, [])
    assert not [error for error in errors if "other.example" in error.message]


def test_a_value_is_located_in_its_record(tmp_path: Path, claims: Claims) -> None:
    place = claims.places[thing("claim/d/1/corrected")]
    assert locate(place, "https://w3id.org/muniment/vocab/basis/corrected") == Where(place.path, 17, 10)
    assert locate(place, "nothing") is None
    assert locate(Where(str(tmp_path / "m.nq"), 1), "x") is None


RANGES = st.lists(st.tuples(st.integers(1, 500), st.integers(0, 50)), min_size=1, max_size=5)


@given(RANGES)
def test_line_ranges_round_trip(ranges: list[tuple[int, int]]) -> None:
    text = ",".join(f"{first}-{first + more}" if more else str(first) for first, more in ranges)
    assert line_ranges(text) == [range(first, first + more + 1) for first, more in ranges]


@pytest.mark.parametrize(
    "text", ["", "0", "1-", "-3", "a", "1\u20133", "1,", "1 3", "01", "5-3", "1,9-8", "1.5", "['1', '2']"]
)
def test_what_names_no_lines(text: str) -> None:
    with pytest.raises(ValueError, match=r"no line|ends before"):
        line_ranges(text)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("lines: 9000,5\n  states:\n  - {id: event/x, type: Event}", "line 9000 is outside"),
        ("lines: '5'\n  states: []", "states nothing"),
        (
            "lines: '5'\n  start: 2004-06-23\n  states:\n  - {id: event/x, type: Event}",
            "`start` is said of the claim",
        ),
        (
            "lines: '5'\n  states:\n  - id: claim/d/y\n    source: document/d\n    states:\n    - {id: event/x, type: Event}",
            "a claim stands within a claim",
        ),
    ],
)
def test_a_claim_that_would_lose_something_is_refused(tmp_path: Path, claim: str, message: str) -> None:
    text = f"{SOURCE}\n- id: claim/d/x\n  source: document/d\n  {claim}\n"
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, {"a.yaml": text})
    assert caught.value.where is not None and caught.value.where.line is not None


@pytest.mark.parametrize(("key", "value"), [("lines", '"x"'), ("lines", "<x>"), ("lineCount", '"ten"')])
def test_line_numbers_of_machines_are_checked_too(tmp_path: Path, key: str, value: str) -> None:
    trig = f"<claim/t> <https://w3id.org/muniment/ontology#{key}> {value} ."
    with pytest.raises(InputError, match="claim/t states"):
        read(tmp_path, {"a.trig": trig})
