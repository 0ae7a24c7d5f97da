"""Which release is served: the current one, others that are asked for by id, and the switch from one to the next.

A switch is seamless: the new release is opened and its workers are ready before it takes the place of the old one, whose workers end
when their queries have.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from muniment.changes import Changes
from muniment.errors import MunimentError, ReleaseError
from muniment.release import (
    MANIFEST,
    Release,
    current_release,
    open_release,
    read_pointer,
    releases_in,
)
from muniment.workers.pool import Pool
from muniment_service.answers import Near
from muniment_service.comparing import compare
from muniment_service.context import Context
from muniment_service.errors import NotFound
from muniment_service.settings import Settings

_LOG = logging.getLogger("muniment_service")
_LOOK_AGAIN = 1.0
"""Seconds between two looks at the pointer."""
_PINNED = 2
"""How many releases beside the current one are held open."""
_LISTED_CHANGES = 500
"""Things that a feed of changes lists; all are counted."""
_ID = re.compile(r"[0-9a-f]{8,64}")


class Publisher:
    """Holds the context of the current release, and of those that requests pin."""

    def __init__(self, current: Context) -> None:
        self.current = current
        self._comparing = asyncio.Lock()

    async def start(self) -> None:
        """Have workers ready."""
        await self.current.answers.start()

    async def close(self) -> None:
        """End all workers."""
        await self.current.answers.close()

    def pools(self) -> dict[str, object]:
        """Who answers the queries of each release that is open: id -> pool, for metrics."""
        return {context.settings.release or "": context.answers for context in self._open()}

    def _open(self) -> list[Context]:
        return [self.current]

    async def pinned(self, release: str) -> Context:
        """The context of the release with this id.

        Raises:
            NotFound: it is not (or no longer) here.
        """
        if release == self.current.settings.release:
            return self.current
        raise _no_release(release, self.current.settings.release)

    def releases(self) -> list[Release]:
        """The releases on disk, the one that was published last first; none where the store is no release."""
        return []

    def release(self, release: str) -> Release:
        """The release with this id, as it lies on disk.

        Raises:
            NotFound: it is not (or no longer) here.
        """
        raise _no_release(release, self.current.settings.release)

    def previous(self, release: Release) -> Release | None:
        """The release on disk that was published before this one."""
        older = iter(self.releases())
        return next((next(older, None) for found in older if found.id == release.id), None)

    async def changes(self, old: Release, new: Release) -> Changes:
        """What one release says otherwise than another; compared in a process of its own, one comparison at a time.

        Raises:
            TimeExceeded: it takes longer than a query may.
        """
        seconds = self.current.settings.query_seconds
        async with self._comparing:
            return await compare(old.path, new.path, _LISTED_CHANGES, seconds)


class ReleasePublisher(Publisher):
    """Publishes the releases of a folder, or one release."""

    def __init__(self, release: Release, environ: Mapping[str, str], *, follow: bool) -> None:
        self._environ = environ
        self._folder = release.path.parent
        self._alone = release
        self._follow = follow
        self._others: OrderedDict[str, Context] = OrderedDict()
        self._leaving: list[Context] = []
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        super().__init__(self._context_of(release))

    def _context_of(self, release: Release) -> Context:
        """The context of the current release."""
        return release_context(release, self._environ)

    async def start(self) -> None:
        """Have workers ready, and follow the pointer."""
        await super().start()
        if self._follow:
            self._spawn(self._watch())

    async def close(self) -> None:
        """End all workers."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for context in self._open():
            await context.answers.close()

    def _open(self) -> list[Context]:
        return [*self._leaving, *self._others.values(), self.current]

    async def pinned(self, release: str) -> Context:
        """See ``Publisher.pinned``; opens the release if it is in the folder."""
        if release == self.current.settings.release:
            return self.current
        async with self._opening:
            if release in self._others:
                self._others.move_to_end(release)
                return self._others[release]
            directory = self._folder / release
            if not _ID.fullmatch(release) or not (directory / MANIFEST).is_file():
                return await super().pinned(release)
            opened = await asyncio.to_thread(release_context, open_release(directory), self._environ)
            await opened.answers.start()
            self._others[release] = opened
            if len(self._others) > _PINNED:
                _, oldest = self._others.popitem(last=False)
                self._spawn(self._retire(oldest))
            return self._others[release]

    def releases(self) -> list[Release]:
        """See ``Publisher.releases``; one release alone where its folder is not followed."""
        return releases_in(self._folder) if self._follow else [self._alone]

    def release(self, release: str) -> Release:
        """See ``Publisher.release``."""
        directory = self._folder / release
        if not _ID.fullmatch(release) or not (directory / MANIFEST).is_file():
            return super().release(release)
        return open_release(directory)

    async def look(self) -> None:
        """Switch to the release that the pointer names, if it names another one."""
        name = read_pointer(self._folder).id
        if name != self.current.settings.release:
            await self._turn_to(current_release(self._folder))

    async def _turn_to(self, release: Release) -> None:
        new = await self._opened(release)
        old, self.current = self.current, new
        _LOG.info("now serving release %s", release.id)
        self._spawn(self._retire(old))

    async def _opened(self, release: Release) -> Context:
        context = await asyncio.to_thread(self._context_of, release)
        await context.answers.start()
        return context

    async def _retire(self, context: Context) -> None:
        """End the workers of a release when no request is answered from it any more, or no query can be running."""
        self._leaving.append(context)
        limits, clock = context.settings.limits(), asyncio.get_running_loop().time
        last = clock() + limits.seconds + limits.queue_seconds
        while context.users and clock() < last:
            await asyncio.sleep(0.05)
        await context.answers.retire()
        self._leaving.remove(context)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            try:
                await self.look()
            except (MunimentError, OSError) as error:
                _LOG.error("the new release cannot be served: %s", error)

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _no_release(release: str, current: str | None) -> NotFound:
    return NotFound(f"There is no release `{release}` here.", members={"current": current})


def release_context(release: Release, environ: Mapping[str, str]) -> Context:
    """A context whose look-ups are answered in this process and whose other queries by workers."""
    settings = Settings.for_release(release, environ)
    store = release.open(settings.in_memory_quads)
    pool = Pool(release.path, settings.in_memory_quads, settings.limits(), settings.services)
    return Context.of(store, Near(store, pool), settings, release)


def named_release(environ: Mapping[str, str]) -> tuple[Release, bool]:
    """The release that the environment names, and whether to follow the pointer beside it.

    Raises:
        ReleaseError: there is no such release.
    """
    if directory := environ.get("MUNIMENT_RELEASE"):
        return open_release(Path(directory)), False
    if folder := environ.get("MUNIMENT_RELEASES"):
        return current_release(Path(folder)), True
    raise ReleaseError(
        "no release is named",
        hint="Set MUNIMENT_RELEASE to its directory, or MUNIMENT_RELEASES to the folder above it.",
    )
