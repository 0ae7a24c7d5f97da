"""SERVICE on endpoints that the operator allows: their addresses in a query are replaced by those that stand for them.

The engine calls whatever address it reads, follows redirects and resolves names as it likes. So it never reads the address of an
endpoint: it reads one of the relay (``muniment.workers.relay``), which makes the call in its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from muniment.errors import QueryRefused, ServiceFailed
from muniment.sparql_text import query_form, services

_SERVICE = re.compile("service", re.IGNORECASE)
_UP_TO_THE_IRI = re.compile(r"(?:[^<#]|#[^\r\n]*)*+")
_RETURNED = re.compile(r"Error (\d+)(.*?) returned by (\S+) with payload:\n(.*)", re.DOTALL)
_SHOWN = 300


def refuse_calls(query: str, allowed: Collection[str] = ()) -> None:
    """Nothing, if the query calls no other addresses than those allowed.

    Raises:
        QueryRefused: it does, or only the engine could tell which it calls.
    """
    for call in services(query):
        if call.target not in allowed:
            raise QueryRefused(
                f"{call} is not allowed here: queries may not reach other servers",
                hint="An operator lists the endpoints that queries may reach, as they are to be written, in MUNIMENT_SERVICES.",
            )


def refuse_unsafe(query: str, allowed: Collection[str] = ()) -> None:
    """Nothing, or what no store of ours may be asked.

    Raises:
        QueryRefused: the text is an update, or reaches for another server than those allowed.
    """
    if query_form(query) == "UPDATE":
        raise QueryRefused("this graph is read-only: it is published as releases, not updated")
    refuse_calls(query, allowed)


def retarget(query: str, relay: Mapping[str, str]) -> str:
    """The query with each endpoint that ``relay`` knows replaced by the address that stands for it; all other calls stay, to be refused."""
    if not _SERVICE.search(query):
        return query
    starts = [0]
    for line in query.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    places: dict[int, tuple[str, str]] = {}
    for call in services(query):
        before = _UP_TO_THE_IRI.match(query, starts[call.line - 1] + call.column - 1)
        # A place that only another reading of the text has (see ``services``) does not match, and leaves a call that is refused.
        address = relay.get(call.target or "")
        if before and address and query.startswith(call.written, before.end()):
            places[before.end()] = (call.written, f"<{address}>")
    for at, (written, address) in sorted(places.items(), reverse=True):
        query = query[:at] + address + query[at + len(written) :]
    return query


def failure(query: str, message: str, relay: Mapping[str, str]) -> ServiceFailed | None:
    """What the engine's error is, if the query calls an endpoint: which one failed, and how. The relay's address is not told."""
    targets = {call.target for call in services(query)}
    called = {address: endpoint for endpoint, address in relay.items() if endpoint in targets}
    if not called:
        return None
    if (returned := _RETURNED.search(message)) and returned[3] in called:
        payload = " ".join(returned[4].split())[:_SHOWN]
        status = f"it answered {returned[1]}{returned[2]}"
        said = payload if returned[1] == "502" and payload else f"{status}: {payload}".rstrip(": ")
        return ServiceFailed(f"SERVICE <{called[returned[3]]}> failed: {said}")
    named = {
        endpoint for address, endpoint in called.items() if re.search(re.escape(address) + r"(?!\d)", message)
    }
    for address in sorted(called, key=len, reverse=True):
        message = message.replace(address, called[address])
    names = " or ".join(f"<{endpoint}>" for endpoint in sorted(named or called.values()))
    return ServiceFailed(f"SERVICE {names} failed: {' '.join(message.split())[:_SHOWN]}")
