"""The answer cache: what is held, for whom, and that nobody gets anything but what the application would have answered."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment_service.answer_cache import AnswerCache
from muniment_service.held import Answer, Held
from muniment_service.requests import Exchange, Requests
from muniment_service.variants import Variants

NAMED = [
    (b"content-type", b"text/plain"),
    (b"muniment-release", b"r1"),
    (b"vary", b"Accept, Accept-Encoding"),
]


class Application:
    """Counts how often it is asked; answers with what makes requests differ, or as it is told."""

    def __init__(self, body: bytes | None = None, status: int = 200, headers: Any = NAMED) -> None:
        self.asked = 0
        self.body, self.status, self.headers = body, status, headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        assert scope["method"] != "HEAD"
        told = [scope["scheme"], scope.get("raw_path"), scope["query_string"], sorted(scope["headers"])]
        body = repr(told).encode() if self.body is None else self.body
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": body})


class Gated(Application):
    """Answers when the gate opens; hears when its client goes away."""

    def __init__(self, **how: Any) -> None:
        super().__init__(b"late", **how)
        self.gate = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        tasks = {asyncio.ensure_future(self.gate.wait()), asyncio.ensure_future(receive())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        if self.gate.is_set():
            self.asked -= 1
            await super().__call__(scope, receive, send)


class Client:
    """One request; ``leave`` breaks it off as a client does."""

    def __init__(
        self, app: Any, path: str = "/x", method: str = "GET", query: bytes = b"", **headers: str
    ) -> None:
        self.sent: list[Any] = []
        self.leave = asyncio.Event()
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scheme = "https" if query == b"secure" else "http"
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "scheme": scheme,
        }
        self.scope |= {"query_string": query, "headers": raw}
        self.app = app

    async def receive(self) -> Any:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self) -> Client:
        await self.app(self.scope, self.receive, self.send)
        return self

    @property
    def answer(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        start, *rest = self.sent
        return start["status"], start["headers"], b"".join(message.get("body", b"") for message in rest)


def cached(
    app: Any, *, size: int = 1_000_000, entry: int = 10_000, release: Any = lambda: "r1"
) -> AnswerCache:
    return AnswerCache(app, Held(size, entry), release)


def ask(app: Any, *arguments: Any, **headers: Any) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return asyncio.run(Client(app, *arguments, **headers).run()).answer


def test_a_hit_is_the_miss() -> None:
    inner = Application(b"x" * 5_000)
    app = cached(Variants(inner, 10_000))
    for headers in ({}, {"accept_encoding": "gzip"}, {"accept": "text/html"}):
        before = inner.asked
        first, second = ask(app, **headers), ask(app, **headers)
        assert first == second and inner.asked == before + 1
        assert ask(app, "/x", "HEAD", **headers) == (*first[:2], b"") and inner.asked == before + 1
        tag = dict(first[1])[b"etag"].decode()
        status, _, body = ask(app, if_none_match=tag, **headers)
        assert (status, body, inner.asked) == (304, b"", before + 1)
        assert ask(app, if_none_match='"x"', **headers) == first


def test_a_head_fills_the_cache_for_get() -> None:
    inner = Application(b"body")
    app = cached(Variants(inner, 10_000))
    head, got = ask(app, "/x", "HEAD"), ask(app)
    assert (got[2], head, inner.asked) == (b"body", (*got[:2], b""), 1)


def test_a_conditional_miss_is_held_whole() -> None:
    inner = Application(b"body")
    app = cached(Variants(inner, 10_000))
    tag = dict(ask(Variants(Application(b"body"), 9))[1])[b"etag"].decode()
    missed, hit = (ask(app, if_none_match=tag) for _ in range(2))
    assert missed == hit and missed[0] == 304
    assert ask(app)[::2] == (200, b"body") and inner.asked == 1


DIFFERENT: dict[str, tuple[tuple[Any, ...], dict[str, str]]] = {
    "nothing": ((), {}),
    "path": (("/y",), {}),
    "spelling of the path": (("/%78",), {}),
    "query": (("/x", "GET", b"a=1"), {}),
    "order of parameters": (("/x", "GET", b"b=2&a=1"), {}),
    "scheme": (("/x", "GET", b"secure"), {}),
    "accept": ((), {"accept": "text/csv"}),
    "coding": ((), {"accept_encoding": "gzip"}),
    "host": ((), {"host": "other.example"}),
    "profile": ((), {"accept_profile": "<urn:x>"}),
    "language of pages": ((), {"accept": "text/html", "accept_language": "fr"}),
}


def test_what_differs_is_held_apart() -> None:
    app = cached(Application())
    answers = {name: ask(app, *arguments, **headers) for name, (arguments, headers) in DIFFERENT.items()}
    assert len({body for _, _, body in answers.values()}) == len(DIFFERENT)
    for name, (arguments, headers) in DIFFERENT.items():
        assert ask(app, *arguments, **headers) == answers[name]
    assert (app.held.hits, app.held.misses) == (len(DIFFERENT), len(DIFFERENT))


def test_what_makes_no_difference_is_held_together() -> None:
    inner = Application(b"same")
    app = cached(inner)
    for headers in (
        {"accept_encoding": "gzip, br"},
        {"accept_encoding": "gzip;q=0.5"},
        {"accept_encoding": "*", "user_agent": "x", "accept_language": "fr"},
    ):
        ask(app, **headers)
    assert inner.asked == 1


def vary(value: bytes) -> list[tuple[bytes, bytes]]:
    return [*NAMED[:2], (b"vary", value)]


UNFIT: dict[str, Application] = {
    "404": Application(status=404),
    "504": Application(status=504),
    "303": Application(status=303),
    "206": Application(status=206),
    "no release": Application(headers=NAMED[:1]),
    "another release": Application(headers=[(b"muniment-release", b"r2")]),
    "no-store": Application(headers=[*NAMED, (b"cache-control", b"No-Store")]),
    "private": Application(headers=[*NAMED, (b"cache-control", b"max-age=1, private")]),
    "a cookie": Application(headers=[*NAMED, (b"set-cookie", b"a=b")]),
    "varies by all": Application(headers=vary(b"*")),
    "varies by what is not in the key": Application(headers=vary(b"Accept, User-Agent")),
    "varies by a cookie": Application(headers=vary(b"Accept-Profile, Cookie")),
    "varies by a language that is not in the key": Application(headers=vary(b"Accept-Language")),
    "long": Application(b"x" * 10_001),
}


@pytest.mark.parametrize("case", UNFIT)
def test_what_is_not_held(case: str) -> None:
    inner = UNFIT[case]
    app = cached(inner)
    first = ask(app)
    assert ask(app) == first
    assert (inner.asked, len(app.held), first[0]) == (2, 0, inner.status)


def test_other_requests_pass() -> None:
    inner = Application()
    app = cached(inner)
    for arguments, headers in (
        (("/x", "POST"), {}),
        (("/x", "OPTIONS"), {}),
        ((), {"authorization": "Bearer x"}),
    ):
        for _ in range(2):
            ask(app, *arguments, **headers)
    assert (inner.asked, app.held.hits, app.held.misses) == (6, 0, 0)


def test_a_store_that_is_no_release_is_not_held() -> None:
    inner = Application()
    app = cached(inner, release=lambda: None)
    assert ask(app) == ask(app)
    assert inner.asked == 2


def test_pages_by_language_are_held_by_language() -> None:
    inner = Application(headers=vary(b"Accept, Accept-Language"))
    app = cached(inner)
    french, english = ({"accept": "text/html", "accept_language": x} for x in ("fr", "en"))
    assert ask(app, **french)[2] != ask(app, **english)[2]
    assert ask(app, **french)[2] == ask(app, **french)[2]
    assert inner.asked == 2


def test_a_switch_of_releases() -> None:
    inner, current = Application(b"old"), "r1"
    app = cached(inner, release=lambda: current)
    assert ask(app)[2] == b"old"
    current, inner.body, inner.headers = "r2", b"new", [(b"muniment-release", b"r2")]
    assert [ask(app)[2] for _ in range(2)] == [b"new"] * 2
    inner.body, inner.headers = b"pinned", NAMED
    assert [ask(app, "/x", "GET", b"release=r1")[2] for _ in range(2)] == [b"pinned"] * 2
    assert inner.asked == 3
    ask(app, "/x", "GET", b"release=r3")
    assert len(app.held) == 3


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4_000)), max_size=40), st.integers(1, 30_000))
def test_the_size_is_bounded(puts: list[tuple[int, int]], size: int) -> None:
    held = Held(size, 4_000)
    for key, length in puts:
        held.put(key, Answer.of(200, [], b"x" * length))
        assert held.bytes <= size
        assert held.bytes == sum(found.size for n in range(10) if (found := held.get(n)))
        assert len(held) == sum(held.get(n) is not None for n in range(10))


def test_the_least_recently_used_leaves_first() -> None:
    held = Held(3 * 3_000, 1_000)
    for key in "abc":
        held.put(key, Answer.of(200, [], b"x" * 1_000))
    held.get("a")
    held.put("d", Answer.of(200, [], b"x" * 1_000))
    assert [key for key in "abcd" if held.get(key)] == ["a", "c", "d"]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def start(app: Any, number: int, **headers: str) -> tuple[list[Client], list[asyncio.Task[Client]]]:
    clients = [Client(app, **headers) for _ in range(number)]
    return clients, [asyncio.create_task(client.run()) for client in clients]


def test_equal_requests_are_computed_once() -> None:
    async def play() -> None:
        inner = Gated()
        app = cached(inner)
        clients, tasks = start(app, 50)
        await settle()
        assert inner.asked == 1
        inner.gate.set()
        await asyncio.gather(*tasks)
        assert {client.answer[2] for client in clients} == {b"late"}
        assert (inner.asked, app.held.hits, app.held.misses, app._flights) == (1, 49, 1, {})

    asyncio.run(play())


@pytest.mark.parametrize("how", ["cancelled", "disconnected"])
def test_when_the_first_goes_away_another_takes_over(how: str) -> None:
    async def play() -> None:
        inner = Gated()
        app = cached(inner)
        clients, tasks = start(app, 10)
        await settle()
        for number in range(3):  # each time the one that leads
            if how == "cancelled":
                tasks[number].cancel()
            else:
                clients[number].leave.set()
            await settle()
            assert inner.asked == number + 2
        inner.gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [len(client.sent) for client in clients] == [0] * 3 + [2] * 7
        assert (inner.asked, app._flights) == (4, {})

    asyncio.run(play())


def test_who_waits_may_go_away() -> None:
    async def play() -> None:
        inner = Gated()
        clients, tasks = start(cached(inner), 5)
        await settle()
        tasks[2].cancel()
        await settle()
        inner.gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [len(client.sent) for client in clients] == [2, 2, 0, 2, 2]
        assert inner.asked == 1

    asyncio.run(play())


@pytest.mark.parametrize("status", [504, 200])
def test_what_cannot_be_shared_is_computed_by_each(status: int) -> None:
    async def play() -> None:
        inner = Gated(status=status, headers=[] if status == 200 else NAMED)
        clients, tasks = start(cached(inner), 10)
        await settle()
        assert inner.asked == 1
        inner.gate.set()
        await asyncio.gather(*tasks)
        assert [client.answer[0] for client in clients] == [status] * 10
        assert inner.asked == 10

    asyncio.run(play())


def test_an_exception_fails_nobody_else() -> None:
    class Failing(Gated):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            first = not self.asked
            await super().__call__(scope, receive, send if not first else self.refuse)

        async def refuse(self, message: Any) -> None:
            raise KeyError("planted")

    async def play() -> None:
        inner = Failing()
        app = cached(inner)
        clients, tasks = start(app, 4)
        await settle()
        inner.gate.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, KeyError) for one in found] == [True, False, False, False]
        assert [client.answer[2] for client in clients[1:]] == [b"late"] * 3
        assert app._flights == {}

    asyncio.run(play())


def test_a_slow_reader_delays_nobody() -> None:
    class Slow(Client):
        async def send(self, message: Any) -> None:
            await self.leave.wait()

    async def play() -> None:
        app = cached(Application(b"body"))
        slow = Slow(app)
        task = asyncio.create_task(slow.run())
        await settle()
        quick = await asyncio.wait_for(Client(app).run(), 5)
        assert quick.answer[2] == b"body" and not task.done()
        slow.leave.set()
        await task

    asyncio.run(play())


def test_a_long_answer_goes_on_at_once() -> None:
    pieces = [b"x" * 6_000] * 5

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": NAMED})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            told.append(len(client.sent))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    told: list[int] = []
    cache = cached(app)
    for method, body in (("GET", b"".join(pieces)), ("HEAD", b"")):
        told.clear()
        client = Client(cache, "/x", method)
        asyncio.run(client.run())
        assert client.answer[2] == body
        assert told == [0, 2, 3, 4, 5]
    assert len(cache.held) == 0


def test_nobody_changes_what_is_held() -> None:
    seen: list[Exchange] = []
    app = Requests(cached(Application(b"body")), [seen.append])
    answers = [ask(app, x_request_id=f"id-{n}") for n in range(3)]
    for number, (_, headers, _) in enumerate(answers):
        assert [value for name, value in headers if name == b"x-request-id"] == [b"id-%d" % number]
    assert [exchange.cached for exchange in seen] == ["miss", "hit", "hit"]
    assert {exchange.release for exchange in seen} == {"r1"}


URLS = {
    "/": ("text/html", "application/json"),
    "/doc/event/first": ("text/turtle", "application/ld+json", "text/html", "image/png"),
    "/doc/event/caf%C3%A9": ("text/turtle",),
    "/doc/event/caf%C3%A9-2": ("text/turtle",),
    "/id/event/first": ("*/*",),
    "/sparql?query=ASK{}": ("application/sparql-results+json", "text/csv", "text/html"),
    "/sparql?query=SELECT": ("text/csv", "text/html"),
    "/static/style.css": ("*/*",),
    "/healthz": ("*/*",),
    "/none": ("*/*",),
}


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("coded", ["gzip", "identity"])
def test_the_service_answers_again_as_before(client: httpx.Client, url: str, coded: str) -> None:
    for accept in URLS[url]:
        asked = {"Accept": accept, "Accept-Encoding": coded, "X-Request-Id": "same"}
        first, again = (client.get(url, headers=asked) for _ in range(2))
        assert first.status_code == again.status_code
        assert first.headers.raw == again.headers.raw and first.content == again.content
        head = client.head(url, headers=asked)
        assert (head.status_code, head.headers.raw, head.content) == (
            first.status_code,
            first.headers.raw,
            b"",
        )
