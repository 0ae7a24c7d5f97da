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
    graph = classes_graph(base)
    found = []
    for subject, kind in typed:
        for parent in superclasses.get(kind, ()):
            if (subject, parent) not in known:
                known.add((subject, parent))
                found += _twice((subject, TYPE, parent), graph)
    if found:
        found += described_classes(base)
    return found


def described_classes(base: str) -> list[Quad]:
    """What is said of the graph of the superclasses."""
    text = "The classes above each thing's own, from the ontology."
    return described(classes_graph(base), "Superclasses", text)


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
        graph = rule_graph(base, rule)
        new = sorted(constructed(store, rule) - known)
        known.update(new)
        derived = [quad for triple in new for quad in _twice(triple, graph)]
        if derived:
            derived += described(graph, rule.title, rule.question)
            store.add(derived)
            found += derived
    return found


def constructed(store: EmbeddedStore, rule: QueryFile) -> set[tuple[str, str, str]]:
    """What a rule makes; a mistake in it is one of the file."""
    try:
        return set(store.construct(rule.text))
    except QuerySyntaxError as error:
        where = Where(str(rule.path), error.line, error.column)
        raise InputError(f"not SPARQL: {error.message}", where=where, hint=error.hint) from error
    except QueryRefused as error:
        line = 1 + sum(1 for line in rule.text.splitlines() if line.startswith("#+"))
        raise InputError(error.message, where=Where(str(rule.path), line)) from error


def classes_graph(base: str) -> str:
    """The graph of the superclasses."""
    return iri(f"{base}rule/{_CLASSES}")


def rule_graph(base: str, rule: QueryFile) -> str:
    """The graph of what a rule derives."""
    return iri(f"{base}rule/{re.sub(r'^[0-9]+-', '', rule.name)}")


def _twice(triple: tuple[str, str, str], graph: str) -> list[Quad]:
    return [Quad(*triple, DEFAULT_GRAPH), Quad(*triple, graph)]


def described(graph: str, label: str, description: str) -> list[Quad]:
    """What is said of the graph of a rule."""
    return [
        Quad(graph, TYPE, iri(f"{MUN}Rule"), DEFAULT_GRAPH),
        Quad(graph, LABEL, literal(label, language="en"), DEFAULT_GRAPH),
        Quad(graph, iri(f"{DCTERMS}description"), literal(description, language="en"), DEFAULT_GRAPH),
    ]
