"""The Link headers of a description: FAIR Signposting, alternates in other formats and profiles, pages, provenance and query services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from muniment.terms import SCHEMA, TYPE, Quad, bare
from muniment_service import urls
from muniment_service.context import Context
from muniment_service.profiles import FULL, PROFILES, PROVENANCE, Profile
from muniment_service.statements import Page

HAS_PROVENANCE = "http://www.w3.org/ns/prov#has_provenance"
HAS_QUERY_SERVICE = "http://www.w3.org/ns/prov#has_query_service"
CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
PAGE_OF_METADATA = f"{SCHEMA}AboutPage"


def asked(profile: Profile, page: Page, release: str | None = None) -> dict[str, str | int]:
    """The parameters that lead to this profile and page again; none for those that are sent unasked."""
    return {
        **({"_profile": profile.name} if profile != FULL else {}),
        **({"page": page.number} if page.number > 1 else {}),
    }


def links(
    context: Context, iri: str, outgoing: Iterable[Quad], profile: Profile, page: Page, form: str
) -> str:
    """The Link header of the document about a thing that is sent as the media type ``form``."""
    return ", ".join(_links(context, iri, list(outgoing), profile, page, form))


def _links(
    context: Context, iri: str, outgoing: list[Quad], profile: Profile, page: Page, form: str
) -> Iterator[str]:
    document = context.urls.document
    alternates = context.urls.alternates(iri, **asked(profile, page))
    for media_type, href in alternates.items():
        if media_type in offers(profile):
            yield f'<{href}>; rel="alternate"; type="{media_type}"'
    for other in PROFILES:
        if other != profile:
            href = document(iri, None, **asked(other, Page()))
            yield f'<{href}>; rel="alternate"; formats="{other.iri}"'
    yield f'<{profile.iri}>; rel="profile"'
    address = urls.web_address(iri)
    if address:
        yield f'<{address}>; rel="cite-as"'
    if form == urls.HTML.media_type:
        for media_type in ("text/turtle", "application/ld+json"):
            if media_type in alternates and media_type in offers(profile):
                yield f'<{alternates[media_type]}>; rel="describedby"; type="{media_type}"'
    elif address:
        yield f'<{address}>; rel="describes"'
    yield from _typed(outgoing, form)
    if license_address := urls.web_address(context.settings.license or ""):
        yield f'<{license_address}>; rel="license"'
    if base := urls.web_address(context.settings.base or ""):
        yield f'<{base}>; rel="collection"'
    yield f'<{document(iri, None, _profile=PROVENANCE.name)}>; rel="{HAS_PROVENANCE}"'
    yield f'<{urls.SPARQL}>; rel="{HAS_QUERY_SERVICE}"'
    if not (page.number == 1 and page.last):
        yield f'<{document(iri, None, **asked(profile, Page(1)))}>; rel="first"'
        if page.number > 1:
            yield f'<{document(iri, None, **asked(profile, Page(page.number - 1)))}>; rel="prev"'
        if not page.last:
            yield f'<{document(iri, None, **asked(profile, Page(page.number + 1)))}>; rel="next"'


def _typed(outgoing: list[Quad], form: str) -> Iterator[str]:
    """The classes of the thing that are of schema.org, as Signposting asks, and on a page that it is one."""
    if form == urls.HTML.media_type:
        yield f'<{PAGE_OF_METADATA}>; rel="type"'
    for kind in sorted({bare(q.object) for q in outgoing if q.predicate == TYPE}):
        if kind.startswith(SCHEMA):
            yield f'<{kind}>; rel="type"'


def offers(profile: Profile) -> list[str]:
    """The media types in which a profile can be sent, the one that is sent unasked first."""
    found = [
        f.media_type for f in urls.DOCUMENT_FORMATS if f.datasets or f == urls.HTML or not profile.datasets
    ]
    return (
        sorted(found, key=lambda media_type: media_type != "application/trig") if profile.datasets else found
    )
