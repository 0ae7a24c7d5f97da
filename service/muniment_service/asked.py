"""Reads a SPARQL protocol request: the query and the format that it names, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from muniment.store import Dataset
from muniment_service import urls
from muniment_service.body import read_body
from muniment_service.errors import MalformedRequest, TooLarge, UnsupportedMediaType, UpdateRefused
from muniment_service.settings import Settings

FORM, DIRECT, UPDATE = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
)
EXAMPLE = "SELECT * WHERE { ?s ?p ?o } LIMIT 10"
_MOST_PARAMETERS = 200
TIMEOUT = re.compile(r"\d{1,6}(\.\d{1,3})?")


@dataclass(frozen=True)
class Asked:
    """A query and what came with it."""

    query: str
    formats: tuple[str, ...] = ()
    """Short names of formats, as given."""
    dataset: Dataset | None = None
    """The graphs that the request names; they stand in place of those that the query names."""
    release: str | None = None
    timeout: float | None = None
    """Seconds."""
    explain: bool = False


async def read_asked(request: Request, settings: Settings) -> Asked | None:
    """What is asked; None for a GET without a query.

    Raises:
        RequestError: the request is not one that the protocol knows, or is over a limit.
    """
    given = parameters(request.scope["query_string"], "query string")
    if request.method == "POST":
        given += await _posted(request, settings.body_bytes)
    return asked(given, settings.query_bytes, optional=request.method == "GET")


def asked(pairs: Sequence[tuple[str, str]], limit: int, *, optional: bool) -> Asked | None:
    """The one query among the parameters, which may be missing if it is optional; parameters that are not known are ignored."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    queries = given.get("query", [])
    if "update" in given:
        raise (
            MalformedRequest("A request has a `query` or an `update`, not both.")
            if queries
            else UpdateRefused()
        )
    if not queries and optional:
        return None
    if len(queries) != 1:
        raise malformed("`query` is missing." if not queries else f"`query` is given {len(queries)} times.")
    if len(queries[0].encode("utf-8")) > limit:
        raise TooLarge("query", limit)
    return Asked(
        queries[0],
        tuple(given.get("format", ())),
        _dataset(given),
        once(given, "release"),
        timeout_of(once(given, "timeout")),
        once(given, "explain") in ("1", "true"),
    )


def _dataset(given: Mapping[str, Sequence[str]]) -> Dataset | None:
    default, named = given.get("default-graph-uri", ()), given.get("named-graph-uri", ())
    for iri in (*default, *named):
        if not urls.is_iri(iri):
            raise MalformedRequest(
                f"`{iri}` is not an absolute IRI.", hint="Name each graph by its IRI, in full."
            )
    return Dataset(tuple(default), tuple(named)) if default or named else None


def once(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    """The value of a parameter that may be given once, if it is."""
    values = given.get(name, ())
    if len(values) > 1:
        raise MalformedRequest(f"`{name}` is given {len(values)} times.", hint="Give it once.")
    return values[0] if values else None


def timeout_of(text: str | None) -> float | None:
    """The seconds that ``timeout=`` names."""
    if text is None:
        return None
    if not TIMEOUT.fullmatch(text) or not float(text):
        raise MalformedRequest(
            f"`timeout={text}` is not a number of seconds.", hint="Write it as timeout=10."
        )
    return float(text)


def malformed(message: str) -> MalformedRequest:
    """A request without exactly one query; shows how to write one."""
    return MalformedRequest(message, hint="Give exactly one.", members={"example": urls.query_url(EXAMPLE)})


async def _posted(request: Request, limit: int) -> list[tuple[str, str]]:
    """The parameters of a body; one that is a query stands for a parameter ``query``."""
    media_type, _, rest = request.headers.get("content-type", "").partition(";")
    kind = media_type.strip().lower()
    if kind == UPDATE:
        raise UpdateRefused
    charset = rest.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    encoded = request.headers.get("content-encoding", "identity").lower() != "identity"
    if kind not in (FORM, DIRECT) or charset not in ("", "utf-8", "utf8", "us-ascii") or encoded:
        message = f"A query is posted as {FORM} or as {DIRECT}, in UTF-8 and without compression."
        raise UnsupportedMediaType(message, headers={"Accept-Post": f"{DIRECT}, {FORM}"})
    body = await read_body(request, limit)
    return [("query", _text(body, "body"))] if kind == DIRECT else parameters(body, "body")


def parameters(encoded: bytes, where: str) -> list[tuple[str, str]]:
    """The parameters of a query string or form, decoded."""
    try:
        text = _text(encoded, where)
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"The {where} is not UTF-8.") from error
    except ValueError as error:
        raise MalformedRequest(f"The {where} has more than {_MOST_PARAMETERS} parameters.") from error


def _text(encoded: bytes, where: str) -> str:
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"The {where} is not UTF-8.") from error
