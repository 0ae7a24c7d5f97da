"""Spans for OpenTelemetry: of each request, and within it of queries and calls to an engine. The extra ``otel`` brings what is needed.

Nothing of OpenTelemetry is imported unless an operator asks for traces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from muniment.errors import InputError
from muniment.tracing import Attributes, traced_by
from muniment_service.requests import exchange_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_NAME = "muniment"


class OpenTelemetry:
    """Tells spans to a provider of OpenTelemetry; a ``Tracer``."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer(_NAME)
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def from_env(cls) -> OpenTelemetry:
        """What sends to the collector that OpenTelemetry's own variables name (``OTEL_EXPORTER_OTLP_ENDPOINT`` and others).

        Raises:
            InputError: the extra ``otel`` is not installed.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import OTELResourceDetector, Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise InputError(
                "MUNIMENT_TRACES needs OpenTelemetry", hint="Install it: `pip install muniment[otel]`."
            ) from error
        named = Resource.create({"service.name": _NAME}).merge(OTELResourceDetector().detect())
        provider = TracerProvider(resource=named)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    @contextmanager
    def span(self, name: str, attributes: Attributes, *, calls: bool = False) -> Iterator[None]:
        """See ``muniment.tracing.Tracer``."""
        from opentelemetry.trace import SpanKind

        kind = SpanKind.CLIENT if calls else SpanKind.INTERNAL
        # what an exception says may quote a query
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                _failed(span, type(error).__name__)
                raise

    def headers(self) -> Mapping[str, str]:
        """See ``muniment.tracing.Tracer``."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier

    @contextmanager
    def request(self, method: str, given: Mapping[str, str]) -> Iterator[Span]:
        """The span of a request, within that of whoever sent it."""
        from opentelemetry.trace import SpanKind

        within = self._propagator.extract(given)
        with self._tracer.start_as_current_span(
            method,
            context=within,
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class Traces:
    """Makes a span of each request; neither query nor address of a client stands in it."""

    def __init__(self, app: ASGIApp, tracer: OpenTelemetry, route: Callable[[str], str]) -> None:
        self.app, self.tracer, self.route = app, tracer, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request."""
        exchange = exchange_of(scope)
        if exchange is None:
            return await self.app(scope, receive, send)
        given = {
            n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"] if n.startswith(b"trace")
        }
        with self.tracer.request(scope["method"], given) as span, traced_by(self.tracer):
            exchange.trace = f"{span.get_span_context().trace_id:032x}"
            try:
                return await self.app(scope, receive, send)
            finally:
                route = self.route(scope["path"])
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", route)
                span.set_attribute("url.path", scope["path"])
                span.set_attribute("http.response.status_code", exchange.status)
                span.set_attribute("muniment.request_id", exchange.id)
                span.set_attribute("muniment.release", exchange.release or "")
                span.set_attribute("muniment.cache", exchange.cached)
                if exchange.status >= 500:
                    _failed(span, exchange.problem or str(exchange.status))


def _failed(span: Span, why: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", why)
    span.set_status(StatusCode.ERROR)
