"""The JSON-LD context as the vocabulary of source files: which keys there are and which values each takes."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from muniment.errors import InputError, Where
from muniment.files import read_text

_KEYWORDS = {"@id": "id", "@type": "type", "@value": "value", "@language": "lang", "@graph": "states"}


class Takes(NamedTuple):
    """What the values of a key are."""

    datatype: str | None
    """The local name of the XSD type that they are coerced to, if there is one."""
    references: bool
    """They are IRIs."""
    nodes: bool
    """They are nodes written in full: those of a graph, or the subjects of a reverse property."""
    texts: bool
    """They are one map from language to text."""

    @classmethod
    def of(cls, definition: Any) -> Takes:
        """From the definition of a term in a context."""
        if not isinstance(definition, dict):
            return cls(None, references=False, nodes=definition == "@graph", texts=False)
        kind = definition.get("@type", "")
        return cls(
            kind.removeprefix("xsd:") if kind.startswith("xsd:") else None,
            references=kind in ("@id", "@vocab"),
            nodes="@reverse" in definition,
            texts=definition.get("@container") == "@language",
        )


@dataclass(frozen=True)
class Context:
    """``terms`` are the keys of the context's terms; ``document`` is what JSON-LD processors read."""

    document: Mapping[str, Any]
    terms: Mapping[str, Any]

    def keys(self) -> list[str]:
        """The keys that a node may have."""
        return list(self.takes)

    def classes(self) -> list[str]:
        """The values that ``type`` may have."""
        return self._classes

    @cached_property
    def takes(self) -> Mapping[str, Takes]:
        """What each key takes that a node may have."""
        return {
            key: Takes.of(definition)
            for key, definition in self.terms.items()
            if not _is_prefix(definition) and not key[0].isupper()
        }

    def only(self, words: set[str]) -> Mapping[str, Any]:
        """The document with no terms but those that some words need, and prefixes; it means the same to who uses no other terms.

        Processors copy the context for each node: a smaller one is read faster.

        Args:
            words: the keys that are used, and the values of those that ``takes_terms`` names.
        """
        wanted = {
            key for key, definition in self.terms.items() if _is_prefix(definition) or _is_keyword(definition)
        }
        new = self.terms.keys() & words
        while new:
            wanted |= new
            said = {text for key in new for text in _texts(self.terms[key])}
            new = self.terms.keys() & (said | {text.partition(":")[0] for text in said}) - wanted
        whole = self.document["@context"].items()
        kept = {key: value for key, value in whole if key.startswith("@") or key in wanted}
        return {**self.document, "@context": kept}

    @cached_property
    def takes_terms(self) -> frozenset[str]:
        """The keys whose values may be terms: ``@type``, and what is coerced to ``@vocab``."""
        return frozenset(
            key
            for key, definition in self.terms.items()
            if definition == "@type" or (isinstance(definition, dict) and definition.get("@type") == "@vocab")
        )

    @cached_property
    def _classes(self) -> list[str]:
        return [key for key in self.terms if key[0].isupper()]


def read_context(path: Path) -> Context:
    """Read ``context.jsonld``.

    Raises:
        InputError: the file is not JSON, or is no context.
    """
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(
            f"not JSON: {error.msg}", where=Where(str(path), error.lineno, error.colno)
        ) from error
    terms = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(terms, dict):
        hint = 'Write `{"@context": {...}}`.'
        raise InputError(
            "no JSON-LD context: `@context` should be a map of terms", where=Where(str(path)), hint=hint
        )
    return Context(document, {key: value for key, value in terms.items() if not key.startswith("@")})


def _is_prefix(definition: Any) -> bool:
    return isinstance(definition, str) and definition.endswith(("/", "#"))


def _is_keyword(definition: Any) -> bool:
    return isinstance(definition, str) and definition.startswith("@")


def _texts(definition: Any) -> Iterator[str]:
    """All texts in the definition of a term, which may be other terms, or begin with prefixes."""
    if isinstance(definition, str):
        yield definition
    elif isinstance(definition, dict):
        for key, value in definition.items():
            yield key
            yield from _texts(value)
    elif isinstance(definition, list):
        for value in definition:
            yield from _texts(value)


def _date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and _parses(datetime.date.fromisoformat, text)


def _month(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d", text)) and _parses(datetime.date.fromisoformat, f"{text}-01")


def _time(text: str) -> bool:
    return bool(re.fullmatch(r"\d\d:\d\d:\d\d", text)) and _parses(datetime.time.fromisoformat, text)


def _parses(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_LEXICAL: dict[str, tuple[Callable[[str], bool], str]] = {
    "date": (_date, "a day that exists, as 2004-06-23"),
    "gYearMonth": (_month, "a month, as 2004-06"),
    "gYear": (lambda text: bool(re.fullmatch(r"\d{4}", text)), "a year, as 2004"),
    "time": (_time, "a time of day, as 14:00:00"),
    "boolean": (lambda text: text in ("true", "false"), "true or false"),
    "integer": (lambda text: bool(re.fullmatch(r"0|-?[1-9]\d*", text)), "a whole number, as 6"),
    "decimal": (lambda text: bool(re.fullmatch(r"-?\d+\.\d+", text)), "a decimal number, as 36.4"),
}


def expected_form(datatype: str, text: str) -> str | None:
    """None if the text is a canonical lexical form of the XSD type, else what would be one."""
    check, form = _LEXICAL.get(datatype, (None, ""))
    return None if check is None or check(text) else form
