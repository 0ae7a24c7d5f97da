"""The synthetic datasets of the benchmarks are what they claim to be: buildable, valid, covered, repeatable."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from muniment.build import assemble, check_graph
from muniment.coverage import coverage
from muniment.project import read_project

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_a_synthetic_dataset_builds_and_conforms(benchmarks: None, tmp_path: Path) -> None:
    from synthetic import generate

    project = read_project(generate(tmp_path, events=20, seed=3))
    graph = assemble(project)
    assert check_graph(graph).results == ()
    for source in coverage(graph.claims, tmp_path / "documents", project.ids):
        assert source.complete, source


def test_the_same_seed_gives_the_same_bytes(benchmarks: None, tmp_path: Path) -> None:
    from synthetic import generate

    texts = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        generate(tmp_path / name, events=20, seed=seed)
        texts.append([path.read_bytes() for path in sorted((tmp_path / name).rglob("*.*"))])
    assert texts[0] == texts[1] != texts[2]


def test_the_table_shows_growth(benchmarks: None) -> None:
    import build

    stages = (
        "read claims",
        "store on disk",
        "bare bulk_load on disk",
        "store in memory",
        "bare bulk_load in memory",
    )

    def run(events: int) -> dict[str, object]:
        measured = {stage: {"seconds": events / 100, "peak_mb": 50} for stage in stages}
        sizes = {"claims": events, "triples": events, "quads": events * 10, "source_mb": 1.0, "dump_mb": 0.1}
        return {"events": events, **sizes, "stages": measured}

    found = {"machine": build.machine(seed=1), "runs": [run(100), run(1000)]}
    text = build.table(json.loads(json.dumps(found)))
    assert "| read claims | 1.00 s, 50 MB | 10.00 s, 50 MB | 1.00 |" in text
    assert "Not validated" in text
    assert str(sys.version_info.minor) in text


def test_sparql_is_measured_over_http(benchmarks: None, tmp_path: Path) -> None:
    import sparql
    import sparql_report
    from servers import Options

    asked = ("look-up", "construct")
    plan = sparql.Plan(0.3, 2, queries=asked, repeated=(), noise=(1,), noise_seconds=0.3)
    found = sparql.benchmark([20], ["muniment"], plan, Options(), tmp_path)
    (run,) = json.loads(json.dumps(found))["runs"]
    assert run["left_out"] == {}
    assert all(min(counts["muniment"]) > 0 for counts in run["rows"].values()), run["rows"]
    assert run["loads"]["look-up"]["unseen"]["muniment"]["one"]["answers"] > 0
    assert run["noise"]["muniment"]["1"]["answers"] > 0
    assert "look-up, never seen" in sparql_report.text(found)


def test_what_the_service_adds_to_an_engine_is_measured(benchmarks: None, tmp_path: Path) -> None:
    import engines
    from servers import NotStarted, Options
    from workload import Query

    found = json.loads(
        json.dumps(engines.benchmark([800], ["embedded", "oxigraph"], 0.05, Options(), tmp_path))
    )
    (run,) = found["runs"]
    for name, measured in run["engines"].items():
        assert "left_out" not in measured, measured
        assert len(measured["queries"]) == 6
        assert all(
            values["pairs"] >= 5 and values["service_ms"] > 0 for values in measured["queries"].values()
        )
        assert f"{name}, look-up" in engines.text(found)
    values = {"engine_ms": 20.0, "service_ms": 23.0, "more_ms": 3.0, "more_q1_ms": 2.0, "more_q3_ms": 4.0, "processor_ms": 1.0}  # fmt: skip
    assert engines._row("a", values)[-2:] == ("15 % (**not met**)", "1.0 ms")
    assert engines._row("a", {**values, "more_ms": 1.0})[-2] == "5 %"
    assert engines._row("a", {**values, "engine_ms": 9.0})[-2] == "33 %"
    runs = [{"triples": 9, "engines": {"e": {"queries": {"q": values, "r": {**values, "engine_ms": 2.0}}}}}]
    long, short = engines._aim(runs)
    assert "0 of 1 meet" in long
    assert "e, q, 9 triples (15 %)" in long
    assert "3.00 to 3.00 ms more" in short
    one, two = (json.dumps({"results": {"bindings": [{}] * n}}).encode() for n in (1, 2))
    with pytest.raises(NotStarted, match="the service has 1 rows, the engine 2"):
        pair = engines.Pair(lambda *_: one, lambda *_: two, {}, lambda: 0.0)
        engines.measure(Query("a", "ASK {}"), pair, 0.1)


def test_descriptions_are_measured_over_http(benchmarks: None) -> None:
    """Every format, never seen and repeated; a rate is answers that are whole and right."""
    import linked_data

    found = json.loads(json.dumps(linked_data.benchmark([20], 0.2, 2, names=["muniment"])))
    (run,) = found["runs"]
    assert run["things"] > 20
    assert set(run["formats"]) == set(linked_data.FORMATS)
    for measured in run["formats"].values():
        for kind in linked_data.AIMS:
            for load in measured["muniment"][kind].values():
                assert load["answers"] > 0
                assert "failed" not in load
    assert "rate, never seen" in linked_data.text(found)


def test_rates_say_whether_the_aim_is_met(benchmarks: None) -> None:
    import linked_data

    def rates(ours: float) -> dict[str, object]:
        pairs = (("muniment", ours), ("oxigraph", 1000.0))
        return {name: {"repeated": {"many": {"rate": rate}}} for name, rate in pairs}

    assert linked_data._rates(rates(1600), "repeated", 1.5) == "1,600 / 1,000 = 1.60"
    assert linked_data._rates(rates(400), "repeated", 1.5).endswith("0.40 (**not met**)")
    assert linked_data.ratio({"muniment": {}}, "repeated") is None


@pytest.mark.parametrize("chunked", [False, True])
def test_only_whole_and_right_answers_are_counted(benchmarks: None, chunked: bool) -> None:
    """Against a server that answers the first request and every second one after it rightly, the others with too little."""
    import load

    right, wrong = b"x" * 1000, b"y" * 10
    asked = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            nonlocal asked
            asked += 1
            body = right if asked % 2 else wrong
            self.send_response(200)
            name, value = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))
            self.send_header(name, value)
            self.end_headers()
            piece = len(body) // 2
            parts = [b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:piece], body[piece:], b"")]
            self.wfile.write(b"".join(parts) if chunked else body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        one = load.Load(server.server_port, ["/"], "*/*", seconds=60, most=3, sizes=[len(right)])
        found = load.Generator(one).run().summary()
        server.shutdown()
    assert (found["answers"], found["failed"], asked) == (3, {"body": 2}, 5)


def test_the_end_of_a_connection_at_rest_is_no_answer(benchmarks: None) -> None:
    """One of two clients has its answer and is hung up on, while the other waits."""
    import load

    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            quick, waiting = listening.accept()[0], listening.accept()[0]
            with quick:
                quick.recv(1000)
                quick.sendall(body)
            with waiting:
                waiting.recv(1000)
                threading.Event().wait(0.3)
                waiting.sendall(body)

        threading.Thread(target=serve, daemon=True).start()
        two = load.Load(listening.getsockname()[1], ["/"], "*/*", clients=2, seconds=0)
        assert load.Generator(two).run().summary()["answers"] == 2


def test_a_report_says_which_aims_are_met(benchmarks: None) -> None:
    import sparql_report

    def load(ms: float, rate: float) -> dict[str, object]:
        return {"one": {"p50_ms": ms, "p99_ms": ms}, "many": {"rate": rate}}

    loads = {"look-up": {"unseen": {"muniment": load(1, 400), "oxigraph": load(0.5, 1000)}}}
    loads["aggregate"] = {"unseen": {"muniment": load(30, 40), "oxigraph": load(20, 50)}}
    run = {
        "triples": 1000,
        "loads": loads,
        "engine_ms": {"muniment": {"aggregate": 20}},
        "noise": {"muniment": {"0": {"p99_ms": 2}, "1": {"p99_ms": 5}, "4": {"p99_ms": 4}}},
        "first_answer_s": {"muniment": 0.5, "oxigraph": 0.1},
    }
    lines = sparql_report.aims({"runs": [run]}).splitlines()
    assert any("of Oxigraph |" in line and "1,000: 0.40 | met" in line for line in lines)
    assert any("aggregate" in line and "1,000: 1.50 | **not met**" in line for line in lines)
    assert any("noisy" in line and "1,000: 2.50 | met" in line for line in lines)
    assert any("repeated" in line and "not measured" in line for line in lines)


def test_generated_sections_are_replaced_or_added(benchmarks: None, tmp_path: Path) -> None:
    import report

    page = tmp_path / "page.md"
    page.write_text("# Page\n\nBy hand.\n")
    report.write_section("a.py", "## A", "first", page)
    report.write_section("b.py", "## B", "other", page)
    report.write_section("a.py", "## A", "second", page)
    text = page.read_text()
    assert "first" not in text
    assert (
        text.index("By hand.")
        < text.index("## A")
        < text.index("second")
        < text.index("## B")
        < text.index("other")
    )


def test_networks_can_be_measured(benchmarks: None) -> None:
    """Each stage runs, and rdflib finds as many reasons as we do (asserted inside)."""
    import network

    found = network.measure(200, seed=3)
    assert found["reasons"] >= found["edges"] > 0
    assert {"betweenness", "community", "layout", "plain rdflib: the query"} <= set(found["stages"])
    small = network.beside_networkx(120)
    assert set(small["ours"]) > set(small["networkx"]) - {"layout, 100 steps"}


def test_every_part_of_scale_is_measured_on_one_release(
    benchmarks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import scale
    import scale_report
    import scale_serve
    import search

    monkeypatch.setattr(scale_serve, "SECONDS", 0.05)
    monkeypatch.setattr(scale_serve, "ASKED", 3)
    monkeypatch.setattr(scale_serve, "IN_MEMORY_UP_TO", 0)
    monkeypatch.setattr(search, "QUESTIONS", 9)
    results = {}
    for part, of in scale.PARTS.items():
        found = json.loads(json.dumps(of(1_000, tmp_path)))
        results[part] = {"1000": {**found, "machine": report_machine(), "took, s": 1.0}}
    assert len(list(tmp_path.glob("1000/dataset/releases/*/manifest.json"))) == 1
    built, validated, served = (results[part]["1000"] for part in ("build", "validate", "serve"))
    assert built["write, s"] > 0 and "validate, s" not in built and built["whole build, peak MB"] > 20
    assert built["triples"] == validated["triples"] == served["triples"] > 500
    assert validated["engine"] == "pyshifty" and validated["a label is changed, focus nodes"] == 1
    assert validated["find what changed, a label, s"] < validated["full, s"]
    assert [validated[f"{edit}, focus nodes"] for edit in ("its label is changed", "all of it is new")] == [
        1,
        1,
    ]
    assert validated["all of it is gone, focus nodes"] > 5
    numbers = [step for step, value in served.items() if isinstance(value, int | float) and value >= 0]
    for step in scale_report.PROJECTED:
        assert step[0] != "serve" or step[1] in numbers
    page = tmp_path / "scale.md"
    page.write_text("# Scale\n")
    scale_report.write(results, page)
    assert page.read_text().count("generated by benchmarks/scale.py") == 8
    assert "**not measured**" in page.read_text()


def report_machine() -> dict[str, object]:
    import report

    return report.machine(())


def test_scale_says_what_growth_leads_to(benchmarks: None) -> None:
    import scale_report

    def runs(unit: float) -> dict[str, dict[str, object]]:
        return {
            str(size): {
                "triples": size,
                "whole build, s": unit * size / 1e6,
                "whole build, processor s": 1000,
                "whole build, peak MB": 5000,
                "machine": {"load_before": 3.5},
            }
            for size in (1_000_000, 10_000_000)
        }

    assert scale_report._build_aims(list(runs(29).values()))[0].endswith(
        "**met** (290 s by the clock, 1,000 s of processors)."
    )
    assert scale_report._build_aims(list(runs(31).values()))[0].endswith(
        "**not met** (310 s by the clock, 1,000 s of processors)."
    )
    assert scale_report._build_aims(list(runs(31).values()))[1].endswith("**not met** (5,000 MB).")
    text = scale_report.plan({"build": runs(36)})
    assert text.startswith("Load of the machine before the largest runs: 3.5")
    assert "| build: whole build, processor | 17 min |" in text
    assert "| build: whole build | 6 min | 10,000,000 | 1.00 | 60 min | 10 h |" in text
    assert "| build: whole build, peak | 5 GB | 10,000,000 | 0.00 | 5 GB | 5 GB |" in text


def test_the_watcher_sees_what_children_take(benchmarks: None) -> None:
    from processes import watching

    with watching(os.getpid()) as watcher:
        before = watcher.peak_mb()
        taking = "held = b'x' * 200_000_000; print(len(held), flush=True); input()"
        command = [sys.executable, "-c", taking]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdin and child.stdout
            child.stdout.readline()
            assert watcher.peak_mb() >= before + 190
            child.stdin.write(b"\n")
            child.stdin.close()
