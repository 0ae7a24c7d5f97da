"""Which things a set holds: the parameters of a request, read strictly, and the graph pattern that they come to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from muniment.errors import did_you_mean
from muniment.terms import FOAF, MUN, SCHEMA, TYPE, bare
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import MalformedRequest, NotFound

WANTED = ("body", "place", "q", "query", "from", "until")
"""The parameters that narrow a set of events."""
OTHERS = ("page", "release")
OF_QUERY = "query."
"""What the parameters of a saved query begin with, so that they are told from these."""
_FOUND_BY_NAME = 10_000
"""How many things a search by name may find."""
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_ORG = "http://www.w3.org/ns/org#"
_CLASSES = {
    "body": {f"{MUN}Body", f"{MUN}Person", f"{_ORG}Organization", f"{FOAF}Agent", f"{FOAF}Person"},
    "place": {f"{MUN}Place", f"{SCHEMA}Place"},
}


@dataclass(frozen=True)
class Filters:
    """What narrows a set of events; empty, it is all of them."""

    given: Mapping[str, str]
    """The parameters as they were given, for links to the same set."""
    body: str | None = None
    """The IRI of a body or person that organises or takes part in whatever role."""
    place: str | None = None
    """The IRI of a place; what lies within it counts."""
    found: tuple[tuple[str, ...], ...] = ()
    """The IRIs that a search by name, or a saved query, found: an event is in all of them."""
    first: str | None = None
    """A day, month or year: earlier events are left out."""
    last: str | None = None

    def pattern(self) -> str:
        """The graph pattern of ``?event`` for body and place; empty if neither is filtered."""
        parts = []
        if self.body:
            of_role = f"?part <{MUN}agent>|<{MUN}onBehalfOf> <{self.body}> ; <{MUN}event> ?event"
            parts.append(_distinct(f"{{ ?event <{SCHEMA}organizer> <{self.body}> }} UNION {{ {of_role} }}"))
        if self.place:
            within = f"?where <{SCHEMA}containedInPlace>* <{self.place}> . ?event <{SCHEMA}location> ?where"
            parts.append(_distinct(within))
        return "\n".join(parts)


def read_filters(
    query: Sequence[tuple[str, str]], context: Context, others: Sequence[str] = OTHERS
) -> Filters:
    """What the parameters of a request ask for; ``others`` are those that it may have besides.

    Raises:
        MalformedRequest: a parameter is unknown, repeated, or has a value that it cannot have.
        NotFound: nothing is known of the body or the place.
    """
    given = read_parameters(query, (*WANTED, *others))
    first, last = (_day(name, given[name]) if name in given else None for name in ("from", "until"))
    if first and last and f"{last}~" < first:
        raise MalformedRequest(f"`until={last}` is before `from={first}`.", hint="Exchange them.")
    return Filters(
        {name: value for name, value in given.items() if name not in others},
        _thing(context, "body", given["body"]) if "body" in given else None,
        _thing(context, "place", given["place"]) if "place" in given else None,
        (_named(context, given["q"]),) if "q" in given else (),
        first,
        last,
    )


def read_parameters(query: Sequence[tuple[str, str]], known: Sequence[str]) -> dict[str, str]:
    """Name -> value of parameters that are known and given once; those left empty, as forms send them, count as not given.

    Raises:
        MalformedRequest: one is unknown or repeated. Passed over, a misspelt one would give a set that nobody asked for.
    """
    given: dict[str, str] = {}
    for name, value in query:
        if name not in known and not ("query" in known and name.startswith(OF_QUERY)):
            hint = did_you_mean(name, known) or f"Known are {', '.join(known)}."
            raise MalformedRequest(f"There is no parameter `{name}` here.", hint=hint)
        if name in given:
            raise MalformedRequest(f"`{name}` is given more than once.", hint="Give it once.")
        given[name] = value.strip()
    return {name: value for name, value in given.items() if value}


def _thing(context: Context, name: str, value: str) -> str:
    candidates = [value] if urls.is_iri(value) else context.urls.candidates(quote(value, safe="/%:@"))
    hint = f"Write its IRI, or what follows `id/` in it, such as {name}=" + f"{name}/..."
    for iri in candidates:
        stated = context.store.describe(iri, incoming=0).outgoing
        classes = {bare(q.object) for q in stated if q.predicate == TYPE}
        if classes & _CLASSES[name]:
            return iri
        if stated:
            raise MalformedRequest(f"`{value}` is no {name}.", hint=hint)
    raise NotFound(f"No {name} `{value}` is known here.", hint=hint)


def _named(context: Context, words: str) -> tuple[str, ...]:
    if context.search is None:
        raise MalformedRequest("There is no search index here.", hint="Leave out `q`.")
    if not re.search(r"\w", words):
        raise MalformedRequest("`q` holds no word.", hint="Give words of the name of an event.")
    found = context.search.things(words, limit=_FOUND_BY_NAME)
    return tuple(iri for iri, _ in found if urls.is_iri(iri))


def _day(name: str, text: str) -> str:
    whole = f"{text}{'-01-01'[len(text) - 4 :]}" if len(text) in (4, 7) else text
    if not _DAY.fullmatch(text) or not _exists(whole):
        hint = "Write a day, a month or a year: 2004-06-23, 2004-06 or 2004."
        raise MalformedRequest(f"`{name}={text}` is no date.", hint=hint)
    return text


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _distinct(pattern: str) -> str:
    return f"{{ SELECT DISTINCT ?event WHERE {{ {pattern} }} }}"
