"""IRIs become URLs of this copy, and back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from muniment_service.urls import DOCUMENT_FORMATS, Urls, is_iri, origin, split_ending, web_address

BASE = "https://example.org/set/"
URLS = Urls(BASE)
TTL = DOCUMENT_FORMATS[0]


@pytest.mark.parametrize(
    ("local", "path"),
    [
        ("event/x", "/doc/event/x"),
        ("event/café", "/doc/event/caf%C3%A9"),
        ("event/caf%C3%A9", "/doc/event/caf%C3%A9"),
        ("a(b)'c", "/doc/a(b)'c"),
        ("v1.2", "/doc/v1.2"),
    ],
)
def test_things_of_the_dataset_have_their_own_path(local: str, path: str) -> None:
    assert URLS.document(f"{BASE}id/{local}") == path
    assert URLS.document(f"{BASE}id/{local}", TTL) == f"{path}.ttl"
    assert f"{BASE}id/{local}" in URLS.candidates(path.removeprefix("/doc/"))


@pytest.mark.parametrize(
    "iri",
    [
        *(
            f"{BASE}id/{local}"
            for local in ("", "x.ttl", "a?b", "a#b", "a/", "a//b", "../x", "./x", "a/../b")
        ),
        f"{BASE}other",
        "https://schema.org/Event",
        "urn:x:é&=?#",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_named_in_the_query(iri: str) -> None:
    for url, path in ((URLS.document(iri), "/doc"), (URLS.document(iri, TTL), "/doc.ttl")):
        assert urlsplit(url).path == path
        assert parse_qs(urlsplit(url).query) == {"iri": [iri]}


def test_without_a_base_everything_is_named_in_the_query() -> None:
    assert Urls(None).document("https://example.org/x").startswith("/doc?iri=")
    assert Urls(None).candidates("x") == []


@pytest.mark.parametrize(
    ("raw", "iris"),
    [
        ("x", ["x"]),
        ("caf%C3%A9", ["caf%C3%A9", "café"]),
        ("caf%c3%a9/", ["caf%c3%a9/", "café/", "caf%c3%a9", "café"]),
        ("a%2Fb%20c%7E", ["a%2Fb%20c%7E", "a%2Fb%20c~"]),
        ("%FF", ["%FF"]),
        ("a%", []),
        ("", []),
    ],
)
def test_a_path_may_stand_for_several_iris(raw: str, iris: list[str]) -> None:
    assert URLS.candidates(raw) == [f"{BASE}id/{iri}" for iri in iris]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("https://example.org/x", True),
        ("urn:x", True),
        ("http://例え.jp/é", True),
        ("http://x/%20", True),
        ("http://x/%zz", False),
        ("http://x/ y", False),
        ("http://x/>", False),
        ("http://x/\x00", False),
        ("http://x/\n", False),
        ('http://x/"', False),
        ("http://x/\\u003E", False),
        ("http://x/\ud800", False),
        ("x", False),
        ("", False),
        ("1a:x", False),
    ],
)
def test_is_iri(text: str, valid: bool) -> None:
    assert is_iri(text) is valid


def test_endings() -> None:
    assert split_ending("event/x.ttl") == ("event/x", TTL)
    assert split_ending("event/x.y") == ("event/x.y", None)
    assert split_ending(".ttl") == (".ttl", None)


def test_origin_takes_no_nonsense() -> None:
    assert origin("http", "127.0.0.1:8000") == "http://127.0.0.1:8000"
    assert origin("https", "[::1]:80") == "https://[::1]:80"
    assert origin("http", "x'; rm -rf /") == origin("http", None) == "http://localhost"


def test_web_address() -> None:
    assert web_address("https://x/é?a#b") == "https://x/%C3%A9?a#b"
    assert web_address("javascript:alert(1)") is None


def test_what_is_taken_for_an_iri_can_stand_in_a_query() -> None:
    odd = [
        *map(chr, range(0x20, 0x180)),
        "\ue000",
        "\uf8ff",
        "\ufdd0",
        "\ufff0",
        "\uffff",
        "\U0001fffe",
        "\U000e0000",
        "\U000f0000",
        "%4",
        "%4g",
    ]
    places = (
        "http://a/x{}y",
        "http://a{}b/",
        "http://a/?{}",
        "http://a/#{}",
        "urn:{}",
        "x:/{}/[",
        "{}:x",
        "http://[{}]/",
        "http://a:{}/",
    )
    texts = [
        place.format(character)
        for place in places
        for character in (*odd, "", "::1", "1.2.3.4", "zz", "80", "@", "a@b@c")
    ]
    accepted = [text for text in texts if is_iri(text)]
    assert 1000 < len(accepted) < len(texts) - 500
    for text in accepted:
        ox.Store().query(f"ASK {{ <{text}> ?p ?o }}")  # no SyntaxError
