"""What was found, as a document for programs, as RDF, and as the parts of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from muniment.search import Facet, Found, Hit, SearchIndex, Value
from muniment.terms import LABEL, SCHEMA, TYPE, XSD, Quad, iri, literal
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import NotFound
from muniment_service.facts import Names
from muniment_service.sought import Sought, index_of

SIZE = 20
"""Things on a page."""
_TELLING = 3
"""Of how many facets, the first ones, a line about a thing tells the values."""


@dataclass(frozen=True)
class Choice:
    """A value of a facet on a page: ``href`` leads to the search with it selected, or no longer selected."""

    value: Value
    short: str
    href: str


@dataclass(frozen=True)
class Answer:
    """One page of a search."""

    context: Context
    asked: Sought
    found: Found

    @classmethod
    def of(cls, context: Context, asked: Sought) -> Answer:
        """Look it up.

        Raises:
            NotFound: there is no such page.
        """
        index, size = index_of(context), min(asked.limit or SIZE, 100)
        found = index.find(asked.text, asked.selected, offset=(asked.page - 1) * size, limit=size)
        answer = cls(context, replace(asked, limit=size), found)
        if asked.page > answer.pages:
            raise NotFound(f"There is no page {asked.page}.", hint=f"The last page is {answer.pages}.")
        return answer

    @property
    def index(self) -> SearchIndex:
        """The index that was asked."""
        return index_of(self.context)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found.total // (self.asked.limit or SIZE)))

    @property
    def names(self) -> Names:
        """Short names of IRIs."""
        return self.context.pages.names({}, self.context.urls)

    def short(self, value: Value) -> str:
        """How a value stands in a URL."""
        return self.names.short(value.term) if value.is_iri else value.term

    def address(
        self, page: int = 1, name: str | None = None, changed: Mapping[str, Sequence[str]] | None = None
    ) -> str:
        """The address of this search, or of another page of it, in another format, or with other values of a facet."""
        selected = {**self.asked.selected, **(changed or {})}
        pairs = [
            (facet, self.names.short(t) if urls.is_iri(t) else t)
            for facet, ts in selected.items()
            for t in ts
        ]
        if self.asked.limit != SIZE:
            pairs.append(("limit", str(self.asked.limit)))
        return urls.search_url(self.asked.text, pairs, page, name, self.asked.release)

    def choices(self, facet: Facet) -> list[Choice]:
        """The values of a facet, each with where it leads."""
        chosen = list(self.asked.selected.get(facet.name, ()))
        found = []
        for value in self.found.facets[facet.name]:
            terms = [t for t in chosen if t != value.term] if value.selected else [*chosen, value.term]
            found.append(Choice(value, self.short(value), self.address(changed={facet.name: terms})))
        return found

    def line(self, hit: Hit) -> str:
        """What tells a hit from others with its name."""
        return description(self.context, hit.iri)

    def links(self) -> dict[str, str]:
        """``first``, ``prev``, ``next`` and ``last`` page, those that there are."""
        page, last = self.asked.page, self.pages
        pages = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
        return {
            rel: self.address(number) for rel, number in pages.items() if 1 <= number <= last and last > 1
        }

    def document(self) -> dict[str, Any]:
        """The JSON answer."""
        return {
            "q": self.asked.text,
            "total": self.found.total,
            "page": self.asked.page,
            "pages": self.pages,
            "results": [hit_document(self.context, hit) for hit in self.found.hits],
            "facets": [
                {
                    "name": facet.name,
                    "title": facet.title,
                    "values": [
                        {
                            "value": choice.value.term,
                            "label": choice.value.label,
                            "count": choice.value.count,
                            "selected": choice.value.selected,
                            "url": choice.href,
                        }
                        for choice in self.choices(facet)
                    ],
                }
                for facet in self.index.facets
            ],
            "links": self.links(),
        }

    def quads(self, origin: str) -> Iterator[Quad]:
        """The answer as RDF: a ``schema:ItemList`` of things with their labels and classes."""
        here = f"{origin}{self.address(self.asked.page)}"
        results, first = iri(f"{here}#results"), (self.asked.page - 1) * (self.asked.limit or SIZE) + 1
        yield _quad(results, TYPE, iri(f"{SCHEMA}ItemList"))
        yield _quad(results, f"{SCHEMA}numberOfItems", literal(str(self.found.total), f"{XSD}integer"))
        for position, hit in enumerate(self.found.hits, first):
            item = iri(f"{here}#{position}")
            yield _quad(results, f"{SCHEMA}itemListElement", item)
            yield _quad(item, TYPE, iri(f"{SCHEMA}ListItem"))
            yield _quad(item, f"{SCHEMA}position", literal(str(position), f"{XSD}integer"))
            yield _quad(item, f"{SCHEMA}name", literal(hit.text))
            yield _quad(item, f"{SCHEMA}item", iri(hit.iri))
            yield _quad(iri(hit.iri), LABEL, literal(hit.label, language=hit.language))
            for value in self.index.values_of(hit.iri).get("class", ()):
                yield _quad(iri(hit.iri), TYPE, iri(value.term))


def hit_document(context: Context, hit: Hit) -> dict[str, Any]:
    """A hit for programs."""
    values = index_of(context).values_of(hit.iri)
    return {
        "iri": hit.iri,
        "url": context.urls.document(hit.iri),
        "label": hit.label,
        "name": hit.text,
        "kind": hit.kind,
        "match": hit.match,
        "values": {name: [{"value": v.term, "label": v.label} for v in vs] for name, vs in values.items()},
    }


def description(context: Context, iri_: str) -> str:
    """A line that tells things with the same name apart: what they have of the first facets."""
    index = index_of(context)
    values = index.values_of(iri_)
    return " · ".join(
        ", ".join(value.label for value in values[facet.name][:3])
        for facet in index.facets[:_TELLING]
        if facet.name in values
    )


def _quad(subject: str, predicate: str, value: str) -> Quad:
    return Quad(subject, predicate if predicate.startswith("<") else iri(predicate), value, "")
