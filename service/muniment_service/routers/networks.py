"""``/networks``: each network of the release at one address, in every format; why two nodes are tied, and how they are connected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from muniment.errors import NetworkError, NetworkTooLarge, NotTied, ParameterError
from muniment.formats import Format
from muniment.network.asking import Size
from muniment.network.files import NetworkFile
from muniment.network.formats import FORMATS, format_of_file
from muniment_service import urls
from muniment_service.answers import taken
from muniment_service.context import Context, accept_header, context_of, turn_to_release
from muniment_service.disconnect import unless_gone
from muniment_service.errors import MalformedRequest, NetworkTookTooLong, NotAcceptable, NotFound
from muniment_service.file_response import FileBody
from muniment_service.negotiation import choose, content_type, named_format
from muniment_service.network_page import network_page, path_page, tie_page
from muniment_service.network_request import ENDS, NetworkRequest, Shown, read_network_request
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter

router = APIRouter()
_JSON = Format("json", "application/json", "json")
_PAGES = (_JSON, urls.HTML)
_ALL = (*FORMATS, urls.HTML)
_FAILURES = (
    ParameterError,
    NetworkError,
    NetworkTooLarge,
    NetworkTookTooLong,
    MalformedRequest,
    NotFound,
    NotAcceptable,
    *OF_QUERIES,
    *READING,
)
_SCHEMAS: dict[str, Any] = {
    **{form.media_type: {} for form in FORMATS if "json" in form.media_type},
    "application/zip": {"type": "string", "format": "binary"},
}
_COMMON = [
    query_parameter("since", "Only ties from this day on: `2004`, `2004-11` or `2004-11-16`."),
    query_parameter("until", "Only ties up to this day."),
    query_parameter("dates", "Of dates known to the month or year, those that may fit or only those that must.", enum=["possible", "certain"]),
    query_parameter("class", "Only nodes of this class."),
    query_parameter("min_weight", "Only ties of at least this weight.", type="number"),
    query_parameter("ego", "Only this node, by IRI or path, and those around it."),
    query_parameter("radius", "How many ties away from it.", type="integer", minimum=0, maximum=99),
    query_parameter("largest", "`1`: only the largest connected part.", enum=["0", "1"]),
    query_parameter("release", "The id of a release that is still on disk."),
    query_parameter("timeout", "Seconds after which to give up.", type="number", exclusiveMinimum=0),
]  # fmt: skip
_FORMAT = query_parameter("format", "The format by its short name, over the Accept header.")


@router.get(
    urls.NETWORKS,
    response_class=Response,
    responses={
        **answers("The list.", [f.media_type for f in _PAGES], schemas=_SCHEMAS),
        **problems(*_FAILURES),
    },
    openapi_extra={
        "parameters": [_FORMAT, query_parameter("release", "The id of a release that is still on disk.")]
    },
)
async def networks(request: Request) -> Response:
    """The networks of the release, with what a tie of each is and how large it is."""
    await turn_to_release(request, request.query_params.get("release"))
    context = context_of(request)
    form = _chosen(
        request, request.query_params.getlist("format"), _PAGES, lambda f: urls.in_format(urls.NETWORKS, f)
    )

    async def listed() -> Response:
        sizes = await context.networks.sizes()
        rows = [(context.networks.file(name), sizes.known.get(name)) for name in context.networks.names]
        headers = {} if sizes.complete else {"Cache-Control": "no-store"}
        if form != urls.HTML:
            return _listed(rows, headers)
        return context.pages.render("networks.html", headers=headers, rows=rows, complete=sizes.complete)

    return await unless_gone(listed(), request.receive)


def _listed(rows: list[tuple[NetworkFile, Size | None]], headers: dict[str, str]) -> Response:
    return JSONResponse(
        {
            "networks": [
                {
                    "name": file.name,
                    "title": file.query.title,
                    "question": file.query.question,
                    "tie": file.tie,
                    "directed": file.directed,
                    "two_mode": file.two_mode,
                    "weights": file.weights,
                    "href": urls.network_url(file.name),
                    "nodes": size.nodes if size else None,
                    "edges": size.edges if size else None,
                    "reasons": size.reasons if size else None,
                    "density": round(size.density, 6) if size else None,
                    "formats": {f.name: urls.network_url(file.name, (), f) for f in FORMATS},
                }
                for file, size in rows
            ]
        },
        headers=headers,
    )


@router.get(
    f"{urls.NETWORKS}/{{name}}",
    response_class=Response,
    responses={
        **answers("The network.", [f.media_type for f in _ALL], schemas=_SCHEMAS),
        **problems(*_FAILURES),
    },
    openapi_extra={
        "parameters": [
            _FORMAT,
            *_COMMON,
            query_parameter(
                "measures",
                "Measures of nodes, with commas between them; `all` for each that the network has.",
            ),
        ]
    },
)
async def network(name: str, request: Request) -> Response:
    """A network in the format of its ending (``/networks/name.gexf``), of ``format=``, or of the Accept header."""
    ending = format_of_file(name)
    stem = name[: -len(ending.extension) - 1] if ending else name
    asked, context = await _asked(request)
    if ending is None and "." in name and name.rpartition(".")[0] in context.networks.names:
        endings = ", ".join(f".{form.extension}" for form in FORMATS)
        raise NotFound(
            f"`.{name.rpartition('.')[2][:80]}` is no ending of a format.", hint=f"Endings are {endings}."
        )
    file = context.networks.file(stem)
    form = ending or _chosen(request, asked.formats, _ALL, lambda f: urls.network_url(stem, asked.links(), f))
    if ending and asked.formats:
        raise MalformedRequest("The ending and `format` both name a format.", hint="Give one of them.")
    origin = urls.origin(request.url.scheme, request.headers.get("host"))
    headers = _headers(context, stem, asked, form)

    client = _client(request)

    async def made() -> Response:
        if form == urls.HTML:
            found = json.loads(taken(await context.networks.made(stem, "page", asked, client)))
            return network_page(context, file, asked, found, origin, headers)
        body = await context.networks.made(stem, "file", asked, client, form)
        typed = {**headers, "content-type": content_type(form.media_type)}
        return FileBody(body, typed) if isinstance(body, Path) else Response(body, headers=typed)

    return await unless_gone(made(), request.receive)


@router.get(
    f"{urls.NETWORKS}/{{name}}/edge",
    response_class=Response,
    responses={
        **answers("Why the two are tied.", [f.media_type for f in _PAGES], schemas=_SCHEMAS),
        **problems(*_FAILURES),
    },
    openapi_extra={
        "parameters": [
            {
                **query_parameter(
                    "a", "One node, by IRI or path; of a directed tie, the one where it begins."
                ),
                "required": True,
            },
            {**query_parameter("b", "The other one."), "required": True},
            _FORMAT,
            *_COMMON,
        ]
    },
)
async def edge(name: str, request: Request) -> Response:
    """Why two nodes are tied: the events or documents, with the claims and lines behind each."""
    return await _between(name, request, "edge", "tie", tie_page)


@router.get(
    f"{urls.NETWORKS}/{{name}}/path",
    response_class=Response,
    responses={
        **answers("The shortest paths.", [f.media_type for f in _PAGES], schemas=_SCHEMAS),
        **problems(*_FAILURES),
    },
    openapi_extra={
        "parameters": [
            {**query_parameter("from", "The node where the paths begin, by IRI or path."), "required": True},
            {**query_parameter("to", "The node where they end."), "required": True},
            _FORMAT,
            *_COMMON,
        ]
    },
)
async def path(name: str, request: Request) -> Response:
    """The shortest paths between two nodes, at most ten, with the events or documents along the way."""
    return await _between(name, request, "path", "paths", path_page)


async def _between(
    name: str, request: Request, shown: Literal["edge", "path"], wanted: Literal["tie", "paths"], page: Callable[..., Response]
) -> Response:  # fmt: skip
    """What is between two nodes, as JSON or a page."""
    asked, context = await _asked(request, shown)
    file, client = context.networks.file(name), _client(request)
    here = [*zip(ENDS[shown], asked.ends, strict=True), *asked.links()]
    addresses = {f.name: _with_format(f"{urls.network_url(name)}/{shown}", here, f) for f in _PAGES}
    form = _chosen(request, asked.formats, _PAGES, lambda f: addresses[f.name])
    headers = {"Content-Location": addresses[form.name]}

    async def made() -> Response:
        try:
            found = taken(await context.networks.made(name, wanted, asked, client))
        except NotTied as error:
            way = (
                {"path": urls.path_url(name, asked.ends[0], asked.ends[1], asked.links())}
                if shown == "edge"
                else {}
            )
            raise NotFound(f"{error.message}.", hint=error.hint, members=way) from error
        if form == urls.HTML:
            links = {"json": addresses["json"]}
            return page(context, file, asked, json.loads(found), links, headers)
        return Response(found, headers=headers, media_type=form.media_type)

    return await unless_gone(made(), request.receive)


async def _asked(request: Request, shown: Shown = "network") -> tuple[NetworkRequest, Context]:
    asked = read_network_request(request, context_of(request).saved.space, shown)
    if asked.release:
        await turn_to_release(request, asked.release)
        asked = read_network_request(request, context_of(request).saved.space, shown)
    return asked, context_of(request)


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _chosen(request: Request, formats: Any, offers: tuple[Format, ...], address: Any) -> Format:
    """The format that is named, or preferred by the Accept header.

    Raises:
        ParameterError: one is named that is none.
        NotAcceptable: none is accepted.
    """
    if found := named_format(formats, offers):
        return found
    media_type = choose(accept_header(request), [form.media_type for form in offers])
    if media_type is None:
        raise NotAcceptable({form.media_type: address(form) for form in offers})
    return next(form for form in offers if form.media_type == media_type)


def _headers(context: Context, name: str, asked: NetworkRequest, form: Format) -> dict[str, str]:
    addresses = {f: urls.network_url(name, asked.links(), f) for f in FORMATS}
    page = _with_format(urls.network_url(name), asked.links(), urls.HTML)
    links = [f'<{href}>; rel="alternate"; type="{f.media_type}"' for f, href in addresses.items()]
    links += [f'<{page}>; rel="alternate"; type="text/html"', f'<{urls.saved_url(name, None, ".rq")}>; rel="describedby"; type="application/sparql-query"']  # fmt: skip
    if release := context.settings.release:
        cited = urls.network_url(name, asked.links(release=release))
        links.append(f'<{cited}>; rel="cite-as"')
    found = {"Content-Location": addresses.get(form, page), "Link": ", ".join(links)}
    if form != urls.HTML:
        found["Content-Disposition"] = f'inline; filename="{name}.{form.extension}"'
    return found


def _with_format(path: str, pairs: list[tuple[str, str]], form: Format) -> str:
    return f"{path}?{urlencode([*pairs, ('format', form.name)])}"
