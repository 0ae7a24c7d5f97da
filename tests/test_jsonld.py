"""Contexts, frames, trees; and the door to remote contexts, which stays shut."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from muniment.context import read_context
from muniment.errors import InputError
from muniment.jsonld import CONTEXTS, JsonLd, links, read_jsonld, shipped, tree
from muniment.terms import Quad

ONTOLOGY = Path(__file__).parents[1] / "ontology"
EX = "https://example.org/"


def test_a_change_of_the_context_makes_a_new_version() -> None:
    """What is published under a name is kept for ever by those who fetched it. After a change, put the context as it was into
    ``ontology/contexts/v1.jsonld`` and add ``v2`` with the hash of the new one to ``ontology/contexts.json``."""
    recorded = json.loads((ONTOLOGY / "contexts.json").read_text())
    files = {name: ONTOLOGY / "contexts" / f"{name}.jsonld" for name in recorded}
    files[max(files, key=lambda name: int(name[1:]))] = ONTOLOGY / "context.jsonld"
    assert len(files) == 1
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == recorded[name], name


def test_the_frames() -> None:
    frames = sorted((ONTOLOGY / "frames").glob("*.jsonld"))
    assert [path.stem for path in frames] == ["body", "document", "event", "person", "place"]
    writer = shipped()
    assert len(writer.frames) == len(frames)
    for path in frames:
        frame = json.loads(path.read_text())
        assert frame["@context"] == f"{CONTEXTS}{writer.version}.jsonld"
        expanded = jsonld.expand(frame, {"documentLoader": writer.load, "isFrame": True})
        assert expanded[0]["@type"][0] in writer.frames  # read by PyLD with our context alone
        keys = set(frame) - {"@context", "type"}
        assert len(links(frame, writer.terms)) == len(keys), "a key that the context does not know"


@pytest.mark.parametrize(
    ("frame", "message"),
    [("{", "not JSON"), ("[]", "not a JSON object"), ('{"type": "Nothing"}', "names no class")],
)
def test_wrong_frames_are_named(tmp_path: Path, frame: str, message: str) -> None:
    (tmp_path / "frames").mkdir()
    wrong = tmp_path / "frames" / "wrong.jsonld"
    wrong.write_text(frame)
    context = read_context(ONTOLOGY / "context.jsonld")
    with pytest.raises(InputError, match=message) as caught:
        read_jsonld(tmp_path, context)
    assert caught.value.where and caught.value.where.path == str(wrong)


def test_old_versions_are_kept(tmp_path: Path) -> None:
    (tmp_path / "contexts.json").write_text(json.dumps({f"v{n}": "" for n in range(1, 11)}))
    (tmp_path / "contexts").mkdir()
    for number in range(1, 10):
        (tmp_path / "contexts" / f"v{number}.jsonld").write_text('{"@context": {"old": "urn:old"}}')
    writer = read_jsonld(tmp_path, read_context(ONTOLOGY / "context.jsonld"))
    assert writer.version == "v10" and "Event" in writer.terms
    assert writer.contexts["v9"] == {"@context": {"old": "urn:old"}}


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that would give a context, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/ld+json")
            self.end_headers()
            self.wfile.write(b'{"@context": {"p": "urn:p"}}')

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_no_remote_context_is_fetched(listener: tuple[str, list[str]]) -> None:
    url, asked = listener
    import urllib.request

    with urllib.request.urlopen(f"{url}/planted") as answer:  # it listens, and would answer
        assert answer.status == 200
    assert asked == ["/planted"]
    remote = f"{url}/context.jsonld"
    planted = JsonLd(
        {"v1": {"@context": [remote, {"p": "urn:p"}]}} | {"v0": {"@context": {"@import": remote}}},
        {f"{EX}C": {"@context": remote, "p": {"@context": remote}}},
    )
    for address in (remote, f"{CONTEXTS}../x.jsonld", f"{CONTEXTS}v9.jsonld", "file:///etc/passwd", ""):
        with pytest.raises(InputError, match="is not fetched"):
            shipped().load(address)
    options = {"documentLoader": planted.load}
    document = {"@context": remote, "p": "x"}
    for read in (
        lambda: jsonld.expand(document, options),
        lambda: jsonld.compact({"urn:p": "x"}, remote, options),
        lambda: jsonld.frame({"urn:p": "x"}, {"@context": remote}, options),
        lambda: jsonld.expand({"@context": {"@import": remote, "@version": 1.1}}, options),
        lambda: jsonld.expand(
            {"@context": {"p": {"@id": "urn:p", "@context": remote}}, "p": {"q": 1}}, options
        ),
    ):
        with pytest.raises((InputError, jsonld.JsonLdError)):
            read()
    quads = [
        Quad(f"<{EX}a>", "<urn:p>", '"x"', ""),
        Quad(f"<{EX}a>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", f"<{EX}C>", ""),
    ]
    hostile = JsonLd({"v1": {"@context": {"p": {"@id": "urn:p", "@context": remote}}}}, {f"{EX}C": {"p": {}}})
    for form in (hostile.compacted, hostile.flattened, hostile.framed):
        form(f"<{EX}a>", quads)
    from muniment.engine import parse

    with pytest.raises(InputError):
        list(parse(json.dumps(document), "application/ld+json"))
    assert asked == ["/planted"]


TERMS = st.sampled_from(
    [f"<{EX}{name}>" for name in "abcd"]
    + ["_:x", "_:y", "<org:x>", "<https://w3id.org/muniment/ontology#Event>"]
)
PREDICATES = st.sampled_from(
    [
        "<https://schema.org/startDate>",
        "<https://schema.org/about>",
        "<https://schema.org/location>",
        "<http://www.w3.org/2000/01/rdf-schema#label>",
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
        "<https://w3id.org/muniment/ontology#attendance>",
        "<urn:p>",
    ]
)
LITERALS = st.sampled_from(
    [
        '"x"',
        '"x"@en',
        '"y"@en',
        '"x"@fr',
        '"2004"^^<http://www.w3.org/2001/XMLSchema#gYear>',
        '"2004-01-02"^^<http://www.w3.org/2001/XMLSchema#date>',
        '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"a\\"\\n"',
    ]
)
GRAPHS = st.sampled_from(["", "", f"<{EX}g>", f"<{EX}a>"])
QUADS = st.lists(st.builds(Quad, TERMS, PREDICATES, TERMS | LITERALS, GRAPHS), min_size=1, max_size=12)


def nquads(text: str | bytes, media_type: str) -> ox.Dataset:
    dataset = ox.Dataset(ox.parse(text, ox.RdfFormat.from_media_type(media_type)))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


@given(QUADS)
def test_every_form_says_what_was_given(quads: list[Quad]) -> None:
    """Read back by pyoxigraph, which knows no remote contexts."""
    expected = nquads("".join(q.line() for q in quads), "application/n-quads")
    writer = shipped()
    for form in (writer.compacted, writer.expanded, writer.flattened):
        text = json.dumps(form(f"<{EX}a>", quads))
        assert nquads(text, "application/ld+json") == expected, text


def test_the_tree_begins_with_the_thing() -> None:
    a, b, c = (f"<{EX}{name}>" for name in "abc")
    found = tree(a, [Quad(b, "<urn:p>", a, ""), Quad(a, "<urn:q>", c, ""), Quad(c, "<urn:n>", '"C"', "")])
    assert found == [
        {
            "@id": f"{EX}a",
            "urn:q": [{"@id": f"{EX}c", "urn:n": [{"@value": "C"}]}],
            "@reverse": {"urn:p": [{"@id": f"{EX}b"}]},
        }
    ]
