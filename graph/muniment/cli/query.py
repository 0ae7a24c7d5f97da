"""``muniment query`` and ``muniment export``."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from muniment import access
from muniment.access import default_prefixes
from muniment.cli.terminal import ProjectDir, app, counted, err, out, print_table, project_in
from muniment.engine import serialize
from muniment.errors import QueryRefused, QuerySyntaxError
from muniment.explain import explain_with
from muniment.files import read_text
from muniment.formats import RDF_FORMATS, RESULT_FORMATS, by_name
from muniment.release import DUMP, current_release
from muniment.results import Results
from muniment.sparql_text import query_form
from muniment.store import Store
from muniment.terms import DEFAULT_GRAPH

RdfName = Literal["turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads"]
AnswerName = Literal[
    "table", "json", "xml", "csv", "tsv", "turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads"
]
"""The names in the tables of ``muniment.formats``, written out for the command line and the type checker."""


@app.command(
    epilog="Examples: `muniment query 'SELECT ?e ?start { ?e a mun:Event ; schema:startDate ?start } LIMIT 5'` · "
    "`muniment query queries/competency/entries-per-country.rq --format csv` · "
    "`muniment query 'ASK {}' --on http://127.0.0.1:8000/sparql` · `muniment query - --on data.ttl < my.rq`"
)
def query(
    text: Annotated[
        str, typer.Argument(metavar="QUERY", help="SPARQL, a .rq file, or - for standard input.")
    ],
    on: Annotated[
        str,
        typer.Option(
            "--on", help="What to ask: a project, a release, an RDF file, or the URL of a SPARQL endpoint."
        ),
    ] = ".",
    form: Annotated[
        AnswerName | None,
        typer.Option("--format", "-f", help="Default: table, or Turtle."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds to wait for a remote endpoint.", min=0.001)
    ] = None,
    why: Annotated[
        bool,
        typer.Option("--explain", help="If there is no answer, say on stderr which part matches nothing."),
    ] = False,
) -> None:
    """Ask a question in SPARQL. The prefixes of the dataset (`mun:`, `schema:`, `org:` ...) need not be declared."""
    sparql = _read_query(text)
    kind = query_form(sparql)
    store = access.open(on)
    if form is None or form == "table":
        results = store.query(sparql, timeout=timeout)
        _show(results)
        if why and not results:
            _explain(store, sparql, timeout)
        return
    formats = RDF_FORMATS if kind in ("CONSTRUCT", "DESCRIBE") else RESULT_FORMATS
    wanted = by_name(form, formats)
    if wanted is None:
        raise QueryRefused(
            f"{form} does not fit {kind}", hint=f"Choose one of {', '.join(f.name for f in formats)}."
        )
    _write(_answer(store, sparql, wanted.media_type, timeout))


def _explain(store: Store, sparql: str, timeout: float | None) -> None:
    """Say why there is no answer."""
    found = explain_with(store, sparql, default_prefixes(), timeout=timeout)
    err.print(str(found), markup=False)


def _answer(store: Store, sparql: str, media_type: str, timeout: float | None) -> bytes:
    return store.answer(sparql, media_type, timeout=timeout)


def _read_query(text: str) -> str:
    if text == "-":
        return sys.stdin.read()
    if text.endswith(".rq"):
        path = Path(text)
        if not path.is_file():
            raise QuerySyntaxError(f"no file {text}")
        return read_text(path)
    return text


def _show(results: Results) -> None:
    if results.boolean is not None:
        out.print("true" if results.boolean else "false")
    elif results.graph is not None:
        out.print(results.graph.serialize(format="turtle"), end="")
    else:
        table = Table()
        for name in results.variables:
            table.add_column(Text(name), overflow="fold")
        for row in results:
            table.add_row(*(_cell(row.get(name)) for name in results.variables))
        print_table(table)
        out.print(counted(len(results), "row"))


def _cell(term: object) -> Text:
    return Text("" if term is None else str(term))


@app.command(
    epilog="Examples: `muniment export --format turtle -o graph.ttl` · `muniment export --format nquads | gzip > all.nq.gz`"
)
def export(
    form: Annotated[RdfName, typer.Option("--format", "-f", help="The RDF format to write.")] = "nquads",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output if not given.")
    ] = None,
    project: ProjectDir = Path(),
) -> None:
    """Write the current release: the whole dataset as N-Quads, TriG or JSON-LD, or the consolidated graph as Turtle, N-Triples or RDF/XML."""
    release = current_release(project_in(project).releases)
    if form == "nquads":
        with gzip.open(release.path / DUMP) as dump:
            _write(dump.read(), output)
        return
    wanted = by_name(form, RDF_FORMATS)
    assert wanted is not None
    quads = release.quads()
    chosen = quads if wanted.datasets else (q for q in quads if q.graph == DEFAULT_GRAPH)
    _write(serialize(chosen, wanted.media_type, release.prefixes), output)


def _write(data: bytes, output: Path | None = None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(data)
