"""What validation costs: full, over all processors, and after one changed record. The graph is that of the release of its size, in files
of sorted lines, as a build has it; they are made by another process, so that what is measured is only validation."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from processes import own_processor_seconds, watching
from scale_build import dataset, release

EDITS = 15


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
        act, task = spread, (built.path, folder)
        lines, by_subject, by_object = apart.result(apart.start(act, task), act, task)
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
        found |= _compared(built, lines)
        found |= _edits(partial(SortedStatements, by_subject, by_object), by_object, shapes)
        found["compare and edits, peak MB"] = watcher.peak_mb()
    shutil.rmtree(folder)
    return found


def spread(task: tuple[Path, Path]) -> tuple[Any, Any, Any]:
    """The lines of a release in files of a folder: all; those of the default graph; and these by object."""
    import gzip

    from muniment.release import DUMP
    from muniment.stream.lines import object_and_graph, turned
    from muniment.stream.place import Place

    path, folder = task
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    place = Place(folder)
    everything, default, objects = place.writer("lines"), place.writer("default"), place.sorter("objects")
    with gzip.open(path / DUMP, "rt", encoding="utf-8", newline="\n") as dump:
        while block := dump.readlines(1 << 20):
            stated = [line for line in block if not object_and_graph(line.split(" ", 2)[2])[1]]
            everything.extend(block)
            default.extend(stated)
            objects.extend([turned(line, "-") for line in stated])
    return everything.done(), default.done(), objects.done()


def _edits(graph: Callable[[], Any], by_object: Any, shapes: Any) -> dict[str, Any]:
    """Milliseconds to validate one edit, of which nothing is at hand: the median and the worst of some."""
    from muniment.shacl.incremental import Change, revalidate
    from muniment.stream.lines import turned_back
    from muniment.stream.sorting import LAST, Span
    from muniment.terms import LABEL, MUN, TYPE, iri

    def median(name: str, edits: list[Change]) -> dict[str, Any]:
        times, foci = [], []
        for edit in edits:
            started = time.perf_counter()
            done = revalidate((), edit, graph(), shapes)
            times.append((time.perf_counter() - started) * 1000)
            assert done is not None
            foci.append(done.foci)
        return {
            f"{name}, ms": round(statistics.median(times), 1),
            f"{name}, worst, ms": round(max(times), 1),
            f"{name}, focus nodes": round(statistics.median(foci)),
        }

    def some(kind: str) -> list[str]:
        start = f"{iri(MUN + kind)} {TYPE} "
        found = [turned_back(line)[0] for line in by_object.lines(Span(start, start + LAST))]
        return [found[number * len(found) // EDITS] for number in range(EDITS)]

    statements, events, bodies = graph(), some("Event"), some("Body")
    labels = [next(q for q in statements.of(event) if q.predicate == LABEL) for event in events]
    return (
        median("a label is changed", [Change([q], [q._replace(object='"before"@en')]) for q in labels])
        | median("an event is new", [Change(statements.of(event), []) for event in events])
        | median("a body is new", [Change(statements.of(body), []) for body in bodies])
    )
