"""Every kind of bad input gives an ``InputError`` with file, line, column where it can, and a remedy; never another exception.

Each case spoils one file of a small project that builds, and names the place and a part of the message and of the remedy that come of it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from muniment.artefacts import artefact
from muniment.build import assemble, build, check_graph
from muniment.errors import InputError, InputErrors, Where
from muniment.project import find_project
from muniment.stream.place import Limits

SOURCE = """\
- id: document/d
  type: Source
  label: A source
  file: d.txt
  sha256: 0000000000000000000000000000000000000000000000000000000000000000
  lineCount: 10

- id: claim/d/1
  source: document/d
  lines: 1-2
  states:
  - id: event/e
    type: Event
    label: An event
    start: 2004-06-23
    attendance: open
    place: place/p
  - {id: place/p, type: Place, label: A place}

- id: aside/d/3
  type: SetAside
  source: document/d
  lines: "3"
  reason: layout
"""
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
ranking = ["document/d"]

[limits]
incoming_links = 10
"""
TURTLE = """\
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

<https://example.org/more> a owl:Ontology ;
  rdfs:label "More"@en .
"""
RULE = """\
#+ title: Nothing
#+ question: What follows from nothing?
#+ tags: [rule]
CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(false) }
"""
QUADS = "<https://example.org/test/id/event/e> <https://schema.org/url> <https://example.org/> <https://example.org/test/id/claim/m/1> .\n"
YAML, MORE, TOML, TTL, SHAPES, RQ, NQ, CONTEXT = (
    "sources/a.yaml",
    "sources/b.yaml",
    "muniment.toml",
    "ontology/more.ttl",
    "shapes/more.ttl",
    "queries/rules/90-nothing.rq",
    "sources/m.nq",
    "ontology/context.jsonld",
)
FILES = {YAML: SOURCE, TOML: PROJECT, TTL: TURTLE, SHAPES: TURTLE, RQ: RULE}


@dataclass(frozen=True)
class Case:
    """What is done to a file (``old`` is replaced; without it ``new`` is the file), and the complaint that follows."""

    name: str
    file: str
    old: str | None
    new: str | bytes
    line: int | None
    column: int | None
    message: str
    hint: str | None = None


# fmt: off
CASES = [
    # YAML
    Case("yaml-that-does-not-parse", YAML, "label: An event", "label: [An event", 15, 10, "not YAML"),
    Case("yaml-colon-in-a-value", YAML, "An event", "An event: the first", 14, 20, "not YAML", "needs quotes"),
    Case("yaml-quote-that-never-ends", YAML, "label: An event", "label: 'An event", 25, 1, "not YAML"),
    Case("tab-indentation", YAML, "  type: Source", "\ttype: Source", 2, 1, "not YAML", "Indent with spaces."),
    Case("wrong-indentation", YAML, "  lines: 1-2", "   lines: 1-2", 10, 9, "not YAML"),
    Case("control-character", YAML, "A source", "A \x07source", None, None, "not YAML"),
    Case("not-utf-8", YAML, None, SOURCE.replace("A place", "A plÁce").encode("latin-1"), 18, 43, "not UTF-8", "Byte 0xC1"),
    Case("utf-16", YAML, None, SOURCE.encode("utf-16"), 1, 1, "not UTF-8", "save the file as UTF-8"),
    Case("a-map-not-a-list", YAML, None, "id: document/d\n", 1, 1, "a list of records"),
    Case("plain-text", YAML, None, "what is this\n", 1, 1, "a list of records"),
    Case("a-record-that-is-text", YAML, "- id: aside/d/3", "- text\n- id: aside/d/3", 20, 3, "a record should be a map"),
    Case("an-anchor", YAML, "- id: aside/d/3", "- *x\n- id: aside/d/3", 20, 3, "anchors and aliases"),
    Case("a-key-that-is-a-list", YAML, "label: An event", "[a, b]: An event", 14, 5, "a key should be a word"),
    Case("a-second-document", YAML, "- id: aside", "---\n- id: aside", 20, 1, "a second YAML document", "`---`"),
    Case("duplicated-key", YAML, "label: An event", "label: An event\n    label: Another", 15, 5, "`label` stands twice"),
    Case("nested-too-deep", YAML, "label: An event", f"label: {'[' * 3000}{']' * 3000}", None, None, "nested too deep"),
    # terms
    Case("unknown-key", YAML, "label: An event", "lable: An event", 14, 5, "`lable` is no term", "Did you mean `label`?"),
    Case("unknown-key-of-a-record", YAML, "  lines: 1-2", "  line: 1-2", 10, 3, "`line` is no term", "Did you mean `lines`?"),
    Case("prefixed-key", YAML, "label: An event", "rdfs:label: An event", 14, 5, "`rdfs:label` is no term", "`label`"),
    Case("key-that-is-nothing-like-any", YAML, "label: An event", "qqqq: An event", 14, 5, "`qqqq` is no term"),
    Case("key-that-is-a-class", YAML, "label: An event", "Event: An event", 14, 5, "`Event` is no term", "`event`"),
    Case("unknown-class", YAML, "type: Event", "type: Evant", 13, 11, "`Evant` is no class", "Did you mean `Event`?"),
    Case("unknown-class-in-a-list", YAML, "type: Place", "type: [Place, Cty]", 18, 33, "`Cty` is no class", "`City`"),
    # ids and references
    Case("reference-to-nothing", YAML, "place: place/p", "place: place/q", 17, 12, "nothing describes `place/q`", "Did you mean `place/p`?"),
    Case("reference-to-nothing-like-it", YAML, "place: place/p", "place: zzz/zzz", 17, 12, "nothing describes `zzz/zzz`", "Describe it"),
    Case("reference-of-a-record", YAML, "  source: document/d\n  lines: 1-2", "  source: document/e\n  lines: 1-2", 9, 11, "nothing describes `document/e`", "`document/d`"),
    Case("reference-that-is-no-iri", YAML, "place: place/p", "place: a place", 17, 12, "is no IRI"),
    Case("unknown-controlled-value", YAML, "attendance: open", "attendance: opem", 16, 17, "vocab/attendance/opem", "attendance/open`"),
    Case("unknown-reason", YAML, "reason: layout", "reason: lay-out", 24, 11, "vocab/reason/lay-out", "reason/layout`"),
    Case("unknown-basis", YAML, "  lines: 1-2", "  lines: 1-2\n  basis: infered", 11, 10, "vocab/basis/infered", "basis/inferred`"),
    Case("duplicated-id", YAML, "id: aside/d/3", "id: claim/d/1", 20, 3, "the id `claim/d/1` is taken", "a.yaml:8:3"),
    Case("duplicated-id-in-another-file", MORE, None, SOURCE[: SOURCE.index("\n\n") + 1], 1, 3, "the id `document/d` is taken", "a.yaml:1:3"),
    Case("id-with-a-blank", YAML, "id: event/e", "id: event e", 12, 5, "`event e` is no id", "joined by `-`"),
    Case("id-that-is-an-iri", YAML, "id: event/e", "id: https://example.org/e", 12, 5, "is no id", "joined by `-`"),
    Case("id-that-climbs", YAML, "id: event/e", "id: event/../e", 12, 5, "is no id", "joined by `-`"),
    Case("node-without-id", YAML, "- id: event/e\n    type", "- type", 12, 5, "a node without `id`", "Give it an `id`."),
    Case("record-without-id", YAML, "- id: aside/d/3\n  type", "- type", 20, 3, "a node without `id`", "Give it an `id`."),
    Case("nested-node-without-id", YAML, "place: place/p", "place: {label: A place}", 17, 12, "a node without `id`", "Give it an `id`."),
    # claims
    Case("statement-outside-a-claim", YAML, "- id: aside/d/3\n  type: SetAside", "- id: event/f\n  type: Event", 20, 3, "outside a claim", "under the `states` of a claim"),
    Case("claim-without-source", YAML, "  source: document/d\n  lines: 1-2", "  lines: 1-2", 8, 3, "names no `source`", "source: document/"),
    Case("states-that-are-text", YAML, "  states:\n  - id: event/e\n    type: Event\n    label: An event\n    start: 2004-06-23\n    attendance: open\n    place: place/p\n  - {id: place/p, type: Place, label: A place}\n", "  states: text\n", 11, 11, "holds nodes, not text", "{id: ...}"),
    Case("lines-outside-the-source", YAML, "lines: 1-2", "lines: 9-11", 10, 10, "line 11 is outside the source, which has 10 lines"),
    Case("lines-of-an-aside-outside", YAML, 'lines: "3"', 'lines: "99"', 23, 10, "line 99 is outside the source"),
    Case("lines-reversed", YAML, "lines: 1-2", "lines: 2-1", 10, 3, "`2-1` ends before it starts", "`89-95`"),
    Case("lines-from-zero", YAML, "lines: 1-2", "lines: 0-2", 10, 3, "`0-2` is no line", "`89-95`"),
    Case("lines-with-a-dash", YAML, "lines: 1-2", "lines: 1\u20132", 10, 3, "is no line", "`89-95`"),
    Case("lines-as-a-list", YAML, "lines: 1-2", "lines: [1, 2]", 10, 3, "is no line", "`24-27,34`"),
    # values
    Case("impossible-date", YAML, "2004-06-23", "2004-02-30", 15, 12, "`start: 2004-02-30` is not a day that exists"),
    Case("date-in-another-form", YAML, "2004-06-23", "23.6.2004", 15, 12, "is not a day that exists, as 2004-06-23"),
    Case("month-as-a-day", YAML, "2004-06-23", "2004-06", 15, 12, "is not a day that exists"),
    Case("time-without-seconds", YAML, "start: 2004-06-23", 'startTime: "14:00"', 15, 16, "is not a time of day, as 14:00:00"),
    Case("yes-for-true", YAML, "start: 2004-06-23", "free: yes", 15, 11, "is not true or false"),
    Case("number-with-words", YAML, "lineCount: 10", "lineCount: ten", 6, 14, "is not a whole number"),
    Case("no-value", YAML, "label: An event", "label:", 14, 5, "`label` has no value", "Leave the key out."),
    Case("list-in-a-list", YAML, "label: An event", "label: [[An event]]", 14, 5, "a list within a list"),
    Case("node-for-text", YAML, "label: An event", "label: {id: event/f}", 14, 12, "holds text, not a node", "{value: ..., lang: fr}"),
    Case("wrong-language-tag", YAML, "label: An event", "labels: {in french: x}", 14, 14, "`in french` is no language tag", "`en`"),
    Case("text-for-a-language-map", YAML, "label: An event", "labels: x", 14, 5, "a map from language to text", "`labels: {en: ..., fr: ...}`"),
    # what machines write
    Case("nquads", NQ, None, f"{QUADS}<a:s> <a:p> .\n", 2, 13, "not application/n-quads"),
    Case("nquads-not-utf-8", NQ, None, QUADS.encode() + b'<a:s> <a:p> "\xe9" .\n', 2, None, "not application/n-quads"),
    Case("trig", "sources/m.trig", None, "<a:g> { <a:s> nope:p <a:o> }\n", 1, 15, "not application/trig", "@prefix nope:"),
    Case("jsonld", "sources/m.jsonld", None, '{"@id": "a:s",\n "x" }\n', 2, 6, "not application/ld+json"),
    # Turtle
    Case("turtle", TTL, "rdfs:label", "rdfs:label;", 5, 13, "not text/turtle"),
    Case("turtle-wrong-prefix", TTL, "  rdfs:label", "  rfds:label", 5, 3, "not text/turtle", "@prefix rfds:"),
    Case("turtle-string-that-never-ends", TTL, '"More"', '"More', 5, 14, "not text/turtle"),
    Case("turtle-not-utf-8", TTL, None, TURTLE.replace("More", "Môre").encode("latin-1"), 5, None, "not text/turtle"),
    Case("turtle-no-ontology", TTL, "a owl:Ontology ;", "a owl:Thing ;", None, None, "no ontology IRI", "a owl:Ontology"),
    Case("shapes", SHAPES, "  rdfs:label", "  nope:label", 5, 3, "not text/turtle", "@prefix nope:"),
    # the context
    Case("context-no-json", CONTEXT, None, '{"@context": {\n  "id": "@id",\n}}', 3, 1, "not JSON"),
    Case("context-no-context", CONTEXT, None, "{}", None, None, "no JSON-LD context", '{"@context": {...}}'),
    Case("context-not-utf-8", CONTEXT, None, b'{\n"\xe9": 1}', 2, 2, "not UTF-8", "save the file as UTF-8"),
    # muniment.toml
    Case("toml", TOML, 'title = "A test"', "title = A test", 2, 9, "not TOML", "in quotes"),
    Case("toml-key-twice", TOML, 'title = "A test"', 'title = "A test"\ntitle = "B"', 3, None, "not TOML"),
    Case("toml-not-utf-8", TOML, None, PROJECT.replace("A test", "Ä test").encode("latin-1"), 2, 10, "not UTF-8", "save the file as UTF-8"),
    Case("toml-unknown-key", TOML, "title =", "titel =", 2, None, "unknown key `titel` in [dataset]", "Did you mean `title`?"),
    Case("toml-unknown-key-of-limits", TOML, "incoming_links =", "incoming_link =", 16, None, "unknown key `incoming_link`", "`incoming_links`"),
    Case("toml-unknown-section", TOML, "[limits]", "[limit]", 15, None, "unknown section `limit`", "Did you mean `limits`?"),
    Case("toml-wrong-type", TOML, "incoming_links = 10", 'incoming_links = "10"', 16, None, "`incoming_links` should be a whole number"),
    Case("toml-true-for-a-number", TOML, "incoming_links = 10", "incoming_links = true", 16, None, "`incoming_links` should be a whole number"),
    Case("toml-list-of-what", TOML, '["document/d"]', "[1]", 13, None, "`ranking` should be a list of texts"),
    Case("toml-nothing-ranked", TOML, '["document/d"]', '["document/e"]', 13, None, "nothing describes `document/e`", "Did you mean `document/d`?"),
    Case("toml-base-without-slash", TOML, "test/", "test", 3, None, "`base` is not an http(s) IRI that ends in `/`", "https://example.org/test/"),
    Case("toml-missing", TOML, 'title = "A test"\n', "", None, None, "[dataset] lacks `title`", 'title = "..."'),
    # rules
    Case("rule-without-header", RQ, "#+ title: Nothing\n", "", 1, None, "the header lacks title", "#+ title: ..."),
    Case("rule-header-no-yaml", RQ, "tags: [rule]", "tags: [rule", 3, None, "the header is not YAML", "#+ tags"),
    Case("rule-unknown-key", RQ, "question:", "qestion:", 2, 4, "no key `qestion`", "Did you mean `question`?"),
    Case("rule-not-utf-8", RQ, None, RULE.encode() + b"# \xe9\n", 5, 3, "not UTF-8", "UTF-8"),
    Case("rule-no-sparql", RQ, "CONSTRUCT {", "CONSTRUC {", 4, None, "no query follows the header", "CONSTRUCT"),
    Case("rule-bad-sparql", RQ, "FILTER(false)", "FILTER(", 4, 49, "never closed"),
    Case("rule-that-selects", RQ, "CONSTRUCT { ?s ?p ?o }", "SELECT *", 4, None, "a CONSTRUCT query is needed here"),
]
# fmt: on


SPILLED = Limits(in_memory=0, lines=20, processes=1, piece=100)
"""A build that keeps nothing in memory."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with an ontology, shapes and rules of its own."""
    for name in ("ontology", "shapes"):
        shutil.copytree(artefact(name), tmp_path / name)
    shutil.copytree(artefact("queries") / "rules", tmp_path / "queries" / "rules")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_unspoilt_the_project_is_sound(folder: Path) -> None:
    graph = assemble(find_project(folder))
    assert check_graph(graph).conforms


def test_the_table_is_of_one_piece() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 80
    for case in CASES:
        assert case.old is None or FILES[case.file].count(case.old) == 1, case.name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(folder: Path, case: Case) -> None:
    new = case.new if case.old is None else FILES[case.file].replace(case.old, str(case.new))
    (folder / case.file).write_bytes(new if isinstance(new, bytes) else new.encode())
    with pytest.raises(InputError) as caught:
        assemble(find_project(folder))
    error = caught.value
    assert not isinstance(error, InputErrors), str(error)
    assert error.where is not None
    assert Path(error.where.path) == folder / case.file
    assert error.where.line == case.line
    if case.column is not None:
        assert error.where.column == case.column
    assert case.message in error.message
    assert case.hint is None or (error.hint and case.hint in error.hint), error.hint
    assert str(error).startswith(str(error.where))
    assert "Error(" not in str(error) and "Traceback" not in str(error)
    with pytest.raises(InputError) as streamed:
        build(find_project(folder), limits=SPILLED)
    assert str(streamed.value) == str(error)
    assert not list((folder / "releases").glob(".unfinished-*"))


def test_several_mistakes_are_reported_together_in_order(folder: Path) -> None:
    text = (
        SOURCE.replace("label: An event", "lable: An event")
        .replace("2004-06-23", "2004-02-30")
        .replace("1-2", "2-1")
    )
    (folder / YAML).write_text(text, encoding="utf-8")
    (folder / MORE).write_text("- {id: event/f, type: Event}\n", encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        assemble(find_project(folder))
    with pytest.raises(InputErrors) as streamed:
        build(find_project(folder), limits=SPILLED)
    assert str(streamed.value) == str(caught.value)
    found = [(Path(e.where.path).name, e.where.line) for e in caught.value.errors if e.where]
    assert found == [("a.yaml", 14), ("a.yaml", 15), ("b.yaml", 1)]
    assert str(caught.value).count("\n") >= 2


def test_a_place_prints_as_editors_read_it() -> None:
    assert [str(Where("a", *rest)) for rest in ((), (3,), (3, 5))] == ["a", "a:3", "a:3:5"]
