"""SERVICE on endpoints that the operator allows: what reaches them, and what reaches nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from muniment.engine import EmbeddedStore
from muniment.errors import InputError, QueryRefused, QuerySyntaxError, ServiceFailed
from muniment.federation import failure, refuse_calls, retarget
from muniment.release import Release
from muniment.workers.limits import Limits, TimeExceeded
from muniment.workers.outbound import Endpoint, Fetch, is_public
from muniment.workers.pool import Pool
from muniment.workers.relay import Relay
from muniment_service.problems import problem_of
from muniment_service.publisher import release_context
from muniment_service.settings import Settings

JSON, QUERY = "application/sparql-results+json", "application/sparql-query"
LIMITS = Limits(seconds=20, memory_bytes=256 << 20, result_bytes=1 << 20, workers=3, spare=1)
REMOTE = b'<http://r/a> <http://r/says> "over there" .\n<http://r/b> <http://r/says> "there too" .\n'
EXIT = "http://r.example/sparql"
STANDS = "http://127.0.0.1:40000/token/0"


class Remote(ThreadingHTTPServer):
    """An endpoint with a few bad habits, one a path; ``seen`` holds what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.store = EmbeddedStore.in_memory(REMOTE)
        self.seen: list[tuple[str, dict[str, str], str]] = []
        self.target = ""
        self.free = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str = "/sparql") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Remote

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.path, headers, query))
        match self.path:
            case "/moved":
                self._send(307, b"", Location=self.server.target)
            case "/large":
                self._send(200, b" " * (2 << 20))
            case "/slow":
                self.server.free.wait(30)
            case "/broken":
                self._send(500, b"no\nmore memory", **{"Content-Type": "text/plain"})
            case "/html":
                self._send(200, b"<p>Hello", **{"Content-Type": "text/html"})
            case "/short":
                self._send(200, b'{"head":{}', **{"Content-Length": "5000"})
            case "/packed":
                self._send(200, b"...", **{"Content-Encoding": "gzip"})
            case _:
                self._send(200, self.server.store.answer(query, JSON))

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": JSON, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with suppress(ConnectionError):  # the relay may have had enough
            super().handle()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Remote]:
    with Remote() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.free.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving() as server:
        yield server


@pytest.fixture
def open_pool(tiny_release: Release) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(*services: str, **changes: Any) -> AsyncIterator[Pool]:
        pool = Pool(tiny_release.path, 10**9, dataclasses.replace(LIMITS, **changes), services)
        try:
            await pool.start()
            yield pool
        finally:
            await pool.close()

    return opened


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def values(answer: Any, name: str = "o") -> list[str | None]:
    return sorted(row.get(name, {}).get("value") for row in json.loads(answer)["results"]["bindings"])


def call(url: str, pattern: str = "?s <http://r/says> ?o", silent: str = "") -> str:
    return f"SELECT * {{ SERVICE {silent} <{url}> {{ {pattern} }} }}"


def test_an_allowed_endpoint_is_joined(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        async with open_pool(remote.url()) as pool:
            local = "?e a mun:Event . BIND(<http://r/a> AS ?s)"
            query = f"SELECT DISTINCT ?o {{ {local} SERVICE <{remote.url()}> {{ ?s <http://r/says> ?o }} }}"
            assert values(await pool.answer(query, JSON)) == ["over there"]
            (path, headers, text) = remote.seen[0]
            assert path == "/sparql" and "<http://r/says>" in text
            assert set(headers) == {
                "host",
                "accept",
                "content-type",
                "accept-encoding",
                "content-length",
                "connection",
            }
            assert (headers["content-type"], headers["accept-encoding"]) == (QUERY, "identity")
            assert JSON in headers["accept"]
            assert await pool.answer("ASK {}", JSON)

    run(work())


@pytest.mark.parametrize(
    "target",
    [
        "<http://127.0.0.1:{port}/other>",
        "<http://127.0.0.1:{port}/sparql/>",
        "<HTTP://127.0.0.1:{port}/sparql>",
        "<http://localhost:{port}/sparql>",
        "<sparql>",
        "r:sparql",
        "?where",
    ],
)
def test_another_endpoint_is_refused(open_pool: Any, remote: Remote, target: str) -> None:
    async def work() -> None:
        written = target.format(port=remote.server_port)
        query = f"""BASE <{remote.url("/")}> PREFIX r: <{remote.url("/")}>
            SELECT * {{ VALUES ?where {{ <{remote.url()}> }} SERVICE <{remote.url()}> {{}} SERVICE SILENT {written} {{}} }}"""
        async with open_pool(remote.url()) as pool:
            with pytest.raises(QueryRefused, match="may not reach") as refused:
                await pool.answer(query, JSON)
            assert f"SERVICE {written} " in refused.value.message
            assert refused.value.hint and "MUNIMENT_SERVICES" in refused.value.hint
        assert remote.seen == []

    run(work())


def test_the_setting_reaches_the_pool(tiny_release: Release, remote: Remote) -> None:
    async def work() -> None:
        pool = release_context(tiny_release, {"MUNIMENT_SERVICES": remote.url()}).answers
        try:
            await pool.start()
            found = await pool.answer(call(remote.url()), JSON)
            assert isinstance(found, bytes) and values(found) == ["over there", "there too"]
        finally:
            await pool.close()

    run(work())


def test_without_a_list_there_is_no_relay(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        async with open_pool() as pool:
            with pytest.raises(QueryRefused, match="SERVICE"):
                await pool.answer(call(remote.url()), JSON)
            assert pool._relay is None

    run(work())


def test_a_redirect_does_not_reach_its_target(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        with serving() as inner:
            for target in (inner.url(), remote.url()):
                remote.target = target
                async with open_pool(remote.url("/moved"), remote.url()) as pool:
                    with pytest.raises(ServiceFailed, match="redirects are not followed"):
                        await pool.answer(call(remote.url("/moved")), JSON)
            assert inner.seen == []
        assert [path for path, _, _ in remote.seen] == ["/moved", "/moved"]

    run(work())


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/broken", "it answered 500 Internal Server Error: no more memory"),
        ("/html", "Unsupported Content-Type returned by service <{url}>: text/html"),
        ("/large", "its answer is larger than 1,048,576 bytes"),
        ("/short", "its answer broke off"),
        ("/packed", "its answer is compressed, which was not asked for"),
    ],
)
def test_a_failing_endpoint_fails_the_query(open_pool: Any, remote: Remote, path: str, said: str) -> None:
    async def work() -> None:
        url = remote.url(path)
        async with open_pool(url) as pool:
            with pytest.raises(ServiceFailed) as failed:
                await pool.answer(call(url), JSON)
            assert failed.value.message == f"SERVICE <{url}> failed: {said.format(url=url)}"
            problem = problem_of(failed.value)
            assert (problem.kind.status, problem.detail) == (502, failed.value.message)
            assert values(await pool.answer(call(url, silent="SILENT"), JSON)) == [None]
            assert not pool.tally.ended

    run(work())


def test_a_slow_endpoint_ends_with_the_query(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        async with open_pool(remote.url("/slow")) as pool:
            for silent in ("", "SILENT"):
                with pytest.raises(TimeExceeded):
                    await pool.answer(call(remote.url("/slow"), silent=silent), JSON, timeout=0.5)
            async with asyncio.timeout(5):
                while pool._relay._tasks:  # the call ends with the worker, not with the limit of the pool
                    await asyncio.sleep(0.01)

    run(work())


def test_two_endpoints_and_one_inside_another(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        with serving() as other:
            async with open_pool(remote.url(), other.url(), other.url("/html")) as pool:
                both = f"""SELECT * {{ SERVICE <{remote.url()}> {{ ?s <http://r/says> ?o }}
                    SERVICE SILENT <{other.url()}> {{ ?s <http://r/says> ?t }} }}"""
                assert values(await pool.answer(both, JSON), "t") == ["over there", "there too"]
                assert len(remote.seen) == len(other.seen) == 1
                nested = call(other.url("/html"), f"SERVICE <{remote.url()}> {{ ?s ?p ?o }}")
                with pytest.raises(ServiceFailed):
                    await pool.answer(nested, JSON)
                assert f"SERVICE <{remote.url()}>" in other.seen[-1][2]
                assert len(remote.seen) == 1

    run(work())


def test_what_only_looks_like_a_call_stays(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        url = remote.url()
        async with open_pool(url) as pool:
            text = f"SERVICE <{url}> {{ }}"
            query = f"SELECT ?o {{ # {text}\n BIND('{text}' AS ?o) }}"
            assert values(await pool.answer(query, JSON)) == [text]
            assert values(await pool.answer(f"SELECT ?o {{ VALUES ?o {{ <{url}> }} }}", JSON)) == [url]
        assert remote.seen == []

    run(work())


def test_errors_tell_places_of_the_query_as_written(open_pool: Any, remote: Remote) -> None:
    async def work() -> None:
        query = call(remote.url()).removesuffix("}") + "nope:x ?p ?q }"
        async with open_pool(remote.url()) as pool:
            with pytest.raises(QuerySyntaxError) as wrong:
                await pool.answer(query, JSON)
            assert wrong.value.column == query.index("nope") + 1

    run(work())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { SERVICE <E> {} }", "SELECT * { SERVICE <A> {} }"),
        ("ASK{service silent<E>{}}", "ASK{service silent<A>{}}"),
        (
            "ASK { SERVICE # <E>\n <E> {} } # SERVICE <E> {}",
            "ASK { SERVICE # <E>\n <A> {} } # SERVICE <E> {}",
        ),
        ("ASK { <E> <E> 'SERVICE <E> {}' }", "ASK { <E> <E> 'SERVICE <E> {}' }"),
        ("ASK {\r\n SERVICE <E> {}\n\n SERVICE <E> {} }", "ASK {\r\n SERVICE <A> {}\n\n SERVICE <A> {} }"),
        (r"ASK { ?s ?p '\u0041' . SERVICE <E> {} }", r"ASK { ?s ?p '\u0041' . SERVICE <A> {} }"),
    ],
)
def test_retarget(query: str, expected: str) -> None:
    done = retarget(query.replace("E>", f"{EXIT}>"), {EXIT: STANDS})
    assert done == expected.replace("E>", f"{EXIT}>").replace("A>", f"{STANDS}>")
    refuse_calls(done, [STANDS])


def test_a_call_that_other_engines_would_see_is_refused() -> None:
    done = retarget(rf"ASK {{ \u0053ERVICE <{EXIT}> {{}} }}", {EXIT: STANDS})
    with pytest.raises(QueryRefused):
        refuse_calls(done, [STANDS])


def test_failures_name_the_endpoint_and_never_the_relay() -> None:
    relay = {EXIT: STANDS, "http://b/": f"{STANDS}1"}
    query = f"ASK {{ SERVICE <{EXIT}> {{}} SERVICE <http://b/> {{}} }}"
    told = failure(query, f"no luck with <{STANDS}1>", relay)
    assert told and told.message == "SERVICE <http://b/> failed: no luck with <http://b/>"
    told = failure(query, "unexpected end", relay)
    assert told and told.message == f"SERVICE <http://b/> or <{EXIT}> failed: unexpected end"
    assert failure("ASK {}", "unexpected end", relay) is None


def test_the_embedded_store_refuses_by_default(remote: Remote) -> None:
    store = EmbeddedStore.in_memory(b"")
    for relay in (None, {}, {EXIT: remote.url()}):
        with pytest.raises(QueryRefused):
            store.write_answer(call(remote.url("/x")), JSON, io.BytesIO(), relay=relay)
    assert remote.seen == []


@asynccontextmanager
async def relay_to(url: str, *addresses: str, limits: Limits = LIMITS) -> AsyncIterator[str]:
    """The address that stands for the URL, in a relay where all names have the addresses."""
    relay = Relay([url], limits, lambda host, port: addresses)
    await relay.start()
    try:
        yield relay.addresses[url]
    finally:
        await relay.close()


async def post(address: str, query: str = "ASK {}", method: str = "POST") -> httpx.Response:
    async with httpx.AsyncClient(timeout=10) as client:
        return await client.request(method, address, content=query, headers={"Content-Type": QUERY})


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"]],
)
def test_a_name_that_leads_inside_is_refused(remote: Remote, addresses: list[str]) -> None:
    async def work() -> None:
        async with relay_to(f"http://rebound.example:{remote.server_port}/sparql", *addresses) as address:
            found = await post(address)
            assert (found.status_code, found.text) == (
                502,
                "its name leads to an address that is not public",
            )
        assert remote.seen == []

    run(work())


def test_localhost_is_the_loopback_only(remote: Remote) -> None:
    async def work() -> None:
        url = f"http://localhost:{remote.server_port}/sparql"
        async with relay_to(url, "127.0.0.1") as address:
            assert (await post(address)).json()["boolean"] is True
        async with relay_to(url, "10.0.0.1") as address:
            assert (await post(address)).status_code == 502

    run(work())


def test_a_name_is_resolved_once(remote: Remote) -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    endpoint = Endpoint.of(f"http://localhost:{remote.server_port}/sparql")
    with Fetch(endpoint, LIMITS, resolver).run("POST", b"ASK {}", {"Accept": JSON}).body as body:
        assert json.loads(body.read())["boolean"] is True
    assert asked == ["localhost"]


def test_the_relay_knows_its_own_addresses_only(remote: Remote) -> None:
    async def work() -> None:
        async with relay_to(remote.url()) as address:
            base, token, _ = address.rsplit("/", 2)
            wrong = [base, f"{base}/0", f"{base}/{token}", f"{base}/{token}/1", f"{base}/{token}/00"]
            wrong += [f"{base}/{token[:-1]}/0", f"{address}/", f"{address}?x", f"{base}/%C3%A9/0"]
            for other in wrong:
                assert (await post(other)).status_code == 404, other
            assert (await post(address, method="GET")).status_code == 400
            assert remote.seen == []
            assert (await post(address)).status_code == 200

    run(work())


def test_the_relay_has_a_limit_of_time_of_its_own(remote: Remote) -> None:
    async def work() -> None:
        async with relay_to(remote.url("/slow"), limits=dataclasses.replace(LIMITS, seconds=0.3)) as address:
            found = await post(address)
            assert (found.status_code, found.text) == (502, "it did not answer within 0.3 seconds")

    run(work())


def test_a_certificate_is_verified(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def work() -> None:
        async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(nothing, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with server, relay_to(f"https://127.0.0.1:{port}/") as address:
            found = await post(address)
            assert found.status_code == 502
            assert found.text.startswith("its certificate is not valid: self")

    run(work())


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::5db8:d822", True),
        *(
            (text, False)
            for text in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254")
        ),
        *((text, False) for text in ("0.0.0.0", "100.64.0.1", "224.0.1.1", "255.255.255.255", "240.0.0.1")),
        *(
            (text, False)
            for text in ("::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff0e::1", "::ffff:10.0.0.1")
        ),
        *(
            (text, False)
            for text in ("::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1", "2001:0:1::")
        ),
    ],
)
def test_public_addresses(text: str, public: bool) -> None:
    assert is_public(ip_address(text)) is public


def test_the_setting() -> None:
    two = "https://query.example/sparql http://[::1]:3030/ds?x=1"
    services = Settings.from_env({"MUNIMENT_SERVICES": f" {two}  {two}\n"}).services
    assert services == tuple(two.split())
    assert Settings.from_env({"MUNIMENT_SERVICES": ""}).services == Settings().services == ()
    for wrong in (
        "query.example/sparql",
        "ftp://a/",
        "file:///etc/passwd",
        "https:///sparql",
        "https://user:secret@a/",
        "https://@a/",
        "https://a/#x",
        "https://a/#",
        "https://a:0/",
        "https://a:x/",
        "http://[::1/",
        "https://a\\b/",
        "https://ä.example/",
        "https://a/ <b>",
    ):
        with pytest.raises(InputError, match="MUNIMENT_SERVICES is not a list of http"):
            Settings.from_env({"MUNIMENT_SERVICES": wrong})
