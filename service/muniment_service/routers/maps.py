"""The events of a set drawn where they take place."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment_service import urls
from muniment_service.context import Accept
from muniment_service.disconnect import unless_gone
from muniment_service.drawings.density import Dates, Density, density
from muniment_service.drawings.world import WORLD
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.filters import WANTED
from muniment_service.mapped import Mapped, read_map
from muniment_service.negotiation import choose
from muniment_service.openapi import OF_QUERIES, READING, answers, problems
from muniment_service.routers.sets import GEOJSON, parameters
from muniment_service.set_request import SetRequest, headers_of, read_set_request
from muniment_service.set_views import views
from muniment_service.timeline import read_dates, window_of

router = APIRouter()
FORMS = (urls.HTML,)
_ANSWERS = {
    **answers("The map.", [urls.HTML.media_type]),
    **problems(MalformedRequest, NotFound, NotAcceptable, *OF_QUERIES, *READING),
}


@router.get("/map", response_class=Response, responses=_ANSWERS, openapi_extra=parameters(*WANTED, "release"))
async def get_map(request: Request, accept: Accept) -> Response:
    """Where events take place: all, or those that the filters of ``/events`` leave. As data: ``/events.geojson``."""
    return await unless_gone(_map(request, accept), request.receive)


async def _map(request: Request, accept: str | None) -> Response:
    asked = await read_set_request(request, ("release",))
    data = urls.set_url(urls.EVENTS, asked.given, GEOJSON)
    if choose(accept, [urls.HTML.media_type]) is None:
        raise NotAcceptable(
            {urls.HTML.media_type: urls.set_url(urls.MAP, asked.given), GEOJSON.media_type: data}
        )
    found, dates = await asyncio.gather(
        read_map(asked.lookup, asked.filters), read_dates(asked.lookup, asked.filters)
    )
    return await asyncio.to_thread(_page, asked, found, dates, data)


def _page(asked: SetRequest, found: Mapped, dates: Dates, data: str) -> Response:
    headers = headers_of(asked.context, urls.MAP, asked.given, urls.HTML, ())
    link = f'<{data}>; rel="alternate"; type="{GEOJSON.media_type}"'
    extent = dates.extent()
    timed: Density | None = density(dates, *extent) if extent else None
    return asked.context.pages.render(
        "map.html",
        headers={
            **headers,
            "Content-Location": urls.set_url(urls.MAP, asked.given),
            "Link": ", ".join(filter(None, (link, headers["Link"]))),
        },
        map=found,
        world=WORLD,
        timed=timed,
        window=window_of(asked.filters, extent) if extent else None,
        given=asked.given,
        data=data,
        geojson=GEOJSON,
        without_time=urls.set_url(
            urls.MAP, {k: v for k, v in asked.given.items() if k not in ("from", "until")}
        ),
        href_of=asked.context.urls.document,
        **views(asked, urls.MAP),
    )
