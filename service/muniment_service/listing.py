"""The things of a class as a list: searched, narrowed, sorted, in pages, with the columns that somebody wants to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from muniment.errors import did_you_mean
from muniment.search import CLASS, Column, ListedClass, Order
from muniment_service import urls
from muniment_service.classes import class_called, name_of
from muniment_service.context import Context
from muniment_service.errors import MalformedRequest, NotFound
from muniment_service.facts import Names
from muniment_service.search_answer import Answer
from muniment_service.sought import index_of, once, sought

PAGE = 50
"""Things on a page."""
LARGEST = 200
LABEL = "label"
"""What stands for the label of a thing among the names of columns."""


@dataclass(frozen=True)
class Heading:
    """The head of a column: its name in addresses, and where the list is sorted by it."""

    name: str
    label: str
    sorted: str | None
    """``ascending``, ``descending`` or None, as ``aria-sort`` says it."""
    href: str


@dataclass(frozen=True)
class Listing(Answer):
    """One page of a list."""

    class_: ListedClass
    columns: tuple[Column, ...]
    """Those that are shown."""
    known: tuple[Column, ...]
    """Those that there are."""
    order: Order | None = None

    @classmethod
    def asked_for(cls, context: Context, name: str, given: Mapping[str, Sequence[str]]) -> Listing:
        """The page that a request asks for.

        Raises:
            MalformedRequest, NotFound, TooLarge, StoreTimeout.
        """
        class_, index = class_called(context, name), index_of(context)
        if CLASS in given:
            raise MalformedRequest(f"`{CLASS}` is in the path of a list already.", hint="Leave it out.")
        rest = {key: values for key, values in given.items() if key not in ("sort", "column")}
        asked = sought(rest, context)
        size = min(asked.limit or PAGE, LARGEST)
        asked = replace(asked, limit=size, selected={CLASS: [class_.iri], **asked.selected})
        known = index.columns(class_.iri)
        names = context.pages.names({}, context.urls)
        wanted = [_column(value, known, names) for value in given.get("column", ()) if value]
        columns = tuple(dict.fromkeys(wanted)) or tuple(c for c in known if c.shown)
        order = _order(once(given, "sort"), known, names)
        found = index.find(
            asked.text, asked.selected, offset=(asked.page - 1) * size, limit=size, order=order
        )
        listing = cls(context, asked, found, class_, columns, known, order)
        if asked.page > listing.pages:
            raise NotFound(f"There is no page {asked.page}.", hint=f"The last page is {listing.pages}.")
        return listing

    @property
    def selected(self) -> dict[str, Sequence[str]]:
        """What is selected beside the class."""
        return {name: terms for name, terms in self.asked.selected.items() if name != CLASS}

    @property
    def sort(self) -> str:
        """The order as addresses name it; empty for the alphabet."""
        if self.order is None:
            return ""
        return f"{'-' if self.order.descending else ''}{self.names.short(self.order.property)}"

    def address(
        self,
        page: int = 1,
        name: str | None = None,
        changed: Mapping[str, Sequence[str]] | None = None,
        **other: str,
    ) -> str:
        """The address of this list, or of another page of it, in another format, with other values of a facet, in another order (``sort``)."""
        pairs = [("q", self.asked.text)] if self.asked.text else []
        selected = {**self.selected, **(changed or {})}
        pairs += [
            (facet, self.names.short(t) if urls.is_iri(t) else t)
            for facet, ts in selected.items()
            for t in ts
        ]
        pairs += [("sort", sort)] if (sort := other.get("sort", self.sort)) else []
        pairs += self.column_pairs()
        pairs += [("limit", str(self.asked.limit))] if self.asked.limit != PAGE else []
        pairs += [("page", str(page))] if page > 1 else []
        pairs += [(key, value) for key, value in (("format", name), ("release", self.asked.release)) if value]
        return urls.list_url(self.path_name, pairs)

    @property
    def path_name(self) -> str:
        """The name of the class in addresses."""
        return name_of(self.context, self.class_, self.index.classes)

    def column_pairs(self) -> list[tuple[str, str]]:
        """The columns as parameters; none where they are the usual ones."""
        if self.columns == tuple(c for c in self.known if c.shown):
            return []
        return [("column", self.name(column)) for column in self.columns]

    def name(self, column: Column) -> str:
        """How a column is called in addresses and files."""
        return self.names.short(column.property)

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """What a form keeps of this address, as names and values of hidden fields."""
        pairs = [("q", self.asked.text), *((n, t) for n, ts in self.selected.items() for t in ts)]
        pairs += [("sort", self.sort), *self.column_pairs(), ("release", self.asked.release or "")]
        return [(name, value) for name, value in pairs if value and name not in without]

    def headings(self) -> list[Heading]:
        """The head of the table: the label first."""
        way = None if self.order is None else "descending" if self.order.descending else "ascending"
        heads = [
            Heading(
                LABEL,
                "Name",
                "ascending" if way is None and not self.asked.text else None,
                self.address(sort=""),
            )
        ]
        for column in self.columns:
            name = self.name(column)
            mine = way if self.order and self.order.property == column.property else None
            sort = f"-{name}" if mine == "ascending" else name
            heads.append(Heading(name, column.label, mine, self.address(sort=sort)))
        return heads


def _column(name: str, known: Sequence[Column], names: Names) -> Column:
    found = {key: c for c in known for key in (names.short(c.property), c.property)}
    if name in found:
        return found[name]
    shorts = [names.short(c.property) for c in known]
    hint = did_you_mean(name, shorts) or f"There are {', '.join(shorts)}."
    raise MalformedRequest(f"This list has no column `{name[:100]}`.", hint=hint)


def _order(sort: str, known: Sequence[Column], names: Names) -> Order | None:
    name = sort.removeprefix("-")
    if not name or sort == LABEL:
        return None
    return Order(_column(name, known, names).property, sort.startswith("-"))
