"""Order, groups and names of what the page of a thing shows: ``sh:order``, ``sh:group`` and ``sh:name`` of property shapes.

A shape whose target class is ``rdfs:Resource`` is about every thing; one of a class of the thing says more. Shapes may be deactivated for
validators, as those of ``shapes/pages.ttl`` are: order and names constrain nothing (SHACL, section 2.3.2). What such a shape says of a
property goes before what the others say, which are for lists as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from muniment.results import Row
from muniment.store import Store
from muniment.terms import RDFS, SH, from_rdflib, iri

_ALL = iri(f"{RDFS}Resource")
_SHAPES = f"""SELECT ?class ?path ?inverse ?order ?name ?group ?groupOrder ?groupName ?off WHERE {{ GRAPH ?g {{
  ?shape <{SH}targetClass> ?class ; <{SH}property> ?property . ?property <{SH}order> ?order ; <{SH}path> ?path
  OPTIONAL {{ ?shape <{SH}deactivated> ?off }}
  OPTIONAL {{ ?path <{SH}inversePath> ?inverse }} OPTIONAL {{ ?property <{SH}name> ?name }}
  OPTIONAL {{ ?property <{SH}group> ?group OPTIONAL {{ ?group <{SH}order> ?groupOrder }}
    OPTIONAL {{ ?group <{RDFS}label> ?groupName }} }} }} }}"""


@dataclass(frozen=True)
class Group:
    """A group of statements on a page."""

    order: float = 50
    title: str = ""


@dataclass(frozen=True)
class Shown:
    """How a page shows the statements with one property."""

    order: float
    name: str = ""
    group: Group = Group()


@dataclass
class View:
    """How a page shows what a thing states, and what points to it: property -> how."""

    outgoing: dict[str, Shown] = field(default_factory=dict)
    incoming: dict[str, Shown] = field(default_factory=dict)


class Views:
    """The views of a store; those of a release, which never changes, are read once."""

    def __init__(self, store: Store, immutable: bool) -> None:
        self._store = store
        self._immutable = immutable

    def of(self, classes: Iterable[str]) -> View:
        """The view of a thing with these classes."""
        known = self._once if self._immutable else _read(self._store)
        found = View()
        own = (_ALL, *sorted(set(classes) - {_ALL}))
        for name in ((off, term) for off in (False, True) for term in own):
            if one := known.get(name):
                found.outgoing |= one.outgoing
                found.incoming |= one.incoming
        return found

    @cached_property
    def _once(self) -> Mapping[tuple[bool, str], View]:
        return _read(self._store)


def _read(store: Store) -> Mapping[tuple[bool, str], View]:
    """Whether the shapes are deactivated, and class -> view."""
    found: dict[tuple[bool, str], View] = defaultdict(View)
    for row in sorted(store.query(_SHAPES), key=lambda row: str(row.get("name"))):
        view = found["off" in row, from_rdflib(row["class"])]
        if "inverse" in row:
            view.incoming[from_rdflib(row["inverse"])] = _shown(row)
        else:
            view.outgoing[from_rdflib(row["path"])] = _shown(row)
    return found


def _shown(row: Row) -> Shown:
    group = Group(_number(row, "groupOrder"), str(row.get("groupName", ""))) if "group" in row else Group()
    return Shown(_number(row, "order"), str(row.get("name", "")), group)


def _number(row: Row, name: str) -> float:
    """The order that is said; a word instead of a number is none."""
    try:
        return float(str(row[name]))
    except (KeyError, ValueError):
        return Group().order
