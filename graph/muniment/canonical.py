"""Canonical files: one way to write each, so that a change in git is a change in meaning.

Turtle is rdflib's ``longturtle`` with canonical blank nodes (12 shuffles of one graph give one file); it keeps no comments, so prose
belongs in ``rdfs:comment`` or ``skos:editorialNote``. YAML keeps its comments and the writer's choice of block or flow style; indentation,
line length and white space are settled. Both are pure functions of the text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import rdflib
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muniment.errors import InputError, Where
from muniment.files import read_text

_TRAILING = re.compile(r'(?P<text>"{3}(?:[^"\\]|\\.|"(?!""))*"{3})|[ \t]+$', re.MULTILINE | re.DOTALL)
"""White space at the end of a line of Turtle; that within a text of several lines belongs to the text."""
WIDTH = 4096  # lines are never broken: a value on two lines cannot be searched for


def canonical_turtle(text: str, prefixes: Mapping[str, str], path: Path) -> str:
    """Turtle in canonical form, with those prefixes of the table that it uses.

    Raises:
        InputError: the text is not Turtle.
    """
    graph = rdflib.Graph(bind_namespaces="none")
    try:
        graph.parse(data=text, format="turtle")
    except Exception as error:  # rdflib's notation3 parser raises whatever comes up
        line = getattr(error, "lines", None)
        message = str(error).strip().splitlines()[0]
        raise InputError(
            f"not Turtle: {message}", where=Where(str(path), line + 1 if line is not None else None)
        ) from error
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace, replace=True, override=True)
    written = graph.serialize(format="longturtle", canon=True)
    return _TRAILING.sub(lambda match: match["text"] or "", written).strip() + "\n"


def canonical_yaml(text: str, path: Path) -> str:
    """YAML with settled white space; comments, order and style stay.

    Raises:
        InputError: the text is not YAML.
    """
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=2, offset=0)
    try:
        found = yaml.load(text)
    except ValueError as error:  # a day that does not exist; the strict reader says where
        raise InputError(f"a value cannot be read: {error}", where=Where(str(path))) from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Where(str(path), mark.line + 1, mark.column + 1) if mark else Where(str(path))
        raise InputError(f"not YAML: {getattr(error, 'problem', None) or error}", where=where) from error
    out = io.StringIO()
    yaml.dump(found, out)
    return re.sub(r"[ \t]+$", "", out.getvalue(), flags=re.MULTILINE).strip() + "\n"


def canonical(path: Path, prefixes: Mapping[str, str]) -> str:
    """The canonical text of a Turtle or YAML file."""
    text = read_text(path)
    return canonical_turtle(text, prefixes, path) if path.suffix == ".ttl" else canonical_yaml(text, path)


def files_to_format(folders: Iterable[Path]) -> Iterator[Path]:
    """The Turtle and YAML files of the folders, sorted."""
    for folder in folders:
        yield from sorted(path for path in folder.glob("*") if path.suffix in (".ttl", ".yaml", ".yml"))
