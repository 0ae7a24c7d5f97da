"""Finding things by their names: the ways in which a name can match, and the best match of each thing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from muniment.search.model import MATCHES, Match
from muniment.search.question import Question

if TYPE_CHECKING:
    from muniment.search.sets import Numbers, Things, Whole

ENOUGH = 10
"""If fewer things than this have the words of a question, things with words like them are added behind."""
_HIT = 40
"""A rank: how a name matches above so many bits, then the number of the name, which says how much it counts among names."""
_NONE = -1


class Stage(NamedTuple):
    """One way to match: a query for the numbers of names, the best first; or for the number of a thing whose IRI is asked for."""

    match: Match
    query: str
    value: str
    by_iri: bool = False


def stages(db: sqlite3.Connection, question: Question) -> Iterator[Stage]:
    """The ways to match, the best first; what is alike is only looked up when somebody gets that far."""
    words = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid"
    if ":" in question.text:
        yield Stage("exact", "SELECT id FROM things WHERE iri = ?", question.text, by_iri=True)
    if not question.words:
        return
    yield Stage("exact", "SELECT id FROM names WHERE folded = ? ORDER BY id", question.folded)
    yield Stage("prefix", words, question.beginning())
    yield Stage("words", words, question.all_words())
    if similar := question.similar(db):
        yield Stage("similar", words, similar)


def rank_of(match: Match, name: int) -> int:
    """The rank of a match by the number of the name; less is better."""
    return (MATCHES.index(match) << _HIT) | name


def match_of(rank: int) -> tuple[Match, int]:
    """How a name matches that has this rank, and its number; 0 where it is the IRI that does."""
    return MATCHES[rank >> _HIT], rank & ((1 << _HIT) - 1)


class Matches:
    """All that a question finds: the rank of each thing by its best name."""

    def __init__(self, ranks: Whole) -> None:
        self._ranks = ranks
        self.things: Things = ranks != _NONE

    @classmethod
    def of(cls, db: sqlite3.Connection, question: Question, size: int, bearers: Numbers) -> Matches:
        """Look it up.

        Args:
            size: how many things there are.
            bearers: the thing of each name, by the number of the name.
        """
        import numpy as np

        ranks = np.full(size + 1, _NONE, np.int64)
        for stage in stages(db, question):
            if stage.match == "similar" and np.count_nonzero(ranks != _NONE) >= ENOUGH:
                break
            rows = db.execute(stage.query, (stage.value,)).fetchall()
            found = np.fromiter(chain.from_iterable(rows), np.int64, len(rows))
            things = found if stage.by_iri else bearers[found].astype(np.int64)
            new = ranks[things] == _NONE  # what an earlier stage found stays
            things, names = things[new], np.zeros_like(found[new]) if stage.by_iri else found[new]
            ranks[things[::-1]] = (
                rank_of(stage.match, 0) + names[::-1]
            )  # of several names the best is written last
        return cls(ranks)

    def rank(self, thing: int) -> int:
        """The rank of a thing that was found."""
        return int(self._ranks[thing])

    def in_order(self, things: Whole) -> Whole:
        """Things that were found, the best first."""
        import numpy as np

        return things[np.argsort(self._ranks[things], kind="stable")]
