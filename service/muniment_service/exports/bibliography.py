"""Documents as BibTeX and as CSL-JSON, for reference managers. What kind of document it is, the data says in words of its own: they are given as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}%&#$_"},
}
_KEY = re.compile(r"[^A-Za-z0-9.:-]+")


@dataclass(frozen=True)
class Author:
    """Who wrote it: a person with the parts of a name where they are known, or a body."""

    name: str
    family: str | None = None

    @property
    def given(self) -> str | None:
        """What stands before the family name, where the name ends with it."""
        return self.name.removesuffix(self.family).strip() or None if self.family else None


@dataclass(frozen=True)
class Document:
    """A document as a bibliography shows it."""

    iri: str
    title: str
    authors: tuple[Author, ...] = ()
    publisher: str | None = None
    issued: str | None = None
    """A day, a month or a year."""
    number: str | None = None
    """The reference that stands on it."""
    genre: str | None = None
    language: str | None = None
    url: str | None = None
    part_of: str | None = None

    @property
    def key(self) -> str:
        """The citation key: what the IRI ends with."""
        return _KEY.sub("-", re.split(r"[/#]", self.iri.rstrip("/#"))[-1]).strip("-") or "document"


def unique_keys(documents: Iterable[Document], taken: set[str]) -> list[str]:
    """A citation key for each, none of which is taken; the new ones are added to those taken."""
    keys = []
    for document in documents:
        key, number = document.key, 2
        while key in taken:
            key, number = f"{document.key}-{number}", number + 1
        taken.add(key)
        keys.append(key)
    return keys


def bibtex(documents: Sequence[Document], keys: Sequence[str]) -> bytes:
    """The entries of a BibTeX file, in UTF-8; ``date`` is for biblatex, ``year`` and ``month`` for BibTeX."""
    return "".join(_entry(d, key) for d, key in zip(documents, keys, strict=True)).encode("utf-8", "replace")


def csl(document: Document, key: str) -> dict[str, Any]:
    """An item of CSL-JSON (schema 1.0)."""
    issued = _parts(document.issued)
    fields = {
        "id": key,
        "type": "document",
        "title": document.title,
        "author": [_csl_name(author) for author in document.authors],
        "issued": {"date-parts": [issued]} if issued else None,
        "publisher": document.publisher,
        "number": document.number,
        "genre": document.genre,
        "language": document.language,
        "container-title": document.part_of,
        "URL": document.url or document.iri,
        "note": document.iri if document.url else None,
    }
    return {name: value for name, value in fields.items() if value}


def csl_bytes(items: Iterable[dict[str, Any]]) -> bytes:
    """Items as lines, without the brackets around them."""
    return b",\n".join(json.dumps(item, ensure_ascii=False).encode() for item in items)


def _entry(document: Document, key: str) -> str:
    year, month, _ = (*_parts(document.issued), None, None, None)[:3]
    fields = {
        "title": f"{{{_escaped(document.title)}}}",
        "author": " and ".join(_bibtex_name(author) for author in document.authors),
        "date": _DATE.fullmatch(document.issued or "") and document.issued,
        "year": year and f"{year:04d}",
        "month": month and str(month),
        "number": _escaped(document.number),
        "publisher": _escaped(document.publisher),
        "howpublished": _escaped(document.genre),
        "language": _escaped(document.language),
        "booktitle": _escaped(document.part_of),
        "url": document.url or document.iri,
        "note": _escaped(document.iri) if document.url else None,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{lines}}}\n\n"


def _bibtex_name(author: Author) -> str:
    if author.family and author.given:
        return f"{{{_escaped(author.family)}}}, {{{_escaped(author.given)}}}"
    return f"{{{_escaped(author.name)}}}"


def _csl_name(author: Author) -> dict[str, str]:
    if author.family and author.given:
        return {"family": author.family, "given": author.given}
    return {"literal": author.name}


def _parts(issued: str | None) -> list[int]:
    found = _DATE.fullmatch(issued or "")
    return [int(part) for part in found.groups() if part] if found else []


def _escaped(text: str | None) -> str:
    return "".join(_SPECIAL.get(character, character) for character in " ".join((text or "").split()))
