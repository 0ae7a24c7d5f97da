"""What an operator can set, frozen when the service starts."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from muniment.engines.table import ENGINES
from muniment.errors import InputError
from muniment.jsonld import JsonLd, shipped
from muniment.release import Release
from muniment.workers.limits import Limits
from muniment.workers.outbound import Endpoint
from muniment_service.access_log import CLIENTS, Clients
from muniment_service.logs import FORMATS, Format


def _size(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError("must be positive")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError("must be positive")
    return value


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError
    return text == "1"


def _clients(text: str) -> str:
    if text not in CLIENTS:
        raise ValueError
    return text


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError
    return text


def _networks(text: str) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_network(part)) for part in text.split())


def _endpoints(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(Endpoint.of(url).url for url in text.split()))


def _engine(text: str) -> str:
    if text not in ENGINES:
        raise ValueError
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s#]*", text):
        raise ValueError
    return text


_EXPECTED: Mapping[Any, str] = {
    _flag: "0 or 1",
    _engine: "one of " + ", ".join(ENGINES),
    _address: "an http or https address",
    _clients: "one of " + ", ".join(CLIENTS),
    _format: "one of " + ", ".join(FORMATS),
    _networks: "a list of addresses or networks with spaces between them",
    _endpoints: "a list of http or https addresses without credentials and fragments, with spaces between them",
}


VARIABLES: Mapping[str, Callable[[str], Any]] = {
    "title": str,
    "description": str,
    "base": str,
    "license": str,
    "incoming_links": _size,
    "query_bytes": _size,
    "body_bytes": _size,
    "shown_rows": _size,
    "cache_bytes": _size,
    "cache_entry_bytes": _size,
    "access_log": _flag,
    "access_log_clients": _clients,
    "log_format": _format,
    "log_details": _flag,
    "traces": _flag,
    "proxies": _networks,
    "in_memory_quads": _size,
    "query_seconds": _seconds,
    "query_memory_bytes": _size,
    "answer_bytes": _size,
    "query_workers": _size,
    "query_queue": _size,
    "client_queries": _size,
    "network_reasons": _size,
    "services": _endpoints,
    "store": _address,
    "store_engine": _engine,
}
"""The settings that the environment may give, as ``MUNIMENT_`` and the name in capitals."""


@dataclass(frozen=True)
class Settings:
    """The settings of one service; a release's manifest fills most of them."""

    title: str = "A graph"
    description: str = ""
    base: str | None = None
    """Things live under ``{base}id/``; None where the data has no base of its own."""
    license: str | None = None
    release: str | None = None
    """The id of the release that is served; None for a store that is no release."""
    issued: str | None = None
    """The day of that release, where its project file says one."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    jsonld: JsonLd = field(default_factory=shipped)
    """What JSON-LD is written with; that of the release, or the one that comes with the software."""
    incoming_links: int = 200
    """How many statements that point to a thing are shown."""
    query_bytes: int = 200_000
    """The longest query that is read, in bytes of UTF-8."""
    body_bytes: int = 1_000_000
    """The longest request body that is read."""
    shown_rows: int = 1_000
    """How many rows of an answer, or statements of a claim, a page shows; other formats are always whole."""

    cache_bytes: int = 128_000_000
    """How many bytes of answers each process holds, ready to be sent again."""
    cache_entry_bytes: int = 4_000_000
    """The largest answer that is held; one from a file that is larger is sent in pieces, without an entity tag."""
    access_log: bool = False
    """Whether each request is logged."""
    access_log_clients: Clients = "network"
    """How much of a client's address is logged: ``none``, its ``network`` (/24, /48), ``full``."""
    log_format: Format = "text"
    """Whether all else that is logged is lines for people, or JSON."""
    log_details: bool = False
    """Whether the log of an unexpected failure has what the exception says, which may quote a query."""
    traces: bool = False
    """Whether spans are sent to a collector (OpenTelemetry, the extra ``otel``; its own variables say where to)."""
    proxies: tuple[str, ...] = ()
    """The networks of proxies whose word counts for the address of a client and the scheme that it used."""
    in_memory_quads: int = 500_000
    """Releases up to this size are held in memory, larger ones are read from disk."""
    query_seconds: float = Limits.seconds
    """How long one query may run."""
    query_memory_bytes: int = Limits.memory_bytes
    """How much memory one query may take beyond what the release takes."""
    answer_bytes: int = Limits.result_bytes
    """How large one answer may be."""
    query_workers: int = Limits.workers
    """How many queries run at once."""
    query_queue: int = Limits.queue
    """How many queries may wait for a worker."""
    client_queries: int = Limits.per_client
    """How many queries of one client may run or wait."""
    network_reasons: int = 20_000
    """How many reasons for ties a network may have that is made here."""
    services: tuple[str, ...] = ()
    """The endpoints that queries may call by SERVICE."""
    store: str | None = None
    """The SPARQL endpoint of the engine that holds the release (``muniment publish``); None for the release's own files."""
    store_engine: str | None = None
    """The kind of that engine, if it does not say so itself."""

    def limits(self) -> Limits:
        """The limits of the pool of workers."""
        return Limits(
            seconds=self.query_seconds,
            memory_bytes=self.query_memory_bytes,
            result_bytes=self.answer_bytes,
            workers=self.query_workers,
            queue=self.query_queue,
            per_client=self.client_queries,
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str], **known: Any) -> Self:
        """The settings that the environment gives, over those that are known already.

        Raises:
            InputError: a variable is not what it should be.
        """
        given = {name: _read(name, environ) for name in VARIABLES if variable(name) in environ}
        return cls(**{**known, **given})

    @classmethod
    def for_release(cls, release: Release, environ: Mapping[str, str]) -> Self:
        """The settings that the manifest of a release gives, under those of the environment.

        Raises:
            InputError: a variable is not what it should be.
        """
        manifest = release.manifest
        known = {
            name: manifest[name] for name in ("title", "description", "base", "license") if manifest.get(name)
        }
        if release.jsonld:
            known["jsonld"] = release.jsonld
        return cls.from_env(
            environ, **known, release=release.id, issued=release.issued, prefixes=release.prefixes
        )


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"MUNIMENT_{name.upper()}"


def _read(name: str, environ: Mapping[str, str]) -> Any:
    text = environ[variable(name)]
    try:
        return VARIABLES[name](text)
    except ValueError as error:
        expected = _EXPECTED.get(VARIABLES[name], "a number above zero")
        raise InputError(f"{variable(name)} is not {expected}: {text}") from error
