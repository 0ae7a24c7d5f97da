"""Which files to read again when something in the sources looks wrong, so that mistakes are told with their places as if all were read.

Places are not kept while sources are read. What is wrong is told by ``muniment.claims``, which reads files whole and in memory; here is
found which of them it needs to see in order to tell what it would tell of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from muniment.claims import Claims, claims_and_mistakes, dangling, line_counts
from muniment.context import Context
from muniment.errors import InputError, raise_all
from muniment.stream.consolidating import ENOUGH
from muniment.stream.lines import by_subject, subject_of
from muniment.stream.lookup import Lookup
from muniment.stream.reading import REFERRED, Read
from muniment.stream.sorting import LAST, Ordered, Span, together

_YAML = {".yaml", ".yml"}


class TooMuch(Exception):
    """Everything has to be read: what is wrong may concern any file."""


@dataclass(frozen=True)
class Suspicion:
    """What is known when something looks wrong: after reading, or after consolidating."""

    read: Sequence[Read]
    consolidated: bool = False
    undescribed: Sequence[str] = ()
    """What is referred to and not described."""
    beyond: Sequence[str] = ()
    """Records with a line beyond the end of their source."""
    sources: Sequence[str] = ()
    """All sources that are described, without the base."""

    def told(self, context: Context, base: str, known: Iterable[str]) -> list[InputError]:
        """The mistakes that reading all files would find beside those of the project file.

        Args:
            context: short keys.
            base: the IRI against which ids are resolved.
            known: terms that need no description.

        Raises:
            TooMuch: only reading everything tells.
            InputError: a file cannot be read to its end; or several mistakes, which come before any other.
        """
        if not self.consolidated:
            files = self._mistaken()
            claims, errors = self._reading(files, context, base)
            if more := self._also(claims) - files:
                _, errors = self._reading(files | more, context, base)
            raise_all(errors)
            raise TooMuch  # it looked wrong and is not
        claims, errors = self._reading(self._about(), context, base)
        raise_all(errors)
        described = _DescribedTerms(self.undescribed, together(some.lines for some in self.read), known)
        return list(dangling(claims, base, known, described))

    def _reading(self, files: set[Path], context: Context, base: str) -> tuple[Claims, list[InputError]]:
        """What is read from some files.

        Raises:
            TooMuch: machines wrote some, so that what belongs together may stand in several.
        """
        if not _by_people(files):
            raise TooMuch
        return claims_and_mistakes(sorted(files), context, base, self._line_counts())

    def _files(self, tasks: Iterable[int]) -> set[Path]:
        return {path for number in tasks for path in self.read[number].files}

    def _mistaken(self) -> set[Path]:
        """The files with a mistake in them, and those with an id that another has, too."""
        found = {number for number, some in enumerate(self.read) if some.mistaken}
        for _, lines in groupby(together(some.ids for some in self.read).lines(), subject_of):
            if len(tasks := {_task_of(line) for line in lines}) > 1:
                found |= tasks
        return self._files(found)

    def _also(self, claims: Claims) -> set[Path]:
        """The files with an id that stands in what was read, or with a line that may be beyond the end of its source."""
        ids = Lookup(together(some.ids for some in self.read))
        found = {_task_of(line) for record in claims.places for line in ids.starting(f"{record} ")}
        counts = self._line_counts() | line_counts(claims.quads)
        for number, some in enumerate(self.read):
            if any(last > counts.get(source, last) for source, last in some.last_lines.items()):
                found.add(number)
            if "" in some.last_lines and not _by_people(some.files):
                raise TooMuch  # another file may say of which source
        return self._files(found)

    def _about(self) -> set[Path]:
        """The files that refer to what is not described, or say something of a record with a line beyond the end of its source."""
        if max(len(self.undescribed), len(self.beyond)) >= ENOUGH:
            raise TooMuch
        starts = [f"{term} {REFERRED} " for term in self.undescribed] + [
            f"{record} " for record in self.beyond
        ]
        return self._files(
            number
            for number, some in enumerate(self.read)
            if any(some.lines.has_starting(start) for start in starts)
        )

    def _line_counts(self) -> dict[str, int]:
        return {source: size for some in self.read for source, size in some.line_counts.items()}


class _DescribedTerms:
    """What is described, as far as it matters: by lines of claims, and the terms that are known beside them."""

    def __init__(self, undescribed: Iterable[str], claims: Ordered, known: Iterable[str]) -> None:
        self._undescribed, self._claims, self._known = frozenset(undescribed), claims, known

    def __contains__(self, term: object) -> bool:
        return term not in self._undescribed

    def starting(self, start: str) -> list[str]:
        """Those that start so."""
        found = [term for term in self._known if term.startswith(start)]
        for subject, lines in by_subject(self._claims.lines(Span(start, start + LAST))):
            if any(line[len(subject) + 1] != REFERRED for line in lines):
                found.append(subject)
        return found


def _task_of(line: str) -> int:
    """The number of the task that a line with an id is from."""
    return int(line.split(" ")[1].partition(".")[0])


def _by_people(files: Iterable[Path]) -> bool:
    return all(path.suffix in _YAML for path in files)
