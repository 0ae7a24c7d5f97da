"""Queries as files: SPARQL under a header in ``#+`` lines that says what is asked.

    #+ title: Events on a day
    #+ question: Which events were running on a day?
    #+ tags: [events, dates]
    #+ parameters: {day: date}
    SELECT ... FILTER(?start <= ?_day && ?_day <= ?end)

The header is YAML (``muniment.query_header``). A parameter binds the variable of its name, better written with an underscore that shows
what it is (``?_day``); the names of grlc say the type themselves (``?_day_date``, and ``?__day_date`` for one that may be left out).
``network`` is read by ``muniment.network.files``, ``page`` by ``muniment.sections``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

from muniment.binding import assigned, bind, cannot_be_paged, parsed_query
from muniment.errors import InputError, QueryError, QuerySyntaxError, Where, did_you_mean, raise_all
from muniment.files import read_text
from muniment.parameters import TYPES, Parameter, sample
from muniment.query_header import KEBAB, Header
from muniment.sparql.parse import Node
from muniment.sparql.tokens import Token
from muniment.sparql_text import query_form
from muniment.syntax import place

_FORMAT = 2
"""Of the document that a release keeps; to be raised when what is read in a file becomes something else."""
_GRLC_TYPES = {**{name: name for name in TYPES if name != "concept"}, "literal": "string"}
_GRLC_NAME = re.compile(rf"(__?)([A-Za-z][A-Za-z0-9]*)_({'|'.join(_GRLC_TYPES)})")


@dataclass(frozen=True)
class QueryFile:
    """A query with its header; ``text`` is the whole file (to SPARQL the header is a comment)."""

    name: str
    path: Path
    title: str
    question: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    """In order of the header."""
    text: str
    pagination: int | None = None
    """Rows of a page."""

    @property
    def folder(self) -> str:
        """The folder that says what the query is for."""
        return self.path.parent.name

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        return query_form(self.text) or ""


def read_query(path: Path) -> QueryFile:
    """Read one ``.rq`` file.

    Raises:
        InputError: it is not UTF-8, its name is not kebab-case, its header is not as it should be, or no query follows.
    """
    if not KEBAB.fullmatch(path.stem):
        hint = "Name it in lower-case words joined by hyphens, such as events-on-a-day.rq."
        raise InputError(f"`{path.name}` is not a name for a query", where=Where(str(path)), hint=hint)
    return query_of(path, read_text(path))


# A build reads each query more than once, and the releases of a folder mostly have the same ones.
@lru_cache(1024)
def query_of(path: Path, text: str) -> QueryFile:
    """The query in the text of a file; raises as ``read_query``."""
    lines = header_lines(text)
    header = Header(path, "\n".join(lines))
    if query_form(text) in (None, "UPDATE"):
        hint = "Below the header stands one SELECT, ASK, CONSTRUCT or DESCRIBE query."
        raise InputError("no query follows the header", where=Where(str(path), len(lines) + 1), hint=hint)
    root = _parsed(path, text)
    header.check_method()
    declared = header.parameters(list(_implied(root, path, text)))
    found = QueryFile(
        path.stem,
        path,
        header.line("title"),
        header.line("question"),
        header.tags(),
        tuple(_with_variables(parameter, root) for parameter in declared),
        text,
        header.pagination(),
    )
    _check_variables(found, root)
    _check_pages(found, root, header)
    return found


def read_queries(folder: Path) -> list[QueryFile]:
    """Read each ``.rq`` file that stands in the folder itself, by name; raises as ``read_query``."""
    return [read_query(path) for path in sorted(folder.glob("*.rq"))]


def header_lines(text: str) -> list[str]:
    """The YAML of a file's header, line by line."""
    return [
        line[2:].removeprefix(" ") for line in takewhile(lambda line: line.startswith("#+"), text.split("\n"))
    ]


def read_saved(folder: Path) -> list[QueryFile]:
    """Read the queries of every folder below this one, in order of folder and name.

    Raises:
        InputError: one is not as it should be, or two have the same name; all that is wrong is told together.
    """
    found: list[QueryFile] = []
    errors: list[InputError] = []
    for path in sorted(folder.glob("*/*.rq")):
        try:
            found.append(read_query(path))
        except InputError as error:
            errors.append(error)
    raise_all([*errors, *_same_names(found)])
    return found


def _same_names(queries: Iterable[QueryFile]) -> Iterator[InputError]:
    first: dict[str, QueryFile] = {}
    for query in queries:
        other = first.setdefault(query.name, query)
        if other is not query:
            message = f"`{query.name}` is the name of {other.folder}/{other.path.name} too"
            hint = "A query is known by its name alone, whatever its folder. Rename one of them."
            yield InputError(message, where=Where(str(query.path), 1), hint=hint)


def try_out(query: QueryFile, ask: Mapping[str, str]) -> str:
    """The query with its parameters bound to these terms, or to a sample of their type where there is none."""
    terms = {v: ask.get(p.name) or sample(p) for p in query.parameters for v in p.variables}
    return bind(query.text, terms)


def without_header(text: str) -> str:
    """The SPARQL alone, of a whole file or of a query that was bound."""
    return "\n".join(dropwhile(lambda line: line.startswith("#+"), text.split("\n"))).strip()


def to_json(queries: Sequence[QueryFile], *, with_read: bool = True) -> str:
    """Queries as a document that a release keeps: where each stood, its text, and what was read and checked in it when the release was built.

    Args:
        with_read: False for the first two alone, which is what the queries are, whatever a version of the software reads in them.
    """
    entries = [{"file": f"{q.folder}/{q.path.name}", "text": q.text} for q in queries]
    if not with_read:
        return _written({"queries": entries})
    read = [{**entry, "read": _read(query)} for entry, query in zip(entries, queries, strict=True)]
    return _written({"format": _FORMAT, "queries": read})


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def from_json(document: str) -> list[QueryFile]:
    """Read what ``to_json`` wrote; what another version read in the texts is read anew. Raises as ``read_query``."""
    told = json.loads(document)
    entries = told["queries"]
    if told.get("format") != _FORMAT:
        return [query_of(Path(entry["file"]), entry["text"]) for entry in entries]
    return [_as_read(Path(entry["file"]), entry["text"], entry["read"]) for entry in entries]


def _read(query: QueryFile) -> dict[str, Any]:
    found = asdict(query)
    for parameter in found["parameters"]:
        del parameter["where"]
    return {key: value for key, value in found.items() if key not in ("name", "path", "text")}


def _as_read(path: Path, text: str, read: dict[str, Any]) -> QueryFile:
    parameters = tuple(Parameter(**_with_tuples(told)) for told in read["parameters"])
    told = {**_with_tuples(read), "parameters": parameters}
    return QueryFile(name=path.stem, path=path, text=text, **told)


def _with_tuples(told: dict[str, Any]) -> dict[str, Any]:
    """JSON has no tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}


def find(name: str, queries: Sequence[QueryFile]) -> QueryFile | None:
    """The query of that name."""
    return next((query for query in queries if query.name == name), None)


def _parsed(path: Path, text: str) -> Node:
    try:
        return parsed_query(text)
    except QuerySyntaxError as error:
        raise InputError(
            error.message, where=Where(str(path), error.line, error.column), hint=error.hint
        ) from error


def _implied(root: Node, path: Path, text: str) -> Iterator[Parameter]:
    """Parameters whose variable says name and type, as grlc has them."""
    for token in root.tokens("VAR"):
        if found := _GRLC_NAME.fullmatch(token.text[1:]):
            mark, name, kind = found.groups()
            where = Where(str(path), *place(text, token.start))
            yield Parameter(name, _GRLC_TYPES[kind], optional=mark == "__", where=where)


def _with_variables(parameter: Parameter, root: Node) -> Parameter:
    used = dict.fromkeys(token.text[1:] for token in root.tokens("VAR"))
    marked = tuple(variable for variable in used if _named(variable) == parameter.name)
    plain = (parameter.name,) if parameter.name in used else ()
    return replace(parameter, variables=marked or plain)


def _named(variable: str) -> str | None:
    """The parameter that a variable with an underscore in front stands for."""
    if found := _GRLC_NAME.fullmatch(variable):
        return found[2]
    return variable.lstrip("_") if variable.startswith("_") else None


def _check_variables(query: QueryFile, root: Node) -> None:
    """Nothing, or a parameter that the query cannot take."""
    names = [parameter.name for parameter in query.parameters]
    for parameter in query.parameters:
        if not parameter.variables:
            message = f"the query does not use the parameter `{parameter.name}`"
            raise InputError(
                message,
                where=parameter.where,
                hint=f"Write `?_{parameter.name}` in it, or leave the parameter out.",
            )
    for token in root.tokens("VAR"):
        if token.text[1:].startswith("_") and _named(token.text[1:]) not in names:
            name = token.text[1:].lstrip("_")
            hint = did_you_mean(name, names) or f"Declare it: `#+ parameters: {{{name}: string}}`."
            raise _at(query, token, f"`{token.text}` is no parameter of the header", hint)
    bound = {variable for parameter in query.parameters for variable in parameter.variables}
    for token in assigned(root):
        if token.text[1:] in bound:
            hint = "A parameter has its value from outside: give this variable another name."
            raise _at(query, token, f"the query itself gives `{token.text}` a value", hint)
    for minus in root.nodes("Minus"):
        for token in minus.tokens("VAR"):
            if token.text[1:] in bound:
                hint = "MINUS compares variables, and a parameter is none: write FILTER NOT EXISTS { ... }."
                raise _at(query, token, f"the parameter `{token.text}` stands in MINUS", hint)
    try:
        parsed_query(try_out(query, {}))
    except QueryError as error:
        raise InputError(
            f"bound, the query is not SPARQL: {error.message}",
            where=Where(str(query.path), 1),
            hint=error.hint,
        ) from error


def _check_pages(query: QueryFile, root: Node, header: Header) -> None:
    """Nothing, or why the answer cannot come in pages."""
    if query.pagination is None:
        return
    if query.form != "SELECT":
        hint = "Only the rows of a SELECT come in pages. Leave `pagination` out."
        raise InputError(f"{query.form} has no pages", where=header.place("pagination"), hint=hint)
    if token := cannot_be_paged(root):
        hint = f"Leave the {token.kind} out, or `pagination`."
        raise _at(query, token, f"a paged query has no {token.kind} of its own", hint)


def _at(query: QueryFile, token: Token, message: str, hint: str) -> InputError:
    return InputError(message, where=Where(str(query.path), *place(query.text, token.start)), hint=hint)
