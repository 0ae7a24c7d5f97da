"""What the commands share: the app, the two consoles, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from muniment import __version__
from muniment.project import Project, find_project

_UNBOUNDED = 1_000_000
"""Columns of a table that nobody looks at in a terminal."""

app = typer.Typer(
    name="muniment",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Source documents become a knowledge graph in which every statement can show the lines it rests on.",
    epilog="Exit codes: 0 all is well · 1 something in the data needs mending · 2 wrong usage · 3 a file is not as it should be · "
    "4 a query was refused · 5 a release or an engine failed · 130 interrupted",
)


class _Console(Console):
    """Prints text as it is: `:100:` of a place is no emoji, and a reader of a pipe that goes away is no error."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


out = _Console()
err = _Console(stderr=True)

ProjectDir = Annotated[
    Path, typer.Option("--project", "-p", help="The dataset: a folder with muniment.toml, or one inside it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"muniment {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def complain(message: str) -> None:
    """Say on stderr what is wrong."""
    err.print("error:", style="bold red", end=" ")
    err.print(message)


def say(message: str) -> None:
    """Say something on stderr, so that stdout stays for data."""
    err.print(message)


def counted(number: int, noun: str) -> str:
    """A number and its noun: ``1 warning``, ``1,200 warnings``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def print_table(table: Table) -> None:
    """Print a table on stdout, as wide as the terminal; in a pipe or file as wide as its cells, so that no value is broken."""
    if not out.is_terminal:
        out.width = max(
            out.width, out.measure(table, options=out.options.update(max_width=_UNBOUNDED)).maximum
        )
    out.print(table, soft_wrap=False)


def print_json(value: Any) -> None:
    """Print JSON on stdout, with escapes where its encoding lacks letters."""
    print(json.dumps(value, indent=2, ensure_ascii=sys.stdout.encoding.lower() != "utf-8"))


def project_in(folder: Path) -> Project:
    """The project of a folder."""
    return find_project(folder)


class _Stages:
    """Told of stages and of their parts; ``shares`` says how long each takes beside the others."""

    def __init__(self, bar: Progress, title: str, stages: Sequence[str], shares: Mapping[str, float]) -> None:
        self._bar, self._title = bar, title
        weights = [shares.get(stage, 1.0) for stage in stages]
        self._spans = dict(
            zip(stages, zip(accumulate(weights, initial=0), weights, strict=False), strict=True)
        )
        self._task = bar.add_task(title, total=sum(weights))
        self._stage = self._told = ""

    def __call__(self, stage: str) -> None:
        self._stage = stage
        start, _ = self._spans[stage]
        self._bar.update(self._task, description=f"{self._title}: {stage}", completed=start)

    def part(self, done: int, total: int) -> None:
        """Some of the stage is done: shown on a terminal; elsewhere a line tells of each stage that has parts."""
        start, weight = self._spans[self._stage]
        self._bar.update(self._task, completed=start + weight * done / total)
        if self._bar.disable and total > 1 and self._told != self._stage:
            self._told = self._stage
            say(f"{self._title}: {self._stage}")


@contextmanager
def progress(
    title: str, stages: Sequence[str], shares: Mapping[str, float] | None = None
) -> Iterator[_Stages]:
    """A bar on stderr: the stage at work, how much is done, the time that it took and may take; where stderr is no terminal, a line for
    each stage that has parts, so nothing of short work.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield _Stages(bar, title, stages, shares or {})
