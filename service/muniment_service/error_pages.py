"""What the page of an error says beyond the problem itself: what is near, and what to do next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qs, unquote

from starlette.requests import Request

from muniment.errors import MunimentError
from muniment.search import SearchIndex
from muniment_service.context import Context

_NEAR = 6
_COMPARED = 500
_LONGEST = 80
"""Letters of an address that are sought."""
ADVICE = {
    "not-found": "Check the address, search for what you mean, or begin from the lists.",
    "gone": "It was here once, and its name is not used for anything else. Earlier releases still hold it.",
    "not-acceptable": "Choose one of the formats below, or ask for one of them in the Accept header.",
    "profile": "Choose one of the profiles below, or ask for none.",
    "not-ready": "This passes: load the page again in some seconds.",
    "busy": "This passes: other queries are being answered. Load the page again in some seconds.",
    "client-busy": "Wait until your other queries have been answered, then load the page again.",
    "worker-died": "Nothing is wrong with what you asked. Load the page again.",
    "engine-unreachable": "This passes: the store is away for a moment. Load the page again in some seconds.",
    "engine-release": "This passes: a new release is taking over. Load the page again in some seconds.",
    "time-limit": "Ask for less: add a LIMIT, name a class or a thing, drop OPTIONAL parts. `Explain` shows what takes long.",
    "timeout": "Ask for less, or for rarer words; or load the page again when less is going on.",
    "network-time": "Ask for less of the network: fewer years, one class of nodes, or heavier ties only.",
    "memory-limit": "Ask for less: group or count in the query, or fetch the dump and ask that.",
    "answer-limit": "Ask for less with LIMIT, or fetch the dump of the release.",
    "unexpected": "It has been logged. Load the page again; if it comes back, tell those who run this service the number of the request.",
}
"""Slug of a problem -> what to do next."""
PASSING = (
    "not-ready",
    "busy",
    "client-busy",
    "worker-died",
    "engine-unreachable",
    "engine-release",
    "timeout",
    "unexpected",
)
"""Problems after which the same address may work."""


@dataclass(frozen=True)
class Near:
    """A thing whose name is like what an address holds."""

    label: str
    href: str


def near(context: Context, request: Request) -> list[Near]:
    """Things whose names are like the end of an address, slips forgiven; none where there is no index, or looking takes too long."""
    index, words = context.search, _words(request)
    if index is None or not words:
        return []
    try:
        found = dict([*_spelt(context, index, request), *_sought(index, words)])
        return [Near(label, context.urls.document(iri)) for iri, label in list(found.items())[:_NEAR]]
    except (MunimentError, ValueError):
        return []


def again(request: Request) -> str | None:
    """The address that was asked, to be asked again; None of what is no GET."""
    if request.method not in ("GET", "HEAD"):
        return None
    query = request.url.query
    return f"{request.scope.get('raw_path', b'/').decode('ascii', 'replace')}{'?' if query else ''}{query}"


def _words(request: Request) -> str:
    named = parse_qs(request.url.query).get("iri", [""])[0]
    last = re.split(r"[/#:]", (named or unquote(request.url.path)).rstrip("/#"))[-1]
    stem = re.sub(r"\.[a-z]{2,6}$", "", last[:_LONGEST])
    return " ".join(re.findall(r"\w+", re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", stem)))


def _spelt(context: Context, index: SearchIndex, request: Request) -> list[tuple[str, str]]:
    """What has an IRI like the one that is asked for, with the same beginning."""
    named = parse_qs(request.url.query).get("iri", [""])[0]
    path = request.url.path.partition("/")[2].partition("/")[2]
    for iri in [named] if named else context.urls.candidates(path)[:1]:
        before, _, last = iri.rpartition("/")
        there = dict(index.beginning_with(f"{before}/{last[: (len(last) + 1) // 2]}", _COMPARED))
        alike = get_close_matches(last, [other[len(before) + 1 :] for other in there], 3, 0.7)
        return [(f"{before}/{name}", there[f"{before}/{name}"]) for name in alike]
    return []


def _sought(index: SearchIndex, words: str) -> list[tuple[str, str]]:
    """What has all the words, else what has one of them, the longest first."""
    for text in (words, *sorted(set(words.split()), key=lambda word: (-len(word), word))[:3]):
        if len(text) > 2 and (found := index.suggest(text, _NEAR)):
            return [(hit.iri, hit.label) for hit in found]
    return []
