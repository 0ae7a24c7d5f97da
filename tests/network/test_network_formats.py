"""Networks as files, opened by readers that are not ours: networkx, igraph, graphology, pandas, rdflib, an XML parser."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pandas as pd
import pytest
import rdflib
from rdflib.namespace import PROV, RDF
from typer.testing import CliRunner

from muniment.cli import app
from muniment.engine import parse, serialize
from muniment.errors import NetworkError
from muniment.network import placed
from muniment.network.formats import FORMATS, dressed, format_named, format_of_file, write
from muniment.network.formats.gexf import spells
from muniment.network.formats.plain import plain, xml_text
from muniment.network.reasons import Reason, ties
from muniment.networked import NetworkStore

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
BASE = "https://example.org/set/"
MUN = rdflib.Namespace("https://w3id.org/muniment/ontology#")
GEXF = {"g": "http://gexf.net/1.3", "viz": "http://gexf.net/1.3/viz"}
QUERY = """#+ title: <Test> & "so on"
#+ question: Who?
#+ tags: [network]
#+ network:
#+   tie: A test.
#+   nodes: mun:Body
#+   directed: DIRECTED
#+   weights: count
#+   attributes: {type: ex:type}
PREFIX ex: <https://example.org/>
SELECT ?source ?target ?because ?start ?end {
  ?because ex:by ?source, ?target . FILTER(STR(?source) < STR(?target))
  OPTIONAL { ?because ex:start ?start } OPTIONAL { ?because ex:end ?end }
}"""
HOSTILE = {
    "quotes": r"""Say \"no\" & 'yes' </node> <b>""",
    "lines": r"first\nsecond\tthird \\ back",
    "rtl": r"\u202Eevil\u202C \u0627\u0644\u0639\u0631\u0628\u064A\u0629",
    "emoji": r"\U0001F310 \u4E16\u754C, =1+1;{x} [y] -- ]]> %20",
    "control": r"a\u0001b\u001Fc",
    "same1": "Twice",
    "same2": "Twice",
}
"""Labels as Turtle writes them."""
DATA = (
    "".join(
        f'ex:{name} a mun:Body, ex:Odd ; ex:type ex:kind ; <http://www.w3.org/2000/01/rdf-schema#label> "{label}" . '
        for name, label in HOSTILE.items()
    )
    + """
ex:e1 ex:by ex:quotes, ex:lines ; ex:start "2004-11-16"^^xsd:date ; ex:end "2004-11-18"^^xsd:date .
ex:e2 ex:by ex:quotes, ex:lines ; ex:start "2004-12"^^xsd:gYearMonth .
ex:e3 ex:by ex:rtl, ex:emoji, ex:control ; ex:start "2005"^^xsd:gYear .
ex:e4 ex:by ex:same1, ex:same2 .
ex:claim { ex:e1 ex:by ex:quotes } ex:claim mun:source ex:doc ; mun:lines "24-27" .
"""
)

Made = Callable[..., "nx.Graph[str]"]


@pytest.fixture(params=["false", "true"], ids=["undirected", "directed"])
def graph(made: Made, request: pytest.FixtureRequest) -> nx.Graph[str]:
    """A network of names that break files, with all that an export can hold."""
    found = made(DATA, QUERY.replace("DIRECTED", request.param))
    assert (len(found), found.number_of_edges()) == (7, 5)
    return dressed(found, ["degree", "betweenness", "articulation"], placed(found), "Release <1> & more")


def written(graph: nx.Graph[str], name: str) -> bytes:
    return write(graph, format_named(name), BASE)


def same_ties(graph: nx.Graph[str], edges: Any) -> None:
    """Whether edges, (u, v, weight), are those of the network."""
    ours = [(u, v, d["weight"]) for u, v, d in graph.edges(data=True)]
    if not graph.is_directed():
        ours, edges = ([(*sorted((u, v)), w) for u, v, w in some] for some in (ours, edges))
    assert sorted(ours) == sorted(edges)


def test_node_link(graph: nx.Graph[str]) -> None:
    found = nx.node_link_graph(json.loads(written(graph, "json")), edges="edges")
    assert found.is_directed() == graph.is_directed()
    assert dict(found.nodes(data="label")) == dict(graph.nodes(data="label"))
    same_ties(graph, found.edges(data="weight"))
    one, two = "https://example.org/lines", "https://example.org/quotes"
    first, second = found.edges[one, two]["because"]
    assert (first["start"], first["end"], second["start"]) == ("2004-11-16", "2004-11-18", "2004-12")
    assert first["claims"][0]["lines"] == "24-27"
    assert "end" not in second


def test_compact(graph: nx.Graph[str]) -> None:
    found = json.loads(written(graph, "compact"))
    nodes, edges, reasons = found["nodes"], found["edges"], found["reasons"]
    assert {len(column) for column in nodes.values()} == {len(graph)}
    assert {len(column) for column in edges.values()} == {graph.number_of_edges()}
    assert dict(zip(nodes["id"], nodes["label"], strict=True)) == dict(graph.nodes(data="label"))
    assert dict(zip(nodes["id"], nodes["degree"], strict=True)) == dict(graph.nodes(data="degree"))
    for node, classes in zip(nodes["id"], nodes["classes"], strict=True):
        assert tuple(found["classes"][number] for number in classes) == graph.nodes[node]["classes"]
    ends = [(nodes["id"][u], nodes["id"][v]) for u, v in zip(edges["source"], edges["target"], strict=True)]
    same_ties(graph, [(u, v, weight) for (u, v), weight in zip(ends, edges["weight"], strict=True)])
    assert len(reasons["id"]) == len({r.iri for _, _, d in graph.edges(data=True) for r in d["because"]}) == 4
    for (u, v), because in zip(ends, edges["because"], strict=True):
        ours = [(r.iri, r.label, r.start, r.end) for r in graph.edges[u, v]["because"]]
        assert ours == [
            tuple(reasons[name][number] for name in ("id", "label", "start", "end")) for number in because
        ]


def test_cytoscape(graph: nx.Graph[str]) -> None:
    found = nx.cytoscape_graph(json.loads(written(graph, "cytoscape")))
    assert dict(found.nodes(data="label")) == dict(graph.nodes(data="label"))
    same_ties(graph, found.edges(data="weight"))


def test_graphml_in_networkx_and_igraph(graph: nx.Graph[str], tmp_path: Path) -> None:
    data = written(graph, "graphml")
    found = nx.read_graphml(io.BytesIO(data))
    cells = plain(graph).nodes
    for node, values in found.nodes(data=True):
        assert values == {n: xml_text(v) if isinstance(v, str) else v for n, v in cells[node].items()}
    same_ties(graph, found.edges(data="weight"))
    assert {d["start"] for _, _, d in found.edges(data=True) if "start" in d} == {"2004-11-16", "2005"}
    (tmp_path / "x.graphml").write_bytes(data)
    other = igraph.Graph.Read_GraphML(str(tmp_path / "x.graphml"))
    assert other.is_directed() == graph.is_directed()
    assert dict(zip(other.vs["id"], other.vs["label"], strict=True)) == {
        n: xml_text(str(label)) for n, label in graph.nodes(data="label")
    }
    ids = other.vs["id"]
    same_ties(graph, [(ids[e.source], ids[e.target], e["weight"]) for e in other.es])


def test_gexf_as_its_schema_has_it(graph: nx.Graph[str]) -> None:
    root = ET.fromstring(written(graph, "gexf"))
    assert root.tag == "{http://gexf.net/1.3}gexf" and root.get("version") == "1.3"
    (whole,) = root.findall("g:graph", GEXF)
    assert whole.attrib == {
        "defaultedgetype": "directed" if graph.is_directed() else "undirected",
        "idtype": "string",
        "mode": "dynamic",
        "timeformat": "date",
        "timerepresentation": "interval",
    }
    assert [child.tag.partition("}")[2] for child in whole] == ["attributes", "attributes", "nodes", "edges"]
    types = {"string", "integer", "double", "boolean"}
    for declared, of in zip(whole.findall("g:attributes", GEXF), ("node", "edge"), strict=True):
        ids = [attribute.get("id") for attribute in declared]
        assert declared.get("class") == of and len(ids) == len(set(ids)) >= 4
        assert {attribute.get("type") for attribute in declared} <= types
        values = whole.findall(f".//g:{of}//g:attvalue", GEXF)
        assert {value.get("for") for value in values} == set(ids)
    nodes = {node.get("id"): node for node in whole.findall(".//g:node", GEXF)}
    assert {i: n.get("label") for i, n in nodes.items()} == {
        n: xml_text(str(label)) for n, label in graph.nodes(data="label")
    }
    for node in nodes.values():
        assert [child.tag.partition("}")[2] for child in node] == ["attvalues", "size", "position", "color"]
        assert all(0 <= int(node.find("viz:color", GEXF).get(c)) <= 255 for c in "rgb")  # type: ignore[union-attr, arg-type]
    colours = {tuple(n.find("viz:color", GEXF).attrib.values()) for n in nodes.values()}  # type: ignore[union-attr]
    assert len(colours) == 3  # a colour for each community
    edges = whole.findall(".//g:edge", GEXF)
    same_ties(graph, [(e.get("source"), e.get("target"), float(str(e.get("weight")))) for e in edges])
    times = {e.get("target"): [s.attrib for s in e.findall(".//g:spell", GEXF)] for e in edges}
    assert times["https://example.org/quotes"] == [
        {"start": "2004-11-16", "end": "2004-11-18"},
        {"start": "2004-12-01", "end": "2004-12-31"},
    ]
    assert times["https://example.org/same2"] == []  # without a date there is no spell
    of_value = {
        e.get("target"): {v.get("for"): v.get("value") for v in e.iter(f"{{{GEXF['g']}}}attvalue")}
        for e in edges
    }
    assert of_value["https://example.org/quotes"]["uncertain"] == "1"
    assert of_value["https://example.org/same2"]["undated"] == "1"


def test_gexf_in_networkx(graph: nx.Graph[str]) -> None:
    found = nx.read_gexf(io.BytesIO(written(graph, "gexf")), version="1.3")
    assert found.is_directed() == graph.is_directed()
    assert {n: d["label"] for n, d in found.nodes(data=True)} == {
        n: xml_text(str(label)) for n, label in graph.nodes(data="label")
    }
    assert {n: d["betweenness"] for n, d in found.nodes(data=True)} == {
        n: d["betweenness"] for n, d in graph.nodes(data=True)
    }
    same_ties(graph, found.edges(data="weight"))


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.skipif(
    not (CLIENTS / "node_modules" / "graphology-gexf").is_dir(), reason="`make clients` has not been run"
)
def test_gexf_in_graphology(graph: nx.Graph[str], tmp_path: Path) -> None:
    """The reader of Gephi Lite."""
    (tmp_path / "x.gexf").write_bytes(written(graph, "gexf"))
    done = subprocess.run(
        ["node", str(CLIENTS / "gexf.js"), str(tmp_path / "x.gexf")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["type"] == ("directed" if graph.is_directed() else "undirected")
    assert {n["key"]: n["attributes"]["label"] for n in found["nodes"]} == {
        n: xml_text(str(label)) for n, label in graph.nodes(data="label")
    }
    for node in found["nodes"]:
        ours = graph.nodes[node["key"]]
        assert (node["attributes"]["x"], node["attributes"]["degree"]) == (
            pytest.approx(ours["x"] * 1000),
            ours["degree"],
        )
        assert re.fullmatch(r"rgb\(\d+,\d+,\d+\)", node["attributes"]["color"])
    same_ties(graph, [(e["source"], e["target"], e["attributes"]["weight"]) for e in found["edges"]])


def test_tables_in_pandas(graph: nx.Graph[str]) -> None:
    data = written(graph, "csv")
    assert data == written(graph, "csv")
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert [(i.filename, i.date_time[0]) for i in archive.infolist()] == [
        ("nodes.csv", 1980), ("edges.csv", 1980), ("reasons.csv", 1980),
    ]  # fmt: skip
    nodes, edges = (
        pd.read_csv(archive.open(name), dtype={"start": str, "end": str})
        for name in ("nodes.csv", "edges.csv")
    )
    assert dict(zip(nodes["Id"], nodes["Label"], strict=True)) == dict(graph.nodes(data="label"))
    assert list(nodes["betweenness"]) == [d["betweenness"] for _, d in graph.nodes(data=True)]
    same_ties(graph, list(edges[["Source", "Target", "Weight"]].itertuples(index=False, name=None)))
    assert set(edges["Type"]) == {"Directed" if graph.is_directed() else "Undirected"}
    reasons = list(csv.DictReader(io.StringIO(archive.read("reasons.csv").decode())))
    assert {r["because"] for r in reasons} == {r.iri for _, _, because in ties(graph) for r in because}
    assert [r["lines"] for r in reasons if r["claim"]] == ["24-27"]


def test_pajek_in_networkx_and_igraph(graph: nx.Graph[str], tmp_path: Path) -> None:
    data = written(graph, "pajek")
    (tmp_path / "x.net").write_bytes(data)
    found = nx.parse_pajek(data.decode())
    assert (len(found), found.number_of_edges()) == (len(graph), graph.number_of_edges())
    assert {"Twice <https://example.org/same1>", "Twice <https://example.org/same2>"} < set(found)
    other = igraph.Graph.Read_Pajek(str(tmp_path / "x.net"))
    assert other.is_directed() == graph.is_directed()
    assert set(other.vs["name"]) == set(found)
    order = list(graph)
    same_ties(graph, [(order[e.source], order[e.target], e["weight"]) for e in other.es])


def test_dot(graph: nx.Graph[str], tmp_path: Path) -> None:
    """Read by the grammar of quoted strings; by Graphviz itself where it is installed."""
    text = written(graph, "dot").decode()
    arrow = "->" if graph.is_directed() else "--"
    string = r'"((?:[^"\\]|\\.)*)"'
    assert len(re.findall(rf"^  {string} \[.*\];$", text, re.MULTILINE)) == len(graph)
    found = re.findall(rf"^  {string} {arrow} {string} \[.*weight=([\d.]+)", text, re.MULTILINE)
    if not found:
        found = re.findall(rf"^  {string} {arrow} {string} \[weight=([\d.]+)", text, re.MULTILINE)
    same_ties(graph, [(u, v, float(w)) for u, v, w in found])
    assert r"""label="Say \"no\" & 'yes' </node> <b>" """.strip() in text
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tplain"], input=text.encode(), capture_output=True, check=True, timeout=60)


@pytest.mark.parametrize("name", ["turtle", "jsonld", "ntriples", "rdfxml"])
def test_rdf(graph: nx.Graph[str], name: str) -> None:
    form = {"jsonld": "json-ld", "rdfxml": "xml", "ntriples": "nt"}.get(name, name)
    data = written(graph, name)
    if name == "jsonld":  # rdflib's own reader of JSON-LD warns of its own class
        data, form = serialize(parse(data, "application/ld+json"), "application/n-triples"), "nt"
    found = rdflib.Graph().parse(data=data, format=form)
    made_ties = set(found.subjects(RDF.type, MUN.Tie))
    assert len(made_ties) == graph.number_of_edges()
    assert all(str(tie).startswith(f"{BASE}networks/test/edge?a=") for tie in made_ties)
    edges = [
        (
            str(found.value(t, MUN.tieSource)),
            str(found.value(t, MUN.tieTarget)),
            float(str(found.value(t, MUN.tieWeight))),
        )
        for t in made_ties
    ]
    same_ties(graph, edges)
    tie = next(t for t in made_ties if str(found.value(t, MUN.tieTarget)).endswith("quotes"))
    assert {str(o).rpartition("/")[2] for o in found.objects(tie, PROV.wasDerivedFrom)} == {
        "e1",
        "e2",
        "claim",
    }
    labels = {str(o) for o in found.objects(rdflib.URIRef("https://example.org/lines"), rdflib.RDFS.label)}
    assert labels == {graph.nodes["https://example.org/lines"]["label"]}


def test_svg(graph: nx.Graph[str]) -> None:
    root = ET.fromstring(written(graph, "svg"))
    space = "{http://www.w3.org/2000/svg}"
    assert len(list(root.iter(f"{space}circle"))) == len(graph)
    assert len(list(root.iter(f"{space}line"))) == graph.number_of_edges()
    texts = [t.text for t in root.iter(f"{space}text")]
    assert texts[0] == '<Test> & "so on"' and "Release <1> & more" in texts and "Twice" in texts
    assert not list(root.iter(f"{space}script")) and "style=" not in written(graph, "svg").decode()
    for dot in root.iter(f"{space}circle"):
        assert 0 < float(str(dot.get("cx"))) < 1000 and 0 < float(str(dot.get("cy"))) < 800


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_an_empty_network_and_one_node(made: Made, form: Any) -> None:
    query = QUERY.replace("DIRECTED", "false")
    for data, nodes in (("ex:a ex:b ex:c .", 0), ("ex:e1 ex:by ex:a, ex:b .", 2)):
        found = made(data, query)
        assert len(found) == nodes
        found = found.subgraph(list(found)[:1]).copy()
        data_written = write(dressed(found, ["degree"], placed(found)), form)
        assert data_written and data_written == write(dressed(found, ["degree"], placed(found)), form)
        if "xml" in form.media_type:
            ET.fromstring(data_written)
        if "json" in form.media_type:
            json.loads(data_written)


def test_spells_that_meet_are_one() -> None:
    reasons = [
        Reason("a", "a", "2004-02"),
        Reason("b", "b", "2004-03-01", "2004-03-05"),
        Reason("c", "c", "2004-01-31"),
    ]
    assert list(spells(reasons)) == [(date(2004, 1, 31), date(2004, 3, 5))]
    assert list(spells([Reason("d", "d"), Reason("e", "e", "soon")])) == []
    assert list(spells([Reason("f", "f", "2005"), Reason("g", "g", "2003-05-01")])) == [
        (date(2003, 5, 1), date(2003, 5, 1)),
        (date(2005, 1, 1), date(2005, 12, 31)),
    ]


def test_names_of_formats() -> None:
    assert len(FORMATS) == 13 and len({f.extension for f in FORMATS}) == 13
    assert format_of_file("x.compact.json") == format_named("compact") != format_of_file("x.json")
    assert format_of_file("x.csv.zip") == format_named("CSV") and format_of_file("x.txt") is None
    with pytest.raises(NetworkError, match="no format `gefx`") as caught:
        format_named("gefx")
    assert caught.value.hint == "Did you mean `gexf`?"


def test_places_stay_and_do_not_cover_each_other(tiny_store: NetworkStore) -> None:
    found = tiny_store.network("bodies-events", claims=False)
    at = placed(found)
    assert at == placed(found) and at.keys() == set(found)
    assert len(set(at.values())) == len(found) > 2
    assert max(abs(c) for point in at.values() for c in point) == pytest.approx(1)
    assert placed(nx.Graph()) == {}


def test_command(tiny_store: NetworkStore, tiny_release: Any, tmp_path: Path) -> None:
    run, on = CliRunner(), ["--on", str(tiny_release.path)]
    target, drawing = tmp_path / "x.gexf", tmp_path / "x.svg"
    done = run.invoke(
        app, ["network", "co-organisation", *on, "-o", str(target), "--svg", str(drawing), "-m", "core"]
    )
    assert done.exit_code == 0, done.output
    found = nx.read_gexf(target, version="1.3")
    assert set(found) == set(tiny_store.network("co-organisation")) and all(
        "core" in d for _, d in found.nodes(data=True)
    )
    assert ET.parse(drawing).getroot().tag.endswith("svg")
    piped = run.invoke(app, ["network", "co-organisation", *on, "--format", "dot"])
    assert piped.stdout.startswith('graph "co-organisation" {')
    refused = run.invoke(app, ["network", "co-organisation", *on, "-o", str(tmp_path / "x.txt")])
    assert isinstance(refused.exception, NetworkError) and ".gexf" in str(refused.exception)
