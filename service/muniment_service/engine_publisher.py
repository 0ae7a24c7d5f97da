"""The service in front of an engine: it holds the graph of the current release, whose other files lie in the releases folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from muniment.engines.released import ReleasedStore
from muniment.engines.table import engine_named
from muniment.engines.wire import Credentials
from muniment.errors import StoreError
from muniment.release import MANIFEST, Release, open_release
from muniment_service.context import Context
from muniment_service.far import Far
from muniment_service.publisher import ReleasePublisher
from muniment_service.settings import Settings

_LOG = logging.getLogger("muniment_service")


class EnginePublisher(ReleasePublisher):
    """Publishes what the pointer in an engine names, if its files are in the folder; other releases are answered from their own files.

    The engine need not be there when the service starts: until it is, what asks it is told so (503).
    """

    def _context_of(self, release: Release) -> Context:
        return engine_context(release, self._environ)

    async def look(self) -> None:
        """Switch to the release that the engine points to, if it is another one.

        Raises:
            StoreError: the engine does not answer.
            ReleaseError: the files of that release are not here.
        """
        store = self.current.store
        assert isinstance(store, ReleasedStore)
        try:
            name = await asyncio.to_thread(store.current)
        except StoreError as error:
            _LOG.debug("the engine does not say which release it holds: %s", error.message)
            return
        if name is None or name == self.current.settings.release:
            return
        if not (self._folder / name / MANIFEST).is_file():
            _LOG.error("the engine holds release %s, whose files are not in %s", name, self._folder)
            return
        await self._turn_to(open_release(self._folder / name))


def engine_context(release: Release, environ: Mapping[str, str]) -> Context:
    """A context whose queries are answered by the engine that ``MUNIMENT_STORE`` names.

    Raises:
        InputError: a variable is not what it should be.
    """
    settings = Settings.for_release(release, environ)
    assert settings.store is not None
    credentials, limits = Credentials.from_env(environ), settings.limits()
    store = ReleasedStore(
        settings.store,
        release.id,
        kind=engine_named(settings.store_engine) if settings.store_engine else None,
        prefixes=release.prefixes,
        credentials=credentials or None,
        timeout=limits.seconds,
        most_bytes=limits.result_bytes,
    )
    return Context.of(store, Far(store, limits), settings, release)
