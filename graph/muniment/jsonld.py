"""JSON-LD as web developers like it: short keys by the dataset's own context, one tree for a thing, framed where a class has a frame.

Nothing is ever fetched: the loader that PyLD is given knows our own contexts and refuses every other address.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from muniment.artefacts import artefact
from muniment.context import Context, read_context
from muniment.errors import InputError, Where
from muniment.files import read_text
from muniment.terms import TYPE, Quad, bare, literal_parts

CONTEXTS = "https://w3id.org/muniment/context/"
"""The canonical address of the contexts: this and a name such as ``v1.jsonld``."""

FORMS = ("compacted", "expanded", "flattened", "framed")
"""The forms of a document that can be asked for; the first is what is sent to those who ask for none."""
_UNUSED = ("value", "lang", "states")
"""Aliases of keywords that are meant for source files. Without them the documents say ``@value``; with them PyLD 3.3 leaves language maps
uncompacted. A document that does not use an alias is right under a context that has it."""
_PREFIXED = re.compile(r"^([^:/@]+):(?!//)")

_ONE_AT_A_TIME = Lock()
"""PyLD keeps caches of its own for the whole process, which two threads must not change at once. It is pure Python: nothing is lost."""

Node = dict[str, Any]


def _pyld() -> Any:
    """PyLD, loaded when a document is first written: it brings an HTTP client, which would slow down every start."""
    from pyld import jsonld

    return jsonld


@dataclass(frozen=True)
class JsonLd:
    """Writes documents by the contexts and frames of a release."""

    contexts: Mapping[str, Mapping[str, Any]]
    """Version (``v1``) -> the document that is served under that name; the one with the highest number is written with."""
    frames: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """IRI of a class -> the frame of its things."""

    @property
    def version(self) -> str:
        """The version of the context that documents are written with."""
        return max(self.contexts, key=lambda name: int(name[1:]))

    @cached_property
    def terms(self) -> dict[str, Any]:
        """The definitions that documents are written with."""
        given = self.contexts[self.version]["@context"]
        return {key: value for key, value in given.items() if key not in _UNUSED}

    def expanded(self, root: str, quads: Iterable[Quad]) -> list[Node]:
        """The statements as expanded JSON-LD: a tree from the thing ``root`` (a term), what it does not reach beside it."""
        return tree(root, list(quads))

    def compacted(self, root: str, quads: Iterable[Quad]) -> Node:
        """The same with the short keys of the context, of which the document carries the part that it uses."""
        return self._short(tree(root, list(quads)))

    def flattened(self, root: str, quads: Iterable[Quad]) -> Node:
        """Each thing once, side by side, with short keys."""
        jsonld = _pyld()
        with _ONE_AT_A_TIME:
            flat = jsonld.flatten(tree(root, list(quads)), None, self._options())
        found = self._short(flat)
        nodes = found if "@graph" in found else {k: v for k, v in found.items() if k != "@context"}
        context = {"@context": found["@context"]} if "@context" in found else {}
        return found if "@graph" in found else {**context, "@graph": [nodes] if nodes else []}

    def framed(self, root: str, quads: Iterable[Quad]) -> Node:
        """The thing in the shape of its class's frame; without a frame, or with named graphs, compacted."""
        statements = list(quads)
        frame = self.frame_of(root, statements)
        if frame is None or any(quad.graph for quad in statements):
            return self.compacted(root, statements)
        shape = {
            **{key: value for key, value in frame.items() if key not in ("type", "@type")},
            "@context": self.terms,
            "id": bare(root),
        }
        jsonld, options = (
            _pyld(),
            {**self._options(), "omitGraph": True, "omitDefault": True, "embed": "@always"},
        )
        try:
            with _ONE_AT_A_TIME:
                found = jsonld.frame(tree(root, statements), shape, options)
        except jsonld.JsonLdError:  # as in ``_short``
            return self.compacted(root, statements)
        found.pop("@context", None)
        return self._with_context(found)

    def frame_of(self, root: str, quads: Iterable[Quad]) -> Mapping[str, Any] | None:
        """The frame of the first of a thing's classes that has one."""
        classes = sorted(bare(q.object) for q in quads if q.subject == root and q.predicate == TYPE)
        return next((self.frames[name] for name in classes if name in self.frames), None)

    def _short(self, nodes: Sequence[Node]) -> Node:
        """Compaction. The tree is expanded already, which saves PyLD two thirds of the time."""
        jsonld, options = _pyld(), {**self._options(), "skipExpansion": True}
        try:
            with _ONE_AT_A_TIME:
                found = jsonld.compact(nodes, {"@context": self.terms}, options)
        except jsonld.JsonLdError:  # an IRI that would read as one of our prefixed names, such as <org:x>
            return {"@graph": list(nodes)}
        found.pop("@context", None)
        return self._with_context(found)

    def _with_context(self, document: Node) -> Node:
        return {"@context": self.used_terms(document), **_ordered(document)}

    def used_terms(self, document: Any) -> dict[str, Any]:
        """The definitions that a document needs, in the order of the context."""
        names = _names(document)
        pending = [name for name in names if name in self.terms]
        kept: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in kept:
                kept.add(name)
                pending += [n for n in _names(self.terms[name]) if n in self.terms]
        return {key: value for key, value in self.terms.items() if key in kept or key == "@version"}

    def _options(self) -> dict[str, Any]:
        return {"documentLoader": self.load, "processingMode": "json-ld-1.1"}

    def load(self, url: str, options: Any = None) -> dict[str, Any]:
        """What PyLD is given in place of the network.

        Raises:
            InputError: the address is not one of our own contexts.
        """
        name = url.removeprefix(CONTEXTS).removesuffix(".jsonld")
        if url != f"{CONTEXTS}{name}.jsonld" or name not in self.contexts:
            raise InputError(f"the context {url} is not fetched: only those of this release are known")
        document = copy.deepcopy(dict(self.contexts[name]))
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": document,
        }


@dataclass(frozen=True)
class Link:
    """A property that a frame follows, and those that it follows from there."""

    predicate: str
    """An IRI term."""
    reverse: bool
    then: tuple[Link, ...]


def links(frame: Mapping[str, Any], terms: Mapping[str, Any]) -> tuple[Link, ...]:
    """The properties for which a frame has a place of its own."""
    found = []
    for key, inner in frame.items():
        definition = terms.get(key)
        if key.startswith("@") or not isinstance(inner, Mapping) or not isinstance(definition, Mapping):
            continue
        name = str(definition.get("@reverse") or definition.get("@id"))
        prefix, _, local = name.partition(":")
        predicate = f"<{terms[prefix]}{local}>" if prefix in terms else f"<{name}>"
        found.append(Link(predicate, "@reverse" in definition, links(inner, terms)))
    return tuple(found)


VERSIONS, FRAMES, SUPERSEDED = "contexts.json", "frames", "contexts"
"""In the folder of the ontology: version -> SHA-256 of the context as it was published; a frame for each class; contexts of old."""


def read_jsonld(folder: Path, context: Context) -> JsonLd:
    """The contexts and frames of an ontology's folder; a folder without ``contexts.json`` has one version.

    Raises:
        InputError: a frame is not JSON or names no class of the context, or the context of an old version is missing.
    """
    listed = folder / VERSIONS
    names = sorted(_json(listed), key=lambda name: int(name[1:])) if listed.is_file() else ["v1"]
    old = {name: dict(read_context(folder / SUPERSEDED / f"{name}.jsonld").document) for name in names[:-1]}
    frames = {}
    for path in sorted((folder / FRAMES).glob("*.jsonld")):
        frame = _json(path)
        prefix, _, local = str(context.terms.get(frame.get("type", ""), "")).partition(":")
        if not local:
            hint = f"Write `type`, one of {', '.join(context.classes())}."
            raise InputError("the frame names no class of the context", where=Where(str(path)), hint=hint)
        frames[f"{context.terms[prefix]}{local}"] = frame
    return JsonLd({**old, names[-1]: dict(context.document)}, frames)


@cache
def shipped() -> JsonLd:
    """The contexts and frames that come with the software."""
    folder = artefact("ontology")
    return read_jsonld(folder, read_context(folder / "context.jsonld"))


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        where = Where(str(path), error.lineno, error.colno)
        raise InputError(f"not JSON: {error.msg}", where=where) from error
    if not isinstance(document, dict):
        raise InputError("not a JSON object", where=Where(str(path)))
    return document


def tree(root: str, quads: Sequence[Quad]) -> list[Node]:
    """Statements as expanded JSON-LD.

    The first node is ``root``, with what it points to inside it and what points to it under ``@reverse``; named graphs, and things that
    are not connected with it, follow. A thing named twice has its own statements at each place, so that every place can be read alone.
    """
    graphs: dict[str, list[Quad]] = {}
    for quad in dict.fromkeys(quads):
        graphs.setdefault(quad.graph, []).append(quad)
    nodes = _Tree(graphs.pop("", [])).nodes(root)
    by_id = {node["@id"]: node for node in nodes}
    for name, statements in sorted(graphs.items()):
        node = by_id.get(_id(name))
        if node is None:
            node = {"@id": _id(name)}
            nodes.append(node)
        node["@graph"] = _Tree(statements).nodes(root)
    return nodes


class _Tree:
    """The statements of one graph."""

    def __init__(self, quads: Sequence[Quad]) -> None:
        self._of: dict[str, list[Quad]] = {}
        for quad in quads:
            self._of.setdefault(quad.subject, []).append(quad)
        self._written: set[Quad] = set()

    def nodes(self, root: str) -> list[Node]:
        """All of them, the root first."""
        incoming = [q for qs in self._of.values() for q in qs if q.object == root and q.subject != root]
        found = []
        if root in self._of or incoming:
            node = self._node(root, frozenset())
            for quad in incoming:
                self._written.add(quad)
                by = node.setdefault("@reverse", {}).setdefault(bare(quad.predicate), [])
                by.append(self._node(quad.subject, frozenset([root]), past=root))
            found.append(node)
        for subject, quads in self._of.items():
            if any(quad not in self._written for quad in quads):
                found.append(self._node(subject, frozenset()))
        return found

    def _node(self, subject: str, above: frozenset[str], past: str | None = None) -> Node:
        """A thing with its statements, but for those about ``past``, under which it hangs."""
        node: Node = {"@id": _id(subject)}
        inside = above | {subject}
        for quad in self._of.get(subject, ()):
            if quad.object == past:
                continue
            self._written.add(quad)
            if quad.predicate == TYPE and not quad.object.startswith('"'):
                node.setdefault("@type", []).append(_id(quad.object))
            else:
                node.setdefault(bare(quad.predicate), []).append(self._value(quad.object, inside))
        return node

    def _value(self, term: str, above: frozenset[str]) -> Node:
        if not term.startswith('"'):
            return self._node(term, above) if term in self._of and term not in above else {"@id": _id(term)}
        text, language, datatype = literal_parts(term)
        if language:
            return {"@value": text, "@language": language}
        return {"@value": text, "@type": datatype} if datatype else {"@value": text}


_FIRST = ("id", "@id", "type", "@type", "labels", "label", "title", "name")
_LAST = ("@reverse", "@graph")


def _ordered(node: Any) -> Any:
    """A document as people read it: what a thing is and is called comes first, then its keys in order."""
    if isinstance(node, list):
        return [_ordered(part) for part in node]
    if not isinstance(node, dict):
        return node
    rank = {key: place for place, key in enumerate(_FIRST)}
    keys = sorted(node, key=lambda key: (key in _LAST, rank.get(key, len(rank)), key))
    return {key: _ordered(node[key]) for key in keys}


def _id(term: str) -> str:
    return bare(term) if term.startswith("<") else term


def _names(value: Any) -> set[str]:
    """The keys and words of a document that may be terms or begin with a prefix."""
    if isinstance(value, str):
        prefix = _PREFIXED.match(value)
        return {value, prefix[1]} if prefix else {value}
    if isinstance(value, Mapping):
        return {name for pair in value.items() for part in pair for name in _names(part)}
    if isinstance(value, list):
        return {name for part in value for name in _names(part)}
    return set()
