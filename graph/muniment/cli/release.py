"""``muniment release``: which releases there are, going back to one, removing old ones, checking a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from muniment import shelf
from muniment.cli.terminal import AsJson, ProjectDir, app, counted, print_json, print_table, project_in, say
from muniment.release import Release, current_release

release_app = typer.Typer(
    name="release",
    no_args_is_help=True,
    help="The releases that are kept: list them, go back to one, remove old ones, check that they are whole.",
)
app.add_typer(release_app)

ReleasesDir = Annotated[
    Path | None,
    typer.Option("--releases", help="The folder of the releases, where there is no project beside it."),
]


@release_app.command(
    "list",
    epilog="Examples: `muniment release list` · `muniment release list --releases /srv/releases --json`",
)
def list_releases(
    project: ProjectDir = Path(), releases: ReleasesDir = None, as_json: AsJson = False
) -> None:
    """List the releases, the newest first."""
    folder = _folder(project, releases)
    found, current = shelf.listed(folder), current_release(folder).id
    if as_json:
        print_json([{**_facts(release), "current": release.id == current} for release in found])
        return
    table = Table("release", "issued", "triples", "")
    for release in found:
        facts = _facts(release)
        table.add_row(
            release.id,
            facts["issued"] or "",
            f"{facts['triples']:,}",
            "current" if release.id == current else "",
        )
    print_table(table)


@release_app.command(epilog="Example: `muniment release use 3f9a` (the beginning of an id is enough)")
def use(
    release: Annotated[str, typer.Argument(help="The id of the release, or its beginning.")],
    project: ProjectDir = Path(),
    releases: ReleasesDir = None,
) -> None:
    """Make a release that is there the current one, once it is sure that it is whole.

    Services that follow the folder turn to it within a second. It stays so until an input of the dataset changes or somebody builds. An engine
    is turned by `muniment publish --release`.
    """
    found = shelf.use(_folder(project, releases), release)
    say(f"release {found.id} is the current one: {found.manifest['title']}")


@release_app.command(epilog="Example: `muniment release prune --keep 5`")
def prune(
    keep: Annotated[
        int, typer.Option(help="How many of the newest stay; the current one always does.", min=1)
    ],
    project: ProjectDir = Path(),
    releases: ReleasesDir = None,
) -> None:
    """Remove old releases. What was cited of them can then no longer be asked here."""
    removed = shelf.prune(_folder(project, releases), keep)
    say(f"removed {counted(len(removed), 'release')}" + "".join(f"\n  {gone.id}" for gone in removed))


@release_app.command(epilog="Example: `muniment release check --releases /srv/restored`")
def check(project: ProjectDir = Path(), releases: ReleasesDir = None) -> None:
    """Check that every release is as it was written: each file by its SHA-256, the store by reading it. Exit code 1 if one is not."""
    damaged = 0
    for release in shelf.listed(_folder(project, releases)):
        wrong = list(shelf.damages(release))
        damaged += bool(wrong)
        say(f"{release.id}: " + ("; ".join(wrong) or "whole"))
    if damaged:
        raise typer.Exit(1)


def _folder(project: Path, releases: Path | None) -> Path:
    return releases or project_in(project).releases


def _facts(release: Release) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "id": release.id,
        "issued": release.issued,
        "title": manifest["title"],
        "triples": manifest["counts"]["triples"],
    }
