"""What a release changed, as an Atom feed (RFC 4287): an entry for the release, and one for each thing that it added, removed or changed.

A build has no clock, so a release knows a day only if its project file says one (``issued``). Without it the feed says when the release was
written on this machine: readers sort by the date, and a date that nobody meant would bury the entry. Ids depend on nothing but the
release and the thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from muniment.changes import KINDS, Change, Changes
from muniment.release import Release
from muniment.terms import bare, readable

_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = {"added": "Added", "removed": "Removed", "changed": "Changed"}


def updated(release: Release) -> str:
    """When the release was published, as an RFC 3339 date and time."""
    if release.issued:
        return f"{release.issued}T00:00:00Z"
    return datetime.fromtimestamp(int(release.written), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def summary(changes: Changes | None) -> str:
    """What changed, in one sentence."""
    if changes is None:
        return "The first release here: there is none to compare it with."
    return ", ".join(f"{changes.counts[kind]:,} {kind}" for kind in KINDS) + "."


def feed(
    release: Release,
    changes: Changes | None,
    *,
    self_url: str,
    release_url: str,
    document: Callable[[str], str],
    short: Callable[[str], str],
) -> bytes:
    """The feed of a release.

    Args:
        release: the new one.
        changes: against the one before; None where there is none.
        self_url: where the feed is.
        release_url: where the release is.
        document: from the IRI of a thing to the address of its description.
        short: from an IRI to what a person calls it.
    """
    manifest, when = release.manifest, updated(release)
    ET.register_namespace("", _ATOM)
    root = ET.Element(f"{{{_ATOM}}}feed")
    title = str(manifest.get("title") or "A graph")
    _add(root, "id", _urn(f"{manifest.get('base') or title}changes"))
    _add(root, "title", f"{title}: what changed")
    _add(root, "updated", when)
    _add(root, "link", rel="self", type="application/atom+xml", href=self_url)
    _add(root, "link", rel="alternate", href=release_url)
    author = _add(root, "author")
    _add(author, "name", title)
    if license_iri := manifest.get("license"):
        _add(root, "rights", str(license_iri))
    _add(root, "generator", "muniment")
    entry = _entry(root, _urn(release.id), f"Release {release.id}", when, release_url)
    listed = len(changes.things) if changes else 0
    total = sum(changes.counts.values()) if changes else 0
    more = f" The first {listed:,} are listed." if listed < total else ""
    _add(entry, "content", summary(changes) + more, type="text")
    for change in changes.things if changes else ():
        name = f"{_WORDS[change.kind]}: {change.label}"
        entry = _entry(root, _urn(f"{release.id} {change.iri}"), name, when, document(change.iri))
        _add(entry, "category", term=change.kind)
        _add(entry, "content", _told(change, short), type="text")
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _told(change: Change, short: Callable[[str], str]) -> str:
    if change.kind != "changed":
        return change.iri
    marked = [
        (predicate, mark, value)
        for mark, pairs in (("-", change.lost), ("+", change.gained))
        for predicate, value in pairs
    ]
    lines = [
        f"{mark} {short(bare(predicate))}: {short(bare(value)) if value.startswith('<') else readable(value)}"
        for predicate, mark, value in sorted(marked, key=lambda found: (found[0], found[1] == "+", found[2]))
    ]
    return "\n".join((change.iri, *lines))


def _entry(root: ET.Element, identity: str, title: str, when: str, href: str) -> ET.Element:
    entry = _add(root, "entry")
    _add(entry, "id", identity)
    _add(entry, "title", title)
    _add(entry, "updated", when)
    _add(entry, "link", rel="alternate", href=href)
    return entry


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    found = ET.SubElement(
        parent,
        f"{{{_ATOM}}}{name}",
        {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items()},
    )
    found.text = _NOT_XML.sub("\ufffd", text) if text is not None else None
    return found


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"
