"""Which file of an export stands for which URL of the service.

A thing keeps its path, ``/doc/event/x`` as ``doc/event/x.html``, where that path is a name that every file system and file server takes
for the same. What has no path of its own (``/doc?iri=``), a path that could lead out of the folder or that some system reserves, and
what would fall together with another on a system that does not tell ``A`` from ``a``, is a file in ``doc/iri/`` named for its hash.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from muniment_service import urls
from muniment_service.urls import Urls, split_ending

FORMATS = ("html", "ttl", "jsonld", "nt")
"""Endings of what is written for each document."""
HASHED = "doc/iri"
_LONGEST_NAME, _LONGEST_PATH = 120, 220
"""In bytes. File systems take 255 for a name; some archive formats and systems less for a path."""
_SEGMENT = re.compile(r"[^\x00-\x1f\x7f\\/:*?\"<>|%#\s.~-][^\x00-\x1f\x7f\\/:*?\"<>|%#]*(?<![. ])")
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE
)
_DIRECTION = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_PLAIN = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Document:
    """A document of the service: its URL without an ending, and which page of what points to it."""

    url: str
    page: int = 1

    def address(self, ending: str) -> str:
        """Where the service gives it in one format."""
        path, mark, query = self.url.partition("?")
        pairs = [*([query] if mark else []), *([f"page={self.page}"] if self.page > 1 else [])]
        return f"{path}.{ending}{'?' if pairs else ''}{'&'.join(pairs)}"


def document_at(href: str, names: Urls) -> tuple[Document, str] | None:
    """The document that a link of the service leads to, and the ending of the format; None if it leads elsewhere."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return None
    path, form = split_ending(parts.path)
    asked = parse_qs(parts.query)
    if set(asked) - {"iri", "page"} or not (path == urls.DOCUMENT or path.startswith(f"{urls.DOCUMENT}/")):
        return None
    if path == urls.DOCUMENT:
        if "iri" not in asked:
            return None
        path = names.document(asked["iri"][0])
    page = asked.get("page", ["1"])[0]
    return Document(path, int(page)), form.extension if form else "html"


class Places:
    """Gives each document a file, without an ending; who comes first has the choice."""

    def __init__(self) -> None:
        self._of: dict[Document, str] = {}
        self._folded: dict[str, str] = {}

    def __iter__(self) -> Iterator[tuple[Document, str]]:
        return iter(self._of.items())

    def of(self, document: Document) -> str:
        """The path of its files within the folder, ``/`` between names."""
        if document not in self._of:
            own = _own_path(document)
            self._of[document] = own if own and self._take(own) else _hashed(document)
        return self._of[document]

    def _take(self, path: str) -> bool:
        """Whether the path, and the folders above it, differ from all others on systems that fold case."""
        parts = path.split("/")
        steps = ["/".join(parts[:n]) + "/" for n in range(1, len(parts))] + [path]
        if (
            any(self._folded.get(_folded(step), step) != step for step in steps)
            or _folded(path) in self._folded
        ):
            return False
        self._folded.update((_folded(step), step) for step in steps)
        return True


def _own_path(document: Document) -> str | None:
    if "?" in document.url or document.page > 1:
        return None
    try:
        path = unquote(document.url, errors="strict")[1:]
    except UnicodeDecodeError:
        return None
    below = path.split("/")[1:]
    fine = (
        f"{path}/".startswith("doc/")
        and not f"{path}/".startswith(f"{HASHED}/")
        and "%2f" not in document.url.lower()
        and len(path.encode()) <= _LONGEST_PATH
        and all(map(is_plain, below))
        and all(split_ending(folder)[1] is None for folder in below[:-1])
    )
    return path if fine and below else None


def is_plain(name: str) -> bool:
    """Whether every file system takes a name for a file, and keeps it as it is."""
    return (
        _SEGMENT.fullmatch(name) is not None
        and _RESERVED.fullmatch(name) is None
        and _DIRECTION.search(name) is None
        and name.isprintable()
        and unicodedata.is_normalized("NFC", name)
        and len(name.encode()) <= _LONGEST_NAME
    )


def _hashed(document: Document) -> str:
    words = _PLAIN.sub("-", re.split(r"[/#:=]", unquote(document.url))[-1].lower()).strip("-")[:40].strip("-")
    page = f"-{document.page}" if document.page > 1 else ""
    digest = hashlib.sha256(document.url.encode()).hexdigest()[:16]
    return f"{HASHED}/{words or 'thing'}-{digest}{page}"


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", path.casefold())
