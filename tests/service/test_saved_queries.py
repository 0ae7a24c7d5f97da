"""``/queries`` over HTTP on the tiny release: list, form, formats, pages, problems, OpenAPI, citations and what became of them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import rdflib
from engine_stores import Stores

from muniment.build import build
from muniment.engine import parse
from muniment.project import find_project
from muniment.release import Release, open_release
from muniment_service import Settings
from muniment_service.answers import InThread
from muniment_service.app import publish
from muniment_service.context import Context
from muniment_service.publisher import Publisher
from muniment_service.routers.sparql import RESULTS

BODY = "/queries/events-of-a-body"
LMC = "body/lake-mirelle-commission"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Several(Publisher):
    """Publishes the first of several releases; the others can be pinned."""

    def __init__(self, stores: Stores, releases: list[Release]) -> None:
        self.held = {release.id: self.context(stores, release) for release in releases}
        super().__init__(self.held[releases[0].id])

    @staticmethod
    def context(stores: Stores, release: Release) -> Context:
        store = stores.of_release(release)
        return Context.of(store, InThread(store), Settings.for_release(release, {}), release)

    async def pinned(self, release: str) -> Context:
        return self.held.get(release) or await super().pinned(release)


Connect = Callable[[Publisher], httpx.Client]


@pytest.fixture(scope="module")
def connected(connect_app: Callable[[Any], httpx.Client]) -> Connect:
    """A client of what a publisher publishes."""
    return lambda publisher: connect_app(publish(publisher))


@pytest.fixture(scope="module")
def tiny_client(tiny_release: Release, connected: Connect, stores: Stores) -> Iterator[httpx.Client]:
    with connected(Several(stores, [tiny_release])) as client:
        yield client


@pytest.fixture(scope="module")
def later(tiny_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release after one event got another title and a participation was added."""
    folder = tmp_path_factory.mktemp("later") / "tiny"
    shutil.copytree(tiny_release.path.parent.parent, folder, ignore=shutil.ignore_patterns("releases"))
    notices = folder / "sources" / "notices.yaml"
    text = notices.read_text(encoding="utf-8")
    new = text.replace("label: First meeting of the Lake Mirelle Commission", "label: The first meeting")
    assert new != text
    notices.write_text(new, encoding="utf-8")
    return build(find_project(folder))


def rows(found: httpx.Response) -> list[list[str]]:
    assert found.status_code == 200, found.text
    return list(csv.reader(io.StringIO(found.text, newline="")))[1:]


def links(found: httpx.Response) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', found.headers["link"])}


def test_the_list(tiny_client: httpx.Client, tiny_release: Release) -> None:
    listed = tiny_client.get("/queries?format=json").json()["queries"]
    assert len(listed) == tiny_release.manifest["queries"]["count"] > 20
    body = next(entry for entry in listed if entry["name"] == "events-of-a-body")
    assert (body["folder"], body["href"], body["pagination"]) == ("forms", BODY, 50)
    assert body["parameters"][0] == {
        "name": "body", "type": "iri", "label": "Body", "description": "Its parts count too.", "required": True,
        "expected": "a mun:Body: its path, a prefixed name, or an IRI", "example": LMC, "class": "mun:Body",
    }  # fmt: skip
    page = tiny_client.get("/queries", headers=HTML).text
    assert all(f'href="{entry["href"]}"' in page for entry in listed)
    assert tiny_client.get(body["text"]).text.startswith("#+ title: Events of a body\n")


@pytest.mark.parametrize(
    "value", [LMC, f"https://example.org/tiny/id/{LMC}", f"<https://example.org/tiny/id/{LMC}>"]
)
def test_a_thing_in_each_spelling(tiny_client: httpx.Client, value: str) -> None:
    found = tiny_client.get(BODY, params={"body": value, "format": "csv"})
    assert [row[5] for row in rows(found)] == ["meeting body", "meeting body", "registrar", "meeting body"]


@pytest.mark.parametrize(
    "value", ["meeting-body", "munv:role/meeting-body", "https://w3id.org/muniment/vocab/role/meeting-body"]
)
def test_a_concept_in_each_spelling(tiny_client: httpx.Client, value: str) -> None:
    assert len(rows(tiny_client.get(BODY, params={"body": LMC, "role": value, "format": "csv"}))) == 3


FORMATS = {
    "application/sparql-results+json": "json", "application/sparql-results+xml": "xml", "text/csv": "csv", "text/tab-separated-values": "tsv",
    "text/turtle": "turtle", "application/ld+json": "jsonld", "application/n-triples": "ntriples", "application/rdf+xml": "rdfxml",
    "application/trig": "trig", "application/n-quads": "nquads",
}  # fmt: skip


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_format(tiny_client: httpx.Client, media_type: str) -> None:
    graph = FORMATS[media_type] in ("turtle", "jsonld", "ntriples", "rdfxml", "trig", "nquads")
    name, given = (
        ("statements-of-a-source", "source=document/notices")
        if graph
        else ("people-of-a-body", f"body={LMC}")
    )
    found = tiny_client.get(f"/queries/{name}?{given}", headers={"Accept": media_type})
    assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, media_type)
    named = tiny_client.get(f"/queries/{name}?{given}&format={FORMATS[media_type]}")
    assert (named.content == found.content and b"marn" in found.content) or graph
    assert named.headers["etag"] == found.headers["etag"]
    again = tiny_client.get(
        found.headers["content-location"], headers={"If-None-Match": found.headers["etag"]}
    )
    assert again.status_code == 304
    if graph:
        assert len(list(parse(found.content, media_type))) > 40


def test_headers(tiny_client: httpx.Client, tiny_release: Release) -> None:
    found = tiny_client.get(f"{BODY}?body={LMC}&format=json")
    assert found.headers["muniment-release"] == tiny_release.id
    cited = links(found)["cite-as"]
    assert f"release={tiny_release.id}" in cited
    pinned = tiny_client.get(f"{cited}&format=json")
    assert pinned.content == found.content
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert found.headers["cache-control"] == "public, no-cache"


WRONG = [
    ("", "body", "`body`: is missing", LMC),
    ("body=", "body", "`body`: is missing", LMC),
    ("body=x%3E+%7D", "body", "`body`: `x> }` does not fit", LMC),
    (f"body={LMC}&from=2019-02-30", "from", "`from`: `2019-02-30` does not fit", "2004-01-01"),
    (f"body={LMC}&role=meting-body", "role", "`role`: `meting-body` does not fit", None),
    (f"body={LMC}&form=2019-01-01", "form", "`form`: is no parameter of this query", None),
]


@pytest.mark.parametrize(("query", "parameter", "detail", "example"), WRONG)
def test_wrong_parameters(
    tiny_client: httpx.Client, query: str, parameter: str, detail: str, example: str | None
) -> None:
    found = tiny_client.get(f"{BODY}?{query}")
    problem = found.json()
    assert (found.status_code, problem["type"].partition("#")[2]) == (400, "parameter")
    assert (problem["parameter"], problem["detail"]) == (parameter, detail)
    assert problem["hint"]
    if example:
        assert problem["example_value"] == example and problem["expected"]
        page = tiny_client.get(f"{BODY}?{query}", headers=HTML)
        assert page.status_code == (
            400 if any(part.endswith(("%7D", "30")) for part in query.split("&")) else 200
        )


def test_did_you_mean(tiny_client: httpx.Client) -> None:
    assert "`from`" in tiny_client.get(f"{BODY}?body={LMC}&form=1").json()["hint"]
    assert "`meeting-body`" in tiny_client.get(f"{BODY}?body={LMC}&role=meting-body").json()["hint"]
    assert "`events-of-a-body`" in tiny_client.get("/queries/events-of-a-boddy").json()["hint"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("page=0", 400), ("page=x", 400), ("page=-1", 400), ("per_page=0", 400), ("per_page=99999", 400), ("page=3&page=4", 400),
     ("page=9999999999", 400), ("hash=xyz", 400), ("page=2", 404), ("release=0123456789abcdef", 404), (f"body={LMC}", 400), ("%ff=1", 400)],
)  # fmt: skip
def test_wrong_requests(tiny_client: httpx.Client, query: str, status: int) -> None:
    found = tiny_client.get(f"{BODY}?body={LMC}&{query}")
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json" and found.json()["detail"]


def test_pages(tiny_client: httpx.Client) -> None:
    whole = rows(tiny_client.get(f"{BODY}?body={LMC}&format=csv&page=all"))
    at: str | None = f"{BODY}?body={LMC}&format=csv&per_page=3"
    met, relations = [], []
    while at and len(relations) < 5:
        found = tiny_client.get(at)
        met += rows(found)
        relations.append({rel for rel in links(found) if rel in ("first", "prev", "next", "last")})
        at = links(found).get("next")
    assert met == whole and len(whole) == 4
    assert relations == [{"first", "next", "last"}, {"first", "prev", "last"}]
    beyond = tiny_client.get(f"{BODY}?body={LMC}&per_page=3&page=3").json()
    assert "the last page is 2" in beyond["detail"]
    assert rows(tiny_client.get(beyond["example"], headers={"Accept": "text/csv"})) == whole[3:]
    unpaged = tiny_client.get(
        "/queries/documents-citing-a-document?document=document/letter-lmc-7&format=csv"
    )
    assert "next" not in links(unpaged) and len(rows(unpaged)) == 1


class Controls(HTMLParser):
    """The controls of a form and the choices that each offers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.choices: dict[str, list[str]] = {}
        self._list = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("input", "select"):
            self.found[given["name"] or ""] = {"tag": tag, **given}
            self._list = given["name"] or ""
        elif tag == "datalist":
            self._list = given["id"] or ""
        elif tag == "option":
            self.choices.setdefault(self._list, []).append(given["value"] or "")


def test_the_form(tiny_client: httpx.Client) -> None:
    page = tiny_client.get(BODY, headers=HTML)
    form = Controls(page.text)
    assert page.status_code == 200 and "<script>" not in page.text
    assert list(form.found) == ["q", "body", "role", "from", "until"]
    assert "required" in form.found["body"] and "required" not in form.found["role"]
    assert form.found["from"]["type"] == "date"
    assert LMC in form.choices["body"] and form.choices["body"][0] == ""
    assert {"meeting-body", "chair"} <= set(form.choices["role"])
    assert (
        Controls(tiny_client.get("/queries/events-with-organisers", headers=HTML).text).found["least"][
            "value"
        ]
        == "2"
    )


def test_the_form_with_its_answer_works_as_a_browser_sends_it(
    tiny_client: httpx.Client, tiny_release: Release
) -> None:
    page = tiny_client.get(f"{BODY}?body={LMC}&role=&from=&until=", headers=HTML)
    assert page.status_code == 200 and page.text.count("<tr>") == 5
    assert f'<option value="{LMC}" selected>' in page.text
    assert f"/cite?body=body%2Flake-mirelle-commission&amp;release={tiny_release.id}" in page.text
    pinned = tiny_client.get(f"{BODY}?body={LMC}&release={tiny_release.id}", headers=HTML)
    assert f'name="release" value="{tiny_release.id}"' in pinned.text
    wrong = tiny_client.get(f"{BODY}?body={LMC}&from=%3Cb%3E", headers=HTML)
    assert wrong.status_code == 400 and 'role="alert">`&lt;b&gt;` does not fit. Expected: a day' in wrong.text
    assert "<b>" not in wrong.text


def test_hostile_values_over_http(tiny_client: httpx.Client) -> None:
    for words in ('" } #', "\\u0022 } #", "') } #", "\n} UNION { ?s ?p ?o", "😀"):
        found = tiny_client.get("/queries/things-by-name", params={"words": words, "format": "csv"})
        assert rows(found) == []
    assert tiny_client.get("/queries/things-by-name", params={"words": "\x00"}).status_code == 400


def test_explain(tiny_client: httpx.Client) -> None:
    found = tiny_client.get(f"{BODY}?body=body/nobody&explain=1", headers={"Accept": "application/json"})
    assert found.status_code == 200 and "body/nobody" in found.text


def test_openapi(tiny_client: httpx.Client, tiny_release: Release) -> None:
    document = tiny_client.get("/openapi.json").json()
    saved = {
        path: item["get"]
        for path, item in document["paths"].items()
        if re.fullmatch(r"/queries/[a-z0-9-]+", path)
    }
    assert len(saved) == len(tiny_release.queries())
    assert len({operation["operationId"] for operation in saved.values()}) == len(saved)
    parameters = {p["name"]: p for p in saved[BODY]["parameters"]}
    assert parameters["body"]["required"] and parameters["body"]["example"] == LMC
    assert "meeting-body" in parameters["role"]["schema"]["enum"]
    assert parameters["from"]["schema"] == {"type": "string", "format": "date"}
    assert parameters["per_page"]["schema"]["maximum"] == 10_000
    assert set(saved[BODY]["responses"]["200"]["content"]) == set(RESULTS)
    for operation in saved.values():
        for parameter in operation["parameters"]:
            if "enum" in parameter["schema"]:
                assert parameter.get("example", parameter["schema"]["enum"][0]) in parameter["schema"]["enum"]
            assert parameter["in"] == "query" and parameter["description"]


def test_each_query_answers_with_the_examples_of_its_description(tiny_client: httpx.Client) -> None:
    """A program that knows the description alone gets an answer from every query."""
    document = tiny_client.get("/openapi.json").json()
    asked = 0
    for path, item in document["paths"].items():
        if re.fullmatch(r"/queries/[a-z0-9-]+", path):
            required = {p["name"]: p["example"] for p in item["get"]["parameters"] if p.get("required")}
            found = tiny_client.get(f"{path}?{urlencode(required)}")
            assert found.status_code == 200, (path, found.text)
            asked += 1
    assert asked > 20


def test_a_citation(tiny_client: httpx.Client, tiny_release: Release) -> None:
    at = f"{BODY}/cite?body={LMC}"
    made = tiny_client.get(f"{at}&format=jsonld").json()
    assert (
        made["@id"].startswith("http://localhost/queries/events-of-a-body?")
        and tiny_release.id in made["@id"]
    )
    assert made["size"] == "4 rows"
    found = tiny_client.get(made["@id"], headers={"Accept": "application/sparql-results+json"}).json()
    lines = []
    for row in found["results"]["bindings"]:
        terms = (rdflib_term(row[v]) if v in row else "" for v in found["head"]["vars"])
        lines.append("\t".join(terms))
    text = "".join(f"{line}\n" for line in ["\t".join(found["head"]["vars"]), *sorted(lines)])
    assert hashlib.sha256(text.encode()).hexdigest() == made["sha256"]
    for form, part in {
        "text": "(SHA-256 ",
        "bibtex": "@misc{events-of-a-body-",
        "html": "<h1>Cite this answer</h1>",
    }.items():
        answer = tiny_client.get(f"{at}&format={form}")
        assert answer.status_code == 200 and part in answer.text and made["sha256"] in answer.text
    page = tiny_client.get(at, headers=HTML)
    assert page.status_code == 200 and "BibTeX" in page.text
    assert tiny_client.get(made["potentialAction"]["target"]).status_code == 200


def rdflib_term(binding: dict[str, str]) -> str:
    """N-Triples as rdflib writes it, of a binding without escapes."""
    if binding["type"] == "uri":
        return rdflib.URIRef(binding["value"]).n3()
    if "datatype" in binding:
        return f'"{binding["value"]}"^^<{binding["datatype"]}>'
    return rdflib.Literal(binding["value"], lang=binding.get("xml:lang")).n3()


def test_a_citation_is_checked_in_a_later_release(
    tiny_release: Release, later: Release, connected: Connect, stores: Stores
) -> None:
    with connected(Several(stores, [tiny_release])) as then:
        made = then.get(f"{BODY}/cite?body={LMC}&format=json").json()
        people = then.get(f"/queries/people-of-a-body/cite?body={LMC}&format=json").json()
    with connected(Several(stores, [later, tiny_release])) as now:
        found = now.get(made["potentialAction"]["target"], headers={"Accept": "application/json"})
        assert found.headers["cache-control"] == "private, no-cache"
        outcome = found.json()
        assert (outcome["status"], outcome["added"], outcome["removed"]) == ("changed", 1, 1)
        assert outcome["text"] == "changed by 2 rows (1 added, 1 removed)"
        assert (outcome["cited"]["release"], outcome["current"]["release"]) == (tiny_release.id, later.id)
        same = now.get(people["potentialAction"]["target"], headers={"Accept": "application/json"}).json()
        assert (same["status"], same["added"], same["current"]["release"]) == ("same", 0, later.id)
        page = now.get(made["potentialAction"]["target"], headers=HTML).text
        assert "Changed by 2 rows (1 added, 1 removed)" in page
        forged = now.get(
            f"{BODY}/cite?body={LMC}&release={tiny_release.id}&hash={'0' * 64}&format=json"
        ).json()
        assert (forged["status"], forged["cited"]["genuine"], forged["added"]) == ("changed", False, None)
        assert (
            "not that of the answer"
            in now.get(f"{BODY}/cite?body={LMC}&release={tiny_release.id}&hash={'0' * 64}", headers=HTML).text
        )
        sent_on = now.get(f"{BODY}?body={LMC}&release={tiny_release.id}&hash={made['sha256']}")
        assert sent_on.status_code == 303
        assert (
            now.get(sent_on.headers["location"], headers={"Accept": "application/json"}).json()["added"] == 1
        )
    with connected(Several(stores, [later])) as alone:
        lost = alone.get(made["potentialAction"]["target"], headers={"Accept": "application/json"}).json()
        assert (lost["status"], lost["added"], lost["cited"]["genuine"]) == ("changed", None, None)
        assert (
            alone.get(people["potentialAction"]["target"], headers={"Accept": "application/json"}).json()[
                "status"
            ]
            == "same"
        )
        assert alone.get(f"{BODY}/cite?body={LMC}&release={tiny_release.id}").status_code == 404


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("SELECT ?e { ?e a mun:Event }", "5 rows"),
        ("ASK {}", "1 answer"),
        ("CONSTRUCT { ?e a mun:Event } { ?e a mun:Event }", "5 statements"),
    ],
)
def test_any_query_is_cited(tiny_client: httpx.Client, tiny_release: Release, query: str, size: str) -> None:
    made = tiny_client.get("/sparql/cite", params={"query": query, "format": "json"}).json()
    assert made["size"] == size and made["query"] == query
    assert tiny_client.get(made["@id"]).status_code == 200
    check = tiny_client.get(made["potentialAction"]["target"], headers={"Accept": "application/json"}).json()
    assert (check["status"], check["cited"]["genuine"]) == ("same", True)


def test_a_query_on_graphs_is_cited_with_them(tiny_client: httpx.Client) -> None:
    graphs = [
        ("default-graph-uri", "https://w3id.org/muniment/ontology"),
        ("default-graph-uri", "https://w3id.org/muniment/vocab"),
    ]
    asked = [("query", "SELECT ?c { ?c a owl:Class }"), *graphs, ("format", "json")]
    made = tiny_client.get("/sparql/cite", params=asked).json()
    assert made["@id"].count("default-graph-uri=") == 2
    assert int(made["size"].split()[0]) > 5


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [("/sparql/cite", 400, "malformed"), ("/sparql/cite?query=nonsense", 400, "syntax"), ("/sparql/cite?query=CLEAR+ALL", 403, "read-only"),
     ("/sparql/cite?query=ASK%7BSERVICE%3Chttp://127.0.0.1:1/%3E%7B%7D%7D", 400, "malformed"), ("/queries/none/cite", 404, "not-found"),
     (f"{BODY}/cite", 400, "parameter"), (f"{BODY}/cite?body={LMC}&release=0000000000000000", 404, "not-found")],
)  # fmt: skip
def test_what_cannot_be_cited(tiny_client: httpx.Client, path: str, status: int, kind: str) -> None:
    found = tiny_client.get(path)
    assert (found.status_code, found.json()["type"].partition("#")[2]) == (status, kind)


def test_not_acceptable_lists_addresses(tiny_client: httpx.Client) -> None:
    for path in (f"{BODY}?body={LMC}", f"{BODY}/cite?body={LMC}"):
        found = tiny_client.get(path, headers={"Accept": "image/png"})
        assert found.status_code == 406
        for offer in found.json()["alternatives"]:
            assert tiny_client.get(offer["href"]).status_code == 200
    assert tiny_client.get("/queries", headers={"Accept": "image/png"}).status_code == 406


def test_a_release_answers_with_its_own_queries(
    tiny_release: Release, later: Release, connected: Connect, stores: Stores, tmp_path: Path
) -> None:
    """A query that the new release no longer has is still there in the old one."""
    copy = tmp_path / later.id
    shutil.copytree(later.path, copy)
    (copy / "queries.json").unlink()
    with connected(Several(stores, [open_release(copy), tiny_release])) as client:
        assert client.get(f"{BODY}?body={LMC}").status_code == 404
        assert client.get(f"{BODY}?body={LMC}&release={tiny_release.id}").status_code == 200
        assert "no saved queries" in client.get("/queries", headers=HTML).text
