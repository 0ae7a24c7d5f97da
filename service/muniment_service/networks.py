"""The networks of a release: whoever answers its queries makes them to order, within the limits of a query."""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muniment.errors import MunimentError, NetworkTooLarge, did_you_mean
from muniment.formats import Format
from muniment.network.asking import Size
from muniment.network.files import FOLDER, NetworkFile, network_of
from muniment.network.orders import Order, Wanted
from muniment.queries import QueryFile
from muniment.workers.limits import LimitExceeded, TimeExceeded
from muniment.workers.pool import Body
from muniment_service.answers import Answers, taken
from muniment_service.errors import NetworkTookTooLong, NotFound
from muniment_service.network_request import NetworkRequest
from muniment_service.settings import Settings

PLAIN_MEASURES = ("degree", "strength")
"""What a file has if the request does not say; of a page, whoever makes the network chooses."""
_MOST_PATHS = 10
_COUNTING = 5.0
"""Seconds for the size of one network in the list, which is worth no more."""
_PATIENCE = 2.0
"""Seconds from the first look at the list for which it waits until all are counted."""
_NAMES = {"tie": ("a", "b"), "paths": ("from", "to")}


@dataclass(frozen=True)
class Sizes:
    """How large networks are."""

    known: Mapping[str, Size]
    """Without those that take too long to count."""
    complete: bool
    """Whether the others are those; else they are being counted."""


class Networks:
    """The networks that are saved with a store."""

    def __init__(
        self, answers: Answers, queries: Iterable[QueryFile], settings: Settings, beside: Path | None = None
    ) -> None:
        """``beside``: the directory of the release, next to which positions and sizes are kept."""
        self._answers, self._settings, self._beside = answers, settings, beside
        self._queries = {query.name: query for query in queries if query.folder == FOLDER}
        self._files: dict[str, NetworkFile] = {}
        self._sizes: dict[str, Size] = {}
        self._counting: asyncio.Task[None] | None = None
        self._began = 0.0

    @property
    def names(self) -> list[str]:
        """The names of the networks, in order."""
        return sorted(self._queries)

    def file(self, name: str) -> NetworkFile:
        """The network of that name.

        Raises:
            NotFound: there is none.
        """
        if name not in self._queries:
            hint = did_you_mean(name, self.names) or "/networks lists them."
            raise NotFound(f"There is no network `{name[:80]}`.", hint=hint)
        if name not in self._files:
            self._files[name] = network_of(self._queries[name])
        return self._files[name]

    async def sizes(self) -> Sizes:
        """How large each network is. What is not counted within some seconds of the first call is counted on for the next one."""
        counting = self._task()
        if not counting.done():
            left = self._began + _PATIENCE - time.monotonic()
            await asyncio.wait([counting], timeout=max(0.0, left))
        return Sizes(dict(self._sizes), counting.done())

    async def counted(self) -> None:
        """Wait until all are counted, for who asks once only, such as an export."""
        await self._task()

    def _task(self) -> asyncio.Task[None]:
        if self._counting is None or self._counting.cancelled():
            self._began, self._counting = time.monotonic(), asyncio.ensure_future(self._count())
        return self._counting

    async def _count(self) -> None:
        """One after the other: of large releases it takes a minute, and others want to be answered meanwhile."""
        seconds = min(_COUNTING, self._settings.query_seconds)
        for name in self.names:
            order = Order(self.file(name), "size", beside=self._beside)
            try:
                found = taken(await self._answers.network(order, timeout=seconds))
            except (MunimentError, OSError):  # it takes too long, or the workers have been ended
                continue
            self._sizes[name] = Size(**json.loads(found))

    async def made(
        self, name: str, wanted: Wanted, asked: NetworkRequest, client: str, form: Format | None = None
    ) -> Body:
        """A network, or what is wanted of it, as a request asks for it; ``form`` is that of a file.

        Raises:
            NotFound: there is no such network.
            ParameterError, NetworkError, StoreError: as ``Workshop.fulfil``.
            NetworkTookTooLong, LimitExceeded: it takes more time, memory or room than one query may.
            Busy: it had no turn.
        """
        settings = self._settings
        order = Order(
            self.file(name),
            wanted,
            asked.cut,
            asked.measures or (() if wanted == "page" else PLAIN_MEASURES),
            form,
            asked.ends,
            _MOST_PATHS if wanted == "paths" else settings.shown_rows,
            _NAMES.get(wanted, ("a", "b")),
            settings.base,
            ", ".join(
                filter(
                    None,
                    (settings.title, settings.release and f"release {settings.release}", settings.license),
                )
            ),
            settings.network_reasons,
            self._beside,
        )
        seconds = min(asked.timeout or settings.query_seconds, settings.query_seconds)
        try:
            return await self._answers.network(order, client=client, timeout=seconds)
        except TimeExceeded as error:
            raise NetworkTookTooLong(_described(order), error.value, _way_out(order)) from error
        except (LimitExceeded, NetworkTooLarge) as error:
            error.hint = _way_out(order)
            raise


def command(order: Order) -> str:
    """The command that makes the same on the release, without limits."""
    asked, form = order.cut, order.form.name if order.form else "gexf" if order.wanted == "page" else "json"
    ending = order.form.extension if order.form else form
    options: list[Any] = []
    for option, value in (
        ("--since", asked.since),
        ("--until", asked.until),
        ("--class", asked.of_class),
        ("--min-weight", asked.min_weight),
        ("--ego", asked.ego),
        ("--radius", asked.radius if asked.ego and asked.radius != 1 else None),
    ):
        options += [] if value is None else [option, value]
    options += ["--certain"] if asked.dates == "certain" else []
    options += ["--largest"] if asked.largest else []
    for measure in ("all",) if "all" in order.measures else order.measures:
        options += ["--measures", measure]
    name = order.file.name
    return shlex.join(
        map(str, ["muniment", "network", name, *options, "--format", form, "-o", f"{name}.{ending}"])
    )


def _described(order: Order) -> str:
    measures = f" with {', '.join(order.measures)}" if order.wanted in ("file", "page") else ""
    return f"the network {order.file.name}{measures}"


def _way_out(order: Order) -> str:
    fewer = " or ask for fewer measures" if order.wanted in ("file", "page") else ""
    return (
        f"Narrow it to a shorter time (since, until), to heavier ties (min_weight) or around a node (ego){fewer}; or make it yourself, "
        f"without limits, in the folder of the release or of its project: `{command(order)}`."
    )
