"""``muniment network``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from muniment import access
from muniment.cli.terminal import AsJson, app, counted, out, print_json, print_table, say
from muniment.errors import InputError, NetworkError
from muniment.formats import Format
from muniment.networked import NetworkStore
from muniment.project import find_project
from muniment.release import MANIFEST, open_release

if TYPE_CHECKING:
    import networkx as nx

    from muniment.network import Reading

_SHOWN = ("degree", "strength", "betweenness")
_Measures = Mapping[str, Mapping[str, float]]


@app.command(
    epilog="Examples: `muniment network` · `muniment network co-organisation --since 2005 --measures pagerank` · "
    "`muniment network co-organisation --ego IRI --radius 2` · `muniment network my.rq --on http://127.0.0.1:8000/sparql --json` · "
    "`muniment network co-organisation --format gexf -o x.gexf --svg x.svg`"
)
def network(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A network of queries/network, or a .rq file; none lists them."),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            "--on", help="What to ask: a project, a release, an RDF file, or the URL of a SPARQL endpoint."
        ),
    ] = ".",
    since: Annotated[
        str | None, typer.Option(help="Only ties from this day on: 2004, 2004-11 or 2004-11-16.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only ties up to this day.")] = None,
    certain: Annotated[
        bool, typer.Option("--certain", help="Of dates known to the month or year, only those that must fit.")
    ] = False,
    ego: Annotated[
        str | None, typer.Option(metavar="IRI", help="Only this node and those around it.")
    ] = None,
    of_class: Annotated[
        str | None, typer.Option("--class", metavar="IRI", help="Only nodes of this class.")
    ] = None,
    radius: Annotated[int, typer.Option(help="How many ties away from it.", min=0)] = 1,
    min_weight: Annotated[
        float | None, typer.Option("--min-weight", help="Only ties of at least this weight.")
    ] = None,
    largest: Annotated[bool, typer.Option("--largest", help="Only the largest connected component.")] = False,
    measures: Annotated[
        list[str] | None,
        typer.Option(
            "--measures", "-m", metavar="NAME", help="Measures to show (again for more); `all` for each."
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="Write it as gexf, graphml, json, cytoscape, csv, dot, pajek, svg, turtle, ...",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to; its ending names the format if `--format` does not.",
        ),
    ] = None,
    picture: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw it.")] = None,
    rows: Annotated[int, typer.Option(help="How many nodes and ties to show; 0 for all.", min=0)] = 10,
    as_json: AsJson = False,
) -> None:
    """Show a network, write it to a file, or draw it: its nodes by their measures, and its ties with the events or documents behind them."""
    from muniment.network import Cut, cut

    store = access.open(on)
    if name is None:
        _list(store.networks(), as_json)
        return
    target = _target(form, output) if form or output else None
    dates: Reading = "certain" if certain else "possible"
    asked = Cut(since, until, dates, of_class, min_weight, largest, ego, radius)
    graph = cut(store.network(name, since=since, until=until, dates=dates), asked)
    found = _measured(graph, measures or list(_SHOWN))
    if target or picture:
        _export(store, name, graph, found, target, output, picture, _base(on), bool(asked))
    elif as_json:
        print_json(_document(graph, found))
    else:
        _print(graph, found, rows or len(graph) + graph.number_of_edges())


def _list(networks: list[Any], as_json: bool) -> None:
    if as_json:
        print_json([{"name": n.name, "title": n.query.title, "tie": n.tie} for n in networks])
        return
    table = Table("network", "title", "a tie is")
    for each in networks:
        table.add_row(Text(each.name), Text(each.query.title), Text(each.tie))
    print_table(table)


def _measured(graph: nx.Graph[str], names: list[str]) -> _Measures:
    from muniment.network import MEASURES

    wanted = list(MEASURES) if names == ["all"] else names
    if unknown := [name for name in wanted if name not in MEASURES]:
        raise NetworkError(
            f"there is no measure `{unknown[0]}`", hint=f"Measures are {', '.join(MEASURES)}, or all."
        )
    found = {}
    for name in wanted:
        try:
            found[name] = MEASURES[name](graph)
        except NetworkError as error:
            if names != ["all"]:
                raise
            say(f"no {name}: {error.message}")
    return found


def _target(form: str | None, output: Path | None) -> Format:
    """The format in which to write."""
    from muniment.network.formats import FORMATS, format_named, format_of_file

    if form:
        return format_named(form)
    found = format_of_file(output.name) if output else None
    if found is None:
        endings = ", ".join(f".{each.extension}" for each in FORMATS)
        raise NetworkError(
            f"the ending of {output} tells no format",
            hint=f"Endings are {endings}; or name one with `--format`.",
        )
    return found


def _export(
    store: NetworkStore,
    name: str,
    graph: nx.Graph[str],
    found: _Measures,
    form: Format | None,
    output: Path | None,
    picture: Path | None,
    base: str | None,
    cut: bool,
) -> None:
    """Write it; nodes stand where they stand in the whole network, as in the pictures of the service."""
    import networkx as nx

    from muniment.network.formats import dressed, format_named, write
    from muniment.network.placing import MOST_PLACED, placed

    positions = None
    if len(graph) <= MOST_PLACED:
        whole = store.network(name, claims=False) if cut else graph
        positions = placed(whole if len(whole) <= MOST_PLACED else graph)
    elif picture or (form and form.name == "svg"):
        hint = "Narrow it with --since, --until, --min-weight, --ego or --largest."
        raise NetworkError(f"{len(graph):,} nodes are too many to be drawn", hint=hint)
    else:
        say(f"without positions: there are more than {MOST_PLACED:,} nodes")
    dressed_graph = dressed(graph, (), positions)
    for measure, values in found.items():
        nx.set_node_attributes(dressed_graph, dict(values), measure)
    for each, path in ((form, output), (format_named("svg") if picture else None, picture)):
        if each is None:
            continue
        data = write(dressed_graph, each, base)
        if path is None or str(path) == "-":
            sys.stdout.buffer.write(data)
            continue
        try:
            path.write_bytes(data)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}") from error
        counts = f"{counted(len(graph), 'node')}, {counted(graph.number_of_edges(), 'tie')}"
        say(f"{path}: {counts} as {each.name}")


def _base(on: str) -> str | None:
    """The base IRI of the dataset, if what is asked has one."""
    path = Path(on)
    if on.startswith(("http://", "https://")) or not path.is_dir():
        return None
    if (path / MANIFEST).is_file():
        return open_release(path).manifest.get("base")
    return find_project(path).base


def _document(graph: nx.Graph[str], found: _Measures) -> dict[str, Any]:
    from dataclasses import asdict

    from muniment.network.reasons import ties

    return {
        "network": {k: str(v) if k in ("since", "until") and v else v for k, v in graph.graph.items()},
        "nodes": [
            {"iri": node, **data, **{name: values[node] for name, values in found.items()}}
            for node, data in graph.nodes(data=True)
        ],
        "edges": [
            {
                "source": u,
                "target": v,
                "weight": graph.edges[u, v]["weight"],
                "because": [asdict(reason) for reason in because],
            }
            for u, v, because in ties(graph)
        ],
    }


def _print(graph: nx.Graph[str], found: _Measures, rows: int) -> None:
    about = graph.graph
    out.print(about["title"], style="bold")
    out.print(about["tie"])
    counts = f"{counted(len(graph), 'node')}, {counted(graph.number_of_edges(), 'tie')}"
    out.print(counts + ("" if len(graph) else ": nothing fits what was asked"))
    if about["undated"]:
        say(f"left out, since they have no date: {counted(about['undated'], 'reason')}")
    if len(graph) == 0:
        return
    first = next(iter(found.values()), {})
    order = sorted(graph, key=lambda node: (-first.get(node, 0), graph.nodes[node]["label"], node))
    _table(
        ["node", *found],
        [
            [f"{graph.nodes[n]['label']} <{n}>", *(_number(v[n]) for v in found.values())]
            for n in order[:rows]
        ],
    )
    edges = sorted(graph.edges(data=True), key=lambda e: (-e[2]["weight"], e[0], e[1]))
    arrow = "->" if graph.is_directed() else "--"
    _table(
        ["tie", "weight", "because"],
        [
            [
                f"{graph.nodes[u]['label']} {arrow} {graph.nodes[v]['label']}",
                _number(edge["weight"]),
                "; ".join(_reason(r) for r in edge["because"][:3])
                + (f"; {len(edge['because']) - 3} more" if len(edge["because"]) > 3 else ""),
            ]
            for u, v, edge in edges[:rows]
        ],
    )
    if rows < max(len(order), len(edges)):
        say("`--rows 0` shows all.")


def _table(head: list[str], body: list[list[str]]) -> None:
    table = Table(*head)
    for row in body:
        table.add_row(*(Text(cell) for cell in row))
    print_table(table)


def _reason(reason: Any) -> str:
    date = f" ({reason.start})" if reason.start else ""
    found = [f"{claim.source_label} {claim.lines}" for claim in reason.claims or () if claim.lines]
    places = ", ".join(dict.fromkeys(found))
    return f"{reason.label}{date}" + (f" [{places}]" if places else "")


def _number(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
