"""From rows to a graph: values by hand on small data, the shipped networks on real data, and the odd cases."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from muniment.errors import NetworkError, NetworkTooLarge
from muniment.network import (
    at_least,
    during,
    ego,
    explain,
    largest_component,
    make,
    of_class,
    path,
    paths,
    with_claims,
)
from muniment.network.reasons import ties
from muniment.networked import NetworkStore

HEAD = """#+ title: Test
#+ question: Who?
#+ tags: [network]
#+ network:
#+   tie: A test.
#+   nodes: mun:Body
#+   directed: false
#+   weights: count
"""
QUERY = """PREFIX ex: <https://example.org/>

SELECT ?source ?target ?because ?size ?start ?end
WHERE {
  ?because ex:of ?source, ?target .
  FILTER(STR(?source) <= STR(?target))
  { SELECT ?because (COUNT(?x) AS ?size) WHERE { ?because ex:of ?x } GROUP BY ?because }
  OPTIONAL { ?because ex:start ?start }
  OPTIONAL { ?because ex:end ?end }
}
"""
ARROWS = HEAD.replace("false", "true") + (
    "PREFIX ex: <https://example.org/>\n\nSELECT ?source ?target (?source AS ?because) WHERE { ?source ex:to ?target }\n"
)
EX = "https://example.org/"
Make = Callable[..., "nx.Graph[str]"]


def ex(*names: str) -> list[str]:
    return [EX + name for name in names]


def pairs(graph: nx.Graph[str]) -> list[tuple[str, str, float]]:
    """Ties with weights, the namespace of the tests left out."""
    return [(u.removeprefix(EX), v.removeprefix(EX), w) for u, v, w in graph.edges(data="weight")]  # type: ignore[misc]


def test_count_and_newman(made: Make) -> None:
    data = "ex:e1 ex:of ex:a, ex:b, ex:c . ex:e2 ex:of ex:a, ex:b ."
    graph = made(data, HEAD + QUERY)
    assert pairs(graph) == [("a", "b", 2), ("a", "c", 1), ("b", "c", 1)]
    newman = made(data, HEAD + QUERY, weights="newman")
    assert pairs(newman) == [("a", "b", 1.5), ("a", "c", 0.5), ("b", "c", 0.5)]
    # All ties of a node add up to its number of events with others.
    assert dict(newman.degree(weight="weight")) == dict(zip(ex("a", "b", "c"), (2, 2, 1), strict=True))
    assert [r.iri for r in graph.edges[ex("a", "b")]["because"]] == ex("e1", "e2")
    assert [r.size for r in graph.edges[ex("a", "b")]["because"]] == [3, 2]


def test_sum_of_a_column(made: Make) -> None:
    text = HEAD.replace("count", "sum") + (
        "PREFIX ex: <https://example.org/>\n\nSELECT ?source ?target (?target AS ?because) ?weight "
        "WHERE { ?l ex:from ?source ; ex:to ?target ; ex:w ?weight }\n"
    )
    graph = made(
        "ex:l ex:from ex:a ; ex:to ex:b ; ex:w 2.5 . ex:m ex:from ex:b ; ex:to ex:a ; ex:w 1 .", text
    )
    assert pairs(graph) == [("a", "b", 3.5)]


def test_weights_that_rows_do_not_carry(made: Make) -> None:
    with pytest.raises(NetworkError, match=r"need a column \?weight"):
        made("ex:e ex:of ex:a, ex:b .", HEAD + QUERY, weights="sum")


def test_empty(made: Make) -> None:
    graph = made("ex:a ex:b ex:c .", HEAD + QUERY)
    assert (len(graph), graph.number_of_edges(), graph.graph["title"]) == (0, 0, "Test")


def test_self_ties_are_left_out_and_counted(made: Make) -> None:
    """A body that stands twice in one event is not tied to itself."""
    graph = made("ex:e ex:of ex:a, ex:b . ex:f ex:of ex:a .", HEAD + QUERY)
    assert pairs(graph) == [("a", "b", 1)]
    assert graph.graph["self_ties"] == 3  # (a, e), (b, e), (a, f)


def test_one_node(made: Make) -> None:
    text = (
        HEAD
        + "PREFIX ex: <https://example.org/>\n\nSELECT ?source ?target ?because WHERE { ?source ex:is ex:here }\n"
    )
    graph = made("ex:a ex:is ex:here .", text)
    assert list(graph) == ex("a") and graph.number_of_edges() == 0


def test_labels(made: Make) -> None:
    """English before others; without a label the end of the IRI; a blank node its own name."""
    rdfs = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
    graph = made(rdfs + "ex:a rdfs:label 'Zed'@en, 'Alpha'@fr ; ex:to ex:b, _:x .", ARROWS)
    nameless, zed, b = (str(label) for _, label in graph.nodes(data="label"))
    assert (zed, b) == ("Zed", "b") and nameless.startswith("_:")


def test_cycle_in_a_hierarchy(made: Make) -> None:
    graph = made("ex:a ex:to ex:b . ex:b ex:to ex:c . ex:c ex:to ex:a . ex:c ex:to ex:c .", ARROWS)
    assert isinstance(graph, nx.DiGraph)
    assert pairs(graph) == [("a", "b", 1), ("b", "c", 1), ("c", "a", 1)]
    assert graph.graph["self_ties"] == 1
    assert [step.target for step in path(graph, *ex("a", "c"))] == ex("b", "c")


DATED = """ex:e1 ex:of ex:a, ex:b ; ex:start "2004-11"^^xsd:gYearMonth .
ex:e2 ex:of ex:b, ex:c ; ex:start "2004-11-16"^^xsd:date ; ex:end "2004-12-02"^^xsd:date .
ex:e3 ex:of ex:c, ex:d ; ex:start "2005"^^xsd:gYear . ex:e4 ex:of ex:d, ex:e ."""
BY_WINDOW: list[tuple[str | None, str | None, str, list[str], int]] = [
    (None, None, "possible", ["e1", "e2", "e3", "e4"], 0),
    ("2004-11-10", "2004-11-20", "possible", ["e1", "e2"], 1),
    ("2004-11-10", "2004-11-20", "certain", ["e2"], 1),
    ("2004-11", "2004-11", "certain", ["e1", "e2"], 1),
    ("2004-12", "2004-12", "certain", ["e2"], 1),
    ("2005-01-01", "2005-01-01", "possible", ["e3"], 1),
    ("2005-01-01", "2005-01-01", "certain", [], 1),
    ("2005", None, "certain", ["e3"], 1),
    (None, "2004", "possible", ["e1", "e2"], 1),
    ("2010", "2011", "possible", [], 1),
]


@pytest.mark.parametrize(("since", "until", "dates", "expected", "undated"), BY_WINDOW)
def test_windows(
    made: Make, since: str | None, until: str | None, dates: str, expected: list[str], undated: int
) -> None:
    """The engine's window and the one over a whole network agree; what has no date is counted, not placed."""
    asked = made(DATED, HEAD + QUERY, since=since, until=until, dates=dates)
    cut = during(made(DATED, HEAD + QUERY), since, until, dates=dates)  # type: ignore[arg-type]
    for graph in (asked, cut):
        reasons = [r.iri.removeprefix(EX) for *_, because in ties(graph) for r in because]
        assert reasons == expected
        assert graph.graph["undated"] >= undated
        assert len(graph) == len({end for edge in graph.edges for end in edge})
    assert asked.edges == cut.edges
    assert cut.graph["undated"] == undated


def test_windows_that_cannot_be(made: Make) -> None:
    with pytest.raises(NetworkError, match="ends before it begins"):
        made(DATED, HEAD + QUERY, since="2005", until=date(2004, 1, 1))
    with pytest.raises(NetworkError, match="have no dates"):
        made("ex:a ex:to ex:b .", ARROWS, since="2005")


def test_where(made: Make) -> None:
    graph = made(
        DATED + " ex:e2 ex:kind ex:big .", HEAD + QUERY, where="?because ex:kind ex:big . ?x ex:of ?source"
    )
    assert pairs(graph) == [("b", "c", 1)]
    with pytest.raises(NetworkError, match="is no graph pattern"):
        made(DATED, HEAD + QUERY, where="?because ex:kind }")
    with pytest.raises(NetworkError, match="says nothing about the network"):
        made(DATED, HEAD + QUERY, where="?x ex:kind ?y")


def test_limit(made: Make) -> None:
    assert made(DATED, HEAD + QUERY, limit=100).number_of_edges() == 4
    with pytest.raises(NetworkTooLarge) as caught:
        made(DATED, HEAD + QUERY, limit=2)
    assert caught.value.limit == 2 and "since, until" in (caught.value.hint or "")


def test_subsets(made: Make) -> None:
    graph = made(DATED + " ex:e5 ex:of ex:a, ex:b . ex:e6 ex:of ex:x, ex:y . ex:a a mun:Body .", HEAD + QUERY)
    assert list(ego(graph, EX + "a")) == ex("a", "b")
    assert set(ego(graph, EX + "a", 2)) == set(ex("a", "b", "c"))
    assert list(ego(graph, EX + "a", 0)) == ex("a")
    assert pairs(at_least(graph, 2)) == [("a", "b", 2)]
    assert set(largest_component(graph)) == set(ex("a", "b", "c", "d", "e"))
    assert list(of_class(graph, "https://w3id.org/muniment/ontology#Body")) == ex("a")
    steps = path(graph, *ex("a", "c"))
    assert [[r.iri for r in step.because] for step in steps] == [ex("e1", "e5"), ex("e2")]
    assert path(graph, *ex("a", "a")) == []
    assert explain(graph, *ex("b", "a")).weight == 2
    for wrong in (
        lambda: ego(graph, EX + "nobody"),
        lambda: ego(graph, EX + "a", -1),
        lambda: path(graph, *ex("a", "x")),
        lambda: path(graph, *ex("a", "nobody")),
        lambda: explain(graph, *ex("a", "c")),
    ):
        with pytest.raises(NetworkError) as caught:
            wrong()
        assert caught.value.hint


def test_largest_component_of_nothing() -> None:
    assert len(largest_component(nx.Graph())) == 0


def test_all_shortest_paths(made: Make) -> None:
    graph = made("ex:a ex:to ex:c, ex:b . ex:b ex:to ex:d . ex:c ex:to ex:d .", ARROWS)
    assert paths(graph, *ex("a", "d")) == [ex("a", "b", "d"), ex("a", "c", "d")]
    assert paths(graph, *ex("a", "d"), limit=1) == [ex("a", "b", "d")]
    assert paths(graph, *ex("a", "d")) == sorted(nx.all_shortest_paths(graph, *ex("a", "d")))
    with pytest.raises(NetworkError, match="no path"):
        paths(graph, *ex("d", "a"))


def test_tiny(tiny_store: NetworkStore) -> None:
    """Hand-counted on tests/tiny: one workshop has two organisers."""
    graph = tiny_store.network("co-organisation")
    [(u, v, because)] = ties(graph)
    assert [graph.nodes[n]["label"] for n in (u, v)] == ["Saltbridge Anglers' Club", "University of Aven"]
    assert [graph.nodes[n]["type"].rpartition("/")[2] for n in (u, v)] == ["ngo", "academic"]
    assert [graph.graph["labels"][graph.nodes[n]["type"]] for n in (u, v)] != ["", ""]
    [reason] = because
    assert (reason.label, reason.start, reason.size) == ("Workshop on reed beds", "2019-06-04", 2)
    [claim] = reason.claims or ()
    assert (claim.source_label, claim.lines, claim.basis, claim.hedged) == (
        "Notices of meetings in 2019", "2,9-14", "printed", False,
    )  # fmt: skip


TINY = {
    "bodies-events": (3, 2, 2),
    "citations": (2, 1, 1),
    "co-organisation": (2, 1, 1),
    "co-participation": (0, 0, 0),
    "countries": (0, 0, 0),
    "events-by-body": (0, 0, 0),
    "hierarchy": (2, 1, 1),
    "people-bodies": (4, 2, 2),
    "shared-place-and-year": (2, 1, 1),
}
"""Nodes, ties, reasons, counted by hand in the three files of tests/tiny."""


@pytest.mark.parametrize("name", TINY)
def test_tiny_networks(tiny_store: NetworkStore, name: str) -> None:
    graph = tiny_store.network(name)
    size = tiny_store.network_size(name)
    reasons = sum(len(because) for *_, because in ties(graph))
    assert (len(graph), graph.number_of_edges(), reasons) == TINY[name]
    assert (size.nodes, size.edges, size.reasons) == TINY[name]


REAL = {
    "bodies-events": 56,
    "citations": 13,
    "co-organisation": 51,
    "co-participation": 23,
    "countries": 10,
    "events-by-body": 11,
    "hierarchy": 17,
    "people-bodies": 15,
    "shared-place-and-year": 170,
}
"""Reasons of each shipped network in the dataset of this repository."""


@pytest.mark.parametrize("name", REAL)
def test_each_tie_shows_its_lines(release: Any, name: str) -> None:
    """Every reason of every tie has a claim with source and lines (or, of a data package, an entry) that states something of it."""
    graph = release.store.network(name)
    size = release.store.network_size(name)
    found = [(u, v, reason) for u, v, because in ties(graph) for reason in because]
    assert len(found) == REAL[name] == size.reasons
    assert (len(graph), graph.number_of_edges()) == (size.nodes, size.edges)
    for u, v, reason in found:
        assert reason.label and reason.claims
        for claim in reason.claims:
            assert claim.source_label and claim.basis in ("printed", "inferred", "corrected")
            assert re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", claim.lines or "")
            named = f"GRAPH <{claim.iri}> {{ {{ ?s ?p <%s> }} UNION {{ <%s> ?p ?s }} }}"
            ends = [release.store.query(f"ASK {{ {named % (iri, iri)} }}").boolean for iri in (u, v)]
            about = release.store.query(f"ASK {{ {named % (reason.iri, reason.iri)} }}").boolean
            assert about or any(ends)


def test_claims_of_co_organisation_are_those_of_the_participations(release: Any) -> None:
    """Each end of each tie is covered by the claim that states its part in the event."""
    checked = 0
    for u, v, because in ties(release.store.network("co-organisation")):
        for reason in because:
            for end in (u, v):
                asked = f"SELECT ?g {{ GRAPH ?g {{ ?p mun:event <{reason.iri}> ; mun:agent <{end}> }} ?g mun:source ?s }}"
                stating = {str(row["g"]) for row in release.store.query(asked)}
                assert stating and stating <= {claim.iri for claim in reason.claims}
                checked += 1
    assert checked == 102


def test_everything_can_be_pickled(release: Any) -> None:
    graph = release.store.network("co-organisation")
    again = pickle.loads(pickle.dumps(graph))
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert list(again.edges(data=True)) == list(graph.edges(data=True))


def test_postponed_events_have_no_date(release: Any) -> None:
    """They tie, but no window holds them."""
    whole = release.store.network("bodies-events")
    cut = release.store.network("bodies-events", since="1900", until="2100")
    undated = {r.iri for *_, because in ties(whole) for r in because if r.start is None}
    assert cut.graph["undated"] == sum(1 for *_, b in ties(whole) for r in b if r.iri in undated)
    assert whole.number_of_edges() - cut.number_of_edges() == cut.graph["undated"]


def test_claims_not_fetched(tiny_store: NetworkStore) -> None:
    [(*_, because)] = ties(tiny_store.network("co-organisation", claims=False))
    assert because[0].claims is None
    graph = tiny_store.network("hierarchy", claims=False)
    filled = with_claims(tiny_store, {(u, v): found for u, v, found in ties(graph)})
    whole = tiny_store.network("hierarchy")
    assert filled == {(u, v): found for u, v, found in ties(whole)}
    assert [r.claims and r.claims[0].lines for found in filled.values() for r in found] == ["2,9-14"]


def test_two_modes(tiny_store: NetworkStore) -> None:
    graph = tiny_store.network("bodies-events")
    assert sorted(mode for _, mode in graph.nodes(data="bipartite")) == [0, 0, 1]  # type: ignore[type-var]
    assert nx.is_bipartite(graph)


def test_path_of_a_file(tiny_store: NetworkStore, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text(
        ARROWS.replace("ex:to", "<http://www.w3.org/ns/org#subOrganizationOf>").replace(
            "PREFIX ex: <https://example.org/>\n\n", ""
        )
    )
    assert make(tiny_store, file, Path()).number_of_edges() == 1
    assert tiny_store.network(str(file)).graph["name"] == "mine"
