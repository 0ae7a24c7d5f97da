"""What is validated again after a change gives the report of a full validation: over random edits, one after the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.shacl import reach
from muniment.shacl.incremental import Change, Revalidation, revalidate
from muniment.shacl.instances import Answers
from muniment.shacl.shards import plan
from muniment.shacl.statements import Statements
from muniment.terms import Quad, to_graph
from muniment.validation import ValidationResult, validate

from .planted import changed, data, everything, shapes
from .test_shards import (
    CLASSES,
    FAR,
    NODES,
    PATHS,
    PREDICATES,
    SUBCLASS,
    TYPE,
    of_turtle,
    reference,
    triples,
)

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
Shapes = tuple[Quad, ...]
CLASSED = [Quad(node, TYPE, name, "") for node in (NODES[6], NODES[0]) for name in CLASSES] + [
    Quad(one, SUBCLASS, other, "") for one in CLASSES for other in CLASSES if one != other
]


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


def named_by_many() -> tuple[Quad, ...]:
    """Five nodes that must name an instance of a class; what they name is one by two of its types, one of them by a class above it."""
    naming = [
        quad for node in NODES[:5] for quad in (named(node, NODES[6]), Quad(node, TYPE, CLASSES[0], ""))
    ]
    kinds = [Quad(NODES[6], TYPE, name, "") for name in CLASSES[:2]]
    return (*naming, *kinds, ABOVE)


def named(node: str, by: str) -> Quad:
    return Quad(node, PREDICATES[0], by, "")


ABOVE = Quad(CLASSES[1], SUBCLASS, CLASSES[0], "")


@pytest.mark.parametrize("gone", [Quad(NODES[6], TYPE, name, "") for name in CLASSES[:2]] + [ABOVE])
def test_who_only_asks_for_a_class_is_asked_again_when_the_answer_is_another(gone: Quad) -> None:
    """A thing that many name loses one of the types that make it what they ask for, which concerns itself only; then the other."""
    known, before = of_turtle(PATHS), named_by_many()
    now = tuple(quad for quad in before if quad != gone)
    found = step(reference(before, known), before, now, known)
    assert found.foci == 1 and found.report.results == reference(now, known)
    last = tuple(quad for quad in now if quad.subject != NODES[6])
    found = step(found.report.results, now, last, known)
    assert found.foci == 6 and found.report.results == reference(last, known)
    assert {result.focus for result in found.report.results if result.message == "kind"} == set(NODES[:5])
    back = step(found.report.results, last, before, known)
    assert back.foci <= 2 and back.report.results == reference(
        before, known
    )  # their results are gone, unseen


def test_who_asks_is_found_by_the_answer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted case: were the answers thought to be the same, those who name the thing would keep their results."""
    known, before = of_turtle(PATHS), named_by_many()
    now = tuple(quad for quad in before if quad.subject != NODES[6])
    monkeypatch.setattr(Answers, "__call__", lambda *_: (True, True))
    assert step(reference(before, known), before, now, known).report.results != reference(now, known)


ASKING = """
ex:T a sh:NodeShape ; sh:targetSubjectsOf ex:q ; sh:property ex:Held, ex:Both, ex:Long, ex:Q .
ex:Held sh:path ex:p ; sh:class ex:D ; sh:message "held" .
ex:Both sh:path ex:p ; sh:class ex:C, ex:D ; sh:message "both" .
ex:Long sh:path ( ex:q ex:p ) ; sh:class ex:E ; sh:message "long" .
ex:Q sh:path ex:q ; sh:node ex:Holder ; sh:message "holder" .
ex:Holder a sh:NodeShape ; sh:property ex:Held .
ex:I a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:class ex:D ; sh:message "itself" .
ex:J a sh:NodeShape ; sh:targetObjectsOf ex:p ; sh:or ( ex:K ex:L ) ; sh:message "either" .
ex:K a sh:NodeShape ; sh:class ex:C . ex:L a sh:NodeShape ; sh:class ex:E .
ex:M a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property ex:R . ex:R sh:path ex:p ; sh:class ex:E ; sh:message "alone" .
ex:V a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property ex:X, ex:Y, ex:Z .
ex:X sh:path ex:p ; sh:or ( ex:K ex:L ) ; sh:message "one of two" .
ex:Y sh:path ex:p ; sh:or ( ex:K ex:L ) ; sh:or ( ex:K [ sh:path ex:p ; sh:minCount 1 ] ) ; sh:message "two of two" .
ex:Z sh:path ex:p ; sh:or ( ex:K [ sh:nodeKind sh:Literal ] ) ; sh:message "or a literal" .
"""
"""Shapes that ask for classes: alone, of two, at the end of a path, of themselves, and for others that judge by them."""
NAMING = tuple(named(NODES[n], NODES[6]) for n in range(3)) + tuple(
    Quad(NODES[n], PREDICATES[3], NODES[m], "") for n, m in ((0, 1), (3, 0), (1, 6))
)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from(CLASSED), max_size=9), st.sets(st.sampled_from(CLASSED), min_size=1, max_size=3)
)
@pytest.mark.parametrize("text", [PATHS, ASKING])
def test_edits_of_types_and_classes(text: str, kinds: set[Quad], edit: set[Quad]) -> None:
    known = of_turtle(text)
    before, now = (*NAMING, *sorted(kinds)), (*NAMING, *sorted(kinds ^ edit))
    found = step(reference(before, known), before, now, known)
    assert found.report.results == reference(now, known)


def test_one_of_two_classes_is_one_question() -> None:
    """What many name becomes another of the things that they may name: nobody but itself is validated again."""
    text = """ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:P .
ex:P sh:path ex:p ; sh:or ( [ sh:class ex:D ] [ sh:class ex:E ] ) ; sh:message "one of two" ."""
    known, one, other = of_turtle(text), *(Quad(NODES[6], TYPE, name, "") for name in CLASSES[1:])
    naming = tuple(quad for quad in named_by_many() if quad.subject in NODES[:5])
    found = step((), (*naming, one), (*naming, other), known)
    assert found.foci == 0 and found.report.results == reference((*naming, other), known) == ()
    lost = step((), (*naming, other), naming, known)
    assert (
        lost.foci == 5 and lost.report.results == reference(naming, known) and len(lost.report.results) == 5
    )
    again = step(lost.report.results, naming, (*naming, one), known)
    assert again.foci == 0 and again.report.results == ()


@pytest.mark.parametrize("forgetful", [False, True])
def test_who_judges_by_a_shape_that_asks_is_validated_again(
    forgetful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted case: were it not known that another shape depends on one that asks, its result would stay."""
    plan.cache_clear()
    if forgetful:
        monkeypatch.setattr(reach, "_depended_on", lambda _: set())
    known, after = of_turtle(ASKING), (*NAMING, Quad(NODES[6], TYPE, CLASSES[1], ""))
    results = reference(NAMING, known)
    assert "holder" in {result.message for result in results}
    found = step(results, NAMING, after, known)
    assert (found.report.results == reference(after, known)) is not forgetful
    plan.cache_clear()


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
