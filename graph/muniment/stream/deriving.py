"""Rules on a dataset that need not fit into memory: each is asked of a store that holds what it can read, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, cast

from muniment.derive import constructed, described, rule_graph
from muniment.dumps import Blocks
from muniment.engine import EmbeddedStore
from muniment.queries import QueryFile
from muniment.stream.lines import default, in_graph, lines_of
from muniment.stream.place import Place
from muniment.stream.query_reads import Reads, reads
from muniment.stream.sorting import NOTHING, Listed, Ordered


@dataclass
class Derived:
    """What rules derive: lines of the default graph, of named graphs, and these by graph."""

    default: Ordered = NOTHING
    named: Ordered = NOTHING
    by_graph: Ordered = NOTHING


def derive(
    claimed: Sequence[tuple[Ordered, Ordered]],
    beside: Ordered,
    rules: Sequence[QueryFile],
    base: str,
    place: Place,
) -> Derived:
    """What the rules derive that is not already there, in order of their names; each sees what earlier ones derived.

    Args:
        claimed: for each rule the lines of the default graph, and of claims, among which are all that it can read.
        beside: other lines of the default graph.
        rules: the rules.
        base: the IRI against which ids are resolved.
        place: where lines are kept.

    Raises:
        InputError: a rule is no CONSTRUCT query.
    """
    found = Derived()
    for number, (rule, (default_graph, named_graphs)) in enumerate(zip(rules, claimed, strict=True)):
        graph, what = rule_graph(base, rule), reads(rule.text)
        known = default_graph + _readable(beside + found.default, what)
        store = EmbeddedStore.in_memory(cast(IO[bytes], Blocks(known.blocks())))
        if what is None or what.named:
            more = named_graphs + _readable(found.named, what)
            store.add_lines(cast(IO[bytes], Blocks(more.blocks())))
        made = place.sorter(f"made-{number}")
        for triple in constructed(store, rule):
            made.add(default(*triple))
        del store
        writers = [place.writer(f"derived-{kind}-{number}") for kind in ("default", "named", "graphs")]
        for new in without(made.done().blocks(), known.lines()):
            named = [in_graph(line, graph) for line in new]
            for writer, lines in zip(
                writers, (new, named, [f"{graph} {line}" for line in named]), strict=True
            ):
                writer.extend(lines)
        of_default, of_named, of_graphs = (writer.done() for writer in writers)
        if of_default.size():
            about = Listed(lines_of(described(graph, rule.title, rule.question)))
            found.default += of_default + Ordered((about,))
            found.named += of_named
            found.by_graph += of_graphs
    return found


def _readable(lines: Ordered, what: Reads | None) -> Ordered:
    """Those lines that a rule may read; few enough to be held in memory."""
    if what is None:
        return lines
    found = [line for line in lines.lines() if line.split(" ", 2)[1] in what.predicates]
    return Ordered((Listed(found),)) if found else NOTHING


def without(blocks: Iterable[list[str]], known: Iterator[str]) -> Iterator[list[str]]:
    """Sorted lines without those that are known, which are sorted, too."""
    at = next(known, None)
    for block in blocks:
        new = []
        for line in block:
            while at is not None and at < line:
                at = next(known, None)
            if at != line:
                new.append(line)
        yield new
