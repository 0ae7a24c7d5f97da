"""The wire to an engine: pooled connections, credentials, one deadline for a whole answer, one more try where that is safe.

libcurl carries the requests: an answer of thousands of small chunks costs it a sixth of what it costs clients that are written in Python, and
the pool, Digest and a deadline for the whole are its own.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import urlsplit

import pycurl

from muniment import tracing
from muniment.engines.breaker import Breaker
from muniment.engines.exchange import Exchange, Reply, Request
from muniment.engines.table import Scheme
from muniment.errors import AnswerSpoiled, InputError, StoreError, StoreTimeout, StoreUnreachable
from muniment.workers.limits import ResultTooLarge

_CONNECTIONS = 32
"""Connections at rest that are kept."""
_READ = 256 << 10
"""Bytes that are read from a connection at once."""
_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "its name is not known",
    pycurl.E_SSL_CONNECT_ERROR: "no secure connection comes about",
    pycurl.E_PEER_FAILED_VERIFICATION: "its certificate is not one that is trusted here",
}
"""Why there is no connection, if not for what the system says; libcurl's own words name the address, which is nobody's business."""


@dataclass(frozen=True)
class Credentials:
    """Who asks: a user with a password, or the bearer of a token. Never shown."""

    user: str = ""
    password: str = ""
    token: str = ""
    scheme: Scheme | None = None
    """How a password is sent; None for what is usual with the engine."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Credentials:
        """What ``MUNIMENT_STORE_USER``, ``_PASSWORD``, ``_TOKEN`` and ``_AUTH`` (``basic`` or ``digest``) say.

        Raises:
            InputError: the last is neither.
        """
        user, password, token, scheme = (
            environ.get(f"MUNIMENT_STORE_{name}", "") for name in ("USER", "PASSWORD", "TOKEN", "AUTH")
        )
        if scheme not in ("", "basic", "digest"):
            raise InputError(f"MUNIMENT_STORE_AUTH is neither basic nor digest: {scheme}")
        return cls(user, password, token, "digest" if scheme == "digest" else "basic" if scheme else None)

    def __bool__(self) -> bool:
        return bool(self.user or self.password or self.token)

    def __repr__(self) -> str:
        return f"Credentials({'given' if self else 'none'})"


class Wire:
    """Connections to one engine; ``name`` is its address without secrets, for messages. It may be used from several threads."""

    def __init__(
        self,
        name: str,
        credentials: Credentials | None = None,
        usual: Scheme = "basic",
        most_bytes: int | None = None,
    ) -> None:
        """Args:
        usual: how a password is sent, if the credentials do not say.
        most_bytes: the longest body that is read.
        """
        self.name, self._most_bytes = name, most_bytes
        self.breaker = Breaker(name)
        self.connections = 0
        """Connections that have been opened; as long as it stays the same, the same engine answers."""
        self._credentials, self._usual = credentials or Credentials(), usual
        self._idle: list[pycurl.Curl] = []
        """Each has a connection of its own, or had one."""
        self._lock, self._closed = Lock(), False

    def send(self, request: Request) -> Reply:
        """Send a request and read the whole answer, whatever its status.

        Raises:
            StoreUnreachable, StoreTimeout, AnswerSpoiled, ResultTooLarge.
        """
        host = urlsplit(request.url).hostname or ""
        method = "GET" if request.body is None else "POST"
        with tracing.span("engine", calls=True, server__address=host, http__request__method=method):
            self.breaker.enter()
            request = replace(request, headers={**request.headers, **tracing.headers()})
            reply = self._answer(request)
            if reply.status in (502, 503):
                self.breaker.failed()
            else:
                self.breaker.done()
            return reply

    def close(self) -> None:
        """Close the connections at rest, and the others once they are."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.close()

    def _answer(self, request: Request) -> Reply:
        last = time.monotonic() + request.seconds
        for tries_left in (1, 0):
            exchange = Exchange(request, last, self._most_bytes)
            try:
                self._perform(exchange)
                return exchange.reply()
            except pycurl.error as error:
                code, said = error.args[:2]
                if exchange.too_long:
                    raise ResultTooLarge(self._most_bytes or 0) from None
                if code == pycurl.E_OPERATION_TIMEDOUT:
                    if not exchange.sent:
                        self.breaker.failed()  # one that is only slow may be at work for somebody
                    hint = "Ask for less, or allow more time."
                    raise StoreTimeout(f"{self.name} did not answer within {request.seconds:g} s", hint=hint) from None  # fmt: skip
                if tries_left and exchange.may_go_again:
                    continue
                self.breaker.failed()
                raise self._broken(exchange, code, said) from None
        raise AssertionError("unreachable")

    def _perform(self, exchange: Exchange) -> None:
        """Send the request of an exchange, which is told of what comes."""
        request = exchange.request
        with self._lock:
            handle = self._idle.pop() if self._idle else self._handle()
        headers = {"Accept-Encoding": "identity", "Expect": "", **self._bearer(), **request.headers}
        handle.setopt(pycurl.URL, request.url)
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}".encode() for name, value in headers.items()])
        handle.setopt(pycurl.TIMEOUT_MS, max(1, int(1000 * (exchange.last - time.monotonic()))))
        handle.setopt(pycurl.PREREQFUNCTION, exchange.connected)
        handle.setopt(pycurl.HEADERFUNCTION, exchange.header)
        handle.setopt(pycurl.WRITEFUNCTION, exchange.part)
        if request.body is None:
            handle.setopt(pycurl.HTTPGET, 1)
        else:
            handle.setopt(pycurl.POST, 1)
            handle.setopt(pycurl.POSTFIELDS, request.body)
        try:
            handle.perform()
        except BaseException:
            exchange.system_error = handle.getinfo(pycurl.OS_ERRNO)
            handle.close()
            raise
        self._rest(handle)

    def _bearer(self) -> dict[str, str]:
        token = self._credentials.token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _rest(self, handle: pycurl.Curl) -> None:
        """Keep a connection for who comes next."""
        with self._lock:
            self.connections += handle.getinfo(pycurl.NUM_CONNECTS)
            if not self._closed and len(self._idle) < _CONNECTIONS:
                self._idle.append(handle)
                return
        handle.close()

    def _handle(self) -> pycurl.Curl:
        handle = pycurl.Curl()
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.BUFFERSIZE, _READ)
        handle.setopt(pycurl.USERAGENT, "muniment")
        handle.setopt(pycurl.NOPROGRESS, 0)
        handle.setopt(pycurl.XFERINFOFUNCTION, _interruptible)
        trusted = ssl.get_default_verify_paths()
        if trusted.cafile:
            handle.setopt(pycurl.CAINFO, trusted.cafile)
        if trusted.capath:
            handle.setopt(pycurl.CAPATH, trusted.capath)
        who = self._credentials
        if who.user or who.password:
            digest = (who.scheme or self._usual) == "digest"
            handle.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_DIGEST if digest else pycurl.HTTPAUTH_BASIC)
            handle.setopt(pycurl.USERNAME, who.user.encode())
            handle.setopt(pycurl.PASSWORD, who.password.encode())
        return handle

    def _broken(self, exchange: Exchange, code: int, said: str) -> StoreError:
        if not exchange.sent:
            system = os.strerror(exchange.system_error) if exchange.system_error else ""
            why = _REASONS.get(code, system)
            told = f"{self.name} cannot be reached" + (f": {why}" if why else "")
            return StoreUnreachable(told, hint="Is the address right, and the endpoint running?")
        what = f"{exchange.missing} bytes are missing" if exchange.missing else said
        return AnswerSpoiled(
            f"the answer of {self.name} breaks off: {what}",
            hint="It was thrown away; the fault is on the endpoint's side.",
        )


def _interruptible(*_: object) -> None:
    """Does nothing, but now and then: without it Ctrl-C would be noticed when the answer is there."""
