"""``muniment search``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from muniment.cli.terminal import ProjectDir, app, counted, out, print_table, project_in
from muniment.release import current_release


@app.command(epilog="Examples: `muniment search third meeting` · `muniment search confrence --limit 3`")
def search(
    words: Annotated[
        list[str],
        typer.Argument(help="Words of a name, the last of which may be a beginning; slips are forgiven."),
    ],
    limit: Annotated[int, typer.Option(help="How many things to show.", min=1, max=1000)] = 20,
    project: ProjectDir = Path(),
) -> None:
    """Find things of the current release by their labels, other names, acronyms, references and misprints."""
    found = current_release(project_in(project).releases).search().find(" ".join(words), limit=limit)
    table = Table()
    for heading in ("thing", "name that matches", "IRI"):
        table.add_column(heading, overflow="fold")
    for hit in found.hits:
        name = "" if hit.text == hit.label else f"{hit.text} ({hit.kind})"
        table.add_row(Text(hit.label), Text(name), Text(hit.iri))
    print_table(table)
    out.print(counted(found.total, "thing"))
