"""The access log: one line of JSON per request, which says nothing of what was asked but a hash."""

from __future__ import annotations

import ipaddress
import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qsl

from starlette.types import Scope

from muniment_service.requests import Exchange

NAME = "muniment_service.access"
Clients = Literal["none", "network", "full"]
CLIENTS: tuple[Clients, ...] = ("none", "network", "full")
"""How much of a client's address is logged: nothing, its network (/24, /48), all."""
_NETWORK = {4: 24, 6: 48}


def _now() -> datetime:
    return datetime.now(UTC)


class AccessLog:
    """Writes the exchanges that it is told of to the logger ``muniment_service.access``."""

    def __init__(
        self,
        clients: Clients = "network",
        now: Callable[[], datetime] = _now,
        engine: Callable[[], str | None] = lambda: None,
        worker: int | None = None,
    ) -> None:
        """Args:
        clients: how much of the address of a client is logged.
        engine: the kind of engine that answers at the moment.
        worker: the number of this process among those of the service.
        """
        self._clients = clients
        self._now = now
        self._engine, self._worker = engine, worker
        self._log = logging.getLogger(NAME)
        self._log.setLevel(logging.INFO)
        if not self._log.hasHandlers():  # nobody has said where to
            self._log.addHandler(logging.StreamHandler(sys.stderr))

    def __call__(self, exchange: Exchange) -> None:
        """Write the line of a request that is over."""
        scope = exchange.scope
        line = {
            "time": self._now().isoformat(timespec="milliseconds"),
            "id": exchange.id,
            "method": scope["method"],
            "path": scope["path"],
            "status": exchange.status,
            "bytes": exchange.bytes,
            "ms": round(exchange.seconds * 1000, 2),
            "query": _query_hash(exchange),
            "release": exchange.release,
            "cache": exchange.cached,
            "client": client_of(scope, self._clients),
            "problem": exchange.problem,
            "engine": self._engine(),
            "worker": self._worker,
        }
        if exchange.trace:
            line["trace"] = exchange.trace
        self._log.info("%s", json.dumps(line))


def client_of(scope: Scope, how: Clients) -> str | None:
    """The address of a client, or its network, or nothing."""
    host = (scope.get("client") or (None,))[0]
    if host is None or how == "none":
        return None
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if how == "full":
        return str(address)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, _NETWORK[address.version]), strict=False))


def query_hash(query: str) -> str:
    """By what a query is known in the log."""
    return sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _query_hash(exchange: Exchange) -> str | None:
    """Of the query that the route told of, else of the one in the URL."""
    if exchange.query is not None:
        return query_hash(exchange.query)
    text = exchange.scope["query_string"]
    if b"query=" not in text:
        return None
    found = (value for name, value in parse_qsl(text.decode("utf-8", "replace")) if name == "query")
    return next((query_hash(query) for query in found), None)
