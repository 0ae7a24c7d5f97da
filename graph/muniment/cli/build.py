"""``muniment build`` and ``muniment check``."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from muniment import review as reviewing
from muniment.build import SHARES, STAGES, up_to_date
from muniment.build import build as build_release
from muniment.cli.terminal import AsJson, ProjectDir, app, counted, out, print_json, progress, project_in, say
from muniment.errors import ValidationFailed
from muniment.review import Finding, by_record, review

_STYLES = {"Violation": "bold red", "Warning": "yellow", "Info": "cyan"}


@app.command(
    epilog="Examples: `muniment build` · `muniment build --if-changed` · `muniment build --json | jq -r .id`",
)
def build(
    project: ProjectDir = Path(),
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Do nothing when no input has changed.")
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Validate everything, not only what changed since the current release."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build, validate and write a release, and make it the current one.

    A build that fails changes nothing. The same input gives the same release. Where the current release was built with the same shapes, only
    what changed is validated again, with the same report; `validated.json` in the new one names that release.
    """
    dataset = project_in(project)
    release = up_to_date(dataset) if if_changed else None
    if release is None:
        with progress("Building", STAGES, SHARES) as on_stage:
            try:
                release = build_release(dataset, on_stage, full)
            except ValidationFailed as failed:
                failed.hint = "`muniment check` lists what to mend. The current release is untouched."
                raise
    if as_json:
        print_json(release.manifest)
        return
    counts, checks = release.manifest["counts"], release.manifest["validation"]
    say(
        f"release {release.id}: {counted(counts['triples'], 'triple')}, {counted(counts['claims'], 'claim')}, "
        f"{counted(checks['Warning'], 'warning')}, in {release.path}"
    )
    if not full and (validated := release.validated):
        nodes = counted(validated["focus_nodes"], "focus node")
        say(f"{nodes} validated for what changed since release {validated['since']}.")
    if checks["Warning"]:
        say("`muniment check` lists the warnings.")


@app.command(epilog="Examples: `muniment check` · `muniment check --json | jq '.[].message'`")
def check(project: ProjectDir = Path(), as_json: AsJson = False) -> None:
    """Check sources, ontology and queries without building.

    Prints what the shapes and the checks in `queries/checks` find, grouped by record, with file, line and how to mend it.
    Exit code 1 if there is a violation.
    """
    dataset = project_in(project)
    with progress("Checking", reviewing.STAGES) as on_stage:
        findings = review(dataset, on_stage)
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        _print(findings)
    if any(finding.severity == "Violation" for finding in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    for record, found in by_record(findings).items():
        out.print(record, style="bold")
        for finding in found:
            place = f"{finding.where}: " if finding.where else ""
            out.print(f"  {place}", end="")
            out.print(finding.severity.lower(), style=_STYLES[finding.severity], end=" ")
            out.print(f"{finding.message}  ({finding.rule.rpartition('#')[2]})")
    totals = Counter(finding.severity for finding in findings)
    nouns = {"Violation": "violation", "Warning": "warning", "Info": "note"}
    say(", ".join(counted(totals[severity], noun) for severity, noun in nouns.items()))
