"""What can go wrong, as one tree.

MunimentError                 base of all; carries where it happened and how to mend it
+-- InputError                a source, ontology, shape, query or project file is not as it should be
|   +-- InputErrors           several of them, found in one pass
+-- ValidationFailed          the shapes found a violation; the build changed nothing
+-- ReleaseError              a release is missing, damaged or being built by somebody else
+-- QueryError                a query that the engine refuses
|   +-- QuerySyntaxError      ... because it is not SPARQL (line and column are those of the query)
|   +-- QueryRefused          ... because it asks for what is not allowed (SERVICE, an update)
|   +-- ParameterError        ... because a parameter of a saved query is missing or does not fit
|   +-- NetworkError          a network that cannot be made, or cannot answer, as asked: no such name, node, window
|       +-- NetworkTooLarge   ... because it has more reasons than the limit
|       +-- NotTied           ... because two of its nodes are not tied, or not connected
+-- StoreError                an engine failed or cannot be reached
    +-- StoreTimeout          ... or did not answer in time
    +-- StoreUnreachable      ... or cannot be reached, or is left alone because it failed often
    +-- StoreDenied           ... or does not accept our credentials
    +-- AnswerSpoiled         ... or sent an answer that is not whole, or not what it claims to be
    +-- ReleaseChanged        ... or holds another release than the one that was asked
    +-- ServiceFailed         ... or another endpoint, which a query calls by SERVICE, did
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Where:
    """A place in a file; line and column count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.path, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


class MunimentError(Exception):
    """Base class; ``str()`` of it is one message with place and remedy."""

    def __init__(self, message: str, *, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{remedy}"


class InputError(MunimentError):
    """A file that people write is not as it should be."""


class InputErrors(InputError):
    """Several input errors; ``errors`` holds them in order of file and line."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors = sorted(errors, key=lambda e: (e.where or Where(""), e.message))
        super().__init__("\n".join(str(error) for error in self.errors))


class ValidationFailed(MunimentError):
    """The shapes found at least one violation; ``count`` says how many."""

    def __init__(self, count: int) -> None:
        self.count = count
        noun = "violation" if count == 1 else "violations"
        super().__init__(f"the graph has {count} {noun}", hint="`muniment check` lists them by record.")


class ReleaseError(MunimentError):
    """A release is missing, damaged, or being built by another process."""


class QueryError(MunimentError):
    """A query that the engine refuses."""


class QuerySyntaxError(QueryError):
    """The text is not SPARQL; ``line`` and ``column`` are the place in it where the ``token`` that does not fit begins."""

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        *,
        hint: str | None = None,
        token: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        self.line = line
        self.column = column
        self.token = token
        self.excerpt = excerpt
        """The line of the query, and below it carets that mark the token."""
        place = Where("query", line, column) if line else None
        super().__init__(message, where=place, hint=hint)

    def __str__(self) -> str:
        if self.excerpt is None:
            return super().__str__()
        shown = "\n".join(f"  {line}" for line in self.excerpt.splitlines())
        first = f"{self.where}: {self.message}\n{shown}"
        return f"{first}\n  {self.hint}" if self.hint else first


class QueryRefused(QueryError):
    """The query asks for something that is not allowed here."""


class ParameterError(QueryError):
    """A parameter of a saved query is not known, missing or wrong; ``expected`` and ``example`` say what would fit."""

    def __init__(
        self, name: str, message: str, expected: str | None, example: str | None, hint: str | None = None
    ) -> None:
        self.name = name
        self.expected = expected
        self.example = example
        wanted = f"Expected: {expected}, such as `{example}`." if expected else None
        super().__init__(
            f"`{name}`: {message}", hint=" ".join(part for part in (hint, wanted) if part) or None
        )


class NetworkError(QueryError):
    """A network cannot be made, or cannot answer, as asked."""


class NetworkTooLarge(NetworkError):
    """A network has more reasons for ties than a limit allows; ``size`` is their number where it was counted."""

    def __init__(self, name: str, limit: int, size: int | None = None) -> None:
        self.limit = limit
        self.size = size
        number = f"{size:,}" if size is not None else f"more than {limit:,}"
        super().__init__(
            f"the network {name} has {number} reasons for ties; the limit is {limit:,}",
            hint="Narrow it: a shorter time (since, until), or a pattern on ?source, ?target or ?because (where).",
        )


class NotTied(NetworkError):
    """Two nodes of a network are not tied, or no path leads from the one to the other."""


class StoreError(MunimentError):
    """An engine failed or cannot be reached."""


class StoreTimeout(StoreError):
    """An engine did not answer in time."""


class StoreUnreachable(StoreError):
    """An engine cannot be reached, or is left alone because it failed often; ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, hint: str | None = None, retry_after: int = 2) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class StoreDenied(StoreError):
    """An engine does not accept our credentials."""


class AnswerSpoiled(StoreError):
    """An engine sent an answer that is not whole, or not what it claims to be; it was thrown away."""


class ReleaseChanged(StoreUnreachable):
    """An engine holds another release, or none, where one was asked for; it was switched or is being switched."""


class ServiceFailed(StoreError):
    """An endpoint that a query calls by SERVICE gave no answer."""


def did_you_mean(word: str, known: Sequence[str]) -> str | None:
    """A hint naming the closest known word, if one is close."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean `{close[0]}`?" if close else None


def raise_all(errors: Sequence[InputError]) -> None:
    """Raise nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InputErrors(errors)
