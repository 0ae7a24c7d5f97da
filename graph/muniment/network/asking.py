"""What a network asks a store: its rows, its size, and what is known of nodes, reasons and claims.

Answers are read as JSON, the one format in which every store's bytes are checked and none of a literal's parts is lost; only values are
kept, so nothing is made into terms of rdflib on the way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from muniment.errors import AnswerSpoiled, NetworkError, NetworkTooLarge
from muniment.network.dates import Window
from muniment.network.files import NetworkFile
from muniment.network.reasons import Claim
from muniment.sparql.parse import parse
from muniment.store import Answering
from muniment.terms import DCTERMS, MUN, RDF, RDFS, SCHEMA, SKOS

Row = Mapping[str, str]

_JSON = "application/sparql-results+json"
_AT_ONCE = 500
"""Things in one look-up: endpoints refuse queries that are too long."""
_TYPE, _LABEL, _PREF = f"{RDF}type", f"{RDFS}label", f"{SKOS}prefLabel"
_PRINTED = f"{MUN}asPrinted"
_NAMES = (_LABEL, _PREF, _PRINTED)
_STARTS, _ENDS = (f"{SCHEMA}startDate", f"{DCTERMS}issued"), (f"{SCHEMA}endDate",)


@dataclass(frozen=True)
class Size:
    """How large a network is before it is made."""

    nodes: int
    edges: int
    reasons: int

    @property
    def density(self) -> float:
        """Edges as a share of those that could be, were the network undirected and one-mode; 0 with fewer than two nodes."""
        return 2 * self.edges / (self.nodes * (self.nodes - 1)) if self.nodes > 1 else 0.0


@dataclass
class Thing:
    """What the graph says of a node or a reason."""

    label: str
    classes: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None


def rows(
    store: Answering, file: NetworkFile, *, during: Window, where: str | None, limit: int | None
) -> list[Row]:
    """The rows of a network, one reason each, under the names of ``COLUMNS``; those without a date come with any window.

    With a limit, at most one row more than it.
    """
    query = f"{file.prologue}\nSELECT * WHERE {{ {pattern(file, during, where)} }}"
    if limit is not None:
        query += f" LIMIT {limit + 1}"
    return select(store, query)


def measure(
    store: Answering, file: NetworkFile, *, during: Window, where: str | None, limit: int | None = None
) -> Size:
    """Count nodes, edges and reasons in the engine, without fetching any. Self-ties are not counted, and rows that say the same twice are.

    Raises:
        NetworkTooLarge: there are more reasons than the limit; the engine stops at the first that is too many.
    """
    stop = f"LIMIT {limit + 1}" if limit is not None else ""
    pairs = f"SELECT ?source ?target WHERE {{ {pattern(file, during, where)} FILTER(!BOUND(?target) || ?source != ?target) }} {stop}"
    one, two = ("?source", "?target") if file.directed else _ORDERED
    # The rows are asked for once: of each tie, both ends are nodes, and the first of them stands for the tie.
    [row] = select(
        store,
        f"{file.prologue}\nSELECT (COUNT(DISTINCT ?node) AS ?nodes) (SUM(?tie) AS ?edges) (SUM(?tie * ?n) AS ?reasons) (SUM(?n) AS ?rows) "
        f"WHERE {{ {{ SELECT ?one ?two (COUNT(*) AS ?n) WHERE {{ {{ {pairs} }} BIND({one} AS ?one) BIND({two} AS ?two) }} GROUP BY ?one ?two }} "
        "VALUES ?end { 1 2 } BIND(IF(?end = 1, ?one, ?two) AS ?node) BIND(IF(?end = 1 && BOUND(?two), 1, 0) AS ?tie) }",
    )
    if limit is not None and int(row.get("rows", 0)) // 2 > limit:
        raise NetworkTooLarge(file.name, limit)
    if int(row["nodes"]) == 0:  # Virtuoso leaves out the sum of nothing
        return Size(0, 0, 0)
    if not {"edges", "reasons"} <= set(row):
        raise AnswerSpoiled(
            "the engine left out a number that it was asked to count",
            hint="Another engine, or the release itself (`muniment network`), counts it.",
        )
    return Size(int(row["nodes"]), int(row["edges"]), int(row["reasons"]))


_ORDERED = (
    "COALESCE(IF(STR(?source) < STR(?target), ?source, ?target), ?source)",
    "IF(STR(?source) < STR(?target), ?target, ?source)",
)
"""The two ends of an undirected tie; a node without ties is the first."""


def pattern(file: NetworkFile, during: Window, where: str | None) -> str:
    """The rows as a group pattern: the file's query, its columns renamed, narrowed by time and by a pattern of the caller's.

    Raises:
        NetworkError: the caller's pattern is none.
    """
    renamed = " ".join(f"?{v}" if m == v else f"(?{v} AS ?{m})" for m, v in file.columns)
    inner = f"{{ {file.select}\n}}"
    text = f"{{ SELECT {renamed} WHERE {{ {inner} }} }}"
    if where is not None:
        stuck = parse(f"{file.prologue}\nSELECT * WHERE {{ {where}\n}}").stuck
        if stuck:
            raise NetworkError(
                f"`{where}` is no graph pattern: `{stuck.token.text}` does not fit",
                hint="Write one such as `?because mun:eventType ?type`.",
            )
        text += f" {{ SELECT DISTINCT {_used(file, where)} WHERE {{ {where}\n}} }}"
    return text + _narrowed(file, during)


def _used(file: NetworkFile, where: str) -> str:
    tree = parse(f"SELECT * WHERE {{ {where}\n}}")
    names = {token.text[1:] for token in tree.root.tokens("VAR")}
    shared = [meaning for meaning, _ in file.columns if meaning in names]
    if not shared:
        raise NetworkError(
            f"`{where}` says nothing about the network",
            hint="Use ?source, ?target or ?because in it.",
        )
    return " ".join(f"?{name}" for name in shared)


def _narrowed(file: NetworkFile, during: Window) -> str:
    """Rows that may fall into the window, compared as text: ``2004`` stands before ``2004-11`` and ``2004~`` after it."""
    tests = []
    if during.until:
        tests.append(f'STR(?start) <= "{during.until}~"')
    if during.since:
        ends = "COALESCE(?end, ?start)" if any(m == "end" for m, _ in file.columns) else "?start"
        tests.append(f'CONCAT(STR({ends}), "~") >= "{during.since}"')
    return f" FILTER(!BOUND(?start) || ({' && '.join(tests)}))" if tests else ""


def select(store: Answering, query: str) -> list[Row]:
    """The rows of a SELECT, values as text."""
    found = json.loads(store.answer(query, _JSON), object_hook=_value)
    rows: list[Row] = found["results"]["bindings"]
    return rows


def _value(found: dict[str, Any]) -> Any:
    """Of a term its value, while JSON is read: a table of dictionaries of dictionaries costs more than twice as much."""
    if "value" not in found or "type" not in found:
        return found
    return f"_:{found['value']}" if found["type"] == "bnode" else found["value"]


def things(store: Answering, iris: Collection[str]) -> dict[str, Thing]:
    """Labels, classes and dates. A label is English if there is one; a membership is called by its printed words; what has no label is
    called by the end of its IRI.
    """
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = ", ".join(f"<{p}>" for p in (_TYPE, *_NAMES, *_STARTS, *_ENDS))
    for values in _portions(iris):
        # A filter, no VALUES for ?p: with two of those an engine begins at the properties, of which there are many.
        asked = f"SELECT ?s ?p ?o (LANG(?o) AS ?tag) {{ VALUES ?s {{ {values} }} ?s ?p ?o FILTER(?p IN ({wanted})) }}"
        for row in select(store, asked):
            rank = "0" if row.get("tag") == "en" else "1"
            said[row["s"]][row["p"]].append(rank + row["o"])
    return {iri: _thing(iri, said.get(iri, {})) for iri in iris}


def _thing(iri: str, said: Mapping[str, list[str]]) -> Thing:
    def first(properties: Iterable[str]) -> str | None:
        return next((min(said[p])[1:] for p in properties if p in said), None)

    label = first(_NAMES) or _tail(iri)
    classes = {c[1:] for c in said.get(_TYPE, ())}
    return Thing(label, tuple(sorted(classes)), first(_STARTS), first(_ENDS))


def _tail(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2] or iri


def names(store: Answering, iris: Collection[str]) -> dict[str, str]:
    """Labels alone, as ``things`` gives them."""
    found: dict[str, str] = {}
    for values in _portions(iris):
        asked = f"SELECT ?s ?o (LANG(?o) AS ?tag) {{ VALUES ?s {{ {values} }} ?s <{_LABEL}> ?o }}"
        for row in sorted(select(store, asked), key=lambda r: (r.get("tag") != "en", r["o"])):
            found.setdefault(row["s"], row["o"])
    others = things(store, [iri for iri in iris if iri not in found])
    return found | {iri: thing.label for iri, thing in others.items()}


def attribute(store: Answering, iris: Collection[str], path: str) -> dict[str, tuple[str, ...]]:
    """The values to which a property path leads from each of the things, in order; things without one are absent."""
    found: dict[str, set[str]] = defaultdict(set)
    for values in _portions(iris):
        for row in select(store, f"SELECT DISTINCT ?s ?o {{ VALUES ?s {{ {values} }} ?s {path} ?o }}"):
            found[row["s"]].add(row["o"])
    return {iri: tuple(sorted(values)) for iri, values in found.items()}


def labels(store: Answering, iris: Collection[str]) -> dict[str, str]:
    """Labels of concepts and the like, from whatever graph has one."""
    found: dict[str, str] = {}
    for values in _portions(iris):
        asked = (
            f"SELECT ?s ?o (LANG(?o) AS ?tag) {{ VALUES ?s {{ {values} }} {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} "
            f"FILTER(?p IN (<{_LABEL}>, <{_PREF}>)) }}"
        )
        for row in sorted(select(store, asked), key=lambda r: (r.get("tag") != "en", r["o"])):
            found.setdefault(row["s"], row["o"])
    return found


def claims_naming(store: Answering, iris: Collection[str]) -> dict[str, set[str]]:
    """For each thing the named graphs in which it is a subject or object."""
    found: dict[str, set[str]] = defaultdict(set)
    for values in _portions(iris):
        asked = (
            f"SELECT DISTINCT ?s ?g {{ VALUES ?s {{ {values} }} {{ GRAPH ?g {{ ?s ?p ?o }} }} UNION "
            "{ GRAPH ?g { ?o ?p ?s } } }"
        )
        for row in select(store, asked):
            found[row["s"]].add(row["g"])
    return found


def claims(store: Answering, iris: Collection[str]) -> dict[str, Claim]:
    """What is known of claims; graphs that are none (those of rules, the vocabulary) are absent."""
    found: dict[str, Claim] = {}
    for values in _portions(iris):
        asked = (
            f"SELECT ?c ?source ?label ?lines ?basis ?hedged {{ VALUES ?c {{ {values} }} ?c <{MUN}source> ?source "
            f"OPTIONAL {{ ?source <{_LABEL}> ?label }} OPTIONAL {{ ?c <{MUN}lines> ?lines }} "
            f"OPTIONAL {{ ?c <{MUN}basis> ?basis }} OPTIONAL {{ ?c <{MUN}hedged> ?hedged }} }}"
        )
        for row in sorted(select(store, asked), key=lambda r: (r["c"], r["source"], r.get("label", ""))):
            found.setdefault(row["c"], _claim(row))
    return found


def _claim(row: Row) -> Claim:
    source, basis = row["source"], row.get("basis")
    label, hedged = row.get("label", _tail(source)), row.get("hedged") in ("true", "1")
    return Claim(row["c"], source, label, row.get("lines"), _tail(basis) if basis else None, hedged)


def _portions(iris: Iterable[str]) -> Iterator[str]:
    """IRIs as VALUES, some hundreds at a time; blank nodes, which no query can name, are passed over."""
    named = sorted({iri for iri in iris if not iri.startswith("_:")})
    for start in range(0, len(named), _AT_ONCE):
        yield " ".join(f"<{iri}>" for iri in named[start : start + _AT_ONCE])
