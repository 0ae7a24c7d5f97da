"""One SPARQL endpoint over HTTP: SPARQLWrapper writes the request, pooled connections carry it; whole bytes or one of our errors come back.

An answer counts only when its status, its type and its length are what they should be: endpoints break off in the middle of an
answer that began with 200. Whether the bytes are in the format that they claim, their reader checks (``muniment.remote``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from SPARQLWrapper import POST, SPARQLWrapper

from muniment.engines.exchange import Lines, Reply, Request
from muniment.engines.table import GENERIC, Engine, engine_of
from muniment.engines.wire import Credentials, Wire
from muniment.errors import (
    AnswerSpoiled,
    InputError,
    MunimentError,
    QueryRefused,
    QuerySyntaxError,
    StoreDenied,
    StoreError,
    StoreTimeout,
    StoreUnreachable,
)
from muniment.federation import refuse_unsafe
from muniment.sparql_text import query_form, unescape
from muniment.store import Dataset
from muniment.syntax import syntax_error

_LONGEST_GET = 2000
"""Bytes of query; longer ones are sent by POST."""
_NO_ENDPOINT = "Is this the address of a SPARQL endpoint? Many end in /sparql."
_DECLARATION = re.compile(r"(?:\s|#[^\r\n]*+)*(?:base|prefix\s+([^\s:]*):)\s*<[^>]*>", re.IGNORECASE)
_PLACE = re.compile(r"[\s,(]*(?:\bat )?\bline:? ?(\d+),? ?col(?:umn)?:? ?(\d+)\)?", re.IGNORECASE)
_IN_PATHS = "/%:@!$&'()*+,;=~"
"""What stays as it is in the path of an address."""
_ALSO = {
    "application/sparql-results+json": ("application/json",),
    "application/sparql-results+xml": ("application/xml", "text/xml"),
    "application/ld+json": ("application/json",),
}
"""Types under which endpoints are known to send a format."""


class Answer(NamedTuple):
    """An answer that is whole as far as HTTP can tell."""

    media_type: str
    body: bytes
    checked: bool = False
    """Whether all of it is known to be in that format."""


@dataclass(frozen=True)
class Question:
    """A query, and how its answer is wanted."""

    query: str
    accepted: Sequence[str]
    """Types of the answer."""
    timeout: float | None = None
    """Seconds in which the whole answer must be there; as the endpoint has it, if not given."""
    dataset: Dataset | None = None
    lines: Lines | None = None
    """Checks the answer while it comes, if it is of that type."""


class Endpoint:
    """The address of an endpoint, and what goes with each query."""

    def __init__(
        self,
        url: str,
        prefixes: Mapping[str, str],
        timeout: float,
        headers: Mapping[str, str],
        kind: Engine = GENERIC,
        credentials: Credentials | None = None,
        most_bytes: int | None = None,
        shown: str | None = None,
    ) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.url = urlunsplit((parts.scheme, host, quote(parts.path, safe=_IN_PATHS), "", ""))
        """For requests: without what may be secret."""
        if parts.scheme not in ("http", "https") or not host or not host.isascii():
            hint = "It begins with http:// or https://, and its host is written in ASCII (`xn--...`)."
            raise InputError(f"`{self.url}` is no address of an endpoint", hint=hint)
        self._parameters = parse_qsl(parts.query, keep_blank_values=True)
        named = Credentials(unquote(parts.username or ""), unquote(parts.password or ""))
        self.kind = kind
        self.shown = shown or self.url
        """What messages call it."""
        self.wire = Wire(self.shown, credentials or named, kind.scheme, most_bytes)
        self._prefixes = dict(prefixes)
        self._timeout = timeout
        self._headers = dict(headers)

    def ask(self, question: Question) -> Answer:
        """The answer in one of the types that are accepted.

        Raises:
            QuerySyntaxError, QueryRefused, StoreTimeout, StoreError.
        """
        query, accepted = question.query, question.accepted
        refuse_unsafe(query)
        added = _undeclared(query, self._prefixes)
        seconds = self._timeout if question.timeout is None else question.timeout
        written = self._client(added + query, ", ".join(accepted), question.dataset, seconds)._createRequest()
        body = cast("bytes | None", written.data)
        headers = _titled(written.headers)
        reply = self.wire.send(
            Request(written.full_url, headers, body, seconds, again=True, lines=question.lines)
        )
        if reply.status != 200:
            raise self.failure(reply, query, len(added))
        self._refuse_parts(reply)
        sent = reply.media_type
        for wanted in accepted:
            if sent in (wanted, *_ALSO.get(wanted, ())):
                return Answer(wanted, reply.body, reply.checked)
        hint = "Is this the address of a SPARQL endpoint, and not of a page about it?"
        raise AnswerSpoiled(f"{self.shown} answered with {sent}, not {' or '.join(accepted)}", hint=hint)

    def recognise(self, seconds: float) -> None:
        """Learn from the header of an answer what kind of engine it is.

        Raises:
            StoreError: it does not answer.
        """
        headers = {"Accept": "application/sparql-results+json", "User-Agent": "muniment"}
        address = f"{self.url}?{urlencode([*self._parameters, ('query', 'ASK {}')])}"
        reply = self.wire.send(Request(address, headers, None, seconds, again=True))
        if reply.status != 200:
            raise self.failure(reply)
        self.kind = engine_of(reply.headers.get("server"))

    @property
    def address(self) -> str:
        """The whole address, with its parameters."""
        return f"{self.url}?{urlencode(self._parameters)}" if self._parameters else self.url

    def close(self) -> None:
        """Close the connections."""
        self.wire.close()

    def broken(self, what: str) -> StoreError:
        """The error for an answer that is not whole or not what it claims to be."""
        return AnswerSpoiled(
            f"the answer of {self.shown} {what}",
            hint="It was thrown away; the fault is on the endpoint's side.",
        )

    def _refuse_parts(self, reply: Reply) -> None:
        """Nothing, or the error that a header speaks of: the engine sent a part of the answer as if it were all."""
        for header, pattern in self.kind.incomplete.items():
            said = reply.headers.get(header.lower(), "")
            if not re.search(pattern, said):
                continue
            if self.kind.times_up.search(said):
                hint = "It was thrown away. Ask for less, or allow more time."
                raise StoreTimeout(f"{self.shown} sent what it had when its time was over", hint=hint)
            raise AnswerSpoiled(
                f"{self.shown} cut its answer ({header}: {said})",
                hint="The part was thrown away. Ask for fewer rows (LIMIT), or raise the engine's limit.",
            )

    def _client(self, query: str, accept: str, dataset: Dataset | None, seconds: float) -> SPARQLWrapper:
        client = SPARQLWrapper(self.url, agent="muniment")
        client.queryString = query  # setQuery would guess the form, and warn
        client.queryType = query_form(query) or "SELECT"
        client.setOnlyConneg(True)
        graphs = (*dataset.default, *dataset.named) if dataset else ()
        if len(query.encode()) + sum(map(len, graphs)) > _LONGEST_GET:
            client.setMethod(POST)
        if deadline := self.kind.deadline:
            client.addParameter(deadline.name, deadline.written(seconds))
        for name, value in self._parameters if dataset is None else _replaced(self._parameters, dataset):
            client.addParameter(name, value)
        for name, value in {**self._headers, "Accept": accept}.items():
            client.addCustomHttpHeader(name, value)
        return client

    def failure(self, reply: Reply, query: str = "", shift: int = 0) -> MunimentError:
        """What a status that is no success means."""
        code = reply.status
        message, line, column = _message(reply.body, reply.media_type, self.kind.error)
        if self.kind.times_up.search(message):
            return StoreTimeout(
                f"{self.shown} ended the query when its time was over",
                hint="Ask for less, or allow more time.",
            )
        if code == 400:
            if message.startswith("error at "):  # the engine that we know: read as our own
                return syntax_error(query, message, self._prefixes)
            told = message or f"{self.shown} refuses the query as malformed"
            return QuerySyntaxError(told, line, column - shift if column and line == 1 else column)
        said = f"{self.shown} answered {code}" + (f": {message}" if message else "")
        if 300 <= code < 400:
            to = urlsplit(reply.headers.get("location", ""))
            hint = f"It points to {to.scheme}://{to.hostname}{to.path}; if that is the endpoint, use its address."
            return StoreError(said, hint=hint)
        if code in (401, 407):
            hint = "It wants credentials: MUNIMENT_STORE_USER and MUNIMENT_STORE_PASSWORD, or MUNIMENT_STORE_TOKEN."
            return StoreDenied(said, hint=hint)
        if code == 403:
            return QueryRefused(said)
        if code in (408, 504):
            return StoreTimeout(said)
        wait = reply.headers.get("retry-after", "")
        busy = f"It is busy; try again in {wait} s." if wait else "It is busy; try again later."
        if code in (429, 503):
            seconds = int(wait) if wait.isdigit() else 2
            return StoreUnreachable(said, hint=busy, retry_after=seconds)
        hints = {404: "Is the address right?", 413: "Ask a shorter query."}
        if code == 507 or re.search(r"(?i)no space left|disk.{0,20}full|out of disk", message):
            hints[code] = "Its disk is full: make room there, and run the same again."
        fault = "The fault is on the endpoint's side." if code >= 500 else _NO_ENDPOINT
        return StoreError(said, hint=hints.get(code, fault))


def _replaced(parameters: Sequence[tuple[str, str]], dataset: Dataset) -> list[tuple[str, str]]:
    """The parameters of an address, with the graphs of a dataset in place of those that it names."""
    names = {"default-graph-uri": dataset.default, "named-graph-uri": dataset.named}
    if not any(names.values()):
        raise QueryRefused("an endpoint cannot be asked for a dataset without any graph")
    kept = [(name, value) for name, value in parameters if name not in names]
    return kept + [(name, graph) for name, graphs in names.items() for graph in graphs]


def _titled(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, whose names urllib has put in lower case."""
    return {name.title(): value for name, value in headers.items()}


def _undeclared(query: str, prefixes: Mapping[str, str]) -> str:
    """Declarations of the prefixes that a query uses and does not declare, in one line without its end."""
    text, declared, at = unescape(query), set(), 0
    while match := _DECLARATION.match(text, at):
        declared.add(match[1])
        at = match.end()
    rest = text[at:]
    used = [
        p
        for p in prefixes
        if p not in declared
        and f"{p}:" in rest  # nearly always not, and found out in no time
        and re.search(rf"(?<![\w.\-:?$@]){re.escape(p)}:", rest)
    ]
    return "".join(f"PREFIX {prefix}: <{prefixes[prefix]}> " for prefix in used)


def _message(
    body: bytes, media_type: str, pattern: re.Pattern[str] | None = None
) -> tuple[str, int | None, int | None]:
    """What an endpoint says of an error, in one line, and the place in the query that it names."""
    text = body.decode("utf-8", "replace")
    line = column = None
    if pattern and (found := pattern.search(text)):
        text = found[1]
    elif "json" in media_type:
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if isinstance(told, dict):
            text = next(
                (str(told[key]) for key in ("detail", "message", "exception", "title") if told.get(key)), ""
            )
            line, column = (
                told[key] if isinstance(told.get(key), int) else None for key in ("line", "column")
            )
    elif "html" in media_type or "xml" in media_type:
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = title[1] if title else ""
    if (place := _PLACE.search(text)) and not line:
        line, column = int(place[1]), int(place[2])
        text = text[: place.start()] + text[place.end() :]
    return " ".join(text.split())[:500], line, column
