"""Finding things by name: an index in SQLite, written into each release and read by the service, the command line and Python.

from muniment.search import SearchIndex
SearchIndex.open(release.path / "search.sqlite").find("geneva").hits
"""

from muniment.search.index import SearchIndex, search
from muniment.search.model import KINDS, Facet, Found, Hit, Value
from muniment.search.write import write_index

__all__ = ["KINDS", "Facet", "Found", "Hit", "SearchIndex", "Value", "search", "write_index"]
