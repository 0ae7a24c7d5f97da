"""The file of an index: opened once by each thread, and what is looked up in it row by row.

The file never changes (``immutable=1``), so threads read without locks.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from muniment.errors import StoreError
from muniment.search.fold import fold
from muniment.search.model import CLASS, FORMAT, Column, Facet, ListedClass, Value
from muniment.search.sets import read_numbers

if TYPE_CHECKING:
    from muniment.search.sets import Numbers


class IndexFile:
    """The index in one file; threads may share it."""

    def __init__(self, path: Path) -> None:
        self._uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        weakref.finalize(self, _close, self._opened)
        rows = self._db().execute("SELECT id, name, title FROM facets ORDER BY id").fetchall()
        self._numbers = {name: number for number, name, _ in rows}
        self.facets = tuple(Facet(name, title) for _, name, title in rows)
        # they are numbered from 1: counting them would read them all
        self.size: int = self._db().execute("SELECT coalesce(max(id), 0) FROM things").fetchone()[0]
        """How many things can be found."""
        bounds = self._db().execute("SELECT facet, min(id), max(id) FROM choices GROUP BY facet").fetchall()
        self._bounds = {facet: (first, last) for facet, first, last in bounds}
        """The first and the last number of the values of each facet."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index in a file.

        Raises:
            StoreError: there is none, or another version of the software wrote it.
        """
        try:
            return cls(path)
        except sqlite3.Error as error:
            raise StoreError(
                f"{path} is no index that this version can search: {error}",
                hint="`muniment build` writes one.",
            ) from error

    @cached_property
    def classes(self) -> tuple[ListedClass, ...]:
        """The classes whose things can be listed: first those that people come for, then the others, the largest first."""
        main = dict(self._db().execute("SELECT iri, label FROM classes ORDER BY id").fetchall())
        found = [
            ListedClass(value.term, main.get(value.term) or value.label, value.count, value.term in main)
            for value in self.choices(CLASS)
            if value.is_iri
        ]
        place = {iri: number for number, iri in enumerate(main)}
        return tuple(sorted(found, key=lambda c: (place.get(c.iri, len(main)), -c.things, c.iri)))

    def columns(self, class_: str) -> tuple[Column, ...]:
        """What a list of a class (IRI) can show, in order."""
        rows = self._db().execute(
            "SELECT property, label, shown FROM columns WHERE class = ? ORDER BY id", (class_,)
        )
        return tuple(Column(name, label, bool(shown)) for name, label, shown in rows)

    def has(self, property_: str) -> bool:
        """Whether something has this property (IRI), by which a list can be sorted."""
        found = self._db().execute("SELECT 1 FROM ranks WHERE property = ?", (property_,))
        return found.fetchone() is not None

    def choices(self, facet: str) -> list[Value]:
        """All values of a facet; each is had by ``count`` things."""
        query = "SELECT term, label, is_iri, things FROM choices WHERE facet = ? ORDER BY id"
        rows = self._db().execute(query, (self._numbers.get(facet),))
        return [Value(term, label, bool(is_iri), things) for term, label, is_iri, things in rows]

    def known(self, facet: str, term: str) -> bool:
        """Whether a facet has this value."""
        found = self._db().execute(
            "SELECT 1 FROM choices WHERE facet = ? AND term = ?", (self._numbers.get(facet), term)
        )
        return found.fetchone() is not None

    def values_of(self, iri: str) -> dict[str, list[Value]]:
        """What a thing has, by name of facet."""
        rows = self._db().execute(
            "SELECT f.name, c.term, c.label, c.is_iri, c.things FROM things t JOIN has h ON h.thing = t.id "
            "JOIN choices c ON c.id = h.choice JOIN facets f ON f.id = c.facet WHERE t.iri = ? ORDER BY c.id",
            (iri,),
        )
        found: dict[str, list[Value]] = {}
        for name, term, label, is_iri_, things in rows:
            found.setdefault(name, []).append(Value(term, label, bool(is_iri_), things))
        return found

    def named(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """IRI, label and folded names of each thing, by alphabet; the names that count most first."""
        rows = self._db().execute(
            "SELECT t.id, t.iri, t.label, n.folded FROM things t JOIN names n ON n.thing = t.id ORDER BY t.id, n.id"
        )
        for (_, iri, label), group in groupby(rows, key=itemgetter(0, 1, 2)):
            yield iri, label, tuple(row[3] for row in group)

    def label(self, iri: str) -> str | None:
        """The label of a thing; None if it is not in the index."""
        row = self._db().execute("SELECT label FROM things WHERE iri = ?", (iri,)).fetchone()
        return str(row[0]) if row else None

    def beginning_with(self, start: str, limit: int) -> list[tuple[str, str]]:
        """IRI and label of things whose IRI begins so, in order of IRI."""
        rows = self._db().execute(
            "SELECT iri, label FROM things WHERE iri >= ? AND iri < ? ORDER BY iri LIMIT ?",
            (start, f"{start}\U0010ffff", limit),
        )
        return rows.fetchall()

    def properties(self, text: str) -> list[tuple[str, str]]:
        """The properties (IRI, label) one of whose words begins so, or whose IRI ends or is so; by label."""
        folded = fold(text)
        rows = self._db().execute("SELECT iri, label, folded FROM properties ORDER BY label, iri").fetchall()
        return [
            (iri, label)
            for iri, label, words in rows
            if f" {words}".find(f" {folded}") >= 0 or (text and iri.lower().endswith(text.lower()))
        ]

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            # closed by whichever thread lets go of the index; used by this one alone
            db = sqlite3.connect(self._uri, uri=True, isolation_level=None, check_same_thread=False)
            self._opened.append(db)
            if (version := db.execute("PRAGMA user_version").fetchone()[0]) != FORMAT:
                raise sqlite3.DatabaseError(f"its format is {version}, not {FORMAT}")
            self._local.db = db
        return db

    def _array(self, name: str) -> Numbers:
        row = self._db().execute("SELECT numbers FROM arrays WHERE name = ?", (name,)).fetchone()
        return read_numbers(row[0])


def _close(opened: Sequence[sqlite3.Connection]) -> None:
    for db in opened:
        db.close()
