"""``muniment export``."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Annotated

import typer

from muniment.cli.query import RdfName, write
from muniment.cli.terminal import ProjectDir, app, counted, progress, project_in, say
from muniment.engine import serialize
from muniment.formats import RDF_FORMATS, by_name
from muniment.project import Project
from muniment.release import DUMP, current_release
from muniment.terms import DEFAULT_GRAPH


@app.command(
    epilog="Examples: `muniment export site` · `muniment export site --address https://example.org/archive/` · "
    "`muniment export --format turtle -o graph.ttl` · `muniment export --format nquads | gzip > all.nq.gz`"
)
def export(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Write a static site there: pages, Turtle, JSON-LD and N-Triples of everything, dumps, search. New, empty, or an earlier export, which is replaced.",
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="With DIR: where the folder will be hosted. If not given, the catalogue gives downloads under the base of the dataset.",
        ),
    ] = None,
    form: Annotated[
        RdfName | None,
        typer.Option("--format", "-f", help="The RDF format to write.", show_default="nquads"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output if not given.")
    ] = None,
    project: ProjectDir = Path(),
) -> None:
    """Write the current release: the whole dataset as N-Quads, TriG or JSON-LD, or the consolidated graph as Turtle, N-Triples or RDF/XML; with DIR, a static site that any file server can host."""
    dataset = project_in(project)
    if folder is not None:
        if form or output:
            raise typer.BadParameter(
                "a site has all formats; leave out --format and --output", param_hint="DIR"
            )
        _site(dataset, folder, address)
        return
    if address:
        raise typer.BadParameter("it is for a site: name its folder", param_hint="--address")
    release = current_release(dataset.releases)
    wanted = by_name(form or "nquads", RDF_FORMATS)
    assert wanted is not None
    if wanted.name == "nquads":
        with gzip.open(release.path / DUMP) as dump:
            write(dump.read(), output)
        return
    quads = release.quads()
    chosen = quads if wanted.datasets else (q for q in quads if q.graph == DEFAULT_GRAPH)
    write(serialize(chosen, wanted.media_type, release.prefixes), output)


def _site(dataset: Project, folder: Path, address: str | None) -> None:
    # the service is reached for only here and in `muniment serve`
    from muniment_service.static_site.site import STAGES
    from muniment_service.static_site.site import export as export_site

    if address is not None:
        if not address.startswith(("http://", "https://")) or set(address) & set(' <>"{}|\\^`?#\n'):
            raise typer.BadParameter(f"{address} is no http or https address", param_hint="--address")
        address = address.rstrip("/") + "/"
    limits = {
        "MUNIMENT_INCOMING_LINKS": str(dataset.incoming_links),
        "MUNIMENT_IN_MEMORY_QUADS": str(dataset.in_memory_quads),
    }
    with progress("Exporting", STAGES) as on_stage:
        done = export_site(
            current_release(dataset.releases), folder, address=address, environ=limits, on_stage=on_stage
        )
    say(
        f"{folder}: {counted(done.documents, 'document')}, {counted(done.names, 'name')} that lead to them, {counted(done.searchable, 'thing')} to search, "
        f"{counted(done.dumps, 'dump')}; {counted(done.files, 'file')}, {done.bytes / 1e6:,.1f} MB"
    )
    say("HOSTING.md in it says how to host it.")
