"""The few files that pages need, from our own host."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from muniment_service.assets import assets, media_type
from muniment_service.errors import NotFound

router = APIRouter(include_in_schema=False)
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600"


@router.get("/static/{name:path}")
async def static(name: str) -> Response:
    """A stylesheet, a script or an image; for ever where the address names its content."""
    path = assets().paths.get(name)
    if path is None:
        raise NotFound("There is no such file.")
    kept = _FOR_EVER if assets().lasts(name) else _FOR_AN_HOUR
    return Response(_content(path), media_type=media_type(path), headers={"Cache-Control": kept})


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()
