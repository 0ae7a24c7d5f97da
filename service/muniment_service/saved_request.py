"""Reads a request for a saved query: its parameters, and what the service itself understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from muniment.citation import HASH
from muniment.parameters import RESERVED
from muniment_service.asked import once, parameters, timeout_of
from muniment_service.errors import MalformedRequest

MOST_A_PAGE = 10_000
_OF_THE_SERVICE = (*RESERVED, "default-graph-uri", "named-graph-uri")
_NUMBER = re.compile(r"[1-9]\d{0,8}")


@dataclass(frozen=True)
class Page:
    """Which part of the rows is wanted; both numbers count from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class SavedRequest:
    """What is asked of a saved query."""

    given: Mapping[str, str]
    formats: tuple[str, ...] = ()
    release: str | None = None
    timeout: float | None = None
    explain: bool = False
    hash: str | None = None
    page: str | None = None
    per_page: int | None = None

    def wanted(self, pagination: int | None) -> Page | None:
        """The page; None for the whole answer.

        Args:
            pagination: rows of a page if the request does not say; None if the query has no pages unless it is asked for them.
        """
        size = self.per_page or pagination or (50 if self.page else None)
        if size is None or self.page == "all":
            return None
        return Page(int(self.page or 1), size)

    def own(self) -> dict[str, str | None]:
        """What the request says beside the parameters of the query and the format, for links to the same."""
        size = str(self.per_page) if self.per_page else None
        return {"page": self.page, "per_page": size, "release": self.release}


def read_saved_request(request: Request) -> SavedRequest:
    """What is asked.

    Raises:
        MalformedRequest: a parameter is repeated or unreadable.
    """
    pairs: dict[str, list[str]] = {}
    for name, value in parameters(request.scope["query_string"], "query string"):
        pairs.setdefault(name, []).append(value)
    given = {name: once(pairs, name) or "" for name in pairs if name not in _OF_THE_SERVICE}
    cited = once(pairs, "hash") or None
    if cited is not None and not HASH.fullmatch(cited):
        hint = "It is the SHA-256 of a citation: 64 of the digits 0-9 and a-f."
        raise MalformedRequest(f"`hash={cited[:80]}` is no hash.", hint=hint)
    page = once(pairs, "page") or None
    if page is not None and page != "all" and not _NUMBER.fullmatch(page):
        hint = "Pages count from 1; `page=all` gives the whole answer."
        raise MalformedRequest(f"`page={page[:80]}` is no page.", hint=hint)
    size = once(pairs, "per_page") or None
    if size is not None and not (_NUMBER.fullmatch(size) and int(size) <= MOST_A_PAGE):
        hint = f"Write a whole number from 1 to {MOST_A_PAGE:,}."
        raise MalformedRequest(f"`per_page={size[:80]}` is no size of a page.", hint=hint)
    return SavedRequest(
        given,
        tuple(pairs.get("format", ())),
        once(pairs, "release") or None,
        timeout_of(once(pairs, "timeout")),
        once(pairs, "explain") in ("1", "true"),
        cited,
        page,
        int(size) if size else None,
    )
