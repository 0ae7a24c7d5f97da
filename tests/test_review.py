"""What a curator is told: the record, and where it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

from muniment.project import Project, find_project
from muniment.review import review


def test_a_check_names_the_record_and_its_place_wherever_it_stands_in_a_row(
    tiny: Project, tmp_path: Path
) -> None:
    """The check for bodies that stand twice gives the name first, then two bodies."""
    shutil.copytree(tiny.root, tmp_path / "p", ignore=shutil.ignore_patterns("releases"))
    project = find_project(tmp_path / "p")
    with (project.sources / "notices.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "\n- id: claim/notices/1/again\n  source: document/notices\n  lines: '1'\n  states:\n"
            "  - {id: body/lmc, type: Body, label: Lake Mirelle Commission, bodyType: committee}\n"
        )
    found = [f for f in review(project, lambda stage: None) if f.rule == "bodies-twice"]
    assert [f.record for f in found] == ["body/lake-mirelle-commission"]
    assert found[0].where is not None and found[0].where.line is not None
    assert "body/lmc" in found[0].message
