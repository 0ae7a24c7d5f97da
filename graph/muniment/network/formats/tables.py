"""CSV: a zip with ``nodes.csv``, ``edges.csv`` and ``reasons.csv``, whose heads Gephi knows; the same network gives the same bytes.

``reasons.csv`` has a row for each claim behind each reason of each edge. RFC 4180, UTF-8; a text that begins with ``=`` stays as it is.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

import networkx as nx

from muniment.network.formats.plain import plain
from muniment.network.reasons import ties

_BEGIN = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can name."""
_REASONS = (
    "Source", "Target", "because", "because_label", "start", "end", "claim", "source_document", "source_label", "lines", "basis", "hedged",
)  # fmt: skip


def zipped(graph: nx.Graph[str]) -> bytes:
    """A network as a zip of tables."""
    found = plain(graph)
    kind = "Directed" if found.directed else "Undirected"
    of_nodes = [c.name for c in found.node_columns() if c.name != "label"]
    of_edges = [c.name for c in found.edge_columns() if c.name != "weight"]
    nodes = [[iri, c["label"], *(c.get(n, "") for n in of_nodes)] for iri, c in found.nodes.items()]
    edges = [
        [u, v, kind, c["weight"], *(c.get(n, "") for n in of_edges)] for (u, v), c in found.edges.items()
    ]
    files = {
        "nodes.csv": _table(["Id", "Label", *of_nodes], nodes),
        "edges.csv": _table(["Source", "Target", "Type", "Weight", *of_edges], edges),
        "reasons.csv": _table(_REASONS, _reasons(graph)),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, _BEGIN)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            info.create_system = 3  # whatever system it is made on
            archive.writestr(info, text.encode())
    return out.getvalue()


def _reasons(graph: nx.Graph[str]) -> Iterable[Sequence[object]]:
    for u, v, because in ties(graph):
        for reason in because:
            first = (u, v, reason.iri, reason.label, reason.start, reason.end)
            for claim in reason.claims or ():
                yield (
                    *first,
                    claim.iri,
                    claim.source,
                    claim.source_label,
                    claim.lines,
                    claim.basis,
                    claim.hedged,
                )
            if not reason.claims:
                yield (*first, *[None] * 6)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
