"""What one release says otherwise than another: the things that were added, removed or changed in the consolidated graph.

Both dumps are read side by side, one thing at a time, so memory does not grow with the dataset.

    python -m muniment.changes OLD NEW LIMIT        the directories of two releases; writes JSON
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Literal

from muniment.dumps import graph_of
from muniment.naming import TITLES
from muniment.release import Release, open_release
from muniment.terms import DEFAULT_GRAPH, MUN, TYPE, bare, iri, literal_parts, readable

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")
_EVIDENCE = {iri(f"{MUN}{name}") for name in ("Claim", "SetAside", "Disagreement")}
"""Classes whose members say where statements come from; they are no things of the world, and change with every edit of a source."""
_Pair = tuple[str, str]
_Subjects = Iterator[tuple[bytes, Sequence[bytes]]]


@dataclass(frozen=True)
class Change:
    """A thing, and the statements (property and value, as terms) that it lost and gained."""

    iri: str
    kind: Kind
    label: str
    lost: tuple[_Pair, ...] = ()
    gained: tuple[_Pair, ...] = ()


@dataclass
class Changes:
    """What changed: how many things, and the first of them in order of their IRIs."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    things: list[Change] = field(default_factory=list)

    @classmethod
    def from_json(cls, text: str | bytes) -> Changes:
        """Read what ``to_json`` wrote."""
        document = json.loads(text)
        things = [
            Change(
                t["iri"], t["kind"], t["label"], tuple(map(tuple, t["lost"])), tuple(map(tuple, t["gained"]))
            )
            for t in document["things"]
        ]
        return cls(document["counts"], things)

    def to_json(self) -> str:
        """All of it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def changes(old: Release, new: Release, limit: int) -> Changes:
    """Compare two releases; of the things that differ at most ``limit`` are listed, all are counted.

    Things are those under ``{base}id/`` of the new release, or all that have an IRI where it has no base.
    """
    base = new.manifest.get("base")
    start = f"<{base}id/" if base else "<"
    found = Changes()
    for subject, old_lines, new_lines in _side_by_side(_by_subject(old, start), _by_subject(new, start)):
        if old_lines == new_lines:
            continue
        before, after = _pairs(old_lines), _pairs(new_lines)
        if before == after or {value for p, value in before | after if p == TYPE} & _EVIDENCE:
            continue
        kind: Kind = "changed" if before and after else "added" if after else "removed"
        found.counts[kind] += 1
        if len(found.things) < limit:
            name = bare(subject.decode())
            # Of a thing that is wholly new or gone, its statements are its description, which the feed links to.
            parts = (tuple(sorted(before - after)), tuple(sorted(after - before))) if before and after else ()
            found.things.append(Change(name, kind, _label(after or before) or name, *parts))
    return found


def _by_subject(release: Release, start: str) -> _Subjects:
    """The subjects of the dump in order, each with its lines."""
    for subject, group in groupby(release.dump(), key=lambda line: line.partition(b" ")[0]):
        if subject.startswith(start.encode()):
            yield subject, list(group)


def _pairs(lines: Sequence[bytes]) -> frozenset[_Pair]:
    """What the default graph states: properties and values."""
    texts = (line.decode() for line in lines)
    return frozenset(_pair(text) for text in texts if graph_of(text) == DEFAULT_GRAPH)


def _pair(line: str) -> _Pair:
    _, predicate, rest = line.split(" ", 2)
    return predicate, rest.removesuffix(" .\n")


def _side_by_side(old: _Subjects, new: _Subjects) -> Iterator[tuple[bytes, Sequence[bytes], Sequence[bytes]]]:
    left, right = next(old, None), next(new, None)
    while left or right:
        if right is None or (left and left[0] < right[0]):
            assert left
            yield left[0], left[1], ()
            left = next(old, None)
        elif left is None or right[0] < left[0]:
            yield right[0], (), right[1]
            right = next(new, None)
        else:
            yield left[0], left[1], right[1]
            left, right = next(old, None), next(new, None)


def _label(pairs: frozenset[_Pair]) -> str | None:
    for naming in TITLES:
        names = sorted(value for predicate, value in pairs if predicate == naming)
        if names:
            return literal_parts(min(names, key=lambda name: (not name.endswith("@en"), name)))[0]
    return None


def shown(pair: _Pair) -> str:
    """A property and its value for a person."""
    return f"{readable(pair[0])} {readable(pair[1])}"


if __name__ == "__main__":
    before, after, limit = sys.argv[1:]
    sys.stdout.buffer.write(
        changes(open_release(Path(before)), open_release(Path(after)), int(limit)).to_json().encode()
    )
