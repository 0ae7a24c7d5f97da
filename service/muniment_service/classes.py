"""The classes whose things can be listed, and by which names addresses call them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from muniment.errors import did_you_mean
from muniment.search import ListedClass
from muniment.store import Store
from muniment.terms import MUN, RDFS, SKOS, bare, iri
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import NotFound
from muniment_service.overview import Class
from muniment_service.sought import index_of
from muniment_service.things import labels_of
from muniment_service.vocabulary import counts


def class_called(context: Context, name: str) -> ListedClass:
    """The class of that local name, prefixed name or IRI; of several with the same local name the one that people come for.

    Raises:
        NotFound: no thing in the index is of such a class.
    """
    classes = index_of(context).classes
    full = context.urls.named(name, context.settings.prefixes)
    found = [c for c in classes if c.iri in full] or [c for c in classes if _local(c.iri) == name]
    found = found or [c for c in classes if _local(c.iri).lower() == name.lower()]
    if found:
        return found[0]
    near = did_you_mean(name, [_local(c.iri) for c in classes])
    raise NotFound(f"No class `{name[:100]}` has things here.", hint=near or f"{urls.BROWSE} lists them.")


def name_of(context: Context, class_: ListedClass, classes: Sequence[ListedClass]) -> str:
    """The shortest name by which ``class_called`` finds a class."""
    local = _local(class_.iri)
    first = next((c for c in classes if _local(c.iri) == local), None)
    if local and first == class_ and ":" not in local:
        return local
    return context.pages.names({}, context.urls).short(class_.iri)


def list_address(context: Context, name: str) -> str | None:
    """Where the things of a class (IRI) are listed; None if they are not."""
    if context.search is None:
        return None
    classes = context.search.classes
    found = next((c for c in classes if c.iri == name), None)
    return urls.list_url(name_of(context, found, classes)) if found else None


def recorded(context: Context, listed: Collection[str]) -> list[Class]:
    """The classes of our own of which only records are, such as claims, with how many: by the VoID of the release, so nothing is counted here."""
    found = counts(context.store, context.settings.base)
    own = [bare(term) for term in found if bare(term).startswith(MUN) and bare(term) not in listed]
    labels = labels_of(context.store, (iri(name) for name in own))
    classes = (Class(name, labels.get(iri(name)), found[iri(name)]) for name in own if _is_class(name))
    return sorted((c for c in classes if c.label), key=lambda c: (-c.count, c.iri))


def _is_class(name: str) -> bool:
    return _local(name)[
        :1
    ].isupper()  # VoID counts properties too; the style guide of the ontology tells them apart so


def _local(name: str) -> str:
    return re.split(r"[:/#]", name.rstrip("/#"))[-1]


def definitions(store: Store, iris: Iterable[str]) -> dict[str, str]:
    """Class (IRI) -> what the ontology says that it is, in English where it does."""
    listed = " ".join(f"<{iri}>" for iri in iris if urls.is_iri(iri))
    rows = store.query(f"""SELECT ?class ?text WHERE {{ VALUES ?class {{ {listed} }}
      GRAPH ?g {{ ?class <{SKOS}definition>|<{RDFS}comment> ?text }} FILTER(LANGMATCHES(LANG(?text), "en") || LANG(?text) = "") }}
      ORDER BY DESC(STRLEN(STR(?text)))""")
    return {str(row["class"]): str(row["text"]) for row in rows}
