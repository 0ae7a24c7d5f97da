"""What every route works with, handed to it by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from muniment.store import Store
from muniment_service.overview import Overviews
from muniment_service.pages import Pages
from muniment_service.settings import Settings
from muniment_service.urls import Urls


@dataclass(frozen=True)
class Context:
    """The parts of one service."""

    store: Store
    settings: Settings
    urls: Urls
    pages: Pages
    overviews: Overviews


async def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


async def _accept(request: Request) -> str | None:
    return accept_header(request)


def accept_header(request: Request) -> str | None:
    """The Accept header; several are one list."""
    return ", ".join(request.headers.getlist("accept")) or None


InContext = Annotated[Context, Depends(_context)]
Accept = Annotated[str | None, Depends(_accept)]
