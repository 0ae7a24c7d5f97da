"""Variants: content codings, entity tags, conditional requests, lifetimes."""

from __future__ import annotations

import asyncio
import gzip
import itertools
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment_service import coding
from muniment_service.conditional import CURRENT, NEVER, PINNED, entity_tag, lifetime, matches, pinned
from muniment_service.variants import Variants

TEXT = b"<urn:s> <urn:p> <urn:o> .\n" * 100
TTL, ID = b"text/turtle; charset=utf-8", b"r1"
Sent = tuple[int, dict[str, str], bytes]


def fixed(
    body: bytes | list[bytes] = TEXT, media_type: bytes = TTL, status: int = 200, **headers: bytes
) -> Any:
    """An application that always answers so; a list is sent in pieces."""
    said = {b"muniment-release": ID, b"vary": b"Accept", b"content-type": media_type}
    said |= {name.replace("_", "-").encode(): value for name, value in headers.items()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(said.items())})
        pieces = body if isinstance(body, list) else [body]
        for number, piece in enumerate(pieces):
            more = number < len(pieces) - 1
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return app


def ask(app: Any, method: str = "GET", query: bytes = b"", **headers: str) -> Sent:
    """What an application sends: each name of a header once."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/x", "query_string": query, "scheme": "http"}
    asyncio.run(app({**scope, "headers": raw, "client": ("192.0.2.7", 1)}, receive, send))
    start, *rest = sent
    found = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    assert len(found) == len(start["headers"])
    assert not any(message.get("more_body") for message in rest[-1:])
    return start["status"], found, b"".join(message["body"] for message in rest)


def variants(app: Any, buffer_bytes: int = 10_000) -> Variants:
    return Variants(app, buffer_bytes)


WANTED = {
    None: coding.IDENTITY,
    "": coding.IDENTITY,
    "gzip": coding.GZIP,
    "GZIP": coding.GZIP,
    "x-gzip": coding.GZIP,
    "gzip, deflate, br, zstd": coding.GZIP,
    "br;q=1.0, gzip;q=0.001": coding.GZIP,
    "*": coding.GZIP,
    "gzip ; q=0.5 , identity ; q=0.5": coding.GZIP,
    "identity, gzip": coding.GZIP,
    "gzip;q=0.5, identity": coding.IDENTITY,
    "gzip;q=0.1, *;q=0.5": coding.IDENTITY,
    "gzip;q=0": coding.IDENTITY,
    "gzip;q=0.000, *": coding.IDENTITY,
    "br": coding.IDENTITY,
    "*;q=0": coding.IDENTITY,
    "identity;q=0": coding.IDENTITY,
    "gzip, identity;q=0": coding.ONLY_GZIP,
    "gzip, *;q=0": coding.ONLY_GZIP,
    "*, identity;q=0": coding.ONLY_GZIP,
    "gzip;q=2": coding.IDENTITY,
    "gzip;level=9": coding.IDENTITY,
    ", ,gzip;;": coding.IDENTITY,
    ", ,\tgzip": coding.GZIP,
}


@pytest.mark.parametrize("header", WANTED)
def test_wanted(header: str | None) -> None:
    assert coding.wanted(header.encode() if header is not None else None) == WANTED[header]


@given(st.binary(max_size=60))
def test_any_header_is_read(header: bytes) -> None:
    assert coding.wanted(header) in (coding.IDENTITY, coding.GZIP, coding.ONLY_GZIP)
    matches(header, b'"x"')
    pinned(header)


@given(st.lists(st.binary(max_size=3_000), min_size=1, max_size=5), st.booleans())
def test_content_is_what_was_sent(pieces: list[bytes], accepted: bool) -> None:
    headers = {"accept_encoding": "gzip"} if accepted else {}
    for most in (0, 2_000, 100_000):
        status, found, body = ask(variants(fixed(pieces), most), **headers)
        assert status == 200
        coded = found.get("content-encoding") == "gzip"
        assert (gzip.decompress(body) if coded else body) == b"".join(pieces)
        assert int(found.get("content-length", len(body))) == len(body)
        assert not coded or accepted


@pytest.mark.parametrize(
    ("media_type", "size", "accepted", "coded"),
    [
        (TTL, 1_000, "gzip", True),
        (TTL, 999, "gzip", False),
        (TTL, 999, "gzip, identity;q=0", True),
        (TTL, 0, "gzip, identity;q=0", False),
        (b"application/sparql-results+json", 2_000, "gzip", True),
        (b"image/svg+xml", 2_000, "gzip", True),
        (b"image/png", 2_000, "gzip", False),
        (b"application/gzip", 2_000, "gzip", False),
        (b"application/zip", 2_000, "gzip", False),
        (b"font/woff2", 2_000, "gzip", False),
        (TTL, 2_000, "br", False),
    ],
)
def test_what_is_compressed(media_type: bytes, size: int, accepted: str, coded: bool) -> None:
    _, found, body = ask(variants(fixed(b"x" * size, media_type)), accept_encoding=accepted)
    assert ("content-encoding" in found) is coded
    assert found["vary"] == "Accept, Accept-Encoding"
    assert found["content-length"] == str(len(body))
    assert found["etag"].endswith('-gzip"') is coded


def test_gzip_has_no_time_in_it() -> None:
    assert coding.compress(TEXT) == coding.compress(TEXT)
    assert coding.compress(TEXT)[4:8] == b"\0\0\0\0"
    stream = coding.Stream()
    assert (
        gzip.decompress(
            b"".join(stream.add(TEXT[n : n + 99], last=n + 99 >= len(TEXT)) for n in range(0, len(TEXT), 99))
        )
        == TEXT
    )


def test_what_is_coded_already_stays() -> None:
    done = coding.compress(TEXT * 10)
    _, found, body = ask(variants(fixed(done, content_encoding=b"gzip")), accept_encoding="gzip")
    assert (found["content-encoding"], body) == ("gzip", done)


def test_each_variant_has_a_tag_of_its_own() -> None:
    apps = [fixed(), fixed(TEXT + b" "), fixed(media_type=b"application/n-triples")]
    tags = [
        ask(variants(app), accept_encoding=accepted)[1]["etag"]
        for app, accepted in itertools.product(apps, ("gzip", "identity"))
    ]
    assert len(set(tags)) == 6
    assert all(tag[0] == tag[-1] == '"' for tag in tags)
    assert tags[0] == ask(variants(fixed()), accept_encoding="gzip, br")[1]["etag"]
    assert entity_tag(b"a", b"", b"x") != entity_tag(b"", b"", b"ax")


def test_a_tag_of_the_route_counts() -> None:
    app = variants(fixed(etag=b'"mine"'))
    assert ask(app)[1]["etag"] == '"mine"'
    assert ask(app, accept_encoding="gzip")[1]["etag"] == '"mine-gzip"'
    assert ask(app, if_none_match='"mine"')[0] == 304
    assert ask(app, if_none_match='"mine"', accept_encoding="gzip")[0] == 200


MATCHES = {
    '"a"': True,
    'W/"a"': True,
    '"b", "a"': True,
    '"b",W/"a"': True,
    '"b,", "a"': True,
    "*": True,
    " * ": True,
    '"b"': False,
    '"A"': False,
    "a": False,
    '"b,"a"': False,
    '"a': False,
    "": False,
    '"*"': False,
    'w/"b"': False,
}


@pytest.mark.parametrize("header", MATCHES)
def test_matching(header: str) -> None:
    assert matches(header.encode(), b'"a"') is MATCHES[header]
    assert matches(header.encode(), b'W/"a"') is MATCHES[header]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_not_modified(method: str) -> None:
    app = variants(fixed(link=b"<x>; rel=y", content_location=b"/x.ttl"))
    _, whole, _ = ask(app)
    status, found, body = ask(app, method, if_none_match=f'"other", W/{whole["etag"]}')
    assert (status, body) == (304, b"")
    kept = {"etag", "vary", "cache-control", "content-location", "muniment-release"}
    assert found == {name: whole[name] for name in kept}
    assert ask(app, method, if_none_match=whole["etag"], accept_encoding="gzip")[0] == 200


def test_conditions_are_for_successful_get_and_head() -> None:
    assert ask(variants(fixed()), "POST", if_none_match="*")[0] == 200
    assert ask(variants(fixed(status=404)), if_none_match="*")[0] == 404
    assert ask(variants(fixed(cache_control=b"no-store")), if_none_match="*")[0] == 200
    assert "etag" not in ask(variants(fixed()), "POST")[1]
    assert "cache-control" not in ask(variants(fixed()), "POST")[1]


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
@pytest.mark.parametrize("most", [0, 10_000])
@pytest.mark.parametrize("body", [b"", b"short", TEXT, [TEXT, TEXT]])
def test_head_has_the_headers_of_get(accepted: str, most: int, body: Any) -> None:
    app = variants(fixed(body), most)
    got, head = (ask(app, method, accept_encoding=accepted) for method in ("GET", "HEAD"))
    assert head == (*got[:2], b"")


LIFETIMES: list[tuple[int, bytes, bytes, bytes | None]] = [
    (200, TTL, b"", CURRENT),
    (200, TTL, b"release=r1", PINNED),
    (200, TTL, b"a=b&release=r1", PINNED),
    (200, TTL, b"release=r2", CURRENT),
    (200, TTL, b"release=r1&release=r1", CURRENT),
    (200, TTL, b"xrelease=r1", CURRENT),
    (200, TTL, b"release=%72%31", PINNED),
    (200, b"text/html; charset=utf-8", b"release=r1", CURRENT),
    (303, b"", b"release=r1", CURRENT),
    (204, b"", b"", None),
    (404, TTL, b"release=r1", NEVER),
    (504, TTL, b"", NEVER),
]


@pytest.mark.parametrize(("status", "media_type", "query", "said"), LIFETIMES)
def test_lifetimes(status: int, media_type: bytes, query: bytes, said: bytes | None) -> None:
    headers = [(b"content-type", media_type), (b"muniment-release", ID)]
    assert lifetime(status, headers, query) == said


def test_what_a_route_says_of_its_lifetime_stays() -> None:
    found = ask(variants(fixed(cache_control=b"public, max-age=5")), query=b"release=r1")[1]
    assert found["cache-control"] == "public, max-age=5"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_content_have_no_length(status: int) -> None:
    _, found, body = ask(variants(fixed(b"", status=status)), accept_encoding="gzip, identity;q=0")
    assert body == b"" and "content-length" not in found and "content-encoding" not in found


def test_errors_are_compressed_but_have_no_tag() -> None:
    status, found, body = ask(variants(fixed(status=406)), accept_encoding="gzip")
    assert (status, gzip.decompress(body)) == (406, TEXT)
    assert "etag" not in found and found["cache-control"] == "no-store"
    assert ask(variants(fixed(b"no", status=404)))[1]["vary"] == "Accept"


def test_a_large_answer_is_not_held() -> None:
    app = variants(fixed([TEXT] * 20, content_length=b"%d" % (20 * len(TEXT))), 5_000)
    _, found, body = ask(app)
    assert (found["content-length"], body) == (str(len(body)), TEXT * 20)
    _, found, body = ask(app, accept_encoding="gzip")
    assert gzip.decompress(body) == TEXT * 20
    assert "content-length" not in found and "etag" not in found


@pytest.mark.parametrize("most", [0, 10_000])
def test_an_answer_that_fails_on_the_way(most: int) -> None:
    """What has not been sent yet gives way to the error; what has is broken off, never completed."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "headers": [(b"content-type", TTL)]}
        await send({**start, "status": 200})
        await send({"type": "http.response.body", "body": TEXT, "more_body": True})
        await send({**start, "status": 500})
        await send({"type": "http.response.body", "body": b"failed"})

    if most:
        assert ask(variants(app, most))[::2] == (500, b"failed")
    else:
        with pytest.raises(RuntimeError, match="part of it had been sent"):
            ask(variants(app, most))


def test_files_do_not_pass_by() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert "http.response.pathsend" not in scope["extensions"]
        await fixed()(scope, receive, send)

    assert ask(variants(app))[0] == 200


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/doc/event/first.nt",
        "/doc/event/first.html",
        "/sparql?query=ASK{}&format=csv",
        "/static/style.css",
    ],
)
def test_the_service_answers_conditionally(client: httpx.Client, url: str) -> None:
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "vary", "cache-control", "access-control-allow-origin", "muniment-release"):
        assert again.headers[name] == first.headers[name]
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    assert plain.content == first.content
    assert "ETag" in first.headers["access-control-expose-headers"]


def test_errors_of_the_service_are_not_kept(client: httpx.Client) -> None:
    for url in ("/none", "/sparql?query=SELECT", "/doc"):
        found = client.get(url)
        assert found.headers["cache-control"] == "no-store" and "etag" not in found.headers
