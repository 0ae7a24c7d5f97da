"""One dataset and one release of each size, made once in a folder that all parts of ``scale.py`` share; and what making it costs."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from processes import Watcher, disk_mb, own_processor_seconds, watching

TRIPLES_PER_EVENT = 40.4
_DONE = "generated"


def events_of(triples: int) -> int:
    """How many events make about so many triples."""
    return round(triples / TRIPLES_PER_EVENT)


def dataset(triples: int, cache: Path) -> Path:
    """The project file of a dataset of that size, which is invented if it is not there."""
    from synthetic import generate

    folder = cache / str(triples) / "dataset"
    if not (folder / _DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        generate(folder, events_of(triples))
        (folder / _DONE).touch()
    return folder / "muniment.toml"


def release(triples: int, cache: Path) -> Any:
    """The release of that size, which is built if it is not there, or only one of an earlier version."""
    from muniment.dump_cuts import CUTS
    from muniment.errors import ReleaseError
    from muniment.project import read_project
    from muniment.release import current_release, remove

    project = read_project(dataset(triples, cache))
    try:
        if CUTS in (found := current_release(project.releases)).manifest["files"]:
            return found
        remove(found)
    except ReleaseError:
        pass
    return _built(project, lambda told: None)


def build(triples: int, cache: Path) -> dict[str, Any]:
    """Seconds and peak memory of each stage of a build without validation, and what lies on the disk then."""
    from muniment.project import read_project

    project = read_project(dataset(triples, cache))
    shutil.rmtree(project.releases, ignore_errors=True)
    with watching(os.getpid()) as watcher:
        stages, used = Stages(watcher), own_processor_seconds()
        done = _built(project, stages.told)
        stages.end()
        used = own_processor_seconds() - used
    peaks = [value for step, value in stages.found.items() if step.endswith("MB")]
    seconds = [value for step, value in stages.found.items() if step.endswith("s")]
    return {
        "triples": done.manifest["counts"]["triples"],
        "quads": done.manifest["counts"]["quads"],
        "sources, MB": disk_mb(project.sources),
        **stages.found,
        "whole build, s": round(sum(seconds), 2),
        "whole build, processor s": round(used, 2),
        "whole build, peak MB": max(peaks),
        "release, MB": disk_mb(done.path),
        "dumps, MB": round(sum(path.stat().st_size for path in done.path.glob("dump.*")) / 1e6, 1),
        "store, MB": disk_mb(done.path / "store"),
        "search index, MB": round((done.path / "search.sqlite").stat().st_size / 1e6, 1),
    }


def _built(project: Any, on_stage: Any) -> Any:
    """The build as it is, but for its validation, which is measured by itself: its report says that nothing was found."""
    import muniment.build
    from muniment.validation import as_report

    checked = muniment.build._checked
    muniment.build._checked = lambda *_, **__: (as_report(()), None)  # type: ignore[assignment]
    try:
        return muniment.build.build(project, on_stage)
    finally:
        muniment.build._checked = checked


class Stages:
    """Seconds and peak memory by stage. A stage that is told again goes on."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._stage, self._began = "", 0.0
        self.found: dict[str, Any] = {}

    def told(self, progress: Any) -> None:
        """What ``build`` tells: a stage by name, or an object or a tuple that names it."""
        stage = progress if isinstance(progress, str) else getattr(progress, "stage", None) or progress[0]
        if stage != self._stage:
            self.end()
            self._stage, self._began = str(stage), time.perf_counter()

    def end(self) -> None:
        """No stage runs any more."""
        peak = self._watcher.peak_mb()
        if self._stage and self._stage != "validate":
            seconds, most = f"{self._stage}, s", f"{self._stage}, peak MB"
            self.found[seconds] = round(self.found.get(seconds, 0) + time.perf_counter() - self._began, 2)
            self.found[most] = max(self.found.get(most, 0), peak)
        self._stage = ""
