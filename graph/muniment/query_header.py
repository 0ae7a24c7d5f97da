"""The header of a query file: YAML in ``#+`` lines, read as nodes so that each complaint names its line and column.

The keys follow the decorators of grlc (https://github.com/CLARIAH/grlc) where it has one: ``summary`` and ``description`` (here also
``title`` and ``question``), ``tags``, ``defaults``, ``enumerate``, ``pagination``, ``method``. ``parameters`` is our own and says the type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from muniment.errors import InputError, ParameterError, Where, did_you_mean
from muniment.parameters import RESERVED, TYPES, Parameter, Space, term_of

KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
EXAMPLE = "A query file begins with the lines `#+ title: ...`, `#+ question: ...` and `#+ tags: [...]`."

_REQUIRED = ("title", "question", "tags")
_SAME = {"summary": "title", "description": "question"}
_KEYS = (*_REQUIRED, "parameters", "pagination", "defaults", "enumerate", "method", "network", "page", *_SAME)
_ELSEWHERE = {
    "endpoint": "A saved query asks the release that it belongs to. Leave the key out.",
    "endpoint_in_url": "A saved query asks the release that it belongs to. Leave the key out.",
    "endpoint-method": "Leave the key out.",
    "transform": "Answers come in the formats of SPARQL and RDF. Leave the key out.",
}
"""What grlc knows and we do not, and why."""
_OF_A_PARAMETER = (
    "type",
    "class",
    "scheme",
    "values",
    "default",
    "example",
    "optional",
    "label",
    "description",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.IGNORECASE)
_MOST_A_PAGE = 10_000
_ANYWHERE = Space(base="urn:muniment:")
_PREFIXED = re.compile(r"[A-Za-z][\w.\-]*:[^\s<>\"{}|\\^`]*")


class Header:
    """The header of one file."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            raise self._error(
                f"the header is not YAML: {error.problem}", error.problem_mark, EXAMPLE
            ) from error
        except yaml.YAMLError as error:
            raise self._error(f"the header is not YAML: {error}", None, EXAMPLE) from error
        self._by_name: dict[str, yaml.Node] = {}
        for key, value in (self._mapping(node, EXAMPLE) if node else {}).items():
            self._add(key, value)
        if missing := [key for key in _REQUIRED if key not in self._by_name]:
            raise self._error(f"the header lacks {', '.join(missing)}", None, EXAMPLE)

    def _add(self, key: yaml.Node, value: yaml.Node) -> None:
        written = str(key.value)
        if written not in _KEYS:
            known = did_you_mean(written, _KEYS) or f"The header may hold {', '.join(_KEYS)}."
            raise self._error(
                f"the header has no key `{written}`", key.start_mark, _ELSEWHERE.get(written, known)
            )
        name = _SAME.get(written, written)
        if name in self._by_name:
            raise self._error(f"`{written}` and `{name}` say the same", key.start_mark, "Keep one of them.")
        self._by_name[name] = value

    def line(self, key: str) -> str:
        """A value that is one line of text."""
        return self._line(key, self._by_name[key])

    def tags(self) -> tuple[str, ...]:
        """The tags: at least one, each in lower-case words joined by hyphens, none twice."""
        node = self._by_name["tags"]
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        tags = tuple(str(item.value) for item in items)
        if tags and len(set(tags)) == len(tags) and all(KEBAB.fullmatch(tag) for tag in tags):
            return tags
        hint = "Write tags as `[events, dates]`: lower-case words joined by hyphens, none twice."
        raise self._error("tags must be a list of at least one tag", node.start_mark, hint)

    def pagination(self) -> int | None:
        """How many rows a page has, where the header says so."""
        node = self._by_name.get("pagination")
        if node is None:
            return None
        if re.fullmatch(r"[1-9]\d{0,4}", str(node.value)) and int(node.value) <= _MOST_A_PAGE:
            return int(node.value)
        hint = f"Write a whole number from 1 to {_MOST_A_PAGE:,}: `pagination: 50`."
        raise self._error(f"`pagination: {_shown(node)}` is no number of rows", node.start_mark, hint)

    def check_method(self) -> None:
        """Nothing, or that the query cannot be asked for by this method."""
        node = self._by_name.get("method")
        if node is not None and str(node.value).upper() != "GET":
            hint = "Answers have addresses, so that they can be cited: leave the key out, or write `method: GET`."
            raise self._error(f"`method: {_shown(node)}` is not offered", node.start_mark, hint)

    def place(self, key: str) -> Where:
        """Where the value of a key stands."""
        node = self._by_name.get(key)
        return self._where(node.start_mark if node else None)

    def parameters(self, implied: Sequence[Parameter]) -> tuple[Parameter, ...]:
        """The parameters: those that the header declares, and those that the query implies by a grlc name such as ``?_day_date``."""
        found = {parameter.name: parameter for parameter in implied}
        node = self._by_name.get("parameters")
        for key, value in (self._mapping(node, _PARAMETERS) if node else {}).items():
            found[str(key.value)] = self._parameter(key, value)
        for key, value in self._pairs("defaults"):
            self._known(key, found)
            found[key.value] = replace(found[key.value], default=self._line(str(key.value), value))
        for key, value in self._pairs("enumerate"):
            self._known(key, found)
            found[key.value] = replace(found[key.value], values=self._values(value))
        for parameter in found.values():
            self._check(parameter)
        return tuple(found.values())

    def _parameter(self, key: yaml.Node, value: yaml.Node) -> Parameter:
        name, where = str(key.value), self._where(key.start_mark)
        if not _NAME.fullmatch(name):
            hint = "A parameter is named by letters, digits and `_`, without the mark of a variable."
            raise self._error(f"`{name}` is no name for a parameter", key.start_mark, hint)
        if name in RESERVED:
            hint = f"The service itself uses {', '.join(RESERVED)}. Choose another name."
            raise self._error(f"`{name}` is taken", key.start_mark, hint)
        if isinstance(value, yaml.ScalarNode):
            return Parameter(name, self._type(value), where=where)
        given = {str(k.value): (k, v) for k, v in self._mapping(value, _PARAMETERS).items()}
        for word, (k, _) in given.items():
            if word not in _OF_A_PARAMETER:
                hint = did_you_mean(word, _OF_A_PARAMETER) or f"It may hold {', '.join(_OF_A_PARAMETER)}."
                raise self._error(f"a parameter has no key `{word}`", k.start_mark, hint)
        if "type" not in given:
            raise self._error(f"`{name}` has no type", key.start_mark, _PARAMETERS)

        def text(word: str) -> str | None:
            return self._line(word, given[word][1]) if word in given else None

        kind = self._type(given["type"][1])
        for word, wanted in (("class", "iri"), ("scheme", "concept")):
            if word in given and kind != wanted:
                hint = f"Write `type: {wanted}`, or leave `{word}` out."
                raise self._error(
                    f"a parameter of type {kind} has no {word}", given[word][0].start_mark, hint
                )
        return Parameter(
            name,
            kind,
            label=text("label") or "",
            description=text("description") or "",
            of=text("class") or text("scheme"),
            values=self._values(given["values"][1]) if "values" in given else (),
            default=text("default"),
            example=text("example"),
            optional=self._flag(given["optional"][1]) if "optional" in given else False,
            where=where,
        )

    def _type(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and node.value in TYPES:
            return str(node.value)
        hint = f"The types are {', '.join(TYPES)}."
        if near := did_you_mean(_shown(node), list(TYPES)):
            hint = f"{near} {hint}"
        raise self._error(f"`{_shown(node)}` is no type of parameter", node.start_mark, hint)

    def _check(self, parameter: Parameter) -> None:
        """Nothing, or what does not fit together."""
        name = parameter.name
        if parameter.type == "concept" and not (parameter.of or parameter.values):
            hint = "Name it: `{type: concept, scheme: https://...}`."
            raise InputError(f"`{name}` names no scheme", where=parameter.where, hint=hint)
        if parameter.optional and parameter.default is not None:
            hint = "With a default it is never without a value. Keep one of them."
            raise InputError(f"`{name}` is optional and has a default", where=parameter.where, hint=hint)
        for word, value in (("default", parameter.default), ("example", parameter.example)):
            if value is not None and not _fits(parameter, value):
                hint = f"Expected: {parameter.expected}."
                message = f"the {word} of `{name}`, `{value}`, is not of the type {parameter.type}"
                if parameter.values and value not in parameter.values:
                    message = f"the {word} of `{name}`, `{value}`, is not among its values"
                raise InputError(message, where=parameter.where, hint=hint)
        for value in parameter.values:
            if not _fits(replace(parameter, values=()), value):
                message = f"`{value}`, a value of `{name}`, is not of the type {parameter.type}"
                raise InputError(
                    message, where=parameter.where, hint=f"Expected: {TYPES[parameter.type].expected}."
                )

    def _pairs(self, key: str) -> list[tuple[yaml.Node, yaml.Node]]:
        """The entries of a map, or of a list of maps as grlc has it."""
        node = self._by_name.get(key)
        if node is None:
            return []
        hint = f"Write `{key}: {{name: ...}}`, or a list of such."
        maps = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [pair for part in maps for pair in self._mapping(part, hint).items()]

    def _known(self, key: yaml.Node, found: Mapping[str, Parameter]) -> None:
        if key.value not in found:
            hint = (
                did_you_mean(str(key.value), list(found))
                or f"Declare it: `parameters: {{{key.value}: string}}`."
            )
            raise self._error(f"`{key.value}` is no parameter", key.start_mark, hint)

    def _values(self, node: yaml.Node) -> tuple[str, ...]:
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        values = tuple(str(item.value) for item in items if isinstance(item, yaml.ScalarNode))
        if values and len(values) == len(items) == len(set(values)):
            return values
        raise self._error("values are a list, none twice", node.start_mark, "Write `values: [one, two]`.")

    def _flag(self, node: yaml.Node) -> bool:
        if node.value in ("true", "false"):
            return bool(node.value == "true")
        raise self._error(
            f"`optional: {_shown(node)}` is neither true nor false",
            node.start_mark,
            "Write `optional: true`.",
        )

    def _line(self, key: str, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and str(node.value).strip() and "\n" not in node.value:
            return str(node.value)
        raise self._error(f"{key} must be one line of text", node.start_mark, EXAMPLE)

    def _mapping(self, node: yaml.Node, hint: str) -> dict[yaml.Node, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error("this must be `key: value`", node.start_mark, hint)
        names = [str(key.value) for key, _ in node.value]
        for index, (key, _) in enumerate(node.value):
            if names.index(names[index]) < index:
                raise self._error(f"`{names[index]}` stands here twice", key.start_mark, "Keep one of them.")
        return dict(node.value)

    def _where(self, mark: yaml.Mark | None) -> Where:
        return Where(str(self._path), mark.line + 1, mark.column + 4) if mark else Where(str(self._path), 1)

    def _error(self, message: str, mark: yaml.Mark | None, hint: str) -> InputError:
        return InputError(message, where=self._where(mark), hint=hint)


_PARAMETERS = f"Write parameters as `{{day: date}}` or `{{day: {{type: date, label: Day}}}}`; the types are {', '.join(TYPES)}."


def _fits(parameter: Parameter, value: str) -> bool:
    """Whether a value is of its type, as far as that can be told without knowing the prefixes."""
    if parameter.type in ("iri", "concept") and _PREFIXED.fullmatch(value):
        return not parameter.values or value in parameter.values
    try:
        term_of(parameter, value, _ANYWHERE)
    except ParameterError:
        return False
    return True


def _shown(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "..."
