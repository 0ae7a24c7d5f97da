"""``muniment query``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from muniment import access
from muniment.binding import bind
from muniment.cli.terminal import app, counted, err, out, print_table
from muniment.errors import MunimentError, QueryRefused, QuerySyntaxError, did_you_mean
from muniment.explain import explain_with
from muniment.files import read_text
from muniment.formats import RDF_FORMATS, RESULT_FORMATS, by_name
from muniment.parameters import Space, terms_of
from muniment.project import find_project
from muniment.queries import QueryFile, find, read_query
from muniment.query_header import KEBAB
from muniment.release import MANIFEST, current_release, open_release
from muniment.results import Results
from muniment.sparql_text import query_form
from muniment.store import Store
from muniment.vocabulary import default_prefixes

RdfName = Literal["turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads"]
AnswerName = Literal[
    "table", "json", "xml", "csv", "tsv", "turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads"
]
"""The names in the tables of ``muniment.formats``, written out for the command line and the type checker."""


@app.command(
    epilog="Examples: `muniment query 'SELECT ?e ?start { ?e a mun:Event ; schema:startDate ?start } LIMIT 5'` · "
    "`muniment query queries/competency/entries-per-country.rq --format csv` · "
    "`muniment query events-of-a-body --param body=body/secretariat` · "
    "`muniment query 'ASK {}' --on http://127.0.0.1:8000/sparql` · `muniment query - --on data.ttl < my.rq`"
)
def query(
    text: Annotated[
        str,
        typer.Argument(
            metavar="QUERY", help="SPARQL, the name of a saved query, a .rq file, or - for standard input."
        ),
    ],
    on: Annotated[
        str,
        typer.Option(
            "--on", help="What to ask: a project, a release, an RDF file, or the URL of a SPARQL endpoint."
        ),
    ] = ".",
    given: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of a saved query; repeatable."),
    ] = None,
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
    sparql = _bound(text, on, given or [])
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
    write(_answer(store, sparql, wanted.media_type, timeout))


def _explain(store: Store, sparql: str, timeout: float | None) -> None:
    """Say why there is no answer."""
    found = explain_with(store, sparql, default_prefixes(), timeout=timeout)
    err.print(str(found), markup=False)


def _answer(store: Store, sparql: str, media_type: str, timeout: float | None) -> bytes:
    return store.answer(sparql, media_type, timeout=timeout)


def _bound(text: str, on: str, given: list[str]) -> str:
    """The SPARQL text of what is asked, its parameters bound."""
    path = Path(text)
    if text.endswith(".rq") and not path.is_file():
        raise QuerySyntaxError(f"no file {text}")
    if KEBAB.fullmatch(text):
        saved, space = _saved(text, on)
    elif text.endswith(".rq") and (given or read_text(path).startswith("#+")):
        saved, space = read_query(path), _saved_queries(on)[1]
    elif given:
        hint = "Name a saved query, or a .rq file whose header declares the parameters."
        raise QueryRefused("SPARQL itself has no parameters", hint=hint)
    else:
        return sys.stdin.read() if text == "-" else read_text(path) if text.endswith(".rq") else text
    return bind(saved.text, terms_of(saved.parameters, _pairs(given), space)[0])


def _saved(name: str, on: str) -> tuple[QueryFile, Space]:
    queries, space = _saved_queries(on)
    found = find(name, queries)
    if found is None:
        names = [query.name for query in queries]
        asked = sorted(query.name for query in queries if query.parameters)
        hint = did_you_mean(name, names) or (
            f"There are {len(names)}. Those with parameters are {', '.join(asked)}; the service lists all at /queries."
            if asked
            else f"There are {', '.join(sorted(names)) or 'none'}."
        )
        raise QueryRefused(f"no saved query `{name}`", hint=hint)
    return found, space


def _saved_queries(on: str) -> tuple[list[QueryFile], Space]:
    """The queries of the release that is asked, else of the project around the working directory, which may ask an endpoint."""
    try:
        path = Path(on)
        here = path if path.is_dir() else Path()
        release = (
            open_release(here)
            if (here / MANIFEST).is_file()
            else current_release(find_project(here).releases)
        )
    except MunimentError:
        return [], Space(default_prefixes())
    return release.queries(), Space(release.prefixes, release.manifest.get("base"))


def _pairs(given: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not equals or name in pairs:
            raise QueryRefused(f"`{entry}` is no parameter", hint="Write each once, as `--param name=value`.")
        pairs[name] = value
    return pairs


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


def write(data: bytes, output: Path | None = None) -> None:
    """Write to a file, or to standard output."""
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(data)
