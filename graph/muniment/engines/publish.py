"""Publish a release to an engine: load, verify, switch the pointer; prune when told to.

Whatever interrupts it, the release that was current stays so, and the same call goes on where the last one stopped: lots of quads that are
there already are not sent again, and what has been verified is not verified again. Nothing that is not verified is pointed to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from muniment.engines.contents import Contents, by_subject, comparable, has_blank, nameless
from muniment.engines.layout import CURRENT, HASH, REGISTER, REST, held, held_graph, of_release, release_graph
from muniment.engines.target import Target, dropping, insert_data
from muniment.errors import MunimentError, StoreError
from muniment.terms import Quad, bare, iri, literal

STAGES = ("looking", "loading", "verifying", "switching")
_READ = 500
"""Quads that are read back with one query; engines cut longer answers."""
_SWITCHED = 50
"""Graphs that one update switches where a long one is no better than several."""
_POINTER = f"{iri(REGISTER)} {iri(CURRENT)}"
_REGISTER = iri(REGISTER)


@dataclass(frozen=True)
class Published:
    """What was done."""

    release: str
    engine: str
    quads: int
    sent: int
    """Quads that were sent; those that were there already are not among them."""
    graphs: int
    previous: str | None
    """The release that was current before."""
    pruned: tuple[str, ...] = ()


class Publishable(Protocol):
    """What can be published: a release, or as much of one as these two say."""

    @property
    def id(self) -> str:
        """The name of the release."""

    def quads(self) -> Iterable[Quad]:
        """Its quads, sorted; they are read more than once."""


@dataclass(frozen=True)
class Part:
    """Some quads, published as if they were all of a release."""

    id: str
    held: Sequence[Quad]

    def quads(self) -> Sequence[Quad]:
        """See ``Publishable.quads``."""
        return self.held


def publish(
    release: Publishable,
    target: Target,
    on_stage: Callable[[str], None] = lambda stage: None,
    *,
    afresh: bool = False,
    prune: bool = False,
    rest: Callable[[float], object] = time.sleep,
) -> Published:
    """Publish a release.

    Args:
        on_stage: called with the name of each stage.
        afresh: forget what the engine has of this release already.
        prune: afterwards remove all other releases.
        rest: waits so many seconds between the switch and the removal.

    Raises:
        StoreError: the engine failed, cannot be reached, does not accept the credentials, or does not hold what it was sent.
    """
    name = release.id
    on_stage("looking")
    previous = current(target)
    if afresh and previous != name:
        _remove(target, [name])
    sent = 0
    if verified(target, name) is None:
        on_stage("loading")
        sent = _load(release, target)
        on_stage("verifying")
        _register(name, _verify(release, target), target)
    on_stage("switching")
    _switch(name, previous, target)
    graphs = verified(target, name) or {}
    others = _others(target, name) if prune else ()
    if others and previous != name:
        rest(REST)  # services may still go by the pointer as it was
    _remove(target, others)
    total = sum(target.counts(name).values())
    return Published(name, target.engine.name, total, sent, len(graphs), previous, tuple(others))


def current(target: Target) -> str | None:
    """The release that the pointer of an engine names; None if there is none, or it is being switched."""
    rows = target.rows(f"SELECT ?r WHERE {{ GRAPH {_REGISTER} {{ {_POINTER} ?r }} }}")
    found = held(bare(rows[0]["r"])) if rows else None
    return found[0] if found else None


def verified(target: Target, release: str) -> dict[str, str] | None:
    """Named graph -> hash, for a release that was loaded and verified; None if it was not."""
    known = _known(target)
    if release_graph(release) not in known:
        return None
    parts = ((held(name), value) for name, value in known.items())
    return {part[1]: value for part, value in parts if part and part[0] == release and part[1]}


def held_quads(name: str, quads: Iterable[Quad]) -> Iterator[Quad]:
    """The quads of a release in the graphs that hold them."""
    default = iri(release_graph(name))
    names: dict[str, str] = {"": default}
    for quad in quads:
        if quad.graph not in names:
            names[quad.graph] = iri(held_graph(name, bare(quad.graph)))
        yield quad._replace(graph=names[quad.graph])


def _known(target: Target) -> dict[str, str]:
    rows = target.rows(f"SELECT ?g ?h WHERE {{ GRAPH {_REGISTER} {{ ?g {iri(HASH)} ?h }} }}")
    return {bare(row["g"]): row["h"][1:-1] for row in rows}


def _load(release: Publishable, target: Target) -> int:
    name = release.id
    sent, resuming = 0, bool(target.counts(name))
    blank: list[Quad] = []

    def named() -> Iterator[Quad]:
        for quad in held_quads(name, release.quads()):
            if has_blank(quad):
                blank.append(quad)
            else:
                yield quad

    try:
        for lot in by_subject(named(), target.engine.batch):
            if resuming and _is_there(name, lot, target):
                continue
            target.insert(lot, again=True)
            sent += len(lot)
        if blank and not (resuming and _is_there(name, blank, target)):
            if resuming:
                target.update(_without_blank(name))
            target.insert(blank, again=False)
            sent += len(blank)
    except StoreError as error:
        raise _resumable(error) from error
    return sent


def _without_blank(name: str) -> str:
    pattern = "GRAPH ?g { ?s ?p ?o }"
    return f"DELETE {{ {pattern} }} WHERE {{ {pattern} FILTER({of_release(name)} && (isBLANK(?s) || isBLANK(?o))) }}"


def _is_there(name: str, lot: list[Quad], target: Target) -> bool:
    folds = target.engine.folds_values
    if has_blank(lot[0]):
        return nameless(target.read(name)) == nameless(comparable(lot, folds))
    return all(_found(name, part, target) == comparable(part, folds) for part in by_subject(lot, _READ))


def _found(name: str, part: list[Quad], target: Target) -> set[Quad]:
    read = target.read(name, dict.fromkeys(quad.subject for quad in part))
    return comparable((quad for quad in read if not has_blank(quad)), target.engine.folds_values)


def _verify(release: Publishable, target: Target) -> Contents:
    """The contents of a release, once it is sure that the engine has just these.

    Raises:
        StoreError: it has not.
    """
    name, expected = release.id, Contents()
    blank: list[Quad] = []

    def named() -> Iterator[Quad]:
        for quad in held_quads(name, release.quads()):
            if has_blank(quad):
                blank.append(quad)
            else:
                yield quad

    folds = target.engine.folds_values
    for part in by_subject(named(), _READ):
        wanted = comparable(part, folds)
        if _found(name, part, target) != wanted:
            raise _differs(target, name, f"what it says of {part[0].subject} to {part[-1].subject}")
        expected.add(wanted)
    nodes = comparable(blank, folds)
    if blank and nameless(comparable(target.read(name), folds)) != nameless(nodes):
        raise _differs(target, name, "what it says with blank nodes")
    expected.add(nodes)
    counts = {iri(graph): count for graph, count in target.counts(name).items()}
    if counts != dict(expected.counts):
        wrong = sorted(set(counts.items()) ^ set(expected.counts.items()))[0][0]
        raise _differs(target, name, f"the number of statements in {wrong}")
    return expected


def _register(name: str, contents: Contents, target: Target) -> None:
    whole = f"{sum(contents.sums.values()) % (1 << 256):064x}"
    hashes = {graph: contents.hash_of(graph) for graph in contents.counts}
    hashes[iri(release_graph(name))] = whole  # the last: it says that the release is verified
    lines = [Quad(graph, iri(HASH), literal(value), _REGISTER) for graph, value in hashes.items()]
    marks = [line for line in lines if line.subject != iri(release_graph(name))]
    for at in range(0, len(marks), target.engine.batch):
        target.update(insert_data(marks[at : at + target.engine.batch]), again=True)
    target.update(insert_data(line for line in lines if line not in marks), again=True)


def _switch(name: str, previous: str | None, target: Target) -> None:
    new = verified(target, name) or {}
    if previous == name:
        return
    old = (verified(target, previous) if previous else None) or {}
    if (
        previous is None
    ):  # the first release, or a switch that was interrupted: whatever may be there is replaced
        parts = (held(graph) for graph in _known(target))
        old = {part[1]: "" for part in parts if part and part[1]}
    changed = [graph for graph, value in sorted(new.items()) if old.get(graph) != value]
    copies = [f"COPY GRAPH {iri(held_graph(name, graph))} TO GRAPH {iri(graph)}" for graph in changed]
    steps = [*dropping(sorted(set(old) - set(new))), *copies]
    away = f"DELETE WHERE {{ GRAPH {_REGISTER} {{ {_POINTER} ?r }} }}"
    there = f"INSERT DATA {{ GRAPH {_REGISTER} {{ {_POINTER} {iri(release_graph(name))} }} }}"
    try:
        if target.engine.transactional:
            target.update(away, *steps, there)
            return
        target.update(away, again=True)
        for at in range(0, len(steps), _SWITCHED):
            target.update(*steps[at : at + _SWITCHED], again=True)
        target.update(there, again=True)
    except StoreError as error:
        raise _resumable(error) from error


def _others(target: Target, name: str) -> list[str]:
    names = (held(graph) for graph in (*_known(target), *target.counts()))
    return sorted({part[0] for part in names if part and part[0] != name})


def _remove(target: Target, releases: Iterable[str]) -> None:
    for release in releases:
        graphs = {*target.counts(release), *(g for g in _known(target) if (held(g) or ("",))[0] == release)}
        forget = f"DELETE WHERE {{ GRAPH {_REGISTER} {{ {iri(release_graph(release))} ?p ?o }} }}"
        target.update(forget, again=True)  # from here on it is not verified
        each = [f"DELETE WHERE {{ GRAPH {_REGISTER} {{ {iri(graph)} ?p ?o }} }}" for graph in sorted(graphs)]
        for at in range(0, len(graphs), _SWITCHED):
            target.update(*dropping(sorted(graphs)[at : at + _SWITCHED]), again=True)
            target.update(*each[at : at + _SWITCHED], again=True)


def _resumable(error: StoreError) -> MunimentError:
    error.hint = " ".join(
        filter(
            None, (error.hint, "The release that was current still is; the same command goes on from here.")
        )
    )
    return error


def _differs(target: Target, name: str, what: str) -> StoreError:
    return StoreError(
        f"{target.addresses.query} does not hold the release {name} as it was sent: {what} differs",
        hint="The pointer was not switched. `muniment publish --afresh` loads it again from the start.",
    )
