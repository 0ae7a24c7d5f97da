"""Spans of what takes time, for whoever traces the request at work; where nobody does, they cost a look at a variable.

Who traces is known by the context (``contextvars``) of the work, which tasks and threads of a request inherit: there is no state of the module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

Attributes = Mapping[str, str | int | float | bool]


class Tracer(Protocol):
    """Who is told."""

    def span(self, name: str, attributes: Attributes, *, calls: bool) -> AbstractContextManager[None]:
        """A span around what is done within; ``calls`` where it waits for another service."""

    def headers(self) -> Mapping[str, str]:
        """What tells another service to which span its work belongs."""


_TRACER: ContextVar[Tracer | None] = ContextVar("muniment.tracer", default=None)


@contextmanager
def traced_by(tracer: Tracer) -> Iterator[None]:
    """Have the spans of what is done within told to somebody."""
    token = _TRACER.set(tracer)
    try:
        yield
    finally:
        _TRACER.reset(token)


def span(
    name: str, *, calls: bool = False, **attributes: str | int | float | bool
) -> AbstractContextManager[None]:
    """A span, if anybody traces; dots in names of attributes are written as double underscores."""
    tracer = _TRACER.get()
    if tracer is None:
        return nullcontext()
    return tracer.span(
        name, {key.replace("__", "."): value for key, value in attributes.items()}, calls=calls
    )


def headers() -> Mapping[str, str]:
    """What goes along with a call to another service (W3C Trace Context); nothing where nobody traces."""
    tracer = _TRACER.get()
    return tracer.headers() if tracer else {}
