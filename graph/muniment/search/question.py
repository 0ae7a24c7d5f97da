"""What is typed into a search box, as expressions of the index; nothing in it can be read as one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from muniment.search.fold import fold
from muniment.search.typos import LONG, SHORTEST, deletions, distance

_LIKE = 8
"""How many words like a misspelt one are tried."""
_SAME_START = 2_000
"""How many words that begin like a misspelt long one are compared with it."""
_MOST_WORDS = 32


@dataclass(frozen=True)
class Question:
    """What is sought: its text, and its words as they are in the index (letters and digits only, so they need no escapes)."""

    text: str
    folded: str

    @classmethod
    def of(cls, text: str) -> Question:
        """The question that a person typed."""
        return cls(text.strip(), " ".join(fold(text).split()[:_MOST_WORDS]))

    @property
    def words(self) -> Sequence[str]:
        """The words; the last may be a beginning."""
        return self.folded.split()

    def beginning(self) -> str:
        """Names that begin so."""
        return f'^ "{self.folded}" *'

    def all_words(self) -> str:
        """Names that hold all the words, in any order."""
        return " AND ".join(f'"{word}"' for word in self.words) + " *"

    def similar(self, db: sqlite3.Connection) -> str | None:
        """Names that hold the words or words like them; None if a word has none, or no word another one."""
        parts, changed = [], False
        for word in self.words:
            alike = _alike(db, word)
            changed = changed or bool(alike)
            last = " *" if word is self.words[-1] else ""
            parts.append(" OR ".join([f'"{word}"{last}', *(f'"{other}"' for other in alike)]))
        return " AND ".join(f"({part})" for part in parts) if changed else None


def _alike(db: sqlite3.Connection, word: str) -> list[str]:
    """The words of the index that are most like a word, without itself."""
    if len(word) < SHORTEST:
        return []
    marks = ", ".join("?" * len(forms := sorted(deletions(word))))
    query = f"SELECT word FROM vocabulary WHERE id IN (SELECT word FROM deletions WHERE form IN ({marks}))"
    rows = {other for (other,) in db.execute(query, forms)}
    if len(word) >= LONG:  # two slips behind its beginning
        start = word[: LONG // 2]
        query = "SELECT word FROM vocabulary WHERE word >= ? AND word < ? LIMIT ?"
        rows.update(other for (other,) in db.execute(query, (start, f"{start}\U0010ffff", _SAME_START)))
    near = (
        (slips, other) for other in rows if other != word and (slips := distance(word, other)) is not None
    )
    return [other for _, other in sorted(near)[:_LIKE]]
