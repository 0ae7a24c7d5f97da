"""A folder with two releases between which services switch, and two services with nginx before them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from deployed import Front, Shelf, nginx_before, serving

from muniment.build import build
from muniment.project import Project, find_project

EXTRA = "\n- id: claim/notices/24\n  source: document/notices\n  lines: '24'\n  states:\n  - {id: event/extra, type: Event, label: Extra}\n"


@pytest.fixture(scope="session")
def shelf(tiny: Project, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two releases of the tiny dataset, of which the old one is current; the new one has an event more."""
    folder = tmp_path_factory.mktemp("shelf") / "tiny"
    shutil.copytree(tiny.root, folder, ignore=shutil.ignore_patterns("releases"))
    project = find_project(folder)
    old = build(project)
    source = project.sources / "notices.yaml"
    before = source.read_text()
    source.write_text(before.rstrip() + "\n" + EXTRA)
    new = build(project)
    source.write_text(before)
    build(project)  # the pointer goes back
    return Shelf(project.releases, old, new)


@pytest.fixture(scope="module")
def front(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Two services on one folder, behind nginx."""
    folder = tmp_path_factory.mktemp("front")
    environ = {"MUNIMENT_PROXIES": "127.0.0.1", "MUNIMENT_ACCESS_LOG": "1"}
    logs = (folder / "one.log", folder / "two.log")
    with (
        serving(shelf.folder, logs[0], "--log-format", "json", **environ) as one,
        serving(shelf.folder, logs[1], "--log-format", "json", **environ) as two,
        nginx_before((one.port, two.port), folder) as nginx,
    ):
        yield Front(nginx, (one, two), shelf)
