"""The search index of a release: every label of every thing in SQLite FTS5, so that a misprint finds its thing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from muniment.terms import DCTERMS, LABEL, MUN, SKOS, bare, iri, literal_parts

KINDS = {
    LABEL: "label",
    iri(f"{SKOS}prefLabel"): "label",
    iri(f"{DCTERMS}title"): "label",
    iri(f"{SKOS}altLabel"): "alternative",
    iri(f"{MUN}acronym"): "acronym",
    iri(f"{DCTERMS}identifier"): "reference",
    iri(f"{SKOS}hiddenLabel"): "misprint",
}
_LINE = re.compile(r'(<[^>]*>) (<[^>]*>) ("(?:[^"\\]|\\.)*"\S*) \.\n')
"""A statement of the default graph whose object is a literal."""


@dataclass(frozen=True)
class Hit:
    """A thing that was found: its IRI, the text that matched, and what kind of name that text is."""

    iri: str
    text: str
    kind: str


def write_index(path: Path, nquads: Iterable[str]) -> None:
    """Index the names that the default graph gives to things."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE VIRTUAL TABLE names USING fts5(text, iri UNINDEXED, kind UNINDEXED, tokenize='unicode61 remove_diacritics 2')"
        )
        db.executemany("INSERT INTO names(iri, text, kind) VALUES (?, ?, ?)", _names(nquads))
        db.commit()


def _names(nquads: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for line in nquads:
        match = _LINE.fullmatch(line)
        if match and match[2] in KINDS:
            yield bare(match[1]), literal_parts(match[3])[0], KINDS[match[2]]


def search(path: Path, words: str, limit: int = 20) -> list[Hit]:
    """Things one of whose names holds all the words (the last may be a beginning), the best match first, each thing once."""
    terms = re.findall(r"\w+", words)
    if not terms:
        return []
    match = " ".join(f'"{term}"' for term in terms) + "*"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT iri, text, kind FROM names WHERE names MATCH ? ORDER BY rank, iri", (match,)
        )
        found: dict[str, Hit] = {}
        for row in rows:
            found.setdefault(row[0], Hit(*row))
            if len(found) == limit:
                break
    return list(found.values())
