"""Which statements a description holds: those of its profile, the page of what points to the thing, and what the document says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from anyio import from_thread

from muniment.engine import parse
from muniment.jsonld import Link
from muniment.store import Description, Store
from muniment.terms import DCTERMS, DEFAULT_GRAPH, FOAF, TYPE, Quad, bare, iri, is_iri, readable
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import MalformedRequest, NotFound
from muniment_service.profiles import LABELS, PROVENANCE, STANDARD, Profile, standard_only
from muniment_service.provenance import evidence_of
from muniment_service.things import describe, naming_of

VOID = "http://rdfs.org/ns/void#"
_NTRIPLES = "application/n-triples"
_FOLLOWED = 100
"""How many things are followed along one property of a frame."""


@dataclass(frozen=True)
class Page:
    """A page of the statements that point to a thing."""

    number: int = 1
    last: bool = True
    """Whether no other comes after it."""


def read_page(given: Sequence[str]) -> int:
    """The number of the page that is asked for.

    Raises:
        MalformedRequest: it is no number above zero, or given twice.
    """
    if not given:
        return 1
    text = given[0]
    if len(given) > 1 or not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise MalformedRequest(
            "`page` is not one number above zero.", hint="Pages are counted from 1: `page=2`."
        )
    return int(text)


def paged(context: Context, name: str, number: int, client: str) -> tuple[Description | None, Page]:
    """What is known of a thing, with one page of what points to it.

    Few things have more than a page. For those, a query sorts all that points to the thing, and is evaluated like a query from outside.

    Raises:
        NotFound: there is no such page.
    """
    size = context.settings.incoming_links
    found = describe(context.store, name, size + 1)
    if found is None or (len(found.incoming) <= size and number == 1):
        return found, Page()
    if len(found.incoming) <= size:
        raise NotFound(f"There is no page {number}, only one.", members={"iri": name})
    query = (
        f"CONSTRUCT {{ ?s ?p <{name}> }} WHERE {{ SELECT ?s ?p {{ ?s ?p <{name}> }} "
        f"ORDER BY ?s ?p LIMIT {size + 1} OFFSET {(number - 1) * size} }}"
    )
    body = from_thread.run(partial(context.answers.answer, query, _NTRIPLES, client=client))
    if isinstance(body, Path):
        data = body.read_bytes()
        body.unlink()
    else:
        data = body
    incoming = sorted(parse(data, _NTRIPLES))
    if not incoming:
        raise NotFound(f"There is no page {number}.", hint="Go back to page 1.", members={"iri": name})
    shown = tuple(incoming[:size])
    naming = {q.subject: q for q in (*found.naming, *naming_of(context.store, (q.subject for q in shown)))}
    kept = {t for q in (*found.outgoing, *found.nested, *shown) for t in q[:3]}
    used = tuple(quad for term, quad in naming.items() if term in kept)
    labels = {**found.labels, **{q.subject: readable(q.object) for q in used}}
    page = Page(number, last=len(incoming) <= size)
    return replace(found, incoming=shown, naming=used, labels=labels), page


def statements(context: Context, name: str, found: Description, profile: Profile) -> list[Quad]:
    """The statements of a profile, sorted, each once."""
    about = document_statements(context, name)
    if profile == PROVENANCE:
        limit = context.settings.incoming_links
        evidence = {*evidence_of(context.store, name, limit), *about}
        return sorted(evidence, key=lambda q: (q.graph, q))
    if profile == LABELS:
        return sorted({*found.naming, *about})
    quads = standard_only(found.quads()) if profile == STANDARD else found.quads()
    return sorted({*quads, *_labels_of_things(quads, found.naming), *about})


def _labels_of_things(quads: Iterable[Quad], naming: Iterable[Quad]) -> list[Quad]:
    """The labels of what the statements are about and point to; not those of classes and properties, which are no part of the matter."""
    named = {term for q in quads if q.predicate != TYPE for term in (q.subject, q.object)}
    return [q for q in naming if q.subject in named]


def document_statements(context: Context, name: str) -> list[Quad]:
    """What the document says of itself; nothing where the dataset has no base and so no name for it."""
    document, base = context.urls.canonical_document(name), context.settings.base
    if document is None or base is None or document == name:
        return []
    said = [
        (TYPE, iri(f"{FOAF}Document")),
        (iri(f"{FOAF}primaryTopic"), iri(name)),
        (iri(f"{VOID}inDataset"), iri(base)),
    ]
    if context.settings.license and urls.is_iri(context.settings.license):
        said.append((iri(f"{DCTERMS}license"), iri(context.settings.license)))
    return [Quad(iri(document), predicate, value, DEFAULT_GRAPH) for predicate, value in said]


def followed(store: Store, name: str, quads: Iterable[Quad], links: Sequence[Link]) -> list[Quad]:
    """What is stated of the things that a frame has a place for, so that they can be nested in full."""
    statements, found = list(quads), []
    root = iri(name)
    for link in links:
        near, far = ("object", "subject") if link.reverse else ("subject", "object")
        things = {
            getattr(q, far)
            for q in statements
            if q.predicate == link.predicate and getattr(q, near) == root and is_iri(getattr(q, far))
        }
        for thing in sorted(things)[:_FOLLOWED]:
            there = store.describe(bare(thing), incoming=0)
            found += [*there.outgoing, *there.nested, *_labels_of_things(there.outgoing, there.naming)]
            found += followed(store, bare(thing), there.outgoing, link.then)
    return found
