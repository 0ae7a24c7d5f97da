"""The application: routes, layers and error handlers put together around a store."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from muniment import __version__
from muniment.errors import MunimentError
from muniment.store import Store
from muniment_service.context import Context
from muniment_service.headers import CatchAll, CommonHeaders, Methods, allowed_methods
from muniment_service.overview import Overviews
from muniment_service.pages import Pages
from muniment_service.problems import answer_error
from muniment_service.routers import health, home, sparql, static, things
from muniment_service.settings import Settings
from muniment_service.urls import Urls


def create_app(store: Store, settings: Settings) -> FastAPI:
    """A service that publishes a store; each has a state of its own.

    Example:
        >>> app = create_app(store, Settings(title="My graph"))  # doctest: +SKIP
    """
    app = FastAPI(
        title=settings.title,
        description=settings.description,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.context = Context(
        store=store,
        settings=settings,
        urls=Urls(settings.base),
        pages=Pages(settings),
        overviews=Overviews(store, immutable=settings.release is not None),
    )
    for module in (home, sparql, things, health, static):
        app.include_router(module.router)
    app.add_middleware(CatchAll)  # the layer added last is the outermost
    app.add_middleware(Methods, routes=app.routes)
    app.add_middleware(CommonHeaders, release=settings.release)
    for kind in (MunimentError, RequestValidationError):
        app.add_exception_handler(kind, answer_error)
    app.add_exception_handler(HTTPException, _answer_routing_error)  # type: ignore[arg-type]
    return app


def _answer_routing_error(request: Request, error: HTTPException) -> Response:
    """As ``answer_error``; the router knows the methods of one route, a 405 lists those of the address."""
    if error.status_code == 405:
        allow = ", ".join(allowed_methods(request.app.routes, request.scope))
        error = HTTPException(405, headers={"Allow": allow})
    return answer_error(request, error)
