"""How tests are spread over processes: nothing is lost, what belongs together stays together, what is named is there."""

from __future__ import annotations

from pathlib import Path

from spread import LONGEST, TOGETHER, in_order, part_of

ROOT = Path(__file__).resolve().parents[1]
NODES = [
    "tests/service/test_home.py::test_a",
    "tests/engines/test_faults.py::test_b[jena]",
    "tests/pages/test_frame.py::test_c[/]",
    "tests/engines/test_faults.py::test_b[virtuoso]",
    "tests/engines/test_released.py::test_d[SELECT-virtuoso]",
    "tests/engines/test_table.py::test_e",
    "tests/pages/test_walks.py::test_f",
    "tests/service/test_home.py::test_g",
]


def test_parts() -> None:
    assert [part_of(node) for node in NODES] == [
        "tests/service/test_home.py",
        "tests/engines/ jena",
        "tests/pages/",
        "tests/engines/ virtuoso",
        "tests/engines/ virtuoso",
        "tests/engines/test_table.py",
        "tests/pages/",
        "tests/service/test_home.py",
    ]


def test_each_part_stands_in_one_place_and_the_longest_come_first() -> None:
    order = in_order(NODES)
    assert sorted(order) == list(range(len(NODES)))
    assert order == [3, 4, 2, 6, 1, 0, 7, 5]


def test_what_is_named_is_there() -> None:
    for part in (*TOGETHER, *LONGEST):
        assert (ROOT / part.partition(" ")[0]).exists(), part
