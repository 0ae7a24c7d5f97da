"""Queries as files: SPARQL under a header in ``#+`` lines that says what is asked.

    #+ title: Events on a day
    #+ question: Which events were running on 16 November 2004?
    #+ tags: [events, dates]
    SELECT ...

The header is YAML. ``parameters`` maps variables that a caller may bind to a type, such as ``parameters: {day: date}``.
``network`` is read by ``muniment.network.files``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import yaml

from muniment.errors import InputError, Where, did_you_mean
from muniment.files import read_text
from muniment.sparql_text import query_form

PARAMETER_TYPES = ("boolean", "date", "integer", "iri", "string")

_REQUIRED = ("title", "question", "tags")
_KEYS = (*_REQUIRED, "parameters", "network")
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VARIABLE = re.compile(r"[A-Za-z]\w*")
_EXAMPLE = "A query file begins with the lines `#+ title: ...`, `#+ question: ...` and `#+ tags: [...]`."


@dataclass(frozen=True)
class QueryFile:
    """A query with its header; ``text`` is the whole file (to SPARQL the header is a comment)."""

    name: str
    path: Path
    title: str
    question: str
    tags: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    """Variable (without its mark) and type of value, in order of the header."""
    text: str


def read_query(path: Path) -> QueryFile:
    """Read one ``.rq`` file.

    Raises:
        InputError: it is not UTF-8, its name is not kebab-case, its header is not as it should be, or no query follows.
    """
    text = _text(path)
    lines = header_lines(text)
    header = _Header(path, "\n".join(lines))
    if query_form(text) in (None, "UPDATE"):
        hint = "Below the header stands one SELECT, ASK, CONSTRUCT or DESCRIBE query."
        raise InputError("no query follows the header", where=Where(str(path), len(lines) + 1), hint=hint)
    parameters = header.parameters()
    return QueryFile(
        path.stem, path, header.line("title"), header.line("question"), header.tags(), parameters, text
    )


def read_queries(folder: Path) -> list[QueryFile]:
    """Read each ``.rq`` file that stands in the folder itself, by name; raises as ``read_query``."""
    return [read_query(path) for path in sorted(folder.glob("*.rq"))]


def header_lines(text: str) -> list[str]:
    """The YAML of a file's header, line by line."""
    return [
        line[2:].removeprefix(" ") for line in takewhile(lambda line: line.startswith("#+"), text.split("\n"))
    ]


def _text(path: Path) -> str:
    if not _KEBAB.fullmatch(path.stem):
        hint = "Name it in lower-case words joined by hyphens, such as events-on-a-day.rq."
        raise InputError(f"`{path.name}` is not a name for a query", where=Where(str(path)), hint=hint)
    return read_text(path)


class _Header:
    """The header as YAML nodes, so that each complaint names its line and column."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            raise self._error(
                f"the header is not YAML: {error.problem}", error.problem_mark, _EXAMPLE
            ) from error
        except yaml.YAMLError as error:
            raise self._error(f"the header is not YAML: {error}", None, _EXAMPLE) from error
        self._values = self._mapping(node) if node else {}
        for key in self._values:
            if key.value not in _KEYS:
                known = did_you_mean(str(key.value), _KEYS) or f"The header may hold {', '.join(_KEYS)}."
                raise self._error(f"the header has no key `{key.value}`", key.start_mark, known)
        self._by_name: Mapping[str, yaml.Node] = {key.value: value for key, value in self._values.items()}
        if missing := [key for key in _REQUIRED if key not in self._by_name]:
            raise self._error(f"the header lacks {', '.join(missing)}", None, _EXAMPLE)

    def line(self, key: str) -> str:
        """A value that is one line of text."""
        node = self._by_name[key]
        if isinstance(node, yaml.ScalarNode) and str(node.value).strip() and "\n" not in node.value:
            return str(node.value)
        raise self._error(f"{key} must be one line of text", node.start_mark, _EXAMPLE)

    def tags(self) -> tuple[str, ...]:
        """The tags: at least one, each in lower-case words joined by hyphens, none twice."""
        node = self._by_name["tags"]
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        tags = tuple(str(item.value) for item in items)
        if tags and len(set(tags)) == len(tags) and all(_KEBAB.fullmatch(tag) for tag in tags):
            return tags
        hint = "Write tags as `[events, dates]`: lower-case words joined by hyphens, none twice."
        raise self._error("tags must be a list of at least one tag", node.start_mark, hint)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Variables with their types; none where the header names none."""
        if (node := self._by_name.get("parameters")) is None:
            return ()
        found = self._mapping(node)
        for key, value in found.items():
            if not _VARIABLE.fullmatch(str(key.value)) or value.value not in PARAMETER_TYPES:
                hint = f"Write parameters as `{{day: date}}`; the types are {', '.join(PARAMETER_TYPES)}."
                raise self._error(f"`{key.value}` is no variable with a known type", key.start_mark, hint)
        return tuple((str(key.value), str(value.value)) for key, value in found.items())

    def _mapping(self, node: yaml.Node) -> dict[yaml.Node, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error("this must be `key: value`", node.start_mark, _EXAMPLE)
        names = [str(key.value) for key, _ in node.value]
        for index, (key, _) in enumerate(node.value):
            if names.index(names[index]) < index:
                raise self._error(f"`{names[index]}` stands here twice", key.start_mark, "Keep one of them.")
        return dict(node.value)

    def _error(self, message: str, mark: yaml.Mark | None, hint: str) -> InputError:
        where = Where(str(self._path), mark.line + 1, mark.column + 4) if mark else Where(str(self._path), 1)
        return InputError(message, where=where, hint=hint)
