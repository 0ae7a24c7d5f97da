"""The command line, run as people run it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from warm_command import Command, warm

from muniment import review
from muniment.build import SHARES, STAGES, build
from muniment.cli import EXIT_CODES
from muniment.cli.query import AnswerName, RdfName
from muniment.cli.terminal import progress
from muniment.errors import MunimentError
from muniment.formats import RDF_FORMATS, RESULT_FORMATS
from muniment.project import Project

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def warmed() -> Iterator[Command]:
    with warm() as found:
        yield found


@pytest.fixture
def muniment(warmed: Command, tmp_path: Path) -> Run:
    """Run the command in a folder of its own; it must never print a traceback."""

    def run(*arguments: str, cwd: Path = tmp_path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = warmed(*arguments, cwd=cwd, stdin=stdin)
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def copy(tiny: Project, tmp_path: Path) -> Path:
    """A copy of the tiny dataset that a test may spoil."""
    folder = tmp_path / "copy"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    return folder


def test_init_makes_a_dataset_that_builds_and_answers(muniment: Run, tmp_path: Path) -> None:
    assert muniment("init", "new").returncode == 0
    new = tmp_path / "new"
    built = muniment("build", "--json", cwd=new)
    assert built.returncode == 0, built.stderr
    manifest = json.loads(built.stdout)
    assert manifest["counts"]["claims"] > 10
    asked = muniment("query", "SELECT (COUNT(?e) AS ?n) { ?e a mun:Event }", "--format", "csv", cwd=new)
    assert asked.stdout == f"n\n{manifest['counts']['classes']['Event']}\n"
    assert muniment("check", cwd=new).returncode == 0
    assert muniment("sources", cwd=new).returncode == 0
    assert muniment("format", "--check", cwd=new).returncode == 0


def test_init_never_writes_over_something(muniment: Run, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    done = muniment("init", "full")
    assert done.returncode == 3
    assert "not empty" in done.stderr
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_build_if_changed_builds_once(muniment: Run, copy: Path) -> None:
    first = json.loads(muniment("build", "--if-changed", "--json", cwd=copy).stdout)
    pointer = (copy / "releases" / "current").stat().st_mtime_ns
    again = json.loads(muniment("build", "--if-changed", "--json", cwd=copy).stdout)
    assert again == first
    assert (copy / "releases" / "current").stat().st_mtime_ns == pointer
    source = copy / "sources" / "notices.yaml"
    source.write_text(source.read_text() + "\n# a comment changes the input, not the content\n")
    changed = json.loads(muniment("build", "--if-changed", "--json", cwd=copy).stdout)
    assert changed["id"] == first["id"]
    assert (copy / "releases" / "current").stat().st_mtime_ns != pointer


def test_check_names_record_file_line_and_remedy(muniment: Run, copy: Path) -> None:
    source = copy / "sources" / "notices.yaml"
    lines = source.read_text().splitlines()
    number = next(i for i, line in enumerate(lines) if "eventType:" in line)
    lines[number] = lines[number].replace("eventType: ", "startTime: '25:00:00' #")
    source.write_text("\n".join(lines) + "\n")
    done = muniment("check", cwd=copy)
    assert done.returncode == 3
    assert f"notices.yaml:{number + 1}:" in done.stderr
    assert "a time of day, as 14:00:00" in done.stderr


def test_a_violation_fails_check_and_build_and_leaves_the_release(muniment: Run, copy: Path) -> None:
    assert muniment("build", cwd=copy).returncode == 0
    before = (copy / "releases" / "current").read_text()
    source = copy / "sources" / "letter-lmc-7.yaml"
    source.write_text(source.read_text().replace("end: 2019-11-07", "end: 2019-11-01"))
    done = muniment("check", cwd=copy)
    assert done.returncode == 1
    assert "event/third-meeting" in done.stdout
    assert "letter-lmc-7.yaml:" in done.stdout
    found = json.loads(muniment("check", "--json", cwd=copy).stdout)
    violations = [finding for finding in found if finding["severity"] == "Violation"]
    assert {finding["record"] for finding in violations} == {"event/third-meeting"}
    assert muniment("build", cwd=copy).returncode == 1
    assert (copy / "releases" / "current").read_text() == before


def test_sources_finds_a_line_that_nobody_accounted_for(muniment: Run, copy: Path) -> None:
    document = copy / "documents" / "notices.txt"
    document.write_text(document.read_text() + "One more line.\n")
    done = muniment("sources", "--json", cwd=copy)
    assert done.returncode == 1
    notices = next(source for source in json.loads(done.stdout) if source["file"] == "notices.txt")
    assert notices["missing"] == [notices["lines"]]
    assert len(notices["problems"]) == 2  # the hash and the number of lines


def test_sources_says_nothing_of_a_document_that_is_not_there(muniment: Run, copy: Path) -> None:
    (copy / "documents" / "notices.txt").unlink()
    done = muniment("sources", cwd=copy)
    assert done.returncode == 1
    assert done.stdout.count("not found") == 1
    assert done.stdout.count("none") == 3


def test_a_terminal_without_letters_gets_others(tiny: Project, tiny_release: object) -> None:
    command = [sys.executable, "-m", "muniment", "query", "SELECT ('Zo\u00eb' AS ?x) {}"]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tiny.root, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Zo?" in done.stdout


def test_format_settles_a_file(muniment: Run, copy: Path) -> None:
    source = copy / "sources" / "notices.yaml"
    source.write_text(source.read_text().replace("  type: Source", "  type:   Source   "))
    assert muniment("format", "--check", cwd=copy).returncode == 1
    assert muniment("format", cwd=copy).returncode == 0
    assert muniment("format", "--check", cwd=copy).returncode == 0


def test_query_prints_tables_csv_json_and_turtle(muniment: Run, tiny: Project, tiny_release: object) -> None:
    select = "SELECT ?label { ?e a mun:Event ; rdfs:label ?label } ORDER BY ?label LIMIT 1"
    assert "1 row" in muniment("query", select, cwd=tiny.root).stdout
    csv = muniment("query", select, "--format", "csv", cwd=tiny.root).stdout
    answer = json.loads(muniment("query", select, "--format", "json", cwd=tiny.root).stdout)
    label = answer["results"]["bindings"][0]["label"]["value"]
    assert csv == f"label\n{label}\n"
    assert muniment("query", "ASK { ?e a mun:Event }", cwd=tiny.root).stdout == "true\n"
    assert muniment("query", "-", cwd=tiny.root, stdin="ASK { ?e a mun:Nothing }").stdout == "false\n"
    construct = "CONSTRUCT { ?e a mun:Event } { ?e a mun:Event }"
    assert " a mun:Event" in muniment("query", construct, cwd=tiny.root).stdout


def test_query_asks_a_saved_query(muniment: Run, tiny: Project, tiny_release: object) -> None:
    body = "body=body/lake-mirelle-commission"
    asked = ("query", "people-of-a-body", "--param", body, "--format", "csv")
    found = muniment(*asked, cwd=tiny.root)
    assert found.returncode == 0 and "person/ilse-marn" in found.stdout
    path = str(tiny.queries / "forms" / "people-of-a-body.rq")
    assert muniment("query", path, "-p", body, "-f", "csv", cwd=tiny.root).stdout == found.stdout
    assert muniment(*asked, "--on", str(tiny.root)).stdout == found.stdout
    wrong = {
        ("query", "people-of-a-body"): "`body`: is missing",
        ("query", "people-of-a-bodie"): "Did you mean `people-of-a-body`?",
        ("query", "people-of-a-body", "-p", "body=a b"): "Expected: a mun:Body",
        ("query", "people-of-a-body", "-p", "body"): "--param name=value",
        ("query", "people-of-a-body", "-p", body, "-p", body): "Write each once",
        ("query", "ASK {}", "-p", body): "SPARQL itself has no parameters",
    }
    for arguments, message in wrong.items():
        failed = muniment(*arguments, cwd=tiny.root)
        assert failed.returncode != 0 and message in failed.stderr, failed.stderr


def test_search_finds_a_thing_by_its_misprint(muniment: Run, tiny: Project, tiny_release: object) -> None:
    done = muniment("search", "saltbrige", "--limit", "1", cwd=tiny.root)
    assert done.returncode == 0, done.stderr
    assert "Saltbridge" in done.stdout
    assert "(misprint)" in done.stdout
    assert "0 things" in muniment("search", "xyzzyqqq", cwd=tiny.root).stdout


def test_query_explains_an_empty_answer(muniment: Run, tiny: Project, tiny_release: object) -> None:
    empty = "SELECT * { ?e a mun:Evnt }"
    asked = muniment("query", empty, "--explain", cwd=tiny.root)
    assert asked.returncode == 0 and "0 rows" in asked.stdout
    assert "Did you mean `mun:Event`?" in asked.stderr
    assert muniment("query", empty, cwd=tiny.root).stderr == ""
    assert muniment("query", "ASK { ?e a mun:Event }", "--explain", cwd=tiny.root).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["query", "SELECT ?x {"], 4, "query:1:12"),
        (["query", "SELECT * { ?s schma:x ?o }"], 4, "did you mean `schema:`?"),
        (["query", "SELECT * { ?s schma:x ?o }"], 4, "|               ^^^^^^^\n"),
        (["query", "ASK { SERVICE <http://127.0.0.1:9/> {} }"], 4, "is not allowed here"),
        (["query", "DELETE WHERE { ?s ?p ?o }"], 4, "read-only"),
        (["query", "ASK {}", "--format", "turtle"], 4, "does not fit ASK"),
        (["query", "nowhere.rq"], 4, "no file nowhere.rq"),
        (["query", "ASK {}", "--on", "nowhere.ttl"], 3, "nowhere.ttl"),
        (["query", "ASK {}", "--on", "http://127.0.0.1:9/sparql"], 5, "http://127.0.0.1:9/sparql"),
        (["query", "ASK {}", "--timeout", "-1"], 2, "--timeout"),
        (["query", ""], 4, "there is no query"),
        (["query"], 2, "Missing argument"),
        (["export", "-o", "nowhere/graph.nq"], 3, "nowhere/graph.nq: No such file or directory"),
        (["init", "muniment.toml"], 3, "muniment.toml is a file"),
        (["sources", "--against", "nowhere"], 1, "--against FOLDER"),
        (["export", "--format", "pdf"], 2, "pdf"),
        (["serve", "nowhere.ttl"], 3, "nowhere.ttl"),
    ],
)
def test_what_goes_wrong_has_a_message_and_an_exit_code(
    muniment: Run, tiny: Project, tiny_release: object, arguments: list[str], code: int, message: str
) -> None:
    done = muniment(*arguments, cwd=tiny.root)
    assert done.returncode == code, done.stderr
    assert message in done.stderr


def test_serve_promises_no_address_that_it_cannot_have(
    muniment: Run, tiny: Project, tiny_release: object
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = muniment("serve", "--port", str(taken.getsockname()[1]), cwd=tiny.root)
    assert done.returncode == 5
    assert "Another program uses this port" in done.stderr
    assert "Ctrl-C" not in done.stderr


def test_serve_tells_a_wrong_setting_before_an_address(tiny: Project, tiny_release: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "muniment", "serve", "--project", str(tiny.root)],
        env={**os.environ, "MUNIMENT_QUERY_SECONDS": "abc"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "MUNIMENT_QUERY_SECONDS is not a number above zero: abc" in done.stderr
    assert "Ctrl-C" not in done.stderr + done.stdout


def test_an_unknown_saved_query_is_answered_with_those_that_can_be_asked(
    muniment: Run, tiny: Project, tiny_release: object
) -> None:
    done = muniment("query", "xyzzy", cwd=tiny.root)
    assert done.returncode == 4
    assert "events-of-a-body" in done.stderr and "entries-per-month" not in done.stderr


def test_without_a_project_or_a_release(muniment: Run, tiny: Project, tmp_path: Path) -> None:
    done = muniment("build")
    assert done.returncode == 3
    assert "muniment init" in done.stderr
    shutil.copytree(tiny.root, tmp_path / "unbuilt", ignore=shutil.ignore_patterns("releases"))
    done = muniment("export", cwd=tmp_path / "unbuilt")
    assert done.returncode == 5
    assert "muniment build" in done.stderr


@pytest.mark.parametrize("form", get_args(RdfName))
def test_export_writes_every_format(
    muniment: Run, tiny: Project, tiny_release: object, tmp_path: Path, form: str
) -> None:
    ending = next(f.extension for f in RDF_FORMATS if f.name == form)
    output = tmp_path / f"graph.{ending}"
    assert muniment("export", "--format", form, "-o", str(output), cwd=tiny.root).returncode == 0
    count = muniment("query", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "--on", str(output), "--format", "csv")
    expected = muniment("query", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "--format", "csv", cwd=tiny.root)
    assert count.stdout == expected.stdout
    assert count.stdout.startswith("n\n")


def test_the_names_of_formats_are_those_of_the_table() -> None:
    assert get_args(RdfName) == tuple(f.name for f in RDF_FORMATS)
    assert get_args(AnswerName) == ("table", *(f.name for f in (*RESULT_FORMATS, *RDF_FORMATS)))


def test_every_error_has_an_exit_code() -> None:
    kinds = [MunimentError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    assert len(kinds) > 8
    assert all(any(issubclass(kind, listed) for listed, _ in EXIT_CODES) for kind in kinds)


@pytest.mark.parametrize(
    "command", ["init", "build", "check", "serve", "query", "export", "sources", "format"]
)
def test_help_has_examples(muniment: Run, command: str) -> None:
    assert "Example" in muniment(command, "--help").stdout


def test_a_reader_that_goes_away_is_no_error(tiny: Project, tiny_release: object) -> None:
    command = f"{sys.executable} -m muniment export --format nquads | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=tiny.root, capture_output=True, text=True, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_a_reader_that_goes_away_from_a_table_is_no_error(tiny: Project, tiny_release: object) -> None:
    command = f"{sys.executable} -m muniment query 'SELECT * {{ ?s ?p ?o }}'; echo $? >&2"
    done = subprocess.run(
        ["sh", "-c", f"({command}) | head -1"], cwd=tiny.root, capture_output=True, text=True, timeout=60
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == "0\n"


def test_a_table_breaks_and_changes_no_value(muniment: Run, tiny: Project, tiny_release: object) -> None:
    value = "notices.yaml:100:3 [bold]b[/] :smile: \\" + "long" * 50
    done = muniment("query", "SELECT (?? AS ?x) {}".replace("??", json.dumps(value)), cwd=tiny.root)
    assert f"\u2502 {value} \u2502" in done.stdout


def test_a_place_is_printed_as_it_is(muniment: Run, tmp_path: Path) -> None:
    (tmp_path / "[bold]bad.ttl").write_text("\n" * 99 + "no Turtle")
    assert "[bold]bad.ttl:100:1: " in muniment("query", "ASK {}", "--on", "[bold]bad.ttl").stderr


def test_stages_are_named_in_their_order(tiny: Project, tmp_path: Path) -> None:
    told: list[str] = []
    build(dataclasses.replace(tiny, releases=tmp_path), told.append)
    assert told == list(STAGES) == list(SHARES)
    told.clear()
    review.review(tiny, told.append)
    assert told == list(review.STAGES)


def test_long_work_tells_of_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a bar does; elsewhere there is a line for each stage that has parts."""
    with progress("Building", ("read", "sort", "write"), {"read": 3.0}) as told:
        for stage, parts in (("read", 2), ("sort", 1), ("write", 5)):
            told(stage)
            for done in range(1, parts + 1):
                told.part(done, parts)
    assert capsys.readouterr().err == "Building: read\nBuilding: write\n"
