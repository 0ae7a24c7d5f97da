"""What the shipped queries join and the engine counts, against the same done plainly in Python on invented events."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest

from muniment.engine import EmbeddedStore
from muniment.errors import NetworkTooLarge
from muniment.network import Size, network_of, size
from muniment.network.reasons import ties
from muniment.networked import NetworkStore
from muniment.queries import query_of

EX = "https://example.org/"
Found = set[tuple[str, str, str]]
Holding = Callable[[str], EmbeddedStore]


@dataclass(frozen=True)
class Event:
    """An invented event: its organisers, where it was (a hall, a city or a country) and when."""

    name: str
    bodies: tuple[str, ...]
    place: str
    start: str


def _events() -> list[Event]:
    chance = random.Random(5)
    found = []
    for number in range(60):
        bodies = tuple(sorted(chance.sample([f"b{n}" for n in range(9)], chance.choice((1, 1, 2, 3)))))
        kind, which = chance.choice((("hall", 4), ("city", 4), ("country", 2)))
        year = chance.choice((2003, 2004))
        start = chance.choice((f"{year}-05-02", f"{year}-05"))
        found.append(Event(f"e{number}", bodies, f"{kind}{chance.randrange(which)}", start))
    return found


EVENTS = _events()


def _city(event: Event) -> str | None:
    """Each hall stands in the city of its number."""
    return None if event.place.startswith("country") else f"city{event.place[-1]}"


def _country(event: Event) -> str:
    """Cities of even numbers are in the first country."""
    return f"country{int(event.place[-1]) % 2}"


def _turtle() -> Iterator[str]:
    yield "@prefix schema: <https://schema.org/> ."
    for n in range(2):
        yield f"ex:country{n} a schema:Country ."
    for n in range(4):
        yield f"ex:city{n} a schema:City ; schema:containedInPlace ex:country{n % 2} ."
        yield f"ex:hall{n} schema:containedInPlace ex:city{n} ."
    for e in EVENTS:
        kind = "date" if len(e.start) > 7 else "gYearMonth"
        bodies = ", ".join(f"ex:{body}" for body in e.bodies)
        yield f'ex:{e.name} a mun:Event ; schema:organizer {bodies} ; schema:location ex:{e.place} ; schema:startDate "{e.start}"^^xsd:{kind} .'


@pytest.fixture(scope="module")
def store(holding: Holding) -> NetworkStore:
    return NetworkStore(holding("\n".join(_turtle())))


def _co_organisation() -> Found:
    return {(a, b, e.name) for e in EVENTS for a, b in combinations(e.bodies, 2)}


def _events_by_body() -> Found:
    return {
        (*sorted((e.name, f.name)), body)  # type: ignore[misc]
        for e, f in combinations(EVENTS, 2)
        for body in set(e.bodies) & set(f.bodies)
    }


def _shared_place_and_year() -> Found:
    found = set()
    for e in EVENTS:
        for f in EVENTS:
            if _city(e) and (_city(e), e.start[:4]) == (_city(f), f.start[:4]):
                found |= {(*sorted((a, b)), e.name) for a in e.bodies for b in f.bodies if a != b}
    return found  # type: ignore[return-value]


def _countries() -> Found:
    found = set()
    for e in EVENTS:
        for f in EVENTS:
            if set(e.bodies) & set(f.bodies) and _country(e) != _country(f):
                found.add((*sorted((_country(e), _country(f))), e.name))
    return found  # type: ignore[return-value]


PLAINLY: dict[str, Callable[[], Found]] = {
    "co-organisation": _co_organisation,
    "countries": _countries,
    "events-by-body": _events_by_body,
    "shared-place-and-year": _shared_place_and_year,
}


@pytest.mark.parametrize("name", PLAINLY)
def test_projections_are_what_they_say(store: NetworkStore, name: str) -> None:
    graph = store.network(name, claims=False)
    found = [
        (u.removeprefix(EX), v.removeprefix(EX), r.iri.removeprefix(EX))
        for u, v, because in ties(graph)
        for r in because
    ]
    expected = PLAINLY[name]()
    assert len(expected) > 20
    assert sorted(found) == sorted(expected)
    nodes = {end for *ends, _ in expected for end in ends}
    edges = {(a, b) for a, b, _ in expected}
    assert store.network_size(name) == Size(len(nodes), len(edges), len(expected))


@pytest.mark.parametrize("name", PLAINLY)
def test_counting_stops_at_a_limit(store: NetworkStore, name: str) -> None:
    reasons = len(PLAINLY[name]())
    assert store.network_size(name, limit=reasons).reasons == reasons
    with pytest.raises(NetworkTooLarge) as caught:
        store.network_size(name, limit=reasons - 1)
    assert caught.value.limit == reasons - 1


ODD = """#+ title: Test
#+ question: Who?
#+ tags: [network]
#+ network:
#+   tie: A test.
#+   nodes: mun:Body
#+   directed: DIRECTED
#+   weights: count
PREFIX ex: <https://example.org/>

SELECT ?source ?target ?because
WHERE {
  { ?source ex:is ?because } UNION { ?source ex:to ?target . BIND(?source AS ?because) }
}
"""


@pytest.mark.parametrize(
    ("data", "directed", "expected"),
    [
        ("", "false", Size(0, 0, 0)),
        ("ex:a ex:is ex:here .", "false", Size(1, 0, 0)),
        ("ex:a ex:to ex:a .", "false", Size(0, 0, 0)),
        ("ex:a ex:to ex:a ; ex:is ex:here .", "true", Size(1, 0, 0)),
        ("ex:a ex:to ex:b . ex:b ex:to ex:a .", "false", Size(2, 1, 2)),
        ("ex:a ex:to ex:b . ex:b ex:to ex:a .", "true", Size(2, 2, 2)),
        ("ex:a ex:to ex:b, ex:c ; ex:is ex:here . ex:d ex:is ex:here .", "true", Size(4, 2, 2)),
    ],
)
def test_odd_rows_are_counted(holding: Holding, data: str, directed: str, expected: Size) -> None:
    """Nodes without ties, ties of a node with itself, ties in both directions."""
    file = network_of(query_of(Path("test.rq"), ODD.replace("DIRECTED", directed)))
    assert size(holding(data), file) == expected
