"""``/releases``: what was published and can be fetched; ``/dump``: the files of the current release; ``/changes``: what it changed."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from muniment.citation import DatasetCitation
from muniment.dumps import DUMPS, files_of
from muniment.formats import Format
from muniment.release import MANIFEST, QUERIES, REPORT, SEARCH, Release
from muniment.workers.limits import TimeExceeded
from muniment_service import urls
from muniment_service.catalogue import publisher_of
from muniment_service.conditional import CURRENT, NEVER, PINNED
from muniment_service.context import Accept, Context, context_of
from muniment_service.downloads import Download
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound, NotReady, RangeNotSatisfiable
from muniment_service.exports import atom
from muniment_service.filters import read_parameters
from muniment_service.negotiation import choose
from muniment_service.openapi import READING, Responses, answers, problems, query_parameter
from muniment_service.publisher import Publisher

router = APIRouter()
ATOM = Format("atom", "application/atom+xml", "atom")
_OFFERS = (urls.HTML.media_type, "application/json")
_TYPES = {
    **{dump.file: "application/gzip" for dump in DUMPS},
    QUERIES: "application/json",
    REPORT: "text/turtle; charset=utf-8",
    SEARCH: "application/vnd.sqlite3",
}
_SHA256 = ".sha256"
_SAID = {urls.HTML.media_type: {"type": "string"}, "application/json": {"type": "object"}}
_LIST = {**answers("The releases.", _OFFERS, kept=False, schemas=_SAID), **problems(NotAcceptable, *READING)}
_ONE = {**answers("The release.", _OFFERS, schemas=_SAID), **problems(NotFound, NotAcceptable, *READING)}
_BYTES = ("application/gzip", "text/turtle", "application/vnd.sqlite3", "application/json", "text/plain")
_FILE: Responses = {
    **answers("The file.", _BYTES, schemas={"application/json": {"type": "object"}}),
    206: {"description": "The part of the file that `Range` asks for.", "content": {"application/gzip": {}}},
    **problems(NotFound, RangeNotSatisfiable, NotReady, *READING),
}
_SENT_ON: Responses = {303: {"description": "Where the file is."}, **problems(NotFound, *READING)}
_FEED: Responses = {
    **answers("The feed.", (ATOM.media_type,)),
    **problems(MalformedRequest, NotFound, TimeExceeded, *READING),
}
_PINNED = {"parameters": [query_parameter("release", "The id of the release that changed something.")]}


@router.get(urls.RELEASES, response_class=Response, responses=_LIST)
async def list_releases(request: Request, accept: Accept) -> Response:
    """The releases that are here, the one that was published last first; as a page or as JSON."""
    context, publisher = context_of(request), _publisher(request)
    chosen = _chosen(accept)
    releases = await asyncio.to_thread(publisher.releases)
    listed = [_in_short(release, context) for release in releases]
    headers = {"Cache-Control": NEVER.decode()}  # releases come and go beside the one that is served
    if chosen == "application/json":
        return JSONResponse({"current": context.settings.release, "releases": listed}, headers=headers)
    return context.pages.render("releases.html", headers=headers, releases=listed)


@router.get(f"{urls.RELEASES}/{{release}}", response_class=Response, responses=_ONE)
async def get_release(release: str, request: Request, accept: Accept) -> Response:
    """One release: what it holds, what it was made of, whether it is valid, its files, how to cite it; as a page or as JSON."""
    context, publisher = context_of(request), _publisher(request)
    chosen = _chosen(accept)
    found = await asyncio.to_thread(publisher.release, release)
    before = await asyncio.to_thread(publisher.previous, found)
    origin = urls.origin(request.url.scheme, request.headers.get("host"))
    who = await asyncio.to_thread(publisher_of, context)
    document = _document(found, before, origin, who)
    headers = {"Muniment-Release": found.id, "Link": _links(found), "Cache-Control": CURRENT.decode()}
    if chosen == "application/json":
        return JSONResponse(document, headers=headers)
    return context.pages.render(
        "release.html",
        headers=headers,
        release=document,
        current=context.settings.release,
        names=context.pages.names({}, context.urls),
    )


@router.get(f"{urls.RELEASES}/{{release}}/{{file}}", response_class=Response, responses=_FILE)
async def get_file(release: str, file: str, request: Request) -> Response:
    """A file of a release, whole or a range of it; with ``.sha256`` after its name, its checksum."""
    found = await asyncio.to_thread(_publisher(request).release, release)
    headers = {"Muniment-Release": found.id, "Link": f'<{urls.release_url(found.id)}>; rel="collection"'}
    name = file.removesuffix(_SHA256)
    facts = found.manifest.get("files", {}).get(name)
    if file == MANIFEST:
        body = await asyncio.to_thread((found.path / MANIFEST).read_bytes)
        return Response(
            body, headers={**headers, "Cache-Control": PINNED.decode()}, media_type="application/json"
        )
    if facts is None or name not in _TYPES:
        hint = f"{urls.release_url(found.id)} lists its files."
        raise NotFound(f"The release has no file `{file}`.", hint=hint, headers={"Cache-Control": "no-store"})
    if file != name:
        text = f"{facts['sha256']}  {name}\n"  # as `sha256sum --check` reads it
        return PlainTextResponse(text, headers={**headers, "Cache-Control": PINNED.decode()})
    path = found.path / name
    if not path.is_file() or path.stat().st_size != facts["bytes"]:
        raise NotReady(
            f"The file `{name}` of this release is damaged.", headers={"Cache-Control": "no-store"}
        )
    headers["Content-Disposition"] = f'attachment; filename="{found.id}-{name}"'
    return Download(path, facts["sha256"], _TYPES[name], headers)


@router.get(urls.DUMP, status_code=303, response_class=Response, responses=_SENT_ON | problems(NotAcceptable))
async def get_dump(request: Request, accept: Accept) -> Response:
    """Sends on to the dump of the current release in the format that is accepted, or browsers to the page that lists them."""
    release = await _current(request)
    addresses = {
        dump.media_type: urls.release_url(release.id, dump.file) for dump, _ in files_of(release.manifest)
    }
    addresses[urls.HTML.media_type] = urls.release_url(release.id)
    chosen = choose(accept, list(addresses))
    if chosen is None:
        raise NotAcceptable(addresses)
    return Response(status_code=303, headers={"Location": addresses[chosen]})


@router.get(f"{urls.DUMP}.{{ending}}", status_code=303, response_class=Response, responses=_SENT_ON)
async def get_dump_in(ending: str, request: Request) -> Response:
    """The same in one format: ``.nq.gz``, ``.trig.gz``, ``.ttl.gz``, ``.jsonld.gz``, and ``.sha256`` after each."""
    release = await _current(request)
    name = f"dump.{ending}"
    if name.removesuffix(_SHA256) not in (dump.file for dump, _ in files_of(release.manifest)):
        raise NotFound(f"There is no `{name}`.", hint=f"{urls.release_url(release.id)} lists the files.")
    return Response(status_code=303, headers={"Location": urls.release_url(release.id, name)})


@router.get(
    urls.CHANGES,
    response_class=Response,
    responses=_FEED | problems(NotAcceptable),
    openapi_extra=_PINNED,
)
async def get_changes(request: Request, accept: Accept) -> Response:
    """What the current release changed, or the one that ``?release=`` names, against the one before it."""
    if choose(accept, (ATOM.media_type, "application/xml", "text/xml")) is None:
        raise NotAcceptable({ATOM.media_type: urls.set_url(urls.CHANGES, {}, ATOM)})
    return await _changes(request)


@router.get(
    f"{urls.CHANGES}.{ATOM.extension}", response_class=Response, responses=_FEED, openapi_extra=_PINNED
)
async def get_changes_in_atom(request: Request) -> Response:
    """The same, whatever is accepted."""
    return await _changes(request)


async def _changes(request: Request) -> Response:
    publisher, context = _publisher(request), context_of(request)
    given = read_parameters(request.query_params.multi_items(), ("release",))
    named = given.get("release")
    release = await asyncio.to_thread(publisher.release, named) if named else await _current(request)
    before = await asyncio.to_thread(publisher.previous, release)
    changes = await publisher.changes(before, release) if before else None
    origin = urls.origin(request.url.scheme, request.headers.get("host"))
    address = urls.set_url(urls.CHANGES, given, ATOM)
    body = await asyncio.to_thread(
        atom.feed,
        release,
        changes,
        self_url=f"{origin}{address}",
        release_url=f"{origin}{urls.release_url(release.id)}",
        document=lambda iri: f"{origin}{context.urls.document(iri)}",
        short=context.pages.names({}, context.urls).short,
    )
    # Which release came before is a fact of this disk, so even what is pinned is asked for again.
    headers = {"Muniment-Release": release.id, "Content-Location": address, "Cache-Control": CURRENT.decode()}
    return Response(body, headers=headers, media_type=ATOM.media_type)


def _publisher(request: Request) -> Publisher:
    publisher: Publisher = request.app.state.publisher
    return publisher


async def _current(request: Request) -> Release:
    publisher = _publisher(request)
    current = publisher.current.settings.release
    if current is None:
        raise NotFound("What is served here is no release.", hint="Ask /graphs for the graphs one by one.")
    return await asyncio.to_thread(publisher.release, current)


def _chosen(accept: str | None) -> str:
    chosen = choose(accept, _OFFERS)
    if chosen is None:
        raise NotAcceptable(_OFFERS)
    return chosen


def _in_short(release: Release, context: Context) -> dict[str, Any]:
    counts = release.manifest["counts"]
    return {
        "id": release.id,
        "href": urls.release_url(release.id),
        "current": release.id == context.settings.release,
        "issued": release.issued,
        "title": release.manifest["title"],
        "triples": counts["triples"],
        "quads": counts["quads"],
        "changes": urls.set_url(urls.CHANGES, {"release": release.id}, ATOM),
    }


def _document(release: Release, before: Release | None, origin: str, publisher: str | None) -> dict[str, Any]:
    manifest = release.manifest
    address = f"{origin}{urls.release_url(release.id)}"
    citation = DatasetCitation(manifest["title"], release.id, address, publisher, release.issued)
    told = (
        "title",
        "description",
        "base",
        "license",
        "software",
        "counts",
        "sources",
        "validation",
        "versions",
    )
    return {
        "id": release.id,
        "url": address,
        "issued": release.issued,
        **{name: manifest[name] for name in told if manifest.get(name)},
        "sha256": manifest["sha256"],
        "previous": urls.release_url(before.id) if before else None,
        "changes": urls.set_url(urls.CHANGES, {"release": release.id}, ATOM),
        "manifest": urls.release_url(release.id, MANIFEST),
        "downloads": [
            {
                "file": dump.file,
                "href": urls.release_url(release.id, dump.file),
                "format": dump.format,
                "media_type": dump.media_type,
                "compression": "gzip",
                "holds": "the consolidated graph" if dump.consolidated else "the whole dataset",
                "bytes": facts["bytes"],
                "sha256": facts["sha256"],
                "checksum": urls.release_url(release.id, f"{dump.file}{_SHA256}"),
            }
            for dump, facts in files_of(manifest)
        ],
        "cite": citation.text(),
        "bibtex": citation.bibtex(),
    }


def _links(release: Release) -> str:
    links = [f'<{urls.release_url(release.id)}>; rel="cite-as"']
    links += [
        f'<{urls.release_url(release.id, dump.file)}>; rel="item"; type="application/gzip"'
        for dump, _ in files_of(release.manifest)
    ]
    if address := urls.web_address(release.manifest.get("license") or ""):
        links.append(f'<{address}>; rel="license"')
    return ", ".join(links)
