"""Sources become claims: quads in which each named graph is what one place of one source says.

A source file is YAML-LD (written by people) or TriG, N-Quads or JSON-LD (written by machines). Reading adds what a claim always has:
its class, its basis (``printed`` unless said otherwise) and, from source and lines, the RFC 5147 fragment that it was derived from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from muniment import engine
from muniment.context import Context
from muniment.errors import InputError, Where, did_you_mean, raise_all
from muniment.formats import by_extension
from muniment.terms import DEFAULT_GRAPH, MUN, OWL, PROV, TYPE, VOCAB, Quad, iri, literal_parts, readable
from muniment.yamlld import Map, mistakes, records

CLAIM, SET_ASIDE, SOURCE = (iri(f"{MUN}{name}") for name in ("Claim", "SetAside", "Source"))
IN_SOURCE, LINES, ENTRY, BASIS, HEDGED = (
    iri(f"{MUN}{n}") for n in ("source", "lines", "entry", "basis", "hedged")
)
LINE_COUNT, FILE, REASON = (iri(f"{MUN}{name}") for name in ("lineCount", "file", "reason"))
DERIVED_FROM = iri(f"{PROV}wasDerivedFrom")
SAME_AS = iri(f"{OWL}sameAs")
PRINTED, INFERRED, CORRECTED = (iri(f"{VOCAB}basis/{name}") for name in ("printed", "inferred", "corrected"))

_OF_A_CLAIM = {"id", "type", "source", "lines", "entry", "basis", "hedged", "note", "states"}
"""The keys of a claim's own; all else is said of things, in its states."""
_LINES = re.compile(r"[1-9]\d*(-[1-9]\d*)?(, ?[1-9]\d*(-[1-9]\d*)?)*")


@dataclass(frozen=True)
class Claims:
    """Everything that the sources say, and say of their claims, as quads."""

    quads: list[Quad]
    places: dict[str, Where] = field(default_factory=dict)
    """Term of a claim or other record -> its place in a source file."""
    files: tuple[Path, ...] = ()


def line_ranges(text: str) -> list[range]:
    """The lines that ``24-27,34`` names, counted from 1.

    Raises:
        ValueError: it names none, or ends before it starts.
    """
    if not _LINES.fullmatch(text):
        raise ValueError(f"`{text}` is no line, range or list of them")
    found = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if int(last or first) < int(first):
            raise ValueError(f"`{part.strip()}` ends before it starts")
        found.append(range(int(first), int(last or first) + 1))
    return found


def source_files(folder: Path) -> list[Path]:
    """The source files of a folder, sorted by name: YAML-LD, TriG, N-Quads, JSON-LD.

    Raises:
        InputError: the folder does not exist or holds none.
    """
    endings = {".yaml", ".yml", ".trig", ".nq", ".jsonld"}
    found = sorted(path for path in folder.glob("*") if path.suffix in endings)
    if not found:
        raise InputError(
            f"no source files in {folder}", hint="A source file ends in .yaml, .trig, .nq or .jsonld."
        )
    return found


def read_claims(files: Sequence[Path], context: Context, base: str) -> Claims:
    """Read source files; ``base`` is the IRI against which ids are resolved.

    Raises:
        InputError: (or InputErrors, all that one pass finds) a file is not as it should be.
    """
    claims, errors = claims_and_mistakes(files, context, base)
    raise_all(errors)
    return claims


def claims_and_mistakes(
    files: Sequence[Path], context: Context, base: str, others: Mapping[str, int] | None = None
) -> tuple[Claims, list[InputError]]:
    """What source files say as far as it is as it should be, and the mistakes in them.

    Args:
        files: some or all of the files.
        context: short keys.
        base: the IRI against which ids are resolved.
        others: how many lines sources have that other files describe.

    Raises:
        InputError: a file cannot be read to its end.
    """
    claims = Claims([], {}, tuple(files))
    errors: list[InputError] = []
    for path in files:
        if path.suffix in (".yaml", ".yml"):
            for document in documents(path, context, base, claims, errors):
                claims.quads.extend(engine.parse(document, "application/ld+json", base=base, path=str(path)))
        else:
            form = by_extension(path.suffix[1:])
            assert form is not None, path
            found = list(engine.parse(path.read_bytes(), form.media_type, base=base, path=str(path)))
            if wrong := list(misread(found, path)):
                errors.extend(wrong)
            else:
                claims.quads.extend(found)
    errors.extend(_line_mistakes(claims, others or {}))
    claims.quads.extend(_completed(claims.quads))
    return claims, errors


def documents(
    path: Path,
    context: Context,
    base: str,
    claims: Claims,
    errors: list[InputError],
    text: str | None = None,
    size: int = 200,
    placed: bool = True,
) -> Iterator[str]:
    """A YAML-LD file as JSON-LD documents of some records each; notes the places of records, and mistakes, on the way.

    ``text`` is what of the file is read, if not all of it; mistakes have no places unless it is read with them (``placed``).
    """
    stream = records(path, text, placed)
    while batch := list(islice(stream, size)):
        good = []
        for record in batch:
            found = list(mistakes(record, context, path)) or list(_misplaced(record, base, path, claims))
            errors.extend(found)
            if not found:
                claims.places[iri(base + record["id"])] = Where(str(path), record.line, record.column)
                good.append(record)
        needed = context.only(_words(good, context.takes_terms))
        yield json.dumps({**needed, "@graph": good}, ensure_ascii=False)


def misread(quads: Iterable[Quad], path: Path) -> Iterator[InputError]:
    """Line numbers of a machine-written file that are none; in YAML-LD they are checked where they stand."""
    for q in quads:
        if q.predicate not in (LINES, LINE_COUNT):
            continue
        text = readable(q.object)
        try:
            if q.predicate == LINES:
                line_ranges(text)
            elif not (text.isascii() and text.isdecimal()):
                raise ValueError(f"`{text}` is no number of lines")
        except ValueError as error:
            message = f"{error}, which {readable(q.subject)} states"
            yield InputError(message, where=Where(str(path)), hint="Write `7`, `89-95` or `24-27,34`.")


def _misplaced(record: Map, base: str, path: Path, claims: Claims) -> Iterator[InputError]:
    where = Where(str(path), record.line, record.column)
    earlier = claims.places.get(iri(base + record["id"]))
    if earlier:
        yield InputError(f"the id `{record['id']}` is taken", where=where, hint=f"It stands at {earlier}.")
    if "states" not in record and record.get("type") not in ("Source", "SetAside"):
        hint = "Put the node under the `states` of a claim."
        yield InputError(f"`{record['id']}` is stated outside a claim", where=where, hint=hint)
    if "states" in record and "source" not in record:
        hint = "Name the source that it is read from: `source: document/...`."
        yield InputError(f"the claim `{record['id']}` names no `source`", where=where, hint=hint)
    if "states" in record:
        yield from _misstated(record, path)
    if "lines" in record:
        try:
            line_ranges(str(record["lines"]))
        except ValueError as error:
            hint = "Write `7`, `89-95` or `24-27,34`."
            yield InputError(str(error), where=Where(str(path), *record.at["lines"]), hint=hint)


def _misstated(claim: Map, path: Path) -> Iterator[InputError]:
    """What would be kept as a property of the claim, or in no claim's graph, in silence."""
    if claim["states"] == []:
        where = Where(str(path), *claim.at["states"])
        hint = "Lines without a fact are a `SetAside` with a `reason`."
        yield InputError(f"the claim `{claim['id']}` states nothing", where=where, hint=hint)
    for key in claim.keys() - _OF_A_CLAIM:
        hint = "Put it into a node under `states`."
        message = f"`{key}` is said of the claim `{claim['id']}`, not of a thing"
        yield InputError(message, where=Where(str(path), *claim.at[key]), hint=hint)
    for node in _maps([claim["states"]]):
        if "states" in node:
            where = Where(str(path), *node.at["states"])
            hint = "Claims stand side by side: end the one before the other begins."
            yield InputError("a claim stands within a claim", where=where, hint=hint)


def _words(records: Iterable[Map], takes_terms: Collection[str]) -> set[str]:
    """The keys of records and of all nodes in them, and the values that may be terms."""
    found: set[str] = set()
    for node in _maps(records):
        found.update(node)
        for key in node.keys() & takes_terms:
            value = node[key]
            found.update(
                item for item in (value if isinstance(value, list) else (value,)) if isinstance(item, str)
            )
    return found


def _maps(nodes: Iterable[Any]) -> Iterator[Map]:
    for node in nodes:
        if isinstance(node, Map):
            yield node
            yield from _maps(node.values())
        elif isinstance(node, list):
            yield from _maps(node)


def line_counts(quads: Iterable[Quad]) -> dict[str, int]:
    """How many lines each source has, as far as it is said."""
    return {q.subject: int(literal_parts(q.object)[0]) for q in quads if q.predicate == LINE_COUNT}


def _line_mistakes(claims: Claims, others: Mapping[str, int]) -> Iterator[InputError]:
    """Lines beyond the end of their source; ``others`` are the line counts of sources that other files describe."""
    counts = {**others, **line_counts(claims.quads)}
    sources = {q.subject: q.object for q in claims.quads if q.predicate == IN_SOURCE}
    for q in claims.quads:
        count = counts.get(sources.get(q.subject, ""))
        if q.predicate != LINES or count is None:
            continue
        last = max(lines.stop for lines in line_ranges(literal_parts(q.object)[0])) - 1
        if last > count:
            message = f"line {last} is outside the source, which has {count} lines"
            place = claims.places.get(q.subject)
            where = locate(place, literal_parts(q.object)[0]) if place else None
            yield InputError(message, where=where or place, hint="Lines are counted from 1.")


def _completed(quads: Iterable[Quad]) -> list[Quad]:
    """What every claim has and records need not say."""
    graphs = {q.graph for q in quads if q.graph}
    stated: dict[str, dict[str, str]] = {}
    texts = set()
    for q in quads:
        if q.graph == DEFAULT_GRAPH:
            if q.predicate in (IN_SOURCE, LINES, BASIS):
                known = stated.setdefault(q.subject, {})
                known[q.predicate] = max(known.get(q.predicate, ""), q.object)  # in whatever order they come
            elif q.predicate == LINE_COUNT:
                texts.add(q.subject)
    added: list[Quad] = []
    for subject in sorted(graphs | stated.keys()):
        added += completed(subject, subject in graphs, stated.get(subject, {}), texts)
    return added


def completed(
    subject: str, names_graph: bool, stated: Mapping[str, str], texts: Collection[str]
) -> Iterator[Quad]:
    """What a claim or other record has and need not say.

    Args:
        subject: its term.
        names_graph: whether statements stand in its graph, so that it is a claim.
        stated: its source, lines and basis, as far as they are stated.
        texts: the sources whose lines are counted.
    """
    if names_graph:
        yield Quad(subject, TYPE, CLAIM, DEFAULT_GRAPH)
        if BASIS not in stated:
            yield Quad(subject, BASIS, PRINTED, DEFAULT_GRAPH)
    source = stated.get(IN_SOURCE)
    if source and source in texts and LINES in stated:
        for lines in line_ranges(literal_parts(stated[LINES])[0]):
            fragment = f"{source[:-1]}#line={lines.start - 1},{lines.stop - 1}>"
            yield Quad(subject, DERIVED_FROM, fragment, DEFAULT_GRAPH)


class DescribedTerms(Protocol):
    """The terms that something is said of."""

    def __contains__(self, term: object) -> bool: ...

    def starting(self, start: str) -> Sequence[str]:
        """Those that start so."""


class Subjects(set[str]):
    """Terms that something is said of."""

    def starting(self, start: str) -> list[str]:
        """Those that start so."""
        return [subject for subject in self if subject.startswith(start)]


def dangling(
    claims: Claims, base: str, known: Iterable[str], described: DescribedTerms | None = None
) -> Iterator[InputError]:
    """References to things of this dataset, or to controlled values, that nothing describes.

    A name that a thing had before (``owl:sameAs``) is described by nobody.

    Args:
        claims: where to look for references.
        base: things of this dataset begin so.
        known: subjects beside those of the claims.
        described: what is described, where the claims are not all there are.
    """
    subjects = described or Subjects({q.subject for q in claims.quads} | set(known))
    ours = (f"<{base}", f"<{VOCAB}", f"<{MUN}")
    reported = set()
    for q in claims.quads:
        target = q.object
        if not target.startswith(ours) or target in subjects or q.predicate in (DERIVED_FROM, SAME_AS):
            continue
        record = q.graph or q.subject
        if (record, target) not in reported:
            reported.add((record, target))
            yield _dangling(record, target, claims, base, subjects)


def _dangling(record: str, target: str, claims: Claims, base: str, subjects: DescribedTerms) -> InputError:
    name = target[1:-1]
    short = name.removeprefix(base)
    folder = name.rpartition("/")[0]
    neighbours = [s[1:-1].removeprefix(base) for s in subjects.starting(f"<{folder}/")]
    place = claims.places.get(record)
    where = locate(place, short) if place else None
    hint = (
        did_you_mean(short, neighbours) or "Describe it in the `states` of a claim, with `type` and `label`."
    )
    return InputError(f"nothing describes `{short}`", where=where or place, hint=hint)


def locate(place: Where, value: str) -> Where | None:
    """Where a value, or the last part of it, stands within the YAML record at a place."""
    path = Path(place.path)
    if path.suffix not in (".yaml", ".yml"):
        return None
    record = next((r for r in records(path) if r.line == place.line), None)
    wanted = (value, value.rpartition("/")[2])
    found = next((text for text in _texts(record) if text in wanted), None)
    return Where(place.path, found.line, found.column) if found is not None else None


def _texts(node: Any) -> Iterator[Any]:
    if isinstance(node, Map):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif node is not None:
        yield node
