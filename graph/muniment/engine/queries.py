"""How a query is put to the engine: its prefixes and base, and what the engine says of one that is wrong, in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyoxigraph as ox

from muniment.errors import StoreError
from muniment.federation import failure
from muniment.syntax import syntax_error, unknown_function

BASE = "urn:muniment:query"
"""What relative IRIs in a query are resolved against, unless it declares a BASE."""
_EMPTY = ox.Store()


def check_syntax(query: str, prefixes: Mapping[str, str]) -> None:
    """Nothing, or the error of a query that is no SPARQL, as every other query gets it.

    Raises:
        QuerySyntaxError, QueryError.
    """
    with engine_errors(query, prefixes):
        _EMPTY.query(query, base_iri=BASE, prefixes=used_prefixes(query, prefixes))


def used_prefixes(query: str, prefixes: Mapping[str, str]) -> dict[str, str]:
    """The prefixes that may occur in a query: the engine reads all that it is given, which takes longer than a look-up."""
    return (
        {prefix: iri for prefix, iri in prefixes.items() if f"{prefix}:" in query}
        if "\\" not in query
        else dict(prefixes)
    )


@contextmanager
def engine_errors(
    query: str, prefixes: Mapping[str, str], relay: Mapping[str, str] | None = None
) -> Iterator[None]:
    """The engine's exceptions as ours; answers are made lazily, so they come up while rows are read and written, too."""
    try:
        yield
    except SyntaxError as error:
        raise syntax_error(query, str(error), prefixes) from error
    except (OSError, RuntimeError, ValueError) as error:
        if "custom function" in str(error).lower():
            raise unknown_function(query, str(error), prefixes) from error
        failed = failure(query, str(error), relay) if relay else None
        raise failed or StoreError(f"the engine failed: {error}") from error
