"""Rules on a dataset that need not fit into memory: each is asked of a store that holds what it can read, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, cast

from muniment.derive import constructed, described, rule_graph
from muniment.dumps import Blocks
from muniment.engine import EmbeddedStore
from muniment.queries import QueryFile
from muniment.stream.crew import Crew
from muniment.stream.lines import default, in_graph, lines_of
from muniment.stream.place import Place
from muniment.stream.query_reads import Reads, reads
from muniment.stream.sorting import NOTHING, Listed, Ordered
from muniment.terms import DCTERMS, LABEL, TYPE, iri

_DESCRIBING = frozenset((TYPE, LABEL, iri(f"{DCTERMS}description")))
"""Properties of what is said of the graph of a rule that derived something."""


@dataclass
class Derived:
    """What rules derive: lines of the default graph, of named graphs, and these by graph."""

    default: Ordered = NOTHING
    named: Ordered = NOTHING
    by_graph: Ordered = NOTHING


@dataclass(frozen=True)
class Task:
    """A rule, and what it is asked of."""

    number: int
    rule: QueryFile
    claimed: tuple[Ordered, Ordered]
    """Lines of the default graph, and of claims, among which are all that it can read."""
    before: Derived
    """What it may read of what earlier rules derived; in ``default`` are other lines of the default graph, too."""
    base: str
    place: Place


def derive(
    claimed: Sequence[tuple[Ordered, Ordered]],
    beside: Ordered,
    rules: Sequence[QueryFile],
    base: str,
    place: Place,
    hands: Crew,
) -> Derived:
    """What the rules derive that is not already there, in order of their names; each sees what earlier ones derived.

    Args:
        claimed: for each rule the lines of the default graph, and of claims, among which are all that it can read.
        beside: other lines of the default graph.
        rules: the rules.
        base: the IRI against which ids are resolved.
        place: where lines are kept.
        hands: who asks them; rules that see nothing of each other are asked side by side.

    Raises:
        InputError: a rule is no CONSTRUCT query.
    """
    found = Derived()
    for numbers in rounds([reads(rule.text) for rule in rules]):
        before = Derived(beside + found.default, found.named)
        tasks = [Task(n, rules[n], claimed[n], before, base, place) for n in numbers]
        tasks.sort(key=_size, reverse=True)
        derived = hands.each(
            derive_rule, tasks, apart=place.folder is not None
        )  # memory goes with the process
        by_number = {task.number: some for task, some in zip(tasks, derived, strict=True)}
        for number in numbers:
            some = by_number[number]
            found.default += some.default
            found.named += some.named
            found.by_graph += some.by_graph
    return found


def rounds(read_by: Sequence[Reads | None]) -> list[list[int]]:
    """The numbers of rules in rounds, by what they read: no rule of a round sees anything that another one of it derives."""
    found: list[list[int]] = []
    made: frozenset[str] | None = None
    for number, what in enumerate(read_by):
        if what is None or made is None or not what.predicates.isdisjoint(made):
            found.append([])
            made = _DESCRIBING
        found[-1].append(number)
        made = None if what is None else made | what.made
    return found


def derive_rule(task: Task) -> Derived:
    """What one rule derives that is not already there."""
    rule, place, number = task.rule, task.place, task.number
    default_graph, named_graphs = task.claimed
    graph, what = rule_graph(task.base, rule), reads(rule.text)
    known = default_graph + _readable(task.before.default, what)
    store = EmbeddedStore.in_memory(cast(IO[bytes], Blocks(known.blocks())))
    if what is None or what.named:
        more = named_graphs + _readable(task.before.named, what)
        store.add_lines(cast(IO[bytes], Blocks(more.blocks())))
    made = place.sorter(f"made-{number}")
    for triple in constructed(store, rule):
        made.add(default(*triple))
    del store
    writers = [place.writer(f"derived-{kind}-{number}") for kind in ("default", "named", "graphs")]
    for new in without(made.done().blocks(), known.lines()):
        named = [in_graph(line, graph) for line in new]
        for writer, lines in zip(writers, (new, named, [f"{graph} {line}" for line in named]), strict=True):
            writer.extend(lines)
    of_default, of_named, of_graphs = (writer.done() for writer in writers)
    if not of_default.size():
        return Derived()
    about = Listed(lines_of(described(graph, rule.title, rule.question)))
    return Derived(of_default + Ordered((about,)), of_named, of_graphs)


def _size(task: Task) -> int:
    return sum(lines.size() for lines in task.claimed)


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
