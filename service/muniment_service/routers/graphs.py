"""``/graphs``: the read side of the SPARQL 1.1 Graph Store HTTP Protocol, each graph at an address of its own.

A graph is fetched by a CONSTRUCT: it runs where queries from outside run, under the same limits, and needs nothing of a store that is
not there already. Whether there is such a graph is asked first, since an empty answer does not say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from muniment.errors import ParameterError
from muniment.formats import RDF_FORMATS, Format
from muniment_service import urls
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound, WriteRefused
from muniment_service.file_response import FileBody
from muniment_service.negotiation import by_short_name, choose, content_type, named_format
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.paging import page_links, page_number

_FORMATS = {f.media_type: f for f in RDF_FORMATS}
_OFFERS: dict[str, Format] = {
    **_FORMATS,
    "application/json": _FORMATS["application/ld+json"],
    "application/xml": _FORMATS["application/rdf+xml"],
}
_LIST = Format("json", "application/json", "json")
_LIST_OFFERS = (_LIST, urls.HTML)
_PARAMETERS = [
    {
        **query_parameter("default", "The consolidated graph.", enum=[""]),
        "allowEmptyValue": True,
    },
    query_parameter("graph", "The absolute IRI of a named graph.", format="iri"),
    query_parameter(
        "format", "The format by its short name, over the Accept header. Of a graph, others are ignored."
    ),
    query_parameter("release", "The id of the release to read from."),
    query_parameter("page", "The page of the list, counted from 1.", pattern="^[0-9]+$"),
]
_RESPONSES = {
    **answers(
        "The graph, or the list of graphs.",
        [*_OFFERS, urls.HTML.media_type],
        schemas={"application/json": {}, "application/ld+json": {}},
    ),
    **problems(
        ParameterError,
        MalformedRequest,
        NotFound,
        NotAcceptable,
        *OF_QUERIES,
        *READING,
    ),
}


class ReadOnlyRoute(APIRoute):
    """A route that says why it has no other methods."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As every route, but for the words of a 405."""
        if scope["method"] in (self.methods or ()):
            await super().handle(scope, receive, send)
        else:
            raise WriteRefused("GET, HEAD, OPTIONS")


router = APIRouter(route_class=ReadOnlyRoute)


@router.get(
    urls.GRAPHS, response_class=Response, responses=_RESPONSES, openapi_extra={"parameters": _PARAMETERS}
)
async def get_graph(request: Request) -> Response:
    """The default graph (``?default``) or a named graph (``?graph=IRI``); without either, the list of graphs."""
    given = _parameters(request.scope["query_string"])
    release = _once(given, "release")
    await turn_to_release(request, release)
    context = context_of(request)
    if "default" not in given and "graph" not in given:
        return await asyncio.to_thread(_listed, context, accept_header(request), given)
    graph = _asked_graph(given)
    return await unless_gone(
        _graph(request, context, graph, given.get("format", []), release), request.receive
    )


async def _graph(
    request: Request, context: Context, graph: str | None, names: Sequence[str], release: str | None
) -> Response:
    media_type, form = _chosen(graph, accept_header(request), names)
    pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph is not None else "?s ?p ?o"
    if graph is not None and not await asyncio.to_thread(_is_there, context, pattern):
        raise NotFound("There is no such graph.", hint=f"{urls.GRAPHS} lists them.", members={"iri": graph})
    body = await context.answers.answer(
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}",
        form.media_type,
        client=request.client.host if request.client else "",
    )
    headers = {
        "content-type": content_type(media_type),
        "content-location": urls.graph_url(graph, form, release),
        "link": _links(context, graph, release),
    }
    return FileBody(body, headers) if isinstance(body, Path) else Response(body, headers=headers)


def _is_there(context: Context, pattern: str) -> bool:
    return bool(context.store.query(f"ASK {{ {pattern} }}"))


def _chosen(graph: str | None, accept: str | None, names: Sequence[str]) -> tuple[str, Format]:
    named = by_short_name(names, RDF_FORMATS)
    if named:
        return named.media_type, named
    media_type = choose(accept, list(_OFFERS))
    if media_type is None:
        raise NotAcceptable({offer: urls.graph_url(graph, form) for offer, form in _FORMATS.items()})
    return media_type, _OFFERS[media_type]


def _links(context: Context, graph: str | None, release: str | None) -> str:
    links = [f'<{urls.SPARQL}>; rel="describedby"']
    if graph is not None and (address := urls.web_address(graph)):
        links.append(f'<{address}>; rel="canonical"')
    links += [
        f'<{urls.graph_url(graph, form, release)}>; rel="alternate"; type="{media_type}"'
        for media_type, form in _FORMATS.items()
    ]
    if address := urls.web_address(context.settings.license or ""):
        links.append(f'<{address}>; rel="license"')
    return ", ".join(links)


def _listed(context: Context, accept: str | None, given: Mapping[str, Sequence[str]]) -> Response:
    """A page of the list of graphs."""
    form = named_format(given.get("format", ()), _LIST_OFFERS)
    offers = [f.media_type for f in _LIST_OFFERS]
    media_type = form.media_type if form else choose(accept, offers)
    if media_type is None:
        raise NotAcceptable({f.media_type: urls.graph_list_url(f) for f in _LIST_OFFERS})
    overview, page, size = (
        context.overviews.current(),
        page_number(_once(given, "page") or "1"),
        context.settings.shown_rows,
    )
    kept = {name: values[-1] for name, values in given.items() if name in ("format", "release")}
    last, links = page_links(urls.GRAPHS, kept, page, overview.graphs.total, size)
    rels = "".join(f', <{href}>; rel="{rel}"' for rel, href in links.items())
    headers = {"Link": f'<{urls.SPARQL}>; rel="describedby"{rels}'}
    graphs = overview.graphs.part((page - 1) * size, size)
    if media_type == urls.HTML.media_type:
        return context.pages.render(
            "graphs.html",
            headers=headers,
            overview=overview,
            names=context.pages.names({}, context.urls),
            default_url=urls.graph_url(None),
            shown=[(iri, count, urls.graph_url(iri)) for iri, count in graphs],
            page=page,
            last=last,
            links=links,
            data=urls.set_url(urls.GRAPHS, {**kept, "page": str(page), "format": _LIST.name}),
        )
    found = {
        "default": {"triples": overview.triples, "url": urls.graph_url(None)},
        "total": overview.graphs.total,
        "page": page,
        "pages": last,
        "named": [{"iri": iri, "triples": count, "url": urls.graph_url(iri)} for iri, count in graphs],
        "links": links,
    }
    return JSONResponse(found, headers=headers)


def _asked_graph(given: Mapping[str, Sequence[str]]) -> str | None:
    """The IRI of the one graph that is asked for; None for the default graph."""
    named = [*given.get("graph", ()), *given.get("default", ())]
    if len(named) != 1 or any(given.get("default", ())):
        example = f"{urls.graph_url(None)}, {urls.GRAPHS}?graph=https%3A%2F%2F..."
        raise MalformedRequest("A request names one graph.", hint=f"Give `default` or one `graph`: {example}")
    if "default" in given:
        return None
    if not urls.is_iri(named[0]):
        hint = "Write it in full, percent-encoded once: ?graph=https%3A%2F%2F..."
        raise MalformedRequest("`graph` is not an absolute IRI.", hint=hint)
    return named[0]


def _once(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = given.get(name, ())
    if len(values) > 1:
        raise MalformedRequest(f"`{name}` is given {len(values)} times.", hint="Give it once.")
    return values[0] if values else None


def _parameters(query_string: bytes) -> dict[str, list[str]]:
    """Name -> values, decoded once. A plus sign stays one: it is legal in an IRI, the space that forms write so is not."""
    given: dict[str, list[str]] = {}
    try:
        for piece in filter(None, query_string.split(b"&")):
            name, _, value = piece.partition(b"=")
            given.setdefault(unquote_to_bytes(name).decode(), []).append(unquote_to_bytes(value).decode())
    except UnicodeDecodeError as error:
        raise MalformedRequest("The query string is not UTF-8.") from error
    return given
