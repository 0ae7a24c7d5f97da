"""Publishing to real engines: what is there afterwards, what is visible meanwhile, and what an interruption leaves behind."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from engine_servers import G, Server, quads_of

from muniment.engines.layout import REGISTER, held, held_graph, release_graph
from muniment.engines.publish import Part, current, held_quads, publish, verified
from muniment.engines.released import ReleasedStore
from muniment.engines.table import ENGINES
from muniment.engines.target import Addresses, Target
from muniment.engines.wire import Credentials
from muniment.errors import InputError, StoreDenied, StoreError, StoreUnreachable
from muniment.release import Release
from muniment.terms import Quad

FIRST = quads_of(":a :p 1 , 2 . :b :p :a . g:one { :a :p 1 } g:two { :a :p 2 } g:gone { :b :p :a }")
SECOND = quads_of(":a :p 1 , 3 . g:one { :a :p 1 } g:two { :a :p 3 } g:new { :a :p 3 . :a :q 4 }")
MANY = quads_of(" ".join(f":s{n:04} :p {n} , :o{n} . g:c{n % 9} {{ :s{n:04} :p {n} }}" for n in range(900)))


def put(quads: Iterable[Quad], name: str, target: Target, **more: Any) -> Any:
    return publish(Part(name, quads), target, rest=lambda seconds: None, **more)


def seen(server: Server, name: str) -> set[tuple[str, ...]]:
    """What a service sees of a release: the values in the consolidated graph, and those of each named graph."""
    store = ReleasedStore(server.url, name, kind=server.engine)
    try:
        default = {("", *map(str, row.values())) for row in store.query("SELECT ?s ?p ?o { ?s ?p ?o }")}
        named = store.query("SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }")
        return default | {tuple(map(str, (row[v] for v in "gspo"))) for row in named}
    finally:
        store.close()


def plain(quads: Iterable[Quad]) -> set[tuple[str, ...]]:
    def text(term: str) -> str:
        return term.split('"')[1] if term.startswith('"') else term.strip("<>")

    return {(text(q.graph), text(q.subject), text(q.predicate), text(q.object)) for q in quads}


def test_one_release_after_the_other(server: Server) -> None:
    target = server.target()
    done = put(FIRST, "aaaa0001", target)
    assert (done.sent, done.quads, done.graphs) == (len(FIRST), len(FIRST), 3)
    assert current(target) == "aaaa0001"
    assert seen(server, "aaaa0001") == plain(FIRST)
    again = put(FIRST, "aaaa0001", target)
    assert again.sent == 0
    after = put(SECOND, "aaaa0002", target)
    assert after.previous == "aaaa0001"
    assert seen(server, "aaaa0002") == plain(SECOND)
    assert verified(target, "aaaa0001") is not None  # it is kept ...
    back = put(FIRST, "aaaa0001", target)
    assert back.sent == 0  # ... so that one can go back without loading it again
    assert seen(server, "aaaa0001") == plain(FIRST)
    pruned = put(SECOND, "aaaa0002", target, prune=True)
    assert "aaaa0001" in pruned.pruned
    assert verified(target, "aaaa0001") is None
    assert seen(server, "aaaa0002") == plain(SECOND)
    left = {held(graph) for graph in target.counts()}
    assert {part[0] for part in left if part} == {"aaaa0002"}


def test_a_whole_release(server: Server, tiny_release: Release) -> None:
    stages: list[str] = []
    done = publish(tiny_release, server.target(), stages.append)
    assert done.quads == tiny_release.manifest["counts"]["quads"]
    assert stages == ["looking", "loading", "verifying", "switching"]


def test_values_that_an_engine_writes_its_own_way(server: Server) -> None:
    written = ['"01"^^xsd:int', '"1.50"^^xsd:decimal', '"1.0E6"^^xsd:double', "false", '"x"@en-GB']
    if server.name != "virtuoso":  # which takes no durations
        written += ['"P12M"^^xsd:duration', '"24:00:00"^^xsd:time']
    quads = quads_of(" ".join(f":s{n} :p {value} ." for n, value in enumerate(written)))
    assert put(quads, "aaaa0003", server.target(), prune=True).quads == len(written)
    as_sent = seen(server, "aaaa0003") == plain(quads)
    assert as_sent == (server.name == "jena")  # the others write them their own way


@pytest.mark.parametrize(
    ("literal", "told"),
    [
        ('"P12M"^^xsd:duration', "xsd:duration can not be created"),
        ('"abc"^^xsd:integer', "does not take what it was sent.*Invalid integer value converting 'abc'"),
    ],
)
def test_what_an_engine_does_not_take(literal: str, told: str, server: Server) -> None:
    if server.name != "virtuoso":
        pytest.skip("the others take every literal")
    target = server.target()
    put(FIRST, "aaaa0014", target, prune=True)
    with pytest.raises(StoreError, match=told):
        put(quads_of(f":a :p {literal} ."), "aaaa0015", target)
    assert seen(server, "aaaa0014") == plain(FIRST)


def test_blank_nodes(server: Server) -> None:
    quads = quads_of(":a :p [ :q 1 ] , [ :q 2 ] . g:one { :a :p [ :q 1 ] }")
    done = put(quads, "aaaa0004", server.target())
    assert done.quads == len(quads)
    store = ReleasedStore(server.url, "aaaa0004", kind=server.engine)
    found = store.query(
        "SELECT ?n { <http://example.org/a> <http://example.org/p> ?b . ?b <http://example.org/q> ?n }"
    )
    assert sorted(row["n"].toPython() for row in found) == [1, 2]
    store.close()
    assert put(quads, "aaaa0004", server.target(), prune=True).sent == 0


def test_what_was_changed_behind_our_back_is_found(server: Server) -> None:
    target = server.target()
    put(FIRST, "aaaa0005", target, prune=True)
    other = quads_of(":a :p 1 , 2 . :b :p :c .")
    wrong = next(q for q in held_quads("aaaa0006", other) if "c>" in q.object)
    target.update(
        f"INSERT DATA {{ GRAPH {wrong.graph} {{ {wrong.subject} {wrong.predicate} {wrong.object} }} }}"
    )
    with pytest.raises(StoreError, match="does not hold the release aaaa0006 as it was sent") as error:
        put(FIRST, "aaaa0006", target)
    assert "--afresh" in str(error.value)
    assert current(target) == "aaaa0005"  # what was there is still what is seen
    assert seen(server, "aaaa0005") == plain(FIRST)
    done = put(FIRST, "aaaa0006", target, afresh=True, prune=True)
    assert done.sent == len(FIRST)


def test_the_network_is_cut_in_the_middle_of_a_load(server: Server, cutting: Callable[[int], Any]) -> None:
    target = server.target()
    put(FIRST, "aaaa0007", target, prune=True)
    proxy = cutting(server.port)
    past = server.target(server.url.replace(str(server.port), str(proxy.port)))
    past.engine = past._asked.kind = past._update.kind = server.engine
    past.engine = dataclasses.replace(past.engine, batch=400)
    proxy.left = 230_000 if server.name == "virtuoso" else 90_000
    with pytest.raises(StoreError) as error:
        put(MANY, "aaaa0008", past)
    assert proxy.cut > 0
    assert "the same command goes on from here" in str(error.value)
    assert current(target) == "aaaa0007"
    assert seen(server, "aaaa0007") == plain(FIRST)
    there = sum(target.counts("aaaa0008").values())
    assert 0 < there < len(MANY)
    proxy.left = 1 << 40
    done = put(MANY, "aaaa0008", past, prune=True)
    assert 0 < done.sent < len(MANY)  # it went on where it had stopped
    assert done.quads == len(MANY)
    assert seen(server, "aaaa0008") == plain(MANY)


def test_a_switch_that_is_interrupted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    target = server.target()
    put(FIRST, "aaaa0009", target, prune=True)
    update = target.update

    def broken(*operations: str, again: bool = False) -> None:
        if any(operation.startswith("COPY") for operation in operations):
            if not target.engine.transactional:
                update(operations[0])  # a part of it
            raise StoreUnreachable("gone")
        update(*operations, again=again)

    monkeypatch.setattr(target, "update", broken)
    with pytest.raises(StoreUnreachable):
        put(SECOND, "aaaa0010", target)
    monkeypatch.undo()
    if target.engine.transactional:
        assert seen(server, "aaaa0009") == plain(FIRST)
    else:  # nothing is shown rather than a mixture of two releases
        assert current(target) is None
        with pytest.raises(StoreUnreachable, match="is being switched"):
            seen(server, "aaaa0009")
    assert put(SECOND, "aaaa0010", target).sent == 0
    assert seen(server, "aaaa0010") == plain(SECOND)


def test_killed_in_the_middle_and_resumed(mortal: Server) -> None:
    server = mortal
    put(FIRST, "aaaa0011", server.target(), prune=True)
    target = server.target()
    target.engine = dataclasses.replace(target.engine, batch=300)
    insert, lots = target.insert, []

    def dying(quads: Any, *, again: bool) -> None:
        if len(lots) == 4:
            server.kill()
        lots.append(len(quads))
        insert(quads, again=again)

    target.insert = dying  # type: ignore[method-assign]
    with pytest.raises(StoreError, match=r"cannot be reached|breaks off"):
        put(MANY, "aaaa0012", target)
    server.start()
    assert seen(server, "aaaa0011") == plain(FIRST)
    after = server.target()
    after.engine = target.engine
    done = put(MANY, "aaaa0012", after)
    assert 0 < done.sent < len(MANY)  # what had been sent before is there
    assert seen(server, "aaaa0012") == plain(MANY)


def test_wrong_credentials(tmp_path: Path, server: Server) -> None:
    if server.name != "virtuoso":
        pytest.skip("the others ask for none, as they run here")
    target = Target(Addresses(server.url), credentials=Credentials("dba", "wrong"))
    with pytest.raises(StoreDenied, match="answered 401") as error:
        put(FIRST, "aaaa0013", target)
    assert "MUNIMENT_STORE_PASSWORD" in str(error.value)
    assert "wrong" not in str(error.value)
    target.close()


def test_nobody_listens(unused_port: int) -> None:
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        Target(Addresses(f"http://127.0.0.1:{unused_port}/query"))


def test_an_engine_whose_update_address_is_not_known(server: Server) -> None:
    with pytest.raises(InputError, match="no known address for updates"):
        Target(Addresses(server.url), ENGINES["generic"])


def test_the_command(server: Server, tiny_release: Release, tmp_path: Path) -> None:
    environ = {**os.environ, "MUNIMENT_STORE_USER": server.credentials.user, "MUNIMENT_STORE_PASSWORD": server.credentials.password}  # fmt: skip
    written = tmp_path / "held.nq.gz"
    command = [sys.executable, "-m", "muniment", "publish", "--release", str(tiny_release.path)]
    told = subprocess.run(
        [*command, "--to", server.url, "--json", "--write", str(written), "--prune"],
        env=environ, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    done = json.loads(told.stdout)
    assert done["release"] == tiny_release.id
    assert done["engine"] == server.engine.name
    assert written.stat().st_size > 1000


def test_names() -> None:
    name = held_graph("0a", f"{G}a:b c")
    assert held(name) == ("0a", f"{G}a:b c")
    assert held(release_graph("0a")) == ("0a", "")
    assert held(REGISTER) is None
    assert held(G) is None
