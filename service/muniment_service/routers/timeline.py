"""The events of a set drawn over time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment.formats import Format
from muniment_service import urls
from muniment_service.disconnect import unless_gone
from muniment_service.drawings.periods import UNITS, date_name, day_name, period
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.filters import WANTED
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.routers.sets import parameters
from muniment_service.set_request import SetRequest, chosen, headers_of, read_set_request
from muniment_service.set_views import views
from muniment_service.timeline import LANES, Timeline, document, read_timeline

router = APIRouter()
FORMS = (urls.HTML, urls.JSON)
_LANES = query_parameter(
    "lanes", f"What the lanes of the drawing are: {', '.join(f'`{name}`' for name in LANES)}."
)
_DESCRIBED: dict[str, Any] = {"parameters": [*parameters(*WANTED, "release")["parameters"], _LANES]}
_ANSWERS = {
    **answers(
        "The timeline.",
        [form.media_type for form in FORMS],
        schemas={urls.JSON.media_type: {"type": "object"}},
    ),
    **problems(MalformedRequest, NotFound, *OF_QUERIES, *READING),
}


@router.get(
    "/timeline",
    response_class=Response,
    responses=_ANSWERS | problems(NotAcceptable),
    openapi_extra=_DESCRIBED,
)
async def get_timeline(request: Request) -> Response:
    """Events over time: all, or those that the filters of ``/events`` leave; a page or JSON."""
    return await unless_gone(_timeline(request, None), request.receive)


@router.get("/timeline.json", response_class=Response, responses=_ANSWERS, openapi_extra=_DESCRIBED)
async def get_timeline_as_json(request: Request) -> Response:
    """The same as JSON: the events of the window or, if they are many, how many begin in each period."""
    return await unless_gone(_timeline(request, urls.JSON), request.receive)


async def _timeline(request: Request, form: Format | None) -> Response:
    asked = await read_set_request(request, ("lanes", "release"))
    lanes = request.query_params.get("lanes") or "type"
    if lanes not in LANES:
        raise MalformedRequest(f"There are no lanes by `{lanes}`.", hint=f"Known are {', '.join(LANES)}.")
    given = {**asked.given, **({"lanes": lanes} if lanes != "type" else {})}
    form = form or chosen(request, urls.TIMELINE, given, FORMS)
    headers = headers_of(asked.context, urls.TIMELINE, given, form, FORMS)
    found = await read_timeline(asked.lookup, asked.filters, asked.context.urls, lanes)
    if form == urls.JSON:
        return Response(await asyncio.to_thread(document, found, asked.context.urls), headers=headers)
    return await asyncio.to_thread(_page, asked, found, lanes, given, headers)


def _page(
    asked: SetRequest, found: Timeline, lanes: str, given: Mapping[str, str], headers: Mapping[str, str]
) -> Response:
    return asked.context.pages.render(
        "timeline.html",
        headers=headers,
        timeline=found,
        drawing=found.lanes(lanes),
        lanes=lanes,
        choices=LANES,
        given=given,
        data=urls.set_url(urls.TIMELINE, given, urls.JSON),
        around=_around(found, given),
        window_name=window_name(found.window),
        href_of=asked.context.urls.document,
        date_name=date_name,
        **views(asked, urls.TIMELINE),
    )


def window_name(window: tuple[date, date] | None) -> str:
    """A stretch of time in words."""
    if window is None:
        return ""
    first, last = window
    same = next(
        (found for unit in UNITS if (found := period(unit, first)) and (found.first, found.last) == window),
        None,
    )
    return same.name if same else f"{day_name(first)} to {day_name(last)}"


def _around(found: Timeline, given: Mapping[str, str]) -> dict[str, str]:
    """Links that move the window: a browser without scripts zooms and pans by them."""
    if not found.window or not found.extent:
        return {}
    (first, last), (begin, end) = found.window, found.extent
    length = (last - first).days + 1
    least, most = min(begin, first).toordinal(), max(end, last).toordinal()
    centre = _centre(found, first, last)
    moves = {
        "Earlier": (first.toordinal() - length // 2, length),
        "Later": (first.toordinal() + (length + 1) // 2, length),
        "Zoom in": (centre - length // 4, max(length // 2, 1)),
        "Zoom out": (first.toordinal() - length // 2, length * 2),
    }
    links = {}
    for name, (start, days) in moves.items():
        a = max(min(start, most - days + 1), least)
        b = min(a + days - 1, most)
        if (a, b) != (first.toordinal(), last.toordinal()):
            links[name] = urls.window_url(urls.TIMELINE, given, a, b)
    if (first, last) != (begin, end):
        links["All"] = urls.set_url(
            urls.TIMELINE, {k: v for k, v in given.items() if k not in ("from", "until")}
        )
    return links


def _centre(found: Timeline, first: date, last: date) -> int:
    """The day about which the events of the window lie, so that zooming in does not lead where nothing is."""
    days = sorted(one.span.first for one in found.shown or () if first <= one.span.first <= last)
    if found.bars:
        days = [bar.period.first for bar in found.bars.bars for _ in range(-(-bar.count // 50))]
    middle = days[len(days) // 2] if days else first + (last - first) / 2
    return middle.toordinal()
