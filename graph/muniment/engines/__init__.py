"""What engines that speak SPARQL 1.1 over HTTP have in common, and in one table what each does its own way."""

from muniment.engines.table import ENGINES, Engine, Quirk, engine_named, engine_of

__all__ = ["ENGINES", "Engine", "Quirk", "engine_named", "engine_of"]
