"""One walk past every kind of error, and the table behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from muniment.errors import (
    AnswerSpoiled,
    NetworkError,
    NetworkTooLarge,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    ReleaseChanged,
    ServiceFailed,
    StoreDenied,
    StoreError,
    StoreTimeout,
    StoreUnreachable,
)
from muniment.workers.limits import (
    ClientBusy,
    MemoryExceeded,
    PoolBusy,
    ResultTooLarge,
    TimeExceeded,
    WorkerDied,
)
from muniment_service import Settings, errors
from muniment_service.pages import Pages
from muniment_service.problems import KINDS, MEDIA_TYPE, ROUTING, problem_of, without_paths

SECRET = "/srv/secret/releases/1/store"


class Failing:
    """A store that fails as it is told."""

    error: Exception = StoreError("none")

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise self.error

    query = answer = describe = graphs = _fail

    def close(self) -> None:
        pass


STORE_ERRORS: Mapping[str, tuple[Exception, int, str]] = {
    "refused": (QueryRefused("not here"), 403, "refused"),
    "query": (QueryError("no"), 400, "query"),
    "network": (NetworkError("no such node"), 400, "network"),
    "network time": (errors.NetworkTookTooLong("the network test", 5, "Narrow it."), 504, "network-time"),
    "network limit": (NetworkTooLarge("test", 5), 413, "network-limit"),
    "timeout": (StoreTimeout("too slow"), 504, "timeout"),
    "time limit": (TimeExceeded(30), 504, "time-limit"),
    "memory limit": (MemoryExceeded(1 << 30), 507, "memory-limit"),
    "answer limit": (ResultTooLarge(1 << 20), 413, "answer-limit"),
    "busy": (PoolBusy("wait", 5, "later"), 503, "busy"),
    "client busy": (ClientBusy("wait", 1, "later"), 429, "client-busy"),
    "worker died": (WorkerDied("ended"), 503, "worker-died"),
    "service failed": (ServiceFailed("SERVICE <http://a/> failed"), 502, "service"),
    "engine unreachable": (StoreUnreachable("gone"), 503, "engine-unreachable"),
    "engine denies": (StoreDenied("answered 401"), 502, "engine-credentials"),
    "engine spoils": (AnswerSpoiled("breaks off"), 502, "engine-answer"),
    "engine changed": (ReleaseChanged("the engine holds another one"), 503, "engine-release"),
    "engine": (StoreError(f"cannot open {SECRET}/000012.sst"), 500, "engine"),
    "unexpected": (RuntimeError(f"boom at {SECRET}"), 500, "unexpected"),
}
REQUESTS: Mapping[str, tuple[str, str, dict[str, Any], int, str]] = {
    "syntax": ("GET", "/sparql?query=SELECT", {}, 400, "syntax"),
    "malformed": ("POST", "/sparql", {"data": {"x": "1"}}, 400, "malformed"),
    "update": ("POST", "/sparql", {"data": {"update": "CLEAR ALL"}}, 403, "read-only"),
    "no such thing": ("GET", "/id/none", {}, 404, "not-found"),
    "no such address": ("GET", "/none", {}, 404, "not-found"),
    "no such file": ("GET", "/static/none", {}, 404, "not-found"),
    "method": ("PUT", "/sparql", {}, 405, "method-not-allowed"),
    "writing a graph": ("PUT", "/graphs?default", {"content": "x"}, 405, "read-only"),
    "accept": ("GET", "/", {"headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
    "large": ("POST", "/sparql", {"data": {"query": "x" * 6_000}}, 413, "too-large"),
    "type": ("POST", "/sparql", {"content": "x"}, 415, "unsupported-media-type"),
    "parameter": ("GET", "/doc", {}, 422, "parameters"),
    "withdrawn": ("GET", "/doc/event/gone", {}, 410, "gone"),
    "profile": ("GET", "/doc/event/first", {"headers": {"Accept-Profile": "<urn:x>"}}, 406, "profile"),
    "value": ("GET", "/queries/things-of-a-class?class=x", {}, 400, "parameter"),
}


@pytest.fixture
def failing(connect: Any) -> Iterator[tuple[Failing, httpx.Client]]:
    store = Failing()
    with connect(store, Settings(release="r")) as client:
        yield store, client


def check(found: httpx.Response, status: int, slug: str) -> None:
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == MEDIA_TYPE
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["vary"].split(", ")[-1] == "Accept"
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["muniment-release"]
    problem = found.json()
    assert problem["type"] == f"https://w3id.org/muniment/problems#{slug}"
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]
    assert SECRET not in found.text and "Traceback" not in found.text


@pytest.mark.parametrize("case", REQUESTS)
def test_requests(client: httpx.Client, case: str) -> None:
    method, url, options, status, slug = REQUESTS[case]
    check(client.request(method, url, **options), status, slug)
    if method == "GET" and case not in ("accept", "profile"):
        page = client.get(url, headers={"Accept": "text/html"})
        if case != "malformed":  # there browsers get the form
            assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        head = client.head(url)
        assert (head.status_code, head.content) == (status, b"")


@pytest.mark.parametrize("case", STORE_ERRORS)
@pytest.mark.parametrize("url", ["/sparql?query=ASK%7B%7D", "/id/x", "/doc?iri=urn:x", "/"])
def test_failing_stores(
    failing: tuple[Failing, httpx.Client], case: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, client = failing
    store.error, status, slug = STORE_ERRORS[case]
    if url == "/id/x":
        return check(client.get(url), 404, "not-found")  # without a base there are no things
    check(client.get(url, headers={"Accept": "application/json"}), status, slug)
    page = client.get(url, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert SECRET not in page.text
    assert bool(caplog.records) == (case == "unexpected")
    return None


def test_not_ready(failing: tuple[Failing, httpx.Client]) -> None:
    _, client = failing
    found = client.get("/readyz")
    check(found, 503, "not-ready")
    assert found.headers["retry-after"]
    assert client.get("/healthz").status_code == 200


def test_every_kind_was_met() -> None:
    met = (
        {slug for *_, slug in REQUESTS.values()}
        | {slug for *_, slug in STORE_ERRORS.values()}
        | {"not-ready", "range"}  # test_releases asks for a range that a file does not have
    )
    assert met == {kind.slug for kind in (*KINDS.values(), *ROUTING.values())}


def test_every_error_of_a_request_has_a_kind_of_its_own() -> None:
    kinds = [KINDS[kind] for kind in errors.RequestError.__subclasses__()]
    assert len(kinds) == 11
    assert len({(kind.status, kind.slug) for kind in kinds}) == 11


def test_subclasses_are_what_their_nearest_ancestor_is() -> None:
    class Slower(StoreTimeout):
        pass

    assert problem_of(Slower("x")).kind.status == 504
    assert problem_of(QuerySyntaxError("x")).document().keys() == {"type", "title", "status", "detail"}
    assert problem_of(KeyError("secret")).detail == "The failure has been logged."


def test_a_syntax_error_is_marked(failing: tuple[Failing, httpx.Client]) -> None:
    store, client = failing
    excerpt = "1 | ASK <{\n  |     ^"
    store.error = QuerySyntaxError("odd", 1, 5, hint="Mend it.", token="<", excerpt=excerpt)
    found = problem_of(store.error).document()
    assert (found["line"], found["column"], found["token"]) == (1, 5, "<")
    assert (found["excerpt"], found["hint"]) == (excerpt, "Mend it.")
    page = client.get("/sparql?query=ASK%20%7B%7D", headers={"Accept": "text/html"}).text
    assert "<pre>1 | ASK &lt;{\n  |     ^</pre>" in page


def test_what_stands_between_backticks_is_code_on_a_page() -> None:
    words = Pages(Settings()).environment.filters["code"]
    assert words("`<b>` is not `a & b`.") == "<code>&lt;b&gt;</code> is not <code>a &amp; b</code>."
    assert words("one ` is <no> pair") == "one ` is &lt;no&gt; pair"


def test_the_page_of_a_bad_query_has_the_query_to_mend(client: httpx.Client) -> None:
    query = "SELECT * {\n  ?s schma:name ?o\n} # <b>"
    for send in ({"params": {"query": query}}, {"data": {"query": query}}):
        method = "GET" if "params" in send else "POST"
        page = client.request(method, "/sparql", headers={"Accept": "text/html"}, **send)  # type: ignore[arg-type]
        assert page.status_code == 400
        assert "Line 2, column 6" in page.text and "did you mean <code>schema:</code>?" in page.text
        assert "2 |   ?s schma:name ?o\n  |      ^" in page.text
        assert "?s schma:name ?o\n} # &lt;b&gt;</textarea>" in page.text
    other = client.get("/doc/event/none", headers={"Accept": "text/html"})
    assert (other.status_code, "<textarea" in other.text) == (404, False)


def test_405_lists_the_methods(client: httpx.Client) -> None:
    assert client.put("/sparql").headers["allow"] == "GET, POST, HEAD, OPTIONS"
    assert client.post("/doc/event/first").headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sparql",
        "/id/event/first",
        "/doc/event/first",
        "/doc",
        "/doc.ttl",
        "/healthz",
        "/readyz",
        "/static/style.css",
        "/openapi.json",
    ],
)
def test_options_everywhere(client: httpx.Client, path: str) -> None:
    found = client.options(path)
    assert found.status_code == 204
    assert {"GET", "HEAD", "OPTIONS"} <= set(found.headers["allow"].split(", "))
    assert found.headers["access-control-allow-origin"] == "*"
    assert ("accept-post" in found.headers) == (path == "/sparql")


def test_options_of_nothing(client: httpx.Client) -> None:
    assert client.options("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("cannot open /a/b/c.sst: gone", "cannot open (a file): gone"),
        ("function <https://example.org/a/b> is unknown", "function <https://example.org/a/b> is unknown"),
        ("path ex:a/ex:b/ex:c", "path ex:a/ex:b/ex:c"),
        ("a / b", "a / b"),
    ],
)
def test_without_paths(message: str, shown: str) -> None:
    assert without_paths(message) == shown
