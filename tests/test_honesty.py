"""The rules of honesty (DESIGN.md, section 4), held against the real dataset.

A statement shows the lines it rests on; what is inferred or corrected says so; what was postponed has no start; what sources disagree
on is on record; nobody's personal data are kept; nothing comes from memory.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from muniment.engine import parse
from muniment.terms import MUN, RDF, SCHEMA, SKOS, TYPE, VOCAB, Quad, iri, literal_parts
from muniment.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from conftest import Built


def mun(name: str) -> str:
    return iri(f"{MUN}{name}")


def schema(name: str) -> str:
    return iri(f"{SCHEMA}{name}")


def basis(name: str) -> str:
    return iri(f"{VOCAB}basis/{name}")


RECORDS = (mun("Claim"), mun("SetAside"), mun("Disagreement"), mun("Rule"), iri(f"{RDF}Statement"))
"""What the dataset says of itself, not of the world."""
E_MAIL = re.compile(r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+\.[\w.]+")
DATE = re.compile(r'^"\d{4}(-\d\d){0,2}"')
TELEPHONE = re.compile(r"\+?\d[\d ()./-]{6,}\d")


class Dataset:
    """The dump of the release, as sets to ask."""

    def __init__(self, built: Built) -> None:
        self.ids = built.project.ids
        self.quads = [q for line in built.release.dump() for q in parse(line, "application/n-quads")]
        self.default = [q for q in self.quads if not q.graph]
        self.named: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self.facts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for q in self.quads:
            if q.graph:
                self.named[q[:3]].add(q.graph)
            else:
                self.facts[q.subject][q.predicate].add(q.object)

    def of_class(self, name: str) -> set[str]:
        return {s for s, facts in self.facts.items() if mun(name) in facts[TYPE]}

    def is_record(self, subject: str) -> bool:
        return bool(self.facts[subject][TYPE] & set(RECORDS))

    def ours(self, term: str) -> bool:
        return term.startswith(f"<{self.ids}")


@pytest.fixture(scope="module")
def data(release: Built) -> Dataset:
    return Dataset(release)


def unsupported(data: Dataset, quads: Iterable[Quad]) -> list[Quad]:
    """Statements of the default graph about things that no named graph holds; a source's own record is its metadata."""
    sources = data.of_class("Source")
    return [
        q
        for q in quads
        if data.ours(q.subject)
        and not data.is_record(q.subject)
        and q.subject not in sources
        and q[:3] not in data.named
    ]


def test_every_statement_stands_in_a_claim_or_a_rule(data: Dataset) -> None:
    assert len(data.default) > 3000
    assert unsupported(data, data.default) == []
    planted = Quad(iri(f"{data.ids}event/planted"), schema("startDate"), '"2004"', "")
    assert unsupported(data, [planted]) == [planted]


def test_every_graph_of_statements_is_a_claim_or_a_rule(data: Dataset) -> None:
    graphs = {graph for graphs in data.named.values() for graph in graphs if data.ours(graph)}
    assert len(graphs) > 100
    assert graphs == data.of_class("Claim") | data.of_class("Rule")


def test_every_claim_names_source_place_and_basis(data: Dataset) -> None:
    bases = {basis(name) for name in ("printed", "inferred", "corrected")}
    claims = data.of_class("Claim")
    assert len(claims) > 100
    for claim in claims:
        facts = data.facts[claim]
        assert len(facts[mun("source")]) == 1, claim
        assert facts[mun("source")] <= data.of_class("Source"), claim
        assert len(facts[mun("lines")] | facts[mun("entry")]) == 1, claim
        assert len(facts[mun("basis")] & bases) == len(facts[mun("basis")]) == 1, claim


def test_what_is_inferred_corrected_or_hedged_is_marked(data: Dataset) -> None:
    """The three marks are in use, and the name of a claim never says what its mark does not."""
    found = defaultdict(set)
    for claim in data.of_class("Claim"):
        for value in data.facts[claim][mun("basis")]:
            found[value].add(claim)
        if data.facts[claim][mun("hedged")]:
            found["hedged"].add(claim)
    assert len(found[basis("inferred")]) > 5
    assert len(found[basis("corrected")]) > 5
    assert len(found["hedged"]) >= 3
    for claim in data.of_class("Claim"):
        for word in ("inferred", "corrected"):
            if f"/{word}" in claim:
                assert claim in found[basis(word)], claim
        if "/hedged" in claim:
            assert claim in found["hedged"], claim


def test_misprints_are_in_corrected_claims(data: Dataset) -> None:
    hidden = [q for q in data.quads if q.graph and q.predicate == iri(f"{SKOS}hiddenLabel")]
    assert len(hidden) > 5
    assert [q for q in hidden if basis("corrected") not in data.facts[q.graph][mun("basis")]] == []


def test_a_postponed_event_has_the_dropped_date_and_no_start(data: Dataset) -> None:
    postponed = [s for s, f in data.facts.items() if schema("EventPostponed") in f[schema("eventStatus")]]
    assert postponed
    for event in postponed:
        assert len(data.facts[event][mun("plannedStart")]) == 1
        assert not data.facts[event][schema("startDate")]
    for event, facts in list(data.facts.items()):
        if facts[mun("plannedStart")]:
            assert event in postponed


def test_no_statement_of_any_graph_gives_a_postponed_event_a_start(data: Dataset) -> None:
    postponed = {q.subject for q in data.quads if q.object == schema("EventPostponed")}
    assert not [q for q in data.quads if q.subject in postponed and q.predicate == schema("startDate")]


def personal(subject: str, facts: dict[str, set[str]]) -> list[str]:
    values = [
        literal_parts(v)[0] for vs in facts.values() for v in vs if v.startswith('"') and not DATE.search(v)
    ]
    contacts = [schema(name) for name in ("email", "telephone", "faxNumber")]
    return [v for v in values if E_MAIL.search(v) or TELEPHONE.search(v)] + [
        p for p in contacts if facts.get(p)
    ]


def test_no_address_or_number_of_a_person(data: Dataset) -> None:
    persons = data.of_class("Person")
    members = {
        s
        for s, f in data.facts.items()
        if any(o in persons for os in f.values() for o in os) and data.ours(s)
    }
    assert len(persons) > 10
    assert {s: found for s in persons | members if (found := personal(s, data.facts[s]))} == {}


def test_no_address_or_number_in_free_text(data: Dataset) -> None:
    """Notes, descriptions and printed forms are no back door; a contact of an office is no free text."""
    own = {schema(name) for name in ("email", "telephone", "faxNumber", "address", "sha256", "url")}
    texts = [
        literal_parts(q.object)[0]
        for q in data.quads
        if data.ours(q.subject) and q.object.startswith('"') and q.predicate not in own
    ]
    assert len(texts) > 1000
    assert [text for text in texts if E_MAIL.search(text)] == []


def test_the_detector_of_personal_data_detects() -> None:
    for text in ("x.y@z.example", "x (at) y.example", "+41 22 730 5555", "(022) 7305555"):
        assert personal("<a:x>", {"<a:note>": {f'"{text}"'}})
    assert not personal("<a:x>", {"<a:note>": {'"Chair of Sub-Committee 2A, 2004"', '"2004-06-23"'}})


def external(data: Dataset, packages: set[str], quads: Iterable[Quad]) -> list[Quad]:
    """Identifiers of other datasets that stand in a claim on anything but a data package."""
    borrowed = {iri(f"{SKOS}exactMatch"), mun("countryCode"), schema("latitude"), schema("longitude")}
    return [
        q
        for q in quads
        if q.graph
        and q.predicate in borrowed
        and data.ours(q.subject)
        and not data.facts[q.graph][mun("source")] & packages
    ]


def test_external_identifiers_come_from_data_packages(data: Dataset) -> None:
    package = iri(f"{VOCAB}document-type/data-package")
    documents = iri("http://purl.org/dc/terms/type")
    packages = {s for s in data.of_class("Source") if package in data.facts[s][documents]}
    assert packages
    assert sum(1 for q in data.default if q.predicate == iri(f"{SKOS}exactMatch")) > 20
    assert external(data, packages, data.quads) == []
    assert external(data, set(), data.quads)
    for source in packages:
        assert data.facts[source][schema("version")]


def test_disagreements_are_on_record_and_one_value_is_held(data: Dataset) -> None:
    found = data.of_class("Disagreement")
    assert found
    for node in found:
        facts = data.facts[node]
        (thing,), (prop,) = facts[schema("about")], facts[mun("property")]
        (preferred,) = facts[mun("preferred")]
        assert len(facts[mun("decidedBy")]) == 1
        alternatives = {s: data.facts[s] for s in facts[mun("alternative")]}
        assert len(alternatives) >= 2 and preferred in alternatives
        values = {s: next(iter(f[iri(f"{RDF}object")])) for s, f in alternatives.items()}
        assert data.facts[thing][prop] & set(values.values()) == {values[preferred]}
        for statement, value in values.items():
            behind = alternatives[statement][iri("http://www.w3.org/ns/prov#wasDerivedFrom")]
            assert behind and behind <= data.named[(thing, prop, value)]


def test_every_contradiction_is_a_disagreement(data: Dataset, release: Built) -> None:
    """Values that a claim gives and the default graph does not hold: on record, or said more precisely by another."""
    recorded = {(q.subject, q.object) for q in data.default if q.predicate == iri(f"{RDF}object")}
    on_record = {value for _, value in recorded}
    dropped = [
        (s, p, o)
        for (s, p, o), graphs in data.named.items()
        if data.ours(next(iter(graphs))) and o not in data.facts[s][p]
    ]
    assert dropped
    for s, p, o in dropped:
        held = {literal_parts(value)[0] for value in data.facts[s][p]}
        precise = any(value.startswith(f"{literal_parts(o)[0]}-") for value in held)
        assert precise or o in on_record, (s, p, o)
    single = read_vocabulary(release.project).single_valued()
    for s, facts in list(data.facts.items()):
        for p, values in list(facts.items()):
            if single.get(p) == "value" and data.ours(s):
                assert len(values) <= 1, (s, p, values)


def test_no_blank_node_in_data(data: Dataset) -> None:
    blank = [q for q in data.quads if "_:" in (q.subject[:2], q.object[:2], q.graph[:2])]
    assert [q for q in blank if not q.graph or data.ours(q.graph)] == []
    assert blank  # shapes have some, so the test can see them


def test_no_reference_to_nothing(data: Dataset) -> None:
    fragment = re.compile(r"#line=\d+,\d+>$")
    missing = {q.object for q in data.default if data.ours(q.object) and q.object not in data.facts}
    assert {term for term in missing if not fragment.search(term)} == set()


def test_every_thing_has_one_english_label(data: Dataset) -> None:
    for name in ("Event", "Body", "Person", "Place", "Document", "Deadline"):
        things = data.of_class(name)
        assert things, name
        for thing in things:
            labels = data.facts[thing]["<http://www.w3.org/2000/01/rdf-schema#label>"]
            assert len([label for label in labels if label.endswith("@en")]) == 1, thing
