"""Reads the index of a release: what is found for a question, in the order of how well it matches, and how it divides by facet.

Names are looked up in the file (``file``). Which things have which values, and in which order they come by a property, is read from it
once, as arrays (``sets``). What a request costs is bounded: suggestions stop as soon as there are enough, and a search that takes longer
than ``SECONDS`` is given up.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from muniment.errors import StoreTimeout
from muniment.search.file import IndexFile
from muniment.search.model import (
    KINDS,
    Found,
    Hit,
    Order,
    Value,
)
from muniment.search.names import ENOUGH, Matches, match_of, rank_of, stages
from muniment.search.question import Question
from muniment.search.sets import Having, by_place, joined, most_frequent, read_numbers

if TYPE_CHECKING:
    from muniment.search.sets import Counts, Numbers, Things, Whole

SECONDS = 5.0
"""How long one search may take."""
_LOOK_AGAIN = 20_000
"""Steps of the database between two looks at the clock."""
_AT_ONCE = 500
"""Things that are read with one query."""
_CHOICES = 100
"""The most values of a facet that are counted out; those selected are always among them."""

Selected = Mapping[str, Sequence[str]]
"""Name of a facet -> the terms selected in it; a thing has to have one of them."""

Chosen = Mapping[str, Sequence[int]]
"""The same by the numbers of the values in the index."""


class SearchIndex(IndexFile):
    """The index in one file; threads may share it.

    Example:
        >>> index = SearchIndex.open(release.path / "search.sqlite")  # doctest: +SKIP
        >>> [hit.label for hit in index.suggest("gen")]  # doctest: +SKIP
    """

    def find(
        self,
        text: str,
        selected: Selected | None = None,
        *,
        offset: int = 0,
        limit: int = 20,
        order: Order | None = None,
    ) -> Found:
        """What is found for a question, the best first; for an empty one all things by alphabet; or else in the order that is asked for.

        Args:
            text: words of a name, the last of which may be a beginning; or the IRI of a thing.
            selected: what the things must have.
            offset: how many to pass over.
            limit: how many to return.
            order: the property to sort by, a column of some class.

        Raises:
            ValueError: a selected facet or term is not known.
            StoreTimeout: it took longer than ``SECONDS``.
        """
        db, chosen = self._db(), self._chosen(selected or {})
        with _deadline(db):
            left = self._left(db, text, chosen)
            page = left.in_order(self._sorted(order))[offset : offset + limit].tolist()
            hits = [
                self._hit(db, thing, left.matches.rank(thing) if left.matches else None) for thing in page
            ]
            return Found(left.total, tuple(hits), self._counted(db, left, chosen))

    def things(
        self,
        text: str,
        selected: Selected | None = None,
        order: Order | None = None,
        limit: int | None = None,
    ) -> list[tuple[str, str]]:
        """IRI and label of all that ``find`` finds, or of the first of them, in the same order.

        Raises:
            ValueError, StoreTimeout: see ``find``.
        """
        db, chosen = self._db(), self._chosen(selected or {})
        with _deadline(db):
            numbers = self._left(db, text, chosen).in_order(self._sorted(order))[:limit].tolist()
            found: dict[int, tuple[str, str]] = {}
            for at in range(0, len(numbers), _AT_ONCE):
                some = numbers[at : at + _AT_ONCE]
                query = f"SELECT id, iri, label FROM things WHERE id IN ({', '.join('?' * len(some))})"
                found |= {number: (iri, label) for number, iri, label in db.execute(query, some)}
            return [found[number] for number in numbers]

    def suggest(self, text: str, limit: int = 10, selected: Selected | None = None) -> list[Hit]:
        """The best things for what somebody is typing; the same as the first of ``find``, without counting the rest.

        Raises:
            ValueError, StoreTimeout: see ``find``.
        """
        db, chosen = self._db(), self._chosen(selected or {})
        within = self._selected(chosen) if chosen else None
        found: dict[int, int] = {}
        with _deadline(db):
            for stage in stages(db, Question.of(text)):
                if stage.match == "similar" and len(found) >= ENOUGH:
                    break
                for (number,) in db.execute(stage.query, (stage.value,)):
                    thing = number if stage.by_iri else int(self._bearers[number])
                    if within is None or within[thing]:
                        found.setdefault(thing, rank_of(stage.match, 0 if stage.by_iri else number))
                    if len(found) == limit:
                        break
                if len(found) == limit:
                    break
            return [self._hit(db, thing, rank) for thing, rank in found.items()]

    def _chosen(self, selected: Selected) -> dict[str, list[int]]:
        """Name of a facet -> the numbers of what is selected in it."""
        chosen = {}
        for name, terms in selected.items():
            if name not in self._numbers:
                raise ValueError(f"there is no facet `{name}`")
            marks = ", ".join("?" * len(terms))
            query = f"SELECT id, term FROM choices WHERE facet = ? AND term IN ({marks})"
            found = {
                term: number for number, term in self._db().execute(query, (self._numbers[name], *terms))
            }
            if unknown := [term for term in terms if term not in found]:
                raise ValueError(f"`{name}` has no value `{unknown[0]}`")
            if found:
                chosen[name] = sorted(found.values())
        return chosen

    def _left(self, db: sqlite3.Connection, text: str, chosen: Chosen) -> _Left:
        """What a question finds and a selection leaves."""
        question = Question.of(text)
        matches = Matches.of(db, question, self.size, self._bearers) if question.text else None
        return _Left(matches, matches.things if matches else self._having.all(), self._selected(chosen))

    def _selected(self, chosen: Chosen) -> Things:
        """The things that have something of each facet in which something is selected."""
        found = self._having.all()
        for numbers in chosen.values():
            found &= self._having.any_of(numbers)
        return found

    def _counted(self, db: sqlite3.Connection, left: _Left, chosen: Chosen) -> dict[str, tuple[Value, ...]]:
        """The values of each facet among what the others leave."""
        counts = self._having.counts(left.things if chosen or left.matches else None)
        found = {}
        for name, number in self._numbers.items():
            own = chosen.get(name, ())
            if own:
                others = {other: numbers for other, numbers in chosen.items() if other != name}
                within = left.found & self._selected(others)
                of_facet = self._having.counts(within if others or left.matches else None)
            else:
                of_facet = counts
            found[name] = self._values(db, number, of_facet, own)
        return found

    def _values(
        self, db: sqlite3.Connection, facet: int, counts: Counts, own: Sequence[int]
    ) -> tuple[Value, ...]:
        """The most frequent values of a facet; before them those that are selected."""
        first, last = self._bounds.get(facet, (1, 0))
        before = sorted(own, key=lambda number: (-counts[number], number))
        shown = [*before, *(n for n in most_frequent(counts, first, last, _CHOICES) if n not in own)][
            :_CHOICES
        ]
        query = f"SELECT id, term, label, is_iri FROM choices WHERE id IN ({', '.join('?' * len(shown))})"
        known = {number: row for number, *row in db.execute(query, shown)}
        return tuple(
            Value(term, label, bool(is_iri), int(counts[number]), number in own)
            for number in shown
            for term, label, is_iri in (known[number],)
        )

    def _sorted(self, order: Order | None) -> Whole | None:
        """The things that have a property, in the order of its values; None where no order is asked for."""
        if order is None:
            return None
        row = (
            self._db()
            .execute("SELECT places, things FROM ranks WHERE property = ?", (order.property,))
            .fetchone()
        )
        places, things = map(read_numbers, row or (b"", b""))
        return by_place(places, things, order.descending)

    @cached_property
    def _having(self) -> Having:
        return Having(self.size, self._array("starts"), self._array("having"))

    @cached_property
    def _bearers(self) -> Numbers:
        """The thing of each name, by the number of the name."""
        return self._array("bearers")

    def _hit(self, db: sqlite3.Connection, thing: int, rank: int | None) -> Hit:
        iri, label, language = db.execute(
            "SELECT iri, label, language FROM things WHERE id = ?", (thing,)
        ).fetchone()
        if rank is None:
            return Hit(iri, label, label, "label", "exact", language)
        match, name = match_of(rank)
        if not name:  # found by its IRI
            return Hit(iri, label, label, "label", match, language)
        text, kind = db.execute("SELECT text, kind FROM names WHERE id = ?", (name,)).fetchone()
        return Hit(iri, label, text, KINDS[kind], match, language)


class _Left:
    """What a question found, and what of it a selection leaves."""

    def __init__(self, matches: Matches | None, found: Things, selected: Things) -> None:
        """``matches`` is None for the empty question, which finds all things."""
        self.matches, self.found = matches, found
        self.things = found & selected
        self.total = int(self.things.sum())

    def in_order(self, ranked: Whole | None) -> Whole:
        """Their numbers, the best first, or by alphabet; or in the order of ``ranked``, and what is not there by alphabet behind."""
        if ranked is None:
            every = self.things.nonzero()[0]
            return self.matches.in_order(every) if self.matches else every
        first = ranked[self.things[ranked]]
        rest = self.things.copy()
        rest[ranked] = False
        return joined(first, rest.nonzero()[0])


@contextmanager
def _deadline(db: sqlite3.Connection) -> Iterator[None]:
    """Give up what takes too long."""
    end = time.monotonic() + SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, _LOOK_AGAIN)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise StoreTimeout(
            f"the search took longer than {SECONDS:g} s", hint="Ask for more, or rarer, words."
        ) from error
    finally:
        db.set_progress_handler(None, 0)


def search(path: Path, words: str, limit: int = 20) -> list[Hit]:
    """The best things for some words, each once; see ``SearchIndex.suggest``.

    Raises:
        StoreError, StoreTimeout: see ``SearchIndex``.
    """
    return SearchIndex.open(path).suggest(words, limit)
