"""Every GEXF is GEXF 1.3: it fits a schema, and what refers to something in it finds it.

The schema published for 1.3 lacks the part on colours and positions and cannot be installed from a package; ``gexf-1.3.rng`` is our own, written
from the specification. Files that are wrong in one place show that it refuses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import networkx as nx
import pytest
from lxml import etree

from muniment.network import MEASURES, placed
from muniment.network.formats import dressed, format_named, write
from muniment.network.subsets import during
from muniment.networked import NetworkStore

SCHEMA = etree.RelaxNG(file=str(Path(__file__).parent / "gexf-1.3.rng"))
G = "{http://gexf.net/1.3}"
NETWORKS = 9
CHECKS: dict[str, Callable[[str], object]] = {
    "integer": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
}


def faults(data: bytes) -> list[str]:
    """What is wrong with a file: first what the schema says, then what no schema can."""
    root = etree.fromstring(data)
    if not SCHEMA.validate(root):
        return [str(error.message) for error in SCHEMA.error_log]
    (graph,) = root.findall(f"{G}graph")
    found = []
    for of in ("node", "edge"):
        things = graph.findall(f"{G}{of}s/{G}{of}")
        ids = Counter(thing.get("id") for thing in things)
        found += [f"two {of}s are {i}" for i, times in ids.items() if times > 1]
        if graph.find(f"{G}{of}s").get("count") != str(len(things)):
            found.append(f"the count of {of}s is wrong")
        types = {
            a.get("id"): a.get("type") for a in graph.iterfind(f"{G}attributes[@class='{of}']/{G}attribute")
        }
        for value in graph.iterfind(f"{G}{of}s/{G}{of}/{G}attvalues/{G}attvalue"):
            try:
                CHECKS[types[value.get("for")]](value.get("value"))
            except (KeyError, ValueError):
                found.append(f"{value.get('for')}={value.get('value')} is not declared so")
    nodes = {node.get("id") for node in graph.iterfind(f"{G}nodes/{G}node")}
    for edge in graph.iterfind(f"{G}edges/{G}edge"):
        found += [f"no node is {edge.get(end)}" for end in ("source", "target") if edge.get(end) not in nodes]
    for spell in graph.iter(f"{G}spell"):
        if graph.get("mode") != "dynamic" or graph.get("timeformat") != "date":
            found.append("spells in a graph that says nothing of time")
        elif date.fromisoformat(spell.get("start")) > date.fromisoformat(spell.get("end")):
            found.append("a spell ends before it begins")
    return found


def written(graph: nx.Graph[str], measures: tuple[str, ...] = ()) -> bytes:
    return write(dressed(graph, measures, placed(graph)), format_named("gexf"))


def test_every_network(tiny_store: NetworkStore) -> None:
    files = tiny_store.networks()
    assert len(files) == NETWORKS
    for file in files:
        graph = tiny_store.network(file.name)
        measures = tuple(m for m in MEASURES if m != "eigenvector")
        assert faults(written(graph, measures)) == [], file.name
        bare = write(graph, format_named("gexf"))
        assert b"viz:color" not in bare and faults(bare) == []


def test_the_whole_record(release: object) -> None:
    graph = release.store.network("co-organisation")  # type: ignore[attr-defined]
    data = written(graph, ("betweenness",))
    assert data.count(b"<spell ") > 10 and faults(data) == []
    assert faults(written(during(graph, "2004-11", "2004-12"))) == []


def test_an_empty_network_one_node_and_odd_labels() -> None:
    about = {"name": "test", "title": '<T> & "t"', "tie": "A\ttest.", "weights": "count"}
    for labels in ([], ["one"], ['"<&>\n\t\x01', "\U0001f600 \u202e", ""]):
        graph: nx.Graph[str] = nx.Graph(**about)
        for number, label in enumerate(labels):
            graph.add_node(f"urn:{number}?a&b", label=label, classes=("urn:c",))
        assert faults(written(graph)) == []


WRONG = {
    "version": (b'version="1.3"', b'version="1.2"'),
    "namespace": (b'http://gexf.net/1.3"', b'http://www.gexf.net/1.3"'),
    "namespace of viz": (b"http://gexf.net/1.3/viz", b"http://www.gexf.net/1.3/viz"),
    "edge type": (b'defaultedgetype="undirected"', b'defaultedgetype="both"'),
    "mode": (b'mode="dynamic"', b'mode="moving"'),
    "time format": (b'timeformat="date"', b'timeformat="day"'),
    "no graph": (rb"(?s)<graph .*</graph>", b""),
    "edges first": (rb"(?s)(<nodes.*</nodes>)(<edges.*</edges>)", rb"\2\1"),
    "no id": (rb'<node id="[^"]*"', b"<node"),
    "empty id": (rb'<node id="[^"]*"', b'<node id=""'),
    "no source": (rb' source="[^"]*"', b""),
    "weight": (rb' weight="[^"]*"', b' weight="heavy"'),
    "infinite weight": (rb' weight="[^"]*"', b' weight="INF"'),
    "colour": (rb' r="\d+"', b' r="300"'),
    "half a colour": (rb' g="\d+"', b""),
    "two colours": (rb"(<viz:color [^>]*>)", rb"\1\1"),
    "size": (rb'<viz:size value="', b'<viz:size value="-'),
    "position": (rb'<viz:position x="[^"]*"', b"<viz:position"),
    "position that is no number": (rb'<viz:position x="[^"]*"', b'<viz:position x="NaN"'),
    "date": (rb'<spell start="[^"]*"', b'<spell start="soon"'),
    "no spells": (rb"(?s)<spells>.*?</spells>", b"<spells></spells>"),
    "unknown element": (rb"</nodes>", b"<vertex/></nodes>"),
    "unknown attribute": (rb"<nodes ", b'<nodes colour="red" '),
    "type of an attribute": (b'type="integer"', b'type="int"'),
    "value without a name": (rb'<attvalue for="[^"]*"', b"<attvalue"),
    "count": (rb'<nodes count="\d+"', b'<nodes count="99"'),
    "undeclared": (rb'<attvalue for="degree"', b'<attvalue for="renown"'),
    "not of its type": (rb'<attvalue for="degree" value="\d+"', b'<attvalue for="degree" value="many"'),
    "two of a name": (rb'(?s)(<node id="[^"]*".*?</node>)', rb"\1\1"),
    "nobody": (rb' target="[^"]*"', b' target="urn:nobody"'),
    "backwards": (rb'<spell start="([^"]*)" end="[^"]*"', rb'<spell start="\1" end="1900-01-01"'),
    "no time": (rb' mode="dynamic"', b""),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused(tiny_store: NetworkStore, case: str) -> None:
    data = written(tiny_store.network("co-organisation"), ("degree",))
    assert faults(data) == []
    sought, put = WRONG[case]
    spoilt, times = re.subn(sought, put, data, count=1)
    assert times == 1 and spoilt != data
    assert faults(spoilt), case
