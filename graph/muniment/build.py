"""From sources to a release: read, consolidate, derive, validate, write. Nothing here looks at a clock or a network."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muniment import __version__
from muniment.access import read_files
from muniment.artefacts import artefact
from muniment.catalogue import catalogue, query_folders
from muniment.claims import CLAIM, FILE, SOURCE, Claims, dangling, read_claims, source_files
from muniment.consolidate import consolidate
from muniment.derive import apply_rules, materialised_classes
from muniment.dumps import Contents
from muniment.errors import InputError, ReleaseError, ValidationFailed, Where, did_you_mean, raise_all
from muniment.files import read_text
from muniment.jsonld import FRAMES, SUPERSEDED
from muniment.progress import OnStage, Part, nothing, part_of, quiet
from muniment.project import FILE as PROJECT_FILE
from muniment.project import Project, line_of
from muniment.queries import QueryFile, read_queries, read_saved
from muniment.release import Release, building, current_release, open_release, read_pointer
from muniment.release_writer import (
    Contained,
    begin_dump,
    workplace,
    write_contained,
    write_release,
    written_or_untouched,
)
from muniment.search.described import InLines, kept
from muniment.search.facets import facts_of, read_facets
from muniment.search.model import Facet
from muniment.shacl.previous import revalidate_since
from muniment.shacl.shards import validate_sharded
from muniment.shacl.sorted_statements import SortedStatements
from muniment.shacl.spans import validate_lines
from muniment.stream.assembling import Assembled, Assembly, Suspicious
from muniment.stream.crew import Crew, crew
from muniment.stream.lines import lines_of
from muniment.stream.place import DEFAULT, Limits, Place
from muniment.stream.sorting import NOTHING, Ordered
from muniment.stream.stretches import Cutter, Stretch
from muniment.stream.suspicion import Suspicion, TooMuch
from muniment.terms import DEFAULT_GRAPH, MUN, SCHEMA, TYPE, Quad, bare, iri, literal_parts, nquads
from muniment.validation import ValidationReport
from muniment.vocabulary import Vocabulary, default_prefixes, in_default_graph, read_vocabulary, version_iris

ASSEMBLY = ("read vocabulary", "read claims", "consolidate", "derive", "describe")
STAGES = (*ASSEMBLY, "order", "validate", "write")
"""What ``on_stage`` is told, in this order, when each stage begins."""
SHARES = {
    "read vocabulary": 0.1,
    "read claims": 25.0,
    "consolidate": 6.0,
    "derive": 6.0,
    "describe": 9.0,
    "order": 5.0,
    "validate": 60.0,
    "write": 45.0,
}
"""How long the stages of a large build take beside each other, about; for estimates of the time that is left."""
_SOFTWARE = f"muniment {__version__}"


@dataclass(frozen=True)
class Graph:
    """A dataset before it is written: the default graph, the named graphs beside it, and where each claim comes from."""

    default: Sequence[Quad]
    named: Sequence[Quad]
    claims: Claims
    vocabulary: Vocabulary


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """No search for reference cycles: millions of quads make it slow, and quads have none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_without_collector()
def assemble(project: Project, on_stage: OnStage = quiet) -> Graph:
    """Read and consolidate the sources of a project.

    Raises:
        InputError: something that people wrote is not as it should be.
    """
    on_stage("read vocabulary")
    vocabulary = read_vocabulary(project)
    rules = read_queries(project.queries / "rules")
    on_stage("read claims")
    claims = _claims(project, vocabulary)
    on_stage("consolidate")
    default = consolidate(claims.quads, vocabulary.single_valued(), project.ranking, project.ids)
    default = list(dict.fromkeys([*default, *in_default_graph(vocabulary.concepts)]))
    on_stage("derive")
    derived = apply_rules(default, claims.quads, rules, project.ids)
    default += [q for q in derived if q.graph == DEFAULT_GRAPH]
    classes = materialised_classes(default, vocabulary.superclasses(), project.ids)
    default += [q for q in classes if q.graph == DEFAULT_GRAPH]
    on_stage("describe")
    described = catalogue(project, default, vocabulary)
    default += [q for q in described if q.graph == DEFAULT_GRAPH]
    named = [
        q for part in (claims.quads, derived, classes, described) for q in part if q.graph != DEFAULT_GRAPH
    ]
    return Graph(default, named, claims, vocabulary)


def _claims(project: Project, vocabulary: Vocabulary) -> Claims:
    """The claims of a project with their places; references of theirs lead to something."""
    claims = read_claims(source_files(project.sources), vocabulary.context, project.ids)
    terms = {q.subject for q in vocabulary.ontology}
    sources = [bare(q.subject).removeprefix(project.ids) for q in claims.quads if q[1:3] == (TYPE, SOURCE)]
    raise_all([*dangling(claims, project.ids, terms), *_ranked_in_vain(project, sources)])
    return claims


def _tell(what: Suspicion, project: Project, vocabulary: Vocabulary) -> None:
    """Raise what reading everything with places would raise, by reading no more than that needs."""
    terms = {q.subject for q in vocabulary.ontology}
    try:
        found = what.told(vocabulary.context, project.ids, terms)
        raise_all([*found, *_ranked_in_vain(project, what.sources)])
    except TooMuch:
        _claims(project, vocabulary)


def _ranked_in_vain(project: Project, sources: Sequence[str]) -> Iterator[InputError]:
    """Sources of the ranking that no record describes: a slip there would decide disagreements in silence."""
    path = project.root / PROJECT_FILE
    for name in project.ranking:
        if name not in sources:
            where = Where(str(path), line_of(read_text(path), "ranking"))
            yield InputError(f"nothing describes `{name}`", where=where, hint=did_you_mean(name, sources))


def check_graph(graph: Graph) -> ValidationReport:
    """Validate the default graph against the data shapes."""
    return validate_sharded(graph.default, graph.vocabulary.shapes)


def build(
    project: Project, on_stage: OnStage = quiet, full: bool = False, limits: Limits = DEFAULT
) -> Release:
    """Build, validate, write and point to a release; the current release stays as it is if anything fails.

    Only what changed since the current release is validated, where that gives the report of a full validation. Beyond some sources
    everything is done in bounded memory, with files in a folder beside the releases and in several processes; the release is the same.

    Args:
        project: what to build.
        on_stage: told each of ``STAGES`` as it begins; a ``Progress`` is told of their parts, too.
        full: validate everything, whatever is known of the current release.
        limits: how much is done in memory, and in how many processes.

    Raises:
        InputError: something that people wrote is not as it should be.
        ValidationFailed: the shapes found a violation.
        ReleaseError: the release cannot be written, or another process is building.
    """
    with building(project.releases), _working_in(project, limits) as (place, crew):
        inputs = inputs_hash(project)
        queries = saved_queries(project)
        on_stage("read vocabulary")
        vocabulary = read_vocabulary(project)
        facets, graphs = read_facets(project.queries / "facets"), lines_of(vocabulary.graphs())
        keep = kept(graphs, facets)
        found = _assembled(project, vocabulary, place, crew, on_stage, keep.properties if keep else ())
        on_stage("order")
        unordered = Contents(NOTHING, found.default, found.by_graph)
        begun = None
        if place.folder and crew.size > 1:
            begun = begin_dump(place.folder, unordered, vocabulary.prefixes(), crew)
        lines, sha256, stretches = _ordered(found.default + found.named, place)
        on_stage("validate")
        part = part_of(on_stage) if place.folder else nothing
        report, validated = _checked(project, vocabulary, found, lines, stretches, full, crew, part)
        if not report.conforms:
            raise ValidationFailed(len(report.violations))
        on_stage("write")
        turtle = report.graph.serialize(format="longturtle", canon=True)
        facts = _facts(project, vocabulary, facets, found, report, lines.size())
        contents = dataclasses.replace(unordered, lines=lines, stretches=stretches)
        described = None
        if keep and keep.classes.isdisjoint(found.classes):
            described = InLines(found.by_property, frozenset(found.properties), graphs)
        contained = Contained(contents, sha256, found.events, described, crew, begun)
        return write_contained(project.releases, contained, turtle, facts, inputs, queries, validated, part)


@contextlib.contextmanager
def _working_in(project: Project, limits: Limits) -> Iterator[tuple[Place, Crew]]:
    """Where a build works, and with how many processes: what is small is done in memory, by this one."""
    if sum(path.stat().st_size for path in source_files(project.sources)) <= limits.in_memory:
        with _without_collector():
            yield Place(), Crew(1)
        return
    with (
        written_or_untouched(),
        workplace(project.releases) as folder,
        crew(limits.processes) as hands,
        _without_collector(),
    ):
        yield Place(folder, limits), hands


def _assembled(
    project: Project,
    vocabulary: Vocabulary,
    place: Place,
    crew: Crew,
    on_stage: OnStage,
    kept: Collection[str],
) -> Assembled:
    try:
        return Assembly(project, vocabulary, place, crew, on_stage, kept=kept).run()
    except Suspicious as doubt:
        _tell(doubt.what, project, vocabulary)
        return Assembly(project, vocabulary, place, crew, on_stage, trusting=True, kept=kept).run()


def _ordered(lines: Ordered, place: Place) -> tuple[Ordered, str, list[Stretch]]:
    """All lines as one run, their SHA-256, and their stretches."""
    digest, cutter, writer = hashlib.sha256(), Cutter(), place.writer("lines")
    for block in lines.blocks():
        text = "".join(block).encode()
        digest.update(text)
        cutter.add(text)
        writer.extend(block)
    return writer.done(), digest.hexdigest(), cutter.done()


def _checked(
    project: Project,
    vocabulary: Vocabulary,
    found: Assembled,
    lines: Ordered,
    stretches: Sequence[Stretch],
    full: bool,
    crew: Crew,
    part: Part,
) -> tuple[ValidationReport, dict[str, Any] | None]:
    """The report, and how it was made where that was not by validating everything."""
    default, by_object, shapes = found.default, found.by_object, vocabulary.shapes
    try:
        before = None if full else current_release(project.releases)
    except ReleaseError:
        before = None
    now = SortedStatements(default, by_object)
    if before and (since := revalidate_since(before, _SOFTWARE, lines, stretches, now, shapes)):
        return since.report, {"since": before.id, "focus_nodes": since.foci}
    return validate_lines(default, by_object, shapes, crew, part), None


def saved_queries(project: Project) -> list[QueryFile]:
    """The queries that go into a release: all of the project's own; of those that come with the software, not the questions of its
    first dataset.

    Raises:
        InputError: a query file is not as it should be.
    """
    folders = {folder.name for folder in query_folders(project)}
    return [query for query in read_saved(project.queries) if query.folder in folders]


def up_to_date(project: Project) -> Release | None:
    """The current release, if it was built from the files as they are now by this version of the software."""
    try:
        pointer = read_pointer(project.releases)
        release = open_release(project.releases / pointer.id)
    except ReleaseError:
        return None
    return release if pointer.inputs == inputs_hash(project) else None


def inputs_hash(project: Project) -> str:
    """One SHA-256 over everything that a build reads, and the version of the software."""
    digest = hashlib.sha256(__version__.encode())
    ontology = (project.ontology, project.ontology / FRAMES, project.ontology / SUPERSEDED)
    folders = (project.sources, *ontology, project.shapes, *query_folders(project))
    files = [path for folder in folders for path in sorted(folder.glob("*")) if path.is_file()]
    for path in (project.root / PROJECT_FILE, *files):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _facts(
    project: Project,
    vocabulary: Vocabulary,
    facets: Sequence[Facet],
    found: Assembled,
    report: ValidationReport,
    size: int,
) -> dict[str, Any]:
    classes = {bare(name): count for name, count in found.classes.items() if name.startswith(f"<{MUN}")}
    severities = Counter(result.severity.rpartition("#")[2] for result in report.results)
    return {
        "title": project.title,
        "description": project.description,
        "base": project.base,
        "license": project.license,
        **({"issued": project.issued} if project.issued else {}),
        "software": _SOFTWARE,
        "counts": {
            "quads": size,
            "triples": found.triples,
            "claims": classes.get(bare(CLAIM), 0),
            "classes": {name.rpartition("#")[2]: count for name, count in sorted(classes.items())},
        },
        "versions": version_iris((*vocabulary.ontology, *vocabulary.shapes)),
        "prefixes": vocabulary.prefixes(),
        "jsonld": {"contexts": vocabulary.jsonld.contexts, "frames": vocabulary.jsonld.frames},
        "facets": facts_of(facets),
        "sources": _sources(found.sources),
        "validation": {name: severities[name] for name in ("Violation", "Warning", "Info")},
    }


def _sources(stated: Sequence[Quad]) -> list[dict[str, str]]:
    """The sources with their files, from what is said of them."""
    keys = {FILE: "file", iri(f"{SCHEMA}sha256"): "sha256"}
    found: dict[str, dict[str, str]] = {}
    for q in stated:
        about = found.setdefault(q.subject, {"iri": bare(q.subject)})
        if q.predicate in keys:
            about[keys[q.predicate]] = literal_parts(q.object)[0]
    return [found[source] for source in sorted(found)]


def publish_files(files: Sequence[Path], releases: Path) -> Release:
    """An ad-hoc release of RDF files, as they are: nothing is consolidated, derived or validated.

    Raises:
        InputError: a file is missing or is no RDF.
        ReleaseError: the release cannot be written.
    """
    with building(releases):
        quads = read_files(files)
        lines = list(nquads(quads))
        names = ", ".join(path.name for path in files)
        facts = {
            "title": names,
            "description": "",
            "base": None,
            "license": None,
            "software": _SOFTWARE,
            "counts": {"quads": len(lines), "triples": sum(q.graph == DEFAULT_GRAPH for q in quads)},
            "prefixes": default_prefixes(),
            "facets": facts_of(read_facets(artefact("queries") / "facets")),
            "sources": [{"file": path.name} for path in files],
        }
        return write_release(releases, lines, "", facts, inputs="files")
