"""Reconciliation (Reconciliation Service API 0.2): candidates for names and properties in a table, and values to extend it with.

Entities are things of the search index by their IRI, types the values of the facet ``class``, properties those of the default graph.
A score is the likeness of the names (0 to 100, by edit distance), less what the kind of name takes from it; where properties are asked
for, they make up 40 % of it. ``match`` says that the name is the one sought, that all properties agree, and that no other candidate is as good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from muniment.search import KINDS, Hit, Value
from muniment.search.fold import fold
from muniment.store import Description
from muniment.terms import XSD, bare, is_iri, literal, literal_parts
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import MalformedRequest
from muniment_service.search_answer import description
from muniment_service.sought import index_of, text_of

CLASS = "class"
"""The facet whose values are types."""
_SHARE = 0.4
"""The share of the score that properties make up."""
_AGREES = 90.0
"""From this likeness a property agrees."""
_MOST_CANDIDATES = 50
_INTEGERS = ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger", "gYear")
_DATES = tuple(f"{XSD}{kind}" for kind in ("date", "dateTime", "gYearMonth"))
_FLOATS = ("decimal", "double", "float")


@dataclass(frozen=True)
class Query:
    """One reconciliation query."""

    text: str
    types: tuple[str, ...] = ()
    limit: int = 10
    properties: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    strict: str = "any"

    @classmethod
    def read(cls, name: str, given: Any) -> Query:
        """The query in a batch under a name.

        Raises:
            MalformedRequest: it is not one.
        """

        def wrong(what: str) -> MalformedRequest:
            return MalformedRequest(f"The reconciliation query `{name[:50]}` {what}.")

        if not isinstance(given, dict):
            raise wrong("is no object")
        text, types, properties = (
            given.get("query", ""),
            given.get("type") or [],
            given.get("properties") or [],
        )
        limit, strict = given.get("limit") or 10, given.get("type_strict") or "any"
        types = [types] if isinstance(types, str) else types
        if not isinstance(text, str) or not (text.strip() or properties):
            raise wrong("has neither a `query` nor `properties`")
        if not isinstance(types, list) or not all(isinstance(t, str) for t in types):
            raise wrong("has a `type` that is no text and no list of texts")
        if not isinstance(limit, int | float) or not 1 <= limit < 10**6:
            raise wrong("has a `limit` that is no number from 1 on")
        if strict not in ("any", "all", "should"):
            raise wrong("has a `type_strict` other than any, all, should")
        if not isinstance(properties, list) or len(properties) > 20 or not all(map(_is_property, properties)):
            raise wrong("has `properties` that are no list of at most 20 objects with `pid` and `v`")
        wanted = tuple(
            (p["pid"], tuple(p["v"] if isinstance(p["v"], list) else [p["v"]])) for p in properties
        )
        return cls(text_of(text), tuple(types), min(int(limit), _MOST_CANDIDATES), wanted, strict)


def _is_property(given: Any) -> bool:
    if not isinstance(given, dict) or not isinstance(given.get("pid"), str) or "v" not in given:
        return False
    values = given["v"] if isinstance(given["v"], list) else [given["v"]]
    return len(values) <= 50 and all(
        isinstance(v, str | int | float) or (isinstance(v, dict) and isinstance(v.get("id"), str))
        for v in values
    )


def candidates(context: Context, query: Query) -> list[dict[str, Any]]:
    """The candidates for a query, the best first."""
    index = index_of(context)
    known = [t for name in query.types if (t := _known_type(context, name))]
    if query.types and not known and query.strict != "should":
        return []
    selected = {CLASS: known} if known and query.strict != "should" else {}
    pool = min(_MOST_CANDIDATES, query.limit * 3 + 10)
    hits = (
        index.suggest(_iri_of(context, query.text), pool, selected)
        if query.text
        else _with_properties(context, query)
    )
    found = []
    for hit in hits:
        types = index.values_of(hit.iri).get(CLASS, [])
        has = {value.term for value in types}
        if (query.strict == "all" and not has.issuperset(known)) or (
            selected and not has.intersection(known)
        ):
            continue
        found.append(_candidate(context, query, hit, types, bool(has.intersection(known)) if known else None))
    found.sort(key=lambda c: (-c["score"], c["name"], c["id"]))
    if found:
        rivals = [c for c in found[1:] if c["score"] >= found[0]["score"]]
        found[0]["match"] = found[0]["match"] and not rivals
        for other in found[1:]:
            other["match"] = False
    return found[: query.limit]


def _candidate(
    context: Context, query: Query, hit: Hit, types: Sequence[Value], type_match: bool | None
) -> dict[str, Any]:
    similarity = likeness(query.text, hit.text)
    if not query.text or hit.iri == _iri_of(context, query.text):
        similarity = 100.0
    features: list[dict[str, Any]] = [
        {"id": "name_similarity", "value": round(similarity, 2)},
        {"id": "name_exact", "value": similarity == 100.0},
        {"id": "name_is_label", "value": hit.kind == "label"},
    ]
    if type_match is not None:
        features.append({"id": "type_match", "value": type_match})
    score = similarity - KINDS.index(hit.kind)
    agreeing = []
    if query.properties:
        about = context.store.describe(hit.iri, incoming=0)
        for pid, values in query.properties:
            agreeing.append(_agreement(context, about, _property(context, pid), values))
            features.append({"id": f"property:{pid}", "value": round(agreeing[-1], 2)})
        score = score * (1 - _SHARE) + sum(agreeing) / len(agreeing) * _SHARE
    if type_match is False:
        score *= 0.8
    return {
        "id": hit.iri,
        "name": hit.label,
        "description": description(context, hit.iri),
        "type": types_document(types),
        "score": round(max(score, 0.0), 2),
        "match": similarity == 100.0 and all(a >= _AGREES for a in agreeing) and type_match is not False,
        "features": features,
    }


def likeness(text: str, name: str) -> float:
    """How alike two names are, from 0 to 100; the order of words counts little."""
    sought, found = fold(text), fold(name)
    return float(max(fuzz.ratio(sought, found), 0.98 * fuzz.token_sort_ratio(sought, found)))


def _agreement(context: Context, about: Description, predicate: str, wanted: Iterable[Any]) -> float:
    """How well the values of a property are those that are wanted: the best of all pairs, from 0 to 100."""
    values = [q.object for q in about.outgoing if q.predicate == f"<{predicate}>"]
    return max((_value_agreement(context, about, value, w) for value in values for w in wanted), default=0.0)


def _value_agreement(context: Context, about: Description, value: str, wanted: Any) -> float:
    if isinstance(wanted, dict):
        if is_iri(value) and bare(value) == _iri_of(context, wanted["id"]):
            return 100.0
        wanted = wanted.get("name") or wanted["id"]
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    if is_iri(value):
        return 100.0 if bare(value) == text else likeness(text, about.labels.get(value, bare(value)))
    lexical, _, datatype = literal_parts(value) if value.startswith('"') else (value, None, None)
    if lexical == text or (
        datatype in _DATES and lexical.startswith(f"{text}-")
    ):  # the year or month of a date
        return 100.0
    return likeness(text, lexical)


def _with_properties(context: Context, query: Query) -> list[Hit]:
    """Things with one of the values that are asked for, where no name is given."""
    index, found = index_of(context), {}
    for pid, wanted in query.properties:
        for value in wanted:
            for term in _terms(context, value):
                rows = context.store.query(
                    f"SELECT DISTINCT ?s WHERE {{ ?s <{_property(context, pid)}> {term} }} ORDER BY ?s LIMIT {_MOST_CANDIDATES}"
                )
                for row in rows:
                    iri = str(row["s"])
                    if label := index.label(iri):
                        found[iri] = Hit(iri, label, label, "label", "exact")
    return list(found.values())[:_MOST_CANDIDATES]


_ZONE = r"(?:Z|[+-]\d\d:\d\d)?"
_LEXICAL = {
    "date": re.compile(rf"-?\d{{4,}}-\d\d-\d\d{_ZONE}"),
    "gYear": re.compile(rf"-?\d{{4,}}{_ZONE}"),
    "gYearMonth": re.compile(rf"-?\d{{4,}}-\d\d{_ZONE}"),
    "integer": re.compile(r"[+-]?\d+"),
    "decimal": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"),
    "boolean": re.compile("true|false|1|0"),
}
"""Datatype -> what a literal of it looks like (XML Schema 1.1, part 2); some engines refuse a query with one that does not."""


def _terms(context: Context, value: Any) -> list[str]:
    """The terms that a wanted value may be."""
    if isinstance(value, dict):
        iri = _iri_of(context, value["id"])
        return [f"<{iri}>"] if urls.is_iri(iri) else []
    text = str(value).lower() if isinstance(value, bool) else str(value)
    things = [f"<{hit.iri}>" for hit in index_of(context).suggest(text_of(text), 3) if hit.match == "exact"]
    return [
        *things,
        literal(text),
        literal(text, language="en"),
        *(literal(text, f"{XSD}{kind}") for kind, form in _LEXICAL.items() if form.fullmatch(text)),
    ]


def _iri_of(context: Context, name: str) -> str:
    """The IRI of the thing with that name or identifier, if it is one; else the text."""
    index = index_of(context)
    return next(
        (iri for iri in context.urls.named(name, context.settings.prefixes) if index.label(iri)), name
    )


def _property(context: Context, pid: str) -> str:
    """The IRI of a property.

    Raises:
        MalformedRequest: it is none.
    """
    known = [iri for iri in context.urls.named(pid, context.settings.prefixes)[::-1] if urls.is_iri(iri)]
    for iri in known:
        if not context.urls.local_part(iri):
            return iri
    raise MalformedRequest(f"`{pid[:200]}` is no property: write its IRI.")


def _known_type(context: Context, name: str) -> str | None:
    index = index_of(context)
    return next(
        (t for t in context.urls.named(name, context.settings.prefixes) if index.known(CLASS, t)), None
    )


def types_document(types: Iterable[Value]) -> list[dict[str, str]]:
    """Types with their names."""
    return [{"id": value.term, "name": value.label} for value in types]


def extended(context: Context, ids: Sequence[str], properties: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of properties of things.

    Raises:
        MalformedRequest: a property is none.
    """
    wanted = {given["id"]: (_property(context, given["id"]), _limit(given)) for given in properties}
    labels = dict(index_of(context).properties(""))
    meta = [{"id": pid, "name": labels.get(iri, pid)} for pid, (iri, _) in wanted.items()]
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name in ids:
        iri = _iri_of(context, name)
        about = context.store.describe(iri, incoming=0) if urls.is_iri(iri) else Description((), (), {})
        rows[name] = {
            pid: [
                _cell(about, q.object) for q in sorted(set(about.outgoing)) if q.predicate == f"<{predicate}>"
            ][:limit]
            for pid, (predicate, limit) in wanted.items()
        }
    return {"meta": meta, "rows": rows}


def _limit(given: Mapping[str, Any]) -> int | None:
    settings = given.get("settings")
    value = settings.get("limit") if isinstance(settings, dict) else None
    return (
        int(value) if isinstance(value, int | float | str) and str(value).isdigit() and int(value) else None
    )


def _cell(about: Description, term: str) -> dict[str, Any]:
    """A value as the specification writes it; dates stay text, since it knows none without a time."""
    if is_iri(term):
        return {"id": bare(term), "name": about.labels.get(term, bare(term))}
    if not term.startswith('"'):
        return {"str": term}
    text, _, datatype = literal_parts(term)
    kind = (datatype or "").removeprefix(XSD)
    try:
        if kind in _INTEGERS:
            return {"int": int(text)}
        if kind in _FLOATS and abs(value := float(text)) != float("inf") and value == value:
            return {"float": value}
    except ValueError:
        pass
    return {"str": text}
