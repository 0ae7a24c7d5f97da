"""Networks as files: ``queries/network/*.rq``, whose header says what the rows of the query mean.

    #+ title: Bodies by co-organised event
    #+ question: Which bodies organised an event together?
    #+ tags: [network, bodies, events]
    #+ network:
    #+   tie: An event that both bodies organise.
    #+   nodes: mun:Body                      two-mode: {source: mun:Body, target: mun:Event}
    #+   because: mun:Event
    #+   directed: false
    #+   weights: count                       or newman, or sum
    #+   attributes: {type: org:classification}
    #+   columns: {source: organiser}
    SELECT ?organiser ?target ?because ?size ?start ?end ...

Each row is one reason for one tie. What the columns mean is in ``COLUMNS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import yaml

from muniment.errors import InputError, NetworkError, Where, did_you_mean, raise_all
from muniment.queries import QueryFile, header_lines, read_query
from muniment.sparql.parse import parse
from muniment.sparql.prefixes import declared

FOLDER = "network"
"""The folder of queries that are networks."""

Weights = Literal["count", "newman", "sum"]
"""``count``: a reason counts 1. ``newman``: 1/(n-1), n being the nodes that it ties (Newman 2001). ``sum``: what ``?weight`` says."""

COLUMNS: Mapping[str, str] = {
    "source": "one end of the tie; of a directed one, the end where it begins",
    "target": "the other end; unbound in a row for a node that has no tie",
    "because": "the event, document or other thing that makes the tie",
    "size": "how many nodes this reason ties in all (for newman)",
    "weight": "what this reason adds to the weight (for sum)",
    "start": "when the reason begins: xsd:date, xsd:gYearMonth or xsd:gYear",
    "end": "when it ends",
    "claim": "a claim that states the tie; without this column, claims are those that name the reason and an end",
}
_NEEDED = ("source", "target", "because")
_KINDS: tuple[Weights, ...] = ("count", "newman", "sum")
_KEYS = ("tie", "nodes", "because", "directed", "weights", "attributes", "columns")
_REQUIRED = ("tie", "nodes", "directed", "weights")
_NAME = re.compile(r"<[^<>\"{}|^`\\\x00-\x20]+>|([A-Za-z][\w-]*)?:[A-Za-z_][\w-]*")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = ("label", "classes", "start", "end", "bipartite", "weight", "because")
_EXAMPLE = "A network says `tie`, `nodes`, `directed` and `weights`; see docs/networks.md."


@dataclass(frozen=True)
class NetworkFile:
    """A network: the query, and what its rows mean. Classes and properties are full IRIs in ``<>``."""

    query: QueryFile
    tie: str
    """What ties two nodes, in one sentence."""
    sources: tuple[str, ...]
    """The classes of nodes; in a two-mode network those of ``?source``."""
    targets: tuple[str, ...]
    """The classes of ``?target``, in a one-mode network the same."""
    because: tuple[str, ...]
    """The classes of reasons, where the header names any."""
    directed: bool
    two_mode: bool
    weights: Weights
    attributes: tuple[tuple[str, str], ...]
    """Name of an attribute of nodes, and the property path that leads to its value."""
    columns: tuple[tuple[str, str], ...]
    """What a column means, and its variable; only those that the query has."""
    prologue: str
    """Prefixes of the query."""
    select: str
    """The query without them, which can stand as a subquery."""

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return self.query.name


def read_network(path: Path) -> NetworkFile:
    """Read a network.

    Raises:
        InputError: what ``read_query`` raises, or the header does not describe a network, or not this query's; file, line and remedy
            are named.
    """
    return network_of(read_query(path))


def network_of(query: QueryFile) -> NetworkFile:
    """The network that a query file describes, such as one that a release carries; raises as ``read_network``."""
    return _Reader(query).network()


def networks_among(queries: Iterable[QueryFile]) -> list[NetworkFile]:
    """The networks among the queries that are saved with a release, by name; raises as ``read_network``."""
    found = (query for query in queries if query.folder == FOLDER)
    return [network_of(query) for query in sorted(found, key=lambda query: query.name)]


def read_networks(folder: Path) -> list[NetworkFile]:
    """The networks of a folder, by name; none if it does not exist.

    Raises:
        InputErrors: at least one is not as it should be; all are named.
    """
    found, errors = [], []
    for path in sorted(folder.glob("*.rq")):
        try:
            found.append(read_network(path))
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    return found


def find_network(name: str | Path | NetworkFile, folder: Path) -> NetworkFile:
    """A network by name or by the path of its file; one that was read already is given back.

    Raises:
        NetworkError: there is none of that name.
        InputError: as ``read_network``.
    """
    if isinstance(name, NetworkFile):
        return name
    text = str(name)
    if isinstance(name, Path) or text.endswith(".rq"):
        return read_network(Path(name))
    names = [path.stem for path in sorted(folder.glob("*.rq"))]
    if text not in names:
        raise _unknown(text, names)
    return read_network(folder / f"{text}.rq")


def network_named(name: str, networks: Iterable[NetworkFile]) -> NetworkFile:
    """The network of that name among these; raises as ``find_network``."""
    known = {network.name: network for network in networks}
    if name not in known:
        raise _unknown(name, list(known))
    return known[name]


def _unknown(name: str, names: list[str]) -> NetworkError:
    hint = did_you_mean(name, names) or f"Known networks: {', '.join(names) or 'none'}."
    return NetworkError(f"there is no network `{name}`", hint=hint)


class _Reader:
    """The header's part on the network, each complaint with its line and column."""

    def __init__(self, query: QueryFile) -> None:
        self._query = query
        lines = header_lines(query.text)
        root = cast(yaml.MappingNode, yaml.compose("\n".join(lines), Loader=yaml.SafeLoader))
        tree = parse(query.text)
        self._below = Where(str(query.path), len(lines) + 1)
        self._root = tree.root
        self._prefixes = {**_shipped_prefixes(), **dict(declared(tree.tokens))}
        nodes = {str(key.value): value for key, value in root.value}
        if "network" not in nodes:
            raise self._error(
                "the header lacks `network`", None, "Describe the network under `#+ network:`. " + _EXAMPLE
            )
        self._start = nodes["network"]
        self._given = self._mapping(self._start)
        for key, value in self._given.items():
            if key not in _KEYS:
                hint = did_you_mean(key, _KEYS) or f"It may hold {', '.join(_KEYS)}."
                raise self._error(f"`network` has no key `{key}`", value, hint)
        if missing := [key for key in _REQUIRED if key not in self._given]:
            raise self._error(f"`network` lacks {', '.join(missing)}", self._start, _EXAMPLE)

    def network(self) -> NetworkFile:
        nodes = self._given["nodes"]
        two_mode = isinstance(nodes, yaml.MappingNode)
        if two_mode:
            ends = self._mapping(nodes)
            if set(ends) != {"source", "target"}:
                hint = "Write `nodes: {source: mun:Body, target: mun:Event}`, or one class for a one-mode network."
                raise self._error("a two-mode network has `source` and `target`", nodes, hint)
            sources, targets = self._classes(ends["source"]), self._classes(ends["target"])
        else:
            sources = targets = self._classes(nodes)
        because = self._given.get("because")
        columns = self._columns()
        prologue, select = self._select()
        return NetworkFile(
            query=self._query,
            tie=self._line("tie"),
            sources=sources,
            targets=targets,
            because=self._classes(because) if because else (),
            directed=self._flag("directed"),
            two_mode=two_mode,
            weights=self._weights(columns),
            attributes=tuple(self._attributes()),
            columns=tuple(columns.items()),
            prologue=prologue,
            select=select,
        )

    def _line(self, key: str) -> str:
        node = self._given[key]
        if isinstance(node, yaml.ScalarNode) and str(node.value).strip():
            return str(node.value)
        raise self._error(f"{key} must be text", node, _EXAMPLE)

    def _flag(self, key: str) -> bool:
        node = self._given[key]
        if node.value not in ("true", "false"):
            raise self._error(f"{key} must be true or false", node, f"Write `{key}: false`.")
        return bool(node.value == "true")

    def _weights(self, columns: Mapping[str, str]) -> Weights:
        node = self._given["weights"]
        if node.value not in _KINDS:
            raise self._error(
                "weights must be count, newman or sum", node, did_you_mean(str(node.value), _KINDS)
            )
        needed = {"newman": "size", "sum": "weight"}.get(node.value)
        if needed and needed not in columns:
            hint = f"Add a column ?{needed}: {COLUMNS[needed]}."
            raise self._error(
                f"weights: {node.value} needs `?{needed}`, which the query does not select", node, hint
            )
        return cast(Weights, node.value)

    def _classes(self, node: yaml.Node) -> tuple[str, ...]:
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not items:
            raise self._error("at least one class is needed", node, "Write `nodes: mun:Body`.")
        return tuple(self._resolved(item) for item in items)

    def _resolved(self, node: yaml.Node) -> str:
        text = str(node.value)
        if not isinstance(node, yaml.ScalarNode) or not _NAME.fullmatch(text):
            raise self._error(f"`{text}` is no name of a class", node, "Write it as `mun:Body`, or `<IRI>`.")
        return self._iris(text, node)

    def _iris(self, text: str, node: yaml.Node) -> str:
        """The text with its prefixed names written out."""

        def iri(match: re.Match[str]) -> str:
            if match[0].startswith("<"):
                return match[0]
            prefix, _, local = match[0].partition(":")
            if prefix not in self._prefixes:
                hint = (
                    did_you_mean(prefix, list(self._prefixes))
                    or f"Declare it below the header: `PREFIX {prefix}: <...>`."
                )
                raise self._error(f"`{prefix}:` is not declared", node, hint)
            return f"<{self._prefixes[prefix]}{local}>"

        return _NAME.sub(iri, text)

    def _attributes(self) -> Iterator[tuple[str, str]]:
        node = self._given.get("attributes")
        for name, value in self._mapping(node).items() if node else ():
            if not _WORD.fullmatch(name) or name in _RESERVED:
                raise self._error(
                    f"`{name}` is no name for an attribute",
                    value,
                    f"Use lower-case letters; {', '.join(_RESERVED)} are taken.",
                )
            path = self._iris(str(value.value), value)
            if not isinstance(value, yaml.ScalarNode) or parse(f"SELECT * {{ ?s {path} ?o }}").stuck:
                raise self._error(
                    f"`{value.value}` is no property path", value, "Write one such as `org:classification`."
                )
            yield name, path

    def _columns(self) -> dict[str, str]:
        """Meaning -> variable, of those that the query selects."""
        shown = self._shown()
        node = self._given.get("columns")
        named = self._mapping(node) if node else {}
        for meaning, variable in named.items():
            if meaning not in COLUMNS:
                hint = did_you_mean(meaning, list(COLUMNS)) or f"Columns are {', '.join(COLUMNS)}."
                raise self._error(f"there is no column `{meaning}`", variable, hint)
            if variable.value not in shown:
                hint = did_you_mean(str(variable.value), shown) or f"It selects {', '.join(shown)}."
                raise self._error(f"the query does not select `?{variable.value}`", variable, hint)
        found = {m: str(named[m].value) if m in named else m for m in COLUMNS}
        if missing := [m for m in _NEEDED if found[m] not in shown]:
            hint = f"Select ?source, ?target and ?because, or say with `columns: {{{missing[0]}: other}}` which is which."
            raise self._error(f"the query does not select `?{found[missing[0]]}`", None, hint)
        return {meaning: variable for meaning, variable in found.items() if variable in shown}

    def _shown(self) -> list[str]:
        select = next(self._root.nodes("SelectQuery"), None)
        if select is None or any(True for _ in self._root.nodes("DatasetClause")):
            raise self._error(
                "a network is a SELECT without FROM", None, "It stands as a subquery in others."
            )
        items = [item for clause in select.own("SelectClause") for item in clause.own("SelectItem")]
        return [list(item.tokens("VAR"))[-1].text[1:] for item in items]

    def _select(self) -> tuple[str, str]:
        text = self._query.text
        _, end = next(self._root.nodes("Prologue")).span()
        start, _ = next(self._root.nodes("SelectQuery")).span()
        return re.sub(r"^[ \t]*#.*\n", "", text[:end], flags=re.MULTILINE), text[start:].rstrip()

    def _mapping(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error("this must be `key: value`", node, _EXAMPLE)
        names = [str(key.value) for key, _ in node.value]
        for number, ((key, _), name) in enumerate(zip(node.value, names, strict=True)):
            if names.index(name) < number:
                raise self._error(f"`{name}` stands here twice", key, "Keep one of them.")
        return {str(key.value): value for key, value in node.value}

    def _error(self, message: str, node: yaml.Node | None, hint: str | None) -> InputError:
        if node is None:
            return InputError(message, where=self._below, hint=hint)
        mark = node.start_mark
        place = Where(str(self._query.path), mark.line + 1, mark.column + 4)
        return InputError(message, where=place, hint=hint or _EXAMPLE)


def _shipped_prefixes() -> dict[str, str]:
    from muniment.vocabulary import default_prefixes

    return default_prefixes()
