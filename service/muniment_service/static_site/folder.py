"""The folder of an export: written beside its place, then put there whole; never over what somebody else has put there."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from muniment.errors import InputError

MARK, SUMS = "export.json", "SHA256SUMS"


class Folder:
    """Where files are written, by their paths within the export."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, path: str) -> Path:
        """The file at a path, its folder made.

        Raises:
            ValueError: the path leads out of the folder; whoever names files sees to it that none does.
        """
        found = self.root / path
        if (
            found.is_absolute() != self.root.is_absolute()
            or ".." in Path(path).parts
            or Path(path).is_absolute()
        ):
            raise ValueError(f"{path} leads out of the folder")
        found.parent.mkdir(parents=True, exist_ok=True)
        return found

    def write(self, path: str, content: bytes | str) -> None:
        """Write a file."""
        self.file(path).write_bytes(
            content.encode("utf-8", "replace") if isinstance(content, str) else content
        )

    def write_json(self, path: str, value: Any, indent: int | None = None) -> None:
        """Write JSON."""
        self.write(path, json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=True) + "\n")

    def files(self) -> list[str]:
        """The paths of all files, in order."""
        return sorted(
            path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if not path.is_dir()
        )


@contextmanager
def replacing(target: Path) -> Iterator[Folder]:
    """A folder beside the target, which takes its place at the end; whatever goes wrong, the target stays as it was.

    Raises:
        InputError: the target is a file, or holds files that no export wrote.
        OSError: the folder cannot be written.
    """
    target = target.resolve()
    _refuse_what_is_not_ours(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.unfinished-", dir=target.parent))
    try:
        new.chmod(0o755)
        folder = Folder(new)
        yield folder
        folder.write(SUMS, "".join(f"{_sha256(new / path)}  {path}\n" for path in folder.files()))
        _refuse_what_is_not_ours(target)
        _exchange(new, target)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _exchange(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.old-", dir=target.parent))
    target.rename(old / "was")
    try:
        new.rename(target)
    except OSError:
        (old / "was").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _refuse_what_is_not_ours(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"{target} is a file", hint="Name a folder that is new or empty.")
    there = Folder(target).files()
    if not there:
        return
    if MARK not in there or SUMS not in there:
        raise InputError(
            f"{target} is not empty and no earlier export", hint="Name a folder that is new or empty."
        )
    listed = (target / SUMS).read_text(encoding="utf-8").splitlines()
    strangers = set(there) - {line.partition("  ")[2] for line in listed} - {SUMS}
    if strangers:
        first = ", ".join(sorted(strangers)[:3])
        raise InputError(
            f"{target} is an earlier export, but holds files that are not of it: {first}",
            hint="Take them away, or name another folder; an export replaces the whole folder.",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
