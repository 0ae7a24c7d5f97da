"""``muniment.open``: one call for a release, a project, RDF files or a SPARQL endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from muniment import engine
from muniment.errors import InputError
from muniment.formats import RDF_FORMATS, by_extension
from muniment.networked import NetworkStore
from muniment.project import find_project
from muniment.release import MANIFEST, QUERIES, Release, current_release, open_release
from muniment.terms import Quad
from muniment.vocabulary import default_prefixes

if TYPE_CHECKING:
    from muniment.network.files import NetworkFile

Location = str | Path
IN_MEMORY_QUADS = 500_000


def open(where: Location | Sequence[Location] = ".") -> NetworkStore:
    """A store to query.

    Args:
        where: the folder of a project (its current release is opened) or one inside it, the directory of a release, one or several
            RDF files, or the URL of a SPARQL 1.1 endpoint.

    Raises:
        InputError: there is no project, no such file, or a file is no RDF.
        ReleaseError: nothing has been built yet.

    Example:
        >>> muniment.open("http://127.0.0.1:8000/sparql").query("ASK {}").boolean  # doctest: +SKIP
        True
    """
    if isinstance(where, str) and where.startswith(("http://", "https://")):
        from muniment.remote import RemoteStore

        return NetworkStore(RemoteStore(where, prefixes=default_prefixes()))
    if not isinstance(where, str | Path):
        return NetworkStore(open_files([Path(path) for path in where]))
    path = Path(where)
    if not path.exists():
        raise InputError(f"{where} does not exist", hint="Name a project, a release, an RDF file or a URL.")
    if path.is_file():
        return NetworkStore(open_files([path]))
    if (path / MANIFEST).is_file():
        release = open_release(path)
        saved = cache(partial(_networks_of, release)) if (path / QUERIES).exists() else None
        return NetworkStore(release.open(IN_MEMORY_QUADS), saved_networks=saved)
    project = find_project(path)
    store = current_release(project.releases).open(project.in_memory_quads)
    return NetworkStore(store, project.queries / "network")  # as they are now, without a build


def _networks_of(release: Release) -> list[NetworkFile]:
    from muniment.network.files import networks_among

    return networks_among(release.queries())


def open_files(paths: Iterable[Path]) -> engine.EmbeddedStore:
    """RDF files, as they are, in memory."""
    return engine.EmbeddedStore.in_memory(
        "".join(quad.line() for quad in read_files(paths)).encode(), default_prefixes()
    )


def read_files(paths: Iterable[Path]) -> list[Quad]:
    """The quads of RDF files; blank nodes of different files stay apart.

    Raises:
        InputError: a file is missing, its ending tells no format, or it is not in that format.
    """
    quads: list[Quad] = []
    for number, path in enumerate(paths):
        form = by_extension(path.suffix[1:])
        if form is None:
            endings = ", ".join(f".{f.extension}" for f in RDF_FORMATS)
            raise InputError(f"{path}: its ending tells no RDF format", hint=f"Known endings: {endings}.")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        base = path.resolve().as_uri()
        found = engine.parse(data, form.media_type, base=base, path=str(path))
        quads.extend(Quad(*(_apart(term, number) for term in quad)) for quad in found)
    return quads


def _apart(term: str, number: int) -> str:
    return f"_:f{number}{term[2:]}" if term.startswith("_:") else term
