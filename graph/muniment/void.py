"""What is in a graph, as VoID: counts, a partition for each class and property, and links to other datasets.

The description stands in the graph that it describes, so it counts itself. Which nodes it has depends on the patterns of the graph, never
on a count; so the nodes are found first, and the counts afterwards. One count depends on the text of counts: that of different objects,
each number being an object. It is solved for the whole dataset (where there is a solution), and left out for the properties whose values are counts.

See https://www.w3.org/TR/void/; ``void-ext`` adds datatypes (http://ldf.fi/void-ext#).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from muniment.census import Census
from muniment.terms import TYPE, XSD, Quad, bare, iri, is_iri, literal

VOID = "http://rdfs.org/ns/void#"
VOID_EXT = "http://ldf.fi/void-ext#"

COUNTS = tuple(
    iri(f"{VOID}{name}")
    for name in ("triples", "entities", "classes", "properties", "distinctSubjects", "distinctObjects")
)
"""The properties whose values are counts."""
POINT_TO_TERMS = tuple(
    iri(name) for name in (f"{VOID}class", f"{VOID}property", f"{VOID}linkPredicate", f"{VOID_EXT}datatype")
)
"""The properties by which partitions point to terms: a description of a term would be flooded by them."""
Triple = tuple[str, str, str]
_EXAMPLES = 5


@dataclass(frozen=True)
class Frame:
    """What the description is written with."""

    dataset: str
    """The term of the dataset."""
    nodes: str
    """Partitions are named by this IRI and a fragment."""
    uri_space: str
    """Things of the dataset have IRIs that begin so."""
    prefixes: Mapping[str, str]

    def node(self, *parts: str) -> str:
        """The node of a partition, named by terms: readable, and the same in each build."""
        return iri(f"{self.nodes}#{'/'.join([parts[0], *map(self._short, parts[1:])])}")

    def _short(self, term: str) -> str:
        name = bare(term) if is_iri(term) else term
        found = [(ns, prefix) for prefix, ns in self.prefixes.items() if name.startswith(ns) and name != ns]
        if not found:
            return quote(name, safe="")
        namespace, prefix = max(found)
        return f"{prefix}:{quote(name[len(namespace) :], safe='')}"


@dataclass(frozen=True)
class Things:
    """The things of a dataset: how many, and a few to look at."""

    count: int
    examples: tuple[str, ...]


def things_of(data: Census, uri_space: str) -> Things:
    """What has an IRI of the dataset's own; as examples, of each class the thing of which most is stated, which is never an orphan."""
    count, best = 0, dict[tuple[str, ...], tuple[int, str]]()
    for thing, weight in data.weights.items():
        if thing.startswith(f"<{uri_space}"):
            count += 1
            if kinds := data.classes(thing):
                best[kinds] = min(best.get(kinds, (0, "")), (-weight, thing))
    return things(count, best)


def things(count: int, richest: Mapping[tuple[str, ...], tuple[int, str]]) -> Things:
    """So many things, with examples: ``richest`` gives the thing of each combination of classes after minus the number of its statements."""
    return Things(count, tuple(thing for _, thing in sorted(richest.values())[:_EXAMPLES]))


def describe(
    census: Census, links: Counter[tuple[str, str]], frame: Frame, things: Things, counts_objects: bool
) -> list[Triple]:
    """The description of what is counted, with its counts; that of different objects only if it is wanted, and not yet solved."""
    found = list(_partitions(census, frame))
    found += _linksets(links, frame)
    entities, subjects = census.entities, census.subjects
    properties = {p for _, p, _ in census.patterns}
    totals = {
        "triples": census.patterns.total(),
        "entities": things.count,
        "classes": len(entities),
        "properties": len(properties),
        "distinctSubjects": subjects[""],
        **({"distinctObjects": 0} if counts_objects else {}),
    }
    found += [(frame.dataset, iri(f"{VOID}{name}"), number(count)) for name, count in totals.items()]
    found += _vocabularies([*entities, *properties], frame)
    found += [(frame.dataset, iri(f"{VOID}exampleResource"), thing) for thing in things.examples]
    return found


def _partitions(census: Census, frame: Frame) -> Iterator[Triple]:
    by_class: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    by_property: Counter[str] = Counter()
    for (kinds, p, of), count in census.patterns.items():
        by_property[p] += count
        for kind in kinds:
            counts = by_class[kind][p]
            counts[""] += count
            for other in (of,) if isinstance(of, str) else of:
                counts[other] += count
    entities = census.entities
    for kind, used in by_class.items():
        node = frame.node("class", kind)
        yield frame.dataset, iri(f"{VOID}classPartition"), node
        yield node, iri(f"{VOID}class"), kind
        yield node, iri(f"{VOID}entities"), number(entities[kind])
        for p, counts in used.items():
            yield from _property_of(node, kind, p, counts, frame)
    subjects, objects = census.subjects, census.objects
    for p, count in by_property.items():
        node = frame.node("property", p)
        yield frame.dataset, iri(f"{VOID}propertyPartition"), node
        yield node, iri(f"{VOID}property"), p
        yield node, iri(f"{VOID}triples"), number(count)
        yield node, iri(f"{VOID}distinctSubjects"), number(subjects[p])
        if p not in COUNTS:
            yield node, iri(f"{VOID}distinctObjects"), number(objects[p])


def _property_of(owner: str, kind: str, p: str, counts: Counter[str], frame: Frame) -> Iterator[Triple]:
    """A property as the things of one class have it, with the classes and datatypes of its objects."""
    node = frame.node("class", kind, p)
    yield owner, iri(f"{VOID}propertyPartition"), node
    yield node, iri(f"{VOID}property"), p
    yield node, iri(f"{VOID}triples"), number(counts[""])
    if p == TYPE:
        return  # a class of classes says nothing
    for other, count in counts.items():
        if not other:
            continue
        part = frame.node("class", kind, p, other)
        if is_iri(other):
            yield node, iri(f"{VOID}classPartition"), part
            yield part, iri(f"{VOID}class"), other
        else:
            yield node, iri(f"{VOID_EXT}datatypePartition"), part
            yield part, iri(f"{VOID_EXT}datatype"), iri(other)
        yield part, iri(f"{VOID}triples"), number(count)


def outward_links(quads: Sequence[Quad], uri_space: str) -> Counter[tuple[str, str]]:
    """Statements that lead from things of the dataset to what it does not describe, by the host they lead to and by property."""
    ours, described = f"<{uri_space}", {q.subject for q in quads}
    found: Counter[tuple[str, str]] = Counter()
    for s, p, o, _ in quads:
        if o.startswith("<http") and o not in described and s.startswith(ours) and p != TYPE:
            found[origin_of(o), p] += 1
    return found


def origin_of(term: str) -> str:
    """The scheme and host of an IRI."""
    parts = urlsplit(bare(term))
    return f"{parts.scheme}://{parts.netloc}/"


def _linksets(links: Counter[tuple[str, str]], frame: Frame) -> Iterator[Triple]:
    for (target, p), count in links.items():
        node, other = frame.node("links", target, p), frame.node("links", target)
        yield frame.dataset, iri(f"{VOID}subset"), node
        yield node, TYPE, iri(f"{VOID}Linkset")
        yield node, iri(f"{VOID}subjectsTarget"), frame.dataset
        yield node, iri(f"{VOID}objectsTarget"), other
        yield node, iri(f"{VOID}linkPredicate"), p
        yield node, iri(f"{VOID}triples"), number(count)
        yield other, TYPE, iri(f"{VOID}Dataset")
        yield other, iri(f"{VOID}uriSpace"), literal(target)


def _vocabularies(terms: Sequence[str], frame: Frame) -> Iterator[Triple]:
    for namespace in frame.prefixes.values():
        if any(term.startswith(f"<{namespace}") for term in terms):
            yield frame.dataset, iri(f"{VOID}vocabulary"), iri(namespace)


def solve_objects(triples: Sequence[Triple], dataset: str, data: Census) -> list[Triple] | None:
    """The description with the number of different objects of the whole, which is one of them; None where no number is right."""
    about = (dataset, iri(f"{VOID}distinctObjects"))
    rest = [t for t in triples if t[:2] != about]
    mine = {o for _, _, o in rest}
    others = data.objects[""] + sum(not data.is_object(o) for o in mine)
    for count in (others, others + 1):
        text = number(count)
        if (text in mine or data.is_object(text)) == (count == others):
            return [*rest, (*about, text)]
    return None


def number(count: int) -> str:
    """A count as a term."""
    return literal(str(count), f"{XSD}integer")
