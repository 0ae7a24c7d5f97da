"""One SPARQL endpoint over HTTP, through SPARQLWrapper: a query goes out, whole bytes or one of our errors come back.

An answer counts only when its status, its type and its length are what they should be: endpoints break off in the middle of an
answer that began with 200. Whether the bytes are in the format that they claim, their reader checks (``muniment.remote``).
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from SPARQLWrapper import POST, SPARQLWrapper

from muniment import engine
from muniment.errors import (
    InputError,
    MunimentError,
    QueryRefused,
    QuerySyntaxError,
    StoreError,
    StoreTimeout,
)
from muniment.sparql_text import query_form, unescape
from muniment.store import Dataset
from muniment.syntax import syntax_error

_LONGEST_GET = 2000
"""Bytes of query; longer ones are sent by POST."""
_MESSAGE_BYTES = 65536
_NO_ENDPOINT = "Is this the address of a SPARQL endpoint? Many end in /sparql."
_DECLARATION = re.compile(r"(?:\s|#[^\r\n]*+)*(?:base|prefix\s+([^\s:]*):)\s*<[^>]*>", re.IGNORECASE)
_PLACE = re.compile(r"[\s,(]*(?:\bat )?\bline:? ?(\d+),? ?col(?:umn)?:? ?(\d+)\)?", re.IGNORECASE)
_ALSO = {
    "application/sparql-results+json": ("application/json",),
    "application/sparql-results+xml": ("application/xml", "text/xml"),
    "application/ld+json": ("application/json",),
}
"""Types under which endpoints are known to send a format."""


class Endpoint:
    """The address of an endpoint, and what goes with each query."""

    def __init__(
        self, url: str, prefixes: Mapping[str, str], timeout: float, headers: Mapping[str, str]
    ) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.url = urlunsplit((parts.scheme, host, parts.path, "", ""))
        """For requests and messages: without what may be secret."""
        if parts.scheme not in ("http", "https") or not host:
            raise InputError(
                f"`{self.url}` is no address of an endpoint", hint="It begins with http:// or https://."
            )
        self._parameters = parse_qsl(parts.query, keep_blank_values=True)
        self._credentials = (unquote(parts.username or ""), unquote(parts.password or ""))
        self._prefixes = dict(prefixes)
        self._timeout = timeout
        self._headers = dict(headers)

    def ask(
        self, query: str, accepted: Sequence[str], timeout: float | None, dataset: Dataset | None = None
    ) -> tuple[str, bytes]:
        """The type, one of those accepted, and the bytes of an answer that is whole as far as HTTP can tell.

        Raises:
            QuerySyntaxError, QueryRefused, StoreTimeout, StoreError.
        """
        engine.refuse_unsafe(query)
        added = _undeclared(query, self._prefixes)
        client = self._client(added + query, ", ".join(accepted), dataset)
        client.timeout = self._timeout if timeout is None else timeout
        try:
            with client.query().response as response:
                sent = response.headers.get_content_type()
                body = _read(response, time.monotonic() + client.timeout)
        except HTTPError as error:
            with error:
                raise self._failure(error, error.read(_MESSAGE_BYTES), query, len(added)) from None
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, TimeoutError):
                raise StoreTimeout(f"{self.url} did not answer within {client.timeout:g} s") from None
            if isinstance(error, URLError):
                hint = "Is the address right, and the endpoint running?"
                raise StoreError(f"{self.url} cannot be reached: {reason}", hint=hint) from None
            raise self.broken(f"breaks off: {reason or type(reason).__name__}") from None
        for wanted in accepted:
            if sent in (wanted, *_ALSO.get(wanted, ())):
                return wanted, body
        hint = "Is this the address of a SPARQL endpoint, and not of a page about it?"
        raise StoreError(f"{self.url} answered with {sent}, not {' or '.join(accepted)}", hint=hint)

    def broken(self, what: str) -> StoreError:
        """The error for an answer that is not whole or not what it claims to be."""
        return StoreError(
            f"the answer of {self.url} {what}",
            hint="It was thrown away; the fault is on the endpoint's side.",
        )

    def _client(self, query: str, accept: str, dataset: Dataset | None) -> _Client:
        client = _Client(self.url, agent="muniment")
        client.queryString = query  # setQuery would guess the form, and warn
        client.queryType = query_form(query) or "SELECT"
        client.setOnlyConneg(True)
        if len(query.encode()) > _LONGEST_GET:
            client.setMethod(POST)
        if any(self._credentials):
            client.setCredentials(*self._credentials)
        for name, value in self._parameters if dataset is None else _replaced(self._parameters, dataset):
            client.addParameter(name, value)
        for name, value in {**self._headers, "Accept": accept}.items():
            client.addCustomHttpHeader(name, value)
        return client

    def _failure(self, error: HTTPError, body: bytes, query: str, shift: int) -> MunimentError:
        """What a status that is no success means."""
        message, line, column = _message(body, error.headers.get_content_type())
        if error.code == 400:
            if message.startswith("error at "):  # the engine that we know: read as our own
                return syntax_error(query, message, self._prefixes)
            told = message or f"{self.url} refuses the query as malformed"
            return QuerySyntaxError(told, line, column - shift if column and line == 1 else column)
        said = f"{self.url} answered {error.code}" + (f": {message}" if message else "")
        if 300 <= error.code < 400:
            to = urlsplit(error.headers.get("Location", ""))
            hint = f"It points to {to.scheme}://{to.hostname}{to.path}; if that is the endpoint, use its address."
            return StoreError(said, hint=hint)
        if error.code == 403:
            return QueryRefused(said)
        if error.code in (408, 504):
            return StoreTimeout(said)
        wait = error.headers.get("Retry-After")
        busy = f"It is busy; try again in {wait} s." if wait else "It is busy; try again later."
        hints = {
            401: "It wants credentials.",
            404: "Is the address right?",
            413: "Ask a shorter query.",
            429: busy,
            503: busy,
        }
        fault = "The fault is on the endpoint's side." if error.code >= 500 else _NO_ENDPOINT
        return StoreError(said, hint=hints.get(error.code, fault))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is told, not followed: it may lead anywhere, and would turn a POST into a GET."""

    def redirect_request(self, *args: object) -> None:
        return None


class _Client(SPARQLWrapper):
    """SPARQLWrapper with an opener of its own and plain errors: its own keep only the body of an HTTP error."""

    timeout: float  # type: ignore[assignment]
    _opener = urllib.request.build_opener(_NoRedirect)

    def _query(self) -> tuple[HTTPResponse, str]:
        return self._opener.open(self._createRequest(), timeout=self.timeout), self.returnFormat


def _replaced(parameters: Sequence[tuple[str, str]], dataset: Dataset) -> list[tuple[str, str]]:
    """The parameters of an address, with the graphs of a dataset in place of those that it names."""
    names = {"default-graph-uri": dataset.default, "named-graph-uri": dataset.named}
    if not any(names.values()):
        raise QueryRefused("an endpoint cannot be asked for a dataset without any graph")
    kept = [(name, value) for name, value in parameters if name not in names]
    return kept + [(name, graph) for name, graphs in names.items() for graph in graphs]


def _read(response: HTTPResponse, deadline: float) -> bytes:
    """The whole body; the timeout of a socket alone would let an endpoint trickle for ever."""
    parts = []
    while part := response.read1(1 << 16):
        parts.append(part)
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise HTTPException(f"{response.length} bytes are missing")
    return b"".join(parts)


def _undeclared(query: str, prefixes: Mapping[str, str]) -> str:
    """Declarations of the prefixes that a query uses and does not declare, in one line without its end."""
    text, declared, at = unescape(query), set(), 0
    while match := _DECLARATION.match(text, at):
        declared.add(match[1])
        at = match.end()
    used = [
        p for p in prefixes if p not in declared and re.search(rf"(?<![\w.\-:?$@]){re.escape(p)}:", text[at:])
    ]
    return "".join(f"PREFIX {prefix}: <{prefixes[prefix]}> " for prefix in used)


def _message(body: bytes, media_type: str) -> tuple[str, int | None, int | None]:
    """What an endpoint says of an error, in one line, and the place in the query that it names."""
    text = body.decode("utf-8", "replace")
    line = column = None
    if "json" in media_type:
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
