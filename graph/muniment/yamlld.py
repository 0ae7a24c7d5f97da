"""YAML-LD with places: source files read strictly, each key and value knowing its line and column.

Every scalar is text, whatever YAML makes of it (2004-06-23 is no date object, 14:00 no number); its type comes from the JSON-LD
context. Keys the context does not know, which JSON-LD would drop in silence, are errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from muniment.context import Context, Takes, expected_form
from muniment.errors import InputError, Where, did_you_mean
from muniment.files import read_text

try:
    from yaml import CBaseLoader as _Loader
except ImportError:  # pragma: no cover - PyYAML without libyaml
    from yaml import BaseLoader as _Loader  # type: ignore[assignment]


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_ReadMap = Callable[[yaml.Event, Iterator[yaml.Event], Path], "Map"]
_REFERENCE = re.compile(r"(?!@)([A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|[^\x00-\x9f\s])+")


class Text(str):
    """A scalar and its place in the file."""

    __slots__ = ("column", "line")
    line: int
    column: int


class _Anywhere(dict[str, tuple[int, int]]):
    """Places of keys that nobody noted."""

    def __missing__(self, key: str) -> tuple[int, int]:
        return 1, 1


class Map(dict[str, Any]):
    """A mapping; ``line`` and ``column`` are those of its first key (or brace), and ``at`` gives the place of each key."""

    line: int
    column: int
    at: dict[str, tuple[int, int]] = _Anywhere()


def records(path: Path, text: str | None = None, placed: bool = True) -> Iterator[Map]:
    """The records of a file, or of a part of it, one at a time.

    Args:
        path: the file.
        text: what of it is read, if not all.
        placed: whether keys and values get their places, which takes time; without, maps and what is no YAML have places only.

    Raises:
        InputError: the file is not UTF-8, not YAML, or not a list of maps.
    """
    events = yaml.parse(read_text(path) if text is None else text, Loader=_Loader)
    try:
        yield from _records(events, path, _placed_map if placed else _map)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(str(path), mark.line + 1, mark.column + 1) if mark else Where(str(path))
        message = " ".join(filter(None, (error.context, error.problem)))
        raise InputError(f"not YAML: {message}", where=where, hint=_yaml_hint(message)) from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=Where(str(path))) from error
    except RecursionError as error:
        raise InputError("nested too deep", where=Where(str(path))) from error


def _yaml_hint(message: str) -> str | None:
    if "mapping values are not allowed" in message:
        return "A value that contains `: ` needs quotes."
    return "Indent with spaces." if "tab" in message or "'\\t'" in message else None


def _records(events: Iterator[yaml.Event], path: Path, map_: _ReadMap) -> Iterator[Map]:
    for event in events:
        if isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent | yaml.StreamEndEvent):
            continue
        if not isinstance(event, yaml.SequenceStartEvent):
            raise InputError("the file should be a list of records: `- id: ...`", where=_where(path, event))
        for item in events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            record = _value(item, events, path, map_)
            if not isinstance(record, Map):
                raise InputError("a record should be a map: `id: ...`", where=_where(path, item))
            yield record
        _nothing_more(events, path)


def _nothing_more(events: Iterator[yaml.Event], path: Path) -> None:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            hint = "Remove the line `---`: one file is one list."
            raise InputError("a second YAML document begins", where=_where(path, event), hint=hint)


def _value(event: yaml.Event, events: Iterator[yaml.Event], path: Path, map_: _ReadMap) -> Any:
    if isinstance(event, yaml.ScalarEvent):
        return event.value if map_ is _map else _text(event)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, path, map_)
    if isinstance(event, yaml.MappingStartEvent):
        return map_(event, events, path)
    raise InputError("anchors and aliases are not used in source files", where=_where(path, event))


def _sequence(events: Iterator[yaml.Event], path: Path, map_: _ReadMap) -> list[Any]:
    found = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        found.append(_value(event, events, path, map_))
    return found


def _placed_map(start: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Map:
    found = Map()
    found.line, found.column = _position(start)
    found.at = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _text(_key(event, found, path))
        found.at[key] = (key.line, key.column)
        found[key] = _value(next(events), events, path, _placed_map)
    return found


def _map(start: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Map:
    found = Map()
    found.line, found.column = _position(start)
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        found[_key(event, found, path).value] = _value(next(events), events, path, _map)
    return found


def _key(event: yaml.Event, found: Map, path: Path) -> yaml.ScalarEvent:
    """A key that the map does not have yet."""
    if not isinstance(event, yaml.ScalarEvent):
        raise InputError("a key should be a word", where=_where(path, event))
    if event.value in found:
        raise InputError(f"`{event.value}` stands twice in one map", where=_where(path, event))
    return event


def _text(event: yaml.ScalarEvent) -> Text:
    text = Text(event.value)
    text.line, text.column = _position(event)
    return text


def _where(path: Path, event: yaml.Event) -> Where:
    return Where(str(path), *_position(event))


def _position(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None  # only events made by hand have none
    return mark.line + 1, mark.column + 1


def mistakes(node: Any, context: Context, path: Path) -> Iterator[InputError]:
    """What a node (and every node in it) says that its readers would lose or misread."""
    if not isinstance(node, Map):
        yield InputError("a node should be a map: `{id: ...}`", where=_place(node, path))
        return
    if "id" not in node:
        yield InputError(
            "a node without `id` would be a blank node", where=_place(node, path), hint="Give it an `id`."
        )
    for key, value in node.items():
        takes = context.takes.get(key)
        if takes is None:
            keys = context.keys()
            yield InputError(
                f"`{key}` is no term of the context", where=_at(node, key, path), hint=did_you_mean(key, keys)
            )
        elif key == "id":
            if not (isinstance(value, str) and _ID.fullmatch(value)):
                hint = "Use lower-case ASCII words joined by `-`, as `event/first-meeting`."
                yield InputError(f"`{value}` is no id", where=_at(node, key, path), hint=hint)
        elif key in ("value", "lang"):
            yield InputError(f"`{key}` belongs to text, not to a node", where=_at(node, key, path))
        elif key == "type":
            yield from _unknown_classes(node, context, path)
        elif takes.texts:
            yield from _wrong_map(node, key, path)
        else:
            yield from _wrong_values(node, key, takes, context, path)


def _wrong_map(node: Map, key: str, path: Path) -> Iterator[InputError]:
    value = node[key]
    if not isinstance(value, Map):
        hint = f"Write `{key}: {{en: ..., fr: ...}}`."
        where = _at(node, key, path)
        yield InputError(f"`{key}` should be a map from language to text", where=where, hint=hint)
        return
    for language, texts in value.items():
        place = _at(value, language, path)
        if not _LANGUAGE.fullmatch(language):
            yield InputError(
                f"`{language}` is no language tag", where=place, hint="Write it as `en` or `zh-Hant`."
            )
        if not all(
            isinstance(text, str) and text.strip() for text in (texts if isinstance(texts, list) else [texts])
        ):
            yield InputError(f"`{language}` should hold text", where=place)


def _wrong_values(node: Map, key: str, takes: Takes, context: Context, path: Path) -> Iterator[InputError]:
    value = node[key]
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, Map):
            if takes.references or takes.nodes:
                yield from mistakes(item, context, path)
            else:
                yield from _wrong_text(key, item, takes.datatype, path)
        elif isinstance(item, list):
            yield InputError(f"`{key}` holds a list within a list", where=_at(node, key, path))
        elif not item.strip():
            hint = "Leave the key out."
            yield InputError(f"`{key}` has no value", where=_at(node, key, path), hint=hint)
        elif takes.nodes:
            hint = "Write it as a node: `{id: ...}`."
            yield InputError(f"`{key}` holds nodes, not text", where=_place(item, path), hint=hint)
        elif takes.datatype and (form := expected_form(takes.datatype, item)):
            yield InputError(f"`{key}: {item}` is not {form}", where=_place(item, path))
        elif takes.references and not _is_iri(item):
            yield InputError(f"`{key}: {item}` is no IRI", where=_place(item, path))


def _wrong_text(key: str, value: Map, datatype: str | None, path: Path) -> Iterator[InputError]:
    """A map in the place of text: only `{value: ..., lang: ...}` is one, and only where no datatype is expected."""
    where = Where(str(path), value.line, value.column)
    if datatype or "value" not in value or value.keys() - {"value", "lang"}:
        hint = None if datatype else "Text in another language is written `{value: ..., lang: fr}`."
        yield InputError(f"`{key}` holds text, not a node", where=where, hint=hint)
        return
    for name, text in value.items():
        place = _at(value, name, path)
        if not isinstance(text, str) or not text.strip():
            yield InputError(f"`{name}` should be text", where=place)
        elif name == "lang" and not _LANGUAGE.fullmatch(text):
            yield InputError(
                f"`{text}` is no language tag", where=place, hint="Write it as `en` or `zh-Hant`."
            )


@lru_cache(10_000)
def _is_iri(text: str) -> bool:
    """Whether JSON-LD processors keep the text as an IRI or relative IRI; what is none they drop in silence."""
    try:
        urlsplit(text).port  # noqa: B018 - the property checks
    except ValueError:
        return False
    return bool(_REFERENCE.fullmatch(text))


def _unknown_classes(node: Map, context: Context, path: Path) -> Iterator[InputError]:
    value = node["type"]
    for item in value if isinstance(value, list) else [value]:
        if item not in context.classes():
            hint = did_you_mean(str(item), context.classes())
            yield InputError(
                f"`{item}` is no class of the context",
                where=_place(item, path) or _at(node, "type", path),
                hint=hint,
            )


def _at(node: Map, key: str, path: Path) -> Where:
    """Where a key of a map stands."""
    return Where(str(path), *node.at[key])


def _place(value: Any, path: Path) -> Where | None:
    if isinstance(value, Text | Map):
        return Where(str(path), value.line, value.column)
    return None
