"""Reads a search request: the words, what is selected in facets, the page; or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from muniment.errors import did_you_mean
from muniment.search import SearchIndex
from muniment_service.context import Context
from muniment_service.errors import MalformedRequest, NotFound, TooLarge

LONGEST = 500
"""Bytes of the longest text that is sought."""
_MOST_PARAMETERS = 100
_OWN = ("q", "page", "format", "release", "limit")


@dataclass(frozen=True)
class Sought:
    """What somebody looks for."""

    text: str
    selected: Mapping[str, Sequence[str]]
    """Name of a facet -> terms."""
    page: int = 1
    formats: tuple[str, ...] = ()
    limit: int | None = None
    release: str | None = None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The selected terms as parameters of a URL."""
        return ((name, term) for name, terms in self.selected.items() for term in terms)


def parameters_of(query_string: bytes) -> dict[str, list[str]]:
    """The parameters of a request by name.

    Raises:
        MalformedRequest: there are too many, or they are no UTF-8.
    """
    given: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            query_string.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError as error:
        raise MalformedRequest("The query string is not UTF-8.") from error
    except ValueError as error:
        raise MalformedRequest(f"The query string has more than {_MOST_PARAMETERS} parameters.") from error
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given


def index_of(context: Context) -> SearchIndex:
    """The index of what is served.

    Raises:
        NotFound: it has none.
    """
    if context.search is None:
        raise NotFound(
            "What is served here has no search index.", hint="`muniment build` writes one into each release."
        )
    return context.search


def sought(given: Mapping[str, Sequence[str]], context: Context) -> Sought:
    """What the parameters of a request ask for; empty ones count as absent, as forms send them.

    Raises:
        MalformedRequest, NotFound, TooLarge.
    """
    index = index_of(context)
    facets = [facet.name for facet in index.facets]
    selected: dict[str, list[str]] = {}
    for name, values in given.items():
        if name in facets:
            if terms := list(dict.fromkeys(_term(index, context, name, value) for value in values if value)):
                selected[name] = terms
        elif name not in _OWN:
            hint = did_you_mean(name, [*facets, *_OWN]) or f"Known are {', '.join([*_OWN, *facets])}."
            raise MalformedRequest(f"A search has no parameter `{name[:50]}`.", hint=hint)
    page, limit = _number(given, "page"), _number(given, "limit")
    return Sought(
        text_of(once(given, "q")),
        selected,
        page or 1,
        tuple(given.get("format", ())),
        limit,
        once(given, "release") or None,
    )


def text_of(text: str) -> str:
    """The text to look for.

    Raises:
        TooLarge: it is too long.
    """
    if len(text.encode("utf-8", "replace")) > LONGEST:
        raise TooLarge("text to look for", LONGEST)
    return text.replace("\0", " ").strip()


def _term(index: SearchIndex, context: Context, facet: str, value: str) -> str:
    for term in context.urls.named(value, context.settings.prefixes):
        if index.known(facet, term):
            return term
    raise MalformedRequest(
        f"`{facet}` has no value `{value[:200]}`.",
        hint=f"The answer to /search lists the values of `{facet}`.",
    )


def _number(given: Mapping[str, Sequence[str]], name: str) -> int | None:
    text = once(given, name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not int(text):
        raise MalformedRequest(f"`{name}={text[:50]}` is not a number from 1 on.")
    return int(text)


def once(given: Mapping[str, Sequence[str]], name: str) -> str:
    """The value of a parameter, empty if it is not given.

    Raises:
        MalformedRequest: it is given more than once.
    """
    values = given.get(name, ("",))
    if len(values) > 1:
        raise MalformedRequest(f"`{name}` is given {len(values)} times.", hint="Give it once.")
    return values[0]
