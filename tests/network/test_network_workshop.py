"""Networks made to order: what is kept, and what is computed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from muniment.engine import EmbeddedStore, parse
from muniment.errors import NetworkTooLarge
from muniment.network import keeping, placed, workshop
from muniment.network.cutting import Cut
from muniment.network.files import network_of
from muniment.network.formats import format_named
from muniment.network.orders import Order
from muniment.network.workshop import Workshop
from muniment.queries import query_of

FILE = network_of(
    query_of(
        Path("network/test.rq"),
        """#+ title: Test
#+ question: Who?
#+ tags: [network]
#+ network:
#+   tie: A test.
#+   nodes: mun:Body
#+   directed: false
#+   weights: count
PREFIX schema: <https://schema.org/>
SELECT ?source ?target ?because { ?because schema:organizer ?source, ?target . FILTER(STR(?source) < STR(?target)) }""",
    )
)
JSON = format_named("json")


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, leaves: int = 4) -> None:
        data = "".join(
            f"<urn:e{n}> <https://schema.org/organizer> <urn:a>, <urn:b{n}> .\n" for n in range(leaves)
        )
        quads = parse(data.encode(), "text/turtle")
        self._store = EmbeddedStore.in_memory("".join(quad.line() for quad in quads).encode())
        self.asked = 0

    def answer(self, *arguments: Any, **more: Any) -> bytes:
        self.asked += 1
        return self._store.answer(*arguments, **more)


def positions(made: bytes) -> dict[str, tuple[float, float]]:
    return {node["id"]: (node["x"], node["y"]) for node in json.loads(made)["nodes"] if "x" in node}


def test_a_whole_network_is_made_once_for_all_workshops_on_a_folder(tmp_path: Path) -> None:
    store, order = Counting(), Order(FILE, "file", form=JSON)
    one = Workshop(tmp_path)
    made = one.fulfil(order, store)
    asked = store.asked
    assert asked > 0
    assert one.fulfil(order, store) == made == Workshop(tmp_path).fulfil(order, store)
    assert json.loads(one.fulfil(Order(FILE, "file", Cut(ego="urn:b1"), form=JSON), store))["nodes"]
    assert store.asked == asked
    Workshop().fulfil(order, store)
    assert store.asked == 2 * asked  # without a folder, each makes its own


def test_only_some_are_held_in_memory(tmp_path: Path) -> None:
    from dataclasses import replace

    store, shop = Counting(), Workshop()
    orders = [
        Order(replace(FILE, query=replace(FILE.query, name=f"n{n}")), "file", form=JSON) for n in range(9)
    ]
    for order in orders:
        shop.fulfil(order, store)
    assert list(shop._held) == ["n6", "n7", "n8"]


def test_a_size_is_counted_once_and_kept_beside_the_release(tmp_path: Path) -> None:
    order, store = Order(FILE, "size", beside=tmp_path / "0123"), Counting()
    counted = Workshop().fulfil(order, store)
    assert (json.loads(counted)["nodes"], store.asked) == (5, 1)
    assert (Workshop().fulfil(order, store), store.asked) == (counted, 1)
    (kept,) = (tmp_path / keeping.LAYOUTS).iterdir()
    assert kept.name == "0123-test.size.json"
    for times, damaged in enumerate((b"{", b"[1]", b'{"nodes": 5}', b"\xff"), 2):
        kept.write_bytes(damaged)
        assert (Workshop().fulfil(order, store), store.asked) == (counted, times)
        assert kept.read_bytes() == counted


def test_positions_are_computed_once_and_kept_beside_the_release(tmp_path: Path) -> None:
    order = Order(FILE, "file", form=JSON, beside=tmp_path / "0123")
    first = positions(Workshop().fulfil(order, Counting()))
    assert len(first) == 5
    (kept,) = (tmp_path / keeping.LAYOUTS).iterdir()
    assert kept.name == "0123-test.json"
    changed = {node: [0.25, y] for node, (x, y) in json.loads(kept.read_text()).items()}
    kept.write_text(json.dumps(changed))
    again = positions(Workshop().fulfil(order, Counting()))
    assert {x for x, _ in again.values()} == {0.25}  # what is kept counts
    part = Order(FILE, "file", Cut(ego="urn:b1"), form=JSON, beside=tmp_path / "0123")
    assert positions(Workshop().fulfil(part, Counting())) == {n: again[n] for n in ("urn:a", "urn:b1")}
    for damaged in ("{", '{"urn:other": [0, 0]}', "[1]"):
        kept.write_text(damaged)
        assert positions(Workshop().fulfil(order, Counting())) == first


def test_where_nothing_can_be_written_beside_the_release_positions_are_kept_with_the_networks(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "folder"
    folder.mkdir()
    order = Order(FILE, "file", form=JSON, beside=tmp_path / "file" / "0123")
    Workshop(folder).fulfil(order, Counting())
    assert sorted(path.name for path in folder.iterdir()) == ["network-test", "positions-test.json"]


def test_above_the_limit_of_positions_a_part_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "MOST_PLACED", 3)
    shop, store = Workshop(), Counting()
    assert positions(shop.fulfil(Order(FILE, "file", form=JSON), store)) == {}
    part = Order(FILE, "file", Cut(ego="urn:b1"), form=JSON)
    pair: nx.Graph[str] = nx.Graph([("urn:a", "urn:b1")])
    assert positions(shop.fulfil(part, store)) == placed(pair)


def test_what_was_too_large_is_not_tried_again() -> None:
    store, shop = Counting(), Workshop()
    for times in (1, 2):
        with pytest.raises(NetworkTooLarge):
            shop.fulfil(Order(FILE, "file", form=JSON, limit=2), store)
        assert store.asked == 1, times


def test_a_network_that_was_not_kept_whole_is_none(tmp_path: Path) -> None:
    assert keeping.read_graph(tmp_path / "nothing") is None
    graph: nx.Graph[str] = nx.path_graph(["a", "b"])
    keeping.keep_graph(tmp_path / "x", graph)
    found = keeping.read_graph(tmp_path / "x")
    assert found is not None and nx.utils.graphs_equal(found, graph)
    keeping.keep_graph(tmp_path / "missing" / "x", graph)  # cannot be written, and is not
    assert keeping.read_graph(tmp_path / "missing" / "x") is None


def test_a_page_leaves_out_what_takes_long_in_a_large_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(*measures: str) -> dict[str, Any]:
        order = Order(FILE, "page", measures=measures, most=10)
        return dict(json.loads(Workshop().fulfil(order, Counting())))

    assert page()["shown"] == ["degree", "strength", "betweenness"] and page()["left_out"] == []
    monkeypatch.setattr(workshop, "_MOST_STEPS", 1)
    assert page()["shown"] == ["degree", "strength"] and page()["left_out"] == ["betweenness"]
    assert page("betweenness")["shown"] == ["betweenness"] and page("betweenness")["left_out"] == []
