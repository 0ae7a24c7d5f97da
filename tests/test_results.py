"""Results in Python: dictionaries, CSV, frames."""

from __future__ import annotations

import csv
import datetime
import importlib.util
import io
from decimal import Decimal

import pytest
import rdflib

from muniment.results import Results

ROWS = Results(
    variables=["thing", "value"],
    rows=[
        {"thing": rdflib.URIRef("https://example.org/a"), "value": rdflib.Literal('say "x",\ny', lang="en")},
        {"thing": rdflib.BNode("b"), "value": rdflib.Literal("2004-06-23", datatype=rdflib.XSD.date)},
        {"value": rdflib.Literal("2004-06", datatype=rdflib.XSD.gYearMonth, normalize=False)},
        {"value": rdflib.Literal("36.4", datatype=rdflib.XSD.decimal)},
        {"value": rdflib.Literal("5", datatype=rdflib.XSD.integer)},
        {"value": rdflib.Literal("true", datatype=rdflib.XSD.boolean)},
        {"value": rdflib.Literal("x", datatype=rdflib.URIRef("https://example.org/type"))},
        {},
    ],
)


def test_dictionaries_hold_python_values() -> None:
    found = ROWS.to_dicts()
    assert [row["thing"] for row in found[:3]] == ["https://example.org/a", "b", None]
    values = [row["value"] for row in found]
    assert values[0] == 'say "x",\ny'
    assert values[1] == datetime.date(2004, 6, 23)
    assert values[3:] == [Decimal("36.4"), 5, True, "x", None]
    assert all(type(value) is not rdflib.Literal for value in values)


def test_csv_is_that_of_sparql() -> None:
    text = ROWS.to_csv()
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["thing", "value"],
        ["https://example.org/a", 'say "x",\ny'],
        ["_:b", "2004-06-23"],
        ["", "2004-06"],
        ["", "36.4"],
        ["", "5"],
        ["", "true"],
        ["", "x"],
        ["", ""],
    ]


@pytest.mark.skipif(
    importlib.util.find_spec("pandas") is None, reason="pandas is not installed (extra `frame`)"
)
def test_frames_have_a_column_a_variable() -> None:
    frame = ROWS.to_frame()
    assert list(frame.columns) == ["thing", "value"]
    assert len(frame) == len(ROWS)
    assert list(Results(variables=["x"]).to_frame().columns) == ["x"]


@pytest.mark.skipif(importlib.util.find_spec("pandas") is not None, reason="pandas is installed")
def test_without_pandas_frames_say_what_is_missing() -> None:
    with pytest.raises(ModuleNotFoundError, match="pandas"):
        ROWS.to_frame()


def test_truth_and_length() -> None:
    graph = rdflib.Graph()
    assert [
        bool(r)
        for r in (Results(boolean=True), Results(boolean=False), ROWS, Results(), Results(graph=graph))
    ] == [
        True,
        False,
        True,
        False,
        False,
    ]
    graph.add((rdflib.BNode(), rdflib.RDF.type, rdflib.OWL.Thing))
    assert (len(ROWS), len(list(ROWS)), len(Results(graph=graph))) == (8, 8, 1)
