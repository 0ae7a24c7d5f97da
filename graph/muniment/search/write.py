"""Writes the index of a release: names of things, the words in them, and the values of facets.

Rows are written in an order that says how much they count, so that reading them in that order needs no sorting: names by kind, then the
shorter first, then by alphabet; values of a facet by what they are called. What is counted is written as arrays (``sets``). The same
statements give the same bytes.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from muniment.naming import NAMING, RECORDS
from muniment.search.columns import ranks, read_classes, read_columns, words_of
from muniment.search.described import Described
from muniment.search.fold import fold
from muniment.search.model import CLASS, FORMAT, KINDS, Facet
from muniment.search.sets import written
from muniment.search.typos import SHORTEST, deletions
from muniment.terms import SKOS, bare, iri, is_iri, literal_parts

_TABLES = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE things(id INTEGER PRIMARY KEY, iri TEXT NOT NULL, label TEXT NOT NULL, language TEXT NOT NULL);
CREATE TABLE names(id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, kind INTEGER NOT NULL, text TEXT NOT NULL, folded TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(
  folded, content='names', content_rowid='id', tokenize='ascii', prefix='1 2 3', columnsize=0);
CREATE TABLE vocabulary(id INTEGER PRIMARY KEY, word TEXT NOT NULL);
CREATE TABLE deletions(form INTEGER, word INTEGER, PRIMARY KEY(form, word)) WITHOUT ROWID;
CREATE TABLE facets(id INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL);
CREATE TABLE choices(id INTEGER PRIMARY KEY, facet INTEGER NOT NULL, term TEXT NOT NULL, is_iri INTEGER NOT NULL,
  label TEXT NOT NULL, things INTEGER NOT NULL);
CREATE TABLE has(thing INTEGER, choice INTEGER, PRIMARY KEY(thing, choice)) WITHOUT ROWID;
CREATE TABLE arrays(name TEXT PRIMARY KEY, numbers BLOB NOT NULL);
CREATE TABLE classes(id INTEGER PRIMARY KEY, iri TEXT NOT NULL, label TEXT NOT NULL);
CREATE TABLE columns(id INTEGER PRIMARY KEY, class TEXT NOT NULL, property TEXT NOT NULL, label TEXT NOT NULL, shown INTEGER NOT NULL);
CREATE TABLE ranks(property TEXT PRIMARY KEY, places BLOB NOT NULL, things BLOB NOT NULL);
CREATE TABLE properties(iri TEXT PRIMARY KEY, label TEXT NOT NULL, folded TEXT NOT NULL) WITHOUT ROWID;
"""
_INDEXES = """
CREATE UNIQUE INDEX things_iri ON things(iri);
CREATE INDEX names_folded ON names(folded);
CREATE INDEX names_thing ON names(thing);
CREATE INDEX vocabulary_word ON vocabulary(word);
CREATE INDEX choices_term ON choices(facet, term);
INSERT INTO words(words) VALUES ('rebuild');
INSERT INTO words(words) VALUES ('optimize');
"""
_CONCEPT = iri(f"{SKOS}Concept")

_Name = tuple[str, int, str, str, str]
"""Thing, kind, text, folded text, rank among labels."""


def write_index(
    path: Path, described: Described, facets: Sequence[Facet] = (), ids: str | None = None
) -> None:
    """Index the things that the default graph names: IRIs that begin with ``ids``, and concepts; all IRIs if ``ids`` is None.

    Raises:
        InputError, QueryError: a facet's query is not SPARQL.
    """
    with closing(sqlite3.connect(path)) as db:
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
        db.execute("BEGIN")
        things = _write_names(db, described, ids)
        _write_words(db)
        _write_facets(db, described, facets, things)
        _write_columns(db, described, things)
        db.executemany("INSERT INTO properties VALUES (?, ?, ?)", _properties(described))
        db.commit()
        db.executescript(f"BEGIN;{_INDEXES}COMMIT;")


def _write_names(db: sqlite3.Connection, described: Described, ids: str | None) -> Mapping[str, int]:
    """Write things and their names; the number of each thing."""
    names: dict[tuple[str, str], tuple[int, str]] = {}
    labels: dict[str, tuple[int, int, str, str]] = {}
    searched = _searched(described, ids)
    for order, (naming, kind_name) in enumerate(NAMING.items()):
        kind = KINDS.index(kind_name)
        for thing, text in described.having(naming):
            if not searched(thing) or not text.startswith('"'):
                continue
            words, language, _ = literal_parts(text)
            key = (thing, fold(words))
            names[key] = min(names.get(key, (kind, words)), (kind, words))
            label = (kind * 100 + order, int(language != "en"), words, language or "")
            labels[thing] = min(labels.get(thing, label), label)
    ordered = sorted(labels, key=lambda thing: (fold(labels[thing][2]), thing))
    numbers = {thing: number for number, thing in enumerate(ordered, 1)}
    rows = ((numbers[t], bare(t), labels[t][2], labels[t][3]) for t in ordered)
    db.executemany("INSERT INTO things VALUES (?, ?, ?, ?)", rows)
    rows_of_names = sorted(
        (kind, len(folded), folded, numbers[thing], text)
        for (thing, folded), (kind, text) in names.items()
        if folded
    )
    db.executemany(
        "INSERT INTO names(kind, folded, thing, text) VALUES (?, ?, ?, ?)",
        ((kind, folded, thing, text) for kind, _, folded, thing, text in rows_of_names),
    )
    bearers = written([0, *(thing for *_, thing, _ in rows_of_names)])
    db.execute("INSERT INTO arrays VALUES ('bearers', ?)", (bearers,))
    return numbers


class _Searched:
    """Says which terms are things that are searched."""

    def __init__(self, ids: str | None, concepts: set[str], records: set[str]) -> None:
        self._start = "<" if ids is None else f"<{ids}"
        self._concepts, self._records = concepts, records

    def __call__(self, term: str) -> bool:
        return (term.startswith(self._start) or term in self._concepts) and term not in self._records


def _searched(described: Described, ids: str | None) -> _Searched:
    concepts: set[str] = set()
    records: set[str] = set()
    for thing, kind in described.members((*RECORDS, _CONCEPT)):
        (concepts if kind == _CONCEPT else records).add(thing)
    return _Searched(ids, set(filter(is_iri, concepts)), records)


def _write_words(db: sqlite3.Connection) -> None:
    """Write the words of all names, and the forms by which words with a slip are found."""
    words = {word for (folded,) in db.execute("SELECT folded FROM names") for word in folded.split()}
    vocabulary = sorted(word for word in words if len(word) >= SHORTEST)
    db.executemany("INSERT INTO vocabulary VALUES (?, ?)", enumerate(vocabulary, 1))
    forms = [form << 32 | number for number, word in enumerate(vocabulary, 1) for form in deletions(word)]
    forms.sort()
    db.executemany("INSERT INTO deletions VALUES (?, ?)", ((form >> 32, form & 0xFFFFFFFF) for form in forms))


def _write_facets(
    db: sqlite3.Connection, described: Described, facets: Iterable[Facet], things: Mapping[str, int]
) -> None:
    having: list[int] = []
    starts = [0]
    for number, facet in enumerate(facets, 1):
        db.execute("INSERT INTO facets VALUES (?, ?, ?)", (number, facet.name, facet.title))
        found: dict[str, set[int]] = defaultdict(set)
        for thing, value in described.asked(facet.query, ("thing", "value")):
            if thing in things and (is_iri(value) or value.startswith('"')):
                found[value].add(things[thing])
        labels = _labels(described, found)
        called = {value: labels.get(value) or _text(value) for value in found}
        for value in sorted(found, key=lambda value: (called[value], _text(value), value)):
            choice, of_value = len(starts), sorted(found[value])
            row = (choice, number, _text(value), is_iri(value), called[value], len(of_value))
            db.execute("INSERT INTO choices VALUES (?, ?, ?, ?, ?, ?)", row)
            having += of_value
            starts.append(len(having))
    pairs = ((thing, c) for c in range(1, len(starts)) for thing in having[starts[c - 1] : starts[c]])
    db.executemany("INSERT INTO has VALUES (?, ?)", sorted(pairs))
    arrays = (("starts", written(starts)), ("having", written(having)))
    db.executemany("INSERT INTO arrays VALUES (?, ?)", arrays)


def _write_columns(db: sqlite3.Connection, described: Described, things: Mapping[str, int]) -> None:
    """Write what lists of classes show, and in which order things come by each column."""
    classes = ((c.iri, c.label) for c in read_classes(described.vocabulary))
    db.executemany("INSERT INTO classes(iri, label) VALUES (?, ?)", classes)
    listed = {term for (term,) in db.execute(
        "SELECT c.term FROM choices c JOIN facets f ON f.id = c.facet WHERE f.name = ?", (CLASS,))}  # fmt: skip
    columns = {
        class_: found for class_, found in read_columns(described.vocabulary).items() if class_ in listed
    }
    db.executemany(
        "INSERT INTO columns(class, property, label, shown) VALUES (?, ?, ?, ?)",
        ((class_, c.property, c.label, c.shown) for class_, found in columns.items() for c in found),
    )
    for name in sorted({c.property for found in columns.values() for c in found}):
        rows = sorted(
            (place, thing) for thing, place in ranks(described.having(iri(name)), things, described.label)
        )
        if rows:
            places, ranked = (written(column) for column in zip(*rows, strict=True))
            db.execute("INSERT INTO ranks VALUES (?, ?, ?)", (name, places, ranked))


def _text(term: str) -> str:
    return bare(term) if is_iri(term) else literal_parts(term)[0]


def _properties(described: Described) -> Iterator[tuple[str, str, str]]:
    """The properties of the default graph with their labels, or else the words of their IRI."""
    found = described.properties()
    labels = _labels(described, found)
    for term in sorted(found):
        label = labels.get(term) or words_of(bare(term))
        yield bare(term), label, fold(label)


def _labels(described: Described, terms: Iterable[str]) -> dict[str, str]:
    """Term -> label, in English where there is one; of terms that have one."""
    return {term: label for term in terms if is_iri(term) and (label := described.label(term))}
