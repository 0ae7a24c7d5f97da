"""What a dataset is said and checked with: ontology, concept schemes, prefixes, shapes, each file a named graph of the release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from muniment import engine
from muniment.artefacts import artefact
from muniment.context import Context, read_context
from muniment.errors import InputError, Where
from muniment.jsonld import JsonLd, read_jsonld
from muniment.project import Project
from muniment.terms import DEFAULT_GRAPH, OWL, RDFS, SH, TYPE, XSD, Quad, bare, iri, literal_parts

CONCEPTS = "concepts.ttl"
STYLE_GUIDE = "ontology.ttl"
"""The shapes file that is about the ontology, not about the data."""

_ONTOLOGY, _SUBCLASS = iri(f"{OWL}Ontology"), iri(f"{RDFS}subClassOf")
_DECLARE = iri(f"{SH}declare")
_PREFIX, _NAMESPACE = iri(f"{SH}prefix"), iri(f"{SH}namespace")
_PATH, _MAX_COUNT, _UNIQUE_LANG = iri(f"{SH}path"), iri(f"{SH}maxCount"), iri(f"{SH}uniqueLang")


@dataclass(frozen=True)
class Vocabulary:
    """The parsed files; each quad's graph is the ontology IRI of its file."""

    ontology: tuple[Quad, ...]
    concepts: tuple[Quad, ...]
    """The part of ``ontology`` that also belongs in the default graph: values need their labels there."""
    shapes: tuple[Quad, ...]
    style_guide: tuple[Quad, ...]
    context: Context
    jsonld: JsonLd
    """What JSON-LD is written with."""
    files: tuple[Path, ...]

    def prefixes(self) -> dict[str, str]:
        """The one prefix table: prefix -> namespace."""
        return _prefixes(self.ontology)

    def prefix_declarations(self) -> list[Quad]:
        """The declarations behind the table, which also belong in the default graph: editors look for them there."""
        declared = {q.object for q in self.ontology if q.predicate == _DECLARE}
        return [q for q in self.ontology if q.predicate == _DECLARE or q.subject in declared]

    def superclasses(self) -> dict[str, list[str]]:
        """Class -> all its named superclasses, near and far."""
        parents: dict[str, set[str]] = {}
        for q in self.ontology:
            if q.predicate == _SUBCLASS and q.object.startswith("<"):
                parents.setdefault(q.subject, set()).add(q.object)
        return {name: sorted(_closure(name, parents)) for name in sorted(parents)}

    def single_valued(self) -> dict[str, str]:
        """Properties that a thing has once by its shapes: predicate -> ``value`` (sh:maxCount 1) or ``language`` (sh:uniqueLang)."""
        paths = {
            q.subject: q.object for q in self.shapes if q.predicate == _PATH and q.object.startswith("<")
        }
        found: dict[str, str] = {}
        for q in self.shapes:
            if q.subject not in paths:
                continue
            if q.predicate == _MAX_COUNT and literal_parts(q.object)[0] == "1":
                found[paths[q.subject]] = "value"
            elif q.predicate == _UNIQUE_LANG and q.object == f'"true"^^<{XSD}boolean>':
                found.setdefault(paths[q.subject], "language")
        return found

    def graphs(self) -> list[Quad]:
        """All files as named graphs, blank nodes named canonically."""
        return engine.canonical_blank_nodes((*self.ontology, *self.shapes, *self.style_guide))


def read_vocabulary(project: Project) -> Vocabulary:
    """Read ``ontology/`` and ``shapes/`` of a project.

    Raises:
        InputError: a file is no Turtle or declares no ontology IRI.
    """
    ontology_files, shape_files = sorted(project.ontology.glob("*.ttl")), sorted(project.shapes.glob("*.ttl"))
    ontology = {path: _read(path) for path in ontology_files}
    shapes = {path: _read(path) for path in shape_files if path.name != STYLE_GUIDE}
    guide = [_read(path) for path in shape_files if path.name == STYLE_GUIDE]
    context_file = project.ontology / "context.jsonld"
    context = read_context(context_file)
    return Vocabulary(
        ontology=_joined(ontology.values()),
        concepts=_joined(quads for path, quads in ontology.items() if path.name == CONCEPTS),
        shapes=_joined(shapes.values()),
        style_guide=_joined(guide),
        context=context,
        jsonld=read_jsonld(project.ontology, context),
        files=(*ontology_files, context_file, *shape_files),
    )


def read_prefixes(path: Path) -> dict[str, str]:
    """The prefix table of one Turtle file with ``sh:declare``."""
    return _prefixes(_read(path))


def default_prefixes() -> dict[str, str]:
    """The shipped prefix table, for what brings none."""
    return read_prefixes(artefact("ontology") / "prefixes.ttl")


def _prefixes(quads: Iterable[Quad]) -> dict[str, str]:
    found: dict[str, dict[str, str]] = {}
    for q in quads:
        if q.predicate in (_PREFIX, _NAMESPACE):
            found.setdefault(q.subject, {})[q.predicate] = literal_parts(q.object)[0]
    return {entry[_PREFIX]: entry[_NAMESPACE] for _, entry in sorted(found.items()) if len(entry) == 2}


def _read(path: Path) -> list[Quad]:
    quads = list(engine.parse(path.read_bytes(), "text/turtle", path=str(path)))
    names = sorted(q.subject for q in quads if q.predicate == TYPE and q.object == _ONTOLOGY)
    if not names:
        raise InputError(
            "no ontology IRI", where=Where(str(path)), hint="Declare one: `<...> a owl:Ontology`."
        )
    label = f"_:{path.stem.replace('-', '')}"  # blank nodes of two files must not meet

    def own(term: str) -> str:
        return f"{label}{term[2:]}" if term.startswith("_:") else term

    return [Quad(own(q.subject), q.predicate, own(q.object), names[0]) for q in quads]


def _joined(parts: Iterable[Iterable[Quad]]) -> tuple[Quad, ...]:
    return tuple(quad for part in parts for quad in part)


def _closure(name: str, parents: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = parents.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found - {name}


def in_default_graph(quads: Iterable[Quad]) -> list[Quad]:
    """The same statements in the default graph."""
    return [Quad(q.subject, q.predicate, q.object, DEFAULT_GRAPH) for q in quads]


def version_iris(quads: Iterable[Quad]) -> dict[str, str]:
    """Ontology IRI -> version IRI, for those that declare one."""
    return {bare(q.subject): bare(q.object) for q in quads if q.predicate == iri(f"{OWL}versionIRI")}
