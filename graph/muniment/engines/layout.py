"""Where a release lies in an engine that holds several of them, and which one is current.

    urn:muniment:release:<id>             its consolidated graph
    urn:muniment:release:<id>:<name>      each of its named graphs, the name percent-encoded
    urn:muniment:releases                 the register: the pointer to the current release, and what has been verified
    <name>                                the named graphs of the current release again, under their own names

What begins with ``urn:muniment:release:<id>`` is written once and never changed, and nobody asks for it before the pointer names it.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from muniment.terms import DCTERMS

_RELEASE = "urn:muniment:release:"
REGISTER = "urn:muniment:releases"
NOWHERE = "urn:muniment:nowhere"
"""A graph that is not there, for engines that take no graph for all graphs."""
CURRENT = "http://www.w3.org/ns/dcat#hasCurrentVersion"
HASH = f"{DCTERMS}identifier"
"""What the register says of a graph, and of a release, that has been verified."""
HELD = 1.5
"""Seconds for which who has read the pointer may go by it, for the graph of a release that nobody changes."""
REST = 2.0
"""Seconds from a switch until the release that was left may be removed: whoever went by the pointer has read it again by then."""


def release_graph(release: str) -> str:
    """The name of the consolidated graph of a release."""
    return f"{_RELEASE}{release}"


def held_graph(release: str, graph: str) -> str:
    """The name under which a named graph of a release is held."""
    return f"{_RELEASE}{release}:{quote(graph, safe='')}"


def held(name: str) -> tuple[str, str] | None:
    """The id of the release and the name of the graph in it (empty for the consolidated one) that a name stands for."""
    if not name.startswith(_RELEASE):
        return None
    release, _, graph = name.removeprefix(_RELEASE).partition(":")
    return release, unquote(graph)


def of_release(release: str) -> str:
    """A SPARQL condition on ``?g``: that it holds a graph of the release, or of any if none is named."""
    return f'STRSTARTS(STR(?g), "{_RELEASE}{release}")'
