"""The application: routes, layers and error handlers put together around a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from muniment import __version__
from muniment.errors import MunimentError
from muniment.queries import QueryFile
from muniment.store import Store
from muniment_service import urls
from muniment_service.access_log import AccessLog
from muniment_service.answer_cache import AnswerCache
from muniment_service.answers import Answers, InThread
from muniment_service.context import Context
from muniment_service.headers import CatchAll, CommonHeaders, Methods, allowed_methods
from muniment_service.held import Held
from muniment_service.metrics import Metrics, templates
from muniment_service.openapi import describe
from muniment_service.openapi_sparql import path_item
from muniment_service.problems import answer_error
from muniment_service.publisher import Publisher
from muniment_service.query_api import WithQueries
from muniment_service.requests import Requests
from muniment_service.routers import (
    about,
    browse,
    calendar,
    catalogue,
    cite,
    contexts,
    graphs,
    health,
    home,
    maps,
    metrics,
    networks,
    queries,
    reconcile,
    releases,
    search,
    sets,
    sparql,
    static,
    things,
    timeline,
    vocabulary,
)
from muniment_service.settings import Settings
from muniment_service.siblings import Siblings, ending_with_parent
from muniment_service.traces import OpenTelemetry, Traces
from muniment_service.variants import Variants

_ROUTERS = tuple(
    module.router
    for module in (
        home,
        sparql,
        cite,
        queries,
        networks,
        graphs,
        things,
        contexts,
        catalogue,
        vocabulary,
        search,
        browse,
        about,
        reconcile,
        sets,
        timeline,
        maps,
        calendar,
        releases,
        health,
        metrics,
        static,
    )
)


def create_app(
    store: Store, settings: Settings, answers: Answers | None = None, queries: Sequence[QueryFile] = ()
) -> FastAPI:
    """A service that publishes one store; each has a state of its own.

    Args:
        store: what is looked up.
        settings: what an operator can set.
        answers: who evaluates queries; if not given, the store does, in a thread.
        queries: those that are saved with the store.

    Example:
        >>> app = create_app(store, Settings(title="My graph"))  # doctest: +SKIP
    """
    return publish(Publisher(Context.of(store, answers or InThread(store), settings, queries=queries)))


def publish(
    publisher: Publisher, siblings: Siblings | None = None, tracer: OpenTelemetry | None = None
) -> FastAPI:
    """A service for what a publisher publishes; its workers start and end with the application.

    Args:
        siblings: the other processes of the service, if there are any.
        tracer: who is told of spans.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await publisher.start()
        if siblings:
            await siblings.start(app.state.metrics.text)
        try:
            async with ending_with_parent():
                yield
        finally:
            if siblings:
                await siblings.close()
            await publisher.close()
            if tracer:
                await asyncio.to_thread(tracer.close)

    settings = publisher.current.settings
    app = FastAPI(
        title=settings.title,
        description=settings.description,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.publisher = publisher
    routes = cache(lambda: describe(app, {urls.SPARQL: path_item(settings)}))
    app.openapi = WithQueries(routes, publisher)  # type: ignore[method-assign]
    for router in _ROUTERS:
        app.include_router(router)
    app.add_middleware(CatchAll)  # the layer added last is the outermost
    app.add_middleware(Methods, routes=app.routes)
    app.add_middleware(sparql.Ahead)
    app.add_middleware(CommonHeaders, current=lambda: publisher.current)
    app.state.siblings = siblings
    _add_outer_layers(app, publisher, siblings, tracer)
    for kind in (MunimentError, RequestValidationError):
        app.add_exception_handler(kind, answer_error)
    app.add_exception_handler(HTTPException, _answer_routing_error)  # type: ignore[arg-type]
    return app


def _add_outer_layers(
    app: FastAPI, publisher: Publisher, siblings: Siblings | None, tracer: OpenTelemetry | None
) -> None:
    """What knows nothing of routes: variants of answers, answers that are held, spans, and around all the id, the log and the metrics."""
    settings = publisher.current.settings

    def release() -> str | None:
        return publisher.current.settings.release

    held = Held(settings.cache_bytes, settings.cache_entry_bytes)
    app.state.metrics = Metrics(
        templates([*app.routes, *(route for router in _ROUTERS for route in router.routes)]),
        held,
        publisher.pools,
    )
    worker = siblings.number if siblings else None
    engine = partial(_engine, publisher)
    log = (
        [AccessLog(settings.access_log_clients, engine=engine, worker=worker)] if settings.access_log else []
    )
    app.add_middleware(Variants, buffer_bytes=settings.cache_entry_bytes)
    app.add_middleware(AnswerCache, held=held, release=release)
    if tracer:
        route = app.state.metrics.route
        app.add_middleware(Traces, tracer=tracer, route=route)
    app.add_middleware(Requests, observers=[app.state.metrics, *log])
    if settings.proxies:
        app.add_middleware(wrap_asgi_with_proxy_headers, trusted_hosts=list(settings.proxies))


def _engine(publisher: Publisher) -> str:
    return publisher.current.store.engine


def _answer_routing_error(request: Request, error: HTTPException) -> Response:
    """As ``answer_error``; the router knows the methods of one route, a 405 lists those of the address."""
    if error.status_code == 405:
        allow = ", ".join(allowed_methods(request.app.routes, request.scope))
        error = HTTPException(405, headers={"Allow": allow})
    return answer_error(request, error)
