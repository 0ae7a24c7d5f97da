"""What is kept of a network so that it is computed once: where its nodes stand and how large it is, beside the release, and the whole of it, in a folder for the time being."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from muniment.network.asking import Size

if TYPE_CHECKING:
    import networkx as nx

    from muniment.network.placing import Positions

LAYOUTS = ".layouts"


def read_positions(path: Path, nodes: Iterable[str]) -> Positions | None:
    """Positions that were kept; None if there are none, or not those of these nodes."""
    try:
        found = {str(n): (float(x), float(y)) for n, (x, y) in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return found if found.keys() == set(nodes) else None


def keep_positions(path: Path, positions: Positions) -> bool:
    """Keep positions, whole or not at all; False where the folder cannot be written."""
    return _keep(path, json.dumps(positions).encode())


def read_size(path: Path) -> bytes | None:
    """The document of a size that was kept; None if there is none."""
    try:
        found = path.read_bytes()
        return found if json.loads(found).keys() == {field.name for field in fields(Size)} else None
    except (OSError, ValueError, AttributeError):
        return None


def keep_size(path: Path, document: bytes) -> bool:
    """Keep the document of a size, whole or not at all; False where the folder cannot be written."""
    return _keep(path, document)


def read_graph(path: Path) -> nx.Graph[str] | None:
    """A network that another process of ours kept; None if there is none."""
    try:
        graph: nx.Graph[str] = pickle.loads(path.read_bytes())
    except OSError:
        return None
    return graph


def keep_graph(path: Path, graph: nx.Graph[str]) -> None:
    """Keep a network for other processes of ours; in a folder that nobody else can write."""
    _write(path, pickle.dumps(graph, pickle.HIGHEST_PROTOCOL))


def _keep(path: Path, data: bytes) -> bool:
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError:
        return False
    return _write(path, data)


def _write(path: Path, data: bytes) -> bool:
    try:
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError:
        return False
    return True
