"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from muniment.errors import StoreError
from muniment_service.context import InContext
from muniment_service.errors import NotReady
from muniment_service.openapi import Responses, answers, problems

router = APIRouter()
_UNCACHED = {"Cache-Control": "no-store"}


def _stated(description: str, *members: str) -> Responses:
    schema = {"type": "object", "required": list(members)}
    return answers(description, ["application/json"], kept=False, schemas={"application/json": schema})


@router.get("/healthz", response_class=JSONResponse, responses=_stated("It lives.", "status"))
async def healthz() -> Response:
    """The process is alive."""
    return JSONResponse({"status": "alive"}, headers=_UNCACHED)


@router.get(
    "/readyz",
    response_class=JSONResponse,
    responses={**_stated("It is ready.", "status", "release"), **problems(NotReady)},
)
def readyz(context: InContext) -> Response:
    """The store answers; says which release is served. 503 if it does not."""
    try:
        context.store.query("ASK {}")
    except StoreError as error:
        raise NotReady("The store does not answer.", headers={"Retry-After": "5", **_UNCACHED}) from error
    return JSONResponse({"status": "ready", "release": context.settings.release}, headers=_UNCACHED)
