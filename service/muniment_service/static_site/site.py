"""Writes a release as a folder of files (see ``docs/export.md``)."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.types import ASGIApp

from muniment import __version__
from muniment.dumps import DUMPS
from muniment.engine import EmbeddedStore
from muniment.errors import MunimentError
from muniment.release import MANIFEST, REPORT, STORE, Release
from muniment_service import urls
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.assets import assets
from muniment_service.context import Context
from muniment_service.publisher import Publisher
from muniment_service.settings import Settings
from muniment_service.static_site.calling import Answer, call
from muniment_service.static_site.folder import MARK, Folder, replacing
from muniment_service.static_site.here import MEDIA_TYPES, Here
from muniment_service.static_site.links import relative, rewritten
from muniment_service.static_site.names import concept_of, iri_of, leading_on
from muniment_service.static_site.places import Document, Places, document_at, is_plain
from muniment_service.static_site.search_pages import NAMES, SEARCH_PAGE, Entry, names_document, search_pages
from muniment_service.static_site.views import file_of, view_at

STAGES = ("reading", "documents", "links", "search", "dumps", "checksums")
"""What an export does, one after the other."""
_TABLES = {urls.CATALOGUE: "catalogue", urls.VOID: ".well-known/void", urls.ONTOLOGY: "ontology", urls.SHAPES: "shapes",
           urls.VOCABULARY: "vocab"}  # fmt: skip
_SHIPPED = {
    "htaccess": ".htaccess",
    "nginx.conf": "nginx.conf",
    "HOSTING.md": "HOSTING.md",
    "search.js": "static/search.js",
}
_LINK = re.compile(r'(?:href|src|action)="(/[^/"][^"]*)"')
_FORMAT_NAMES = {"ttl": "turtle", "jsonld": "jsonld", "nt": "ntriples", "html": "html"}


@dataclass
class Summary:
    """What was written."""

    documents: int = 0
    withdrawn: int = 0
    renamed: int = 0
    elsewhere: int = 0
    """Documents in ``doc/iri/``."""
    names: int = 0
    """Stubs that lead from a name to its document."""
    dumps: int = 0
    searchable: int = 0
    files: int = 0
    bytes: int = 0


def export(
    release: Release,
    target: Path,
    *,
    address: str | None = None,
    environ: Mapping[str, str] | None = None,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> Summary:
    """Write the release to a folder that is new, empty or an earlier export.

    Args:
        address: where the folder will be hosted, for the addresses of downloads in the catalogue; the base of the dataset if not given.
        environ: settings, as ``Settings.from_env`` reads them.
        on_stage: told each of ``STAGES`` as it begins.

    Raises:
        InputError: the folder holds something else.
        MunimentError: the release cannot be read, or the service has no answer to what it offers.
    """
    on_stage("reading")
    with replacing(target) as folder, tempfile.TemporaryDirectory(prefix="muniment-export-") as alone:
        (Path(alone) / release.id).symlink_to(release.path.resolve(), target_is_directory=True)
        # in a folder of its own the release knows of no other, whose files would not be here
        context = _context(Release(Path(alone) / release.id, release.manifest), environ or {})
        site = _Site(folder, context, release, address or context.settings.base or "./", on_stage)
        asyncio.run(site.write())
        on_stage("checksums")
        written = folder.files()
        site.summary.files = len(written) + 1  # and the checksums
        site.summary.bytes = sum((folder.root / path).stat().st_size for path in written)
    return site.summary


def _context(release: Release, environ: Mapping[str, str]) -> Context:
    settings = Settings.for_release(release, {"MUNIMENT_CACHE_BYTES": "1", **environ})
    # from disk, where blank nodes have labels that stay: read into memory, they have others each time
    store = EmbeddedStore.read_only(release.path / STORE, release.prefixes)
    return Context.of(store, InThread(store), settings, release)


@dataclass
class _Site:
    folder: Folder
    context: Context
    release: Release
    address: str
    on_stage: Callable[[str], None]
    summary: Summary = field(default_factory=Summary)
    places: Places = field(default_factory=Places)
    _waiting: deque[Document] = field(default_factory=deque)
    _seen: set[Document] = field(default_factory=set)
    _views: dict[str, str] = field(default_factory=dict)
    """View of the service -> its file; empty for what the service does not show."""
    _views_waiting: deque[str] = field(default_factory=deque)
    _pages: dict[str, None] = field(default_factory=dict)
    """Pages whose links are still those of the service."""
    _looked: set[str] = field(default_factory=set)
    _resolved: dict[str, str | None] = field(default_factory=dict)
    _unknown: set[Document] = field(default_factory=set)
    """Documents that are linked to, and of which the service knows nothing."""

    @cached_property
    def _here(self) -> Here:
        return Here(self.address, self.context.settings.prefixes)

    async def write(self) -> None:
        app = publish(Publisher(self.context))
        for name, path in _SHIPPED.items():  # first, since links lead to what is there
            self.folder.write(path, (files("muniment_service.static_site") / "files" / name).read_bytes())
        self.on_stage("documents")
        for iri in self._resources():
            self._want(Document(self.context.urls.document(iri)))
        await self._write_fixed(app)
        while self._waiting or self._views_waiting:
            while self._views_waiting:
                await self._write_view(app, self._views_waiting.popleft())
            while self._waiting:
                await self._write_document(app, self._waiting.popleft())
        self.on_stage("search")
        self._write_search()
        self.on_stage("links")
        for page in self._pages:
            text = self.folder.file(page).read_text(encoding="utf-8")
            self.folder.write(page, self._here.placed(rewritten(text, page, self._resolve)))
        self._write_names()
        self.on_stage("dumps")
        self._write_dumps()
        self._write_rest()

    def _resources(self) -> list[str]:
        """Everything that something is stated of under an IRI, but the parts of the catalogue, to which links lead."""
        base = self.context.settings.base
        rows = self.context.store.query(
            """SELECT DISTINCT ?s { { ?s ?p ?o } UNION { GRAPH ?g { ?s a ?c . ?s <http://www.w3.org/2000/01/rdf-schema#isDefinedBy> ?d } }
            FILTER(isIRI(?s)) """
            + (f"FILTER NOT EXISTS {{ GRAPH <{base}catalogue> {{ ?s ?in ?catalogue }} }} }}" if base else "}")
        )
        return sorted(str(row["s"]) for row in rows)

    async def _write_fixed(self, app: ASGIApp) -> None:
        """What has a path of its own beside descriptions."""
        self._page("index.html", (await self._asked(app, urls.HOME, "text/html")).body)
        for url, path in _TABLES.items():
            answer = await call(app, f"{url}?format=html")
            if answer.status == 404:  # a release of RDF files as they are does not describe itself
                continue
            self._page(f"{path}.html", answer.body)
            for ending in MEDIA_TYPES:
                body = (await self._asked(app, f"{url}?format={_FORMAT_NAMES[ending]}")).body
                self.folder.write(f"{path}.{ending}", self._here.described(body, ending))
        plain = (assets().address(name) for name in ("style.css", "icon.svg", "world.svg"))
        for url in (*plain, *map(urls.context, self.context.settings.jsonld.contexts)):
            self.folder.write(url[1:], (await self._asked(app, url)).body)
        saved = [query.name for query in self.release.queries()]
        self._page("queries.html", (await self._asked(app, urls.QUERIES, "text/html")).body)
        for name in saved:
            answer = await call(app, urls.saved_url(name, None, ".rq"))
            if answer.status == 200 and is_plain(name):
                self.folder.write(f"queries/{name}.rq", answer.body)

    async def _asked(self, app: ASGIApp, url: str, accept: str = "*/*") -> Answer:
        answer = await call(app, url, accept)
        if answer.status != 200:
            raise MunimentError(f"the service answers {answer.status} to {url}: {answer.body[:300]!r}")
        return answer

    async def _write_document(self, app: ASGIApp, document: Document) -> None:
        page = await call(app, document.address("html"), "text/html")
        if page.status == 404:
            self._unknown.add(document)
            return
        path = self.places.of(document)
        self.summary.elsewhere += path.startswith("doc/iri/")
        if page.status == 301:
            self.summary.renamed += 1
            self._page(f"{path}.html", leading_on(page.header("location") or ""))
        elif page.status == 410:
            self.summary.withdrawn += 1
            self._page(f"{path}.html", page.body)
        elif page.status == 200:
            self.summary.documents += 1
            self._page(f"{path}.html", page.body)
            for ending in MEDIA_TYPES:
                self.folder.write(f"{path}.{ending}", (await self._asked(app, document.address(ending))).body)
        else:
            raise MunimentError(f"the service answers {page.status} to {document.address('html')}")

    def _page(self, path: str, body: bytes | str) -> None:
        """Write a page as it is, and take note of what it leads to; its links are seen to when all files are known."""
        self.folder.write(path, body)
        self._pages[path] = None
        for href in dict.fromkeys(_LINK.findall(body.decode() if isinstance(body, bytes) else body)):
            if href not in self._looked:
                self._looked.add(href)
                found = document_at(unescape(href), self.context.urls)
                if found and not self._is_partition(found[0]):
                    self._want(found[0])
                if view := view_at(unescape(href)):
                    self._want_view(view)

    def _want_view(self, view: str) -> None:
        if view not in self._views:
            self._views[view] = file_of(view)
            self._views_waiting.append(view)

    async def _write_view(self, app: ASGIApp, view: str) -> None:
        """Write a page, or a file of a network; what a release does not have, or what is too large, is left out."""
        if view == urls.NETWORKS:
            await self.context.networks.counted()  # the list waits for a moment only
        answer = await call(app, view, "text/html, */*;q=0.1")
        file = self._views[view]
        if answer.status != 200:
            self._views[view] = ""
        elif file.endswith(".html"):
            self._page(file, answer.body)
        else:
            self.folder.write(file, answer.body)

    def _is_partition(self, document: Document) -> bool:
        """Whether it is one of the thousand counts of the dataset's description, where all of them are together."""
        base = self.context.settings.base
        return base is not None and iri_of(document, self.context.urls).startswith(f"{base}void#")

    def _want(self, document: Document) -> None:
        if document not in self._seen:
            self._seen.add(document)
            self._waiting.append(document)
            self.places.of(document)

    def _resolve(self, href: str) -> str | None:
        """The file that a link of the service leads to, if there is one."""
        if href not in self._resolved:
            self._resolved[href] = self._file_at(href)
        return self._resolved[href]

    def _file_at(self, href: str) -> str | None:
        parts = urlsplit(href)
        if found := document_at(href, self.context.urls):
            document, ending = found
            if self._is_partition(document):
                return self._there(f"{_TABLES[urls.VOID]}.{ending}")
            return (
                self._there(f"{self.places.of(document)}.{ending}") if document not in self._unknown else None
            )
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if parts.path == urls.HOME:
            return f"index.html{fragment}"
        if file := self._views.get(view_at(href) or ""):
            return f"{file}{fragment}"
        if parts.path == urls.SEARCH:
            return self._there(SEARCH_PAGE)
        if parts.path in _TABLES or parts.path == urls.QUERIES:
            name = parse_qs(parts.query).get("format", ["html"])[0]
            of_table = next((e for e, form in _FORMAT_NAMES.items() if name in (e, form)), None)
            table = _TABLES.get(parts.path, "queries")
            at = self._there(f"{table}.{of_table}") if of_table else None
            return f"{at}{fragment}" if at else None
        if parts.query:
            return None
        path = unquote(parts.path)[1:]
        file = self._there(path) or self._there(f"{path}.rq")
        return f"{file}{fragment}" if file else None

    def _there(self, path: str) -> str | None:
        return (
            path
            if all(map(bool, path.split("/"))) and ".." not in path.split("/") and self._is_file(path)
            else None
        )

    def _is_file(self, path: str) -> bool:
        return (self.folder.root / path).is_file() or path in self._dumps

    @cached_property
    def _dumps(self) -> dict[str, Path]:
        """Path within the export -> file of the release."""
        found = sorted(path for dump in DUMPS if (path := self.release.path / dump.file).is_file())
        return {urls.release_url(self.release.id, p.name)[1:]: p for p in found}

    def _write_search(self) -> None:
        index = self.context.search
        if index is None:
            return
        entries: list[Entry] = []
        for iri, label, names in index.named():
            document = Document(self.context.urls.document(iri))
            if document in self._seen and document not in self._unknown:
                entries.append((label, f"{self.places.of(document)}.html", names))
        self.summary.searchable = len(entries)
        self.folder.write(NAMES, names_document(entries))
        for path, page in search_pages(entries, self.context.pages):
            self._page(path, page)

    def _write_names(self) -> None:
        """Pages that lead from the name of a thing or a concept to its document, and from a table's path to it."""
        for table in (*_TABLES.values(), "queries"):
            if table != ".well-known/void" and (self.folder.root / f"{table}.html").is_file():
                self._stub(f"{table}/index.html", f"{table}.html")
        for document, path in self.places:
            if document in self._unknown or document.page > 1:
                continue
            if not path.startswith("doc/iri/"):
                self._stub(f"id/{path.removeprefix('doc/')}/index.html", f"{path}.html")
            elif concept := concept_of(document, self.context.urls):
                self._stub(f"vocab/{concept}/index.html", f"{path}.html")

    def _stub(self, path: str, target: str) -> None:
        if self._is_file(target):
            self.summary.names += path.startswith(("id/", "vocab/"))
            self.folder.write(path, leading_on(relative(target, path)))

    def _write_dumps(self) -> None:
        for path, file in self._dumps.items():
            shutil.copyfile(file, self.folder.file(path))
            digest = self.release.manifest["files"].get(file.name, {}).get("sha256")
            if digest:
                self.folder.write(f"{path}.sha256", f"{digest}  {file.name}\n")
            self.summary.dumps += 1
        for name in (MANIFEST, REPORT):
            if (self.release.path / name).is_file():
                shutil.copyfile(
                    self.release.path / name, self.folder.file(f"releases/{self.release.id}/{name}")
                )

    def _write_rest(self) -> None:
        void = self.folder.root / ".well-known" / "void.ttl"
        if void.is_file():
            self.folder.write(".well-known/void", void.read_bytes())
            self.folder.write("void/index.html", leading_on("../.well-known/void.html"))
        self.folder.write(".nojekyll", b"")
        known = {d: path for d, path in self.places if d.page == 1 and d not in self._unknown}
        self.folder.write_json("resources.json", dict(sorted(self._described(known))), indent=1)
        self.folder.write_json(
            MARK,
            {"release": self.release.id, "title": self.release.manifest["title"], "documents": self.summary.documents,
             "address": self.address, "software": f"muniment {__version__}"},
            indent=2,
        )  # fmt: skip

    def _described(self, known: Mapping[Document, str]) -> Iterable[tuple[str, str]]:
        for document, path in known.items():
            yield iri_of(document, self.context.urls), path
