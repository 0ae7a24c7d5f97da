"""The few files that pages need, from our own host."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from muniment_service.errors import NotFound

router = APIRouter(include_in_schema=False)
_TYPES = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
_FILES = {name: (files("muniment_service") / "static" / name).read_bytes() for name in _TYPES}


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A stylesheet or an image."""
    if name not in _FILES:
        raise NotFound("There is no such file.")
    return Response(_FILES[name], media_type=_TYPES[name], headers={"Cache-Control": "public, max-age=3600"})
