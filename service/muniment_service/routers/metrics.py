"""``/metrics``: what Prometheus asks for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment_service.metrics import MEDIA_TYPE, Metrics
from muniment_service.openapi import answers
from muniment_service.siblings import Siblings

router = APIRouter()


@router.get(
    "/metrics",
    response_class=Response,
    responses=answers("All there is to tell.", ["text/plain"], kept=False),
)
async def metrics(request: Request) -> Response:
    """Requests, answer cache and workers of this process, or of all that share a folder, in Prometheus' text format."""
    told: Metrics = request.app.state.metrics
    siblings: Siblings | None = request.app.state.siblings
    text = await siblings.text(told.text()) if siblings else told.text()
    return Response(text, headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})
