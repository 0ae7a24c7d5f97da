"""The README's commands, run as they stand there; each prints what the README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(r"```(sh|python)\n(.*?)```(?:\n\n```text\n(.*?)```)?", README, re.DOTALL)
SERVER = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def checkout(release: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose release is built and whose `.venv` is the running environment."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("ontology", "shapes", "queries", "graph", "Makefile", "muniment.toml", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "releases").symlink_to(release.project.releases)
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("muniment", "python"):
        (folder / ".venv" / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    return folder


@pytest.fixture(scope="module")
def server(checkout: Path, unused_port: int, wait_until_ready: Any) -> Iterator[str]:
    """``make serve``, its environment already there."""
    command = ["make", "serve", f"PORT={unused_port}", "-o", ".venv/.serve"]
    process = subprocess.Popen(
        command, cwd=checkout, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    url = f"http://127.0.0.1:{unused_port}"
    try:
        wait_until_ready(url)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.communicate(timeout=20)


def test_the_steps_were_found() -> None:
    assert [kind for kind, _, _ in STEPS] == ["sh", "sh", "sh", "sh", "python"]
    assert STEPS[0][1].strip() == "make serve"


@pytest.mark.parametrize(
    "step", [s for s in STEPS if s[2]], ids=lambda step: step[1].strip().split("\n")[0][:40]
)
def test_each_step_prints_what_the_readme_says(
    step: tuple[str, str, str], checkout: Path, server: str
) -> None:
    kind, text, expected = step
    if text.startswith("curl") and not shutil.which("curl"):
        pytest.skip("needs curl")
    text = text.replace(SERVER, server)
    script = f"{shlex.quote(sys.executable)} -c {shlex.quote(text)}" if kind == "python" else text
    done = subprocess.run(["sh", "-c", script], cwd=checkout, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected
