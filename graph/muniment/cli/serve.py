"""``muniment serve``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from muniment.build import SHARES, STAGES, build, publish_files, up_to_date
from muniment.cli.terminal import ProjectDir, app, progress, project_in, say
from muniment.project import Project
from muniment.release import Release, current_release

LogFormat = Literal["text", "json"]


@app.command(
    epilog="Examples: `muniment serve` · `muniment serve --port 9000` · `muniment serve mine.ttl yours.nq` (any RDF files, as they are)"
)
def serve(
    files: Annotated[
        list[Path] | None, typer.Argument(help="RDF files to publish as they are, without a project.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[
        int, typer.Option(help="Processes that answer requests; one that dies is replaced.", min=1)
    ] = 1,
    releases: Annotated[
        Path | None,
        typer.Option(help="Serve what is built in this folder, and build nothing: it may be read-only."),
    ] = None,
    log_format: Annotated[
        LogFormat,
        typer.Option(envvar="MUNIMENT_LOG_FORMAT", help="Lines for people, or one JSON object a line."),
    ] = "text",
    project: ProjectDir = Path(),
) -> None:
    """Serve the dataset over HTTP, building it first if an input has changed; or publish RDF files just as they are."""
    place = _Place(host, port, workers, log_format)
    if files:
        with tempfile.TemporaryDirectory(prefix="muniment-") as folder:
            _run(publish_files(files, Path(folder)), place, {})
    elif releases:
        _run(current_release(releases), place, {}, follow=True)
    else:
        dataset = project_in(project)
        limits = {"in_memory_quads": dataset.in_memory_quads, "incoming_links": dataset.incoming_links}
        given = {f"MUNIMENT_{name.upper()}": str(value) for name, value in limits.items()}
        _run(_fresh(dataset), place, given, follow=True)


def _fresh(dataset: Project) -> Release:
    release = up_to_date(dataset)
    if release is None:
        with progress("Building", STAGES, SHARES) as on_stage:
            release = build(dataset, on_stage)
    return release


class _Place(NamedTuple):
    """Where, by how many processes, and with what log."""

    host: str
    port: int
    workers: int
    log_format: LogFormat


def _run(release: Release, place: _Place, given: Mapping[str, str], *, follow: bool = False) -> None:
    # the one place where the graph package reaches for the service
    from muniment_service.assets import MISSING, assets
    from muniment_service.serve import listenable, run
    from muniment_service.settings import Settings

    host, port, workers, log_format = place
    environ = {name: value for name, value in given.items() if name not in os.environ}
    Settings.from_env({**os.environ, **environ})  # a wrong one is told before any address is promised
    listenable(host, port)
    if log_format == "json":  # what follows is for people
        run(
            release.path,
            follow=follow,
            host=host,
            port=port,
            workers=workers,
            log_format=log_format,
            environ=environ,
        )
        return
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    say(f"release {release.id}: {release.manifest['title']}")
    offers = {"/": "what is here", "/sparql?query=ASK%20{}": "ask in SPARQL"}
    if thing := _example(release):
        offers[thing] = "one thing"
    width = max(map(len, offers))
    for path, what in offers.items():
        say(f"  {url}{path:{width}}  {what}")
    if not assets().bundles:
        say(MISSING)
    say("Ctrl-C ends it.")
    run(release.path, follow=follow, host=host, port=port, workers=workers, environ=environ)


def _example(release: Release) -> str | None:
    """The path of one thing of the release to look at."""
    base = release.manifest.get("base")
    if not base:
        return None
    start = f"<{base}id/event/".encode()
    line = next((line for line in release.dump() if line.startswith(start)), None)
    return "/id/" + line.split(b">", 1)[0][len(f"<{base}id/") :].decode() if line else None
