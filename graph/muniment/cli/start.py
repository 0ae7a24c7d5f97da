"""``muniment init``."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from muniment.artefacts import artefact
from muniment.cli.terminal import app, say
from muniment.errors import InputError


@app.command(epilog="Example: `muniment init my-dataset && cd my-dataset && muniment serve`")
def init(
    directory: Annotated[Path, typer.Argument(help="The folder to make; it must not exist, or be empty.")],
) -> None:
    """Make a small working dataset to start from: a project file, a few source documents, and claims read from them."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        state = "not empty" if directory.is_dir() else "a file"
        raise InputError(f"{directory} is {state}", hint="Name a folder that does not exist yet.")
    shutil.copytree(
        artefact("starter"), directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("releases", ".*")
    )
    say(f"made {directory}: see its README.md, then `cd {shlex.quote(str(directory))}` and `muniment serve`")
