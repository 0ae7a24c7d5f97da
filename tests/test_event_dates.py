"""The file of dates says what the graph says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from muniment.engine import EmbeddedStore
from muniment.event_dates import Dated, events_of, read_event_dates, write_event_dates
from muniment.release import EVENTS, Release

if TYPE_CHECKING:
    from conftest import Built

A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
EVENT, START, END, PLACE = (
    f"<https://schema.org/{name}>" for name in ("Event", "startDate", "endDate", "location")
)
DATE = "^^<http://www.w3.org/2001/XMLSchema#date>"
LINES = [
    f"<urn:b> {A} {EVENT} .\n",
    f'<urn:b> {START} "2005-01-02"{DATE} .\n',
    f'<urn:b> {START} "2005-01-01"{DATE} .\n',
    f'<urn:b> {END} "2005-01-03"{DATE} .\n',
    f'<urn:b> {END} "2005-01-04"{DATE} .\n',
    f"<urn:b> {PLACE} <urn:y> .\n",
    f"<urn:b> {PLACE} <urn:x> .\n",
    f'<urn:b> {PLACE} "in words" .\n',
    f"<urn:a> {A} {EVENT} .\n",
    f"<urn:in-a-claim> {A} {EVENT} <urn:claim> .\n",
    f'<urn:a> {START} "2004-01-01"{DATE} <urn:claim> .\n',
    f'<urn:no-event> {START} "2004-01-01"{DATE} .\n',
    f"_:blank {A} {EVENT} .\n",
]


def test_dates_are_read_from_quads_and_from_the_file(tmp_path: Path) -> None:
    expected = [
        Dated("urn:b", "2005-01-01", "2005-01-04", None, ("urn:x", "urn:y")),
        Dated("urn:a", None, None, None),
    ]
    assert events_of(LINES) == expected
    write_event_dates(tmp_path / "events.tsv", LINES)
    assert read_event_dates(tmp_path / "events.tsv") == expected


@pytest.mark.parametrize("which", ["tiny", "real"])
def test_a_release_has_what_its_graph_says(
    which: str, tiny_release: Release, tiny_store: EmbeddedStore, release: Built
) -> None:
    built, store = (tiny_release, tiny_store) if which == "tiny" else (release.release, release.store)
    found = read_event_dates(built.path / EVENTS)
    rows = store.query(
        """SELECT ?e (MIN(STR(?s)) AS ?start) (MAX(STR(?t)) AS ?end) (MIN(STR(?p)) AS ?planned) { ?e a mun:Event
        OPTIONAL { ?e schema:startDate ?s } OPTIONAL { ?e schema:endDate ?t } OPTIONAL { ?e mun:plannedStart ?p } } GROUP BY ?e"""
    )
    stated = {
        str(r["e"]): tuple(str(r[n]) if n in r else None for n in ("start", "end", "planned")) for r in rows
    }
    assert {one.iri: (one.start, one.end, one.planned_start) for one in found} == stated
    places = {
        (str(r["e"]), str(r["p"]))
        for r in store.query("SELECT ?e ?p { ?e a mun:Event ; schema:location ?p }")
    }
    assert {(one.iri, place) for one in found for place in one.places} == places
    assert len(found) > (3 if which == "tiny" else 90) and places
    known = [one.start or one.planned_start for one in found]
    assert known == sorted(known, key=lambda date: (date is None, date or ""))
