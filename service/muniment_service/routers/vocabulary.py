"""``/ontology``, ``/vocab`` and ``/shapes``: what the data is said and checked with, as RDF or as a reference to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from muniment_service import urls
from muniment_service.context import Context, InContext
from muniment_service.documents import DESCRIBED, negotiated
from muniment_service.errors import NotFound
from muniment_service.vocabulary import Vocabulary, read
from muniment_service.vocabulary_page import concepts_page, ontology_page, shapes_page

router = APIRouter()
_Page = Callable[[Context, Vocabulary, Mapping[str, str]], Response]


@router.get(urls.ONTOLOGY, response_class=Response, responses=DESCRIBED)
def ontology(request: Request, context: InContext) -> Response:
    """The terms of the ontology, with their alignments."""
    return _answer(request, context, urls.ONTOLOGY, ("ontology", "alignments"), ontology_page)


@router.get(urls.SHAPES, response_class=Response, responses=DESCRIBED)
def shapes(request: Request, context: InContext) -> Response:
    """The shapes that the data and the ontology are checked with."""
    return _answer(request, context, urls.SHAPES, ("shapes",), shapes_page)


@router.get(urls.VOCABULARY, response_class=Response, responses=DESCRIBED)
def concepts(request: Request, context: InContext) -> Response:
    """The concept schemes: the controlled values of the data."""
    return _answer(request, context, urls.VOCABULARY, ("vocab",), concepts_page)


def _answer(request: Request, context: Context, path: str, kinds: tuple[str, ...], page: _Page) -> Response:
    found = read(context.store, *kinds)
    if not found.quads:
        raise NotFound(
            "What is served here comes without its vocabulary.", hint="Build a release from a project."
        )
    return negotiated(
        request, context, path, lambda: found.quads, lambda headers: page(context, found, headers)
    )
