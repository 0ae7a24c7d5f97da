"""``/sparql``: protocol, formats, errors, and pages for people."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import rdflib

pytestmark = [  # what rdflib says of its own parsers
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]

SELECT = "SELECT ?s ?label WHERE { ?s rdfs:label ?label } ORDER BY ?label"
ASK = "ASK { ?s a mun:Event }"
CONSTRUCT = "CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s rdfs:label ?l }"
DESCRIBE = "DESCRIBE <https://example.org/set/id/event/first>"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

RESULT_TYPES = {
    "application/sparql-results+json": "application/sparql-results+json",
    "application/sparql-results+xml": "application/sparql-results+xml",
    "text/csv": "text/csv; charset=utf-8",
    "text/tab-separated-values": "text/tab-separated-values; charset=utf-8",
    "application/json": "application/json",
    "application/xml": "application/xml",
    "*/*": "application/sparql-results+json",
    "application/sparql-results+xml, application/rdf+xml": "application/sparql-results+xml",
    "text/*": "text/csv; charset=utf-8",
    "application/json;q=0.2, text/csv;q=0.1": "application/json",
}
GRAPH_TYPES = {
    "text/turtle": ("text/turtle; charset=utf-8", "turtle"),
    "application/n-triples": ("application/n-triples", "nt"),
    "application/ld+json": ("application/ld+json", "json-ld"),
    "application/json": ("application/json", "json-ld"),
    "application/rdf+xml": ("application/rdf+xml", "xml"),
    "application/n-quads": ("application/n-quads", "nquads"),
    "application/trig": ("application/trig", "trig"),
    "*/*": ("text/turtle; charset=utf-8", "turtle"),
    "application/sparql-results+xml, application/rdf+xml": ("application/rdf+xml", "xml"),
}


@pytest.mark.parametrize("query", [SELECT, ASK])
@pytest.mark.parametrize(("accept", "sent"), RESULT_TYPES.items())
def test_result_formats(client: httpx.Client, query: str, accept: str, sent: str) -> None:
    found = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert (found.status_code, found.headers["content-type"]) == (200, sent)
    assert found.headers["vary"] == "Accept, Accept-Encoding"
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["muniment-release"] == "0123456789abcdef"
    assert "Second meeting" in found.text or "true" in found.text


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
@pytest.mark.parametrize(("accept", "expected"), GRAPH_TYPES.items())
def test_graph_formats(client: httpx.Client, query: str, accept: str, expected: tuple[str, str]) -> None:
    found = client.post("/sparql", data={"query": query}, headers={"Accept": accept})
    assert (found.status_code, found.headers["content-type"]) == (200, expected[0])
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=found.text, format=expected[1])
    first = rdflib.URIRef("https://example.org/set/id/event/first")
    assert (first, rdflib.RDFS.label, rdflib.Literal("First meeting", lang="en")) in graph


def test_csv_has_every_row(client: httpx.Client) -> None:
    text = client.get("/sparql", params={"query": SELECT, "format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 12
    assert any(row["label"].startswith("<script>") for row in rows)


@pytest.mark.parametrize(
    ("parameters", "accept", "sent"),
    [
        (
            "format=json&output=json&results=json",
            "application/sparql-results+json,application/json",
            "application/sparql-results+json",
        ),
        ("format=xml&output=xml", "*/*", "application/sparql-results+xml"),
        (
            "format=tsv&format=text%2Ftab-separated-values&output=tsv",
            "*/*",
            "text/tab-separated-values; charset=utf-8",
        ),
        ("format=csv", "image/png", "text/csv; charset=utf-8"),
        ("format=nonsense", "text/csv", "text/csv; charset=utf-8"),
        ("format=turtle", "*/*", "application/sparql-results+json"),
    ],
)
def test_format_parameter(client: httpx.Client, parameters: str, accept: str, sent: str) -> None:
    headers = {"Accept": accept}
    by_get = client.get(f"/sparql?query={quote(ASK)}&{parameters}", headers=headers)
    by_form = client.post("/sparql", content=f"query={quote(ASK)}&{parameters}", headers=headers | FORM)
    direct = client.post(f"/sparql?{parameters}", content=ASK, headers=headers | DIRECT)
    for found in (by_get, by_form, direct):
        assert (found.status_code, found.headers["content-type"]) == (200, sent)
    assert by_get.content == by_form.content == direct.content


@pytest.mark.parametrize(
    "content_type",
    [
        "application/sparql-query",
        "Application/SPARQL-Query ; charset=UTF-8",
        'application/sparql-query;charset="utf-8"',
    ],
)
def test_direct_post(client: httpx.Client, content_type: str) -> None:
    text = 'SELECT ("é☃" AS ?x) {}'
    found = client.post(
        "/sparql", content=text.encode(), headers={"Content-Type": content_type, "Accept": "text/csv"}
    )
    assert found.content == "x\r\né☃\r\n".encode()


def test_a_query_is_decoded_once(client: httpx.Client) -> None:
    query = 'SELECT ("a%2Fb+c" AS ?x) {}'
    for found in (
        client.get("/sparql", params={"query": query, "format": "csv"}),
        client.post("/sparql", data={"query": query, "format": "csv"}),
        client.post("/sparql?format=csv", content=query, headers=DIRECT),
    ):
        assert found.text == "x\r\na%2Fb+c\r\n"


def test_named_graphs_and_from(client: httpx.Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <https://example.org/set/id/claim/l1> { ?s ?p ?o }"
    assert client.get("/sparql", params={"query": query, "format": "csv"}).text == "n\r\n3\r\n"


MALFORMED: dict[str, Any] = {
    "two queries": ("GET", "/sparql?query=ASK{}&query=ASK{}", None, {}, 400),
    "form without query": ("POST", "/sparql", "x=1", FORM, 400),
    "empty form": ("POST", "/sparql", "", FORM, 400),
    "two in a form": ("POST", "/sparql", "query=ASK{}&query=ASK{}", FORM, 400),
    "in URL and body": ("POST", "/sparql?query=ASK{}", "ASK {}", DIRECT, 400),
    "query and update": ("POST", "/sparql", "query=ASK{}&update=CLEAR+ALL", FORM, 400),
    "query string not UTF-8": ("GET", "/sparql?query=%FF", None, {}, 400),
    "form not UTF-8": ("POST", "/sparql", b"query=%FF", FORM, 400),
    "raw form not UTF-8": ("POST", "/sparql", b"query=\xff", FORM, 400),
    "body not UTF-8": ("POST", "/sparql", b"\xff\xfeA", DIRECT, 400),
    "many parameters": ("GET", "/sparql?" + "&".join(f"p{n}=1" for n in range(300)), None, {}, 400),
    "empty query": ("GET", "/sparql?query=", None, {}, 400),
    "NUL": ("GET", "/sparql?query=ASK{}%00", None, {}, 400),
    "graph that is no IRI": ("GET", "/sparql?query=ASK{}&default-graph-uri=x", None, {}, 400),
    "two releases": ("GET", "/sparql?query=ASK{}&release=a&release=b", None, {}, 400),
    "unknown release": ("GET", "/sparql?query=ASK{}&release=../../etc", None, {}, 404),
    "timeout of nothing": ("GET", "/sparql?query=ASK{}&timeout=0", None, {}, 400),
    "timeout that is no number": ("GET", "/sparql?query=ASK{}&timeout=1e9", None, {}, 400),
    "update by GET": ("GET", "/sparql?update=CLEAR+ALL", None, {}, 403),
    "update in a form": ("POST", "/sparql", "update=CLEAR+ALL", FORM, 403),
    "update as query": ("POST", "/sparql", "query=CLEAR+ALL", FORM, 403),
    "update posted": ("POST", "/sparql", "CLEAR ALL", {"Content-Type": "application/sparql-update"}, 403),
    "SERVICE": ("POST", "/sparql", "ASK { SERVICE <http://127.0.0.1/> {} }", DIRECT, 403),
    "long query": ("POST", "/sparql", "ASK {} #" + "x" * 5_000, DIRECT, 413),
    "long query in UTF-8": ("POST", "/sparql", ("ASK {} #" + "é" * 2_500).encode(), DIRECT, 413),
    "long body": ("POST", "/sparql", "x" * 10_001, DIRECT, 413),
    "no type": ("POST", "/sparql", "ASK {}", {}, 415),
    "plain text": ("POST", "/sparql", "ASK {}", {"Content-Type": "text/plain"}, 415),
    "multipart": ("POST", "/sparql", "x", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    "JSON": ("POST", "/sparql", "{}", {"Content-Type": "application/json"}, 415),
    "Latin-1": (
        "POST",
        "/sparql",
        "ASK {}",
        {"Content-Type": "application/sparql-query; charset=iso-8859-1"},
        415,
    ),
    "compressed": ("POST", "/sparql", "ASK {}", DIRECT | {"Content-Encoding": "gzip"}, 415),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_bad_requests(client: httpx.Client, case: str) -> None:
    method, url, body, headers, status = MALFORMED[case]
    found = client.request(method, url, content=body, headers=headers)
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.json()["status"] == status


def test_a_missing_query_is_shown_how(client: httpx.Client) -> None:
    example = client.post("/sparql", data={"x": "1"}).json()["example"]
    assert client.get(example).status_code == 200


def test_a_wrong_type_is_told_the_right_ones(client: httpx.Client) -> None:
    found = client.post("/sparql", content="x", headers={"Content-Type": "text/plain"})
    assert found.headers["accept-post"] == "application/sparql-query, application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("query", "place"),
    [("SELECT * {", (1, 11)), ("SELECT *\nWHERE { ?s foo:bar ?o }", (2, 12)), ("nonsense", (1, 1))],
)
def test_syntax_errors_say_where(client: httpx.Client, query: str, place: tuple[int, int]) -> None:
    problem = client.get("/sparql", params={"query": query}).json()
    assert problem["type"].endswith("#syntax")
    assert (problem["line"], problem["column"]) == place


def test_406_comes_before_evaluation_and_lists_the_formats(client: httpx.Client) -> None:
    found = client.get("/sparql", params={"query": "SELECT * { broken"}, headers={"Accept": "image/png"})
    assert found.status_code == 406
    offers = found.json()["alternatives"]
    assert {"application/sparql-results+json", "text/csv"} <= {offer["type"] for offer in offers}
    assert (
        client.get("/sparql", params={"query": CONSTRUCT}, headers={"Accept": "text/csv"}).status_code == 406
    )
    assert (
        client.get("/sparql", params={"query": SELECT}, headers={"Accept": "text/turtle"}).status_code == 406
    )
    offers = client.get("/sparql", params={"query": ASK}, headers={"Accept": "x/y"}).json()["alternatives"]
    assert all(client.get(offer["href"]).status_code == 200 for offer in offers)


def test_browsers_get_a_form(client: httpx.Client) -> None:
    found = client.get("/sparql", headers=BROWSER)
    assert (found.status_code, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<textarea" in found.text


def test_browsers_get_tables(client: httpx.Client) -> None:
    page = client.get("/sparql", params={"query": SELECT}, headers=BROWSER).text
    assert "12 rows" in page and "first 3" in page
    assert page.count("<tr>") == 4
    assert "/sparql?query=SELECT" in page and "format=csv" in page


def test_browsers_get_answers_turtle_and_errors(client: httpx.Client) -> None:
    assert '<p class="answer">yes</p>' in client.get("/sparql", params={"query": ASK}, headers=BROWSER).text
    assert (
        "&lt;https://example.org/set/id/event/first&gt;"
        in client.get("/sparql", params={"query": DESCRIBE}, headers=BROWSER).text
    )
    broken = client.get("/sparql", params={"query": "SELECT * {"}, headers=BROWSER)
    assert broken.status_code == 400
    assert "Line 1, column 11" in broken.text


def test_hostile_values_stay_text(client: httpx.Client) -> None:
    query = "SELECT * { <https://example.org/set/id/event/hostile> ?p ?o } ORDER BY DESC(?p)"
    page = client.get("/sparql", params={"query": query}, headers=BROWSER).text
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert 'href="javascript' not in page


def test_trailing_slash_and_head(client: httpx.Client) -> None:
    whole = client.get("/sparql", params={"query": SELECT})
    assert client.get("/sparql/", params={"query": SELECT}).content == whole.content
    assert client.post("/sparql/", data={"query": SELECT}).content == whole.content
    head = client.head("/sparql", params={"query": SELECT})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_json_is_whole(client: httpx.Client) -> None:
    found = json.loads(client.get("/sparql", params={"query": SELECT}).content)
    assert found["head"]["vars"] == ["s", "label"]
    assert len(found["results"]["bindings"]) == 12


def test_csv_is_for_programs(client: httpx.Client) -> None:
    """RFC 4180 to the byte; what a spreadsheet may take for a formula is data, and stays as it is."""
    query = 'SELECT ("=1+1" AS ?x) ("a,\\"b\\"\\nc" AS ?y) ("é" AS ?z) ("@x" AS ?w) {}'
    found = client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
    assert found.content == 'x,y,z,w\r\n=1+1,"a,""b""\nc",é,@x\r\n'.encode()
    assert next(csv.DictReader(io.StringIO(found.text, newline=""))) == {
        "x": "=1+1",
        "y": 'a,"b"\nc',
        "z": "é",
        "w": "@x",
    }


def test_a_description_is_of_a_release_that_is_here(client: httpx.Client) -> None:
    assert client.get("/sparql?release=0123456789abcdef").status_code == 200
    assert client.get("/sparql?release=ffffffffffffffff").status_code == 404
