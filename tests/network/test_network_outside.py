"""Networks as people ask for them: on the command line, and of a server over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

import muniment
from muniment.cli import app
from muniment.errors import NetworkError
from muniment.network import ego
from muniment.network.reasons import ties
from muniment.networked import NetworkStore
from muniment.project import Project
from muniment.release import Release

ITS_NETWORKS = 9


@pytest.fixture(scope="module")
def endpoint(tiny_store: NetworkStore) -> Iterator[str]:
    """A SPARQL endpoint on a port of this machine that knows forms and JSON, and declares no prefixes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self.reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def reply(self, body: str) -> None:
            answer = tiny_store.answer(parse_qs(body)["query"][0], "application/sparql-results+json")
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql"
        server.shutdown()
        thread.join()


def test_the_same_from_a_server(endpoint: str, tiny_store: NetworkStore) -> None:
    remote = muniment.open(endpoint)
    assert len(remote.networks()) == ITS_NETWORKS
    for file in remote.networks():
        here, there = tiny_store.network(file.name), remote.network(file.name)
        assert dict(here.nodes(data=True)) == dict(there.nodes(data=True)), file.name
        assert list(here.edges(data=True)) == list(there.edges(data=True)), file.name
        assert tiny_store.network_size(file.name) == remote.network_size(file.name)


def test_open_takes_the_networks_of_the_project(tiny: Project, tiny_release: Release) -> None:
    store = muniment.open(tiny.root)
    assert store.network_folder == tiny.queries / "network"
    assert store.network("hierarchy").number_of_edges() == 1


def run(tiny: Project, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["network", *arguments, "--on", str(tiny.root)])


def test_list(tiny: Project, tiny_release: Release) -> None:
    assert "co-organisation" in run(tiny).stdout
    listed = json.loads(run(tiny, "--json").stdout)
    assert len(listed) == ITS_NETWORKS and set(listed[0]) == {"name", "title", "tie"}


def test_tables(tiny: Project, tiny_release: Release) -> None:
    shown = run(tiny, "co-organisation", "--measures", "degree", "--measures", "pagerank").stdout
    assert "2 nodes, 1 tie" in shown and "pagerank" in shown and "betweenness" not in shown
    assert "Workshop on reed beds (2019-06-04) [Notices of meetings in 2019 2,9-14]" in shown
    assert "eigenvector" in run(tiny, "co-organisation", "-m", "all").stdout
    assert "0 nodes, 0 ties: nothing fits" in run(tiny, "co-organisation", "--until", "1999").stdout
    assert "0 nodes" in run(tiny, "co-organisation", "--min-weight", "2").stdout


def test_json(tiny: Project, tiny_release: Release) -> None:
    ego = "https://example.org/tiny/id/body/university-of-aven"
    found = json.loads(
        run(tiny, "co-organisation", "--json", "--ego", ego, "--largest", "--since", "2019-06").stdout
    )
    assert [node["degree"] for node in found["nodes"]] == [1, 1]
    [edge] = found["edges"]
    assert edge["because"][0]["claims"][0]["lines"] == "2,9-14"
    assert found["network"]["since"] == "2019-06-01"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "there is no network `nothing`"),
        (["co-organisation", "--since", "2020", "--until", "2019"], "ends before it begins"),
        (["co-organisation", "--since", "soon"], "is no date"),
        (["hierarchy", "--since", "2019"], "have no dates"),
        (["co-organisation", "-m", "fame"], "no measure `fame`"),
        (["hierarchy", "-m", "eigenvector"], "no eigenvector centrality"),
        (
            ["co-organisation", "--ego", "https://example.org/tiny/id/body/universty-of-aven"],
            "is not in the network",
        ),
    ],
)
def test_what_cannot_be(tiny: Project, tiny_release: Release, arguments: list[str], message: str) -> None:
    error = run(tiny, *arguments).exception
    assert isinstance(error, NetworkError) and message in error.message and error.hint


def test_hint_for_a_node(tiny_store: NetworkStore) -> None:
    graph = tiny_store.network("co-organisation")
    with pytest.raises(NetworkError) as caught:
        ego(graph, "https://example.org/tiny/id/body/universty-of-aven")
    assert caught.value.hint == "Did you mean `https://example.org/tiny/id/body/university-of-aven`?"
    assert len(list(ties(graph))) == 1
