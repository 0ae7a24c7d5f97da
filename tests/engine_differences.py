"""Which tests of the service differ with an engine, and why: one table, in the words of docs/engines.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Tests that fail with an engine, by the ends of their names (``*`` stands for anything)."""

    why: str
    tests: tuple[str, ...]
    always: bool = True
    """Whether each of them fails each time."""


DIFFERENCES: Mapping[str, tuple[Difference, ...]] = {
    "oxigraph": (),
    "jena": (),
    "virtuoso": (
        Difference(
            "Virtuoso lacks the casts to xsd:date, xsd:gYear and the like that the service description promises of the embedded engine",
            ("test_graphs.py::test_the_description_is_true",),
        ),
    ),
}


def reason_of(nodeid: str) -> str:
    return "?"
