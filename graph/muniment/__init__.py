"""muniment: source documents become a knowledge graph in which every statement can show the lines it rests on."""

__version__ = "0.1.0"

from muniment.access import open
from muniment.errors import MunimentError
from muniment.results import Results
from muniment.store import Store

__all__ = ["MunimentError", "Results", "Store", "__version__", "open"]
