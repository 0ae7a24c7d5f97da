"""A build after a change validates what changed, and writes the release that a full build writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from muniment.build import build
from muniment.dump_cuts import CUTS
from muniment.errors import ValidationFailed
from muniment.project import Project, read_project
from muniment.release import MANIFEST, VALIDATED, Release
from muniment.stream.place import Limits
from muniment.terms import to_graph
from muniment.validation import ValidationResult, as_report, read_report, validate

from .planted import ROOT, everything, shapes

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the small dataset, with shapes of its own."""
    shutil.copytree(ROOT / "tests" / "tiny", tmp_path / "tiny")
    shutil.copytree(ROOT / "shapes", tmp_path / "shapes")
    shutil.rmtree(tmp_path / "tiny" / "releases", ignore_errors=True)
    file = tmp_path / "tiny" / "muniment.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\n[paths]\n", '\n[paths]\nshapes = "../shapes"\n'), encoding="utf-8")
    return read_project(file)


def edit(folder: Path, old: str, new: str) -> None:
    """Change what the files of a folder say; there must be something to change."""
    found = 0
    for path in sorted(folder.iterdir()):
        text = path.read_text(encoding="utf-8")
        found += text.count(old)
        path.write_text(text.replace(old, new), encoding="utf-8")
    assert found, old


def contents(release: Release) -> dict[str, bytes]:
    """The files of a release that are text, but for the one that says how it was validated."""
    return {
        path.name: path.read_bytes()
        for path in release.path.iterdir()
        if path.suffix in (".ttl", ".gz", ".json", ".tsv") and path.name != VALIDATED
    }


def anew(project: Project) -> Release:
    """The same project built where nothing was built before."""
    shutil.rmtree(project.releases)
    return build(project)


def test_a_build_after_a_change_validates_what_changed(project: Project) -> None:
    """Its report is that of a full build, warnings about things that did not change among it."""
    warnings_only(project.shapes / "body.ttl")
    first = build(project)
    assert first.validated is None and first.manifest["validation"]["Warning"]
    lines = list(first.dump())
    assert lines == sorted(lines)  # as `difference` has it
    edit(project.sources, "Gala dinner", "Great dinner")
    second = build(project)
    assert second.validated["since"] == first.id
    assert 0 < second.validated["focus_nodes"] < len({q.subject for q in second.quads()}) / 2
    edit(project.sources, "label: Great dinner", "label: 'Great  dinner'")
    with pytest.raises(ValidationFailed):
        build(project)
    edit(project.sources, "label: 'Great  dinner'", "label: Great dinner")
    written = contents(second)
    full = anew(project)
    assert (full.id, contents(full)) == (second.id, written)
    assert full.validated is None


def test_a_build_after_one_of_an_earlier_version(project: Project) -> None:
    """Which did not say where the stretches of its dump are: the dump is read."""
    first = build(project)
    assert CUTS in first.manifest["files"] and (first.path / CUTS).read_text().count("\n") >= 1
    (first.path / CUTS).unlink()
    manifest = json.loads((first.path / MANIFEST).read_text(encoding="utf-8"))
    del manifest["files"][CUTS]
    (first.path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    edit(project.sources, "Gala dinner", "Great dinner")
    second = build(project)
    assert second.validated["since"] == first.id
    written = contents(second)
    assert contents(anew(project)) == written


def test_a_build_that_spills_does_the_same(project: Project) -> None:
    """What changed is looked up in files; and in spans of them everything is validated."""
    spilled = Limits(in_memory=0, lines=50, processes=1, piece=2_000)
    warnings_only(project.shapes / "body.ttl")
    first = build(project)
    edit(project.sources, "Gala dinner", "Great dinner")
    second = build(project, limits=spilled)
    assert second.validated["since"] == first.id and 0 < second.validated["focus_nodes"] < 50
    written = contents(second)
    shutil.rmtree(project.releases)
    full = build(project, limits=spilled)
    assert full.validated is None and full.manifest["validation"]["Warning"]
    assert contents(full) == written == contents(anew(project))


def warnings_only(file: Path) -> None:
    """A shape that the dataset does not hold to, and which does not mind."""
    text = file.read_text(encoding="utf-8")
    pattern = 'sh:pattern "^\\\\S(.*\\\\S)?$"'
    assert pattern in text
    text = text.replace(pattern, 'sh:pattern "^nothing$"').replace("sh:Violation", "sh:Warning")
    file.write_text(text, encoding="utf-8")


def test_what_needs_a_full_validation(project: Project) -> None:
    build(project)
    edit(project.sources, "Gala dinner", "Great dinner")
    assert build(project, full=True).validated is None
    edit(project.shapes, "Clean the label", "Tidy the label")
    assert build(project).validated is None
    (project.shapes / "membership.ttl").unlink()
    release = build(project)
    assert release.validated is None
    dump = release.path / "dump.nq.gz"
    dump.write_bytes(dump.read_bytes()[:-20])
    edit(project.sources, "Great dinner", "Grand dinner")
    assert build(project).validated is None


def test_a_report_is_read_back() -> None:
    graph = to_graph(shapes())
    report = validate(to_graph(everything()), graph)
    assert read_report(report.graph, graph) == set(report.results)
    assert any(result.path and result.path.startswith("(") for result in report.results)


def test_a_result_of_a_shape_without_a_name_is_refused() -> None:
    result = ValidationResult("<u:a>", None, None, "u:s", "m", "_:b1", "u:c")
    with pytest.raises(ValueError, match="without a name"):
        read_report(as_report([result]).graph, to_graph(shapes()))
