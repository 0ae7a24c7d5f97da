"""The table of engines: addresses, dialects and quirks. Each quirk names the test that shows it.

An engine that is not in the table is treated as ``GENERIC``: SPARQL 1.1 and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from muniment.errors import InputError, did_you_mean

Loading = Literal["nquads", "insert"]
Scheme = Literal["basic", "digest"]


@dataclass(frozen=True)
class Quirk:
    """Something that an engine does in its own way, what is done about it, and the test that shows it (none: not run here)."""

    what: str
    answer: str
    test: str = ""


@dataclass(frozen=True)
class Deadline:
    """How a query says how long it may take: the name of a parameter, and how seconds are written."""

    name: str
    written: Callable[[float], str]


@dataclass(frozen=True)
class Engine:
    """How to talk to one kind of engine."""

    name: str
    title: str
    server: str = ""
    """What its ``Server`` header begins with."""
    update: tuple[str, str] = ("", "")
    """The end of the query address, and what stands there in the address for updates."""
    bulk: tuple[str, str] = ("", "")
    """Likewise for N-Quads of many graphs."""
    loading: Loading = "insert"
    batch: int = 1_000
    """Quads that go into one request."""
    scheme: Scheme = "basic"
    deadline: Deadline | None = None
    transactional: bool = False
    """Whether one update request with several operations is seen as a whole or not at all."""
    update_type: Literal["form", "direct"] = "direct"
    """How an update is sent (SPARQL 1.1 Protocol, section 2.2)."""
    incomplete: Mapping[str, str] = field(default_factory=dict)
    """Header of an answer -> what it says if the answer is only a part of it (a pattern)."""
    error: re.Pattern[str] | None = None
    """Where the message stands in the text of an error, as group 1."""
    times_up: re.Pattern[str] = re.compile(r"(?i)\btime(d)?[ -]?out|deadline exceeded|TimeLimitExceeded")
    """What the text of an error says if the time was over."""
    own_formats: bool = True
    """Whether what it writes can be passed on; if not, JSON and N-Triples are read and written anew."""
    strangers_match: bool = False
    """Whether a pattern in a graph that is not among those named with the request matches once, instead of never, and an empty one in any graph
    (``GRAPH ?g { }``) never, instead of once in each."""
    echoes_graphs: bool = False
    """Whether it answers with a header for each named graph of a request; many of them make an answer that no client reads."""
    blank_data: bool = True
    """Whether ``INSERT DATA`` takes blank nodes, as it should."""
    folds_values: bool = False
    """Whether literals that are equal as values become one, whatever their datatype."""
    quirks: tuple[Quirk, ...] = ()
    run_here: bool = False
    """Whether the tests run against it."""

    def address(self, query: str, kind: Literal["update", "bulk"]) -> str | None:
        """The address for updates or bulk loads that belongs to one for queries; None where the engine has no rule."""
        ending, instead = self.update if kind == "update" else self.bulk
        return query.removesuffix(ending) + instead if instead and query.endswith(ending) else None


def _milliseconds(seconds: float) -> str:
    return str(max(1, math.floor(seconds * 1000)))


def _whole_seconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds)))


GENERIC = Engine("generic", "Any SPARQL 1.1 engine")
OXIGRAPH = Engine(
    "oxigraph",
    "Oxigraph server",
    server="Oxigraph",
    update=("/query", "/update"),
    bulk=("/query", "/store"),
    loading="nquads",
    batch=50_000,
    transactional=True,
    run_here=True,
    quirks=(
        Quirk(
            "A query that runs out of time, or fails while it runs, is a 200 whose JSON breaks off with the error in it",
            "each answer is read to its end before it is passed on; a broken one is a 502",
            "tests/test_remote.py::test_an_oxigraph_that_breaks_off",
        ),
        Quirk(
            "The deadline of a query cannot be sent along; the server has one for all (`--timeout-s`)",
            "the connection is given up at the deadline; start the server with `--timeout-s`",
            "tests/engines/test_faults.py::test_a_slow_engine",
        ),
        Quirk(
            "Literals lose their lexical form (`01` becomes `1`)",
            "contents are compared by value",
            "tests/engines/test_publish.py::test_values_that_an_engine_writes_its_own_way",
        ),
        Quirk(
            "Graphs that are in no list of `named-graph-uri` are not seen once a `default-graph-uri` is given",
            "the graphs of the release are listed where a query asks for graphs",
            "tests/engines/test_released.py::test_only_the_graphs_of_the_release_are_seen",
        ),
        Quirk(
            "Once its disk was full it takes no updates until it is started again, even if there is room; queries are answered",
            "the message says what is wrong; start it again, then publish again",
            "tests/engines/test_disk.py::test_the_disk_is_full",
        ),
    ),
)
VIRTUOSO = Engine(
    "virtuoso",
    "Virtuoso 7",
    server="Virtuoso",
    update=("/sparql", "/sparql-auth"),
    loading="insert",
    batch=500,
    scheme="digest",
    deadline=Deadline("timeout", _milliseconds),
    update_type="form",
    incomplete={"X-SQL-State": "S1TAT", "X-SPARQL-MaxRows": "."},
    error=re.compile(r"Virtuoso \w{5} Error (.*?)(?:\n\nSPARQL query:|\Z)", re.DOTALL),
    times_up=re.compile(r"S1TAT|exceeds the limit of|result timeout|query timeout"),
    own_formats=False,
    strangers_match=True,
    echoes_graphs=True,
    blank_data=False,
    folds_values=True,
    run_here=True,
    quirks=(
        Quirk(
            "The default graph is all graphs together",
            "the consolidated graph of a release is a named graph, which each query gets as `default-graph-uri`",
            "tests/engines/test_released.py::test_only_the_graphs_of_the_release_are_seen",
        ),
        Quirk(
            "`timeout` (milliseconds) makes it send, with status 200, as much of the answer as it has, and a header that says so",
            "an answer with `X-SQL-State: S1TAT` is a 504",
            "tests/engines/test_released.py::test_a_part_of_an_answer_is_an_error",
        ),
        Quirk(
            "`ResultSetMaxRows` cuts an answer, with status 200 and `X-SPARQL-MaxRows`",
            "such an answer is a 502",
            "tests/engines/test_released.py::test_rows_that_virtuoso_cuts",
        ),
        Quirk(
            "ASK is answered with a table of the number 0 or 1; TSV quotes its header; blank nodes have names that are none",
            "it is asked for JSON or N-Triples, and the answer is written anew",
            "tests/engines/test_released.py::test_every_format",
        ),
        Quirk(
            "`true` comes back as `1`; literals that are equal as values become one",
            "it is written `true` again; contents are compared by value",
            "tests/engines/test_publish.py::test_values_that_an_engine_writes_its_own_way",
        ),
        Quirk(
            "`INSERT DATA` takes no blank nodes, and `INSERT` takes those of one graph only",
            "they go into each graph with an `INSERT` of its own; one that two graphs share becomes two",
            "tests/engines/test_publish.py::test_blank_nodes",
        ),
        Quirk(
            "A pattern in a graph that is not among those named with the request matches once, without values: ASK says yes, COUNT says 1",
            "such a graph is replaced by one that is named and not there; ASK is sent as `SELECT *`",
            "tests/engines/test_released.py::test_a_graph_that_is_not_there",
        ),
        Quirk(
            "FROM in a query counts beside the graphs that a request names, not instead of them",
            "FROM is taken out of the text and sent with the request",
            "tests/engines/test_released.py::test_from",
        ),
        Quirk(
            "It answers with a header for each graph that a request names: with some 2,000 of them it is longer than clients read",
            "where a query asks for graphs, they are named in its text, in FROM clauses",
            "tests/engines/test_released.py::test_very_many_graphs",
        ),
        Quirk(
            "GROUP BY and DISTINCT take equal rows for different ones where two or more of their variables may have no value; rows grouped by a graph that only one side of a UNION has are lost",
            "nothing, the answer looks whole: group by `BIND(COALESCE(STR(?x), '') AS ?key)` instead, as our own queries do",
            "tests/engines/test_groups.py::test_groups_without_a_value",
        ),
        Quirk(
            "`GRAPH ?g { }` has no rows, and `GRAPH <name> { }` matches whether the graph is there or not",
            "the first is sent as a list of the graphs that state anything, the second, where the graph is not there, with a pattern that nothing matches",
            "tests/engines/test_released.py::test_a_graph_without_a_pattern",
        ),
        Quirk(
            'A comparison of values of different kinds (`"x" > 1`, an IRI `> 1`) may be true, where it should leave the row out',
            "nothing, the answer looks whole: compare what is sure to be of one kind, `FILTER(ISNUMERIC(?x) && ?x > 1)`",
            "tests/engines/test_released.py::test_comparisons_of_different_kinds",
        ),
        Quirk(
            "What is found to be true or false (`?a = ?b`, `CONTAINS`) is the number 1 or 0 in an answer",
            "nothing, it looks like a number: write `xsd:boolean(?a = ?b)`, as our own queries do",
            "tests/engines/test_released.py::test_what_is_found_to_be_true",
        ),
        Quirk(
            'A literal that is none of its datatype (`"abc"^^xsd:integer`) makes a query fail, and an update; so do durations in data',
            "such a query is a 400, such a release is not published, both with its message, which names the literal",
            "tests/engines/test_released.py::test_a_literal_that_is_none",
        ),
        Quirk(
            "Updates are taken at `/sparql-auth`, with Digest authentication, as a form",
            "they are sent so",
            "tests/engines/test_publish.py::test_wrong_credentials",
        ),
        Quirk(
            "Several operations in one update are seen one after the other",
            "the pointer is taken away before a switch and put back behind it: in between the service answers 503",
            "tests/engines/test_publish.py::test_a_switch_that_is_interrupted",
        ),
        Quirk(
            "While its disk is full, a query fails that names a graph which it has not met before: it writes the name down",
            "such a query is a 502 with its message; what has been asked before is answered",
            "tests/engines/test_disk.py::test_the_disk_is_full",
        ),
    ),
)
FUSEKI = Engine(
    "fuseki",
    "Apache Jena Fuseki",
    server="Apache Jena",
    update=("/sparql", "/update"),
    bulk=("/sparql", "/data"),
    loading="nquads",
    batch=50_000,
    deadline=Deadline("timeout", _whole_seconds),
    transactional=True,
)
GRAPHDB = Engine(
    "graphdb",
    "GraphDB",
    server="GraphDB",
    update=("", "/statements"),
    bulk=("", "/statements"),
    loading="nquads",
    batch=50_000,
    deadline=Deadline("timeout", _whole_seconds),
    transactional=True,
)
STARDOG = Engine(
    "stardog",
    "Stardog",
    update=("/query", "/update"),
    loading="insert",
    deadline=Deadline("timeout", _milliseconds),
    transactional=True,
)
NEPTUNE = Engine("neptune", "Amazon Neptune", update=("", ""), loading="insert", update_type="form")
QLEVER = Engine(
    "qlever",
    "QLever",
    loading="insert",
    deadline=Deadline("timeout", lambda seconds: f"{_whole_seconds(seconds)}s"),
)

ENGINES: Mapping[str, Engine] = {
    engine.name: engine for engine in (GENERIC, OXIGRAPH, VIRTUOSO, FUSEKI, GRAPHDB, STARDOG, NEPTUNE, QLEVER)
}


def engine_named(name: str) -> Engine:
    """The engine of that name.

    Raises:
        InputError: there is none.
    """
    if name not in ENGINES:
        hint = did_you_mean(name, list(ENGINES)) or f"Known: {', '.join(ENGINES)}."
        raise InputError(f"there is no engine `{name}` in the table", hint=hint)
    return ENGINES[name]


def engine_of(server: str | None) -> Engine:
    """The engine that a ``Server`` header speaks of; ``GENERIC`` if it speaks of none that is known."""
    known = (e for e in ENGINES.values() if e.server and (server or "").startswith(e.server))
    return next(known, GENERIC)
