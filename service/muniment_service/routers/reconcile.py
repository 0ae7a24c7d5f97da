"""``/reconcile``: the Reconciliation Service API 0.2, by which OpenRefine and others match tables to things.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from muniment import __version__
from muniment.workers.pool import Body
from muniment_service import urls
from muniment_service.body import read_body
from muniment_service.context import Context, InContext, context_of
from muniment_service.errors import MalformedRequest, NotFound, TooLarge, UnsupportedMediaType
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.reconciling import CLASS, Query, candidates, extended, types_document
from muniment_service.search_answer import description
from muniment_service.sought import index_of, parameters_of, text_of

router = APIRouter()
BATCH = 50
"""Queries in one request, or things to extend with a multiple of it."""
_SUGGESTED = 20
_FORM = "application/x-www-form-urlencoded"
_CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""A preview is made to be shown in a frame of others."""
_BODY = {
    "requestBody": {
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "properties": {n: {"type": "string"} for n in ("queries", "extend")},
                }
            }
        }
    }
}


def _json_answers(
    description: str, *kinds: type[Exception], kept: bool = True
) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that answers in JSON."""
    schema = {"application/json": {"type": "object"}}
    refused = problems(MalformedRequest, NotFound, TooLarge, *kinds, *READING)
    return {**answers(description, list(schema), schemas=schema, kept=kept), **refused}


_SUGGESTIONS = _json_answers("Suggestions.", RequestValidationError)


@router.get(
    urls.RECONCILE,
    response_class=Response,
    responses=_json_answers("The manifest, candidates, or values."),
    openapi_extra={"parameters": [query_parameter(n, "A batch, as JSON.") for n in ("queries", "extend")]},
)
async def reconcile(request: Request) -> Response:
    """The manifest; with ``queries`` candidates for a batch of queries, with ``extend`` values of properties."""
    return await run_in_threadpool(_answer, request, parameters_of(request.scope["query_string"]))


@router.post(
    urls.RECONCILE,
    response_class=Response,
    responses=_json_answers("Candidates, or values.", UnsupportedMediaType, kept=False),
    openapi_extra=_BODY,
)
async def reconcile_posted(request: Request) -> Response:
    """The same with ``queries`` or ``extend`` in a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise UnsupportedMediaType(f"A batch is posted as {_FORM}.", headers={"Accept-Post": _FORM})
    received = await read_body(request, context_of(request).settings.body_bytes)
    return await run_in_threadpool(_answer, request, parameters_of(received))


def _answer(request: Request, given: Mapping[str, list[str]]) -> Response:
    context = context_of(request)
    index_of(context)
    asked = [name for name in ("queries", "extend") if name in given]
    if len(asked) > 1 or any(len(given[name]) > 1 for name in asked):
        raise MalformedRequest("A request has one `queries` or one `extend`.")
    if not asked:
        if request.method == "POST":
            raise MalformedRequest("`queries` and `extend` are missing.", hint="Give one of them, as JSON.")
        return JSONResponse(manifest(context, urls.origin(request.url.scheme, request.headers.get("host"))))
    document = _json(given[asked[0]][0], asked[0])
    if asked[0] == "extend":
        return JSONResponse(_extended(context, document))
    if len(document) > BATCH:
        raise TooLarge("batch", BATCH, "queries")
    queries = {name: Query.read(name, query) for name, query in document.items()}
    return JSONResponse({name: {"result": candidates(context, query)} for name, query in queries.items()})


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"`{name}` is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise MalformedRequest(f"`{name}` is no JSON object.")
    return document


def _extended(context: Context, document: Mapping[str, Any]) -> dict[str, Any]:
    ids, properties = document.get("ids"), document.get("properties")
    if (
        not isinstance(ids, list)
        or not isinstance(properties, list)
        or not all(isinstance(name, str) for name in ids)
        or not all(isinstance(p, dict) and isinstance(p.get("id"), str) for p in properties)
    ):
        raise MalformedRequest(
            "`extend` has `ids`, a list of texts, and `properties`, a list of objects with `id`."
        )
    if len(ids) > BATCH * 4 or len(properties) > BATCH:
        raise TooLarge(
            "batch",
            BATCH * 4 if len(ids) > BATCH * 4 else BATCH,
            "ids" if len(ids) > BATCH * 4 else "properties",
        )
    return extended(context, ids, properties)


def manifest(context: Context, origin: str) -> dict[str, Any]:
    """The service manifest."""
    settings = context.settings

    def service(name: str) -> dict[str, str]:
        return {"service_url": origin, "service_path": f"{urls.RECONCILE}/{name}"}

    def suggesting(name: str) -> dict[str, str]:
        flyout = f"{urls.RECONCILE}/flyout/{name}?id=${{id}}"
        return {**service(f"suggest/{name}"), "flyout_service_url": origin, "flyout_service_path": flyout}

    return {
        "versions": ["0.2"],
        "name": settings.title,
        "identifierSpace": f"{settings.base}id/" if settings.base else f"{origin}{urls.THING}/",
        "schemaSpace": "https://schema.org/Thing",
        "documentation": f"{origin}{urls.HOME}",
        "serviceVersion": f"muniment {__version__}",
        "defaultTypes": types_document(index_of(context).choices(CLASS)),
        "view": {"url": f"{origin}{urls.DOCUMENT}?iri={{{{id}}}}"},
        "preview": {"url": f"{origin}{urls.RECONCILE}/preview?id={{{{id}}}}", "width": 400, "height": 200},
        "suggest": {name: suggesting(name) for name in ("entity", "type", "property")},
        "extend": {
            "propose_properties": service("properties"),
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Most values",
                    "type": "number",
                    "default": 0,
                    "help_text": "How many values to fetch of each thing; 0 for all.",
                }
            ],
        },
        "batchSize": BATCH,
    }


@router.get(f"{urls.RECONCILE}/suggest/entity", response_class=Response, responses=_SUGGESTIONS)
def suggest_entity(context: InContext, prefix: str = "", cursor: int = 0) -> Response:
    """Things whose names begin so."""
    skip = _cursor(cursor)
    index = index_of(context)
    hits = index.suggest(text_of(prefix), skip + _SUGGESTED)[skip:] if prefix.strip() else []
    found = [
        {
            "id": hit.iri,
            "name": hit.label,
            "description": description(context, hit.iri),
            "notable": types_document(index.values_of(hit.iri).get(CLASS, ())),
        }
        for hit in hits
    ]
    return JSONResponse({"result": found})


@router.get(f"{urls.RECONCILE}/suggest/type", response_class=Response, responses=_SUGGESTIONS)
def suggest_type(context: InContext, prefix: str = "", cursor: int = 0) -> Response:
    """Classes whose labels have such words."""
    sought = text_of(prefix).casefold()
    types = [
        v
        for v in index_of(context).choices(CLASS)
        if sought in v.label.casefold() or sought == v.term.casefold()
    ]
    types.sort(key=lambda v: (not v.label.casefold().startswith(sought), -v.count, v.term))
    skip = _cursor(cursor)
    found = [
        {**type_, "description": f"{v.count:,} things"}
        for type_, v in zip(types_document(types), types, strict=True)
    ]
    return JSONResponse({"result": found[skip : skip + _SUGGESTED]})


@router.get(f"{urls.RECONCILE}/suggest/property", response_class=Response, responses=_SUGGESTIONS)
def suggest_property(context: InContext, prefix: str = "", cursor: int = 0) -> Response:
    """Properties whose labels have such words."""
    skip = _cursor(cursor)
    found = index_of(context).properties(text_of(prefix))[skip : skip + _SUGGESTED]
    names = context.pages.names({}, context.urls)
    return JSONResponse(
        {"result": [{"id": iri, "name": label, "description": names.short(iri)} for iri, label in found]}
    )


@router.get(
    f"{urls.RECONCILE}/properties",
    response_class=Response,
    responses=_json_answers("Properties.", RequestValidationError, *OF_QUERIES),
)
async def propose_properties(request: Request, type: str, limit: int | None = None) -> Response:  # noqa: A002
    """The properties that things of a type have."""
    context = context_of(request)
    index = index_of(context)
    iri = next(
        (t for t in context.urls.named(type, context.settings.prefixes) if index.known(CLASS, t)), None
    )
    if iri is None or not urls.is_iri(iri):
        raise NotFound("There is no such type.", hint=f"{urls.RECONCILE}/suggest/type lists them.")
    query = f"SELECT DISTINCT ?p WHERE {{ ?thing a <{iri}> ; ?p ?value }} ORDER BY ?p"
    body = await context.answers.answer(query, "application/sparql-results+json")
    rows = json.loads(_bytes(body))["results"]["bindings"]
    labels = dict(index.properties(""))
    found = [
        {"id": row["p"]["value"], "name": labels.get(row["p"]["value"], row["p"]["value"])} for row in rows
    ]
    found.sort(key=lambda p: (p["name"], p["id"]))
    shown = found if limit is None else found[: max(limit, 0)]
    return JSONResponse({"type": type, "properties": shown, **({} if limit is None else {"limit": limit})})


@router.get(
    f"{urls.RECONCILE}/preview",
    response_class=Response,
    responses={**answers("The page.", ["text/html"]), **problems(NotFound, RequestValidationError, *READING)},
)
def preview(id: str, context: InContext) -> Response:  # noqa: A002
    """A small page about a thing, for a frame."""
    values = _card(context, id)
    return context.pages.render("preview.html", headers={"Content-Security-Policy": _CSP}, card=values)


@router.get(
    f"{urls.RECONCILE}/flyout/{{kind}}",
    response_class=Response,
    responses=_json_answers("A preview.", RequestValidationError),
)
def flyout(kind: str, id: str, context: InContext) -> Response:  # noqa: A002
    """A few lines of HTML about a thing, a type or a property."""
    if kind not in ("entity", "type", "property"):
        raise NotFound("There is no such preview.")
    index = index_of(context)
    if kind == "entity":
        values = _card(context, id)
    else:
        named = (
            dict(index.properties(""))
            if kind == "property"
            else {v.term: v.label for v in index.choices(CLASS)}
        )
        if id not in named:
            raise NotFound(f"There is no such {kind}.")
        values = {"iri": id, "label": named[id], "description": "", "href": context.urls.document(id)}
    html = bytes(context.pages.render("flyout.html", card=values).body).decode()
    return JSONResponse({"id": id, "html": html})


def _card(context: Context, name: str) -> dict[str, str]:
    index = index_of(context)
    for iri in context.urls.named(name, context.settings.prefixes):
        if label := index.label(iri):
            return {
                "iri": iri,
                "label": label,
                "description": description(context, iri),
                "href": context.urls.document(iri),
            }
    raise NotFound("There is no such thing.")


def _cursor(cursor: int) -> int:
    if not 0 <= cursor <= 10_000:
        raise MalformedRequest("`cursor` is a number from 0 to 10000.")
    return cursor


def _bytes(body: Body) -> bytes:
    """The bytes of an answer, which may be in a file that whoever takes it removes."""
    if isinstance(body, bytes):
        return body
    try:
        return body.read_bytes()
    finally:
        body.unlink(missing_ok=True)
