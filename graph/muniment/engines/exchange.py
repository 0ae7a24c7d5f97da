"""One request to an engine and what comes back for it, piece by piece as libcurl hands it over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pycurl

_AT_ONCE = 0.5
"""Seconds in which a connection that had been closed at rest is found out; what ends later may have been brought down by the query."""
_SEEN_AT_ONCE = 128 << 10
"""Bytes of lines that are looked at at a time: a millisecond of work, during which nothing else in the process gets on."""


@dataclass(frozen=True)
class Lines:
    """Looks at an answer of a type that consists of lines while more of it is on its way: then it costs hardly any time."""

    media_type: str
    check: Callable[[bytes], object]
    """Is handed whole lines; raises ``ValueError`` if they are not what they should be."""


@dataclass(frozen=True)
class Request:
    """What is sent, and how its answer is read."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None
    """None for a GET; what a POST sends."""
    seconds: float
    """The time for the whole answer."""
    again: bool
    """Whether it may be sent once more if the connection ends before an answer begins (a query may, an update may not)."""
    lines: Lines | None = None


@dataclass(frozen=True)
class Reply:
    """An answer that came whole, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes
    checked: bool = False
    """Whether its lines were looked at, and are as they should be."""

    @property
    def media_type(self) -> str:
        """Its type without parameters; plain text where it names none."""
        return _type_of(self.headers)


@dataclass
class Exchange:
    """A request that is under way."""

    request: Request
    last: float
    """The end of its time (``time.monotonic``)."""
    most_bytes: int | None = None
    sent: bool = False
    status: int = 0
    """0 until an answer begins."""
    system_error: int = 0
    """The number (``errno``) of what the system said when no connection came about."""
    _headers: dict[str, str] = field(default_factory=dict)
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0
    _unseen: list[bytes] = field(default_factory=list)
    _unseen_size: int = 0
    _watched: bool = False

    @property
    def may_go_again(self) -> bool:
        """Whether it does no harm to send the request once more."""
        began = self.last - self.request.seconds
        return self.request.again and not self.status and time.monotonic() - began < _AT_ONCE

    @property
    def missing(self) -> int:
        """Bytes that did not come, as far as the head of the answer says."""
        length = self._headers.get("content-length", "")
        return max(0, int(length) - self._size) if length.isdigit() else 0

    def connected(self, *_: object) -> int:
        """The request is about to be sent. libcurl sends it by itself again if a connection ends: not where that may do harm."""
        repeated = self.sent and not self.status
        self.sent = True
        return int(pycurl.PREREQFUNC_ABORT if repeated and not self.may_go_again else pycurl.PREREQFUNC_OK)

    def header(self, line: bytes) -> None:
        """A line of the head of an answer; others may have come before the one that counts (100, or a 401 that Digest answers)."""
        if line.startswith(b"HTTP/"):
            self.status, self._size, self._unseen_size = int(line.split()[1]), 0, 0
            for before in (self._headers, self._parts, self._unseen):
                before.clear()
            return
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            name = name.strip().lower()
            earlier = f"{self._headers[name]}, " if name in self._headers else ""
            self._headers[name] = earlier + value.strip()

    @property
    def too_long(self) -> bool:
        """Whether the body is longer than wanted."""
        return self.most_bytes is not None and self._size > self.most_bytes

    def part(self, data: bytes) -> int:
        """Some of the body; how much of it is taken. (What is raised here libcurl would write to stderr, and go on without.)"""
        if not self._parts:
            lines = self.request.lines
            self._watched = bool(lines and self.status == 200 and lines.media_type == _type_of(self._headers))
        self._parts.append(data)
        self._size += len(data)
        if self._watched:
            self._unseen.append(data)
            self._unseen_size += len(data)
            if self._unseen_size >= _SEEN_AT_ONCE:
                self._look(whole=False)
        return 0 if self.too_long else len(data)

    def reply(self) -> Reply:
        """The answer, once all of it is here; nothing of it is kept."""
        if self._watched:
            self._look(whole=True)
        body = b"".join(self._parts)
        self._parts.clear()
        return Reply(self.status, dict(self._headers), body, self._watched)

    def _look(self, *, whole: bool) -> None:
        """Look at the lines that have come since; at the last one only if the answer is whole. What is wrong is found out by who reads it."""
        assert self.request.lines
        data = b"".join(self._unseen)
        end = len(data) if whole else data.rfind(b"\n") + 1
        if not end and not whole:  # a line that has no end is read once, when all of it is here
            self._watched = False
            self._unseen.clear()
            return
        self._unseen[:] = [data[end:]]
        self._unseen_size = 0
        try:
            self.request.lines.check(data[:end])
        except ValueError:
            self._watched = False


def _type_of(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
