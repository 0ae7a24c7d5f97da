"""A build that spills and shares its work gives the bytes of one in memory, and finds the same mistakes."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from muniment.build import assemble, build
from muniment.census import Census
from muniment.dumps import JSONLD
from muniment.project import Project, read_project
from muniment.release import Release
from muniment.release_writer import Begun
from muniment.stream.assembling import Assembly
from muniment.stream.crew import Crew, crew
from muniment.stream.deriving import rounds
from muniment.stream.lines import quad_of
from muniment.stream.place import Limits, Place
from muniment.stream.query_reads import Reads
from muniment.terms import TYPE, Quad, iri, nquads
from muniment.vocabulary import read_vocabulary

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SMALL = Limits(in_memory=0, lines=50, processes=2, piece=2_000)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        from synthetic import generate

        yield read_project(generate(tmp_path_factory.mktemp("synthetic"), events=60, seed=5))
    sys.modules.pop("synthetic", None)


def files_of(release: Release) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in release.path.iterdir() if path.is_file()}


def same(one: Release, other: Release) -> None:
    found, expected = files_of(one), files_of(other)
    assert len(expected) >= 9
    assert found == expected
    quads = sorted(one.open(in_memory_quads=0).graphs().items())
    assert quads == sorted(other.open(in_memory_quads=0).graphs().items())


def test_tiny_runs_and_two_processes_give_the_same_bytes(
    tiny: Project, tiny_release: Release, tmp_path: Path
) -> None:
    spilled = build(dataclasses.replace(tiny, releases=tmp_path), full=True, limits=SMALL)
    same(spilled, tiny_release)
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "current", spilled.id}


def test_a_dump_whose_process_died_is_written_by_another(
    tiny: Project, tiny_release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died: list[Begun] = []

    def begin(folder: Path, *_: object) -> Begun:
        written: Future[None] = Future()
        written.set_exception(BrokenProcessPool())
        died.append(Begun(JSONLD, folder, written))
        return died[0]

    monkeypatch.setattr("muniment.build.begin_dump", begin)
    same(build(dataclasses.replace(tiny, releases=tmp_path), full=True, limits=SMALL), tiny_release)
    assert len(died) == 1


def test_the_real_dataset_too(release: object, tmp_path: Path) -> None:
    limits = Limits(in_memory=0, lines=3_000, processes=1, piece=30_000)
    project: Project = release.project  # type: ignore[attr-defined]
    same(
        build(dataclasses.replace(project, releases=tmp_path), full=True, limits=limits),
        release.release,  # type: ignore[attr-defined]
    )


def test_what_is_streamed_is_what_is_assembled_in_memory(synthetic: Project, tmp_path: Path) -> None:
    """``muniment check`` reads everything into memory, as it needs places: two ways to the same lines."""
    vocabulary, graph = read_vocabulary(synthetic), assemble(synthetic)
    place = Place(tmp_path, dataclasses.replace(SMALL, lines=200, piece=20_000))
    found = Assembly(synthetic, vocabulary, place, Crew(1)).run()
    assert list((found.default + found.named).lines()) == list(
        nquads([*graph.default, *graph.named, *vocabulary.graphs()])
    )
    assert list(found.default.lines()) == list(nquads(graph.default))
    assert found.triples == len(graph.default) > 2_000
    assert len(list(tmp_path.glob("objects-*"))) > 5
    assert not list(tmp_path.glob("claims-*"))
    assert "disagreement" in "".join(found.default.lines())


def test_a_catalogue_that_gives_a_class_to_what_the_data_name(tiny: Project, tmp_path: Path) -> None:
    """The dataset itself, say: what was counted of it before is counted anew."""
    about = f"<{tiny.ids}event/x> <http://rdfs.org/ns/void#inDataset> <{tiny.base}> <{tiny.ids}claim/x/1> .\n"
    project = dataclasses.replace(tiny, sources=tmp_path / "sources", releases=tmp_path / "releases")
    project.sources.mkdir()
    for path in tiny.sources.iterdir():
        (project.sources / path.name).write_bytes(path.read_bytes())
    (project.sources / "x.nq").write_text(about, encoding="utf-8")
    graph = assemble(project)
    recounted = Census([q for q in graph.default if q.predicate != TYPE or "catalogue" not in q.subject])
    assert recounted.knows(iri(project.base))
    found = Assembly(project, read_vocabulary(project), Place(), Crew(1)).run()
    assert list(found.default.lines()) == list(nquads(graph.default))


RULES = {
    "1-one.rq": "CONSTRUCT { ?s <u:one> ?o } { ?s rdfs:label ?o }",
    "2-beside.rq": "CONSTRUCT { ?s <u:beside> ?p } { ?s schema:location ?p }",
    "3-two.rq": "CONSTRUCT { ?s <u:two> ?o } { ?s <u:one> ?o }",
    "4-labels.rq": "CONSTRUCT { ?s <u:called> ?o } { ?s a <https://w3id.org/muniment/ontology#Rule> ; rdfs:label ?o }",
    "5-graphs.rq": "CONSTRUCT { ?g <u:says> ?o } { GRAPH ?g { ?s <u:two> ?o } }",
    "6-anything.rq": "CONSTRUCT { ?s <u:three> 1 } { ?s ?p <https://w3id.org/muniment/ontology#Rule> }",
}


def test_rules_that_see_each_other_are_asked_one_after_the_other(tiny: Project, tmp_path: Path) -> None:
    project = dataclasses.replace(tiny, queries=tmp_path / "queries", releases=tmp_path / "releases")
    rules = project.queries / "rules"
    rules.mkdir(parents=True)
    for name, text in RULES.items():
        head = f"#+ title: {name}\n#+ question: What does {name} derive?\n#+ tags: [rule]\n"
        names = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\nPREFIX schema: <https://schema.org/>\n"
        (rules / name).write_text(head + names + text + "\n", encoding="utf-8")
    graph, found = assemble(project), tmp_path / "found"
    found.mkdir()
    place = Place(found, SMALL)
    with crew(2) as hands:
        streamed = Assembly(project, read_vocabulary(project), place, hands).run()
    text = "".join(streamed.default.lines())
    assert all(f" <u:{name}> " in text for name in ("one", "beside", "two", "called", "says", "three"))
    assert list(streamed.default.lines()) == list(nquads(graph.default))


def test_rounds_of_rules() -> None:
    def what(read: str, made: str) -> Reads:
        return Reads(frozenset(read.split() + made.split()), named=False, made=frozenset(made.split()))

    assert rounds([what("a", "b"), what("a c", "d")]) == [[0, 1]]
    assert rounds([what("a", "b"), what("b", "d")]) == [[0], [1]]
    assert rounds([what("a", "b"), what("c", "b")]) == [[0], [1]]
    assert rounds([what("a", "b"), what("c", "d"), what("b", "e"), what("d", "f")]) == [[0, 1], [2, 3]]
    assert rounds([what("a", "b"), what(TYPE, "c")]) == [[0], [1]]
    assert rounds([what("a", "b"), None, what("c", "d"), what("e", "f")]) == [[0], [1], [2, 3]]
    assert rounds([]) == []


def test_lines_are_quads() -> None:
    for quad in (
        Quad("<s>", "<p>", '"a <b> .\\" c"@en', "<g>"),
        Quad("<s>", "<p>", '"a"', ""),
        Quad("_:s", "<p>", "_:o", "<g>"),
        Quad("<s>", "<p>", '"1"^^<t>', ""),
    ):
        assert quad_of(quad.line()) == quad
