"""What a list of a class shows: columns are property shapes, in the order that ``sh:order`` gives them.

A node shape with ``sh:targetClass`` and ``sh:order`` makes its class one of those that people come for, and its
``rdfs:label`` is what their list is called. A property shape of it with
``sh:order`` is a column that a list shows unasked; any other with a plain path can be chosen. ``sh:name`` is what the column is
called, else the label of the property (SHACL, section 2.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from muniment.engine import EmbeddedStore
from muniment.naming import TITLES
from muniment.search.fold import fold
from muniment.search.model import Column, ListedClass
from muniment.terms import FOAF, RDF, RDFS, SH, bare, is_iri, literal_parts

_CLASSES = f"""SELECT ?class (MIN(?at) AS ?order) (MIN(COALESCE(?called, "")) AS ?label) WHERE {{
  GRAPH ?g {{ ?shape <{SH}targetClass> ?class ; <{SH}order> ?at FILTER NOT EXISTS {{ ?shape <{SH}deactivated> true }}
    OPTIONAL {{ ?shape <{RDFS}label> ?called }} }}
  FILTER(isIRI(?class)) }} GROUP BY ?class ORDER BY ?order ?class"""
_COLUMNS = f"""SELECT ?class ?path (COALESCE(?at, "") AS ?order) (COALESCE(?called, "") AS ?name) WHERE {{
  GRAPH ?g {{ ?shape <{SH}targetClass> ?class ; <{SH}property> ?property . ?property <{SH}path> ?path
    FILTER NOT EXISTS {{ ?shape <{SH}deactivated> true }}
    OPTIONAL {{ ?property <{SH}order> ?at }} OPTIONAL {{ ?property <{SH}name> ?called }}
    OPTIONAL {{ ?property <{SH}maxCount> ?most }} }}
  FILTER(isIRI(?class) && isIRI(?path) && COALESCE(?most, 1) > 0) }}"""
_LAST = float("inf")


def read_classes(store: EmbeddedStore) -> list[ListedClass]:
    """The classes that people come for, the first one first."""
    rows = store.select(_CLASSES, ("class", "label"))
    return [ListedClass(bare(class_), literal_parts(label)[0]) for class_, label in rows]


def read_columns(store: EmbeddedStore) -> dict[str, list[Column]]:
    """Class -> its columns, those that are shown unasked first; names of a thing are none, since each row begins with its label."""
    passed = {f"<{RDF}type>", *TITLES, f"<{FOAF}name>"}
    order: dict[tuple[str, str], float] = {}
    called: dict[tuple[str, str], str] = {}
    for class_, path, at, name in store.select(_COLUMNS, ("class", "path", "order", "name")):
        if path not in passed:
            key = class_, path
            order[key] = min(float(literal_parts(at)[0] or _LAST), order.get(key, _LAST))
            called[key] = called.get(key) or literal_parts(name)[0]
    found: dict[str, list[Column]] = {}
    for class_, place, path in sorted((class_, place, path) for (class_, path), place in order.items()):
        label = called[class_, path] or store.label(path) or words_of(bare(path))
        found.setdefault(bare(class_), []).append(Column(bare(path), label, place < _LAST))
    return found


def ranks(
    values: Iterable[tuple[str, str]], things: Mapping[str, int], label: Callable[[str], str | None]
) -> list[tuple[int, int]]:
    """Number of a thing -> its place by its least value of a property: numbers by size, text and dates as text, links by label.

    Args:
        values: things with the values that they have.
        things: their numbers; others are left out.
        label: the label of an IRI, if it has one.
    """
    labels: dict[str, str] = {}
    texts = [(things[thing], _text(value, label, labels)) for thing, value in values if thing in things]
    keys: Sequence[tuple[int, Any]] = _as_numbers(texts) or [(n, fold(text) or text) for n, text in texts]
    least: dict[int, Any] = {}  # all are numbers, or all are text
    for number, value_ in keys:
        if number not in least or value_ < least[number]:
            least[number] = value_
    places = {key: place for place, key in enumerate(sorted(set(least.values())))}
    return [(number, places[key]) for number, key in sorted(least.items())]


def _text(value: str, label: Callable[[str], str | None], labels: dict[str, str]) -> str:
    if not is_iri(value):
        return literal_parts(value)[0] if value.startswith('"') else value
    if value not in labels:
        labels[value] = label(value) or bare(value)
    return labels[value]


def _as_numbers(texts: Sequence[tuple[int, str]]) -> list[tuple[int, float]]:
    """The same as numbers; empty unless all are."""
    try:
        return [(number, float(text)) for number, text in texts]
    except ValueError:
        return []


def words_of(iri: str) -> str:
    """The words of the last part of an IRI: ``startDate`` is ``start date``."""
    last = re.split(r"[:/#]", iri.rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", last).lower() or iri
