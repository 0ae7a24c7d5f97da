"""What the first page shows: counts that lead to lists, ways in, questions, how to cite and how to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muniment.citation import DatasetCitation
from muniment.queries import QueryFile
from muniment.search import CLASS
from muniment.terms import MUN, SCHEMA
from muniment_service import urls
from muniment_service.catalogue import publisher_of
from muniment_service.classes import list_address
from muniment_service.context import Context
from muniment_service.overview import Overview, described_of
from muniment_service.overview import example as example_of

EXAMPLE = (
    "SELECT ?class (COUNT(?thing) AS ?count) WHERE { ?thing a ?class } GROUP BY ?class ORDER BY DESC(?count)"
)
_QUESTIONS = 8
_OF_HOME = "home"
"""The tag of queries that the first page shows."""
LISTED_GRAPHS = 50


@dataclass(frozen=True)
class Counted:
    """A class with how many things are of it, and where they are listed."""

    iri: str
    label: str
    count: int
    href: str


@dataclass(frozen=True)
class Way:
    """A way to look at the whole."""

    name: str
    href: str
    title: str
    text: str


@dataclass(frozen=True)
class Home:
    """The parts of the first page."""

    classes: Sequence[Counted]
    ways: Sequence[Way]
    questions: Sequence[QueryFile]
    more_questions: int
    lines: Sequence[tuple[str, str, str]]
    """What a line does, in which language, and the line."""
    citation: DatasetCitation | None
    example: str | None
    """The IRI of one thing."""
    statements: int
    claims: int
    sources: int
    described: int = 0
    """Statements beside these that describe the dataset itself, for which there are no claims."""
    overview: Overview | None = None
    """Of a store that has no index: counted for the page."""

    @property
    def graphs(self) -> list[tuple[str, int]]:
        """The first named graphs of a store that has no index, with their numbers of statements."""
        return list(self.overview.graphs.part(0, LISTED_GRAPHS)) if self.overview else []


def home_of(context: Context, origin: str) -> Home:
    """The first page of a service, seen at an origin."""
    counts = context.release.manifest.get("counts", {}) if context.release else {}
    index = context.search
    indexed = index is not None and any(c.main for c in index.classes)
    overview = None if indexed and "triples" in counts else context.overviews.current()
    if index is not None and indexed:
        classes = [
            Counted(c.iri, c.label, c.things, list_address(context, c.iri) or "")
            for c in index.classes
            if c.main
        ]
        first = index.find("", {CLASS: [classes[0].iri]}, limit=1).hits
        example = first[0].iri if first else None
    else:
        found = context.overviews.current()
        names = context.pages.names({}, context.urls)
        classes = [
            Counted(
                c.iri,
                c.label or names.short(c.iri),
                c.count,
                list_address(context, c.iri) or urls.query_url(c.query()),
            )
            for c in found.main_classes
        ]
        example = example_of(context.store, found.main_classes)
    questions = [query for query in context.saved.queries if _OF_HOME in query.tags]
    asked = [query for query in context.saved.queries if query.folder in ("competency", "forms")]
    shown = (questions or [q for q in asked if not any(p.required for p in q.parameters)])[:_QUESTIONS]
    described = overview.described if overview else described_of(context.store, context.settings.base)
    statements = (overview.triples if overview else counts["triples"]) - described
    sources = context.release.manifest.get("sources", []) if context.release else []
    return Home(
        classes,
        list(_ways(context)),
        shown,
        len(asked) - len(shown),
        _lines(context, origin, example, classes),
        _citation(context, origin),
        example,
        statements,
        counts.get("claims", 0),
        len(sources),
        described,
        overview,
    )


def _ways(context: Context) -> list[Way]:
    """The ways in for which the dataset has something."""
    events = list_address(context, f"{MUN}Event") or list_address(context, f"{SCHEMA}Event")
    found = []
    if events:
        text = "Every event in its place in time, from years to days, with what is uncertain drawn as such."
        found.append(Way("timeline", urls.TIMELINE, "Timeline", text))
    if context.search is not None and context.search.has(f"{SCHEMA}latitude"):
        found.append(Way("map", urls.MAP, "Map", "Where it took place, and when."))
    if context.networks.names:
        text = "Who worked with whom, and the events and lines that say so."
        found.append(Way("network", urls.NETWORKS, "Networks", text))
    return found


def _lines(
    context: Context, origin: str, example: str | None, classes: Sequence[Counted]
) -> list[tuple[str, str, str]]:
    lines = []
    if example:
        address = f"{origin}{context.urls.document(example)}".replace("'", "%27")
        lines.append(("One thing", "curl", f"curl -H 'Accept: text/turtle' '{address}'"))
    lists = [c.href for c in classes if c.href.startswith(urls.BROWSE)]
    if lists:
        lines.append(("A list, as a table", "curl", f"curl '{origin}{lists[0]}?format=csv' -o list.csv"))
    if context.release:
        lines.append(("The whole dataset", "curl", f"curl -LO {origin}{urls.DUMP}.nq.gz"))
    lines.append(
        (
            "A query, from the shell",
            "SPARQL",
            f"curl -H 'Accept: text/csv' --data-urlencode \\\n  'query={EXAMPLE}' \\\n  {origin}{urls.SPARQL}",
        )
    )
    python = f'import muniment\n\nstore = muniment.open("{origin}{urls.SPARQL}")\ntable = store.query("""{EXAMPLE}""").to_frame()'
    return [*lines, ("A query, as a data frame", "Python", python)]


def _citation(context: Context, origin: str) -> DatasetCitation | None:
    settings = context.settings
    if context.release is None or not settings.release:
        return None
    address = f"{origin}{urls.release_url(settings.release)}"
    return DatasetCitation(settings.title, settings.release, address, publisher_of(context), settings.issued)
