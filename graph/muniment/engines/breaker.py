"""A circuit breaker: an endpoint that does not answer is left alone for a moment, and whoever asks is told at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from muniment.errors import StoreUnreachable

FAILURES, REST = 5, 2.0
"""Failures in a row after which it opens, and seconds until one request may try again."""


class Breaker:
    """Counts failures in a row; ``enter`` before a request, ``done`` or ``failed`` after it."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock, self._lock = name, clock, Lock()
        self._failures, self._again = 0, 0.0

    @property
    def open(self) -> bool:
        """Whether requests are refused at present."""
        return self._failures >= FAILURES and self._clock() < self._again

    def enter(self) -> None:
        """Nothing, or the error that the endpoint is left alone; when the rest is over, one request at a time may try.

        Raises:
            StoreUnreachable.
        """
        with self._lock:
            if self._failures < FAILURES:
                return
            left = self._again - self._clock()
            if left > 0:
                hint = "It failed several times in a row and is tried again in a moment."
                raise StoreUnreachable(f"{self._name} does not answer", hint=hint, retry_after=int(left) + 1)
            self._again = self._clock() + REST  # others wait for what this one finds

    def done(self) -> None:
        """It answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """It did not."""
        with self._lock:
            self._failures += 1
            self._again = self._clock() + REST
