"""Why one triple pattern matches nothing: a term that occurs nowhere, or occurs in other graphs only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from muniment.sparql.findings import Finding
from muniment.sparql.model import Part
from muniment.sparql.nearby import Role, nearest_iri, nearest_literal, occurs
from muniment.sparql.questions import Questions
from muniment.sparql.tokens import Token, tokens
from muniment.terms import RDF, bare, is_iri, literal, literal_parts

_ABSENT = {
    "predicate": "occurs nowhere as a predicate",
    "class": "is the class of nothing",
    "subject": "has no statements",
    "object": "is the object of no statement",
}
_A_GRAPH = "GRAPH ?anyGraph {{ {0} }}"


def causes(part: Part, questions: Questions) -> Iterator[Finding]:
    """The reasons, the surest first: another graph holds it; a term that is nowhere; a value written differently."""
    if found := _elsewhere(part, questions):
        yield found
        return
    assert part.terms is not None
    subject, verb, thing = part.terms
    absent = False
    for term, role in _constants(subject, verb, thing, questions):
        if questions.matches(questions.in_graph(occurs(term, role), part.graph)) is False:
            absent = True
            yield _absent(term, role, part, questions)
    if not absent and (written := _literal(thing)):
        yield _value(written, verb, part, questions)


def _elsewhere(part: Part, questions: Questions) -> Finding | None:
    assert part.terms is not None
    plain = f"{' '.join(part.terms)} ."
    if part.graph is None and questions.matches(_A_GRAPH.format(plain)):
        hint = f"Write `GRAPH ?g {{ {plain} }}`."
        return Finding("graph", part.shown, part.line, "matches in named graphs only", hint)
    if part.graph is not None and questions.matches(plain):
        wrong = f"matches outside of `GRAPH {part.graph}`, in the default graph"
        return Finding("graph", part.shown, part.line, wrong, "Move it out of GRAPH.")
    if part.graph is not None and part.graph[0] not in "?$" and questions.matches(_A_GRAPH.format(plain)):
        return Finding(
            "graph",
            part.shown,
            part.line,
            f"matches in other graphs than `{part.graph}`",
            "Write `GRAPH ?g`.",
        )
    return None


def _constants(subject: str, verb: str, thing: str, questions: Questions) -> Iterator[tuple[str, Role]]:
    """The IRIs of a pattern and their roles; in a path each IRI is a predicate."""
    found: list[tuple[str, Role]] = [(t.text, "predicate") for t in _names(verb)]
    is_type = verb == "a" or [questions.iri(t) for t, _ in found] == [f"{RDF}type"]
    yield from ((t, role) for t, role in found if questions.iri(t) != f"{RDF}type")
    if len(one := list(_names(thing))) == 1 and one[0].text == thing:
        yield thing, "class" if is_type else "object"
    if len(one := list(_names(subject))) == 1 and one[0].text == subject:
        yield subject, "subject"


def _names(text: str) -> Iterator[Token]:
    return (t for t in tokens(text) if t.kind in ("IRI", "PNAME", "NS"))


def _absent(term: str, role: Role, part: Part, questions: Questions) -> Finding:
    iri = questions.iri(term)
    near = nearest_iri(iri, role, questions.known, lambda p: questions.frame(p, part.graph)) if iri else None
    hint = f"Did you mean `{questions.short(near)}`?" if near else None
    return Finding("term", part.shown, part.line, f"`{term}` {_ABSENT[role]}", hint)


def _literal(thing: str) -> str | None:
    first, *rest = tokens(thing)
    if first.kind == "STRING":
        quote = 3 if first.text[:3] in ("'''", '"""') else 1
        text = re.sub(r"\\([\"'])", r"\1", first.text[quote:-quote])
        tag = rest[0].text[1:] if rest[0].kind == "TAG" else None
        return literal(text, language=tag)
    return literal(first.text) if first.kind in ("NUMBER", "SIGNED", "BOOLEAN") else None


def _value(written: str, verb: str, part: Part, questions: Questions) -> Finding:
    assert part.terms is not None
    shown = part.terms[2]
    near = nearest_literal(written, verb, questions.known, lambda p: questions.frame(p, part.graph))
    if near is None:
        return Finding("term", part.shown, part.line, f"no `{verb}` has the value `{shown}`")
    return Finding(
        "term",
        part.shown,
        part.line,
        f"no `{verb}` has the value `{shown}`{_difference(written, near)}",
        f"Did you mean `{_shown(near, questions)}`?",
    )


def _difference(written: str, near: str) -> str:
    if is_iri(near):
        return ": its values are things"
    text, tag, _ = literal_parts(written)
    other, other_tag, kind = literal_parts(near)
    if text != other:
        return ""
    return (
        f": it has the language `{other_tag}`"
        if other_tag and other_tag != tag
        else ": it has a type"
        if kind
        else ": it has no language tag"
    )


def _shown(term: str, questions: Questions) -> str:
    if is_iri(term):
        return questions.short(bare(term))
    lexical, tag, kind = literal_parts(term)
    return f"{literal(lexical)}^^{questions.short(kind)}" if kind else literal(lexical, language=tag)
