"""The JSON-LD contexts, each under the name of its version for ever."""

from __future__ import annotations

import json

from fastapi import APIRouter
from starlette.responses import Response

from muniment_service import urls
from muniment_service.context import InContext
from muniment_service.errors import NotFound
from muniment_service.openapi import Responses, answers, problems

router = APIRouter()
_ANSWERS: Responses = {
    **answers("The context.", ["application/ld+json"], schemas={"application/ld+json": {"type": "object"}}),
    **problems(NotFound, Exception),
}
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/context/{name}.jsonld", response_class=Response, responses=_ANSWERS)
def context_document(name: str, context: InContext) -> Response:
    """A version of the context; it never changes, so it may be kept for ever."""
    document = context.settings.jsonld.contexts.get(name)
    if document is None:
        current = urls.context(context.settings.jsonld.version)
        raise NotFound(f"There is no context `{name[:100]}`.", hint=f"The newest is {current}.")
    body = json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
    return Response(body, media_type="application/ld+json", headers={"Cache-Control": _FOR_EVER})
