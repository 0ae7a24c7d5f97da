"""Every URL that the service writes is built here.

The data keeps its canonical IRIs. Pages link to this copy: a thing under ``{base}id/`` to its own ``/doc/`` path, anything else
(terms of the ontology, concepts, things of others) to ``/doc?iri=``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, quote_plus, unquote_to_bytes, urlencode

from muniment.formats import RDF_FORMATS, Format
from muniment.store import Dataset
from muniment.terms import VOCAB

HTML = Format("html", "text/html", "html")
JSON = Format("json", "application/json", "json", datasets=True)
"""JSON-LD without its context, which a Link header names."""
DOCUMENT_FORMATS = (*(f for f in RDF_FORMATS if f.name != "nquads"), JSON, HTML)
"""The formats of a description, the one that is sent to those who accept anything first."""

PROBLEMS = "https://w3id.org/muniment/problems#"
HOME, SPARQL, GRAPHS, DOCUMENT, THING = "/", "/sparql", "/graphs", "/doc", "/id"
VOCABULARY, CONTEXT = "/vocab", "/context"
QUERIES, CITE = "/queries", "/sparql/cite"
NETWORKS, GEPHI_LITE = "/networks", "https://gephi.org/gephi-lite/"
CATALOGUE, VOID, ONTOLOGY, SHAPES = "/catalogue", "/.well-known/void", "/ontology", "/shapes"
SEARCH, SUGGEST, RECONCILE = "/search", "/suggest", "/reconcile"
EVENTS, PLACES, DOCUMENTS, CHANGES = "/events", "/places", "/documents", "/changes"
TIMELINE, MAP, CALENDAR = "/timeline", "/map", "/calendar"
RELEASES, DUMP = "/releases", "/dump"
BROWSE, SOURCES, DISAGREEMENTS, ABOUT = "/browse", "/sources", "/disagreements", "/about"

_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_SEGMENTS = re.compile(r"[^/?#]+(?:/[^/?#]+)*")
_UCS = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16 | (0x1000 if plane == 14 else 0))}-{chr(plane << 16 | 0xFFFD)}"
    for plane in range(1, 15)
)
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_CHARACTER = rf"[A-Za-z0-9\-._~!$&'()*+,;={_UCS}]|%[0-9A-Fa-f]{{2}}"
_ABSOLUTE_IRI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:(?:{_CHARACTER}|:)*@)?(?:\[(?P<ip>[0-9A-Fa-f:.]+)\]|(?:{_CHARACTER})*)(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:{_CHARACTER}|[:@/])*(?:\?(?:{_CHARACTER}|[:@/?{_PRIVATE}])*)?(?:\#(?:{_CHARACTER}|[:@/?])*)?"
)
"""RFC 3987, section 2.2, but for addresses of a version to come."""
_FILE_OF_RELEASE = re.compile(rf"{RELEASES}/[^/]+/[^/]+")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]|[^\x00-\x7f]")
_AUTHORITY = re.compile(r"[A-Za-z0-9.\-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")


def is_iri(text: str) -> bool:
    """Whether the text is an absolute IRI that can stand in a query as it is."""
    found = _ABSOLUTE_IRI.fullmatch(text)
    return found is not None and (found["ip"] is None or _is_address(found["ip"]))


def _is_address(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def query_url(
    text: str, name: str | None = None, dataset: Dataset | None = None, release: str | None = None
) -> str:
    """Where a query is answered: in the format of that name, on those graphs, from that release, if they are given."""
    graphs = [("default-graph-uri", graph) for graph in dataset.default] if dataset else []
    graphs += [("named-graph-uri", graph) for graph in dataset.named] if dataset else []
    chosen = "".join(f"&{key}={quote_plus(graph)}" for key, graph in graphs)
    return extended(f"{SPARQL}?query={quote_plus(text)}{chosen}", name, release)


def extended(url: str, name: str | None = None, release: str | None = None) -> str:
    """The address of a query, in the format of that name and from that release, if they are given."""
    form = f"&format={quote_plus(name)}" if name else ""
    return f"{url}{form}&release={quote_plus(release)}" if release else f"{url}{form}"


def graph_url(graph: str | None, form: Format | None = None, release: str | None = None) -> str:
    """Where a named graph, or with None the default graph, is fetched: in one format, from that release, if they are given."""
    named = f"graph={quote(graph, safe='')}" if graph is not None else "default"
    rest = {"format": form.name if form else None, "release": release}
    more = urlencode({name: value for name, value in rest.items() if value})
    return f"{GRAPHS}?{named}{'&' if more else ''}{more}"


def graph_list_url(form: Format) -> str:
    """The list of graphs in one format."""
    return f"{GRAPHS}?{urlencode({'format': form.name})}"


def context(version: str) -> str:
    """Where a version of the JSON-LD context is served."""
    return f"{CONTEXT}/{version}.jsonld"


def saved_url(
    name: str, given: Mapping[str, str] | None = None, ending: str = "", /, **more: str | None
) -> str:
    """Where a saved query is answered with these parameters; ``ending`` follows the name in the path."""
    pairs = [*(given or {}).items(), *((key, value) for key, value in more.items() if value)]
    return f"{QUERIES}/{quote(name)}{ending}{'?' if pairs else ''}{urlencode(pairs)}"


def network_url(name: str, asked: Iterable[tuple[str, str]] = (), form: Format | None = None) -> str:
    """Where a network is, in one format or negotiated, with the parameters that cut and measure it."""
    ending, pairs = f".{form.extension}" if form else "", list(asked)
    return f"{NETWORKS}/{quote(name, safe='')}{ending}{'?' if pairs else ''}{urlencode(pairs)}"


def tie_url(name: str, a: str, b: str, asked: Iterable[tuple[str, str]] = ()) -> str:
    """Where a network says why two of its nodes are tied."""
    return f"{network_url(name)}/edge?{urlencode([('a', a), ('b', b), *asked])}"


def path_url(name: str, source: str, target: str, asked: Iterable[tuple[str, str]] = ()) -> str:
    """Where a network says how two of its nodes are connected."""
    return f"{network_url(name)}/path?{urlencode([('from', source), ('to', target), *asked])}"


def gephi_lite(gexf: str) -> str:
    """The page of Gephi Lite that loads a GEXF file from its address, which must allow that to other origins (CORS)."""
    return f"{GEPHI_LITE}?{urlencode({'gexf': gexf})}"


def cite_url(query: str, dataset: Dataset | None = None, **more: str | None) -> str:
    """Where the answer to a query is cited, or with ``hash`` held against the release of today."""
    pairs = [(key, value) for key, value in more.items() if value]
    return query_url(query, None, dataset).replace(SPARQL, CITE, 1) + (
        f"&{urlencode(pairs)}" if pairs else ""
    )


def in_format(path: str, form: Format) -> str:
    """Where a document with a path of its own is in one format."""
    return f"{path}?{urlencode({'format': form.name})}"


def search_url(
    text: str,
    selected: Iterable[tuple[str, str]] = (),
    page: int = 1,
    name: str | None = None,
    release: str | None = None,
) -> str:
    """Where a search is answered: with those values of facets, that page, in the format of that name, from that release."""
    parameters = [("q", text), *selected, *([("page", str(page))] if page > 1 else [])]
    parameters += [(key, value) for key, value in (("format", name), ("release", release)) if value]
    return f"{SEARCH}?{urlencode(parameters, safe='/:')}"


def list_url(name: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Where the things of a class are listed, by its local or prefixed name or its IRI."""
    pairs = list(parameters)
    return f"{BROWSE}/{quote(name, safe=':')}{'?' if pairs else ''}{urlencode(pairs, safe='/:')}"


def set_url(path: str, parameters: Mapping[str, str], form: Format | None = None) -> str:
    """Where a set of things is, such as the events of a body; in one format, or negotiated."""
    ending = f".{form.extension}" if form else ""
    return f"{path}{ending}{'?' if parameters else ''}{urlencode(parameters)}"


def window_url(path: str, parameters: Mapping[str, str], first: int, last: int) -> str:
    """The same from one day until another (proleptic Gregorian ordinals), in place of the time that the parameters name."""
    days = {"from": date.fromordinal(first).isoformat(), "until": date.fromordinal(last).isoformat()}
    return set_url(path, {**parameters, **days})


def release_url(release: str, file: str | None = None) -> str:
    """Where a release is, or one of its files."""
    return f"{RELEASES}/{release}{'/' if file else ''}{file or ''}"


def is_file_of_release(path: str) -> bool:
    """Whether a path is that of a file of a release, which is sent as it lies on disk."""
    return _FILE_OF_RELEASE.fullmatch(path) is not None


def problem_type(slug: str) -> str:
    """The IRI of a kind of problem."""
    return f"{PROBLEMS}{slug}"


def origin(scheme: str, host: str | None) -> str:
    """Scheme and host as the client sees them, for lines that people copy."""
    return f"{scheme}://{host if host and _AUTHORITY.fullmatch(host) else 'localhost'}"


def web_address(iri: str) -> str | None:
    """The IRI as an address that a browser may be sent to, if it is one."""
    return quote(iri, safe=f"{_PATH_SAFE}?#[]") if iri.startswith(("http://", "https://")) else None


@dataclass(frozen=True)
class Urls:
    """The URLs of things, which depend on the base IRI of the dataset."""

    base: str | None = None

    def document(self, iri: str, form: Format | None = None, **asked: str | int) -> str:
        """Where this copy describes a thing; in one format, or negotiated; with further parameters, if they are given."""
        ending = f".{form.extension}" if form else ""
        local = self.local_part(iri)
        if local is not None and (path := _own_path(local)):
            rest = f"?{urlencode(asked)}" if asked else ""
            return f"{DOCUMENT}/{path}{ending}{rest}"
        return f"{DOCUMENT}{ending}?{urlencode({'iri': iri, **asked})}"

    def thing(self, iri: str) -> str:
        """Where this copy answers for the name of a thing of this dataset."""
        return self.document(iri).replace(DOCUMENT, THING, 1) if self._own(iri) else self.document(iri)

    def canonical_document(self, iri: str) -> str | None:
        """The IRI of the document about a thing, whatever host a copy is on; None if the dataset has no base."""
        return f"{self.base}{self.document(iri)[1:]}" if self.base else None

    def alternates(self, iri: str, **asked: str | int) -> dict[str, str]:
        """Media type -> URL, for each format of a description."""
        return {form.media_type: self.document(iri, form, **asked) for form in DOCUMENT_FORMATS}

    def _own(self, iri: str) -> bool:
        local = self.local_part(iri)
        return local is not None and _own_path(local) is not None

    def local_part(self, iri: str) -> str | None:
        """What follows ``{base}id/`` in the IRI of a thing of this dataset."""
        prefix = f"{self.base}id/"
        return iri[len(prefix) :] if self.base and iri.startswith(prefix) else None

    def named(self, name: str, prefixes: Mapping[str, str]) -> list[str]:
        """What a name may stand for: the text itself, an IRI by its prefix (``schema:City``), a thing of this dataset by its path."""
        prefix, colon, rest = name.partition(":")
        found = [name, *([prefixes[prefix] + rest] if colon and prefix in prefixes else [])]
        return [*found, f"{self.base}id/{name}"] if self.base else found

    def candidates(self, raw_path: str) -> list[str]:
        """The IRIs that a requested path (percent-encoded, what follows ``/id/`` or ``/doc/``) may stand for, likeliest first."""
        if self.base is None:
            return []
        paths = dict.fromkeys(
            (raw_path, _as_iri(raw_path), raw_path.rstrip("/"), _as_iri(raw_path.rstrip("/")))
        )
        iris = (f"{self.base}id/{path}" for path in paths if path)
        return [iri for iri in iris if is_iri(iri)]

    def concepts(self, raw_path: str) -> list[str]:
        """The IRIs of controlled values that a path below ``/vocab/`` may stand for: those of the shared vocabulary, then the dataset's."""
        spaces = (VOCAB, *([f"{self.base}vocab/"] if self.base else []))
        paths = dict.fromkeys((raw_path, _as_iri(raw_path), raw_path.rstrip("/")))
        return [iri for space in spaces for path in paths if path and is_iri(iri := f"{space}{path}")]


@lru_cache(maxsize=1024)
def _own_path(local: str) -> str | None:
    """The local part of an IRI as a path, or None where it cannot be one. Kept, since one description asks for it twenty times."""
    dotted = any(segment in (".", "..") for segment in local.split("/"))
    if dotted or not _SEGMENTS.fullmatch(local) or split_ending(local)[1]:
        return None
    return quote(local, safe=_PATH_SAFE)


def split_ending(path: str) -> tuple[str, Format | None]:
    """A document's path without the ending that names a format, and that format."""
    stem, dot, ending = path.rpartition(".")
    form = next((f for f in DOCUMENT_FORMATS if dot and stem and f.extension == ending), None)
    return (stem, form) if form else (path, None)


def _as_iri(path: str) -> str:
    """The path with its escapes of unreserved and of non-ASCII characters undone (RFC 3987, section 3.2)."""
    return _ESCAPED.sub(_unescaped, path)


def _unescaped(escapes: re.Match[str]) -> str:
    try:
        text = unquote_to_bytes(escapes[0]).decode()
    except UnicodeDecodeError:
        return escapes[0]
    return "".join(c if _UNRESERVED.match(c) else quote(c, safe="") for c in text)
