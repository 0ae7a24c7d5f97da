"""What Prometheus is told: of requests, of the answer cache, and of the workers. Each application has a registry of its own, each process tells of itself."""

from __future__ import annotations

from collections import Counter as Tallied
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.routing import BaseRoute, Match

from muniment_service.held import Held
from muniment_service.requests import Exchange

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_NO_ROUTE = "(none)"


class Turns(Protocol):
    """How many queries are with a pool."""

    @property
    def running(self) -> int: ...
    @property
    def waiting(self) -> int: ...


class Tally(Protocol):
    """What a pool has done."""

    started: int
    answered: int
    ended: Tallied[str]


class Pool(Protocol):
    """A pool of workers, as far as it is measured."""

    @property
    def turns(self) -> Turns: ...
    @property
    def tally(self) -> Tally: ...


class Metrics:
    """Counts the exchanges that it is told of, and looks at the cache and the pools when it is asked."""

    def __init__(
        self, route: Callable[[str], str], held: Held, pools: Callable[[], Mapping[str, object]]
    ) -> None:
        """Args:
        route: path -> template of the route.
        held: the answers of the cache.
        pools: release -> who answers its queries; what is no ``Pool`` is passed over.
        """
        self.registry = CollectorRegistry()
        self.route = route
        named = {"labelnames": ("route", "status"), "registry": self.registry}
        self._seconds = Histogram(
            "muniment_request_seconds",
            "Time to answer a request.",
            buckets=_BUCKETS,
            **named,  # type: ignore[arg-type]
        )
        self._bytes = Counter("muniment_sent_bytes", "Bytes of bodies sent.", **named)  # type: ignore[arg-type]
        self._children: dict[tuple[str, int], tuple[Histogram, Counter]] = {}
        self.registry.register(_OfCache(held))
        self.registry.register(_OfPools(pools))

    def __call__(self, exchange: Exchange) -> None:
        """Count a request that is over."""
        key = self.route(exchange.scope["path"]), exchange.status // 100
        if (children := self._children.get(key)) is None:
            labels = key[0], f"{key[1]}xx" if key[1] else "none"
            children = self._children[key] = self._seconds.labels(*labels), self._bytes.labels(*labels)
        children[0].observe(exchange.seconds)
        children[1].inc(exchange.bytes)

    def text(self) -> bytes:
        """All there is to tell, in Prometheus' text format."""
        return generate_latest(self.registry)


class _OfCache(Collector):
    def __init__(self, held: Held) -> None:
        self._held = held

    def collect(self) -> Iterable[Metric]:
        held = self._held
        yield CounterMetricFamily("muniment_cache_hits", "Requests answered from the cache.", held.hits)
        yield CounterMetricFamily("muniment_cache_misses", "Requests that the cache passed on.", held.misses)
        yield GaugeMetricFamily("muniment_cache_entries", "Answers held.", len(held))
        yield GaugeMetricFamily("muniment_cache_bytes", "Bytes of answers held.", held.bytes)


class _OfPools(Collector):
    def __init__(self, pools: Callable[[], Mapping[str, object]]) -> None:
        self._pools = pools

    def collect(self) -> Iterable[Metric]:
        by_release = ["release"]
        running = GaugeMetricFamily("muniment_queries_running", "Queries with a worker.", labels=by_release)
        waiting = GaugeMetricFamily("muniment_queries_waiting", "Queries in the queue.", labels=by_release)
        started = CounterMetricFamily("muniment_workers_started", "Workers started.", labels=by_release)
        answered = CounterMetricFamily("muniment_queries_answered", "Queries answered.", labels=by_release)
        ended = CounterMetricFamily(
            "muniment_workers_ended", "Workers ended in a query.", labels=["release", "reason"]
        )
        for release, pool in self._pools().items():
            if not (hasattr(pool, "turns") and hasattr(pool, "tally")):
                continue
            measured: Pool = pool
            running.add_metric([release], measured.turns.running)
            waiting.add_metric([release], measured.turns.waiting)
            started.add_metric([release], measured.tally.started)
            answered.add_metric([release], measured.tally.answered)
            for reason, number in sorted(measured.tally.ended.items()):
                ended.add_metric([release, reason], number)
        return running, waiting, started, answered, ended


def templates(routes: Iterable[BaseRoute]) -> Callable[[str], str]:
    """Path -> template of the route that answers it, so that names of things do not become labels."""
    named = [route for route in routes if hasattr(route, "path")]

    @lru_cache(maxsize=4096)
    def template(path: str) -> str:
        bare = path.rstrip("/") or "/"
        for tried in dict.fromkeys((path, bare)):
            scope = {"type": "http", "path": tried, "method": "GET", "root_path": "", "headers": []}
            for route in named:
                if route.matches(scope)[0] is not Match.NONE:
                    return str(getattr(route, "path", _NO_ROUTE))
        return _NO_ROUTE

    return template
