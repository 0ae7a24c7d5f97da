"""What a network costs: projection, claims, measures, slices and layout, for synthetic datasets of several sizes.

    python benchmarks/network.py                  1,000 and 10,000 events
    python benchmarks/network.py --full           100,000 too: some minutes, 6 GB
    python benchmarks/network.py 500 2000         other sizes
    python benchmarks/network.py --report         only write docs/performance.md anew from the last results

Each size runs in a process of its own. The peers are plain rdflib (the same query on the same triples) and plain networkx; each runs
only up to a size that it can bear, and says so.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report
from build import Stages

if TYPE_CHECKING:
    from muniment.networked import NetworkStore

RESULTS = report.RESULTS / "network.json"
SIZES, LARGEST = (1_000, 10_000), 100_000
RDFLIB_UP_TO, NETWORKX_UP_TO, LAYOUT_UP_TO = 10_000, 1_000, 10_000
"""Events for rdflib, nodes for networkx's ForceAtlas2, nodes for our layout."""
NODES = (1_000, 5_000)
TIES = 100_000
"""Of the network that is written to files."""
SOURCES = 1_000
"""Nodes from which networkx may start; of larger networks its time is reckoned up from that of so many."""
NAME = "co-organisation"
MOST_COUNTED = 200_000
"""Reasons to which the size of a network is counted: some networks grow with the square of the events."""


def measure(events: int, seed: int) -> dict[str, Any]:
    """One size: build the graph, ask for the network, measure it."""
    import rdflib
    from synthetic import generate

    from muniment.build import assemble
    from muniment.engine import EmbeddedStore
    from muniment.network import MEASURES, largest_component, layout, slices
    from muniment.network.formats import format_named, write
    from muniment.networked import NetworkStore
    from muniment.project import read_project

    stages = Stages()
    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as name:
        graph = assemble(read_project(generate(Path(name), events, seed)), lambda stage: None)
        lines = [quad.line() for part in (graph.default, graph.named) for quad in part]
        triples = [quad.line() for quad in graph.default]
        prefixes = graph.vocabulary.prefixes()
    store = NetworkStore(EmbeddedStore.in_memory("".join(lines).encode(), prefixes))
    del graph, lines
    file = next(each for each in store.networks() if each.name == NAME)
    stages.begin("the query alone, in the engine")
    store.answer(file.query.text, "application/sparql-results+json")
    stages.begin("count its size")
    size = store.network_size(NAME)
    stages.begin("make the network, without claims")
    store.network(NAME, claims=False)
    stages.begin("make the network, with all claims")
    network = store.network(NAME)
    stages.begin("slices by year")
    slices(network, "year")
    stages.begin("")
    part = largest_component(network)
    for name, of in MEASURES.items():
        stages.begin(name)
        of(part)
    if len(part) <= LAYOUT_UP_TO:
        stages.begin("layout")
        layout(part)
    stages.begin("write GEXF")
    write(network, format_named("gexf"))
    stages.begin("")
    sizes = {each.name: _counted(store, each.name) for each in store.networks()}
    processor = projection(store)
    if events <= RDFLIB_UP_TO:
        plain = rdflib.Graph().parse(data="".join(triples), format="nt")
        stages.begin("plain rdflib: the query")
        assert len(list(plain.query(file.query.text))) == size.reasons
        stages.begin("")
    return {
        "events": events,
        "nodes": size.nodes,
        "edges": size.edges,
        "reasons": size.reasons,
        "component": len(part),
        "stages": stages.measured,
        "sizes": sizes,
        "processor": processor,
    }


def projection(store: NetworkStore) -> dict[str, float]:
    """Seconds of the processor, the least of three: the query alone in the engine, and the network without claims (which asks it too).

    Of the processor, because the difference of two times of the clock says little on a machine that has other work.
    """
    file = next(each for each in store.networks() if each.name == NAME)
    found = {}
    for what, work in (
        ("query", lambda: store.answer(file.query.text, "application/sparql-results+json")),
        ("network", lambda: store.network(NAME, claims=False)),
    ):
        times = []
        for _ in range(3):
            started = time.process_time()
            work()
            times.append(time.process_time() - started)
        found[what] = min(times)
    return found


def _counted(store: NetworkStore, name: str) -> dict[str, Any]:
    """How long it takes to count a network, and its reasons; None if there are too many to count."""
    from muniment.errors import NetworkTooLarge

    started = time.perf_counter()
    try:
        reasons: int | None = store.network_size(name, limit=MOST_COUNTED).reasons
    except NetworkTooLarge:
        reasons = None
    return {"seconds": time.perf_counter() - started, "reasons": reasons}


def beside_networkx(nodes: int) -> dict[str, Any]:
    """The same measures by networkx and by us, on a random network of preferential attachment (three ties a node)."""
    import networkx as nx

    from muniment.network import betweenness, closeness, layout, pagerank

    graph = nx.relabel_nodes(nx.barabasi_albert_graph(nodes, 3, seed=1), str)
    nx.set_edge_attributes(graph, 1.0, "weight")
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    sources = min(nodes, SOURCES)
    ours["betweenness"], found = _timed(betweenness, graph)
    seconds, expected = _timed(nx.betweenness_centrality, graph, sources if sources < nodes else None)
    theirs["betweenness"] = seconds * nodes / sources
    assert sources < nodes or all(abs(found[node] - value) < 1e-9 for node, value in expected.items())
    ours["closeness"], found = _timed(closeness, graph)
    some = list(graph)[:sources]
    seconds, values = _timed(lambda: [nx.closeness_centrality(graph, node) for node in some])
    theirs["closeness"] = seconds * nodes / sources
    assert all(abs(found[node] - value) < 1e-9 for node, value in zip(some, values, strict=True))
    ours["pagerank"], _ = _timed(pagerank, graph)
    ours["layout, 100 steps"], _ = _timed(layout, graph)
    if nodes <= NETWORKX_UP_TO:
        theirs["layout, 100 steps"], _ = _timed(
            lambda: nx.forceatlas2_layout(graph, seed=1, max_iter=100, weight="weight")
        )
    return {"nodes": nodes, "ours": ours, "networkx": theirs}


def exports(edges: int) -> dict[str, Any]:
    """Writing a network of so many ties, each with two reasons of two claims, in every format but the picture."""
    import random

    import networkx as nx

    from muniment.network import Claim, Reason
    from muniment.network.formats import FORMATS, write
    from muniment.network.formats.plain import plain

    chance, nodes = random.Random(1), edges // 10
    graph: nx.Graph[str] = nx.Graph(name="bench", title="Bench", tie="An event.", weights="count")
    names = [f"https://example.org/id/body/{number}" for number in range(nodes)]
    for number, name in enumerate(names):
        at = {"x": chance.uniform(-1, 1), "y": chance.uniform(-1, 1)}
        graph.add_node(
            name,
            label=f"Body number {number}",
            classes=("https://example.org/Body",),
            community=number % 9,
            **at,
        )
    claims = [
        Claim(
            f"https://example.org/id/claim/{n}",
            "https://example.org/id/document/1",
            "A listing",
            f"{n}-{n + 2}",
            "printed",
        )
        for n in range(nodes)
    ]
    pairs: dict[tuple[str, str], None] = {}
    while len(pairs) < edges:
        one, two = sorted(chance.sample(names, 2))
        pairs[one, two] = None
    for one, two in pairs:
        because = tuple(
            Reason(
                f"https://example.org/id/event/{n}",
                f"Event number {n}",
                f"20{n % 20:02}-0{n % 9 + 1}-1{n % 9}",
                claims=tuple(chance.sample(claims, 2)),
            )
            for n in chance.sample(range(edges), 2)
        )
        graph.add_edge(one, two, weight=2.0, because=because)
    stages = Stages()
    sizes = {}
    for form in FORMATS:
        if form.name != "svg":
            stages.begin(form.name)
            sizes[form.name] = len(write(graph, form, "https://example.org/"))
            stages.begin("")
    values = plain(graph)
    bare: nx.Graph[str] = nx.Graph()
    bare.add_nodes_from((node, dict(cells)) for node, cells in values.nodes.items())
    bare.add_edges_from((u, v, dict(cells)) for (u, v), cells in values.edges.items())
    theirs = {
        "gexf": _timed(lambda: list(nx.generate_gexf(bare)))[0],
        "graphml": _timed(lambda: list(nx.generate_graphml(bare)))[0],
    }
    found = {name: {**stages.measured[name], "bytes": size} for name, size in sizes.items()}
    return {"edges": edges, "nodes": nodes, "formats": found, "networkx": theirs}


def threshold() -> list[dict[str, Any]]:
    """Betweenness by networkx and by rustworkx (handing over included) on small networks, in milliseconds."""
    import networkx as nx

    from muniment.network import compiled

    compiled.betweenness(nx.path_graph(3))  # the import
    found = []
    for nodes in (10, 30, 100, 300):
        graph = nx.relabel_nodes(nx.barabasi_albert_graph(nodes, 2, seed=1), str)
        pair = [
            min(_timed(of, graph)[0] for _ in range(5))
            for of in (nx.betweenness_centrality, compiled.betweenness)
        ]
        found.append({"nodes": nodes, "networkx_ms": pair[0] * 1e3, "compiled_ms": pair[1] * 1e3})
    return found


def _timed(work: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - started, result


def text(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    runs = found["runs"]
    heads = [f"{run['events']:,} events" for run in runs]
    rows = [["", *heads, *(f"growth {a['events']:,} to {b['events']:,}" for a, b in pairwise(runs))]]
    gaps = [""] * (len(runs) - 1)
    for key, label in (
        ("nodes", "nodes"),
        ("edges", "ties"),
        ("reasons", "reasons"),
        ("component", "nodes of the largest component"),
    ):
        rows.append([label, *(f"{run[key]:,}" for run in runs), *gaps])
    for stage in dict.fromkeys(stage for run in runs for stage in run["stages"]):
        cells = [run["stages"].get(stage) for run in runs]
        shown = [f"{c['seconds']:.2f} s, {c['peak_mb']:,.0f} MB" if c else "not run" for c in cells]
        rows.append([stage, *shown, *(_growth(a, b, stage) for a, b in pairwise(runs))])
    made = [run["stages"]["make the network, without claims"]["seconds"] for run in runs]
    for label, of in (
        ("the query alone, of the processor", lambda cpu: cpu["query"]),
        ("the network without claims beyond it, of the processor", lambda cpu: cpu["network"] - cpu["query"]),
    ):
        rows.append([label, *(f"{of(run['processor']):.2f} s" for run in runs), *gaps])
    plain = [run["stages"].get("plain rdflib: the query", {}).get("seconds") for run in runs]
    rows.append(
        [
            "plain rdflib's query / our whole network without claims",
            *(f"{p / m:.0f}" if p else "not run" for p, m in zip(plain, made, strict=True)),
            *gaps,
        ]
    )
    beside = [["", *(f"{run['nodes']:,} nodes: ours, networkx, ratio" for run in found["beside"])]]
    for name in found["beside"][0]["ours"]:
        cells = []
        for run in found["beside"]:
            mine, plain_one = run["ours"][name], run["networkx"].get(name)
            cells.append(
                f"{mine:.2f} s, {plain_one:.2f} s, {plain_one / mine:.0f}"
                if plain_one
                else f"{mine:.2f} s, not run"
            )
        beside.append([name, *cells])
    small = [["nodes", "networkx", "rustworkx"]] + [
        [str(run["nodes"]), f"{run['networkx_ms']:.2f} ms", f"{run['compiled_ms']:.2f} ms"]
        for run in found["threshold"]
    ]
    counted = [
        ["network", *heads, *(f"growth {a['events']:,} to {b['events']:,}" for a, b in pairwise(runs))]
    ]
    for name in runs[0]["sizes"]:
        cells = [run["sizes"][name] for run in runs]
        shown = [f"{c['seconds']:.2f} s, {_reasons(c['reasons'])}" for c in cells]
        counted.append([name, *shown, *(_growth_of_reasons(a, b, name) for a, b in pairwise(runs))])
    return (
        f"{report.machine_text(found['machine'])}; seed {found['machine']['seed']}. Other work ran on the same machine, so times are upper "
        "bounds; growth is the exponent over events, 1 is linear. Measures are of the largest component. Plain rdflib was asked up to "
        f"{RDFLIB_UP_TO:,} events only, networkx's ForceAtlas2 up to {NETWORKX_UP_TO:,} nodes.\n\n{report.markdown_table(rows)}\n\n"
        f"Counting the size of each network, up to {MOST_COUNTED:,} reasons; growth is that of reasons:\n\n{report.markdown_table(counted)}\n\n"
        f"Random networks of three ties a node, the same numbers to nine digits; networkx's time at 5,000 nodes is five times that of 1,000 of them as sources:\n\n{report.markdown_table(beside)}\n\n"
        f"Where handing a network over to rustworkx begins to pay (betweenness):\n\n{report.markdown_table(small)}"
        + _exports_text(found)
    )


def _exports_text(found: dict[str, Any]) -> str:
    """The table of files, if they were measured."""
    if "exports" not in found:
        return ""
    of = found["exports"]
    theirs = {name: f"{seconds:.2f} s" for name, seconds in of["networkx"].items()}
    rows = [["format", "time", "peak of memory", "size", "networkx, the same values without spells"]] + [
        [
            name,
            f"{each['seconds']:.2f} s",
            f"{each['peak_mb']:,.0f} MB",
            f"{each['bytes'] / 1e6:,.0f} MB",
            theirs.get(name, ""),
        ]
        for name, each in of["formats"].items()
    ]
    head = f"Writing a network of {of['edges']:,} ties between {of['nodes']:,} nodes, two reasons with two claims each:"
    return f"\n\n{head}\n\n{report.markdown_table(rows)}"


def _growth(small: dict[str, Any], large: dict[str, Any], stage: str) -> str:
    pair = [run["stages"].get(stage, {}).get("seconds") for run in (small, large)]
    if not all(pair) or pair[0] < 0.005:
        return ""
    return f"{math.log(pair[1] / pair[0]) / math.log(large['events'] / small['events']):.2f}"


def _reasons(number: int | None) -> str:
    return f"more than {MOST_COUNTED:,}" if number is None else f"{number:,}"


def _growth_of_reasons(small: dict[str, Any], large: dict[str, Any], name: str) -> str:
    few, many = small["sizes"][name]["reasons"], large["sizes"][name]["reasons"]
    return f"{math.log(many / few) / math.log(large['events'] / small['events']):.2f}" if few and many else ""


def write_report() -> None:
    """Write the tables between the markers of docs/performance.md."""
    head = "## Networks\n\nBodies by co-organised event, by `python benchmarks/network.py`."
    report.write_section("network.py", head, text(json.loads(RESULTS.read_text(encoding="utf-8"))))


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="*", help="numbers of events")
    parser.add_argument("--full", action="store_true", help=f"{LARGEST:,} events too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="measure nothing; write docs/performance.md")
    parser.add_argument("--one", choices=("events", "nodes", "threshold", "exports"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        sys.path[:0] = [str(report.ROOT / "graph"), str(report.ROOT / "benchmarks")]
        found = (
            exports(asked.sizes[0])
            if asked.one == "exports"
            else threshold()
            if asked.one == "threshold"
            else measure(asked.sizes[0], asked.seed)
            if asked.one == "events"
            else beside_networkx(asked.sizes[0])
        )
        print(json.dumps(found))
        return
    if not asked.report:
        packages = ("pyoxigraph", "networkx", "rustworkx", "numpy", "rdflib")
        found = {"machine": report.machine(packages, seed=asked.seed), "runs": [], "beside": []}
        found["threshold"] = _alone("threshold", 0, asked.seed)
        found["exports"] = _alone("exports", TIES, asked.seed)
        for nodes in NODES:
            found["beside"].append(_alone("nodes", nodes, asked.seed))
        for size in sorted(asked.sizes or [*SIZES, *([LARGEST] if asked.full else [])]):
            print(f"{size:,} events", file=sys.stderr, flush=True)
            found["runs"].append(_alone("events", size, asked.seed))
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_report()


def _alone(what: str, size: int, seed: int) -> Any:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--one", what, "--seed", str(seed), str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=900)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
