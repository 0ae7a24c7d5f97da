"""Citing an answer: which question, to which release, and a hash by which anybody can tell whether an answer is still the same.

The hash is the SHA-256 of lines of UTF-8 text, each ended by a newline:
- of a SELECT, the names of its columns joined by tabs, then its rows, each the terms in canonical N-Triples joined by tabs (nothing for
  an unbound variable), sorted by code point; a row that comes twice stands twice; every blank node is written ``_:b``;
- of an ASK, ``true`` or ``false``;
- of a CONSTRUCT or DESCRIBE, the canonical N-Quads of its triples (RDFC-1.0).
So it does not depend on the format in which an answer was fetched, nor on the order of rows that the query leaves open.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from muniment.engine import canonical_blank_nodes
from muniment.results import Results
from muniment.sparql_text import query_form
from muniment.terms import DEFAULT_GRAPH, PROV, SCHEMA, SH, Quad, from_rdflib

HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Fingerprint:
    """An answer as lines that can be hashed and compared."""

    head: str
    """The names of the columns; empty but for a SELECT."""
    lines: Counter[str] = field(repr=False)
    unit: Literal["row", "answer", "statement"]

    @property
    def hash(self) -> str:
        """The SHA-256, in hex."""
        digest = hashlib.sha256(f"{self.head}\n".encode() if self.unit == "row" else b"")
        for line in sorted(self.lines.elements()):
            digest.update(f"{line}\n".encode())
        return digest.hexdigest()

    @property
    def size(self) -> int:
        """How many rows or statements."""
        return self.lines.total()

    @property
    def counted(self) -> str:
        """The size in words."""
        return f"{self.size:,} {self.unit}{'' if self.size == 1 else 's'}"


def fingerprint(results: Results) -> Fingerprint:
    """The fingerprint of an answer."""
    if results.boolean is not None:
        return Fingerprint("", Counter(["true" if results.boolean else "false"]), "answer")
    if results.graph is not None:
        triples = ([_term(node) for node in triple] for triple in results.graph)
        return of_statements(Quad(s, p, o, DEFAULT_GRAPH) for s, p, o in triples)
    rows = ("\t".join(_cell(row.get(name)) for name in results.variables) for row in results)
    return Fingerprint("\t".join(results.variables), Counter(rows), "row")


def of_statements(quads: Iterable[Quad]) -> Fingerprint:
    """The fingerprint of the triples of a CONSTRUCT or DESCRIBE."""
    lines = {quad.line().removesuffix("\n") for quad in canonical_blank_nodes(quads)}
    return Fingerprint("", Counter(lines), "statement")


def _term(node: Any) -> str:
    return from_rdflib(node)


def _cell(term: Any) -> str:
    if term is None:
        return ""
    text = _term(term)
    return "_:b" if text.startswith("_:") else text


@dataclass(frozen=True)
class Comparison:
    """What became of an answer: ``added`` and ``removed`` are None where the cited answer cannot be had any more."""

    status: Literal["same", "changed"]
    added: int | None = None
    removed: int | None = None

    @property
    def text(self) -> str:
        """In words."""
        if self.status == "same":
            return "same"
        if self.added is None or self.removed is None:
            return "changed"
        total = self.added + self.removed
        return f"changed by {total:,} {'row' if total == 1 else 'rows'} ({self.added:,} added, {self.removed:,} removed)"


def compare(cited: str, then: Fingerprint | None, now: Fingerprint) -> Comparison:
    """Hold a cited answer, by its hash and if it can still be had by its rows, against an answer of today."""
    if now.hash == cited:
        return Comparison("same", 0, 0)
    if then is None or then.hash != cited:
        return Comparison("changed")
    return Comparison("changed", (now.lines - then.lines).total(), (then.lines - now.lines).total())


@dataclass(frozen=True)
class Citation:
    """One answer, ready to be cited. It says nothing of when it was made: a release does not change."""

    title: str
    dataset: str
    url: str
    """Where the answer is, in this release."""
    release: str
    fingerprint: Fingerprint
    query: str
    """The SPARQL text, its parameters bound."""
    check: str
    """Where it is held against the release of today."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    saved: str | None = None
    """The name of the saved query."""
    base: str | None = None
    license: str | None = None

    def text(self) -> str:
        """One line to paste into a footnote."""
        given = ", ".join(f"{name}: {value}" for name, value in self.parameters.items())
        what = f"{self.title} ({given})" if given else self.title
        return (
            f"“{_line(what)}”, {_line(self.dataset)}, release {self.release}, {self.fingerprint.counted}. "
            f"{self.url} (SHA-256 {self.fingerprint.hash})."
        )

    def bibtex(self) -> str:
        """An entry for BibTeX and BibLaTeX."""
        key = re.sub(r"[^A-Za-z0-9]+", "-", self.saved or "query").strip("-")
        given = "; ".join(f"{name}={value}" for name, value in self.parameters.items())
        fields = {
            "title": f"{{{_tex(self.title)}}}",
            "organization": f"{{{_tex(self.dataset)}}}",
            "version": self.release,
            "howpublished": f"\\url{{{_tex_url(self.url)}}}",
            "url": _tex_url(self.url),
            "note": _tex(
                f"{f'{given}. ' if given else ''}Release {self.release}, {self.fingerprint.counted}, SHA-256 {self.fingerprint.hash}"
            ),
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{{key}-{self.fingerprint.hash[:8]},\n{lines}}}\n"

    def jsonld(self) -> dict[str, Any]:
        """A description in JSON-LD with schema.org terms; its context is its own, so that nothing need be fetched to read it."""
        found: dict[str, Any] = {
            "@context": {**_CONTEXT, "query": f"{SH}{(query_form(self.query) or 'SELECT').lower()}"},
            "@id": self.url,
            "@type": ["Dataset", "prov:Entity"],
            "name": self.title,
            "url": self.url,
            "version": self.release,
            "isPartOf": {
                "@type": "Dataset",
                "name": self.dataset,
                **({"@id": self.base} if self.base else {}),
            },
            "sha256": self.fingerprint.hash,
            "size": self.fingerprint.counted,
            "query": self.query,
            "variableMeasured": self.fingerprint.head.split("\t") if self.fingerprint.head else [],
            "parameters": [
                {"@type": "PropertyValue", "name": name, "value": value}
                for name, value in self.parameters.items()
            ],
            "potentialAction": {"@type": "CheckAction", "target": self.check},
            "creditText": self.text(),
        }
        if self.license:
            found["license"] = self.license
        return found


@dataclass(frozen=True)
class DatasetCitation:
    """A release of a dataset, ready to be cited: author or publisher, year, title, version, address, as DataCite recommends."""

    title: str
    release: str
    url: str
    """Where this release is."""
    publisher: str | None = None
    issued: str | None = None
    """The day of the release, or its month or year."""

    def text(self) -> str:
        """One line to paste into a footnote."""
        who = f"{_line(self.publisher)}" if self.publisher else ""
        year = f" ({self.issued[:4]})" if self.issued else ""
        before = f"{who}{year}: " if who else ""
        when = f", {self.issued}" if self.issued else ""
        return f"{before}{_line(self.title)}. Dataset, release {self.release}{when}. {self.url}"

    def bibtex(self) -> str:
        """An entry for BibTeX and BibLaTeX."""
        fields = {
            "title": f"{{{_tex(self.title)}}}",
            "author": f"{{{_tex(self.publisher or '')}}}" if self.publisher else "",
            "year": (self.issued or "")[:4],
            "version": self.release,
            "note": "Dataset",
            "howpublished": f"\\url{{{_tex_url(self.url)}}}",
            "url": _tex_url(self.url),
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        return f"@misc{{dataset-{self.release[:8]},\n{lines}}}\n"


_CONTEXT: Mapping[str, Any] = {
    "@vocab": SCHEMA,
    "prov": PROV,
    "url": {"@type": "@id"},
    "license": {"@type": "@id"},
    "target": {"@type": "@id"},
    "parameters": "additionalProperty",
}
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "_": r"\_", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in _line(text))


def _tex_url(url: str) -> str:
    """The address, which is ASCII and percent-encoded, as ``\\url`` takes it; braces would end the field."""
    return url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
