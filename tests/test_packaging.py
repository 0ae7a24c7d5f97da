"""The wheel: built, installed into a fresh environment, every script started, one page served."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; its dependencies are those of the running one, so that nothing is downloaded."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    (wheel,) = built.glob("*.whl")
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    command = [*pip, "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    here = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    # Paths of a .pth file come after the environment's own packages, but the editable install must not be seen at all.
    others = tmp_path_factory.mktemp("others")
    for package in here.iterdir():
        if (
            not package.name.startswith(("muniment", "_muniment", "__editable__"))
            and package.suffix != ".pth"
        ):
            (others / package.name).symlink_to(package)
    (site / "others.pth").write_text(f"{others}\n")
    return folder


def test_the_wheel_holds_what_it_needs(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    shipped = "muniment/_shipped/"
    for name in (
        f"{shipped}ontology/core.ttl",
        f"{shipped}ontology/context.jsonld",
        f"{shipped}shapes/event.ttl",
        f"{shipped}queries/rules/10-labels.rq",
        f"{shipped}starter/muniment.toml",
        "muniment/py.typed",
        "muniment_service/app.py",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("graph/", "service/", "tests/"))]
    built_here = {path.name for path in (ROOT / "service/muniment_service/static/built").glob("*")}
    in_wheel = {
        name.rpartition("/")[2] for name in names if name.startswith("muniment_service/static/built/")
    }
    assert in_wheel == built_here  # none where there is no Node


def test_the_sdist_holds_the_sources(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"graph/sources/events-listing.yaml", "tests/tiny/muniment.toml", "Makefile"} <= names
    assert not [name for name in names if name.startswith(("releases/", ".venv/"))]


def test_every_script_starts(environment: Path, tmp_path: Path) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts
    for script in scripts:
        command = [environment / "bin" / script, "--version"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert script in done.stdout


@pytest.fixture(scope="module")
def served(
    environment: Path, tmp_path_factory: pytest.TempPathFactory, unused_port: int, wait_until_ready: Any
) -> Iterator[str]:
    """The starter dataset, made and served by the installed command."""
    folder = tmp_path_factory.mktemp("served")
    muniment = environment / "bin" / "muniment"
    subprocess.run([muniment, "init", "new"], cwd=folder, check=True, capture_output=True, timeout=60)
    process = subprocess.Popen(
        [muniment, "serve", "--port", str(unused_port)], cwd=folder / "new", stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{unused_port}"
    try:
        wait_until_ready(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_the_installed_service_answers(served: str) -> None:
    page = httpx.get(f"{served}/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "Lake Mirelle" in page.text
    answer = httpx.get(f"{served}/sparql", params={"query": "ASK { ?e a mun:Event }"})
    assert answer.json()["boolean"] is True
