"""The embedded engine: the one package that knows pyoxigraph.

``rdf`` parses and serialises, ``embedded`` serves a release read-only, ``queries`` and ``answers`` stand between the engine's words and
ours. The engine's store does not keep every lexical form (``01`` becomes ``1``), so dumps and hashes are never read back from it.
"""

from muniment.engine.embedded import EmbeddedStore, write_store
from muniment.engine.queries import check_syntax
from muniment.engine.rdf import (
    as_stored,
    canonical_blank_nodes,
    check,
    parse,
    parse_lines,
    rewrite,
    rewrite_graph,
    rewrite_results,
    serialize,
)

__all__ = [
    "EmbeddedStore",
    "as_stored",
    "canonical_blank_nodes",
    "check",
    "check_syntax",
    "parse",
    "parse_lines",
    "rewrite",
    "rewrite_graph",
    "rewrite_results",
    "serialize",
    "write_store",
]
