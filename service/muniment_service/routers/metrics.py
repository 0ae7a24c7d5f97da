"""``/metrics``: what Prometheus asks for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment_service.metrics import MEDIA_TYPE, Metrics
from muniment_service.openapi import answers

router = APIRouter()


@router.get(
    "/metrics",
    response_class=Response,
    responses=answers("All there is to tell.", ["text/plain"], kept=False),
)
async def metrics(request: Request) -> Response:
    """Requests, answer cache and workers of this process, in Prometheus' text format."""
    told: Metrics = request.app.state.metrics
    return Response(told.text(), headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})
