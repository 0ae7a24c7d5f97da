"""What a query answers, in Python: rdflib terms, the same from every store."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import rdflib

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


def _native(term: Term | None) -> Any:
    if isinstance(term, rdflib.Literal):
        value = term.toPython()
        return str(term) if isinstance(value, rdflib.Literal) else value
    return None if term is None else str(term)


def _plain(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term}" if isinstance(term, rdflib.BNode) else str(term)
