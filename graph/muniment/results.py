"""What a query answers, in Python: rdflib terms, the same from every store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import rdflib

from muniment.terms import XSD

if TYPE_CHECKING:
    import pandas

Term = rdflib.URIRef | rdflib.BNode | rdflib.Literal
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Results:
    """The answer to one query.

    SELECT fills ``variables`` and ``rows`` (an unbound variable is absent from its row), ASK fills ``boolean``, CONSTRUCT and
    DESCRIBE fill ``graph``. Iterating gives the rows; ``bool()`` is the answer of an ASK, else whether there is any row or triple.
    """

    variables: Sequence[str] = ()
    rows: Sequence[Row] = field(default=(), repr=False)
    boolean: bool | None = None
    graph: rdflib.Graph | None = field(default=None, repr=False)

    @classmethod
    def from_json(cls, document: bytes | str) -> Self:
        """Read SPARQL 1.1 Query Results JSON, of a SELECT or an ASK.

        Raises:
            ValueError: the document is something else.
        """
        match json.loads(document):
            case {"boolean": bool(answer)}:
                return cls(boolean=answer)
            case {"head": {"vars": list(names)}, "results": {"bindings": list(bindings)}} if all(
                isinstance(binding, dict) for binding in bindings
            ):
                rows = [{name: _term(row[name]) for name in names if name in row} for row in bindings]
                return cls(variables=names, rows=rows)
        raise ValueError("JSON, but no SPARQL result")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows) if self.graph is None else len(self.graph)

    def __bool__(self) -> bool:
        return self.boolean if self.boolean is not None else len(self) > 0

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries of Python values: IRIs as text, literals as rdflib's ``toPython`` gives them, unbound as None."""
        return [{name: _native(row.get(name)) for name in self.variables} for row in self.rows]

    def to_frame(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame, a column a variable.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame(self.to_dicts(), columns=list(self.variables))

    def to_csv(self) -> str:
        """The rows in SPARQL 1.1 CSV: RFC 4180 with CRLF, bare lexical forms and IRIs."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(self.variables)
        writer.writerows([_plain(row.get(name)) for name in self.variables] for row in self.rows)
        return out.getvalue()


def _term(binding: Any) -> Term:
    match binding:
        case {"type": "uri", "value": str(value)}:
            return rdflib.URIRef(value)
        case {"type": "bnode", "value": str(value)}:
            return rdflib.BNode(value)
        case {"type": "literal" | "typed-literal", "value": str(value), "xml:lang": str(tag)} if tag:
            return rdflib.Literal(value, lang=tag)
        case {"type": "literal" | "typed-literal", "value": str(value)}:
            kind = binding.get("datatype")
            datatype = rdflib.URIRef(kind) if kind and kind != f"{XSD}string" else None
            return rdflib.Literal(value, datatype=datatype, normalize=False)
        case {"type": "triple"}:
            raise ValueError("the answer holds a triple term, which rdflib does not know")
    raise ValueError("JSON, but with a value that is no RDF term")


def _native(term: Term | None) -> Any:
    if isinstance(term, rdflib.Literal):
        value = term.toPython()
        return str(term) if isinstance(value, rdflib.Literal) else value
    return None if term is None else str(term)


def _plain(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term}" if isinstance(term, rdflib.BNode) else str(term)
