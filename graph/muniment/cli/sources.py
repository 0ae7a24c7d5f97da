"""``muniment sources`` and ``muniment format``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from muniment.canonical import canonical, files_to_format
from muniment.claims import read_claims, source_files
from muniment.cli.terminal import AsJson, ProjectDir, app, complain, print_json, print_table, project_in, say
from muniment.coverage import Coverage, compressed, coverage
from muniment.vocabulary import read_vocabulary


@app.command(epilog="Examples: `muniment sources` · `muniment sources --against ~/documents --json`")
def sources(
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            help="The folder that holds the source documents. [default: documents/ of the dataset]",
            show_default=False,
        ),
    ] = None,
    project: ProjectDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Hold the claims against the source documents.

    Verifies hash, line ranges and printed forms, and prints how many lines are claimed, set aside (and why), or not accounted for.
    Exit code 1 if a line that is not blank is missing, or something disagrees.
    """
    dataset = project_in(project)
    context = read_vocabulary(dataset).context
    claims = read_claims(source_files(dataset.sources), context, dataset.ids)
    found = coverage(claims, against or dataset.root / "documents", dataset.ids)
    if as_json:
        print_json([_as_json(source) for source in found])
    else:
        _print(found)
    if not all(source.complete for source in found):
        raise typer.Exit(1)


def _print(found: list[Coverage]) -> None:
    table = Table("source", "lines", "blank", "claimed", "set aside", "missing")
    for source in found:
        if not source.present:
            table.add_row(f"{source.label}\n{source.file}", *["?"] * 4, "not found")
            continue
        aside = "\n".join(
            f"{reason}: {compressed(lines)}" for reason, lines in sorted(source.set_aside.items())
        )
        table.add_row(
            f"{source.label}\n{source.file}",
            str(source.lines),
            str(source.blank),
            str(len(source.claimed)),
            aside,
            compressed(source.missing) or "none",
        )
    print_table(table)
    for source in found:
        for problem in source.problems:
            complain(str(problem))


def _as_json(source: Coverage) -> dict[str, Any]:
    return {
        "source": source.source,
        "file": source.file,
        "present": source.present,
        "lines": source.lines,
        "blank": source.blank,
        "claimed": sorted(source.claimed),
        "setAside": {reason: sorted(lines) for reason, lines in sorted(source.set_aside.items())},
        "missing": source.missing,
        "problems": [str(problem) for problem in source.problems],
    }


@app.command(name="format", epilog="Examples: `muniment format` · `muniment format --check`")
def format_files(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 if a file is not canonical.")
    ] = False,
    project: ProjectDir = Path(),
) -> None:
    """Write the dataset's Turtle and YAML files in canonical form, so that a diff shows a change in meaning."""
    dataset = project_in(project)
    prefixes = read_vocabulary(dataset).prefixes()
    own = [f for f in (dataset.ontology, dataset.shapes, dataset.sources) if f.is_relative_to(dataset.root)]
    changed = []
    for path in files_to_format(own):
        text = canonical(path, prefixes)
        if text != path.read_text(encoding="utf-8"):
            changed.append(path)
            if not check:
                path.write_text(text, encoding="utf-8")
    for path in changed:
        say(f"{'not canonical' if check else 'formatted'}: {path}")
    if check and changed:
        complain("run `muniment format`")
        raise typer.Exit(1)
