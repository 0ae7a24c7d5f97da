"""One call of an endpoint that the operator allows: to an address that was checked, without redirects, within limits.

The name of the endpoint is resolved once, and the connection goes to what was found and checked, so that a name whose answer changes
(DNS rebinding) leads nowhere. Nothing of the client goes along but the query.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import IO
from urllib.parse import urlsplit

from muniment.workers.limits import Limits

_ERROR_BYTES = 2000
_IN_MEMORY = 1 << 20
PIECE = 1 << 16
"""How many bytes are read and sent at a time."""
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_NAT64, _GLOBAL = IPv6Network("64:ff9b::/96"), IPv6Network("2000::/3")

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system gives for a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that queries may reach."""

    url: str
    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """Read a URL.

        Raises:
            ValueError: it is no http or https URL, or has credentials or a fragment.
        """
        parts = urlsplit(url)
        if not _URL.fullmatch(url) or set(url) & set('#<>"{}|\\^`') or "@" in parts.netloc:
            raise ValueError(url)
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        if not parts.hostname or parts.port == 0:
            raise ValueError(url)
        return cls(url, parts.hostname, port, secure)

    def addresses(self, resolver: Resolver) -> list[str]:
        """Where to connect: the IP that the operator named, or public ones (``localhost``: of the loopback)."""
        with contextlib.suppress(ValueError):
            return [str(ip_address(self.host))]
        found = [ip_address(text) for text in resolver(self.host, self.port)]
        for ip in found:
            if not (is_public(ip) or (self.host == "localhost" and ip.is_loopback)):
                raise Failed("its name leads to an address that is not public")
        return [str(ip) for ip in found]


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the internet: not to this machine, a private network or a group of receivers."""
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    inner = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
    return is_public(inner) if inner else ip in _GLOBAL and ip.is_global


class Failed(Exception):
    """The endpoint gives no answer that can be passed on; the text says why."""


@dataclass(frozen=True)
class Reply:
    """An answer; whoever takes it closes the body."""

    status: int
    media_type: str
    body: IO[bytes]
    size: int

    @classmethod
    def text(cls, status: int, text: str) -> Reply:
        """A short text as an answer."""
        data = text.encode()
        return cls(status, "text/plain", BytesIO(data), len(data))


class Fetch:
    """One call of an endpoint; ``run`` blocks, ``stop`` ends it from another thread."""

    def __init__(self, endpoint: Endpoint, limits: Limits, resolver: Resolver) -> None:
        self._endpoint, self._limits, self._resolver = endpoint, limits, resolver
        self._line: socket.socket | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the call: the connection is closed, and ``run`` returns."""
        self._stopped = True
        if line := self._line:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def run(self, method: str, body: bytes, headers: dict[str, str]) -> Reply:
        """The endpoint's answer, or a 502 that says what went wrong."""
        try:
            return self._ask(method, body, headers)
        except Failed as error:
            said = str(error)
        except TimeoutError:
            said = f"it did not answer within {self._limits.seconds:g} seconds"
        except ssl.SSLCertVerificationError as error:
            said = f"its certificate is not valid: {error.verify_message}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            said = f"it cannot be reached, or does not speak HTTP ({type(error).__name__})"
        return Reply.text(502, said)

    def _ask(self, method: str, body: bytes, headers: dict[str, str]) -> Reply:
        parts = urlsplit(self._endpoint.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(self._endpoint.host)
        connection.auto_open = 0  # it is never to look for an address itself
        try:
            connection.sock = self._connect()
            connection.request(method, target, body, {**headers, "Host": parts.netloc, "Connection": "close"})
            with connection.getresponse() as response:
                return self._reply(response)
        finally:
            connection.close()
            if self._line:
                self._line.close()

    def _connect(self) -> socket.socket:
        context = ssl.create_default_context() if self._endpoint.secure else None
        problem: OSError | None = None
        for address in self._endpoint.addresses(self._resolver):
            if self._stopped:
                break
            try:
                plain = socket.create_connection((address, self._endpoint.port), self._limits.seconds)
            except OSError as error:
                problem = error
                continue
            self._line = plain.dup()
            if self._stopped:
                self.stop()
            return context.wrap_socket(plain, server_hostname=self._endpoint.host) if context else plain
        raise problem or Failed("its name has no address")

    def _reply(self, response: http.client.HTTPResponse) -> Reply:
        if not 200 <= response.status < 300 and response.status < 400:
            raise Failed(f"it answered with status {response.status}, and redirects are not followed")
        if response.getheader("Content-Encoding", "identity") != "identity":
            raise Failed("its answer is compressed, which was not asked for")
        sent = response.headers.get_content_type()
        media_type = sent if _MEDIA_TYPE.fullmatch(sent) else "text/plain"
        if response.status >= 400:
            data = response.read(_ERROR_BYTES)
            return Reply(response.status, media_type, BytesIO(data), len(data))
        body, size = tempfile.SpooledTemporaryFile(_IN_MEMORY), 0  # noqa: SIM115 - handed on
        try:
            while piece := response.read(PIECE):
                size += len(piece)
                if size > self._limits.result_bytes:
                    raise Failed(f"its answer is larger than {self._limits.result_bytes:,} bytes")
                body.write(piece)
            if response.length or self._stopped:
                raise Failed("its answer broke off")
            body.seek(0)
        except BaseException:
            body.close()
            raise
        return Reply(response.status, media_type, body, size)
