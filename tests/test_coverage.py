"""Sources held against their claims."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from muniment.claims import Claims, read_claims, source_files
from muniment.coverage import compressed, coverage
from muniment.project import Project, find_project
from muniment.terms import SCHEMA, XSD, Quad, iri, literal
from muniment.vocabulary import read_vocabulary

ROOT = Path(__file__).resolve().parents[1]


def _claims(project: Project) -> Claims:
    return read_claims(source_files(project.sources), read_vocabulary(project).context, project.ids)


def test_every_line_of_the_real_sources_is_accounted_for(shared: Path) -> None:
    project = find_project(ROOT)
    found = coverage(_claims(project), shared / "sources", project.ids)
    assert len(found) == 3
    for source in found:
        assert source.problems == []
        assert source.missing == []
        assert source.lines - source.blank > 10


def test_every_line_of_the_tiny_sources_is_accounted_for(tiny: Project) -> None:
    found = coverage(_claims(tiny), tiny.root / "documents", tiny.ids)
    assert len(found) == 4
    assert all(source.complete for source in found)
    assert {reason for source in found for reason in source.set_aside} >= {"courtesy", "personal-data"}


def test_a_form_that_is_not_printed_is_found(tiny: Project, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    source = folder / "sources" / "letter-lmc-7.yaml"
    source.write_text(source.read_text().replace("identifier: LMC-7", "identifier: LMC-8"))
    project = find_project(folder)
    problems = [p for s in coverage(_claims(project), folder / "documents", project.ids) for p in s.problems]
    assert len(problems) == 1
    assert problems[0].message == "`LMC-8` does not stand in the lines of `claim/letter-lmc-7/1-8`"
    assert problems[0].where is not None
    line = source.read_text().splitlines().index("    identifier: LMC-8") + 1
    assert problems[0].where.line == line


def test_a_date_that_is_not_printed_is_found(tiny: Project, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    source = folder / "sources" / "letter-lmc-7.yaml"
    source.write_text(source.read_text().replace("issued: 2019-09-20", "issued: 2019-09-21"))
    project = find_project(folder)
    problems = [p for s in coverage(_claims(project), folder / "documents", project.ids) for p in s.problems]
    assert [p.message for p in problems] == ["`21` does not stand in the lines of `claim/letter-lmc-7/1-8`"]


def test_a_missing_document_and_a_changed_one_are_told(tiny: Project, tmp_path: Path) -> None:
    shutil.copytree(tiny.root / "documents", tmp_path / "documents")
    (tmp_path / "documents" / "notices.txt").unlink()
    letter = tmp_path / "documents" / "letter-vwa-12.txt"
    letter.write_bytes(letter.read_bytes() + b" ")
    found = {s.file: s for s in coverage(_claims(tiny), tmp_path / "documents", tiny.ids)}
    assert "has no file `notices.txt`" in found["notices.txt"].problems[0].message
    assert "not the file that was read" in found["letter-vwa-12.txt"].problems[0].message
    assert [s.present for s in found.values()] == [True, True, True, False]
    assert found["letter-lmc-7.txt"].complete


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([3], "3"), ([5, 3, 4], "3-5"), ([1, 3, 4, 9], "1, 3-4, 9")]
)
def test_line_numbers_as_people_write_them(numbers: list[int], text: str) -> None:
    assert compressed(numbers) == text


def test_a_document_that_is_not_utf_8_is_told(tiny: Project, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    shutil.copytree(tiny.root / "documents", documents)
    (documents / "notices.txt").write_bytes(b"caf\xe9\n")
    told = [str(p) for source in coverage(_claims(tiny), documents, tiny.ids) for p in source.problems]
    assert [text for text in told if "not UTF-8" in text and "notices.txt:1:4" in text]


@pytest.mark.parametrize("date", ["2019-03-12Z", "2019-03-12+01:00", "-0044-03-15", "soon"])
def test_dates_of_machines_do_not_stop_it(tiny: Project, date: str) -> None:
    claims = _claims(tiny)
    graph = next(q.graph for q in claims.quads if q.graph.endswith("notices/4-7>"))
    said = Quad(iri(f"{tiny.ids}event/e"), iri(f"{SCHEMA}startDate"), literal(date, f"{XSD}date"), graph)
    found = coverage(Claims([*claims.quads, said]), tiny.root / "documents", tiny.ids)
    assert all(source.complete for source in found)
