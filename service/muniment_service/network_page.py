"""The pages of networks: the list, one network with its nodes and ties, why two nodes are tied, how they are connected.

They show the documents that whoever made the network wrote (``muniment.network.documents``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from muniment.network.files import NetworkFile
from muniment.network.formats import FORMATS, format_named
from muniment.network.reasons import Claim, Reason
from muniment.terms import MUN
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.network_request import NetworkRequest

_SIZES = ("degree", "strength", "betweenness", "closeness", "eigenvector", "pagerank", "clustering", "core")
"""Measures that a drawing can show by the size of nodes."""
_WORDS: Mapping[str, str] = {
    "degree": "ties",
    "strength": "weight of ties",
    "core": "k-core",
    "pagerank": "PageRank",
    "articulation": "articulation point",
}


def number(value: object) -> str:
    """A value of a measure for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def network_page(
    context: Context,
    file: NetworkFile,
    asked: NetworkRequest,
    found: Mapping[str, Any],
    origin: str,
    headers: Mapping[str, str],
) -> Response:
    """A network: its picture, what can be asked of it, its nodes and its ties.

    Args:
        found: a page document.
        origin: scheme and host, for the address that Gephi Lite fetches.
    """
    pairs = asked.links()
    gexf = urls.network_url(file.name, pairs, format_named("gexf"))
    return context.pages.render(
        "network.html",
        headers=headers,
        file=file,
        asked=asked,
        given=dict(asked.given),
        **{**found, "choices": [(context.urls.local_part(n) or n, label) for n, label in found["choices"]]},
        words=_WORDS,
        number=number,
        values=found["about"].get("labels", {}),
        attributes=[name for name, _ in file.attributes],
        tie_url=lambda tie: urls.tie_url(file.name, tie["source"], tie["target"], _window(asked)),
        short=context.pages.names({}, context.urls).short,
        documents=context.urls,
        links={form.name: urls.network_url(file.name, pairs, form) for form in FORMATS},
        picture=urls.network_url(file.name, pairs, format_named("svg")),
        gephi=urls.gephi_lite(f"{origin}{gexf}"),
        with_left_out=urls.network_url(
            file.name, [*pairs, ("measures", ",".join((*found["shown"], *found["left_out"])))]
        ),
        drawing=_drawing(context, file, asked, found["shown"]),
    )


def _drawing(
    context: Context, file: NetworkFile, asked: NetworkRequest, shown: Sequence[str]
) -> dict[str, Any]:
    """What the script of the page must know: addresses, and names of what can be shown.

    The drawing cuts by time and weight itself, so that it fetches the network without these cuts; where the server must cut further (a class,
    one node, the largest part), which goes by what the others leave, it fetches what was asked.
    """
    here = [("release", asked.release)] if asked.release else []
    further = asked.cut.of_class or asked.cut.ego or asked.cut.largest
    cuts = [(name, value) for name, value in asked.given if further and name != "measures"]
    pairs = [*cuts, *here, ("measures", ",".join(shown))]
    return {
        "name": file.name,
        "network": urls.network_url(file.name),
        "compact": urls.network_url(file.name, pairs, format_named("compact")),
        "release": asked.release,
        "tie": f"{urls.network_url(file.name)}/edge",
        "prefix": f"{context.settings.base}id/" if context.settings.base else "",
        "document": urls.DOCUMENT,
        "terms": str(MUN),
        "measures": [(name, _WORDS.get(name, name)) for name in _SIZES],
        "shown": [name for name in shown if name in _SIZES],
        "attributes": [name for name, _ in file.attributes],
    }


def tie_page(
    context: Context, file: NetworkFile, asked: NetworkRequest, found: Mapping[str, Any], formats: Mapping[str, str], headers: Mapping[str, str]
) -> Response:  # fmt: skip
    """Why two nodes are tied."""
    source, target = found["source"], found["target"]
    return context.pages.render(
        "network_tie.html",
        headers=headers,
        file=file,
        tie=_tie({**found, "source": source["id"], "target": target["id"]}),
        labels={node["id"]: node["label"] for node in (source, target)},
        documents=context.urls,
        number=number,
        formats=formats,
        network=urls.network_url(file.name, asked.links()),
        directed=file.directed,
    )


def path_page(
    context: Context, file: NetworkFile, asked: NetworkRequest, found: Mapping[str, Any], formats: Mapping[str, str], headers: Mapping[str, str]
) -> Response:  # fmt: skip
    """How two nodes are connected."""
    return context.pages.render(
        "network_path.html",
        headers=headers,
        file=file,
        ends=asked.ends,
        ways=[[_tie(tie) for tie in way["ties"]] for way in found["paths"]],
        labels={node["id"]: node["label"] for way in found["paths"] for node in way["nodes"]},
        documents=context.urls,
        formats=formats,
        network=urls.network_url(file.name, asked.links()),
        tie_url=lambda tie: urls.tie_url(file.name, tie["source"], tie["target"], _window(asked)),
        directed=file.directed,
    )


def _tie(found: Mapping[str, Any]) -> dict[str, Any]:
    """A tie of a document, with its reasons as Python has them: a document leaves out what is not known."""
    return {**found, "because": [_reason(reason) for reason in found["because"]]}


def _reason(found: Mapping[str, Any]) -> Reason:
    claims = found.get("claims")
    known = claims and tuple(Claim(**{"lines": None, "basis": None, **claim}) for claim in claims)
    return Reason(**{**found, "claims": known})


def _window(asked: NetworkRequest) -> list[tuple[str, str]]:
    """The part of a request that changes ties, not which of them are shown."""
    kept = [(name, value) for name, value in asked.given if name in ("since", "until", "dates")]
    return [*kept, *([("release", asked.release)] if asked.release else [])]
