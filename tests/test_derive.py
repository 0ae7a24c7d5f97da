"""Derived statements stand in the default graph and in the graph of their rule."""

from __future__ import annotations

from pathlib import Path

from muniment.artefacts import artefact
from muniment.build import assemble
from muniment.derive import apply_rules, materialised_classes
from muniment.engine import EmbeddedStore
from muniment.project import Project
from muniment.queries import QueryFile, read_queries
from muniment.terms import DEFAULT_GRAPH, LABEL, MUN, TYPE, Quad, iri

BASE = "https://example.org/test/id/"
A, B, P, Q = (iri(f"https://example.org/{name}") for name in "abpq")


def rule(name: str, text: str) -> QueryFile:
    return QueryFile(name, Path(f"{name}.rq"), f"Title of {name}", f"What {name} asks?", ("rule",), (), text)


def test_superclasses_are_written_out_once_with_their_graph() -> None:
    default = [Quad(A, TYPE, P, ""), Quad(A, TYPE, Q, ""), Quad(B, TYPE, P, "")]
    found = materialised_classes(default, {P: [Q]}, BASE)
    graph = iri(f"{BASE}rule/classes")
    assert {q for q in found if q.predicate == TYPE and q.subject != graph} == {
        Quad(B, TYPE, Q, DEFAULT_GRAPH),
        Quad(B, TYPE, Q, graph),
    }
    assert Quad(graph, TYPE, iri(f"{MUN}Rule"), DEFAULT_GRAPH) in found
    assert [q for q in found if q.subject == graph and q.predicate == LABEL]


def test_nothing_to_derive_describes_no_rule() -> None:
    assert materialised_classes([Quad(A, TYPE, Q, "")], {P: [Q]}, BASE) == []
    assert apply_rules([Quad(A, P, B, "")], [], [], BASE) == []
    assert (
        apply_rules(
            [Quad(A, P, B, "")], [], [rule("10-no", f"CONSTRUCT {{ ?s {Q} ?o }} {{ ?s {Q} ?o }}")], BASE
        )
        == []
    )


def test_rules_run_in_order_and_see_what_earlier_ones_derived() -> None:
    first = rule("10-one", f"CONSTRUCT {{ ?s {Q} ?o }} {{ ?s {P} ?o }}")
    second = rule("20-two", f"CONSTRUCT {{ ?o {P} ?s }} {{ ?s {Q} ?o }}")
    found = apply_rules([Quad(A, P, B, "")], [], [first, second], BASE)
    graphs = {q[:3]: q.graph for q in found if q.graph}
    assert graphs == {(A, Q, B): iri(f"{BASE}rule/one"), (B, P, A): iri(f"{BASE}rule/two")}
    assert [q for q in apply_rules([Quad(A, P, B, "")], [], [second, first], BASE) if q.subject == B] == []


def test_what_is_known_is_not_derived_again() -> None:
    same = rule("10-same", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")
    assert apply_rules([Quad(A, P, B, "")], [], [same], BASE) == []


def test_rules_see_the_evidence() -> None:
    claimed = Quad(A, P, B, iri(f"{BASE}claim/1"))
    by_graph = rule("10-graph", f"CONSTRUCT {{ ?g {Q} ?s }} {{ GRAPH ?g {{ ?s {P} ?o }} }}")
    found = apply_rules([], [claimed], [by_graph], BASE)
    assert Quad(iri(f"{BASE}claim/1"), Q, A, DEFAULT_GRAPH) in found


def test_the_shipped_rules_all_apply_to_the_tiny_dataset(tiny: Project) -> None:
    rules = read_queries(artefact("queries") / "rules")
    assert len(rules) >= 5
    graph = assemble(tiny)
    used = {q.graph for q in graph.named if "/id/rule/" in q.graph}
    missing = {r.name.partition("-")[2] for r in rules} - {g.rpartition("/")[2][:-1] for g in used}
    assert missing <= {"labels"}  # every name there is a label already
    assert iri(f"{tiny.ids}rule/classes") in used


def test_organisers_come_from_the_roles_that_organise(tiny_store: EmbeddedStore) -> None:
    found = tiny_store.query("SELECT ?e ?a { ?e schema:organizer ?a } ORDER BY ?a").to_dicts()
    assert [(row["e"].rpartition("/")[2], row["a"].rpartition("/")[2]) for row in found] == [
        ("reed-bed-workshop", "saltbridge-anglers-club"),
        ("reed-bed-workshop", "university-of-aven"),
    ]


def test_the_basis_of_a_participation_is_that_of_the_role_that_is_held() -> None:
    role, basis, vocab = iri(f"{MUN}role"), iri(f"{MUN}basis"), "https://w3id.org/muniment/vocab/basis/"
    first, second = iri(f"{BASE}claim/1"), iri(f"{BASE}claim/2")
    default = [
        Quad(A, role, P, ""),
        Quad(first, basis, iri(f"{vocab}inferred"), ""),
        Quad(second, basis, iri(f"{vocab}printed"), ""),
    ]
    rules = [r for r in read_queries(artefact("queries") / "rules") if r.name == "30-participation-basis"]
    found = apply_rules(default, [Quad(A, role, P, first), Quad(A, role, Q, second)], rules, BASE)
    assert [q.object for q in found if q.subject == A and not q.graph] == [iri(f"{vocab}inferred")]
