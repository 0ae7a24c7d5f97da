"""Headers of networks: what is read, and what is said of one that is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from muniment.errors import InputError, InputErrors, NetworkError
from muniment.network import find_network, network_of, read_network, read_networks
from muniment.project import find_project
from muniment.queries import read_query
from muniment.review import review

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ROOT / "queries" / "network"
GOOD = """#+ title: T
#+ question: Q?
#+ tags: [network]
#+ network:
#+   tie: A tie.
#+   nodes: mun:Body
#+   directed: false
#+   weights: count
PREFIX mun: <https://w3id.org/muniment/ontology#>
SELECT ?source ?target ?because WHERE { ?because mun:agent ?source, ?target }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "a-network.rq"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_networks() -> None:
    found = read_networks(NETWORKS)
    assert [(n.name, n.directed, n.two_mode) for n in found] == [
        ("bodies-events", False, True),
        ("citations", True, False),
        ("co-organisation", False, False),
        ("co-participation", False, False),
        ("countries", False, False),
        ("events-by-body", False, False),
        ("hierarchy", True, False),
        ("people-bodies", False, True),
        ("shared-place-and-year", False, False),
    ]
    for network in found:
        assert "network" in network.query.tags
        assert not re.search(r"/id/", network.query.text), "a network names no thing"


def test_read(tmp_path: Path) -> None:
    text = GOOD.replace("nodes: mun:Body", "nodes: {source: mun:Person, target: [mun:Body, '<urn:x>']}")
    text = text.replace(
        "count\n", "newman\n#+   columns: {size: n}\n#+   attributes: {kind: mun:role/^mun:role}\n"
    )
    text = text.replace("?because WHERE", "?because (3 AS ?n) WHERE")
    network = read_network(write(tmp_path, text))
    mun = "https://w3id.org/muniment/ontology#"
    assert network.two_mode and not network.directed and network.weights == "newman"
    assert network.sources == (f"<{mun}Person>",) and network.targets == (f"<{mun}Body>", "<urn:x>")
    assert network.attributes == (("kind", f"<{mun}role>/^<{mun}role>"),)
    assert dict(network.columns) == {
        "source": "source",
        "target": "target",
        "because": "because",
        "size": "n",
    }
    assert network.prologue == f"PREFIX mun: <{mun}>" and network.select.startswith("SELECT ?source")


BAD = [
    ("#+   weights: count\n", "", "`network` lacks weights", 5),
    ("weights: count", "weights: cuont", "weights must be", 8),
    ("weights: count", "weights: newman", "needs `?size`", 8),
    ("weights: count", "weights: sum", "needs `?weight`", 8),
    ("weights: count", "weights: count\n#+   wieghts: count", "no key `wieghts`", 9),
    ("weights: count", "weights: count\n#+   tie: B.", "`tie` stands here twice", 9),
    ("directed: false", "directed: perhaps", "directed must be", 7),
    ("nodes: mun:Body", "nodes: Body", "no name of a class", 6),
    ("nodes: mun:Body", "nodes: nub:Body", "`nub:` is not declared", 6),
    ("nodes: mun:Body", "nodes: {source: mun:Body}", "has `source` and `target`", 6),
    ("nodes: mun:Body", "nodes: []", "at least one class", 6),
    ("tie: A tie.", "tie: [a]", "tie must be text", 5),
    ("weights: count", "weights: count\n#+   columns: {sauce: x}", "no column `sauce`", 9),
    ("weights: count", "weights: count\n#+   columns: {size: n}", "does not select `?n`", 9),
    ("weights: count", "weights: count\n#+   attributes: {label: mun:x}", "no name for an attribute", 9),
    ("weights: count", "weights: count\n#+   attributes: {kind: 'mun:x)'}", "no property path", 9),
    ("?because WHERE", "WHERE", "does not select `?because`", 9),
    ("SELECT ?source ?target ?because WHERE", "SELECT * WHERE", "does not select `?source`", 9),
    ("SELECT ?source ?target ?because WHERE", "ASK", "a network is a SELECT", 9),
    ("WHERE", "FROM <urn:g> WHERE", "a network is a SELECT without FROM", 9),
    ("network:\n", "network: none\n", None, None),
]


@pytest.mark.parametrize(("old", "new", "message", "line"), BAD)
def test_bad_header(tmp_path: Path, old: str, new: str, message: str | None, line: int | None) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_network(path)
    error = caught.value
    assert error.hint and error.where and error.where.path == str(path)
    if message:
        assert message in error.message and error.where.line == line


def test_all_that_are_wrong_are_named(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("count", "x")).rename(tmp_path / "b.rq")
    write(tmp_path, GOOD.replace("tie:", "tei:")).rename(tmp_path / "c.rq")
    with pytest.raises(InputErrors) as caught:
        read_networks(tmp_path)
    assert len(caught.value.errors) == 2
    assert read_networks(tmp_path / "nothing") == []


def test_check_reads_networks(tmp_path: Path) -> None:
    """`muniment check` says what is wrong with a network, with file and line."""
    shutil.copytree(ROOT / "tests" / "tiny", tmp_path / "tiny", ignore=shutil.ignore_patterns("releases"))
    toml = tmp_path / "tiny" / "muniment.toml"
    toml.write_text(
        re.sub(r"^\[paths\]$", '[paths]\nqueries = "queries"', toml.read_text(), flags=re.MULTILINE)
    )
    shutil.copytree(ROOT / "queries" / "rules", tmp_path / "tiny" / "queries" / "rules")
    (tmp_path / "tiny" / "queries" / "network").mkdir()
    path = write(tmp_path / "tiny" / "queries" / "network", GOOD)
    project = find_project(tmp_path / "tiny")
    assert review(project, lambda stage: None) is not None
    path.write_text(GOOD.replace("weights: count", "weights: cuont"))
    with pytest.raises(InputError, match=r"a-network\.rq:8:.*weights must be"):
        review(project, lambda stage: None)


def test_find(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    found = find_network("a-network", tmp_path)
    assert found == find_network(path, tmp_path / "other") == find_network(found, tmp_path / "other")
    assert found == network_of(read_query(path))
    with pytest.raises(NetworkError) as caught:
        find_network("a-netwrok", tmp_path)
    assert caught.value.hint == "Did you mean `a-network`?"
    with pytest.raises(NetworkError, match="there is no network"):
        find_network("x", tmp_path / "nothing")
