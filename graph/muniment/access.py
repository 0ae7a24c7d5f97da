"""``muniment.open``: one call for a release, a project, RDF files or a SPARQL endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from muniment import engine
from muniment.artefacts import artefact
from muniment.errors import InputError
from muniment.formats import RDF_FORMATS, by_extension
from muniment.project import find_project
from muniment.release import MANIFEST, current_release, open_release
from muniment.store import Networks
from muniment.terms import Quad

Location = str | Path
IN_MEMORY_QUADS = 500_000


def open(where: Location | Sequence[Location] = ".") -> Networks:
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

        return RemoteStore(where, prefixes=default_prefixes())
    if not isinstance(where, str | Path):
        return open_files([Path(path) for path in where])
    path = Path(where)
    if not path.exists():
        raise InputError(f"{where} does not exist", hint="Name a project, a release, an RDF file or a URL.")
    if path.is_file():
        return open_files([path])
    if (path / MANIFEST).is_file():
        return open_release(path).open(IN_MEMORY_QUADS)
    project = find_project(path)
    store = current_release(project.releases).open(project.in_memory_quads)
    store.network_folder, store.saved_networks = (
        project.queries / "network",
        None,
    )  # as they are now, without a build
    return store


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


def default_prefixes() -> dict[str, str]:
    """The shipped prefix table, for stores that bring none."""
    from muniment.vocabulary import read_prefixes

    return read_prefixes(artefact("ontology") / "prefixes.ttl")
