"""What is validated again after a change gives the report of a full validation: over random edits, one after the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.shacl.incremental import Change, Revalidation, revalidate
from muniment.shacl.statements import Statements
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationResult, validate

from .planted import changed, data, everything, shapes
from .test_shards import CLASSES, FAR, NODES, PATHS, PREDICATES, TYPE, of_turtle, reference, triples

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
Shapes = tuple[Quad, ...]


def difference(before: tuple[Quad, ...], now: tuple[Quad, ...]) -> Change:
    return Change(sorted(set(now) - set(before)), sorted(set(before) - set(now)))


def step(
    results: tuple[ValidationResult, ...], before: tuple[Quad, ...], now: tuple[Quad, ...], known: Shapes
) -> Revalidation:
    found = revalidate(results, difference(before, now), Statements(now), known)
    assert found is not None
    return found


@settings(max_examples=8, deadline=None)
@given(st.data(), data())
def test_edits_of_generated_data(draw: st.DataObject, before: tuple[Quad, ...]) -> None:
    results = reference(before, shapes())
    for _ in range(2):
        now = draw.draw(changed(before, most=3))
        results, before = step(results, before, now, shapes()).report.results, now
    assert results == reference(before, shapes())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(triples(), max_size=14, unique=True), min_size=2, max_size=4))
@pytest.mark.parametrize("text", [PATHS, PATHS + FAR])
def test_edits_along_paths_of_all_kinds(text: str, states: list[list[Quad]]) -> None:
    known = of_turtle(text)
    before = tuple(states[0])
    results = reference(before, known)
    for state in states[1:]:
        now = tuple(state)
        results, before = step(results, before, now, known).report.results, now
        assert results == reference(now, known)


@settings(max_examples=20, deadline=None)
@given(st.lists(triples(), min_size=10, max_size=25, unique=True), st.data())
def test_one_triple_more_or_less(state: list[Quad], draw: st.DataObject) -> None:
    known = of_turtle(PATHS)
    less = draw.draw(st.integers(0, len(state) - 1))
    one, other = tuple(state), tuple(state[:less] + state[less + 1 :])
    whole, part = reference(one, known), reference(other, known)
    assert step(whole, one, other, known).report.results == part
    assert step(part, other, one, known).report.results == whole


def test_only_what_a_change_can_matter_to_is_validated() -> None:
    before = everything()
    label = next(q for q in before if q.predicate.endswith("#label>"))
    other = label._replace(object='"another"@en')
    now = (*(q for q in before if q != label), other)
    found = step(reference(before, shapes()), before, now, shapes())
    assert found.foci == 1
    assert found.report.results == reference(now, shapes())


def test_what_stands_at_the_far_end_of_a_path_matters() -> None:
    """A place is removed: those who say that they lie in it are validated, though nothing about them changed."""
    known = of_turtle(PATHS)
    line = tuple(Quad(NODES[n], PREDICATES[0], NODES[n + 1], "") for n in range(5))
    named = Quad(NODES[5], PREDICATES[4], '"name"', "")
    before = (*line, named, Quad(NODES[0], TYPE, CLASSES[0], ""))
    now = tuple(q for q in before if q != named)
    found = step(reference(before, known), before, now, known)
    assert found.foci == 6
    assert found.report.results == reference(now, known) != reference(before, known)


def test_a_report_that_was_wrong_is_not_mended_elsewhere() -> None:
    """The planted case: results of focus nodes that a change does not reach are taken over, not made anew."""
    known = of_turtle(PATHS)
    before = (Quad(NODES[0], TYPE, CLASSES[0], ""), Quad(NODES[2], TYPE, CLASSES[0], ""))
    now = (*before, Quad(NODES[2], "<u:label>", '"x"', ""))
    results = tuple(r for r in reference(before, known) if r.focus != NODES[0])
    assert step(results, before, now, known).report.results != reference(now, known)


def test_blank_nodes_need_a_full_validation() -> None:
    now = (Quad("_:a", TYPE, CLASSES[0], ""),)
    assert revalidate((), Change(now, ()), Statements(now), of_turtle(PATHS)) is None
    assert validate(to_graph(now), to_graph(of_turtle(PATHS))).results
