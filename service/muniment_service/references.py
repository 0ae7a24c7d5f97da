"""The documents that the graph knows, as a bibliography shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from muniment.terms import DCTERMS, FOAF, MUN, SCHEMA
from muniment_service import urls
from muniment_service.exports.bibliography import Author, Document
from muniment_service.lookup import NAMING, Facts, Lookup, iris_of, label_of, text_of

AT_ONCE = 1_000
_BIBO = "http://purl.org/ontology/bibo/"
_TITLE = f"{DCTERMS}title"
_LINKS = tuple(f"{DCTERMS}{name}" for name in ("creator", "publisher", "type", "isPartOf"))
_TEXTS = (*(f"{DCTERMS}{name}" for name in ("issued", "identifier", "language", "publisher")), f"{SCHEMA}url")


async def documents(lookup: Lookup) -> list[str]:
    """The IRIs of all documents, in order."""
    query = f"""SELECT DISTINCT ?document WHERE {{
      VALUES ?class {{ <{MUN}Document> <{_BIBO}Document> }} ?document a ?class . FILTER(isIRI(?document))
    }} ORDER BY ?document"""
    return [str(row["document"]) for row in await lookup.rows(query)]


async def batches(lookup: Lookup, iris: Sequence[str]) -> AsyncIterator[list[Document]]:
    """What is known of each document, some at a time."""
    for start in range(0, len(iris), AT_ONCE):
        facts = await lookup.facts(iris[start : start + AT_ONCE], [*NAMING, *_LINKS, *_TEXTS])
        await lookup.name({iri for known in facts.values() for iri in iris_of(known, *_LINKS)})
        creators = {iri for known in facts.values() for iri in iris_of(known, _LINKS[0])}
        people = await lookup.facts(sorted(creators), [f"{FOAF}familyName"])
        yield [_document(lookup, iri, known, people) for iri, known in facts.items()]


def _document(lookup: Lookup, iri: str, facts: Facts, people: dict[str, Facts]) -> Document:
    def first(name: str) -> str | None:
        return next((lookup.label(linked) for linked in iris_of(facts, f"{DCTERMS}{name}")), None)

    named = label_of(facts)
    authors = (
        Author(lookup.label(creator), text_of(people[creator], f"{FOAF}familyName"))
        for creator in iris_of(facts, f"{DCTERMS}creator")
    )
    return Document(
        iri,
        text_of(facts, _TITLE) or (named[0] if named else lookup.short(iri)),
        tuple(authors),
        first("publisher") or text_of(facts, f"{DCTERMS}publisher"),
        text_of(facts, f"{DCTERMS}issued"),
        text_of(facts, f"{DCTERMS}identifier"),
        first("type"),
        text_of(facts, f"{DCTERMS}language"),
        _url(facts),
        first("isPartOf"),
    )


def _url(facts: Facts) -> str | None:
    linked = iris_of(facts, f"{SCHEMA}url")
    found = linked[0] if linked else text_of(facts, f"{SCHEMA}url")
    return found if found and found.startswith(("http://", "https://")) and urls.is_iri(found) else None
