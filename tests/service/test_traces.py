"""Spans, as OpenTelemetry's own SDK hears of them."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from app_transport import AppTransport
from deployed import serving
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from muniment.release import Release
from muniment.remote import RemoteStore
from muniment.store import Store
from muniment_service import Settings
from muniment_service.app import publish
from muniment_service.context import Context
from muniment_service.far import Far
from muniment_service.publisher import Publisher
from muniment_service.traces import OpenTelemetry

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture
def told() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def connected(publisher: Publisher, told: InMemorySpanExporter) -> httpx.Client:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(told))
    app = publish(publisher, tracer=OpenTelemetry(provider))
    return httpx.Client(transport=AppTransport(app), base_url="http://localhost")


def named(told: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    spans = told.get_finished_spans()
    assert len({span.name for span in spans}) == len(spans)
    return {span.name: span for span in spans}


@pytest.fixture
def engine() -> Iterator[tuple[str, list[Any]]]:
    """An endpoint that answers everything with yes, and keeps the headers that it was sent."""
    sent: list[Any] = []

    class Engine(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent.append(self.headers)
            body = b'{"head":{},"boolean":true}'
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql", sent
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_call_to_an_engine(told: InMemorySpanExporter, engine: tuple[str, list[Any]], caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    """The trace of the caller goes through the service, its threads and the wire to the engine."""
    url, sent = engine
    settings = Settings(release="r1", access_log=True)
    store = RemoteStore(url)
    publisher = Publisher(Context.of(store, Far(store, settings.limits()), settings))
    caplog.set_level(logging.INFO, "muniment_service.access")
    sent.clear()
    told.clear()
    with connected(publisher, told) as client:
        found = client.get("/sparql?query=ASK%7B%3Fsecret%20%3Fp%20%3Fo%7D", headers={**CALLED, "X-Request-Id": "mine.1"})  # fmt: skip
    store.close()
    assert found.json()["boolean"] is True
    spans = named(told)
    assert set(spans) == {"GET /sparql", "turn", "engine"}
    request, call = spans["GET /sparql"], spans["engine"]
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} == {TRACE}
    assert request.parent and f"{request.parent.span_id:016x}" == PARENT
    assert call.parent and call.parent.span_id == request.context.span_id
    assert (request.kind, call.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    (headers,) = sent
    assert headers["traceparent"] == f"00-{TRACE}-{call.context.span_id:016x}-01"
    attributes = dict(request.attributes or {})
    assert attributes["http.response.status_code"] == 200
    assert (attributes["http.route"], attributes["muniment.request_id"], attributes["muniment.release"]) == ("/sparql", "mine.1", "r1")  # fmt: skip
    assert (call.attributes or {})["server.address"] == "127.0.0.1"
    assert "secret" not in "".join(span.to_json() for span in spans.values())
    line = json.loads(caplog.records[-1].getMessage())
    assert line["trace"] == TRACE


def test_a_bad_traceparent_begins_a_trace(told: InMemorySpanExporter, small_store: Store) -> None:
    from muniment_service.answers import InThread

    publisher = Publisher(Context.of(small_store, InThread(small_store), Settings(release="r1")))
    with connected(publisher, told) as client:
        for wrong in ("", "00-0-0-01", "x" * 5000, f"00-{'0' * 32}-{PARENT}-01"):
            told.clear()
            assert client.get("/healthz", headers={"traceparent": wrong}).status_code == 200
            (span,) = told.get_finished_spans()
            assert span.parent is None and span.name == "GET /healthz"


def test_nothing_is_imported_unless_asked_for() -> None:
    """Other libraries may look for the API; the SDK and the exporter are nobody's but ours, and we need none of it to run."""
    code = """
import sys
import muniment_service.asgi, muniment_service.serve
assert not [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]
for name in [name for name in sys.modules if name.split(".")[0] in ("opentelemetry", "muniment_service", "muniment")]:
    del sys.modules[name]
sys.modules["opentelemetry"] = None
import muniment_service.asgi
"""
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(Exception, match=r"muniment\[otel\]"):
        OpenTelemetry.from_env()


def test_spans_reach_a_collector(tiny_release: Release, tmp_path: Path) -> None:
    """A service as it is run, sending to a collector over OTLP/HTTP; what is left is sent when it ends."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/traces"
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    environ = {
        "MUNIMENT_TRACES": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_SERVICE_NAME": "archive",
        "MUNIMENT_QUERY_SECONDS": "0.5",
    }
    endless = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(6))
    try:
        with (
            serving(tiny_release.path.parent, tmp_path / "log", **environ) as service,
            httpx.Client(base_url=service.url) as client,
        ):
            assert client.get("/sparql", params={"query": "ASK { ?a ?b ?c }"}, headers=CALLED).is_success
            query = f"SELECT (COUNT(*) AS ?secret) {{ {endless} }}"
            assert client.get("/sparql", params={"query": query}).status_code == 504
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    groups = [
        group for body in received for group in ExportTraceServiceRequest.FromString(body).resource_spans
    ]
    services = {
        a.value.string_value for g in groups for a in g.resource.attributes if a.key == "service.name"
    }
    assert services == {"archive"}
    spans = [span for group in groups for scope in group.scope_spans for span in scope.spans]
    (asked,) = [span for span in spans if span.trace_id.hex() == TRACE and span.name == "GET /sparql"]
    assert asked.parent_span_id.hex() == PARENT
    within = {span.name for span in spans if span.parent_span_id == asked.span_id}
    assert within == {"turn", "worker"}
    failed = [span for span in spans if span.status.code]
    why = {a.value.string_value for span in failed for a in span.attributes if a.key == "error.type"}
    assert ({span.name for span in failed}, why) == (
        {"GET /sparql", "worker"},
        {"time-limit", "TimeExceeded"},
    )
    assert not [span for span in failed if span.events or span.status.message]
    assert not [body for body in received if b"secret" in body]
