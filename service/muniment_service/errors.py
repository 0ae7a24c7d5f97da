"""What a request can get wrong; ``muniment_service.problems`` says how each is answered.

MunimentError
+-- RequestError              base; ``members`` go into the problem, ``headers`` into the answer
    +-- MalformedRequest      a parameter is missing, repeated or unreadable
    +-- UpdateRefused         somebody tries to change the graph
    +-- WriteRefused          somebody tries to write a graph
    +-- NotFound              nothing is known under this address
    +-- Gone                  a thing that was withdrawn
    +-- NotAcceptable         none of the formats on offer is accepted
    +-- ProfileNotAcceptable  none of the profiles on offer is accepted
    +-- TooLarge              a query or body is over its limit
    +-- RangeNotSatisfiable   a part of a file is asked for that it does not have
    +-- UnsupportedMediaType  the body is in a format that is not read here
    +-- NotReady              the store does not answer yet, or no longer
TimeExceeded
+-- NetworkTookTooLong        a network, or a measure of it, is not made within the time of a query
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from muniment.errors import MunimentError
from muniment.workers.limits import TimeExceeded


class RequestError(MunimentError):
    """A request that is answered with a problem."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.members = dict(members or {})
        self.headers = dict(headers or {})


class MalformedRequest(RequestError):
    """A parameter is missing, repeated or unreadable."""


class UpdateRefused(RequestError):
    """Somebody tries to change the graph."""

    def __init__(self) -> None:
        message = "This graph is read-only: it is published as releases, not updated."
        super().__init__(message, hint="Ask with SELECT, ASK, CONSTRUCT or DESCRIBE.")


class WriteRefused(RequestError):
    """Somebody tries to write a graph; ``allow`` lists the methods that there are."""

    def __init__(self, allow: str) -> None:
        message = "Graphs are published here as releases: they are built, validated and then never changed."
        hint = "Change the sources and build a release, or fetch this graph with GET."
        super().__init__(message, hint=hint, headers={"Allow": allow})


class NotFound(RequestError):
    """Nothing is known under this address."""


class Gone(RequestError):
    """A thing that was withdrawn; the message says why."""


class ProfileNotAcceptable(RequestError):
    """None of the profiles on offer is accepted; ``offers`` is IRI -> what it is."""

    def __init__(self, offers: Mapping[str, str]) -> None:
        listed = [{"profile": profile, "title": title} for profile, title in offers.items()]
        message = "The Accept-Profile header takes none of the profiles on offer."
        hint = "Name one of the alternatives, in angle brackets."
        super().__init__(
            message, hint=hint, members={"alternatives": listed}, headers={"Vary": "Accept-Profile"}
        )


class NotAcceptable(RequestError):
    """None of the formats on offer is accepted; they are listed, with their own address where they have one."""

    def __init__(self, offers: Mapping[str, str | None] | Iterable[str], message: str | None = None) -> None:
        pairs = offers.items() if isinstance(offers, Mapping) else ((offer, None) for offer in offers)
        listed = [{"type": media, **({"href": href} if href else {})} for media, href in pairs]
        message = message or "The Accept header takes none of the formats on offer."
        super().__init__(message, members={"alternatives": listed})


class TooLarge(RequestError):
    """A query or body is over its limit."""

    def __init__(self, what: str, limit: int, unit: str = "bytes") -> None:
        super().__init__(
            f"The {what} is longer than the limit of {limit:,} {unit}.", members={"limit": limit}
        )


class RangeNotSatisfiable(RequestError):
    """A part of a file is asked for that it does not have."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The file has {size:,} bytes.",
            hint="Ask for a range that begins before its end; a complete file needs no rest.",
            members={"size": size},
            headers={"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"},
        )


class UnsupportedMediaType(RequestError):
    """The body is in a format that is not read here."""


class NotReady(RequestError):
    """The store does not answer yet, or no longer."""


class NetworkTookTooLong(TimeExceeded):
    """A network, with what was asked for besides, was not made in time; the hint names the command that makes it."""

    def __init__(self, what: str, seconds: float, hint: str) -> None:
        super().__init__(seconds)
        self.message, self.hint = f"{what} takes too long: it was stopped after {seconds:g} seconds", hint
