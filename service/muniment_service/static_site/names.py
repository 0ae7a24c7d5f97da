"""Names of things, and pages that lead from a name to a document."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from markupsafe import escape

from muniment.terms import VOCAB
from muniment_service import urls
from muniment_service.static_site.places import Document, is_plain
from muniment_service.urls import Urls


def iri_of(document: Document, names: Urls) -> str:
    """The IRI of what a document describes."""
    asked = parse_qs(urlsplit(document.url).query)
    if "iri" in asked:
        return asked["iri"][0]
    local = document.url.removeprefix(f"{urls.DOCUMENT}/")
    return f"{names.base}id/{local}"


def concept_of(document: Document, names: Urls) -> str | None:
    """What follows ``vocab/`` in the IRI of a controlled value, if it is a path that a file can have."""
    iri = iri_of(document, names)
    spaces = (VOCAB, *([f"{names.base}vocab/"] if names.base else []))
    local = next((iri.removeprefix(space) for space in spaces if iri.startswith(space)), "")
    return local if local and all(map(is_plain, local.split("/"))) and "index.html" not in local else None


def leading_on(target: str) -> str:
    """A page that leads on at once."""
    link = escape(target)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="refresh" content="0; url={link}">\n'
        f'<link rel="canonical" href="{link}">\n<title>Moved</title>\n</head>\n<body><p><a href="{link}">It is here.</a></p></body>\n</html>\n'
    )
