"""The dataset described for harvesters: what the store says of itself, and what only the releases on disk can say.

The id of a release, and the sizes and checksums of its files, follow from the bytes of the graph and so cannot stand in it. They are
taken from the manifests. Addresses of this copy stand beside the canonical ones, so that what is described can be fetched here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from muniment.catalogue import DCAT, catalogue_iri
from muniment.engine import parse
from muniment.formats import Format, by_extension
from muniment.release import Release, releases_in
from muniment.terms import DCTERMS, DEFAULT_GRAPH, FOAF, SCHEMA, TYPE, XSD, Quad, iri, literal, literal_parts
from muniment.void import VOID
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import NotFound

SPDX = "http://spdx.org/rdf/terms#"
IANA = "https://www.iana.org/assignments/media-types/"
GZIP = "application/gzip"
_NTRIPLES = "application/n-triples"
_WITHOUT_QUERIES = '!STRSTARTS(STR(?s), "{base}queries/")'
_WITHOUT_PARTITIONS = '!STRSTARTS(STR(?s), "{base}void#") && !STRSTARTS(STR(?o), "{base}void#")'
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Download:
    """A file of a release that holds the graph."""

    name: str
    url: str
    """Its path on this host."""
    form: Format
    compressed: bool
    bytes: int
    sha256: str

    @property
    def media_type(self) -> str:
        """What the bytes are as they are sent."""
        return GZIP if self.compressed else self.form.media_type


def void(context: Context, origin: str) -> list[Quad]:
    """The VoID description, with the addresses of this copy.

    Raises:
        NotFound: the store does not describe itself.
    """
    found = _stated(context, _WITHOUT_QUERIES)
    return found + [Quad(*triple, DEFAULT_GRAPH) for triple in _local_void(context, origin)]


def catalogue(context: Context, origin: str) -> list[Quad]:
    """The DCAT catalogue: the dataset, its versions on disk, the files of this one, the endpoint; raises as ``void``."""
    found = _stated(context, f"{_WITHOUT_QUERIES} && {_WITHOUT_PARTITIONS}")
    local = [*_local_void(context, origin), *_local_service(context, origin), *_versions(context, origin)]
    return found + [Quad(*triple, DEFAULT_GRAPH) for triple in local]


def _stated(context: Context, condition: str) -> list[Quad]:
    found: list[Quad] = []
    if base := context.settings.base:
        query = (
            f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{catalogue_iri(base)}> {{ ?s ?p ?o }} "
            f"FILTER({condition.format(base=base)}) }}"
        )
        found = list(parse(context.store.answer(query, _NTRIPLES), _NTRIPLES))
    if not found:
        raise NotFound(
            "What is served here does not describe itself.", hint="Build a release from a project."
        )
    return found


def downloads(release: Release | None) -> list[Download]:
    """The files of a release that hold the graph in a format of RDF, as its manifest describes them."""
    found = []
    for name, facts in sorted((release.manifest.get("files", {}) if release else {}).items()):
        compressed = name.endswith(".gz")
        form = by_extension(name.removesuffix(".gz").rpartition(".")[2])
        if release and form and name.startswith("dump."):
            address = urls.release_url(release.id, name)
            found.append(Download(name, address, form, compressed, facts["bytes"], facts["sha256"]))
    return found


def versions(release: Release | None) -> list[Release]:
    """The releases of the same dataset beside a release, and itself, the one that was published first first."""
    if release is None:
        return []
    base = release.manifest.get("base")
    return [r for r in reversed(releases_in(release.path.parent)) if r.manifest.get("base") == base]


def version_iri(base: str, release: str) -> str:
    """The IRI of one release of a dataset."""
    return f"{base}releases/{release}"


def _local_void(context: Context, origin: str) -> Iterator[Triple]:
    dataset = iri(context.settings.base or "")
    yield dataset, iri(f"{VOID}sparqlEndpoint"), iri(f"{origin}{urls.SPARQL}")
    for download in downloads(context.release):
        yield dataset, iri(f"{VOID}dataDump"), iri(f"{origin}{download.url}")


def _local_service(context: Context, origin: str) -> Iterator[Triple]:
    service, endpoint = iri(f"{context.settings.base}sparql#service"), iri(f"{origin}{urls.SPARQL}")
    yield service, iri(f"{DCAT}endpointURL"), endpoint
    yield service, iri(f"{DCAT}endpointDescription"), endpoint


def _versions(context: Context, origin: str) -> Iterator[Triple]:
    base, current, previous = context.settings.base or "", context.settings.release, None
    for release in versions(context.release):
        version = iri(version_iri(base, release.id))
        yield iri(base), iri(f"{DCAT}hasVersion"), version
        yield version, TYPE, iri(f"{DCAT}Dataset")
        yield version, iri(f"{DCAT}isVersionOf"), iri(base)
        yield version, iri(f"{DCAT}version"), literal(release.id)
        yield version, iri(f"{DCTERMS}identifier"), literal(release.id)
        yield (
            version,
            iri(f"{DCTERMS}title"),
            literal(f"{release.manifest['title']}, release {release.id}", language="en"),
        )
        about = release.manifest.get("description") or release.manifest["title"]
        yield version, iri(f"{DCTERMS}description"), literal(about, language="en")
        if previous:
            yield version, iri(f"{DCAT}previousVersion"), previous
        previous = version
        for download in downloads(release):
            yield from _distribution(version, download, base, release, origin)
        if release.id == current:
            yield iri(base), iri(f"{DCAT}hasCurrentVersion"), version
            yield iri(base), iri(f"{DCAT}version"), literal(release.id)
            for download in downloads(release):
                yield iri(base), iri(f"{DCAT}distribution"), _distribution_iri(base, release, download)


def _distribution_iri(base: str, release: Release, download: Download) -> str:
    return iri(f"{version_iri(base, release.id)}#{download.name}")


def _distribution(
    version: str, download: Download, base: str, release: Release, origin: str
) -> Iterator[Triple]:
    node, address = _distribution_iri(base, release, download), iri(f"{origin}{download.url}")
    checksum = iri(f"{version_iri(base, release.id)}#{download.name}.sha256")
    yield version, iri(f"{DCAT}distribution"), node
    yield node, TYPE, iri(f"{DCAT}Distribution")
    yield node, iri(f"{DCTERMS}title"), literal(download.name)
    yield node, iri(f"{DCAT}accessURL"), address
    yield node, iri(f"{DCAT}downloadURL"), address
    yield node, iri(f"{DCAT}mediaType"), iri(f"{IANA}{download.form.media_type}")
    if download.compressed:
        yield node, iri(f"{DCAT}compressFormat"), iri(f"{IANA}{GZIP}")
    yield node, iri(f"{DCAT}byteSize"), literal(str(download.bytes), f"{XSD}nonNegativeInteger")
    if license_iri := release.manifest.get("license"):
        yield node, iri(f"{DCTERMS}license"), iri(license_iri)
    yield node, iri(f"{SPDX}checksum"), checksum
    yield checksum, TYPE, iri(f"{SPDX}Checksum")
    yield checksum, iri(f"{SPDX}algorithm"), iri(f"{SPDX}checksumAlgorithm_sha256")
    yield checksum, iri(f"{SPDX}checksumValue"), literal(download.sha256, f"{XSD}hexBinary")


def schema_dataset(context: Context, origin: str) -> Mapping[str, Any]:
    """The dataset as schema.org/Dataset, for search engines that read JSON-LD in pages."""
    settings = context.settings
    named = value_of(
        _stated(context, _WITHOUT_PARTITIONS),
        iri(f"{catalogue_iri(settings.base or '')}#publisher"),
        f"<{FOAF}name>",
    )
    publisher = literal_parts(named)[0] if named else None
    found = {
        "@context": SCHEMA,
        "@type": "Dataset",
        "@id": settings.base,
        "url": f"{origin}{urls.CATALOGUE}",
        "name": settings.title,
        "description": _long_enough(settings.description, settings.title),
        "license": settings.license,
        "version": settings.release,
        "identifier": settings.release and version_iri(settings.base or "", settings.release),
        "isAccessibleForFree": True,
        "publisher": {"@type": "Organization", "name": publisher} if publisher else None,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": d.name,
                "contentUrl": f"{origin}{d.url}",
                "encodingFormat": [d.form.media_type, *([GZIP] if d.compressed else [])],
                "contentSize": f"{d.bytes} B",
                "sha256": d.sha256,
            }
            for d in downloads(context.release)
        ],
    }
    return {name: value for name, value in found.items() if value}


def publisher_of(context: Context) -> str | None:
    """Who publishes the dataset, as its catalogue says."""
    if context.settings.base is None:
        return None
    catalogue = catalogue_iri(context.settings.base)
    query = f"SELECT ?name WHERE {{ GRAPH <{catalogue}> {{ <{catalogue}#publisher> <{FOAF}name> ?name }} }} LIMIT 1"
    return next((str(row["name"]) for row in context.store.query(query)), None)


def _long_enough(description: str, title: str) -> str:
    """Search engines pass over descriptions of fewer than 50 letters."""
    words = f"{title}. {description}" if len(description) < 50 else description
    return words if len(words) >= 50 else f"{words} A dataset of linked data with a SPARQL endpoint."


def value_of(quads: Sequence[Quad], subject: str, predicate: str) -> str | None:
    """The first object of statements with that subject and property."""
    return next((q.object for q in quads if q.subject == subject and q.predicate == predicate), None)
