"""What every route works with, handed to it by FastAPI."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from muniment.errors import StoreError
from muniment.queries import QueryFile
from muniment.release import EVENTS, READINGS, Release
from muniment.search import SearchIndex
from muniment.store import Store
from muniment.terms import MUN, SCHEMA
from muniment_service.answers import Answers
from muniment_service.disputes import Disputed
from muniment_service.event_table import EventTables
from muniment_service.lookup import Lookup
from muniment_service.networks import Networks
from muniment_service.overview import Overviews
from muniment_service.pages import Pages
from muniment_service.reading import Readings
from muniment_service.saved import Saved
from muniment_service.sections import Sections
from muniment_service.settings import Settings
from muniment_service.urls import Urls
from muniment_service.views import Views

_EVENTS = {f"{MUN}Event", f"{SCHEMA}Event"}
_LOG = logging.getLogger("muniment_service")


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
    saved: Saved
    networks: Networks
    views: Views
    sections: Sections
    release: Release | None = None
    """The release on disk, if the store is one."""
    search: SearchIndex | None = None
    """The names of the release; None where there is no release, or one of another version."""
    event_tables: EventTables = field(default_factory=EventTables, compare=False, repr=False)
    readings: Readings = field(default_factory=Readings, compare=False, repr=False)
    disputed: Disputed = field(default_factory=Disputed, compare=False, repr=False)
    users: set[Serving] = field(default_factory=set, compare=False, repr=False)
    """The requests that are answered from it now; while there are any, its workers stay."""

    @classmethod
    def of(
        cls,
        store: Store,
        answers: Answers,
        settings: Settings,
        release: Release | None = None,
        queries: Sequence[QueryFile] = (),
    ) -> Context:
        """The context of a store, who answers queries on it, and the queries that are saved with it (those of the release)."""
        overviews = Overviews(store, settings.release is not None, settings.base, release)
        kept = release.queries() if release else queries
        saved = Saved(store, settings, kept)
        networks = Networks(answers, kept, settings, release.path if release else None)
        search = _search(release) if release else None
        described = release is not None and bool(release.manifest.get("base"))
        ways = list(_ways(search, networks))
        pages = Pages(settings, described=described, searchable=search is not None, ways=ways)
        views = Views(store, settings.release is not None)
        sections = Sections(answers, kept, saved.space)
        parts = (Urls(settings.base), pages, overviews, saved, networks, views, sections)
        tables = EventTables(release.path / EVENTS if release else None)
        readings = Readings(release.path / READINGS if release else None)
        return cls(store, answers, settings, *parts, release, search, tables, readings)

    def lookup_for(self, request: Request) -> Lookup:
        """Who looks things up for a request."""
        client = request.client.host if request.client else ""
        return Lookup(self.answers, client, self.pages.names({}, self.urls).short, self.event_tables)


def _ways(search: SearchIndex | None, networks: Networks) -> Iterator[str]:
    """What the navigation leads to: where it is known that there is nothing, nobody is sent."""
    classes = {found.iri for found in search.classes} if search else _EVENTS
    if classes & _EVENTS:
        yield "events"
    if search is None or search.has(f"{SCHEMA}latitude"):
        yield "map"
    if networks.names:
        yield "networks"


def _search(release: Release) -> SearchIndex | None:
    """The index of a release; what another version of the software built is served without."""
    try:
        return release.search()
    except StoreError as error:
        _LOG.warning("release %s is served without search: %s", release.id, error.message)
        return None


class Serving:
    """The one context that a request is answered from, so that what it is told and the release it is told of belong together."""

    def __init__(self, context: Context, scope: Scope) -> None:
        self.context = context
        context.users.add(self)
        scope[_SERVING] = self

    def turn_to(self, context: Context) -> None:
        """Answer from another one."""
        self.end()
        self.context = context
        context.users.add(self)

    def end(self) -> None:
        """The request is over."""
        self.context.users.discard(self)


_SERVING = "muniment.serving"


def context_of(request: Request) -> Context:
    """The context that a request works with: that of the release which it names, else the one that was current when it came."""
    serving: Serving = request.scope[_SERVING]
    return serving.context


async def turn_to_release(request: Request, release: str | None) -> None:
    """Answer a request from the release that it names; if it names none, from the one that is current now that it was read.

    Raises:
        NotFound: there is no such release here.
    """
    serving: Serving = request.scope[_SERVING]
    publisher = request.app.state.publisher
    serving.turn_to(await publisher.pinned(release) if release else publisher.current)


async def _context(request: Request) -> Context:
    return context_of(request)


async def _accept(request: Request) -> str | None:
    return accept_header(request)


def accept_header(request: Request) -> str | None:
    """The Accept header; several are one list."""
    return ", ".join(request.headers.getlist("accept")) or None


InContext = Annotated[Context, Depends(_context)]
Accept = Annotated[str | None, Depends(_accept)]
