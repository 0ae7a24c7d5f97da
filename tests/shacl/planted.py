"""Data with planted faults of every kind that our shapes know: the cases of ``tests/shapes``, mixed, cut and changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from rdflib import RDF, RDFS, SH, Graph, URIRef

from muniment.engine import parse
from muniment.terms import DEFAULT_GRAPH, Quad, from_rdflib, to_graph
from muniment.vocabulary import STYLE_GUIDE

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted(path for path in (ROOT / "tests" / "shapes").glob("*/*.ttl") if path.parent.name != "ontology")
NUMBER = 155
"""How many cases there are for the shapes of data: one that is lost is missed."""
CASE = "https://example.org/case"


@cache
def shapes(*names: str) -> tuple[Quad, ...]:
    """The shapes of data, as a build reads them: those files, or all."""
    found: list[Quad] = []
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        if path.stem in names if names else path.name != STYLE_GUIDE:
            label = f"_:{path.stem}"
            found += [
                Quad(*(f"{label}{term[2:]}" if term.startswith("_:") else term for term in quad))
                for quad in parse(path.read_bytes(), "text/turtle")
            ]
    return tuple(found)


@cache
def case(path: Path) -> tuple[Quad, ...]:
    """The data of a case without what is said of the case itself."""
    graph = to_graph(parse(path.read_bytes(), "text/turtle", base=CASE))
    for report in list(graph.subjects(RDF.type, SH.ValidationReport)):
        for result in list(graph.objects(report, SH.result)):
            graph.remove((result, None, None))
        graph.remove((report, None, None))
    graph.remove((URIRef(CASE), None, None))
    return as_quads(graph)


def as_quads(graph: Graph) -> tuple[Quad, ...]:
    """A graph as quads of the default graph, in order."""
    return tuple(sorted(Quad(*(from_rdflib(term) for term in triple), DEFAULT_GRAPH) for triple in graph))


@cache
def named_cases() -> tuple[tuple[Quad, ...], ...]:
    """The data of the cases, but for what has blank nodes."""
    found = (case(path) for path in CASES)
    return tuple(tuple(q for q in quads if "_:" not in (q.subject[:2], q.object[:2])) for quads in found)


@cache
def everything() -> tuple[Quad, ...]:
    """All cases in one graph."""
    return tuple(dict.fromkeys(quad for quads in named_cases() for quad in quads))


@cache
def _terms() -> tuple[list[str], list[str], list[str]]:
    quads = everything()
    odd = [
        '""',
        '"a"@EN',
        '"a"@en-GB',
        '"06"^^<http://www.w3.org/2001/XMLSchema#integer>',
        f"<{RDFS.label}>",
    ]
    return (
        sorted({q.subject for q in quads}),
        sorted({q.predicate for q in quads}),
        sorted({q.object for q in quads} | set(odd)),
    )


@st.composite
def changed(draw: st.DrawFn, quads: tuple[Quad, ...], most: int = 8) -> tuple[Quad, ...]:
    """The quads after some edits: removed, with another end, with another beginning, new ones."""
    subjects, predicates, objects = _terms()
    found = list(quads)
    for _ in range(draw(st.integers(0, most))):
        edit = draw(st.sampled_from(("remove", "object", "subject", "add")))
        if edit == "add" or not found:
            found.append(
                Quad(
                    draw(st.sampled_from(subjects)),
                    draw(st.sampled_from(predicates)),
                    draw(st.sampled_from(objects)),
                    "",
                )
            )
            continue
        at = draw(st.integers(0, len(found) - 1))
        quad = found.pop(at)
        if edit == "object":
            found.append(quad._replace(object=draw(st.sampled_from(objects))))
        elif edit == "subject":
            found.append(quad._replace(subject=draw(st.sampled_from(subjects))))
    return tuple(dict.fromkeys(found))


@st.composite
def data(draw: st.DrawFn) -> tuple[Quad, ...]:
    """Some cases in one graph, edited."""
    chosen = draw(st.lists(st.sampled_from(named_cases()), min_size=1, max_size=10))
    return draw(changed(tuple(dict.fromkeys(quad for quads in chosen for quad in quads))))
