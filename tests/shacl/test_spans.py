"""A graph in files of sorted lines is validated span by span, with the report of the graph in memory, byte for byte."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment.build import assemble
from muniment.project import read_project
from muniment.shacl import shards, spans
from muniment.shacl.incremental import revalidate
from muniment.shacl.shards import plan, validate_sharded
from muniment.shacl.sorted_statements import SortedStatements
from muniment.shacl.spans import validate_lines
from muniment.stream.crew import Crew, crew
from muniment.stream.lines import lines_of, turned
from muniment.stream.place import Limits, Place
from muniment.stream.sorting import Filed, Listed, Ordered, in_order
from muniment.terms import LABEL, SCHEMA, TYPE, Quad, iri
from muniment.validation import ValidationReport

from .planted import ROOT, changed, data, everything, shapes
from .test_incremental import difference
from .test_shards import CLASSES, FAR, NODES, PATHS, of_turtle, reference, triples

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
Sorted = tuple[Ordered, Ordered]
reuse = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def spread(quads: Sequence[Quad], folder: Path, size: int) -> Sorted:
    """A graph by subject and by object, in runs of so many lines: files, but for what would be a catalogue."""
    place = Place(folder, Limits(lines=size))
    lines = lines_of(quads)
    found = []
    for name, some in (("subjects", lines), ("objects", [turned(line, "x") for line in lines])):
        sorter = place.sorter(name)
        for line in some[: -len(some) // 9]:
            sorter.add(line)
        found.append(sorter.done() + Ordered((Listed(in_order(some[-len(some) // 9 :])),)))
    return found[0], found[1]


def graph_of(report: ValidationReport) -> str:
    return report.graph.serialize(format="longturtle", canon=True)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many focus nodes each span had."""
    found: list[int] = []

    def counted(*args: object) -> Iterator[str]:
        nodes = list(foci(*args))  # type: ignore[arg-type]
        found.append(len(nodes))
        return iter(nodes)

    foci: Callable[..., Iterator[str]] = spans._foci
    monkeypatch.setattr(spans, "_foci", counted)
    return found


def test_all_planted_faults_in_small_runs(tmp_path: Path, watched: list[int]) -> None:
    expected = validate_sharded(everything(), shapes())
    by_subject, by_object = spread(everything(), tmp_path, 40)
    assert sum(isinstance(run, Filed) for run in by_subject.runs) > 20
    for size in (100, 25_000):
        found = validate_lines(by_subject, by_object, shapes(), Crew(1), size=size)
        assert found.results == expected.results and len(found.results) > 100
        assert graph_of(found) == graph_of(expected)
    assert len(watched) == 2 * spans.SPANS and min(watched) > 10


@reuse
@given(data(), st.integers(10, 100))
def test_generated_data(tmp_path: Path, quads: tuple[Quad, ...], size: int) -> None:
    found = validate_lines(*spread(quads, tmp_path, size), shapes(), Crew(1), size=size)
    assert found.results == reference(quads, shapes())


@settings(reuse, max_examples=15)
@given(st.lists(triples(), min_size=1, max_size=30, unique=True), st.integers(1, 10))
@pytest.mark.parametrize("text", [PATHS, PATHS + FAR])
def test_paths_of_all_kinds(tmp_path: Path, text: str, quads: list[Quad], size: int) -> None:
    """Focus nodes of which nothing is said, in each span; walks backwards; and shapes that read the whole graph."""
    known = of_turtle(text)
    found = validate_lines(*spread(quads, tmp_path, size), known, Crew(1), size=size)
    assert found.results == reference(tuple(quads), known)


@reuse
@given(st.data(), data())
def test_a_change(tmp_path: Path, draw: st.DataObject, before: tuple[Quad, ...]) -> None:
    now = draw.draw(changed(before, most=3))
    graph = SortedStatements(*spread(now, tmp_path, 20))
    found = revalidate(reference(before, shapes()), difference(before, now), graph, shapes())
    assert found is not None and found.report.results == reference(now, shapes())


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Quad]]:
    """A thousand invented events with mistakes planted among them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        from synthetic import generate

        project = read_project(generate(tmp_path_factory.mktemp("synthetic"), events=1_000, seed=3))
        quads = list(assemble(project).default)
    sys.modules.pop("synthetic", None)
    starts, kinds = iri(f"{SCHEMA}startDate"), {TYPE, LABEL}
    for number, quad in enumerate(list(quads)):
        if quad.predicate == starts and number % 40 == 0:
            quads.append(quad._replace(object='"2004-06-31"'))
        elif quad.predicate in kinds and number % 150 == 0:
            quads.remove(quad)
    yield quads


def test_a_thousand_events_in_two_processes(generated: list[Quad], tmp_path: Path) -> None:
    expected = validate_sharded(generated, shapes())
    told = []
    with crew(2) as hands:
        sorted_lines = spread(generated, tmp_path, 2_000)
        found = validate_lines(*sorted_lines, shapes(), hands, lambda *part: told.append(part), size=2_000)
    assert len(expected.results) > 50
    assert graph_of(found) == graph_of(expected)
    assert told == [(number, 2 * spans.SPANS) for number in range(1, 2 * spans.SPANS + 1)]


def test_pyshacl_in_spans_is_given_the_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds turn it off, and what pyshacl leaves has cycles."""
    collecting = []
    monkeypatch.setattr(shards, "engine_for", lambda *_: "pyshacl")
    monkeypatch.setattr(spans, "near_results", lambda *_: collecting.append(gc.isenabled()) or set())
    plan.cache_clear()
    gc.disable()
    try:
        validate_lines(*spread(everything(), tmp_path, 400), shapes(), Crew(1))
        assert collecting == [True] * spans.SPANS and not gc.isenabled()
    finally:
        gc.enable()
        plan.cache_clear()


def test_blank_nodes_are_validated_in_one_graph(tmp_path: Path) -> None:
    for quad in (
        Quad("_:a", TYPE, CLASSES[0], ""),
        Quad(NODES[0], "<https://example.org/p>", "_:b", ""),
    ):
        quads = (quad, Quad(NODES[0], TYPE, CLASSES[0], ""))
        graph = spread(quads, tmp_path, 1)
        assert SortedStatements(*graph).has_blank_nodes()
        found = validate_lines(*graph, of_turtle(PATHS), Crew(1)).results
        assert found == reference(quads, of_turtle(PATHS)) != ()


def test_nothing_is_kept_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muniment.shacl.sorted_statements.KEPT", 10)
    graph = SortedStatements(*spread(everything(), tmp_path, 50))
    most = 0
    for subject in graph.subjects():
        assert graph.of(subject) == sorted(q for q in everything() if q.subject == subject)
        assert sorted(graph.to(subject)) == sorted(q for q in everything() if q.object == subject)
        most = max(most, len(graph._of._known))
    assert 1 < most < 12
