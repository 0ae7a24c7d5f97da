"""The page of one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from starlette.responses import Response

from muniment.store import Description
from muniment.terms import MUN, SCHEMA, SKOS, Quad, bare, readable
from muniment.terms import iri as term_of
from muniment_service import sections, urls
from muniment_service.context import Context
from muniment_service.facts import Names, Value, heading
from muniment_service.grounds import grounds_of, grounds_of_pointing
from muniment_service.profiles import PROFILES
from muniment_service.statements import Page
from muniment_service.structured_data import script, structured_data
from muniment_service.things import contents, labels_of, terms_of
from muniment_service.why import blocks, grounds_for, pointing, sources
from muniment_service.wording import range_in_words

_MOST_STATED = 120
"""Statements of a named graph that its page shows: a page is to stay below some 60 kB."""
_OTHER_NAMES = (f"{SKOS}altLabel", f"{MUN}acronym")


def thing_page(
    context: Context, iri: str, description: Description, page: Page, headers: Mapping[str, str], client: str
) -> Response:
    """All that is known of a thing: its facts and why they are held, what points to it, what its class has sections for; of a claim, what it states."""
    shown = min(context.settings.shown_rows, _MOST_STATED)
    complete = page.number == 1 and page.last
    classes = sections.classes_of(description.outgoing)
    view = context.views.of(classes)
    along = {q.predicate for q in description.outgoing} | {f"^{q.predicate}" for q in description.incoming}
    first = page.number == 1  # what follows are pages of what points to it
    asked = context.sections.asked(iri, classes, along if complete else None, client) if first else []
    grounds = grounds_of(context.store, iri, description, complete)
    behind = grounds_of_pointing(context.store, iri, description.incoming)
    states = contents(context.store, iri, shown + 1)
    terms = terms_of(states) | grounds.terms() | behind.terms() | {t for one in asked for t in one.terms()}
    labels = {**labels_of(context.store, terms - description.labels.keys()), **description.labels}
    said = {p: how.name for p, how in view.outgoing.items() if how.name}
    names = context.pages.names(labels, context.urls, said)
    beside = sections.beside(asked, names)
    failed = any(one.failed for one in asked)
    covered = context.sections.covered(asked)
    records = {record for d in grounds.disagreements.values() for record in d.records}

    def _shown(quad: Quad) -> bool:
        return (quad.predicate, quad.subject) in covered or quad.subject in records

    return context.pages.render(
        "thing.html",
        headers={**headers, "Cache-Control": "no-store"} if failed else headers,
        iri=iri,
        heading=heading(iri, description.outgoing, names),
        classes=_own_classes(names, description.outgoing),
        also=_also(description.outgoing, names.labels.get(term_of(iri), "")),
        when=_when(description.outgoing),
        marks=beside.marks,
        blocks=blocks(iri, description.outgoing, view, grounds, names, beside.notes),
        sections=sections.shown(asked, iri, names, partial(grounds_for, grounds=behind, names=names)),
        incoming=pointing(iri, (q for q in description.incoming if not _shown(q)), view, behind, names),
        all_incoming=urls.query_url(_pointing_to(iri)) if not complete else None,
        previous=context.urls.document(iri, None, page=page.number - 1) if page.number > 1 else None,
        following=context.urls.document(iri, None, page=page.number + 1) if not page.last else None,
        profiles=[(p.name, p.title, context.urls.document(iri, None, _profile=p.name)) for p in PROFILES],
        structured=script(structured_data(context, iri, description)),
        states=names.statements(states[:shown]),
        all_states=urls.query_url(_stated_by(iri)) if len(states) > shown else None,
        sources=sources(grounds, names),
        formats={
            form.name: context.urls.document(iri, form) for form in urls.DOCUMENT_FORMATS if form != urls.HTML
        },
        elsewhere=urls.web_address(iri),
    )


def _own_classes(names: Names, quads: Iterable[Quad]) -> list[Value]:
    """The classes with a label, which are the dataset's own; all of them where none has one."""
    found = names.classes(quads)
    labelled = [value for value in found if value.iri and term_of(value.iri) in names.labels]
    return labelled or found


def _also(quads: Iterable[Quad], label: str) -> list[str]:
    """The first short names of a thing beside its label."""
    found = {
        readable(q.object) for q in quads if bare(q.predicate) in _OTHER_NAMES and q.object.startswith('"')
    }
    return sorted((name for name in found - {label} if len(name) <= 40), key=lambda name: (len(name), name))[
        :4
    ]


def _when(quads: Iterable[Quad]) -> tuple[str, str] | None:
    """When something is, in words, and its first day for machines; None of a thing without a date."""
    found = {bare(q.predicate): readable(q.object) for q in quads if q.object.startswith('"')}
    start, end = found.get(f"{SCHEMA}startDate"), found.get(f"{SCHEMA}endDate")
    words = range_in_words(start, end)
    return (words, start) if words and start else None


def _pointing_to(iri: str) -> str:
    return f"SELECT ?thing ?property WHERE {{\n  ?thing ?property <{iri}>\n}}"


def _stated_by(iri: str) -> str:
    return f"SELECT ?subject ?property ?value WHERE {{\n  GRAPH <{iri}> {{ ?subject ?property ?value }}\n}}"
