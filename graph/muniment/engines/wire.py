"""The wire to an engine: pooled connections, credentials, one deadline for a whole answer, one more try where that is safe."""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2 as httpx

from muniment import tracing
from muniment.engines.breaker import Breaker
from muniment.engines.table import Scheme
from muniment.errors import AnswerSpoiled, InputError, StoreError, StoreTimeout, StoreUnreachable
from muniment.workers.limits import ResultTooLarge

_CONNECTIONS = 32
_AT_ONCE = 0.5
"""Seconds in which a connection that had been closed at rest is found out; what ends later may have been brought down by the query."""


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

    def auth(self, usual: Scheme = "basic") -> httpx.Auth | None:
        """What httpx puts on a request."""
        if self.token:
            return _Bearer(self.token)
        if not self:
            return None
        kind = httpx.DigestAuth if (self.scheme or usual) == "digest" else httpx.BasicAuth
        return kind(self.user, self.password)


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request):  # type: ignore[no-untyped-def]
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


@dataclass(frozen=True)
class Reply:
    """An answer that came whole."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def media_type(self) -> str:
        """Its type without parameters; plain text where it names none."""
        return str(self.headers.get("content-type", "text/plain")).partition(";")[0].strip().lower()


class Wire:
    """Connections to one engine; ``name`` is its address without secrets, for messages. It may be used from several threads."""

    def __init__(self, name: str, auth: httpx.Auth | None = None, most_bytes: int | None = None) -> None:
        self.name, self._most_bytes = name, most_bytes
        self.breaker = Breaker(name)
        self.connections = 0
        """Connections that have been opened; as long as it stays the same, the same engine answers."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_CONNECTIONS)
        self._client = httpx.Client(auth=auth, limits=limits, follow_redirects=False)
        self._client.headers = httpx.Headers({"Accept-Encoding": "identity"})
        self.close = weakref.finalize(self, self._client.close)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
        *,
        again: bool,
    ) -> Reply:
        """Send a request and read the whole answer, whatever its status.

        Args:
            seconds: the time for all of it.
            again: whether it may be sent once more if the connection ends before an answer begins (a query may, an update may not).

        Raises:
            StoreUnreachable, StoreTimeout, AnswerSpoiled, ResultTooLarge.
        """
        with tracing.span(
            "engine", calls=True, server__address=httpx.URL(url).host, http__request__method=method
        ):
            return self._send(method, url, {**headers, **tracing.headers()}, body, seconds, again)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
        again: bool,
    ) -> Reply:
        self.breaker.enter()
        began = time.monotonic()
        last = began + seconds
        for tries_left in (1, 0) if again else (0,):
            try:
                reply = self._once(method, url, headers, body, last)
            except (
                httpx.ConnectError,
                httpx.RemoteProtocolError,
                httpx.ReadError,
                httpx.WriteError,
            ) as error:
                if tries_left and not getattr(error, "begun", False) and time.monotonic() - began < _AT_ONCE:
                    continue
                self.breaker.failed()
                raise self._broken(error) from None
            except httpx.TimeoutException as error:
                if isinstance(error, httpx.ConnectTimeout):
                    self.breaker.failed()  # one that is only slow may be at work for somebody
                raise StoreTimeout(
                    f"{self.name} did not answer within {seconds:g} s",
                    hint="Ask for less, or allow more time.",
                ) from None
            except (httpx.HTTPError, OSError) as error:
                self.breaker.failed()
                raise self._broken(error) from None
            if reply.status in (502, 503):
                self.breaker.failed()
            else:
                self.breaker.done()
            return reply
        raise AssertionError("unreachable")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, last: float
    ) -> Reply:
        left = max(0.001, last - time.monotonic())
        parts: list[bytes] = []
        size, begun = 0, False
        try:
            with self._client.stream(
                method,
                url,
                headers=dict(headers),
                content=body,
                timeout=left,
                extensions={"trace": self._traced},
            ) as response:
                begun = True
                for part in response.iter_raw():
                    parts.append(part)
                    size += len(part)
                    if time.monotonic() > last:
                        raise httpx.ReadTimeout("")
                    if self._most_bytes is not None and size > self._most_bytes:
                        raise ResultTooLarge(self._most_bytes)
                return Reply(response.status_code, response.headers, b"".join(parts))
        except httpx.TransportError as error:
            error.begun = begun  # type: ignore[attr-defined]
            if (
                begun
                and (length := response.headers.get("content-length", "")).isdigit()
                and int(length) > size
            ):
                error.missing = int(length) - size  # type: ignore[attr-defined]
            raise

    def _traced(self, event: str, _: object) -> None:
        if event == "connection.connect_tcp.started":
            self.connections += 1

    def _broken(self, error: Exception) -> StoreError:
        if isinstance(error, httpx.ConnectError):
            hint = "Is the address right, and the endpoint running?"
            return StoreUnreachable(f"{self.name} cannot be reached: {error}", hint=hint)
        missing = getattr(error, "missing", None)
        what = f"{missing} bytes are missing" if missing else str(error) or type(error).__name__
        return AnswerSpoiled(
            f"the answer of {self.name} breaks off: {what}",
            hint="It was thrown away; the fault is on the endpoint's side.",
        )
