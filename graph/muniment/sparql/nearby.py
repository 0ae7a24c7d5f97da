"""Which known term a person may have meant by one that occurs nowhere; all of it by small, bounded questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

from muniment.terms import bare, is_iri, literal_parts

Ask = Callable[[str], bool]
Known = Callable[[str], Sequence[str]]
"""Answers ``SELECT DISTINCT ?t { ... } LIMIT n`` with the terms, as N-Quads text."""
Role = Literal["predicate", "class", "subject", "object"]
_PATTERN: Mapping[str, str] = {
    "predicate": "?s {0} ?o",
    "class": "?s a {0}",
    "subject": "{0} ?p ?o",
    "object": "?s ?p {0}",
}
_MOST_TERMS = 2_000
_MOST_VALUES = 500
_LIKE_ENOUGH = 0.7


def occurs(term: str, role: Role) -> str:
    """The pattern that matches where the term has this role."""
    return _PATTERN[role].format(term)


def nearest_iri(iri: str, role: Role, known: Known, frame: Callable[[str], str]) -> str | None:
    """The known IRI that is written most like this one; those of the same namespace come first."""
    space, local = split(iri)
    found = known(
        f"SELECT DISTINCT ?t {frame(occurs('?t', role) + _within(role, space))} LIMIT {_MOST_TERMS}"
    )
    if not found and role in ("subject", "object"):
        last = re.sub(r'["\\]', "", local)
        ends = f' FILTER(isIRI(?t) && STRENDS(LCASE(STR(?t)), LCASE("{last}")))' if last else ""
        found = known(f"SELECT DISTINCT ?t {frame(occurs('?t', role) + ends)} LIMIT {_MOST_TERMS}")
    iris = [bare(term) for term in found if is_iri(term) and bare(term) != iri]
    return max(_close(iri, local, iris), default=(0.0, None))[1]


def nearest_literal(literal: str, verb: str, known: Known, frame: Callable[[str], str]) -> str | None:
    """The value of that property with the same text, or written most like it: as another language, datatype or case."""
    lexical = literal_parts(literal)[0]
    found = list(known(f"SELECT DISTINCT ?t {frame(f'?s {verb} ?t')} LIMIT {_MOST_VALUES}"))
    same = [t for t in found if t.startswith('"') and literal_parts(t)[0].lower() == lexical.lower()]
    if not same:
        quoted = lexical.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        wanted = f'?s {verb} ?t FILTER(LCASE(STR(?t)) = LCASE("{quoted}"))'
        same = list(known(f"SELECT DISTINCT ?t {frame(wanted)} LIMIT 5"))
    if same:
        return max(same, key=lambda t: literal_parts(t)[0] == lexical) if same[0].startswith('"') else same[0]
    scored = [(_like(lexical, literal_parts(t)[0]), t) for t in found if t.startswith('"')]
    return max(((score, t) for score, t in scored if score >= _LIKE_ENOUGH), default=(0.0, None))[1]


def split(iri: str) -> tuple[str, str]:
    """Namespace and local name."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:cut], iri[cut:]


def _within(role: Role, space: str) -> str:
    plain = re.sub(r'["\\]', "", space)
    return (
        f' FILTER(isIRI(?t) && STRSTARTS(STR(?t), "{plain}"))'
        if role in ("subject", "object") and plain
        else ""
    )


def _close(iri: str, local: str, known: Sequence[str]) -> Iterator[tuple[float, str]]:
    """The known IRIs that are like it enough: by local name (the namespace counts little), or as a whole."""
    space = split(iri)[0]
    for other in known:
        other_space, other_local = split(other)
        names = _like(local, other_local)
        spaces = 1.0 if other_space == space else _like(space, other_space) if names > _LIKE_ENOUGH else 0.0
        score = 0.8 * names + 0.2 * spaces
        if names >= _LIKE_ENOUGH and score >= _LIKE_ENOUGH:
            yield score, other


def _like(one: str, other: str) -> float:
    one, other = one[:200].lower(), other[:200].lower()
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one, other)
    if matcher.real_quick_ratio() < _LIKE_ENOUGH or matcher.quick_ratio() < _LIKE_ENOUGH:
        return 0.0
    return min(matcher.ratio(), 0.99)
