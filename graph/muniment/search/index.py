"""Reads the index of a release: what is found for a question, in the order of how well it matches, and how it divides by facet.

The file never changes (``immutable=1``), so each thread opens it once and reads without locks. What a request costs is bounded:
suggestions stop as soon as there are enough, and a search that takes longer than ``SECONDS`` is given up.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from heapq import nsmallest
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from muniment.errors import StoreError, StoreTimeout
from muniment.search.fold import fold
from muniment.search.model import (
    CLASS,
    FORMAT,
    KINDS,
    MATCHES,
    Column,
    Facet,
    Found,
    Hit,
    ListedClass,
    Match,
    Order,
    Value,
)
from muniment.search.question import Question

ENOUGH = 10
"""If fewer things than this have the words of a question, things with words like them are added behind."""
SECONDS = 5.0
"""How long one search may take."""
_LOOK_AGAIN = 20_000
"""Steps of the database between two looks at the clock."""
_CHOICES = 100
"""The most values of a facet that are counted out; those selected are always among them."""
_MANY = 8
"""From this part of all things on, counting by facet passes over what all things have."""
_HIT = 40
"""A name's rank: how it matches above so many bits, then its number, which says how much it counts among names."""

Selected = Mapping[str, Sequence[str]]
"""Name of a facet -> the terms selected in it; a thing has to have one of them."""

Chosen = Mapping[str, Sequence[int]]
"""The same by the numbers of the values in the index."""


class SearchIndex:
    """The index in one file; threads may share it.

    Example:
        >>> index = SearchIndex.open(release.path / "search.sqlite")  # doctest: +SKIP
        >>> [hit.label for hit in index.suggest("gen")]  # doctest: +SKIP
    """

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

    @classmethod
    def open(cls, path: Path) -> SearchIndex:
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
            base = self._gather(db, Question.of(text))
            kept = self._keep(db, base, chosen)
            total = self._total(db, kept)
            rows = _rows(db, kept, order, offset, limit)
            hits = tuple(self._hit(db, row[0], None if base == "things" else row[1]) for row in rows)
            return Found(total, hits, self._counted(db, base, kept, total, chosen))

    def things(
        self, text: str, selected: Selected | None = None, order: Order | None = None
    ) -> list[tuple[str, str]]:
        """IRI and label of all that ``find`` finds, in the same order.

        Raises:
            ValueError, StoreTimeout: see ``find``.
        """
        db, chosen = self._db(), self._chosen(selected or {})
        with _deadline(db):
            base = self._gather(db, Question.of(text))
            kept = self._keep(db, base, chosen)
            one = "SELECT iri, label FROM things WHERE id = ?"
            rows = _rows(db, kept, order, 0, max(1, self.size))
            return [db.execute(one, (number,)).fetchone() for number, _ in rows]

    def suggest(self, text: str, limit: int = 10, selected: Selected | None = None) -> list[Hit]:
        """The best things for what somebody is typing; the same as the first of ``find``, without counting the rest.

        Raises:
            ValueError, StoreTimeout: see ``find``.
        """
        db, question = self._db(), Question.of(text)
        where, ids = _having(self._chosen(selected or {}))
        found: dict[int, int] = {}
        with _deadline(db):
            for stage in _stages(db, question):
                if stage.match == "similar" and len(found) >= ENOUGH:
                    break
                rows = db.execute(
                    f"SELECT id, rank FROM ({stage.sql}) AS t WHERE {where}", (*stage.values, *ids)
                )
                for thing, rank in rows:
                    found.setdefault(thing, rank)
                    if len(found) == limit:
                        break
                if len(found) == limit:
                    break
            return [self._hit(db, thing, rank) for thing, rank in found.items()]

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
        found = self._db().execute("SELECT 1 FROM ranks WHERE property = ? LIMIT 1", (property_,))
        return found.fetchone() is not None

    def choices(self, facet: str) -> list[Value]:
        """All values of a facet; each is had by ``count`` things."""
        rows = self._db().execute(
            "SELECT term, label, is_iri, things FROM choices WHERE facet = ? ORDER BY id",
            (self._numbers.get(facet),),
        )
        return [Value(term, label, bool(is_iri_), things) for term, label, is_iri_, things in rows]

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
            db.execute("PRAGMA temp_store = MEMORY")
            for table in ("hits", "kept"):
                db.execute(f"CREATE TEMP TABLE {table}(id INTEGER PRIMARY KEY, rank INTEGER)")
            self._local.db = db
        return db

    def _gather(self, db: sqlite3.Connection, question: Question) -> str:
        """Put all that is found into ``hits``; the table in which it is."""
        if not question.text:
            return "things"
        db.execute("DELETE FROM hits")
        for stage in _stages(db, question):
            if stage.match == "similar":
                known = db.execute("SELECT count(*) FROM (SELECT 1 FROM hits LIMIT ?)", (ENOUGH,)).fetchone()[
                    0
                ]
                if known >= ENOUGH:
                    break
            # of one stage, the name with the lowest number comes first; of several, what an earlier one found stays
            db.execute(
                f"INSERT OR IGNORE INTO hits SELECT id, min(rank) FROM ({stage.sql}) GROUP BY id",
                stage.values,
            )
        return "hits"

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

    def _keep(self, db: sqlite3.Connection, base: str, chosen: Chosen) -> _Kept:
        """What is left of ``base`` under all that is selected; of all things under one value, that is already in a table."""
        if not chosen:
            return _Kept(base)
        only = list(chosen.values())
        if base == "things" and len(only) == 1 and len(only[0]) == 1:
            return _Kept("(SELECT thing AS id, 0 AS rank FROM has WHERE choice = ?)", tuple(only[0]))
        where, ids = _having(chosen)
        db.execute("DELETE FROM kept")
        if base == "hits":
            db.execute(f"INSERT INTO kept SELECT id, rank FROM hits AS t WHERE {where}", ids)
        else:
            db.execute(f"INSERT INTO kept SELECT id, 0 FROM things AS t WHERE {where}", ids)
        return _Kept("kept")

    def _total(self, db: sqlite3.Connection, kept: _Kept) -> int:
        if kept.table == "things":
            return self.size
        if kept.values:
            return self._choices[kept.values[0]].things
        return int(db.execute(f"SELECT count(*) FROM {kept.table}").fetchone()[0])

    def _counted(
        self, db: sqlite3.Connection, base: str, kept: _Kept, total: int, chosen: Chosen
    ) -> dict[str, tuple[Value, ...]]:
        """The values of each facet among what the others leave."""
        if kept.table == "things":
            counts = {number: choice.things for number, choice in self._choices.items()}
        elif kept.values and (known := self._together(db, kept.values[0])):
            counts = known
        else:  # CROSS JOIN keeps the order of the tables: look up what little was found, or pass over all that things have
            few = total * _MANY < self.size
            tables = f"{kept.table} t CROSS JOIN has h" if few else f"has h CROSS JOIN {kept.table} t"
            counts = dict(
                db.execute(
                    f"SELECT h.choice, count(*) FROM {tables} ON h.thing = t.id GROUP BY h.choice",
                    kept.values,
                )
            )
        for name in chosen:
            others = {other: numbers for other, numbers in chosen.items() if other != name}
            counts.update(self._alone(db, base, name, others))
        own = {number for numbers in chosen.values() for number in numbers}
        found: dict[int, list[Value]] = {number: [] for number in self._numbers.values()}
        for number in counts.keys() | own:
            facet, term, label, iri, _ = self._choices[number]
            found[facet].append(Value(term, label, iri, counts.get(number, 0), number in own))
        return {
            name: tuple(nsmallest(_CHOICES, found[number], _order)) for name, number in self._numbers.items()
        }

    def _alone(self, db: sqlite3.Connection, base: str, name: str, others: Chosen) -> dict[int, int]:
        """The values of one facet among what others leave of ``base``."""
        single = [numbers[0] for numbers in others.values() if len(numbers) == 1]
        if base == "things" and not others:
            return {n: c.things for n, c in self._choices.items() if c.facet == self._numbers[name]}
        if base == "things" and len(others) == len(single) == 1 and (known := self._together(db, single[0])):
            return {n: count for n, count in known.items() if self._choices[n].facet == self._numbers[name]}
        where, ids = _having(others)
        rows = db.execute(
            f"SELECT h.choice, count(*) FROM choices c JOIN has h ON h.choice = c.id JOIN {base} t ON t.id = h.thing "
            f"WHERE c.facet = ? AND {where} GROUP BY h.choice",
            (self._numbers[name], *ids),
        )
        return dict(rows)

    def _together(self, db: sqlite3.Connection, choice: int) -> dict[int, int]:
        """With which values those that have one share how many things; known of classes only."""
        return dict(db.execute("SELECT other, things FROM together WHERE choice = ?", (choice,)))

    @cached_property
    def _choices(self) -> dict[int, _Choice]:
        """The values of all facets by number."""
        rows = self._db().execute("SELECT id, facet, term, label, is_iri, things FROM choices")
        return {
            number: _Choice(facet, term, label, bool(iri), n) for number, facet, term, label, iri, n in rows
        }

    def _hit(self, db: sqlite3.Connection, thing: int, rank: int | None) -> Hit:
        iri, label, language = db.execute(
            "SELECT iri, label, language FROM things WHERE id = ?", (thing,)
        ).fetchone()
        if rank is None:
            return Hit(iri, label, label, "label", "exact", language)
        match, name = MATCHES[rank >> _HIT], rank & ((1 << _HIT) - 1)
        if not name:  # found by its IRI
            return Hit(iri, label, label, "label", match, language)
        text, kind = db.execute("SELECT text, kind FROM names WHERE id = ?", (name,)).fetchone()
        return Hit(iri, label, text, KINDS[kind], match, language)


class _Kept(NamedTuple):
    """The table of what is left, or a query with values for it."""

    table: str
    values: tuple[int, ...] = ()


class _Choice(NamedTuple):
    facet: int
    term: str
    label: str
    is_iri: bool
    things: int


class _Stage:
    """One way to match: rows of things with ranks, the best first."""

    def __init__(self, match: Match, condition: str, *values: object, words: bool = True) -> None:
        self.match, self.values = match, values
        rank = f"({MATCHES.index(match)} << {_HIT}) | n.id"
        source = "words AS w JOIN names AS n ON n.id = w.rowid" if words else "names AS n"
        order = "w.rowid" if words else "n.id"
        self.sql = f"SELECT n.thing AS id, {rank} AS rank FROM {source} WHERE {condition} ORDER BY {order}"


def _stages(db: sqlite3.Connection, question: Question) -> Iterator[_Stage]:
    """The ways to match, the best first; what is alike is only looked up when somebody gets that far."""
    if ":" in question.text:
        by_iri = _Stage("exact", "", words=False)
        by_iri.sql, by_iri.values = "SELECT id, 0 AS rank FROM things WHERE iri = ?", (question.text,)
        yield by_iri
    if not question.words:
        return
    yield _Stage("exact", "n.folded = ?", question.folded, words=False)
    yield _Stage("prefix", "w.words MATCH ?", question.beginning())
    yield _Stage("words", "w.words MATCH ?", question.all_words())
    if similar := question.similar(db):
        yield _Stage("similar", "w.words MATCH ?", similar)


def _rows(
    db: sqlite3.Connection, kept: _Kept, order: Order | None, offset: int, limit: int
) -> list[tuple[int, int]]:
    """A page of what is left: number and rank of each thing."""
    if order is None:
        columns, by = ("id, 0", "id") if kept.table == "things" or kept.values else ("id, rank", "rank, id")
        query = f"SELECT {columns} FROM {kept.table} ORDER BY {by} LIMIT ? OFFSET ?"
        return db.execute(query, (*kept.values, limit, offset)).fetchall()
    columns = "t.id, 0" if kept.table == "things" else "t.id, t.rank"
    # in the order of the index, which stops as soon as there are enough; what has no such value comes behind
    way = "DESC" if order.descending else "ASC"
    ranked = (
        f"SELECT {columns} FROM ranks r CROSS JOIN {kept.table} t ON t.id = r.thing WHERE r.property = ? "
        f"ORDER BY r.rank {way}, r.thing LIMIT ? OFFSET ?"
    )
    found = db.execute(ranked, (*kept.values, order.property, limit, offset)).fetchall()
    if len(found) == limit:
        return found
    having = f"SELECT count(*) FROM ranks r CROSS JOIN {kept.table} t ON t.id = r.thing WHERE r.property = ?"
    passed = db.execute(having, (*kept.values, order.property)).fetchone()[0]
    rest = (
        f"SELECT {columns} FROM {kept.table} t WHERE t.id NOT IN (SELECT thing FROM ranks WHERE property = ?) "
        "ORDER BY t.id LIMIT ? OFFSET ?"
    )
    more = (*kept.values, order.property, limit - len(found), max(0, offset - passed))
    return found + db.execute(rest, more).fetchall()


def _having(chosen: Mapping[str, Sequence[int]]) -> tuple[str, list[int]]:
    """The condition that a thing ``t`` has one of the values of each facet."""
    conditions: list[str] = ["1"]
    ids: list[int] = []
    for numbers in chosen.values():
        marks = ", ".join("?" * len(numbers))
        conditions.append(f"t.id IN (SELECT thing FROM has WHERE choice IN ({marks}))")
        ids += numbers
    return " AND ".join(conditions), ids


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


def _order(value: Value) -> tuple[bool, int, str, str]:
    return (not value.selected, -value.count, value.label, value.term)


def _close(opened: Sequence[sqlite3.Connection]) -> None:
    for db in opened:
        db.close()


def search(path: Path, words: str, limit: int = 20) -> list[Hit]:
    """The best things for some words, each once; see ``SearchIndex.suggest``.

    Raises:
        StoreError, StoreTimeout: see ``SearchIndex``.
    """
    return SearchIndex.open(path).suggest(words, limit)
