"""What follows from the claims: superclasses from the ontology, shortcuts from the rules in ``queries/rules``.

Each derived statement stands in the default graph and in the named graph of the rule that derived it, so that it can show what it
rests on like any other. A rule is a CONSTRUCT query; rules run once each, in order of their file names, and see what earlier ones derived.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from muniment.engine import EmbeddedStore
from muniment.errors import InputError, QueryRefused, QuerySyntaxError, Where
from muniment.queries import QueryFile
from muniment.terms import DCTERMS, DEFAULT_GRAPH, LABEL, MUN, TYPE, Quad, iri, literal

_CLASSES = "classes"


def materialised_classes(
    default: Iterable[Quad], superclasses: Mapping[str, Sequence[str]], base: str
) -> list[Quad]:
    """The superclasses of every typed thing, as quads of the default graph and of the graph ``rule/classes``."""
    typed = [(q.subject, q.object) for q in default if q.predicate == TYPE]
    known = set(typed)
    graph = _graph(base, _CLASSES)
    found = []
    for subject, kind in typed:
        for parent in superclasses.get(kind, ()):
            if (subject, parent) not in known:
                known.add((subject, parent))
                found += _twice((subject, TYPE, parent), graph)
    if found:
        found += _described(graph, "Superclasses", "The classes above each thing's own, from the ontology.")
    return found


def apply_rules(
    default: Sequence[Quad], claims: Iterable[Quad], rules: Sequence[QueryFile], base: str
) -> list[Quad]:
    """What the rules derive that is not already there."""
    if not rules:
        return []
    named = (q for q in claims if q.graph != DEFAULT_GRAPH)
    store = EmbeddedStore.in_memory("".join(q.line() for part in (default, named) for q in part).encode())
    known = {q[:3] for q in default}
    found: list[Quad] = []
    for rule in rules:
        graph = _graph(base, re.sub(r"^\d+-", "", rule.name))
        new = sorted(_constructed(store, rule) - known)
        known.update(new)
        derived = [quad for triple in new for quad in _twice(triple, graph)]
        if derived:
            derived += _described(graph, rule.title, rule.question)
            store.add(derived)
            found += derived
    return found


def _constructed(store: EmbeddedStore, rule: QueryFile) -> set[tuple[str, str, str]]:
    """What a rule makes; a mistake in it is one of the file."""
    try:
        return set(store.construct(rule.text))
    except QuerySyntaxError as error:
        where = Where(str(rule.path), error.line, error.column)
        raise InputError(f"not SPARQL: {error.message}", where=where, hint=error.hint) from error
    except QueryRefused as error:
        line = 1 + sum(1 for line in rule.text.splitlines() if line.startswith("#+"))
        raise InputError(error.message, where=Where(str(rule.path), line)) from error


def _graph(base: str, name: str) -> str:
    return iri(f"{base}rule/{name}")


def _twice(triple: tuple[str, str, str], graph: str) -> list[Quad]:
    return [Quad(*triple, DEFAULT_GRAPH), Quad(*triple, graph)]


def _described(graph: str, label: str, description: str) -> list[Quad]:
    return [
        Quad(graph, TYPE, iri(f"{MUN}Rule"), DEFAULT_GRAPH),
        Quad(graph, LABEL, literal(label, language="en"), DEFAULT_GRAPH),
        Quad(graph, iri(f"{DCTERMS}description"), literal(description, language="en"), DEFAULT_GRAPH),
    ]
