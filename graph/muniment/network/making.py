"""From a network's file to a networkx graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypedDict

import networkx as nx

from muniment.errors import NetworkError, NetworkTooLarge
from muniment.network import asking
from muniment.network.asking import Row, Size
from muniment.network.dates import Reading, Window, window
from muniment.network.files import NetworkFile, Weights, find_network
from muniment.network.reasons import Reason, choose, weigh
from muniment.store import Answering


class Bounds(TypedDict, total=False):
    """What ``size`` is told of a network; see ``make``."""

    since: str | date | None
    until: str | date | None
    where: str | None
    limit: int | None


class Choices(Bounds, total=False):
    """What ``make`` is told of a network."""

    dates: Reading
    weights: Weights | None
    claims: bool


_Ties = dict[tuple[str, str], dict[str, list[Row]]]


def make(
    store: Answering,
    name: str | Path | NetworkFile,
    folder: Path = Path(),
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    dates: Reading = "possible",
    where: str | None = None,
    weights: Weights | None = None,
    claims: bool = True,
    limit: int | None = None,
) -> nx.Graph[str]:
    """A network as a networkx graph: a ``Graph``, or where ties have a direction a ``DiGraph``.

    Nodes are IRIs, with ``label``, ``classes`` (IRIs), ``start`` and ``end`` where the thing has dates (as stated), the attributes that
    the network names, and in a two-mode network ``bipartite`` (0 for ``?source``, 1 for ``?target``). Edges have ``weight`` and
    ``because``, a tuple of ``Reason`` in order of date. Nodes and edges stand in order of their IRIs, so that whatever depends on the order
    is the same tomorrow. ``graph.graph`` holds ``name``, ``title``, ``tie``, ``directed``, ``two_mode``, ``weights``, ``dates``,
    ``since``, ``until``, ``undated`` (reasons left out because a window was asked for and they have no date), ``self_ties`` (ties of
    a node with itself, which are left out, counted by reason) and ``labels`` (of attributes' values).

    Args:
        store: what to ask.
        name: the name of a file in ``folder``, the path of one, or a network that was read already.
        folder: where networks stand.
        since, until: only reasons that take place between these days, both included; ``2004-11`` and ``2004`` are allowed.
        dates: with a window, whether a reason counts that ``possible`` falls into it, or only one that is ``certain`` to.
        where: a graph pattern on ``?source``, ``?target`` or ``?because``; only rows that it fits.
        weights: how to count, if not as the file says.
        claims: fetch the claims behind each reason (two look-ups more for each thing).
        limit: the most reasons that are allowed.

    Raises:
        NetworkError: no such network, a window that cannot be, weights that its rows do not carry.
        NetworkTooLarge: there are more reasons than the limit.
        InputError: the file is not as it should be.
        QueryError, StoreError: as ``Store.query``.
    """
    file, during = find_network(name, folder), window(since, until)
    check_dates(file, during)
    found = asking.rows(store, file, during=during, where=where, limit=limit)
    if limit is not None and len(found) > limit:
        raise NetworkTooLarge(file.name, limit)
    graph: nx.Graph[str] = nx.DiGraph() if file.directed else nx.Graph()
    kept, undated = _within(found, during, dates)
    ties, alone, self_ties = _ties(kept, file.directed)
    graph.graph.update(
        name=file.name,
        title=file.query.title,
        tie=file.tie,
        directed=file.directed,
        two_mode=file.two_mode,
        weights=weights or file.weights,
        dates=dates if during else None,
        since=during.since,
        until=during.until,
        undated=undated,
        self_ties=self_ties,
    )
    _add_nodes(graph, store, file, kept, {*alone, *(end for tie in ties for end in tie)})
    _add_edges(graph, ties, _reasons(store, ties, claims))
    return graph


def size(
    store: Answering,
    name: str | Path | NetworkFile,
    folder: Path = Path(),
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    where: str | None = None,
    limit: int | None = None,
) -> Size:
    """How large a network is, counted by the engine; no rows are fetched. With a window, reasons without a date are counted too.

    With a limit, the engine counts no further than to it.

    Raises:
        As ``make``.
    """
    file, during = find_network(name, folder), window(since, until)
    check_dates(file, during)
    return asking.measure(store, file, during=during, where=where, limit=limit)


def check_dates(file: NetworkFile, during: Window) -> None:
    """Nothing, or that a network whose ties have no dates is asked for within a window.

    Raises:
        NetworkError: that.
    """
    if during and not any(meaning == "start" for meaning, _ in file.columns):
        raise NetworkError(f"the ties of {file.name} have no dates", hint="Ask for it without a window.")


def _within(found: Iterable[Row], during: Window, dates: Reading) -> tuple[list[Row], int]:
    """The rows of a window, and the number of reasons that have no date."""
    if not during:
        return list(found), 0
    wanted = ("certain",) if dates == "certain" else ("certain", "possible")
    kept, undated = [], set()
    for row in found:
        reading = during.holds(row.get("start"), row.get("end"))
        if reading is None:
            undated.add((row["source"], row.get("target"), row.get("because")))
        elif reading in wanted:
            kept.append(row)
    return kept, len(undated)


def _ties(found: Iterable[Row], directed: bool) -> tuple[_Ties, set[str], int]:
    """The rows of each tie by reason, nodes of rows without a target, and how many rows tie a node to itself."""
    ties: _Ties = defaultdict(dict)
    alone: set[str] = set()
    selves: set[tuple[str, str]] = set()
    for row in found:
        source, target = row["source"], row.get("target")
        if target is None:
            alone.add(source)
        elif source == target:
            selves.add((source, row["because"]))
        else:
            ends = (source, target) if directed or source < target else (target, source)
            ties[ends].setdefault(row["because"], []).append(row)
    return ties, alone, len(selves)


def _add_nodes(
    graph: nx.Graph[str], store: Answering, file: NetworkFile, found: Iterable[Row], nodes: Iterable[str]
) -> None:
    names = sorted(nodes)
    known = asking.things(store, names)
    for name in names:
        thing = known[name]
        graph.add_node(name, label=thing.label, classes=thing.classes)
        for key, value in (("start", thing.start), ("end", thing.end)):
            if value is not None:
                graph.nodes[name][key] = value
    if file.two_mode:
        sources = {row["source"] for row in found}
        nx.set_node_attributes(graph, {n: 0 if n in sources else 1 for n in names}, "bipartite")
    values: set[str] = set()
    for attribute, path in file.attributes:
        of = asking.attribute(store, names, path)
        nx.set_node_attributes(graph, {n: v[0] if len(v) == 1 else v for n, v in of.items()}, attribute)
        values.update(value for several in of.values() for value in several if ":" in value)
    graph.graph["labels"] = asking.labels(store, values)


def _add_edges(
    graph: nx.Graph[str], ties: _Ties, reasons: Mapping[tuple[str, str], tuple[Reason, ...]]
) -> None:
    weights = graph.graph["weights"]
    for source, target in sorted(ties):
        because = reasons[source, target]
        graph.add_edge(source, target, weight=weigh(because, weights), because=because)


def _reasons(store: Answering, ties: _Ties, fetch_claims: bool) -> dict[tuple[str, str], tuple[Reason, ...]]:
    called = asking.names(store, {because for reasons in ties.values() for because in reasons})
    found = {
        ends: tuple(
            sorted(
                (_reason(called[because], rows) for because, rows in reasons.items()),
                key=lambda reason: (reason.start or "~", reason.iri),
            )
        )
        for ends, reasons in ties.items()
    }
    return with_claims(store, found) if fetch_claims else found


def _reason(label: str, rows: list[Row]) -> Reason:
    row = rows[0]
    size, share = row.get("size"), row.get("weight")
    return Reason(
        row["because"],
        label,
        min((r["start"] for r in rows if "start" in r), default=None),
        max((r["end"] for r in rows if "end" in r), default=None),
        int(size) if size else None,
        float(share) if share else None,
        tuple(sorted({r["claim"] for r in rows if "claim" in r})),
    )


def with_claims(
    store: Answering, because: Mapping[tuple[str, str], tuple[Reason, ...]]
) -> dict[tuple[str, str], tuple[Reason, ...]]:
    """The reasons of ties, by their two ends, with the claims behind them: for networks that were made without.

    Raises:
        QueryError, StoreError: as ``Store.query``.
    """
    open_ties = [(ends, r.iri) for ends, reasons in because.items() for r in reasons if not r.stated]
    about = asking.claims_naming(store, {reason for _, reason in open_ties})
    stated = {claim for reasons in because.values() for r in reasons for claim in r.stated}
    known = asking.claims(store, stated.union(*about.values()))
    about = {reason: found & known.keys() for reason, found in about.items()}
    # Which of them name an end of the tie too matters only where there is a choice.
    choices = {end for ends, reason in open_ties if len(about.get(reason, ())) > 1 for end in ends}
    naming = asking.claims_naming(store, choices)

    def behind(reason: Reason, ends: tuple[str, str]) -> list[str]:
        if reason.stated:
            return [claim for claim in sorted(reason.stated) if claim in known]
        return choose(about.get(reason.iri, frozenset()), ends, naming)

    return {
        ends: tuple(replace(r, claims=tuple(known[claim] for claim in behind(r, ends))) for r in reasons)
        for ends, reasons in because.items()
    }
