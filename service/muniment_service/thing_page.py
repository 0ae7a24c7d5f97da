"""The page of one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from muniment.store import Description
from muniment.terms import LABEL, Quad, readable
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.facts import Names, Value, heading
from muniment_service.profiles import PROFILES
from muniment_service.statements import Page
from muniment_service.structured_data import script, structured_data
from muniment_service.things import Claim, contents, labels_of, stated_in, terms_of


@dataclass(frozen=True)
class Evidence:
    """A claim for a person."""

    claim: Value
    source: Value | None
    lines: str
    basis: Value | None
    hedged: bool


def thing_page(
    context: Context, iri: str, description: Description, page: Page, headers: Mapping[str, str]
) -> Response:
    """All that is known of a thing: its facts, what points to it, the claims behind it; of a claim, what it states."""
    shown = context.settings.shown_rows
    states = contents(context.store, iri, shown + 1)
    claims = stated_in(context.store, iri, shown)
    missing = terms_of(states, claims) - description.labels.keys()
    names = context.pages.names({**labels_of(context.store, missing), **description.labels}, context.urls)
    title = heading(iri, description.outgoing, names)
    return context.pages.render(
        "thing.html",
        headers=headers,
        iri=iri,
        heading=title,
        classes=names.classes(description.outgoing),
        facts=names.facts(q for q in description.outgoing if not _repeats(q, title)),
        incoming=names.incoming(description.incoming),
        all_incoming=urls.query_url(_pointing_to(iri)) if not (page.number == 1 and page.last) else None,
        previous=context.urls.document(iri, None, page=page.number - 1) if page.number > 1 else None,
        following=context.urls.document(iri, None, page=page.number + 1) if not page.last else None,
        profiles=[(p.name, p.title, context.urls.document(iri, None, _profile=p.name)) for p in PROFILES],
        structured=script(structured_data(context, iri, description)),
        states=names.statements(states[:shown]),
        all_states=urls.query_url(_stated_by(iri)) if len(states) > shown else None,
        evidence=[_evidence(claim, names) for claim in claims],
        formats={
            form.name: context.urls.document(iri, form) for form in urls.DOCUMENT_FORMATS if form != urls.HTML
        },
        elsewhere=urls.web_address(iri),
    )


def _evidence(claim: Claim, names: Names) -> Evidence:
    def value(term: str) -> Value | None:
        return names.value(term) if term else None

    lines = value(claim.lines)
    return Evidence(
        names.value(claim.graph),
        value(claim.source),
        lines.text if lines else "",
        value(claim.basis),
        claim.hedged,
    )


def _repeats(quad: Quad, title: Value) -> bool:
    """Whether the statement only gives the label that is the heading."""
    return quad.predicate == LABEL and readable(quad.object) == title.text


def _pointing_to(iri: str) -> str:
    return f"SELECT ?thing ?property WHERE {{\n  ?thing ?property <{iri}>\n}}"


def _stated_by(iri: str) -> str:
    return f"SELECT ?subject ?property ?value WHERE {{\n  GRAPH <{iri}> {{ ?subject ?property ?value }}\n}}"
