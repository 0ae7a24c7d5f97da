"""What a query may use, and what is said when it would use more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from muniment.errors import StoreError, StoreTimeout

if TYPE_CHECKING:
    from muniment.store import Dataset


class Terms(TypedDict, total=False):
    """What goes with a query, wherever it is answered."""

    client: str
    """Who asks: one client cannot hold all workers."""
    dataset: Dataset | None
    """The graphs to ask instead of those that the query names."""
    timeout: float | None
    """Seconds; may lower the deadline that there is, not raise it."""


@dataclass(frozen=True)
class Limits:
    """Limits of a pool of workers. Sizes are in bytes, times in seconds."""

    seconds: float = 30.0
    """How long one query may run."""
    memory_bytes: int = 1 << 30
    """How much memory one query may take beyond what the release takes."""
    result_bytes: int = 256 << 20
    """How large one answer may be."""
    workers: int = 8
    """How many queries run at once."""
    spare: int = 2
    """How many idle workers are kept ready."""
    queue: int = 64
    """How many queries may wait for a worker."""
    queue_seconds: float = 10.0
    """How long a query may wait for a worker."""
    per_client: int = 32
    """How many queries of one client may run or wait."""


class LimitExceeded(StoreError):
    """A query would use more than it may; ``limit`` names the limit and ``value`` says what it is, in ``unit``."""

    limit = ""
    unit = ""

    def __init__(self, message: str, value: float, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.value = value


class TimeExceeded(LimitExceeded, StoreTimeout):
    """The query ran too long."""

    limit, unit = "time", "seconds"

    def __init__(self, seconds: float) -> None:
        hint = "Bind more terms, drop OPTIONAL or property paths that match much, or add a LIMIT inside the pattern."
        super().__init__(f"the query was stopped after {seconds:g} seconds", seconds, hint)


class MemoryExceeded(LimitExceeded):
    """The query took too much memory."""

    limit, unit = "memory", "bytes"

    def __init__(self, size: int) -> None:
        hint = "Group, order or join fewer rows: filter before you aggregate, and leave out DISTINCT where rows differ anyway."
        super().__init__(
            f"the query was stopped when it needed more than {size:,} bytes of memory", size, hint
        )


class ResultTooLarge(LimitExceeded):
    """The answer is too large."""

    limit, unit = "result", "bytes"

    def __init__(self, size: int) -> None:
        hint = (
            "Ask for fewer columns or rows (LIMIT, OFFSET with ORDER BY), or fetch the dump of the release."
        )
        super().__init__(f"the answer is larger than {size:,} bytes", size, hint)


class Busy(StoreError):
    """Too many queries are waiting; ``retry_after`` says, in seconds, when to come back."""

    def __init__(self, message: str, retry_after: int, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class PoolBusy(Busy):
    """Too many queries of all clients together are waiting."""


class ClientBusy(Busy):
    """Too many queries of this one client run or wait."""


class WorkerDied(StoreError):
    """The process that evaluated the query ended for a reason that is not the query's."""
