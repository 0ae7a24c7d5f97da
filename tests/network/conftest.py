"""Networks that are small enough to be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest

import muniment
from muniment.engine import EmbeddedStore, parse
from muniment.network import make
from muniment.networked import NetworkStore
from muniment.release import Release

if TYPE_CHECKING:
    from conftest import Built


def store_of(turtle: str) -> EmbeddedStore:
    """A store of Turtle or TriG with the prefixes of the tests."""
    prefixes = "@prefix ex: <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix mun: <https://w3id.org/muniment/ontology#> . "
    quads = parse((prefixes + turtle).encode(), "application/trig")
    return EmbeddedStore.in_memory("".join(quad.line() for quad in quads).encode())


@pytest.fixture(scope="session")
def tiny_store(tiny_release: Release) -> NetworkStore:
    """The release of ``tests/tiny``, as people open it."""
    return muniment.open(tiny_release.path)


@pytest.fixture(scope="session")
def release(release: Built) -> Built:
    """The real dataset, as people open it."""
    return replace(release, store=muniment.open(release.release.path))


@pytest.fixture(scope="session")
def holding() -> Callable[[str], EmbeddedStore]:
    """``store_of``."""
    return store_of


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., nx.Graph[str]]:
    """A network of the given data and file."""

    def make_it(turtle: str, text: str, **options: object) -> nx.Graph[str]:
        (tmp_path / "test.rq").write_text(text, encoding="utf-8")
        return make(store_of(turtle), "test", tmp_path, **options)  # type: ignore[arg-type]

    return make_it
