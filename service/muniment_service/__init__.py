"""The HTTP service of muniment: a release, or any store, as a SPARQL endpoint and as linked data."""

from muniment_service.app import create_app
from muniment_service.settings import Settings

__all__ = ["Settings", "create_app"]
