"""What validation costs: full, over all processors, and after one changed record. The graph is that of the release of its size, in files
of sorted lines, as a build has it; they are made by another process, so that what is measured is only validation."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from processes import own_processor_seconds, watching
from scale_build import dataset, release

EDITS = 15
NOTHING, EDITED = "nothing", "a label"


def validate(triples: int, cache: Path) -> dict[str, Any]:
    """Full validation, and what it takes to validate one changed record."""
    from muniment.project import read_project
    from muniment.shacl.previous import difference_since
    from muniment.shacl.shards import plan
    from muniment.shacl.sorted_statements import SortedStatements
    from muniment.shacl.spans import validate_lines
    from muniment.stream.crew import crew
    from muniment.vocabulary import read_vocabulary

    folder = cache / str(triples) / "lines"
    built = release(triples, cache)
    shapes = read_vocabulary(read_project(dataset(triples, cache))).shapes
    with crew(1) as apart:
        act, task = spread, (built, folder)
        files = apart.result(apart.start(act, task), act, task)
    by_subject, by_object = files.by_subject, files.by_object
    found: dict[str, Any] = {"triples": by_subject.size()}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        started, used = time.perf_counter(), own_processor_seconds()
        done = act()
        found[f"{name}, s"] = round(time.perf_counter() - started, 3)
        found[f"{name}, processor s"] = round(own_processor_seconds() - used, 3)
        return done

    def full() -> Any:
        with crew() as hands:
            return validate_lines(by_subject, by_object, shapes, hands)

    with watching(os.getpid()) as watcher:
        found["engine"] = timed("look at the shapes", lambda: plan(shapes)).near.engine
        found["before, MB"] = watcher.peak_mb()
        report = timed("full", full)
        assert report.results == (), report.results[:3]
        found["full, peak MB"] = watcher.peak_mb()
        for name, now in files.versions.items():
            compared = timed(f"find what changed, {name}", partial(difference_since, built, *now))
            assert compared is not None and len(compared[0]) == len(compared[1]) == (name != NOTHING)
        found |= _edits(partial(SortedStatements, by_subject, by_object), by_object, shapes)
        found["compare and edits, peak MB"] = watcher.peak_mb()
    shutil.rmtree(folder)
    return found


@dataclass(frozen=True)
class Files:
    """The lines of a release in files."""

    versions: dict[str, tuple[Any, Any]]
    """All lines with their stretches: as they are, and with one line edited in the middle."""
    by_subject: Any
    """Those of the default graph."""
    by_object: Any
    """The same by object."""


def spread(task: tuple[Any, Path]) -> Files:
    """Write the lines of a release into files of a folder."""
    import gzip

    from muniment.release import DUMP
    from muniment.stream.lines import object_and_graph, turned
    from muniment.stream.place import Place
    from muniment.stream.stretches import Cutter
    from muniment.terms import LABEL

    release, folder = task
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    place = Place(folder)
    default, objects = place.writer("default"), place.sorter("objects")
    all_lines = {name: (place.writer(name), Cutter()) for name in (NOTHING, EDITED)}
    left, edited = release.manifest["counts"]["quads"] // 2, False
    with gzip.open(release.path / DUMP, "rt", encoding="utf-8", newline="\n") as dump:
        while block := dump.readlines(1 << 20):
            stated = [line for line in block if not object_and_graph(line.split(" ", 2)[2])[1]]
            default.extend(stated)
            objects.extend([turned(line, "-") for line in stated])
            other, left = block, left - len(block)
            if left < 0 and not edited and (at := _first(block, f' {LABEL} "')) is not None:
                other, edited = [*block[:at], block[at].replace('"', '"!', 1), *block[at + 1 :]], True
            for lines, (writer, cutter) in zip((block, other), all_lines.values(), strict=True):
                writer.extend(lines)
                cutter.add("".join(lines).encode())
    versions = {name: (writer.done(), cutter.done()) for name, (writer, cutter) in all_lines.items()}
    return Files(versions, default.done(), objects.done())


def _first(block: list[str], part: str) -> int | None:
    """The first of the lines that hold a part and come after one that does not: whatever its literal is, it stays in order if that is less."""
    return next((at for at in range(1, len(block)) if part in block[at] and part not in block[at - 1]), None)


def _edits(graph: Callable[[], Any], by_object: Any, shapes: Any) -> dict[str, Any]:
    """Milliseconds to validate one edit, of which nothing is at hand: the median and the worst of some, and what is named most."""
    from muniment.shacl.incremental import Change, revalidate
    from muniment.stream.lines import turned_back
    from muniment.stream.sorting import LAST, Span
    from muniment.terms import LABEL, MUN, TYPE, iri

    def taken(edit: Change, now: Any) -> tuple[float, int]:
        started = time.perf_counter()
        done = revalidate((), edit, now, shapes)
        assert done is not None
        return (time.perf_counter() - started) * 1000, done.foci

    def median(name: str, edits: list[Change]) -> dict[str, Any]:
        times, foci = zip(*(taken(edit, graph()) for edit in edits), strict=True)
        return {
            f"{name}, ms": round(statistics.median(times), 1),
            f"{name}, worst, ms": round(max(times), 1),
            f"{name}, focus nodes": round(statistics.median(foci)),
        }

    def once(name: str, edit: Change, now: Any) -> dict[str, Any]:
        milliseconds, foci = taken(edit, now)
        return {f"{name}, ms": round(milliseconds, 1), f"{name}, focus nodes": foci}

    def every(kind: str) -> list[str]:
        start = f"{iri(MUN + kind)} {TYPE} "
        return [turned_back(line)[0] for line in by_object.lines(Span(start, start + LAST))]

    def some(nodes: list[str]) -> list[str]:
        return [nodes[number * len(nodes) // EDITS] for number in range(EDITS)]

    def relabelled(node: str) -> Change:
        label = next(q for q in stated.of(node) if q.predicate == LABEL)
        return Change([label], [label._replace(object='"before"@en')])

    stated, bodies = graph(), every("Body")
    events = some(every("Event"))
    most = max(bodies, key=lambda body: len(stated.to(body)))
    said = stated.of(most)
    other = next(q for q in said if q.predicate == TYPE and not q.object.startswith(f"<{MUN}"))
    return (
        median("a label is changed", [relabelled(event) for event in events])
        | median("an event is new", [Change(stated.of(event), []) for event in events])
        | median("a body is new", [Change(stated.of(body), []) for body in some(bodies)])
        | {"things that name the body named most": len(stated.to(most))}
        | once("its label is changed", relabelled(most), graph())
        | once("one more of its types is new", Change([other], []), graph())
        | once("all of it is new", Change(said, []), graph())
        | once("all of it is gone", Change([], said), _Without(graph(), most))
    )


@dataclass(frozen=True)
class _Without:
    """A graph that says nothing of a node."""

    graph: Any
    node: str

    def of(self, node: str) -> Any:
        return [] if node == self.node else self.graph.of(node)

    def to(self, node: str, predicate: str = "") -> Any:
        return [quad for quad in self.graph.to(node, predicate) if quad.subject != self.node]

    def has_blank_nodes(self) -> bool:
        return False
