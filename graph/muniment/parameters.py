"""Parameters of saved queries: what a caller may give, and the RDF term that it stands for.

A value is read by its type and becomes a term in N-Quads text, with every character that could end it escaped; ``muniment.binding`` puts
the term in the place of the variable. The text of a caller never becomes text of a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from muniment.errors import ParameterError, Where, did_you_mean
from muniment.terms import XSD, iri, literal

RESERVED = ("explain", "format", "hash", "page", "per_page", "query", "release", "timeout")
"""Names that mean something to the service itself."""
LONGEST = 2_000
"""Characters of the longest value."""

_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[^\x00-\x20\x7f-\x9f<>\"{}|\\^`%\ud800-\udfff]|%[0-9A-Fa-f]{2})+"
)
_PATH = re.compile(
    r"[^\x00-\x20\x7f-\x9f<>\"{}|\\^`%:/?#\ud800-\udfff][^\x00-\x20\x7f-\x9f<>\"{}|\\^`%?#\ud800-\udfff]*"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{1,18})?|\.\d{1,18})")
_BOOLEANS = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Kind:
    """A type of parameter: what is expected, in words, and a value that fits."""

    expected: str
    example: str


TYPES: Mapping[str, Kind] = {
    "boolean": Kind("true or false", "true"),
    "concept": Kind("a concept of the scheme: its name, a prefixed name, or an IRI", "open"),
    "date": Kind("a day as year-month-day", "2004-11-16"),
    "integer": Kind("a whole number", "10"),
    "iri": Kind("a thing: its path, a prefixed name, or an IRI", "event/first-meeting"),
    "number": Kind("a decimal number", "1.5"),
    "string": Kind("text", "water"),
}
"""Name of a type -> what it is."""


@dataclass(frozen=True)
class Parameter:
    """What a caller of a saved query may give."""

    name: str
    type: str
    variables: tuple[str, ...] = ()
    """The variables of the query that it binds, without their mark."""
    label: str = ""
    description: str = ""
    of: str | None = None
    """The class of the things, or the scheme of the concepts, as written."""
    values: tuple[str, ...] = ()
    """The only values that are allowed, if they are enumerated."""
    default: str | None = None
    example: str | None = None
    optional: bool = False
    """Without a value its variable stays a variable, which anything may match."""
    where: Where = field(default=Where(""), compare=False)

    @property
    def required(self) -> bool:
        """Whether a caller must give it."""
        return not self.optional and self.default is None

    @property
    def title(self) -> str:
        """What a form calls it."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def shown(self) -> str:
        """A value that fits."""
        named = f"{re.split('[:/#]', self.of)[-1].lower()}/name" if self.of and self.type == "iri" else None
        return (
            self.example or self.default or next(iter(self.values), None) or named or TYPES[self.type].example
        )

    @property
    def expected(self) -> str:
        """What is expected, in words."""
        if self.values:
            return f"one of {', '.join(self.values)}"
        if self.of and self.type == "iri":
            return f"a {self.of}: its path, a prefixed name, or an IRI"
        return TYPES[self.type].expected


@dataclass(frozen=True)
class Space:
    """How names become IRIs: prefixes, and the base of the dataset for the paths of things."""

    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    """Things live under ``{base}id/``."""

    def iri(self, text: str, scheme: str | None = None) -> str | None:
        """The IRI that a text stands for: itself (perhaps in ``<>``), a prefixed name, a concept of a scheme or a thing by its path."""
        bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
        prefix, colon, local = bare.partition(":")
        if colon and bare is text and prefix in self.prefixes and not local.startswith("//"):
            bare = self.prefixes[prefix] + local
        elif not colon and bare is text and _PATH.fullmatch(bare):
            under = f"{scheme}/" if scheme else f"{self.base}id/" if self.base else ""
            bare = under + bare
        return bare if _IRI.fullmatch(bare) else None


def term_of(parameter: Parameter, text: str, space: Space) -> str:
    """The term (N-Quads text) that a value stands for.

    Raises:
        ParameterError: the value does not fit the type.
    """
    if len(text) > LONGEST:
        raise ParameterError(
            parameter.name, f"is longer than {LONGEST:,} characters", "a shorter value", parameter.shown
        )
    if parameter.values and text not in parameter.values:
        raise wrong_value(parameter, text, did_you_mean(text, parameter.values))
    term = _term(parameter, text.strip() if parameter.type != "string" else text, space)
    if term is None:
        raise wrong_value(parameter, text)
    return term


def wrong_value(parameter: Parameter, text: str, more: str | None = None) -> ParameterError:
    """The complaint about a value."""
    clipped = text if len(text) <= 80 else f"{text[:80]}..."
    return ParameterError(
        parameter.name, f"`{clipped}` does not fit", parameter.expected, parameter.shown, more
    )


def missing(parameter: Parameter) -> ParameterError:
    """The complaint that there is no value."""
    return ParameterError(parameter.name, "is missing", parameter.expected, parameter.shown)


def _term(parameter: Parameter, text: str, space: Space) -> str | None:
    match parameter.type:
        case "iri" | "concept":
            scheme = space.iri(parameter.of) if parameter.of and parameter.type == "concept" else None
            found = space.iri(text, scheme)
            return iri(found) if found else None
        case "date":
            return literal(text, f"{XSD}date") if _is_day(text) else None
        case "integer":
            return (
                literal(str(int(text)), f"{XSD}integer")
                if _INTEGER.fullmatch(text) and text.isascii()
                else None
            )
        case "number":
            return (
                literal(text.removeprefix("+"), f"{XSD}decimal")
                if _NUMBER.fullmatch(text) and text.isascii()
                else None
            )
        case "boolean":
            value = _BOOLEANS.get(text.lower())
            return literal(value, f"{XSD}boolean") if value else None
    return None if _UNWRITABLE.search(text) else literal(text)


def _is_day(text: str) -> bool:
    try:
        return text.isascii() and _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def terms_of(
    parameters: Sequence[Parameter], given: Mapping[str, str], space: Space
) -> tuple[dict[str, str], dict[str, str]]:
    """The variables to bind, and the values that were used, defaults among them; an empty value is none.

    Raises:
        ParameterError: a parameter is not known, missing, or does not fit its type.
    """
    known = [parameter.name for parameter in parameters]
    for name in given:
        if name not in known:
            listed = f"It has {', '.join(known)}." if known else "It has no parameters."
            hint = did_you_mean(name, known) or listed
            raise ParameterError(name, "is no parameter of this query", None, None, hint)
    terms: dict[str, str] = {}
    used: dict[str, str] = {}
    for parameter in parameters:
        value = given.get(parameter.name) or parameter.default
        if value:
            used[parameter.name] = value
            terms.update(dict.fromkeys(parameter.variables, term_of(parameter, value, space)))
        elif parameter.required:
            raise missing(parameter)
    return terms, used


def sample(parameter: Parameter) -> str:
    """A term of its type, to try a query with."""
    if parameter.type in ("iri", "concept"):
        return iri("urn:muniment:sample")
    return term_of(Parameter("", parameter.type), TYPES[parameter.type].example, Space())
