"""Rules on a dataset that need not fit into memory: each is asked of a store that holds what it can read, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, cast

from muniment.derive import constructed, described, rule_graph
from muniment.dumps import Blocks
from muniment.engine import EmbeddedStore
from muniment.queries import QueryFile
from muniment.stream.lines import default, in_graph, lines_of, quad_of
from muniment.stream.place import Place
from muniment.stream.rule_reads import Reads, reads
from muniment.stream.sorting import NOTHING, Listed, Ordered
from muniment.terms import DEFAULT_GRAPH


@dataclass
class Derived:
    """What rules derive: lines of the default graph, of named graphs, and these by graph."""

    default: Ordered = NOTHING
    named: Ordered = NOTHING
    by_graph: Ordered = NOTHING


def kept_for(rules: Iterable[QueryFile]) -> frozenset[str] | None:
    """The predicates of all statements that rules read; None if any may be."""
    known = [reads(rule.text) for rule in rules]
    parts = [some.predicates for some in known if some is not None]
    return frozenset().union(*parts) if len(parts) == len(known) else None


def derive(claimed: Ordered, rules: Sequence[QueryFile], base: str, place: Place) -> Derived:
    """What the rules derive that is not already there, in order of their names; each sees what earlier ones derived.

    Args:
        claimed: lines of the default graph and of claims, all that the rules can read.
        rules: the rules.
        base: the IRI against which ids are resolved.
        place: where lines are kept.

    Raises:
        InputError: a rule is no CONSTRUCT query.
    """
    found = Derived()
    for number, rule in enumerate(rules):
        graph = rule_graph(base, rule)
        what = reads(rule.text)
        before = claimed + found.default + found.named
        made = place.sorter(f"made-{number}")
        for triple in constructed(_store(before, what), rule):
            made.add(default(*triple))
        writers = [place.writer(f"derived-{part}-{number}") for part in ("default", "named", "graphs")]
        any_new = False
        for new in _without(made.done().blocks(), _default(before, what)):
            any_new = any_new or bool(new)
            named = [in_graph(line, graph) for line in new]
            for writer, lines in zip(
                writers, (new, named, [f"{graph} {line}" for line in named]), strict=True
            ):
                writer.extend(lines)
        of_default, of_named, of_graphs = (writer.done() for writer in writers)
        if any_new:
            about = Listed(lines_of(described(graph, rule.title, rule.question)))
            found.default += of_default + Ordered((about,))
            found.named += of_named
            found.by_graph += of_graphs
    return found


def _store(lines: Ordered, what: Reads | None) -> EmbeddedStore:
    store = EmbeddedStore.in_memory(b"")
    store.add_lines(cast(IO[bytes], Blocks(_readable(lines.blocks(), what))))
    return store


def _readable(blocks: Iterable[list[str]], what: Reads | None) -> Iterator[list[str]]:
    for block in blocks:
        if what is None:
            yield block
            continue
        found = [line for line in block if line.split(" ", 2)[1] in what.predicates]
        yield found if what.named else [line for line in found if quad_of(line).graph == DEFAULT_GRAPH]


def _default(lines: Ordered, what: Reads | None) -> Iterator[str]:
    """The lines of the default graph that a rule could make."""
    only = Reads(what.predicates, named=False) if what else None
    for block in _readable(lines.blocks(), only):
        yield from block  # of everything, those of named graphs too: they equal no line of the default graph


def _without(blocks: Iterable[list[str]], known: Iterator[str]) -> Iterator[list[str]]:
    """Sorted lines without those that are known."""
    at = next(known, None)
    for block in blocks:
        new = []
        for line in block:
            while at is not None and at < line:
                at = next(known, None)
            if at != line:
                new.append(line)
        yield new
