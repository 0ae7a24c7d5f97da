"""RFC 9110, section 12.5.1, as a table."""

from __future__ import annotations

import time

import pytest

from muniment.formats import RDF_FORMATS, RESULT_FORMATS
from muniment_service.negotiation import by_short_name, choose, content_type, media_ranges

TTL, LD, NT, HTML = "text/turtle", "application/ld+json", "application/n-triples", "text/html"
OFFERS = (TTL, LD, NT, HTML)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
COMUNICA = "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,text/turtle;q=0.6,text/html;q=0.2"

TABLE = [
    (None, TTL),
    ("", TTL),
    ("*/*", TTL),
    ("text/turtle", TTL),
    ("TEXT/Turtle", TTL),
    (" text/turtle ", TTL),
    ("text/html", HTML),
    (FIREFOX, HTML),
    (COMUNICA, LD),
    ("text/*", TTL),
    ("application/*", LD),
    ("application/*, text/html;q=0.5", LD),
    ("application/*;q=0.5, text/html", HTML),
    ("text/html, application/ld+json", LD),
    ("text/html;q=0.9, application/ld+json;q=0.8", HTML),
    ("text/turtle;q=0, */*", LD),
    ("text/turtle;q=0.000, text/*", HTML),
    ("text/*;q=0, */*;q=0.1", LD),
    ("*/*;q=0", None),
    ("text/turtle;q=0", None),
    ("image/png", None),
    ("image/*, audio/*;q=0.5", None),
    ("text/turtle;q=0.2, text/*;q=0.9", HTML),
    ("*/*;q=0.9, text/turtle;q=0.1", LD),
    ("text/turtle; q=0.5 , text/html ; q=0.6", HTML),
    ("text/turtle;Q=0.5, text/html;q=0.6", HTML),
    ("text/turtle;q=.5, text/html;q=1.", HTML),
    ("text/turtle;charset=utf-8", TTL),
    ('text/turtle;charset="UTF-8"', TTL),
    ("text/turtle;charset=iso-8859-1", None),
    ("text/turtle;charset=iso-8859-1, text/html;q=0.1", HTML),
    ("text/turtle;level=1", None),
    ("text/turtle;level=1;q=1, text/turtle;q=0.3, text/html;q=0.4", HTML),
    ("text/turtle;charset=utf-8;q=0.1, text/turtle, text/html;q=0.5", HTML),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', LD),
    ('application/ld+json;profile="a,b;c"', LD),
    ('application/ld+json;profile="a\\",b";q=0.5, text/html;q=0.4', LD),
    ("text/html;q=0.5;ext=1", HTML),
    # what is malformed is passed over; if nothing is left, nothing was said
    ("garbage", TTL),
    (";;;,,q=", TTL),
    ("/", TTL),
    ("*/html", TTL),
    ("*, text/html", HTML),
    ("text/html, image/gif, *; q=.2, */*; q=.2", HTML),
    ("text/html;q=2, application/n-triples", NT),
    ("text/html;q=-1, application/n-triples", NT),
    ("text/html;q=abc, application/n-triples", NT),
    ("text/html;q=, application/n-triples", NT),
    ("text/html;x, application/n-triples", NT),
    (";text/html, application/n-triples", NT),
    ("text/html/x, application/n-triples", NT),
    ("te xt/html, application/n-triples", NT),
    (",,application/n-triples,,", NT),
    ('text/html;x="never closed, application/n-triples', None),
    ("text/html\x00, application/n-triples", NT),
    ("é/x, application/n-triples", NT),
]


@pytest.mark.parametrize(("accept", "chosen"), TABLE)
def test_choice(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, OFFERS) == chosen


def test_nothing_on_offer() -> None:
    assert choose("*/*", ()) is None
    assert choose(None, ()) is None


def test_long_headers_take_linear_time() -> None:
    before = time.process_time()  # of the processor: a busy machine has nothing to do with it
    for piece in ("text/html,", ";", '"', 'a/b;x="', "\\", '"\\', "a/b;q=0.1;", " "):
        choose(piece * 50_000, OFFERS)
    assert time.process_time() - before < 5


def test_weights_and_parameters() -> None:
    (found,) = media_ranges("Text/HTML;Level=1;q=0.7;later=x")
    assert (found.type, found.subtype, found.parameters, found.quality) == (
        "text",
        "html",
        (("level", "1"),),
        0.7,
    )


@pytest.mark.parametrize(
    ("names", "media_type"),
    [
        (["csv"], "text/csv"),
        (["unknown", "tsv", "csv"], "text/tab-separated-values"),
        (["srx"], "application/sparql-results+xml"),
        (["JSON"], "application/sparql-results+json"),
        (["turtle"], None),
        ([], None),
        ([""], None),
    ],
)
def test_short_names(names: list[str], media_type: str | None) -> None:
    found = by_short_name(names, RESULT_FORMATS)
    assert (found.media_type if found else None) == media_type


def test_content_type() -> None:
    assert content_type("text/csv") == "text/csv; charset=utf-8"
    assert {content_type(f.media_type) for f in RDF_FORMATS} >= {
        "application/ld+json",
        "text/turtle; charset=utf-8",
    }
