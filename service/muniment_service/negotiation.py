"""Content negotiation by the rules of RFC 9110, section 12.5.1: a pure function from what is accepted to what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from muniment.errors import ParameterError, did_you_mean
from muniment.formats import Format, by_name

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_QUALITY = re.compile(r"0(\.\d*)?|1(\.0*)?|\.\d+")
_QUOTED = r'"(?:[^"\\]|\\.)*"?'
_ELEMENT = re.compile(rf"(?:[^,\"]|{_QUOTED})+", re.DOTALL)
_PIECE = re.compile(rf"(?:[^;\"]|{_QUOTED})+", re.DOTALL)
_IGNORABLE = {"profile"}
"""Parameters that say what a client would like best; a format without them still matches (the JSON-LD registration asks for that)."""


@dataclass(frozen=True)
class MediaRange:
    """One element of an Accept header."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...]
    quality: float

    def matches(self, type_: str, subtype: str, parameters: Sequence[tuple[str, str]]) -> bool:
        """Whether a media type is in the range."""
        if self.type not in ("*", type_) or self.subtype not in ("*", subtype):
            return False
        return all(p in parameters or p[0] in _IGNORABLE for p in self.parameters)

    @property
    def specificity(self) -> tuple[bool, bool, int]:
        """What makes one range come before another that matches too."""
        return (self.type != "*", self.subtype != "*", len(self.parameters))


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """The media type to send, or None where none is accepted.

    Args:
        accept: the Accept header (several joined by commas); None, empty, or without one readable element means anything.
        offers: the media types on offer, the one the server likes best first.
    """
    return _choose(accept or "", tuple(offers))


@lru_cache(1024)
def _choose(accept: str, offers: tuple[str, ...]) -> str | None:
    """Clients send the same few headers again and again."""
    ranges = list(media_ranges(accept))
    if not ranges:
        return offers[0] if offers else None
    rated = [(_quality(offer, ranges), offer) for offer in offers]
    best = max((quality for quality, _ in rated), default=0.0)
    return next((offer for quality, offer in rated if quality == best), None) if best > 0 else None


def media_ranges(accept: str) -> Iterator[MediaRange]:
    """The elements of an Accept header; those that are malformed are passed over."""
    for element in _ELEMENT.findall(accept):
        name, _, rest = element.partition(";")
        type_, _, subtype = name.strip().lower().partition("/")
        if not _TOKEN.fullmatch(type_) or not _TOKEN.fullmatch(subtype) or (type_ == "*" and subtype != "*"):
            continue
        found = _weighted(piece.strip() for piece in _PIECE.findall(rest))
        if found is not None:
            yield MediaRange(type_, subtype, *found)


def wanted_profiles(accept: str | None, media_type: str) -> list[str]:
    """The values of the ``profile`` parameter with which a media type is asked for, in lower case, the most wanted first."""
    type_, _, subtype = media_type.partition("/")
    found = [
        (r.quality, value)
        for r in media_ranges(accept or "")
        if (r.type, r.subtype) == (type_, subtype) and r.quality
        for name, value in r.parameters
        if name == "profile"
    ]
    return [word for _, value in sorted(found, key=lambda pair: -pair[0]) for word in value.split()]


def by_short_name(names: Iterable[str], formats: tuple[Format, ...]) -> Format | None:
    """The first format that one of the names stands for; names that are not known are ignored, since clients send many."""
    return next((found for name in names if (found := by_name(name, formats))), None)


def named_format(names: Sequence[str], formats: tuple[Format, ...]) -> Format | None:
    """The format that is asked for by its short name; None where no name is given, or an empty one, as forms send it.

    Raises:
        ParameterError: none of the names is that of a format on offer. Passed over, a misspelt one would give another format.
    """
    if not any(names):
        return None
    if found := by_short_name(names, formats):
        return found
    known = [form.name for form in formats]
    message, expected = f"`{names[0][:80]}` is none of its formats", f"one of {', '.join(known)}"
    raise ParameterError("format", message, expected, known[0], did_you_mean(names[0], known))


def content_type(media_type: str) -> str:
    """The media type as it is sent: text says its charset."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _quality(offer: str, ranges: Iterable[MediaRange]) -> float:
    name, *pieces = offer.lower().split(";")
    type_, _, subtype = name.strip().partition("/")
    parameters = [_parameter(piece.strip()) for piece in pieces]
    if type_ == "text" or "json" in subtype or "xml" in subtype:
        parameters.append(("charset", "utf-8"))
    found = [r for r in ranges if r.matches(type_, subtype, [p for p in parameters if p])]
    return max(found, key=lambda r: r.specificity).quality if found else 0.0


def _weighted(pieces: Iterable[str]) -> tuple[tuple[tuple[str, str], ...], float] | None:
    """Parameters and weight of an element; what follows the weight is ignored; None where they are malformed."""
    parameters: list[tuple[str, str]] = []
    for piece in filter(None, pieces):
        parameter = _parameter(piece)
        if parameter is None:
            return None
        if parameter[0] == "q":
            return (tuple(parameters), float(parameter[1])) if _QUALITY.fullmatch(parameter[1]) else None
        parameters.append(parameter)
    return tuple(parameters), 1.0


def _parameter(piece: str) -> tuple[str, str] | None:
    name, equals, value = (part.strip() for part in piece.partition("="))
    if not equals or not _TOKEN.fullmatch(name):
        return None
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return name.lower(), value.lower()
