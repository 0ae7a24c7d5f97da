"""JSON-LD of a description: which form is asked for, and the bytes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from muniment.jsonld import FORMS, links
from muniment.terms import Quad, iri
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.errors import MalformedRequest
from muniment_service.negotiation import wanted_profiles
from muniment_service.profiles import STANDARD, Profile, standard_only
from muniment_service.statements import followed

MEDIA_TYPE = "application/ld+json"
_NAMESPACE = "http://www.w3.org/ns/json-ld#"
LINKED = "linked"
"""Compacted, with the address of the context in place of the context."""


def form_of(accept: str | None, named: Sequence[str]) -> str:
    """The form that ``?jsonld=`` names, or else the ``profile`` of the media type; ``compacted`` where neither does.

    Raises:
        MalformedRequest: ``?jsonld=`` is repeated or no form.
    """
    if named:
        if len(named) > 1 or named[0] not in (*FORMS, LINKED):
            raise MalformedRequest(
                "`jsonld` is not one form.", hint=f"Write one of {', '.join((*FORMS, LINKED))}."
            )
        return named[0]
    wanted = (name.removeprefix(_NAMESPACE) for name in wanted_profiles(accept, MEDIA_TYPE))
    return next((name for name in wanted if name in FORMS), FORMS[0])


def written(
    context: Context, name: str, quads: Sequence[Quad], form: str, profile: Profile, origin: str
) -> bytes:
    """The statements in a form of JSON-LD; framed, with what is stated of the things that the frame nests."""
    writer, root = context.settings.jsonld, iri(name)
    if form == "expanded":
        return _bytes(writer.expanded(root, quads))
    if form == "flattened":
        return _bytes(writer.flattened(root, quads))
    if form == "framed":
        return _bytes(writer.framed(root, _with_nested(context, name, quads, profile)))
    document = writer.compacted(root, quads)
    if form == LINKED:
        document = {**document, "@context": f"{origin}{urls.context(writer.version)}"}
    return _bytes(document)


def plain(context: Context, name: str, quads: Sequence[Quad], profile: Profile) -> bytes:
    """The same for those who know no JSON-LD: framed, without the context, which a Link header names."""
    document = context.settings.jsonld.framed(iri(name), _with_nested(context, name, quads, profile))
    return _bytes({key: value for key, value in document.items() if key != "@context"})


def content_type(form: str) -> str:
    """The media type of a form; the one that is sent unasked goes without a parameter."""
    return f'{MEDIA_TYPE}; profile="{_NAMESPACE}{form}"' if form in FORMS[1:] else MEDIA_TYPE


def _with_nested(context: Context, name: str, quads: Sequence[Quad], profile: Profile) -> list[Quad]:
    frame = context.settings.jsonld.frame_of(iri(name), quads)
    if frame is None or profile.datasets:
        return list(quads)
    found = followed(context.store, name, quads, links(frame, context.settings.jsonld.terms))
    more = standard_only(found) if profile == STANDARD else found
    return sorted({*quads, *more})


def _bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"
