"""Finding things by name: an index in SQLite, written into each release and read by the service, the command line and Python.

from muniment.search import SearchIndex
SearchIndex.open(release.path / "search.sqlite").find("geneva").hits
"""

from muniment.search.index import SearchIndex, search
from muniment.search.model import CLASS, KINDS, Column, Facet, Found, Hit, ListedClass, Order, Value
from muniment.search.write import write_index

__all__ = [
    "CLASS",
    "KINDS",
    "Column",
    "Facet",
    "Found",
    "Hit",
    "ListedClass",
    "Order",
    "SearchIndex",
    "Value",
    "search",
    "write_index",
]
