"""The events of a set, a month at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment_service import urls
from muniment_service.context import Accept
from muniment_service.disconnect import unless_gone
from muniment_service.drawings.density import Dates
from muniment_service.drawings.periods import MONTHS, Period, date_name, day_name, period
from muniment_service.drawings.spans import days_of
from muniment_service.errors import MalformedRequest, NotAcceptable, NotFound
from muniment_service.filters import WANTED
from muniment_service.month import Month, around, first_shown, read_month
from muniment_service.negotiation import choose
from muniment_service.openapi import OF_QUERIES, READING, answers, problems, query_parameter
from muniment_service.routers.sets import ICALENDAR, parameters
from muniment_service.set_request import SetRequest, headers_of, read_set_request
from muniment_service.set_views import views
from muniment_service.timeline import read_dates

router = APIRouter()
_MONTH = query_parameter(
    "month",
    "Which month (YYYY-MM); without it, the one with events that is nearest to the day of the release.",
)
_OTHERS = [name for name in WANTED if name not in ("from", "until")]
_DESCRIBED = {"parameters": [*parameters(*_OTHERS, "release")["parameters"], _MONTH]}
_ANSWERS = {
    **answers("The month.", [urls.HTML.media_type]),
    **problems(MalformedRequest, NotFound, NotAcceptable, *OF_QUERIES, *READING),
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@router.get("/calendar", response_class=Response, responses=_ANSWERS, openapi_extra=_DESCRIBED)
async def get_calendar(request: Request, accept: Accept) -> Response:
    """A month of events: all, or those that the filters of ``/events`` leave. To subscribe to: ``/events.ics``."""
    return await unless_gone(_calendar(request, accept), request.receive)


async def _calendar(request: Request, accept: str | None) -> Response:
    asked = await read_set_request(request, ("month", "release"))
    if asked.filters.first or asked.filters.last:
        raise MalformedRequest(
            "A calendar shows one month.", hint="Write `month=2004-06` in place of `from` and `until`."
        )
    if choose(accept, [urls.HTML.media_type]) is None:
        raise NotAcceptable(
            {
                form.media_type: urls.set_url(path, asked.given, form)
                for path, form in ((urls.EVENTS, ICALENDAR),)
            }
        )
    dates = await read_dates(asked.lookup, asked.filters)
    month = _named(request.query_params.get("month")) or first_shown(dates, asked.context.settings.issued)
    found = await read_month(asked.lookup, asked.filters, month, asked.context.urls) if month else None
    host = urls.origin(request.url.scheme, request.headers.get("host")).partition("://")[2]
    return await asyncio.to_thread(_page, asked, dates, found, host)


def _page(asked: SetRequest, dates: Dates, found: Month | None, host: str) -> Response:
    given = asked.given
    headers = headers_of(asked.context, urls.EVENTS, given, urls.HTML, (ICALENDAR,))
    return asked.context.pages.render(
        "calendar.html",
        headers={**headers, "Content-Location": _address(found.period, given) if found else urls.CALENDAR},
        month=found,
        around={rel: (to.name, _address(to, given)) for rel, to in around(dates, found.period).items()}
        if found
        else {},
        year=_year(dates, found.period, given) if found else (),
        weekdays=WEEKDAYS,
        given=given,
        href_of=asked.context.urls.document,
        date_name=date_name,
        day_name=day_name,
        without=dates.without,
        subscribe=f"webcal://{host}{urls.set_url(urls.EVENTS, given, ICALENDAR)}",
        file=urls.set_url(urls.EVENTS, given, ICALENDAR),
        **views(asked, urls.CALENDAR, found.period if found else None),
    )


def _year(dates: Dates, month: Period, given: Mapping[str, str]) -> list[tuple[str, str, int, bool]]:
    """The months of the year: short name, address, number of events that begin in it, whether it is this one."""
    known, year = dates.months(), month.first.year
    months = [period("month", month.first.replace(month=number)) for number in range(1, 13)]
    return [
        (f"{MONTHS[at][:3]}", _address(one, given), known.get(f"{year:04}-{at + 1:02}", 0), one == month)
        for at, one in enumerate(months)
    ]


def _address(month: Period, given: Mapping[str, str]) -> str:
    return urls.set_url(urls.CALENDAR, {**given, "month": month.first.isoformat()[:7]})


def _named(text: str | None) -> Period | None:
    if not text:
        return None
    days = days_of(text)
    if days is None or len(text) != 7:
        raise MalformedRequest(f"`month={text}` is no month.", hint="Write it like 2004-06.")
    return period("month", days[0])
