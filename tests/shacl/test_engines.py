"""pyshifty reports what pyshacl reports: on each case of our shapes, on all at once, on generated data; and is not used elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from rdflib import Graph

from muniment.shacl import engines
from muniment.shacl.engines import as_text, engine_for, run
from muniment.shacl.reach import reach
from muniment.shacl.shards import plan
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationResult

from .planted import CASES, NUMBER, data, everything, named_cases, shapes

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path ex:p ; sh:minCount 1 ; sh:message "one" .
"""


def both(quads: tuple[Quad, ...], graph: Graph) -> tuple[set[ValidationResult], set[ValidationResult]]:
    lines = "".join(quad.line() for quad in quads).encode()
    reference, other = (run(engine, lines, as_text(graph)) for engine in ("pyshacl", "pyshifty"))
    return reference, other


def test_all_cases_are_found() -> None:
    assert len(CASES) == NUMBER
    assert sum(map(len, named_cases())) > 1000


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in CASES}))
def test_cases(folder: str) -> None:
    graph = to_graph(shapes(folder, "values"))
    paths = [path for path in CASES if path.parent.name == folder]
    found = 0
    for path in paths:
        reference, other = both(_named(path), graph)
        assert other == reference, path
        found += len(reference)
    assert found


def _named(path: Path) -> tuple[Quad, ...]:
    return named_cases()[CASES.index(path)]


def test_all_cases_in_one_graph() -> None:
    reference, other = both(everything(), to_graph(shapes()))
    assert other == reference
    components = {result.component for result in reference}
    assert len(components) >= 15 and len({result.shape for result in reference}) > 100


@settings(max_examples=15, deadline=None)
@given(data())
def test_generated_data(quads: tuple[Quad, ...]) -> None:
    reference, other = both(quads, to_graph(shapes()))
    assert other == reference


def test_our_shapes_are_fit_for_pyshifty() -> None:
    assert plan(shapes()).near.engine == "pyshifty"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("ex:P sh:qualifiedValueShapesDisjoint true .", "a term that is not known"),
        ("ex:S sh:property [ sh:path ex:q ; sh:minCount 1 ; sh:message 'q' ] .", "a shape without a name"),
        ("ex:S sh:property ex:Q . ex:Q sh:path ex:q ; sh:minCount 1 .", "a shape without a message"),
        ("ex:S sh:property ex:Q . ex:Q sh:path ex:q ; sh:minCount 1 ; sh:message '{$this}' .", "a template"),
        (
            "ex:S sh:message 'm' ; sh:sparql ex:X . ex:X sh:select 'SELECT $this WHERE {' .",
            "a query that it refuses",
        ),
    ],
)
def test_other_shapes_go_to_pyshacl(more: str, why: str) -> None:
    good, other = Graph().parse(data=SHAPES), Graph().parse(data=SHAPES + more)
    assert engine_for(good, reach(good).reporting) == "pyshifty"
    assert engine_for(other, reach(other).reporting) == "pyshacl", why


def test_without_pyshifty_everything_goes_to_pyshacl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_installed", lambda: False)
    graph = to_graph(shapes())
    assert engine_for(graph, reach(graph).reporting) == "pyshacl"
