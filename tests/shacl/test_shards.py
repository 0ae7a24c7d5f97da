"""A report put together from parts is the report of the whole, whatever the parts; and what cannot be parted is not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.engine import parse
from muniment.shacl import shards
from muniment.shacl.reach import reach
from muniment.shacl.shards import Plan, plan, validate_sharded
from muniment.shacl.statements import Statements
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationReport, ValidationResult, validate

from .planted import data, everything, shapes

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
PATHS = """
ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:Far, ex:Back, ex:Star, ex:Kind, ex:Pair, ex:Not .
ex:Far sh:path ( ex:p ex:p ex:q ) ; sh:minCount 1 ; sh:message "far" .
ex:Back sh:path [ sh:inversePath ex:p ] ; sh:maxCount 1 ; sh:message "back" .
ex:Star sh:path [ sh:oneOrMorePath ex:p ] ; sh:qualifiedValueShape ex:Named ; sh:qualifiedMinCount 1 ; sh:message "star" .
ex:Named a sh:NodeShape ; sh:property [ sh:path ex:name ; sh:minCount 1 ] .
ex:Kind sh:path ex:p ; sh:class ex:C ; sh:message "kind" .
ex:Pair sh:path ( ex:p ex:name ) ; sh:equals ex:name ; sh:message "pair" .
ex:Not sh:path ex:q ; sh:not ex:Named ; sh:message "not" .
ex:O a sh:NodeShape ; sh:targetObjectsOf ex:q ; sh:closed true ; sh:ignoredProperties ( ex:name ) ; sh:message "closed" .
ex:N a sh:NodeShape ; sh:targetNode ex:nowhere, ex:n1 ; sh:property ex:Here . ex:Here sh:path ex:name ; sh:minCount 1 ; sh:message "here" .
"""
FAR = """
ex:W a sh:NodeShape ; sh:targetClass ex:C ; sh:message "alone" ; sh:sparql ex:Q .
ex:Q sh:select "SELECT $this WHERE { { $this <https://example.org/p> ?x } UNION { ?x <https://example.org/q> ?y } }" .
"""
NODES = [f"<https://example.org/n{number}>" for number in range(8)]
PREDICATES = [f"<https://example.org/{name}>" for name in ("p", "p", "p", "q", "name")]
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
CLASSES = ["<https://example.org/C>", "<https://example.org/D>", "<https://example.org/E>"]


def of_turtle(text: str) -> tuple[Quad, ...]:
    return tuple(parse((PREFIXES + text).encode(), "text/turtle"))


def reference(quads: tuple[Quad, ...], known: tuple[Quad, ...]) -> tuple[ValidationResult, ...]:
    return validate(to_graph(quads), to_graph(known)).results


def triples() -> st.SearchStrategy[Quad]:
    nodes = st.sampled_from(NODES)
    literals = st.sampled_from(['"a"', '"b"@en'])
    return st.one_of(
        st.builds(Quad, nodes, st.sampled_from(PREDICATES), nodes | literals, st.just("")),
        st.builds(Quad, nodes, st.just(TYPE), st.sampled_from(CLASSES), st.just("")),
        st.builds(Quad, st.sampled_from(CLASSES), st.just(SUBCLASS), st.sampled_from(CLASSES), st.just("")),
    )


def test_all_planted_faults_in_small_parts() -> None:
    expected = reference(everything(), shapes())
    assert len(expected) > 100
    for size in (100, 500):
        assert validate_sharded(everything(), shapes(), processes=1, size=size).results == expected


@pytest.fixture
def only_pyshacl(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shards, "engine_for", lambda *_: "pyshacl")
    plan.cache_clear()
    yield
    plan.cache_clear()


def test_over_threads() -> None:
    assert plan(shapes()).near.engine == "pyshifty"
    assert validate_sharded(everything(), shapes(), processes=2, size=100).results == reference(
        everything(), shapes()
    )


def test_over_processes(only_pyshacl: None) -> None:
    assert validate_sharded(everything(), shapes(), processes=2, size=100).results == reference(
        everything(), shapes()
    )


def test_processes_that_die(only_pyshacl: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their parts are validated where they were made: nothing is lost."""
    monkeypatch.setattr(shards, "ProcessPoolExecutor", Dying)
    assert validate_sharded(everything(), shapes(), processes=2, size=100).results == reference(
        everything(), shapes()
    )
    assert Dying.submitted > 2


class Dying:
    """A pool whose processes die: some tasks were taken and have no answer, later ones are refused."""

    submitted = 0

    def __init__(self, *_: object, **__: object) -> None:
        Dying.submitted = 0

    def __enter__(self) -> Dying:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, *_: object) -> Future[None]:
        Dying.submitted += 1
        if Dying.submitted > 2:
            raise BrokenProcessPool
        taken: Future[None] = Future()
        taken.set_exception(BrokenProcessPool())
        return taken


@settings(max_examples=10, deadline=None)
@given(data(), st.integers(20, 100))
def test_generated_data(quads: tuple[Quad, ...], size: int) -> None:
    assert validate_sharded(quads, shapes(), processes=1, size=size).results == reference(quads, shapes())


@settings(max_examples=20, deadline=None)
@given(st.lists(triples(), max_size=30, unique=True), st.integers(1, 10))
@pytest.mark.parametrize("text", [PATHS, PATHS + FAR])
def test_paths_of_all_kinds(text: str, quads: list[Quad], size: int) -> None:
    known = of_turtle(text)
    assert validate_sharded(quads, known, processes=1, size=size).results == reference(tuple(quads), known)


def test_a_query_that_reads_the_whole_graph_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    how = plan(of_turtle(PATHS + FAR))
    assert how.far_shapes == {"https://example.org/W"} and not how.reach.unbounded
    sizes: list[int] = []

    def counted(graph: object, known: object) -> ValidationReport:
        sizes.append(len(graph))  # type: ignore[arg-type]
        return validate(graph, known)  # type: ignore[arg-type]

    monkeypatch.setattr(shards, "validate", counted)
    quads = [Quad(node, TYPE, CLASSES[0], "") for node in NODES] + [
        Quad(NODES[0], PREDICATES[3], NODES[1], "")
    ]
    report = validate_sharded(quads, of_turtle(PATHS + FAR), processes=1, size=1)
    assert [size for size in sizes if size] == [len(quads)]  # 0: the shapes alone are judged
    assert sum(result.shape.endswith("W") for result in report.results) == len(NODES)


@pytest.mark.parametrize(
    "text",
    [
        "ex:S sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path ex:p ; sh:property ex:Q . ex:Q sh:path ex:q ; sh:minCount 1 .",
        "ex:S sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path ex:p ; sh:qualifiedValueShapesDisjoint true .",
        'ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this { ?x ?y ?z }" ] .',
        'ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this { $this ex:p ?x }" ] .',
        'ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this { OPTIONAL { $this <u:p> ?x } ?x <u:q> ?z }" ] .',
        "ex:S sh:targetClass ex:C ; ex:component 3 ; sh:property ex:P . ex:P sh:path ex:p ; sh:rule ex:R .",
    ],
)
def test_what_is_not_understood_is_not_parted(text: str) -> None:
    assert set(reach(to_graph(of_turtle(text))).unbounded) == {
        next(iter(to_graph(of_turtle("ex:S a ex:S .")).subjects()))
    }


def test_what_is_deactivated_reads_nothing() -> None:
    off = "ex:S sh:targetClass ex:C ; sh:deactivated true ; sh:property ex:P . ex:P sh:path [ sh:inversePath ex:p ] ; sh:rule ex:R ."
    known = reach(to_graph(of_turtle(off)))
    assert not known.unbounded and not known.steps and not known.reporting
    assert reach(to_graph(of_turtle(off.replace("true", "false")))).unbounded


def test_our_shapes_stay_near() -> None:
    how = plan(shapes())
    assert how.far is None and not how.reach.unbounded


def test_blank_nodes_are_validated_in_one_graph() -> None:
    quads = (Quad("_:a", TYPE, CLASSES[0], ""), Quad("_:b", TYPE, CLASSES[0], ""))
    assert validate_sharded(quads, of_turtle(PATHS), size=1).results == reference(quads, of_turtle(PATHS))


def test_a_part_holds_what_it_reads_and_no_more() -> None:
    how: Plan = plan(of_turtle(PATHS))
    line = [Quad(f"<u:{n}>", PREDICATES[0], f"<u:{n + 1}>", "") for n in range(50)]
    others = [Quad(f"<u:other{n}>", "<u:label>", '"x"', "") for n in range(50)]
    graph = Statements([*line, *others, Quad("<u:40>", TYPE, CLASSES[0], "")])
    kinds = dict(how.near.targets.kinds(graph.subjects(), graph))
    assert list(kinds) == ["<u:40>"]  # nothing is read of what no shape is about
    read = how.near.walks.read([("<u:40>", how.near.walks.together(kinds["<u:40>"]))], graph)
    assert (
        len(read) == 11
    )  # one back, the rest by the star; not its class, which only tells whom a shape is about
