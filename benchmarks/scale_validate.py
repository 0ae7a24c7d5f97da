"""What validation costs: full, over all processors, and after one changed record. The graph is read from the release of its size."""

from __future__ import annotations

import gzip
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from processes import own_processor_seconds, watching
from scale_build import dataset, release

EDITS = 15
FULL_UP_TO = 12_000_000
"""Triples up to which everything is validated."""


def validate(triples: int, cache: Path) -> dict[str, Any]:
    """Full validation, and what it takes to validate one changed record."""
    from muniment.engine import parse
    from muniment.project import read_project
    from muniment.shacl.previous import difference
    from muniment.shacl.shards import plan, validate_sharded
    from muniment.shacl.statements import Statements
    from muniment.terms import nquads
    from muniment.vocabulary import read_vocabulary

    with gzip.open(release(triples, cache).path / "dump.ttl.gz") as dump:
        data = list(parse(cast(IO[bytes], dump), "text/turtle"))
    shapes = read_vocabulary(read_project(dataset(triples, cache))).shapes
    found: dict[str, Any] = {"triples": len(data)}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        started, used = time.perf_counter(), own_processor_seconds()
        done = act()
        found[f"{name}, s"] = round(time.perf_counter() - started, 3)
        found[f"{name}, processor s"] = round(own_processor_seconds() - used, 3)
        return done

    with watching(os.getpid()) as watcher:
        found["engine"] = timed("look at the shapes", lambda: plan(shapes)).engine
        found["graph in memory, MB"] = watcher.peak_mb()
        if len(data) <= FULL_UP_TO:
            full = timed("full", lambda: validate_sharded(data, shapes))
            assert full.results == (), full.results[:3]
            found["full, peak MB"] = watcher.peak_mb()
        lines = list(nquads(data))
        timed("compare with the dump before", lambda: difference(iter(lines), lines))
        lines.clear()
        statements = timed("index", lambda: Statements(data))
        timed("index of what points where", lambda: statements.to(""))
    return found | _edits(data, shapes, statements)


def _edits(data: list[Any], shapes: Any, statements: Any) -> dict[str, Any]:
    """Milliseconds to validate one edit, the graph being at hand: the median and the worst of some."""
    from muniment.shacl.incremental import Change, revalidate
    from muniment.terms import LABEL, MUN, TYPE, iri

    def median(name: str, edits: list[Change]) -> dict[str, Any]:
        times, foci = [], []
        for edit in edits:
            started = time.perf_counter()
            done = revalidate((), edit, data, shapes, statements)
            times.append((time.perf_counter() - started) * 1000)
            assert done is not None
            foci.append(done.foci)
        return {
            f"{name}, ms": round(statistics.median(times), 1),
            f"{name}, worst, ms": round(max(times), 1),
            f"{name}, focus nodes": round(statistics.median(foci)),
        }

    events = [q.subject for q in data if q.predicate == TYPE and q.object == iri(f"{MUN}Event")]
    bodies = [q.subject for q in data if q.predicate == TYPE and q.object == iri(f"{MUN}Body")]
    some = [events[number * len(events) // EDITS] for number in range(EDITS)]
    labels = [next(q for q in statements.of(event) if q.predicate == LABEL) for event in some]
    others = [bodies[number * len(bodies) // EDITS] for number in range(EDITS)]
    return (
        median("a label is changed", [Change([q], [q._replace(object='"before"@en')]) for q in labels])
        | median("an event is new", [Change(statements.of(event), []) for event in some])
        | median("a body is new", [Change(statements.of(body), []) for body in others])
    )
