"""The facts of a thing for a person: in the order of its view, each with what it rests on and what sources say instead of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from muniment.claims import INFERRED as _INFERRED
from muniment.terms import DCTERMS, LABEL, MUN, SKOS, TYPE, Quad, bare, iri, readable
from muniment_service import urls
from muniment_service.facts import Names, Value
from muniment_service.grounds import EACH, Grounds, alike, by_datatype
from muniment_service.views import Group, Shown, View

INFERRED = bare(_INFERRED)
_MOST = 12
"""Values of one property whose reasons are spelled out."""
_MOST_VALUES = 60
"""Values of one property that are shown."""


@dataclass(frozen=True)
class Ground:
    """A claim or a rule that states something."""

    name: Value
    """The lines of a claim; the label of a rule or of another graph."""
    source: Value | None = None
    basis: Value | None = None
    hedged: bool = False
    note: str = ""
    rule: bool = False
    by: Value | None = None
    """For a claim behind a rule: the thing or the property by which it leads to what the rule derived."""
    rests: tuple[Ground, ...] = ()


@dataclass(frozen=True)
class Because:
    """Values, and what they rest on."""

    values: tuple[Value, ...]
    grounds: tuple[Ground, ...]
    more: bool = False
    """Whether it rests on more than that."""


@dataclass(frozen=True)
class Why:
    """What the values of a property rest on."""

    because: tuple[Because, ...]
    instead: tuple[Because, ...] = ()
    """Values that claims have and the page does not show."""
    decided: Value | None = None
    """The way in which one of the values was chosen."""
    disagreement: Value | None = None
    all: str = ""
    """A query for all of it, where it is not all here."""

    @property
    def mark(self) -> str:
        """What a reader should know before asking: that sources disagree, or that nothing firmer than an inference or a hedge is behind it."""
        if self.disagreement:
            return "sources disagree"
        grounds = [ground for because in self.because for ground in because.grounds]
        if all(ground.hedged for ground in grounds):
            return "with a reserve"
        inferred = all(ground.basis and ground.basis.iri == INFERRED for ground in grounds)
        return "inferred" if inferred else ""


@dataclass(frozen=True)
class Noted:
    """A value, and words that explain it."""

    value: Value
    note: str = ""


@dataclass(frozen=True)
class Fact:
    """A property, its values, and why."""

    property: Value
    values: tuple[Noted, ...]
    why: Why | None
    more: int = 0
    """How many values are not shown."""
    all: str = ""
    """A query for all of them."""


@dataclass(frozen=True)
class Block:
    """A group of facts."""

    title: str
    facts: tuple[Fact, ...]


def blocks(
    name: str,
    quads: Iterable[Quad],
    view: View,
    grounds: Grounds,
    names: Names,
    notes: Mapping[tuple[str, str], str],
) -> list[Block]:
    """What is stated of a thing, in groups and in the order of its view; a property that the view does not have comes last in the group of facts."""
    values: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        if quad.predicate != TYPE or TYPE in view.outgoing:  # classes stand above the name already
            values[quad.predicate].add(quad.object)
    unnamed = _middle(view)
    found: dict[Group, list[tuple[float, str, Fact]]] = defaultdict(list)
    for predicate, objects in values.items():
        how = view.outgoing.get(predicate) or Shown(float("inf"), "", unnamed)
        known = names.shown_property(predicate)
        chosen = _sorted(objects, names)[:_MOST_VALUES]
        shown = tuple(Noted(names.worded(o), notes.get((predicate, o), "")) for o in chosen)
        more = len(objects) - len(chosen)
        query = f"SELECT ?value WHERE {{\n  <{name}> {predicate} ?value\n}}"
        why = _why(name, predicate, objects, grounds, names)
        fact = Fact(known, shown, why, more, urls.query_url(query) if more else "")
        found[how.group].append((how.order, known.text, fact))
    groups = sorted(found, key=lambda group: (group.order, group.title))
    return [
        Block(group.title, tuple(fact for *_, fact in sorted(found[group], key=lambda f: f[:2])))
        for group in groups
    ]


def pointing(name: str, quads: Iterable[Quad], view: View, grounds: Grounds, names: Names) -> list[Fact]:
    """What points to a thing, in the words and the order of its view; other properties come last, by their own names."""
    groups: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        groups[quad.predicate].add(quad.subject)
    found = []
    for predicate, things in groups.items():
        how = view.incoming.get(predicate)
        known = names.property(predicate)
        words = how.name if how and how.name else f"{known.text}: this"
        values = tuple(Noted(names.value(thing)) for thing in _sorted(things, names))
        why = _why(name, predicate, things, grounds, names, pointing=True)
        order = how.order if how else float("inf")
        found.append((order, words, Fact(replace(known, text=words), values, why)))
    return [fact for *_, fact in sorted(found, key=lambda one: one[:2])]


def grounds_for(pairs: Iterable[tuple[str, str]], grounds: Grounds, names: Names) -> tuple[Ground, ...]:
    """What some statements rest on, each claim or rule once."""
    found = (
        _ground(graph, pair, grounds, names)
        for pair in dict.fromkeys(pairs)
        for graph in _firm(grounds.stated.get(pair, ()), grounds)
    )
    return tuple(islice(dict.fromkeys(found), EACH - 1))


def sources(grounds: Grounds, names: Names) -> list[tuple[Value, tuple[Ground, ...]]]:
    """The sources that speak of a thing, and the claims in each by their lines."""
    graphs = {graph for found in grounds.stated.values() for graph in found}
    claims = [_ground(graph, ("", ""), grounds, names) for graph in graphs if not grounds.is_rule(graph)]
    found: dict[Value, list[Ground]] = defaultdict(list)
    for claim in claims:
        if claim.source:
            found[claim.source].append(claim)
    return [(source, tuple(sorted(found[source], key=_reading))) for source in sorted(found)]


def _reading(claim: Ground) -> tuple[list[int], str]:
    """The order of reading: by lines."""
    return [int(number) for number in re.findall(r"\d{1,9}", claim.name.text)], claim.name.text


def _middle(view: View) -> Group:
    """The group with the most properties: what nobody has put anywhere is a fact like most."""
    groups = [how.group for how in view.outgoing.values()]
    return max(set(groups), key=lambda group: (groups.count(group), -group.order), default=Group())


def _sorted(objects: Iterable[str], names: Names) -> list[str]:
    return sorted(objects, key=lambda o: (names.value(o).text.casefold(), o))


def _why(
    name: str, predicate: str, objects: set[str], grounds: Grounds, names: Names, pointing: bool = False
) -> Why | None:
    """Why a thing has these values of a property; or, ``pointing``, why these things have it as theirs."""
    held = {o: grounds.stated.get((predicate, o), ()) for o in _sorted(objects, names)}
    if not any(held.values()):
        return None
    contest = grounds.disagreements.get(predicate)
    others = {o: found for (p, o), found in grounds.stated.items() if p == predicate and o not in objects}
    if pointing:  # others that point to it are shown elsewhere on the page
        others = {}
    if contest:
        others |= {o: found for o, found in contest.values.items() if o not in objects}
    because, cut = _reasons(predicate, held, grounds, names)
    in_order = {o: others[o] for o in sorted(others, key=by_datatype)}
    instead, cut_too = _reasons(predicate, in_order, grounds, names)
    one = len(because) == 1 and not instead and len(objects) == 1
    more = cut or cut_too or any(b.more for b in (*because, *instead))
    statement = f"?value {predicate} <{name}>" if pointing else f"<{name}> {predicate} ?value"
    query = f"SELECT ?value ?graph WHERE {{\n  GRAPH ?graph {{ {statement} }}\n}}"
    return Why(
        tuple(replace(b, values=()) for b in because) if one else because,
        instead,
        names.value(contest.decided_by) if contest else None,
        names.value(contest.iri) if contest else None,
        urls.query_url(query) if more else "",
    )


def _reasons(
    predicate: str, held: Mapping[str, Sequence[str]], grounds: Grounds, names: Names
) -> tuple[tuple[Because, ...], bool]:
    """Values with what they rest on, those that rest on the same together; and whether there are more."""
    together: dict[tuple[Ground, ...], list[str]] = defaultdict(list)
    cut: dict[tuple[Ground, ...], bool] = {}
    for value, graphs in held.items():
        found = tuple(
            _ground(graph, (predicate, value), grounds, names) for graph in _firm(graphs, grounds)[: EACH - 1]
        )
        if found:
            together[found].append(value)
            cut[found] = len(graphs) >= EACH
    reasons = [
        Because(tuple(names.worded(v) for v in values), found, cut[found])
        for found, values in together.items()
    ]
    return tuple(reasons[:_MOST]), len(reasons) > _MOST


def _firm(graphs: Sequence[str], grounds: Grounds) -> list[str]:
    """Claims before rules, and among claims what is printed before what is inferred."""

    def key(graph: str) -> tuple[bool, bool, str]:
        basis = grounds.about.get(graph, {}).get(iri(f"{MUN}basis"), [""])[0]
        return grounds.is_rule(graph), basis == _INFERRED, graph

    return sorted(graphs, key=key)


def _ground(
    graph: str, pair: tuple[str, str], grounds: Grounds, names: Names, by: Value | None = None
) -> Ground:
    said = {bare(p): objects for p, objects in grounds.about.get(graph, {}).items()}

    def first(*keys: str) -> str | None:
        return next((objects[0] for key in keys if (objects := said.get(key))), None)

    if grounds.is_rule(graph):
        description = first(f"{DCTERMS}description")
        label = replace(names.value(graph), text=readable(first(bare(LABEL)) or graph))
        return Ground(label, note=readable(description or ""), rule=True, rests=_rests(pair, grounds, names))
    source, basis, note = first(f"{MUN}source"), first(f"{MUN}basis"), first(f"{SKOS}note")
    lines, entry = first(f"{MUN}lines"), first(f"{MUN}entry")
    return Ground(
        _place(names.value(graph), lines, entry),
        names.value(source) if source else None,
        names.value(basis) if basis else None,
        (first(f"{MUN}hedged") or "").startswith(('"true"', '"1"')),
        readable(note) if note else "",
        by=by,
    )


def _place(claim: Value, lines: str | None, entry: str | None) -> Value:
    """A claim by its place in the source."""
    if lines:
        text = readable(lines)
        words = text.replace("-", "\N{EN DASH}").replace(",", ", ")
        return replace(claim, text=f"{'line' if text.isdecimal() else 'lines'} {words}")
    return replace(claim, text=f"entry {readable(entry)}") if entry else claim


def _rests(pair: tuple[str, str], grounds: Grounds, names: Names) -> tuple[Ground, ...]:
    """The claims that a rule has a statement from, as far as they can be told: those that name both of its ends, or say the same otherwise."""
    steps = [(names.value(by), graph) for by, graph in grounds.steps.get(pair, ())]
    steps += [(names.shown_property(by), graph) for by, graph in alike(grounds, pair)]
    if pair[0] == TYPE:
        own = sorted((p, o) for p, o in grounds.stated if p == TYPE and o != pair[1])
        steps += [
            (names.value(o), graph)
            for p, o in own
            for graph in grounds.stated[p, o][:1]
            if not grounds.is_rule(graph)
        ][:1]
    return tuple(_ground(graph, pair, grounds, names, by) for by, graph in steps[: EACH - 1])
