"""What the processes of a service say, and how: lines for people, or lines of JSON. Neither says what somebody asked.

An exception that nobody expected may quote a query, so of its traceback only the places and the kinds are written, unless an operator wants it all.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from muniment_service import access_log

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")


class Lines(logging.Formatter):
    """One record, for people: the level, what is said, a traceback below it."""

    def __init__(self, details: bool = False) -> None:
        super().__init__("[%(levelname)s] %(message)s")
        self._details = details

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's own name)
        """See ``traced``."""
        return traced(ei, self._details)

    def format(self, record: logging.LogRecord) -> str:
        """The line; what another formatter made of the same exception does not count."""
        record.exc_text = None
        return super().format(record)


class JsonLines(Lines):
    """One record, for programs: an object on one line, with the traceback in it."""

    def __init__(self, details: bool = False, worker: int | None = None) -> None:
        super().__init__(details)
        self.worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name.lstrip("_"),
            "message": record.getMessage(),
            "id": getattr(record, "request", None),
            "worker": self.worker,
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in said.items() if value is not None})


def traced(error: Any, details: bool) -> str:
    """Where an exception came from, and what it was caused by; with ``details`` also what it says."""
    if details:
        return "".join(traceback.format_exception(*error)).rstrip()
    return "".join(_places(error[1])).rstrip()


def _places(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield from traceback.format_tb(_of(error))
        yield f"{type(error).__module__}.{type(error).__qualname__}\n"
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is not None:
            yield "because of\n"
        error = cause


def _of(error: BaseException) -> TracebackType | None:
    return error.__traceback__


def configuration(form: Format, details: bool = False) -> dict[str, Any]:
    """A configuration for ``logging.config.dictConfig``: all that is said goes to stderr, requests as they are, the rest in this form."""
    lines = {"()": JsonLines if form == "json" else Lines, "details": details}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": lines, "bare": {"()": "logging.Formatter", "fmt": "%(message)s"}},
        "handlers": {
            name: {"class": "logging.StreamHandler", "formatter": formatter, "stream": "ext://sys.stderr"}
            for name, formatter in (("console", "lines"), ("requests", "bare"))
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "_granian": {"level": "ERROR"},
            "muniment_service": {"level": "INFO"},
            access_log.NAME: {"handlers": ["requests"], "level": "INFO", "propagate": False},
        },
    }


def name_worker(number: int) -> None:
    """Have the lines of this process say which of several it is."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, JsonLines):
            handler.formatter.worker = number
