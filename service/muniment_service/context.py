"""What every route works with, handed to it by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from muniment.store import Store
from muniment_service.answers import Answers
from muniment_service.overview import Overviews
from muniment_service.pages import Pages
from muniment_service.settings import Settings
from muniment_service.urls import Urls


@dataclass(frozen=True)
class Context:
    """The parts of a service that belong to one release; a switch of releases puts another one in its place."""

    store: Store
    """For look-ups, which are bounded."""
    answers: Answers
    """For queries from outside, which are not."""
    settings: Settings
    urls: Urls
    pages: Pages
    overviews: Overviews

    @classmethod
    def of(cls, store: Store, answers: Answers, settings: Settings) -> Context:
        """The context of a store and who answers queries on it."""
        overviews = Overviews(store, immutable=settings.release is not None)
        return cls(store, answers, settings, Urls(settings.base), Pages(settings), overviews)


def context_of(request: Request) -> Context:
    """The context that a request works with: that of the release which it names, else the current one."""
    pinned: Context | None = request.scope.get("muniment.context")
    current: Context = request.app.state.publisher.current
    return pinned or current


async def _context(request: Request) -> Context:
    return context_of(request)


async def _accept(request: Request) -> str | None:
    return accept_header(request)


def accept_header(request: Request) -> str | None:
    """The Accept header; several are one list."""
    return ", ".join(request.headers.getlist("accept")) or None


InContext = Annotated[Context, Depends(_context)]
Accept = Annotated[str | None, Depends(_accept)]
