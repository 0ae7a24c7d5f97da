"""The saved queries of a release, and what can be chosen for their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from muniment.binding import bind, counting
from muniment.errors import ParameterError, did_you_mean
from muniment.parameters import Parameter, Space, missing, term_of, terms_of, wrong_value
from muniment.queries import QueryFile, find
from muniment.store import Store
from muniment.terms import SKOS, bare, iri
from muniment_service.errors import NotFound
from muniment_service.settings import Settings
from muniment_service.things import labels_of

MOST_CHOICES = 1_000
"""How many things a form offers; others can be written all the same."""


@dataclass(frozen=True)
class Choice:
    """A value that a form offers."""

    value: str
    label: str
    iri: str


@dataclass(frozen=True)
class Bound:
    """A saved query with the values of its parameters in it."""

    query: QueryFile
    text: str
    given: Mapping[str, str]
    """The values that were used, defaults among them."""
    terms: Mapping[str, str]
    """Variable -> term."""

    def page(self, limit: int, offset: int) -> str:
        """The query for a part of the rows."""
        return bind(self.query.text, self.terms, (limit, offset))

    def count(self) -> str:
        """The query for the number of rows, as ``?rows``."""
        return bind(counting(self.query.text), self.terms)


class Saved:
    """Finds queries by name, binds them, and offers values."""

    def __init__(self, store: Store, settings: Settings, queries: Sequence[QueryFile]) -> None:
        self.queries = tuple(queries)
        self.space = Space(settings.prefixes, settings.base)
        self._store = store
        self._held = lru_cache(256)(self._looked_up)  # of a release, which does not change

    def get(self, name: str) -> QueryFile:
        """The query of that name.

        Raises:
            NotFound: there is none.
        """
        if found := find(name, self.queries):
            return found
        hint = did_you_mean(name, [query.name for query in self.queries])
        raise NotFound(f"There is no saved query `{name}`.", hint=hint or "/queries lists them.")

    def bind(self, query: QueryFile, given: Mapping[str, str]) -> Bound:
        """The query with these values.

        Raises:
            ParameterError: a value is missing or does not fit.
        """
        for parameter in query.parameters:
            value = given.get(parameter.name) or parameter.default
            if value:
                self._check_choice(parameter, value)
            elif parameter.required:
                raise missing(self.with_example(parameter))
        try:
            terms, used = terms_of(query.parameters, given, self.space)
        except ParameterError as error:
            wrong = next((p for p in query.parameters if p.name == error.name), None)
            if wrong is not None and error.example:
                error = wrong_value(self.with_example(wrong), given[wrong.name])
            raise error from None
        return Bound(query, bind(query.text, terms), used, terms)

    def with_example(self, parameter: Parameter) -> Parameter:
        """The parameter with an example from the store, if it has none of its own."""
        if parameter.example or parameter.default or parameter.values or not parameter.of:
            return parameter
        offered = self.choices(parameter)
        return replace(parameter, example=offered[0].value) if offered else parameter

    def choices(self, parameter: Parameter) -> tuple[Choice, ...]:
        """What can be chosen: the values that are enumerated, the concepts of a scheme, the first things of a class."""
        return self._held(parameter)

    def chosen(self, parameter: Parameter, value: str) -> str | None:
        """Which of the choices a value stands for, however it is written."""
        wanted = self._iri(parameter, value)
        return next(
            (c.value for c in self.choices(parameter) if value == c.value or (wanted and wanted == c.iri)),
            None,
        )

    def _looked_up(self, parameter: Parameter) -> tuple[Choice, ...]:
        if parameter.values:
            return self._labelled({value: self._iri(parameter, value) or value for value in parameter.values})
        of = self.space.iri(parameter.of) if parameter.of else None
        if of is None:
            return ()
        pattern = f"?thing a <{of}>" if parameter.type == "iri" else f"?thing <{SKOS}inScheme> <{of}>"
        rows = self._store.query(
            f"SELECT DISTINCT ?thing WHERE {{ {pattern} FILTER(isIRI(?thing)) }} ORDER BY ?thing LIMIT {MOST_CHOICES}"
        )
        things = [str(row["thing"]) for row in rows]
        found = self._labelled({self._short(parameter, thing, of): thing for thing in things})
        return tuple(sorted(found, key=lambda choice: (choice.label.casefold(), choice.value)))

    def _labelled(self, values: Mapping[str, str]) -> tuple[Choice, ...]:
        labels = labels_of(self._store, (iri(thing) for thing in values.values() if ":" in thing))
        return tuple(Choice(value, labels.get(iri(thing), value), thing) for value, thing in values.items())

    def _short(self, parameter: Parameter, thing: str, of: str) -> str:
        """What a form sends for a thing: its path or name where that is enough."""
        under = f"{of}/" if parameter.type == "concept" else f"{self.space.base}id/"
        short = thing.removeprefix(under)
        return short if self._iri(parameter, short) == thing else thing

    def _iri(self, parameter: Parameter, value: str) -> str | None:
        if parameter.type not in ("iri", "concept"):
            return None
        try:
            return bare(term_of(replace(parameter, values=()), value, self.space))
        except ParameterError:
            return None

    def _check_choice(self, parameter: Parameter, value: str) -> None:
        """Nothing, or that a concept is none of its scheme."""
        closed = parameter.type == "concept" and not parameter.values
        offered = tuple(choice.value for choice in self.choices(parameter)) if closed else ()
        if offered and self.chosen(parameter, value) is None:
            raise wrong_value(replace(parameter, values=offered), value, did_you_mean(value, offered))
