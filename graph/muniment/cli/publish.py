"""``muniment publish``."""

from __future__ import annotations

import dataclasses
import gzip
import os
from pathlib import Path
from typing import Annotated

import typer

from muniment.cli.terminal import AsJson, ProjectDir, app, counted, print_json, progress, project_in, say
from muniment.errors import InputError
from muniment.release import Release, current_release, open_release


@app.command(
    epilog="Examples: `muniment publish --to http://127.0.0.1:7878/query` · `muniment publish --to https://db.example/sparql --prune` · "
    "`muniment publish --write release.nq.gz` (for an engine's own bulk loader)",
)
def publish(
    to: Annotated[str | None, typer.Option(help="The address of the engine's SPARQL endpoint.")] = None,
    update: Annotated[
        str | None, typer.Option(help="Where it takes updates, if not where engines of its kind do.")
    ] = None,
    bulk: Annotated[str | None, typer.Option(help="Where it takes N-Quads, likewise.")] = None,
    engine: Annotated[str | None, typer.Option(help="Its kind, if it does not say so itself.")] = None,
    release: Annotated[
        Path | None, typer.Option(help="The directory of a release; if not given, the current one.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Write N-Quads for the engine's own loader instead, gzipped.")
    ] = None,
    afresh: Annotated[bool, typer.Option("--afresh", help="Load all of it again.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Afterwards remove all other releases.")] = False,
    project: ProjectDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Publish a release to a SPARQL 1.1 engine: load it, verify it, switch to it.

    What was published before stays visible until the new release is there as a whole, and is kept until `--prune`. Interrupted, the same
    command goes on where it stopped. Credentials come from `MUNIMENT_STORE_USER` and `MUNIMENT_STORE_PASSWORD`, or `MUNIMENT_STORE_TOKEN`.
    """
    chosen = open_release(release) if release else current_release(project_in(project).releases)
    if write:
        _write(chosen, write)
    elif to is None:
        raise InputError("no engine is named", hint="Say where to: `muniment publish --to URL`.")
    if to is None:
        return
    from muniment.engines.publish import STAGES
    from muniment.engines.publish import publish as publish_release
    from muniment.engines.table import engine_named
    from muniment.engines.target import Addresses, Target
    from muniment.engines.wire import Credentials

    kind = engine_named(engine) if engine else None
    target = Target(Addresses(to, update, bulk), kind, Credentials.from_env(os.environ))
    try:
        with progress("Publishing", STAGES) as on_stage:
            done = publish_release(chosen, target, on_stage, afresh=afresh, prune=prune)
    finally:
        target.close()
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    kept = f"; {done.previous} is kept" if done.previous not in (None, done.release, *done.pruned) else ""
    say(
        f"release {done.release} is published ({done.engine}): {counted(done.quads, 'quad')} in {counted(done.graphs + 1, 'graph')}, "
        f"{done.sent:,} of them sent now{kept}"
    )
    if done.pruned:
        say(f"removed: {', '.join(done.pruned)}")


def _write(release: Release, path: Path) -> None:
    from muniment.engines.publish import held_quads

    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(quad.line() for quad in held_quads(release.id, release.quads()))
    say(f"{path}: load it into the engine, then `muniment publish --to` verifies it and switches.")
