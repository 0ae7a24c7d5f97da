"""What the things of a list have in its columns, for pages, JSON and tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from muniment.search import Column
from muniment.terms import LABEL, TYPE, bare, is_iri, literal_parts
from muniment_service.facts import Names, Value
from muniment_service.lookup import NAMING, Lookup

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Row:
    """A thing of a list, and its values in each column, sorted by what they are called."""

    iri: str
    label: str
    cells: tuple[tuple[Value, ...], ...]


async def rows_of(
    lookup: Lookup, names: Names, things: Sequence[tuple[str, str]], columns: Sequence[Column]
) -> list[Row]:
    """The rows of some things (IRI, label), in the order given; two look-ups, however many things."""
    properties = [column.property for column in columns]
    facts = await lookup.facts([iri for iri, _ in things], properties) if properties else {}
    linked = {bare(t) for known in facts.values() for p in properties for t in known.get(p, ()) if is_iri(t)}
    await lookup.name(linked)

    def value(term: str) -> Value:
        if is_iri(term):
            return Value(lookup.label(bare(term)), names.urls.document(bare(term)), iri=bare(term))
        text, language, _ = literal_parts(term) if term.startswith('"') else (term, None, None)
        return Value(text, language=language)

    return [
        Row(iri, label, tuple(tuple(sorted(map(value, facts.get(iri, {}).get(p, ())))) for p in properties))
        for iri, label in things
    ]


async def batches(
    lookup: Lookup, names: Names, things: Sequence[tuple[str, str]], columns: Sequence[Column]
) -> AsyncIterator[list[Row]]:
    """The same for as many as there are, some at a time."""
    for start in range(0, len(things), _AT_ONCE):
        yield await rows_of(lookup, names, things[start : start + _AT_ONCE], columns)


def document(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """A row as an object: links with IRI and label, all else as text; what is not known is left out."""
    values = {
        name: [{"iri": v.iri, "label": v.text} if v.iri else v.text for v in cell]
        for name, cell in zip(names, row.cells, strict=True)
        if cell
    }
    return {"iri": row.iri, "label": row.label, **values}


def json_lines(rows: Iterable[Row], names: Sequence[str]) -> bytes:
    """Rows as lines of JSON."""
    return b"".join(json.dumps(document(row, names), ensure_ascii=False).encode() + b"\n" for row in rows)


def csv_head(names: Sequence[str]) -> bytes:
    """The line that names the columns; each has one for its values and one for what they are called."""
    return _written([["iri", "label", *(f"{name}{end}" for name in names for end in ("", ".label"))]])


def csv_lines(rows: Iterable[Row]) -> bytes:
    """Rows as lines of CSV (RFC 4180): several IRIs are parted by a space, several texts and labels by a vertical bar."""
    return _written(
        [row.iri, row.label, *(text for cell in row.cells for text in _texts(cell))] for row in rows
    )


def _texts(cell: Sequence[Value]) -> tuple[str, str]:
    links = [value for value in cell if value.iri]
    plain = " | ".join(value.text for value in cell if not value.iri)
    return (" ".join(str(v.iri) for v in links) or plain, " | ".join(v.text for v in links))


def construct(things: Iterable[tuple[str, str]], columns: Sequence[Column]) -> str:
    """The query for the statements that a list shows: class, names, and what is in its columns."""
    properties = dict.fromkeys((bare(TYPE), bare(LABEL), *NAMING, *(c.property for c in columns)))
    listed = " ".join(f"<{iri}>" for iri, _ in things)
    among = ", ".join(f"<{name}>" for name in properties)
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {listed} }} ?s ?p ?o FILTER(?p IN ({among})) }}"


def _written(rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
