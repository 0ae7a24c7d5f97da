"""The Containerfile and the compose file, as far as can be tested without an engine that runs containers: by their linters and schemas, and by
carrying out the steps that install the service in a folder that has only what they copy."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from deployed import ROOT, Process, Shelf, free_port
from dockerfile_parse import DockerfileParser

CONTAINERFILE, COMPOSE = ROOT / "deploy" / "Containerfile", ROOT / "deploy" / "compose.yaml"
SCRIPTS = Path(sysconfig.get_path("scripts"))


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def stages(text: str, tmp_path: Path) -> list[list[tuple[str, str]]]:
    """The instructions of each stage."""
    parser = DockerfileParser(path=str(tmp_path / "Dockerfile"))
    parser.content = text
    found: list[list[tuple[str, str]]] = []
    for step in parser.structure:
        if step["instruction"] == "FROM":
            found.append([])
        if step["instruction"] != "COMMENT":
            found[-1].append((step["instruction"], step["value"]))
    return found


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple[str, str]]]:
    return stages(CONTAINERFILE.read_text(), tmp_path_factory.mktemp("parsed"))


def test_the_linter_finds_nothing(tmp_path: Path) -> None:
    done = run(str(SCRIPTS / "hadolint"), str(CONTAINERFILE))
    assert (done.returncode, done.stdout) == (0, "")
    planted = tmp_path / "Containerfile"
    planted.write_text("FROM debian:latest\nRUN cd /tmp && sudo apt-get install curl\n")
    assert run(str(SCRIPTS / "hadolint"), str(planted)).returncode == 1


def copied(steps: list[tuple[str, str]]) -> list[tuple[list[str], str]]:
    """What the steps copy from the repository, and where to."""
    found = []
    for instruction, value in steps:
        words = value.split()
        if instruction == "COPY" and not words[0].startswith("--from"):
            found.append((words[:-1], words[-1]))
    return found


def test_what_is_copied_is_there(parsed: list[list[tuple[str, str]]]) -> None:
    sources = [source for steps in parsed for sources, _ in copied(steps) for source in sources]
    assert len(sources) > 12
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines()
    for source in sources:
        assert any(name == source or name.startswith(source.rstrip("/") + "/") for name in tracked), source
        assert (ROOT / source).is_dir() == source.endswith("/")


def test_how_it_runs(parsed: list[list[tuple[str, str]]]) -> None:
    last = parsed[-1]
    names = [instruction for instruction, _ in last]
    users = [value for instruction, value in last if instruction == "USER"]
    assert users == ["10001:10001"] and "RUN" not in names[names.index("USER") :]
    assert dict(last)["EXPOSE"] == "8000" and "HEALTHCHECK" in names
    assert not [value for instruction, value in last if instruction in ("ADD", "VOLUME")]
    text = CONTAINERFILE.read_text()
    assert not re.search(r"(?i)password|token|secret", text)
    assert "--require-hashes" in text


class Image:
    """What the steps make, in a folder: ``/opt/muniment`` and the rest."""

    def __init__(self, folder: Path, steps: list[list[tuple[str, str]]]) -> None:
        self.root = folder
        self.last = dict(steps[-1])
        self.done: list[str] = []
        install = next(stage for stage in steps if stage[0][1].endswith("AS install"))
        self.source = folder / "src"
        for instruction, value in install:
            if instruction == "COPY":
                self._copy(value.split())
            elif instruction == "RUN":
                for command in value.split("&&"):
                    self._run(shlex.split(command))

    def _copy(self, words: list[str]) -> None:
        if words[0].startswith("--from"):
            built = ROOT / "service/muniment_service/static/built"
            if built.is_dir():  # where there is Node
                shutil.copytree(built, self.source / words[-1])
            return
        for source in words[:-1]:
            to = self.source / words[-1]
            if source.endswith("/"):
                skipped = shutil.ignore_patterns("__pycache__", "built", "releases", ".*")
                shutil.copytree(ROOT / source, to, ignore=skipped)
            else:
                to.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, to)

    def _run(self, words: list[str]) -> None:
        place = self.root / "opt/muniment"
        words = [word.replace("/opt/muniment", str(place)) for word in words]
        if words[1:3] == ["-m", "venv"]:
            venv.create(words[3], with_pip=False)
            self._lend_packages(place)
            self.done.append("venv")
        elif "-r" in words:  # these are the packages that are lent
            assert (self.source / words[words.index("-r") + 1]).read_text() == (ROOT / "requirements.txt").read_text()  # fmt: skip
            self.done.append("requirements")
        else:
            assert words[1:4] == ["-m", "pip", "install"]
            pip = [sys.executable, "-m", "pip", "--python", words[0], "--disable-pip-version-check"]
            done = run(*pip, "install", "--no-index", *words[4:], cwd=self.source)
            assert done.returncode == 0, done.stderr
            self.done.append("install")

    def _lend_packages(self, place: Path) -> None:
        """What the lock file names is installed here already: the environment sees it, but for muniment itself."""
        here = Path(sysconfig.get_path("purelib"))
        others = self.root / "others"
        others.mkdir()
        for package in here.iterdir():
            if (
                not package.name.startswith(("muniment", "_muniment", "__editable__"))
                and package.suffix != ".pth"
            ):
                (others / package.name).symlink_to(package)
        site = next((place / "lib").glob("python3*")) / "site-packages"
        (site / "others.pth").write_text(f"{others}\n")

    def command(self, name: str) -> list[str]:
        """The command of an instruction, as a list."""
        words: list[str] = json.loads(self.last[name][self.last[name].index("[") :])
        return words


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, parsed: list[list[tuple[str, str]]]) -> Image:
    return Image(tmp_path_factory.mktemp("made") / "image", parsed)


def test_the_steps_make_a_service(image: Image, shelf: Shelf, tmp_path: Path) -> None:
    """From what is copied, and nothing else; started by the image's own command, and asked by its own health check."""
    assert image.done == ["venv", "requirements", "install"]
    programs = image.root / "opt/muniment/bin"
    port = free_port()
    command = [*image.command("ENTRYPOINT"), *image.command("CMD")]
    assert command[:2] == ["muniment", "serve"] and "/releases" in command
    at = {"/releases": str(shelf.folder), "0.0.0.0": "127.0.0.1", "muniment": str(programs / "muniment")}
    environ = {"PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    started = [*(at.get(word, word) for word in command), "--port", str(port)]
    process = Process(started, port, tmp_path / "log", "/readyz", environ).start()
    health = [word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in image.command("HEALTHCHECK")]
    assert f":{port}/" in health[2]
    try:
        assert httpx.get(f"{process.url}/", headers={"Accept": "text/html"}).status_code == 200
        assert httpx.get(f"{process.url}/sparql?query=ASK%7B%7D").json()["boolean"] is True
        assert subprocess.run(health, env={**os.environ, **environ}, timeout=20).returncode == 0
    finally:
        process.stop()
    ended = subprocess.run(health, env={**os.environ, **environ}, timeout=20, stderr=subprocess.DEVNULL)
    assert ended.returncode == 1
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert lines[0]["message"].startswith("serving release")


def test_the_wheel_of_the_image_is_whole(image: Image, tmp_path: Path) -> None:
    """What is installed there is what the wheel of the repository holds."""
    made = tmp_path / "wheel"
    assert run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)).returncode == 0
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        wanted = {name for name in archive.namelist() if ".dist-info/" not in name and "/_shipped/starter/." not in name}  # fmt: skip
    site = next((image.root / "opt/muniment/lib").glob("python3*")) / "site-packages"
    there = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert len(wanted) > 200
    assert {name for name in wanted if "/releases/" not in name} - there == set()


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


def test_compose_fits_its_schema(tmp_path: Path) -> None:
    checker = [str(SCRIPTS / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    done = run(*checker, str(COMPOSE))
    assert done.returncode == 0, done.stdout
    planted = tmp_path / "compose.yaml"
    planted.write_text(COMPOSE.read_text().replace("read_only: true", "readonly: true"))
    assert run(*checker, str(planted)).returncode == 1


def test_compose_names_what_is_there(parsed: list[list[tuple[str, str]]]) -> None:
    found = compose()
    services = found["services"]
    assert set(services) == {"service-1", "service-2", "nginx", "virtuoso", "build", "publish"}
    mounted = 0
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source, _, _ = volume.partition(":")
            if source.startswith("."):
                assert (COMPOSE.parent / source).exists(), source
                assert volume.endswith(":ro")
                mounted += 1
            else:
                assert source in found["volumes"]
    assert mounted == 11
    for name in ("service-1", "service-2", "build", "publish"):
        assert services[name]["read_only"] is True and services[name]["cap_drop"] == ["ALL"]
        build = services[name]["build"]
        assert (COMPOSE.parent / build["context"] / build["dockerfile"]).samefile(CONTAINERFILE)
    upstream = re.findall(r"server (\S+):(\d+) ", (ROOT / "deploy" / "nginx.conf").read_text())
    assert upstream == [("service-1", "8000"), ("service-2", "8000")] and ("EXPOSE", "8000") in parsed[-1]
    listens = re.search(r"listen (\d+);", (ROOT / "deploy" / "nginx.conf").read_text())
    assert listens and services["nginx"]["ports"] == [f"127.0.0.1:{listens[1]}:{listens[1]}"]


def test_no_secret_is_inside() -> None:
    words = re.findall(r"^ +(\w*(?:PASSWORD|TOKEN)\w*): *(\S+)", COMPOSE.read_text(), re.MULTILINE)
    assert len(words) == 2
    assert all(value.startswith("${VIRTUOSO_PASSWORD:?") for _, value in words)


def test_the_settings_that_are_named_exist() -> None:
    """In the compose file and on the page: every variable is one that the service reads."""
    from muniment_service.settings import VARIABLES, variable

    known = {variable(name) for name in VARIABLES} | {
        f"MUNIMENT_{name}"
        for name in (
            "RELEASE",
            "RELEASES",
            "PROCESSES",
            "STORE_USER",
            "STORE_PASSWORD",
            "STORE_TOKEN",
        )
    }
    texts = [COMPOSE.read_text(), (ROOT / "docs" / "deploy.md").read_text(), (ROOT / "deploy" / "nginx.conf").read_text()]  # fmt: skip
    named = set(re.findall(r"\bMUNIMENT_[A-Z_]+[A-Z]", "\n".join(texts)))
    assert len(named) > 12
    assert named <= known


def test_the_examples_for_kubernetes_are_yaml() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text(), re.DOTALL)
    assert len(blocks) == 1
    found = yaml.safe_load(blocks[0])
    assert found["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert found["livenessProbe"]["httpGet"]["path"] == "/healthz"
