"""Sections of pages as files: ``queries/pages/*.rq``, whose header says on the pages of which things the answer stands, and how.

    #+ parameters: {thing: {type: iri, label: Event}}
    #+ pagination: 50                        the rows that a page shows
    #+ page:
    #+   of: mun:Event                       a class, or a list of classes
    #+   as: timeline                        one of ``KINDS``
    #+   order: 20                           where it stands among the sections of a thing
    #+   along: [^schema:superEvent]         asked only where one of these leads from the thing, or with ``^`` to it
    #+   covers: [schema:superEvent]         what points to the thing by these is not listed once more
    #+   network: co-organisation            the network that shows the thing among its neighbours

The parameter is called ``thing``. A file without ``page`` is a query like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from muniment.errors import InputError, Where, did_you_mean
from muniment.queries import QueryFile, header_lines

KINDS: Mapping[str, str] = {
    "table": "rows; a value that the row above has in its first column is not repeated",
    "timeline": "a table, and above it a drawing of the columns ?start and ?end",
    "neighbours": "a table, and above it the thing amid those of the first column, tied to those with which they share the second",
    "map": "?place ?latitude ?longitude: where they are, on a small map",
    "chain": "?from ?how ?to: what leads to the thing, and what it leads to, one within the other",
    "marks": "?mark: shown beside the name of the thing",
    "notes": "?property ?value ?note: words for a value of the thing, shown beside it",
}
_NEEDED = {
    "chain": ("from", "how", "to"),
    "map": ("place", "latitude", "longitude"),
    "marks": ("mark",),
    "notes": ("property", "value", "note"),
}
_KEYS = ("of", "as", "order", "along", "covers", "network")
_REQUIRED = ("of", "as", "order", "along")
THING = "thing"
_EXAMPLE = "A section says `page: {of: mun:Event, as: table, order: 20, along: [^schema:superEvent]}`."


@dataclass(frozen=True)
class Section:
    """A section of the pages of things; classes and properties as the header has them."""

    query: QueryFile
    of: tuple[str, ...]
    kind: str
    order: int
    along: tuple[str, ...]
    covers: tuple[str, ...] = ()
    network: str | None = None


def section_of(query: QueryFile) -> Section | None:
    """The section that a query file describes; None if its header has no ``page``.

    Raises:
        InputError: the header does not describe a section, or not one of this query.
    """
    header = yaml.safe_load("\n".join(header_lines(query.text)))
    given = header.get("page") if isinstance(header, dict) else None
    if given is None:
        return None
    if not isinstance(given, dict):
        raise _error(query, "`page` must be `key: value`", _EXAMPLE)
    for key in given:
        if key not in _KEYS:
            hint = did_you_mean(str(key), _KEYS) or f"It may hold {', '.join(_KEYS)}."
            raise _error(query, f"`page` has no key `{key}`", hint)
    if missing := [key for key in _REQUIRED if key not in given]:
        raise _error(query, f"`page` lacks {', '.join(missing)}", _EXAMPLE)
    kind, order = str(given["as"]), given["order"]
    if kind not in KINDS:
        raise _error(query, f"`as: {kind}` is no kind of section", f"The kinds are {', '.join(KINDS)}.")
    if not isinstance(order, int) or isinstance(order, bool):
        raise _error(query, f"`order: {order}` is no whole number", "Write `order: 20`.")
    _check(query, kind)
    lists = {key: _names(query, key, given.get(key, [])) for key in ("of", "along", "covers")}
    network = given.get("network")
    return Section(query, lists["of"], kind, order, lists["along"], lists["covers"], network and str(network))


def _check(query: QueryFile, kind: str) -> None:
    """Nothing, or what the query lacks."""
    if query.form != "SELECT" or query.pagination is None:
        hint = "Write a SELECT, and say how many rows a page shows: `#+ pagination: 50`."
        raise _error(query, "a section is a SELECT with `pagination`", hint)
    if [parameter.name for parameter in query.parameters] != [THING]:
        hint = f"Write `#+ parameters: {{{THING}: {{type: iri, label: Thing}}}}`."
        raise _error(query, f"a section has one parameter, `{THING}`", hint)
    for name in _NEEDED.get(kind, ()):
        if f"?{name}" not in query.text:
            raise _error(query, f"a section as {kind} has a column `?{name}`", KINDS[kind])


def _names(query: QueryFile, key: str, given: object) -> tuple[str, ...]:
    names = given if isinstance(given, list) else [given]
    if all(isinstance(name, str) and ":" in name for name in names):
        return tuple(names)
    raise _error(query, f"`{key}` must be a class or property, or a list of them", _EXAMPLE)


def _error(query: QueryFile, message: str, hint: str) -> InputError:
    lines = header_lines(query.text)
    at = next((number for number, line in enumerate(lines, 1) if line.startswith("page:")), 1)
    return InputError(message, where=Where(str(query.path), at), hint=hint)
