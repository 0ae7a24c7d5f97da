"""Why a query has no answer: which part of it matches nothing, and which known term is nearest to what was written.

The text is read by our own grammar (``muniment.sparql``), not by rdflib's: rdflib's algebra forgets where a pattern stood and rewrites it,
and here the pattern is shown as it was written, with its line. Each part is asked alone, then the parts are joined one by one. Every
question is an ASK, or a SELECT of few terms; there are at most ``limit`` of them; none calls another server.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import rdflib

from muniment.results import Term
from muniment.sparql.findings import Explanation, Finding
from muniment.sparql.joins import ALONE, first_empty, products
from muniment.sparql.model import Model, Part, model
from muniment.sparql.nearby import Ask, Known
from muniment.sparql.parse import Parsed, parse
from muniment.sparql.questions import Questions
from muniment.sparql.terms import causes
from muniment.store import Store
from muniment.terms import iri, literal

__all__ = ["Ask", "Explanation", "Finding", "Known", "explain", "explain_with"]

_DEEPEST = 60


def explain(
    query: str,
    ask: Ask,
    *,
    prefixes: Mapping[str, str] | None = None,
    known: Known | None = None,
    limit: int = 60,
) -> Explanation:
    """Find out why a query has no answer.

    Args:
        query: a query that the engine reads.
        ask: answers an ASK query; it may be run in a worker. What it raises as ``StoreError`` leaves that question open.
        prefixes: those that are declared for every query; the questions use them too.
        known: answers a SELECT of one variable with the terms (N-Quads text); without it no known term is suggested.
        limit: how many questions may be asked.
    """
    parsed = parse(query)
    described = None if parsed.stuck or _depth(parsed) > _DEEPEST else model(query, parsed)
    if described is None:
        return Explanation(())
    questions = Questions(described, ask, known, prefixes or {}, limit)
    findings = [
        *_limits(described),
        *_graphs(described, questions),
        *_why(described.parts, described, questions),
    ]
    if not findings:
        findings += _after_where(described, questions)
    return Explanation(
        (*findings, *products(described.parts)), complete=not questions.exhausted, asked=questions.asked
    )


def explain_with(
    store: Store, query: str, prefixes: Mapping[str, str] | None = None, *, timeout: float | None = None
) -> Explanation:
    """``explain``, asking a store."""

    def ask(text: str) -> bool:
        return bool(store.query(text, timeout=timeout))

    def known(text: str) -> list[str]:
        return [term for row in store.query(text, timeout=timeout) if (term := _term(row["t"]))]

    return explain(query, ask, prefixes=prefixes, known=known)


def _term(value: Term) -> str | None:
    """The N-Quads text of an IRI or a literal."""
    if isinstance(value, rdflib.Literal):
        return literal(str(value), value.datatype and str(value.datatype), value.language)
    return iri(str(value)) if isinstance(value, rdflib.URIRef) else None


def _depth(parsed: Parsed) -> int:
    steps = accumulate((t.kind in ("{", "(", "[")) - (t.kind in ("}", ")", "]")) for t in parsed.tokens)
    return max(steps, default=0)


def _limits(query: Model) -> list[Finding]:
    if query.limit == 0:
        return [Finding("limit", "LIMIT 0", None, "LIMIT 0 leaves no row", "Raise the limit.")]
    return []


def _graphs(query: Model, questions: Questions) -> list[Finding]:
    """The graphs of FROM that hold nothing."""
    return [
        Finding(
            "graph",
            f"FROM {graph}",
            line,
            f"there is no graph `{graph}`",
            "Remove the FROM clause to ask the default graph.",
        )
        for graph, line in query.graphs
        if questions.matches(f"GRAPH {graph} {{ ?s ?p ?o }}", everywhere=True) is False
    ]


def _why(parts: tuple[Part, ...], query: Model, questions: Questions) -> list[Finding]:
    """What empties a group: parts that match nothing by themselves, or the first that matches nothing beside those before it."""
    findings = []
    for part in parts:
        if part.kind in ALONE and questions.asks([part]) is False:
            findings += _nothing(part, query, questions)
    if findings:
        return findings
    usable = [p for p in parts if not (query.has_service and p.kind in ("filter", "minus"))]
    return first_empty(sorted(usable, key=lambda p: p.kind == "filter"), questions)


def _nothing(part: Part, query: Model, questions: Questions) -> list[Finding]:
    if part.kind in ("union", "select"):
        inner = [f for parts in part.inside for f in _why(parts, query, questions)]
        return inner or [Finding("nothing", part.shown, part.line, "matches nothing", None)]
    found = list(causes(part, questions)) if part.terms else []
    return found or [
        Finding("nothing", part.shown, part.line, "matches nothing: each term occurs, but not together", None)
    ]


def _after_where(query: Model, questions: Questions) -> list[Finding]:
    if query.has_service:
        return [
            Finding(
                "service",
                "SERVICE",
                None,
                "what another server answers was not asked; the rest matches",
                None,
            )
        ]
    if questions.asks(list(query.parts)) is not True:
        return []
    if query.having:
        return [
            Finding(
                "having",
                "HAVING",
                None,
                "the pattern matches; HAVING removes every group",
                "Try the query without it.",
            )
        ]
    if query.offset:
        return [
            Finding("offset", "OFFSET", None, "the pattern matches; OFFSET passes over all rows", "Lower it.")
        ]
    return []
