"""Consolidation: one value where a thing can have only one, chosen by the stated rule; every other value stays in its claim."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.claims import BASIS, CORRECTED, HEDGED, IN_SOURCE, INFERRED, LINES, PRINTED
from muniment.consolidate import consolidate
from muniment.stream.consolidating import Constants, Task, consolidate_span, decided
from muniment.stream.lines import quad_of
from muniment.stream.place import Place
from muniment.stream.sorting import EVERYTHING, Listed, Ordered, in_order
from muniment.terms import (
    DEFAULT_GRAPH,
    LABEL,
    MUN,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    VOCAB,
    XSD,
    Quad,
    iri,
    literal,
    nquads,
)

BASE = "https://example.org/test/id/"
EVENT, START, NOTE = iri(f"{BASE}event/e"), iri(f"{SCHEMA}startDate"), iri(f"{SKOS}note")
SINGLE = {START: "value", LABEL: "language"}
RANKING = ("document/first", "document/second")


def day(text: str) -> str:
    name = {10: "date", 7: "gYearMonth", 4: "gYear"}[len(text)]
    return literal(text, f"{XSD}{name}")


def claim(
    name: str,
    *said: tuple[str, str],
    source: str = "first",
    lines: str = "1",
    basis: str = PRINTED,
    hedged: bool = False,
) -> list[Quad]:
    """The quads of one claim on the event."""
    graph = iri(f"{BASE}claim/{name}")
    quads = [
        Quad(graph, IN_SOURCE, iri(f"{BASE}document/{source}"), DEFAULT_GRAPH),
        Quad(graph, LINES, literal(lines), DEFAULT_GRAPH),
        Quad(graph, BASIS, basis, DEFAULT_GRAPH),
        *(Quad(EVENT, predicate, value, graph) for predicate, value in said),
    ]
    if hedged:
        quads.append(Quad(graph, HEDGED, literal("true", f"{XSD}boolean"), DEFAULT_GRAPH))
    return quads


def consolidated(*claims: Iterable[Quad]) -> set[Quad]:
    return set(consolidate([q for part in claims for q in part], SINGLE, RANKING, BASE))


def held(quads: Iterable[Quad], predicate: str = START) -> list[str]:
    return sorted(q.object for q in quads if q.subject == EVENT and q.predicate == predicate)


def decided_by(quads: Iterable[Quad]) -> list[str]:
    return [q.object.rpartition("/")[2][:-1] for q in quads if q.predicate == iri(f"{MUN}decidedBy")]


def test_what_can_be_many_stays_many() -> None:
    found = consolidated(claim("a", (NOTE, '"x"')), claim("b", (NOTE, '"y"')))
    assert held(found, NOTE) == ['"x"', '"y"']
    assert not decided_by(found)


def test_agreement_is_no_disagreement() -> None:
    found = consolidated(
        claim("a", (START, day("2004-06-23"))), claim("b", (START, day("2004-06-23")), source="second")
    )
    assert held(found) == [day("2004-06-23")]
    assert not decided_by(found)


@pytest.mark.parametrize("coarse", ["2004-06", "2004"])
def test_a_more_precise_date_is_no_disagreement_whoever_gives_it(coarse: str) -> None:
    found = consolidated(
        claim("a", (START, day(coarse))), claim("b", (START, day("2004-06-23")), source="second")
    )
    assert held(found) == [day("2004-06-23")]
    assert not decided_by(found)


def test_year_month_and_day_that_refine_each_other() -> None:
    values = [day("2004"), day("2004-06"), day("2004-06-23")]
    found = consolidated(*(claim(str(n), (START, value)) for n, value in enumerate(values)))
    assert held(found) == [day("2004-06-23")]
    assert not decided_by(found)


def test_a_date_in_another_month_disagrees() -> None:
    found = consolidated(claim("a", (START, day("2004-07"))), claim("b", (START, day("2004-06-23"))))
    assert len(held(found)) == 1
    assert decided_by(found) == ["first-printed"]


def test_a_year_is_no_prefix_of_text() -> None:
    """Only dates refine each other: a label that begins like another is another label."""
    found = consolidated(claim("a", (LABEL, '"A"@en')), claim("b", (LABEL, '"A-1"@en'), source="second"))
    assert held(found, LABEL) == ['"A"@en']
    assert decided_by(found) == ["source-ranking"]


RULES = [
    (
        "source-ranking",
        {"source": "first", "basis": INFERRED, "hedged": True, "lines": "9"},
        {"source": "second", "lines": "1"},
    ),
    ("source-ranking", {"source": "second"}, {"source": "unranked"}),
    ("basis", {"basis": CORRECTED, "lines": "9"}, {"basis": PRINTED, "lines": "1"}),
    ("basis", {"basis": PRINTED, "lines": "9"}, {"basis": INFERRED, "lines": "1"}),
    ("basis", {"hedged": False, "lines": "9"}, {"hedged": True, "lines": "1"}),
    ("first-printed", {"lines": "9"}, {"lines": "10"}),
    ("first-printed", {"lines": "3,40"}, {"lines": "4-5"}),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("why", "winner", "loser"), RULES)
def test_the_rule_decides(
    why: str, winner: dict[str, object], loser: dict[str, object], turned: bool
) -> None:
    values = ("2004-06-24", "2004-06-23") if turned else ("2004-06-23", "2004-06-24")
    a = claim("a" if turned else "z", (START, day(values[0])), **winner)  # type: ignore[arg-type]
    b = claim("z" if turned else "a", (START, day(values[1])), **loser)  # type: ignore[arg-type]
    found = consolidated(b, a)
    assert held(found) == [day(values[0])]
    assert decided_by(found) == [why]


def test_the_best_claim_behind_a_value_speaks_for_it() -> None:
    found = consolidated(
        claim("a", (START, day("2004-06-23")), source="second"),
        claim("b", (START, day("2004-06-24")), source="second", lines="2"),
        claim("c", (START, day("2004-06-24")), source="first"),
    )
    assert held(found) == [day("2004-06-24")]


def test_a_disagreement_keeps_the_record() -> None:
    found = consolidated(
        claim("a", (START, day("2004-06-23")), source="second"),
        claim("b", (START, day("2004-06-24"))),
        claim("c", (START, day("2004-06-24"))),
    )
    node = f"{BASE}disagreement/event/e/startDate"
    facts = {(q.predicate, q.object) for q in found if q.subject == iri(node)}
    assert {
        (iri(f"{SCHEMA}about"), EVENT),
        (iri(f"{MUN}property"), START),
        (iri(f"{MUN}alternative"), iri(f"{node}/1")),
        (iri(f"{MUN}alternative"), iri(f"{node}/2")),
        (iri(f"{MUN}preferred"), iri(f"{node}/2")),
        (iri(f"{MUN}decidedBy"), iri(f"{VOCAB}decision/source-ranking")),
    } <= facts
    values = {q.subject[1:-1]: q.object for q in found if q.predicate == iri(f"{RDF}object")}
    assert values == {f"{node}/1": day("2004-06-23"), f"{node}/2": day("2004-06-24")}
    behind = sorted(
        q.object
        for q in found
        if q.predicate == iri(f"{PROV}wasDerivedFrom") and q.subject == iri(f"{node}/2")
    )
    assert behind == [iri(f"{BASE}claim/b"), iri(f"{BASE}claim/c")]
    assert {q.graph for q in found} == {DEFAULT_GRAPH}


def test_claims_are_not_touched() -> None:
    claims = [*claim("a", (START, day("2004-06-23"))), *claim("b", (START, day("2004-06-24")))]
    before = list(claims)
    consolidate(claims, SINGLE, RANKING, BASE)
    assert claims == before


def test_labels_compete_within_their_language() -> None:
    found = consolidated(
        claim("a", (LABEL, '"Lake"@en'), (LABEL, '"Lac"@fr')),
        claim("b", (LABEL, '"Pond"@en'), source="second"),
    )
    assert held(found, LABEL) == ['"Lac"@fr', '"Lake"@en']
    (about,) = {q.subject for q in found if q.predicate == iri(f"{MUN}property")}
    assert about == iri(f"{BASE}disagreement/event/e/label/en")


def test_a_graph_that_says_nothing_of_itself_is_trusted_least() -> None:
    bare = [Quad(EVENT, START, day("2004-06-22"), iri(f"{BASE}claim/bare"))]
    assert held(
        consolidated(bare, claim("z", (START, day("2004-06-24")), source="unranked", hedged=True))
    ) == [day("2004-06-24")]


VALUES = st.tuples(
    st.sampled_from([START, LABEL, NOTE]),
    st.sampled_from(
        [
            day("2004"),
            day("2004-06"),
            day("2004-06-23"),
            day("2004-06-24"),
            '"A"@en',
            '"B"@en',
            '"B"@fr',
            '"C"',
        ]
    ),
)
CLAIMS = st.lists(
    st.tuples(
        st.lists(VALUES, max_size=4),
        st.sampled_from(["first", "second", "third", "fourth"]),
        st.integers(1, 9),
        st.sampled_from([PRINTED, INFERRED, CORRECTED]),
        st.booleans(),
    ),
    max_size=6,
)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_order_does_not_show(
    given_claims: list[tuple[list[tuple[str, str]], str, int, str, bool]], rng: random.Random
) -> None:
    quads = [
        q
        for number, (said, source, line, basis, hedged) in enumerate(given_claims)
        for q in claim(str(number), *said, source=source, lines=str(line), basis=basis, hedged=hedged)
    ]
    expected = list(nquads(consolidate(quads, SINGLE, RANKING, BASE)))
    shuffled = list(quads)
    rng.shuffle(shuffled)
    assert list(nquads(consolidate(shuffled, SINGLE, RANKING, BASE))) == expected


@given(CLAIMS)
def test_one_value_is_held_and_it_was_claimed(
    given_claims: list[tuple[list[tuple[str, str]], str, int, str, bool]],
) -> None:
    quads = [
        q
        for number, (said, source, line, basis, hedged) in enumerate(given_claims)
        for q in claim(str(number), *said, source=source, lines=str(line), basis=basis, hedged=hedged)
    ]
    found = consolidate(quads, SINGLE, RANKING, BASE)
    claimed = {q.object for q in quads if q.predicate == START}
    assert len(held(found)) == (1 if claimed else 0)
    assert set(held(found)) <= claimed
    assert len(set(found)) == len(found)


def test_who_says_the_month_speaks_for_a_day_in_it() -> None:
    found = consolidated(
        claim("a", (START, day("2004-07"))),
        claim("b", (START, day("2004-06-23")), source="second"),
        claim("c", (START, day("2004-07-02")), source="third"),
    )
    assert held(found) == [day("2004-07-02")]
    assert decided_by(found) == ["source-ranking"]


def test_a_month_does_not_decide_between_its_days() -> None:
    found = consolidated(
        claim("a", (START, day("2004-06"))),
        claim("b", (START, day("2004-06-24")), source="second"),
        claim("c", (START, day("2004-06-23")), source="third"),
    )
    assert held(found) == [day("2004-06-24")]
    assert decided_by(found) == ["source-ranking"]


def test_a_claim_that_contradicts_itself_is_settled_by_no_rank() -> None:
    found = consolidated(claim("a", (START, day("2004-06-24")), (START, day("2005-06-23"))))
    assert held(found) == [day("2004-06-24")]
    assert decided_by(found) == ["first-printed"]


@given(CLAIMS)
def test_consolidation_by_subject_is_consolidation(
    given_claims: list[tuple[list[tuple[str, str]], str, int, str, bool]],
) -> None:
    quads = [
        q
        for number, (said, source, line, basis, hedged) in enumerate(given_claims)
        for q in claim(str(number), *said, source=source, lines=str(line), basis=basis, hedged=hedged)
    ]
    constants = Constants(SINGLE, {}, (), (), {})
    lines = Ordered((Listed(in_order([q.line() for q in quads])),))
    found = consolidate_span(Task(lines, EVERYTHING, "0", Place(), constants))
    held = {quad_of(line) for line in found.default.lines()}
    held |= set(decided(found.contested, found.standing, RANKING, BASE))
    assert held == set(consolidate(quads, SINGLE, RANKING, BASE))
    assert {quad_of(line).predicate for line in found.standing.lines()} <= {IN_SOURCE, LINES, BASIS, HEDGED}
    assert {quad_of(line) for line in found.named.lines()} == {q for q in quads if q.graph != DEFAULT_GRAPH}
