"""Which views of the service are files of an export, and which: lists, timeline, map, networks, sources, disagreements.

A view is exported as it comes unasked, page after page; narrowed, sorted or zoomed in other ways it is not.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from muniment.network.formats import FORMATS
from muniment_service import urls
from muniment_service.static_site.places import is_plain

_VIEWS = (
    urls.ABOUT,
    urls.BROWSE,
    urls.TIMELINE,
    urls.MAP,
    urls.NETWORKS,
    urls.SOURCES,
    urls.DISAGREEMENTS,
)
_BELOW = (urls.BROWSE, urls.NETWORKS)
_PAGED = {urls.BROWSE, urls.SOURCES, urls.DISAGREEMENTS}
_ENDINGS = tuple(f".{form.extension}" for form in FORMATS)
_PLAIN = re.compile(r"[^a-z0-9]+")


def view_at(href: str) -> str | None:
    """The view that a link of the service leads to, as the address that is asked; None if it leads to none."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return None
    above = next((path for path in _BELOW if parts.path.startswith(f"{path}/")), parts.path)
    if above not in _VIEWS or "/" in parts.path[len(above) + 1 :]:
        return None
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    known = ({"page"} if above in _PAGED else set()) | ({"source"} if parts.path == urls.SOURCES else set())
    if asked.keys() - known:
        return None
    if asked.get("page") == "1":
        del asked["page"]
    return f"{parts.path}{'?' if asked else ''}{urlencode(sorted(asked.items()))}"


def file_of(view: str) -> str:
    """The file of a view within the export; a name that not every file system takes is replaced."""
    parts = urlsplit(view)
    asked = parse_qs(parts.query)
    path = unquote(parts.path)[1:]
    above, _, name = path.partition("/")
    if path.endswith(_ENDINGS) and above == urls.NETWORKS[1:]:
        return path if is_plain(name) else f"{above}/{_named(name)}{name[name.rindex('.') :]}"
    if name and not is_plain(name):
        path = f"{above}/{_named(name)}"
    if "source" in asked:
        path = f"{path}/{_named(asked['source'][0])}"
    return f"{path}-{asked['page'][0]}.html" if "page" in asked else f"{path}.html"


def _named(text: str) -> str:
    words = _PLAIN.sub("-", re.split(r"[/#:=]", text)[-1].lower()).strip("-")[:40].strip("-")
    return f"{words or 'thing'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
