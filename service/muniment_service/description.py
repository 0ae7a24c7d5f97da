"""The SPARQL 1.1 service description: what the endpoint is and can do, as RDF, computed from the service that runs.

Only what is true is stated: limits where they are kept, extension functions where the engine answers them. The limits have no standard
terms; ours are under ``SERVICE`` and explained in docs/http.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request

from muniment.catalogue import DCAT
from muniment.engine import serialize
from muniment.errors import MunimentError
from muniment.store import Store
from muniment.terms import DCTERMS, DEFAULT_GRAPH, RDFS, SH, TYPE, XSD, Quad, iri, literal
from muniment.void import VOID
from muniment.workers.pool import Pool
from muniment_service import urls
from muniment_service.catalogue import void
from muniment_service.context import Context

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
SIMPLE = "http://www.w3.org/ns/entailment/Simple"
SERVICE = "https://w3id.org/muniment/service#"

MOST_GRAPHS = 1_000
"""Named graphs that are listed, the first by name: a release of a million statements has tens of thousands, and /graphs lists them all."""

RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "JSON-LD",
    "N-Triples",
    "RDF_XML",
    "TriG",
    "N-Quads",
)
"""Local names under ``FORMATS``, in the order of ``muniment.formats``."""

CASTS = {
    "date": "2000-01-02",
    "time": "01:02:03",
    "gYear": "2000",
    "gYearMonth": "2000-01",
    "gMonth": "--01",
    "gMonthDay": "--01-02",
    "gDay": "---02",
    "duration": "P1Y1D",
    "dayTimeDuration": "P1D",
    "yearMonthDuration": "P1Y",
}
"""Casts beyond those of SPARQL 1.1 that an engine may have: local name of the XSD type -> something to cast."""

_PREFIXES = {
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "rdfs": RDFS,
    "sd": SD,
    "sh": SH,
    "srv": SERVICE,
    "void": VOID,
    "xsd": XSD,
}


def endpoint_of(request: Request) -> str:
    """The absolute URL of the endpoint, as the client that asks sees it."""
    return f"{urls.origin(request.url.scheme, request.headers.get('host'))}{urls.SPARQL}"


def describe_service(context: Context, endpoint: str) -> list[Quad]:
    """The description of the service at an endpoint, sorted, in the default graph."""
    return sorted({Quad(s, p, o, DEFAULT_GRAPH) for s, p, o in _statements(context, endpoint)})


def write_description(context: Context, endpoint: str, media_type: str) -> bytes:
    """The description in an RDF format."""
    return serialize(describe_service(context, endpoint), media_type, _PREFIXES)


_Statements = Iterator[tuple[str, str, str]]


def _statements(context: Context, endpoint: str) -> _Statements:
    service = iri(f"{endpoint}#service")
    yield from _service(context, endpoint, service)
    yield from _limits(context, service)
    yield from _prefixes(context, endpoint, service)
    yield from _dataset(context, endpoint, iri(f"{endpoint}#dataset"))


def _service(context: Context, endpoint: str, service: str) -> _Statements:
    yield service, TYPE, iri(f"{SD}Service")
    yield service, iri(f"{SD}endpoint"), iri(endpoint)
    yield service, iri(f"{SD}supportedLanguage"), iri(f"{SD}SPARQL11Query")
    yield service, iri(f"{SD}defaultEntailmentRegime"), iri(SIMPLE)
    yield service, iri(f"{SD}defaultDataset"), iri(f"{endpoint}#dataset")
    yield service, iri(f"{RDFS}label"), literal(context.settings.title)
    yield service, iri(f"{RDFS}seeAlso"), iri(f"{endpoint.removesuffix(urls.SPARQL)}{urls.GRAPHS}")
    for name in RESULT_FORMATS:
        yield service, iri(f"{SD}resultFormat"), iri(f"{FORMATS}{name}")
    if context.settings.services:
        yield service, iri(f"{SD}feature"), iri(f"{SD}BasicFederatedQuery")
        yield iri(f"{SD}BasicFederatedQuery"), TYPE, iri(f"{SD}Feature")
    for function in extension_functions(context.store):
        yield service, iri(f"{SD}extensionFunction"), iri(function)
        yield iri(function), TYPE, iri(f"{SD}Function")


def extension_functions(store: Store) -> list[str]:
    """The casts beyond SPARQL 1.1 that the engine answers: tried, not assumed."""
    calls = " ".join(f'(<{XSD}{name}>("{value}") AS ?{name})' for name, value in CASTS.items())
    try:
        found = store.query(f"SELECT {calls} {{}}").rows
    except MunimentError:
        return []  # an engine without one of them may refuse the query
    return [f"{XSD}{name}" for name in CASTS if found and name in found[0]]


def _limits(context: Context, service: str) -> _Statements:
    sizes = {"maxQueryBytes": context.settings.query_bytes, "maxBodyBytes": context.settings.body_bytes}
    if isinstance(context.answers, Pool):
        limits = context.answers.limits
        seconds = literal(f"PT{limits.seconds:g}S", f"{XSD}dayTimeDuration")
        yield service, iri(f"{SERVICE}maxQueryTime"), seconds
        sizes |= {
            "maxQueryMemoryBytes": limits.memory_bytes,
            "maxAnswerBytes": limits.result_bytes,
            "maxConcurrentQueries": limits.workers,
            "maxWaitingQueries": limits.queue,
            "maxClientQueries": limits.per_client,
        }
    for name, value in sizes.items():
        yield service, iri(f"{SERVICE}{name}"), literal(str(value), f"{XSD}integer")


def _prefixes(context: Context, endpoint: str, service: str) -> _Statements:
    for prefix, namespace in context.settings.prefixes.items():
        declared = iri(f"{endpoint}#prefix-{quote(prefix, safe='')}")
        yield service, iri(f"{SH}declare"), declared
        yield declared, TYPE, iri(f"{SH}PrefixDeclaration")
        yield declared, iri(f"{SH}prefix"), literal(prefix)
        yield declared, iri(f"{SH}namespace"), literal(namespace, f"{XSD}anyURI")


def _dataset(context: Context, endpoint: str, dataset: str) -> _Statements:
    settings, overview = context.settings, context.overviews.current()
    origin = endpoint.removesuffix(urls.SPARQL)
    yield dataset, TYPE, iri(f"{SD}Dataset")
    yield dataset, iri(f"{DCTERMS}title"), literal(settings.title)
    if settings.description:
        yield dataset, iri(f"{DCTERMS}description"), literal(settings.description)
    if settings.license:
        is_iri = urls.is_iri(settings.license)
        yield (
            dataset,
            iri(f"{DCTERMS}license"),
            iri(settings.license) if is_iri else literal(settings.license),
        )
    if settings.release:
        yield dataset, iri(f"{DCTERMS}identifier"), literal(settings.release)
        yield dataset, iri(f"{DCAT}version"), literal(settings.release)
        if settings.base:
            yield dataset, iri(f"{DCTERMS}isVersionOf"), iri(settings.base)
            yield iri(settings.base), iri(f"{DCTERMS}hasVersion"), dataset
    default = iri(f"{origin}{urls.graph_url(None)}")
    yield dataset, iri(f"{SD}defaultGraph"), default
    if settings.base and overview.described:
        yield default, iri(f"{DCTERMS}isPartOf"), iri(settings.base)
        yield from (q[:3] for q in void(context, origin))
    yield from _graph(default, overview.triples)
    for name, triples in overview.graphs.part(0, MOST_GRAPHS):
        named = iri(f"{endpoint}#graph-{quote(name, safe='')}")
        graph = iri(f"{origin}{urls.graph_url(name)}")
        yield dataset, iri(f"{SD}namedGraph"), named
        yield named, TYPE, iri(f"{SD}NamedGraph")
        yield named, iri(f"{SD}name"), iri(name)
        yield named, iri(f"{SD}graph"), graph
        yield from _graph(graph, triples)


def _graph(graph: str, triples: int) -> _Statements:
    yield graph, TYPE, iri(f"{SD}Graph")
    yield graph, iri(f"{VOID}triples"), literal(str(triples), f"{XSD}integer")
