"""What a SPARQL text asks for, found without parsing it: its form, and whether it reaches for other servers.

The engines that answer are lenient in different ways: Oxigraph reads ``trueSERVICE<x>{}`` as two words and ``?a<'b>'`` as a comparison,
others undo code-point escapes (``\\u0053ERVICE``) before they look for words. A guard that reads a text in one way only can be talked
past. So the scan follows each way in which a text can be read and reports a call that any of them sees; whether the text is
SPARQL at all, the engine says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "UPDATE"]

_SPACE = r"(?:[ \t\r\n]|\#[^\r\n]*+)*+"
_IRI = r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>"
_NAME = r"[\w.\-\u00b7\u0300-\u036f\u203f\u2040]"
_LOCAL = rf"(?:{_NAME}|[:%]|\\[_~.\-!$&'()*+,;=/?\#@%])"
# The prefix is bounded, so that no text takes quadratic time.
_PREFIXED = rf"(?:[^\W\d_]{_NAME}{{0,200}}+)?:(?:{_LOCAL}*(?<!\.))?"
_STRING = r"""'{3}(?:'{0,2}(?:[^'\\]|\\.))*+'{3}|"{3}(?:"{0,2}(?:[^"\\]|\\.))*+"{3}|'(?:[^'\\\r\n]|\\.)*+'|"(?:[^"\\\r\n]|\\.)*+\""""

_TOKEN = re.compile(
    rf"""(?P<space>[ \t\r\n]+|\#[^\r\n]*) | (?P<iri>{_IRI}) | (?P<string>{_STRING}) | (?P<variable>[?$]\w(?:(?![.\-]){_NAME})*)
    | (?P<tag>@[A-Za-z0-9\-]+) | (?P<blank>_:{_NAME}*(?<!\.)) | (?P<prefixed>{_PREFIXED}) | (?P<number>\d+(?:\.\d*)?(?:[eE][+\-]?\d+)?)
    | (?P<word>[^\W\d_]+) | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_PROLOGUE = re.compile(
    rf"(?:{_SPACE}(?:base{_SPACE}{_IRI}|prefix{_SPACE}[\w.\-]*:{_SPACE}{_IRI}|version{_SPACE}(?:{_STRING})))*+{_SPACE}",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"(select|ask|construct|describe)|(insert|delete|load|clear|create|drop|copy|move|add|with)",
    re.IGNORECASE,
)
_TARGET = rf"{_SPACE}(?:silent{_SPACE})?(?P<target>{_IRI}|[?$]\w+|{_PREFIXED})"
_SERVICE = re.compile(rf"(?:true|false)?\.?service{_TARGET}{_SPACE}\{{", re.IGNORECASE)
_LOAD = re.compile(rf"load{_TARGET}{_SPACE}(?:;|into|\Z)", re.IGNORECASE)
_NAMES_A_GRAPH = frozenset(
    {"graph", "from", "named", "describe", "service", "silent", "with", "using", "into", "to"}
)
_DECLARED = "PREFIX or BASE"
_BEGINS = frozenset({"", ";", _DECLARED})
"""What an operation of an update stands behind."""
_LONG_QUOTES = ("'''", '"""')
_LINE_BREAK = re.compile(r"[\r\n]")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True, order=True)
class Call:
    """A place where a text asks the engine to fetch from an address; line and column count from 1."""

    line: int
    column: int
    keyword: Literal["SERVICE", "LOAD"]
    written: str
    """The address as written: ``<iri>``, a variable or a prefixed name."""

    @property
    def target(self) -> str | None:
        """The absolute IRI that is called, or None where only the engine can tell (a variable, a prefix, a relative IRI)."""
        iri = unescape(self.written[1:-1])
        return iri if self.written.startswith("<") and _ABSOLUTE.match(iri) else None

    def __str__(self) -> str:
        return f"{self.keyword} {self.written}"


def query_form(text: str) -> Form | None:
    """The form of a query, ``UPDATE`` for any update, None where the text begins like neither."""
    for reading in _readings(text):
        start = _PROLOGUE.match(reading)
        if start and (found := _FORM.match(reading, start.end())):
            return _FORMS[found[1].upper()] if found[1] else "UPDATE"
    return None


_CALLING = re.compile(r"service|load", re.IGNORECASE)
_FORMS: dict[str, Form] = {"SELECT": "SELECT", "ASK": "ASK", "CONSTRUCT": "CONSTRUCT", "DESCRIBE": "DESCRIBE"}


def services(text: str) -> list[Call]:
    """Each SERVICE, and in an update each LOAD, in order of place; comments, strings and names that look alike are passed over."""
    if not _CALLING.search(unescape(text)):
        return []
    updates = query_form(text) == "UPDATE"
    return sorted(
        {call for reading in _readings(text) for call in _located(reading, _calls(reading, updates))}
    )


def unescape(text: str) -> str:
    """The text with its code-point escapes undone (SPARQL 1.1, section 19.2); one that is no code point stays."""
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else escape[0]


def _readings(text: str) -> tuple[str, ...]:
    undone = unescape(text)
    return (text,) if undone == text else (text, undone)


class _Tokens:
    """The token at each place of a text, for places that never go back: that keeps it linear in the length of the text.

    A comment is searched for its end once, from wherever in it one begins to read; and where a long string never ends, neither does one
    that begins behind it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._end_of_line = 0
        self._endless: set[str] = set()

    def at(self, at: int) -> tuple[str, int]:
        """The kind of the token there, and where it ends."""
        text = self._text
        if text[at] == "#":
            if at >= self._end_of_line:
                found = _LINE_BREAK.search(text, at)
                self._end_of_line = found.start() if found else len(text)
            return "space", self._end_of_line
        quotes = text[at : at + 3]
        if quotes in self._endless:
            return "string", at + 2
        token = _TOKEN.match(text, at)
        assert token is not None  # the last alternative takes any character
        end = token.end()
        if quotes in _LONG_QUOTES and end == at + 2:
            self._endless.add(quotes)
        return token.lastgroup or "", end


def _calls(text: str, updates: bool) -> Iterator[tuple[int, Literal["SERVICE", "LOAD"], str]]:
    """Place, keyword and address of each call. Where ``<`` may be less-than as well as the start of an IRI, both ways are followed, the one
    that is less far first."""
    tokens = _Tokens(text)
    todo = [(0, "")]
    seen: set[tuple[int, bool, bool]] = set()
    while todo:
        at, before = heappop(todo)
        state = at, before in _NAMES_A_GRAPH, before in _BEGINS
        if at == len(text) or state in seen:
            continue
        seen.add(state)
        kind, end = tokens.at(at)
        written = text[at:end]
        if written in ("'", '"'):
            continue  # a string that never ends: read in this way the text is not SPARQL
        if kind in ("word", "prefixed") and (call := _call(text, at, before, kind, updates)):
            yield at, *call
        if kind == "iri" and ("'" in written or "#" in written):
            heappush(todo, (at + 1, "<"))
        if kind != "space":
            declares = kind == "iri" and (before.endswith(":") or before == "base")
            before = _DECLARED if declares else written.lower()
        heappush(todo, (end, before))


def _call(
    text: str, at: int, before: str, kind: str, updates: bool
) -> tuple[Literal["SERVICE", "LOAD"], str] | None:
    glued = kind == "prefixed"
    found = None if glued and before in _NAMES_A_GRAPH else _SERVICE.match(text, at)
    if found:
        return "SERVICE", found["target"]
    if updates and before in _BEGINS and (found := _LOAD.match(text, at)):
        return "LOAD", found["target"]
    return None


def _located(text: str, calls: Iterable[tuple[int, Literal["SERVICE", "LOAD"], str]]) -> Iterator[Call]:
    """The calls with line and column in place of a number of characters."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for at, keyword, written in calls:
        line = bisect_right(starts, at)
        yield Call(line, at - starts[line - 1] + 1, keyword, written)
