"""The dataset described for programs: VoID, DCAT, prefixes, and each saved query as ``sh:SPARQLExecutable``, all computed when it is built.

The statements stand in a named graph of their own, which shows what they rest on, and in the default graph, where editors and assistants
for SPARQL look for them. What depends on the bytes of a release (its id, sizes, checksums) cannot be inside of it: the service adds
that from the manifest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import partial
from pathlib import Path

from muniment.artefacts import artefact
from muniment.census import Census
from muniment.project import Project
from muniment.queries import QueryFile, read_queries, without_header
from muniment.sparql_text import query_form
from muniment.terms import DCTERMS, DEFAULT_GRAPH, FOAF, LABEL, RDFS, SCHEMA, SH, TYPE, Quad, iri, literal
from muniment.vocabulary import Vocabulary
from muniment.void import VOID, Frame, Things, Triple, describe, outward_links, solve_objects, things_of

DCAT = "http://www.w3.org/ns/dcat#"
PREFIXES = "https://w3id.org/muniment/prefixes"
"""The ontology IRI of the prefix table, which declares (``sh:declare``) what queries may use."""
_OF_ONE_DATASET = ("competency",)
"""Folders of queries that may name the things of a dataset; those that come with the software are not about another."""
_INNER = ("checks", "rules")
"""The folders of queries that the build runs; their names are not told apart from those of questions."""


def catalogue_iri(base: str) -> str:
    """The IRI of the catalogue and of the graph that holds it."""
    return f"{base}catalogue"


def query_iri(base: str, query: QueryFile) -> str:
    """The IRI of a saved query: questions by name, those of the build with their folder."""
    folder = query.path.parent.name
    return f"{base}queries/{f'{folder}/' if folder in _INNER else ''}{query.name}"


def described_queries(project: Project) -> list[QueryFile]:
    """The saved queries of a project, by folder and name.

    Raises:
        InputError: a query file is not as it should be.
    """
    return [query for folder in query_folders(project) for query in read_queries(folder)]


def query_folders(project: Project) -> list[Path]:
    """The folders of queries that are part of a release."""
    shipped = project.queries == artefact("queries") and not project.queries.is_relative_to(project.root)
    folders = sorted(path for path in project.queries.glob("*") if path.is_dir())
    return [f for f in folders if not (shipped and f.name in _OF_ONE_DATASET)]


def catalogue(project: Project, default: Sequence[Quad], vocabulary: Vocabulary) -> list[Quad]:
    """The description of a default graph, as quads of that graph and of the catalogue's own."""
    stated = {q[:3] for q in default if is_described_beside(q.subject, project)}
    data, links = Census(default), outward_links(default, project.ids)
    return catalogue_of(project, vocabulary, stated, data, links, things_of(data, project.ids))


def is_described_beside(subject: str, project: Project) -> bool:
    """Whether a term is the dataset's own, but no thing in it: statements about it may be the catalogue's, too."""
    return subject.startswith(f"<{project.base}") and not subject.startswith(f"<{project.ids}")


def catalogue_of(
    project: Project,
    vocabulary: Vocabulary,
    stated: Set[Triple],
    data: Census,
    links: Counter[tuple[str, str]],
    things: Things,
) -> list[Quad]:
    """The description of what was counted, as quads of the default graph and of the catalogue's own.

    Args:
        project: the dataset.
        vocabulary: its vocabulary.
        stated: what the default graph says of the dataset (``is_described_beside``).
        data: the census of the default graph.
        links: ``outward_links`` of it.
        things: ``things_of`` it.
    """
    base = project.base
    frame = Frame(iri(base), f"{base}void", project.ids, vocabulary.prefixes())
    fixed = [*_dataset(project), *_service(project)]
    fixed += [q[:3] for q in vocabulary.prefix_declarations()]
    fixed += [t for query in described_queries(project) for t in _query(query, base)]

    for counts_objects in (True, False):
        described = partial(describe, links=links, frame=frame, things=things, counts_objects=counts_objects)
        found = _settled(fixed, stated, data, described)
        whole = solve_objects([*fixed, *found], frame.dataset, data) if counts_objects else [*fixed, *found]
        if whole is not None:
            break
    mine, graph = sorted(set(whole or ())), iri(catalogue_iri(base))
    return [*_quads(t for t in mine if t not in stated), *(Quad(*t, graph) for t in mine)]


def _settled(
    fixed: Sequence[Triple], stated: Set[Triple], data: Census, described: Callable[[Census], list[Triple]]
) -> list[Triple]:
    """The description with all its nodes: each round describes what the one before added, until nothing is added."""
    found: list[Triple] = []
    nodes: set[tuple[str, str]] = set()
    while True:
        census = Census.over(_quads(sorted({*fixed, *found} - stated)), data)
        found = described(census)
        before, nodes = nodes, {triple[:2] for triple in found}
        if nodes == before:
            return found


def _quads(triples: Iterable[Triple]) -> list[Quad]:
    return [Quad(*triple, DEFAULT_GRAPH) for triple in triples]


def _dataset(project: Project) -> Iterator[Triple]:
    base = project.base
    catalog, dataset = iri(catalogue_iri(base)), iri(base)
    yield catalog, TYPE, iri(f"{DCAT}Catalog")
    yield catalog, TYPE, iri(f"{VOID}DatasetDescription")
    yield catalog, iri(f"{DCAT}dataset"), dataset
    yield catalog, iri(f"{FOAF}primaryTopic"), dataset
    yield dataset, TYPE, iri(f"{DCAT}Dataset")
    yield dataset, TYPE, iri(f"{VOID}Dataset")
    yield dataset, iri(f"{FOAF}homepage"), dataset
    yield dataset, iri(f"{VOID}uriSpace"), literal(project.ids)
    for thing, title in ((catalog, f"Catalogue: {project.title}"), (dataset, project.title)):
        yield thing, iri(f"{DCTERMS}title"), literal(title, language="en")
        yield thing, iri(f"{DCTERMS}description"), literal(project.description or title, language="en")
        yield thing, iri(f"{DCTERMS}license"), iri(project.license)
        if project.publisher:
            yield thing, iri(f"{DCTERMS}publisher"), iri(f"{catalogue_iri(base)}#publisher")
    if project.publisher:
        yield iri(f"{catalogue_iri(base)}#publisher"), TYPE, iri(f"{FOAF}Agent")
        yield iri(f"{catalogue_iri(base)}#publisher"), iri(f"{FOAF}name"), literal(project.publisher)


def _service(project: Project) -> Iterator[Triple]:
    endpoint = f"{project.base}sparql"
    service = iri(f"{endpoint}#service")
    yield iri(catalogue_iri(project.base)), iri(f"{DCAT}service"), service
    yield iri(project.base), iri(f"{VOID}sparqlEndpoint"), iri(endpoint)
    yield service, TYPE, iri(f"{DCAT}DataService")
    yield service, iri(f"{DCTERMS}title"), literal(f"SPARQL endpoint: {project.title}", language="en")
    yield service, iri(f"{DCAT}endpointURL"), iri(endpoint)
    yield service, iri(f"{DCAT}servesDataset"), iri(project.base)
    yield service, iri(f"{DCTERMS}conformsTo"), iri("https://www.w3.org/TR/sparql11-protocol/")
    yield service, iri(f"{DCTERMS}license"), iri(project.license)


def _query(query: QueryFile, base: str) -> Iterator[Triple]:
    """A saved query in the terms of SHACL, as https://github.com/sib-swiss/sparql-examples publishes such."""
    node, form = iri(query_iri(base, query)), query_form(query.text) or "SELECT"
    yield node, TYPE, iri(f"{SH}SPARQLExecutable")
    yield node, TYPE, iri(f"{SH}SPARQL{form.capitalize()}Executable")
    yield node, LABEL, literal(query.title, language="en")
    yield node, iri(f"{RDFS}comment"), literal(query.question, language="en")
    yield node, iri(f"{SH}{form.lower()}"), literal(without_header(query.text) + "\n")
    yield node, iri(f"{SH}prefixes"), iri(PREFIXES)
    yield node, iri(f"{SCHEMA}target"), iri(f"{base}sparql")
    for tag in query.tags:
        yield node, iri(f"{SCHEMA}keywords"), literal(tag)
