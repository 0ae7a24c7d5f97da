"""The reference pages of the vocabulary: terms with where they are used, concepts by scheme, shapes in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from muniment.terms import DCTERMS, OWL, RDFS, SCHEMA, SH, SKOS, TYPE, bare, iri, is_iri
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.documents import format_links
from muniment_service.facts import Value
from muniment_service.shape_words import Phrase, Words, value_text
from muniment_service.vocabulary import CLASSES, PROPERTIES, Vocabulary, anchor, counts, users

_RELATIONS = {
    "Subclass of": (f"{RDFS}subClassOf",),
    "Subproperty of": (f"{RDFS}subPropertyOf",),
    "Of": (f"{RDFS}domain", f"{SCHEMA}domainIncludes"),
    "Takes": (f"{RDFS}range", f"{SCHEMA}rangeIncludes"),
    "Inverse of": (f"{OWL}inverseOf",),
    "Same as": (f"{OWL}equivalentClass", f"{OWL}equivalentProperty", f"{SKOS}exactMatch"),
    "Close to": (f"{SKOS}closeMatch",),
    "Broader": (f"{SKOS}broadMatch",),
    "Narrower": (f"{SKOS}narrowMatch",),
    "Related": (f"{SKOS}relatedMatch",),
}


@dataclass(frozen=True)
class Entry:
    """A term, concept or shape of a page."""

    anchor: str
    iri: str
    name: str
    label: str
    definition: str
    notes: tuple[tuple[str, str], ...] = ()
    relations: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    used: str = ""
    users: tuple[tuple[Value, int], ...] = ()


@dataclass(frozen=True)
class Asked:
    """A property shape in words."""

    anchor: str
    path: Phrase
    constraints: tuple[Phrase, ...]
    message: str


@dataclass(frozen=True)
class Shape:
    """A node shape in words."""

    anchor: str
    iri: str
    targets: Phrase
    constraints: tuple[Phrase, ...]
    message: str
    properties: tuple[Asked, ...]


def ontology_page(context: Context, found: Vocabulary, headers: Mapping[str, str]) -> Response:
    """Classes and properties, what they stand on and take, what they are close to, and how often they are used."""
    used, by = counts(context.store, context.settings.base), users(context.store, context.settings.base)
    pairs = [(kind, p, count) for p, kinds in by.items() if p != TYPE for kind, count in kinds]
    for kind, p, count in sorted(pairs, key=lambda pair: (-pair[2], pair)):
        by.setdefault(kind, []).append((p, count))
    name = _namer(context, found, found.of(*CLASSES, *PROPERTIES))
    sections = [
        (title, [_term(term, found, name, used, by.get(term, [])) for term in found.of(*kinds)])
        for title, kinds in (("Classes", CLASSES), ("Properties", PROPERTIES))
    ]
    return _render(context, "vocabulary.html", headers, urls.ONTOLOGY, "Ontology", found, sections=sections)


def concepts_page(context: Context, found: Vocabulary, headers: Mapping[str, str]) -> Response:
    """Concept schemes with their concepts."""
    name = _namer(context, found, [])
    by_scheme: dict[str, list[str]] = defaultdict(list)
    for concept in found.of(iri(f"{SKOS}Concept")):
        for scheme in found.values(concept, f"{SKOS}inScheme"):
            by_scheme[scheme].append(concept)
    sections = [
        (_label(scheme, found), [_term(concept, found, name, {}, []) for concept in by_scheme[scheme]])
        for scheme in found.of(iri(f"{SKOS}ConceptScheme"))
    ]
    return _render(
        context, "vocabulary.html", headers, urls.VOCABULARY, "Controlled values", found, sections=sections
    )


def shapes_page(context: Context, found: Vocabulary, headers: Mapping[str, str]) -> Response:
    """Shapes, with the constraints of each in words; those with a target first. Those that are deactivated constrain nothing."""
    properties = found.of(iri(f"{SH}PropertyShape"))
    owned = {q.object for q in found.quads if q.predicate == iri(f"{SH}property")}
    nodes = [s for s in found.of(iri(f"{SH}NodeShape")) if not found.values(s, f"{SH}deactivated")]
    shapes = sorted([*nodes, *(p for p in properties if p not in owned)])
    name = _namer(context, found, [*shapes, *properties])
    words = Words(found, name)
    entries = [_shape(shape, found, words) for shape in shapes]
    sections = [
        ("Shapes of the data and the ontology", [s for s in entries if s.targets]),
        ("Shapes that others refer to", [s for s in entries if not s.targets]),
    ]
    return _render(context, "shapes.html", headers, urls.SHAPES, "Shapes", found, sections=sections)


def _render(
    context: Context,
    template: str,
    headers: Mapping[str, str],
    path: str,
    title: str,
    found: Vocabulary,
    **values: Any,
) -> Response:
    defined = Counter(q.object for q in found.quads if q.predicate == iri(f"{RDFS}isDefinedBy"))
    files = [
        Entry(
            anchor(o),
            bare(o),
            bare(o),
            _label(o, found),
            found.text(o, f"{DCTERMS}description"),
            (("Version", found.text(o, f"{OWL}versionInfo")),),
        )
        for o in sorted(found.of(iri(f"{OWL}Ontology")), key=lambda o: (-defined[o], o))
    ]
    return context.pages.render(
        template, headers=headers, title=title, files=files, formats=format_links(path), **values
    )


def _namer(context: Context, found: Vocabulary, here: list[str]) -> Callable[[str], Value]:
    """Names terms by their prefix; those of the page lead to their place in it."""
    names = context.pages.names({}, context.urls)
    places = frozenset(here)

    def name(term: str) -> Value:
        if term.startswith('"'):
            return value_text(term)
        if not is_iri(term):
            return Value(term)
        own = term in places and term in found.about
        return Value(
            names.short(bare(term)),
            f"#{anchor(term)}" if own else context.urls.document(bare(term)),
            iri=bare(term),
        )

    return name


def _term(
    term: str,
    found: Vocabulary,
    name: Callable[[str], Value],
    used: Mapping[str, int],
    by: list[tuple[str, int]],
) -> Entry:
    notes = (("Example", f"{SKOS}example"), ("Note", f"{SKOS}scopeNote"), ("Comment", f"{RDFS}comment"))
    is_class = not set(CLASSES).isdisjoint(found.about[term].get(TYPE, ()))
    count, unit = used.get(term, 0), "thing" if is_class else "statement"
    relations = (
        (title, tuple(name(o) for o in found.values(term, *predicates) if is_iri(o)))
        for title, predicates in _RELATIONS.items()
    )
    return Entry(
        anchor(term),
        bare(term),
        name(term).text,
        _label(term, found),
        found.text(term, f"{SKOS}definition", f"{RDFS}comment"),
        tuple((title, text) for title, p in notes if (text := found.text(term, p))),
        tuple((title, values) for title, values in relations if values),
        f"{count:,} {unit}{'' if count == 1 else 's'}" if used else "",
        tuple((name(kind), n) for kind, n in by),
    )


def _shape(shape: str, found: Vocabulary, words: Words) -> Shape:
    properties = tuple(
        Asked(
            anchor(p),
            words.path(p),
            tuple(words.constraints(p)),
            found.text(p, f"{SH}message"),
        )
        for p in found.values(shape, f"{SH}property")
    )
    own = tuple(words.constraints(shape))
    if path := words.path(shape):
        own = (["along ", *path], *own)
    return Shape(
        anchor(shape), bare(shape), words.targets(shape), own, found.text(shape, f"{SH}message"), properties
    )


def _label(term: str, found: Vocabulary) -> str:
    return found.text(term, f"{RDFS}label", f"{SKOS}prefLabel", f"{DCTERMS}title") or anchor(term)
