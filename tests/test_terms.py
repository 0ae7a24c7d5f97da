"""Terms as N-Quads text: nothing is lost on the way, and pyoxigraph and rdflib read them as we do."""

from __future__ import annotations

import random

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from muniment import engine
from muniment.terms import (
    XSD,
    Quad,
    bare,
    iri,
    is_iri,
    literal,
    literal_parts,
    nquads,
    readable,
    to_graph,
    to_rdflib,
)

TEXTS = st.text() | st.text(alphabet='"\\\n\r\t\b\f\x00\x1f\x7f\u0085 \u00a0\u2028aé😀')
KINDS = st.one_of(
    st.just((None, None)),
    st.sampled_from(["en", "fr-ca", "zh-hant-tw"]).map(lambda tag: (None, tag)),
    st.just(("https://example.org/type", None)),  # rdflib interprets the types that it knows
)
LITERALS = st.tuples(TEXTS, KINDS)
NAMES = st.sampled_from([iri(f"https://example.org/{name}") for name in ("a", "b", "c", "é", "a/1")])
QUADS = st.builds(
    Quad, NAMES, NAMES, NAMES | LITERALS.map(lambda v: literal(v[0], *v[1])), NAMES | st.just("")
)


@given(LITERALS)
def test_a_literal_gives_back_its_parts(value: tuple[str, tuple[str | None, str | None]]) -> None:
    text, (datatype, language) = value
    assert literal_parts(literal(text, datatype, language)) == (text, language, datatype)


def test_language_tags_are_in_lower_case_as_the_engine_has_them() -> None:
    assert literal("a", language="fr-CA") == '"a"@fr-ca'
    quad = Quad("<a:s>", "<a:p>", '"a"@fr-CA', "")
    assert next(engine.parse(quad.line().encode(), "application/n-quads")).object == '"a"@fr-ca'


@given(TEXTS)
def test_xsd_string_is_plain(text: str) -> None:
    assert literal(text, f"{XSD}string") == literal(text)


@given(LITERALS)
def test_the_engine_writes_literals_as_we_do(value: tuple[str, tuple[str | None, str | None]]) -> None:
    text, (datatype, language) = value
    term = literal(text, datatype, language)
    quad = Quad(iri("https://example.org/s"), iri("https://example.org/p"), term, "")
    assert list(engine.parse(quad.line().encode(), "application/n-quads")) == [quad]


@given(LITERALS)
def test_rdflib_reads_literals_as_we_do(value: tuple[str, tuple[str | None, str | None]]) -> None:
    text, (datatype, language) = value
    found = to_rdflib(literal(text, datatype, language))
    assert isinstance(found, rdflib.Literal)
    assert (str(found), found.language) == (text, language)
    assert (str(found.datatype) if found.datatype else None) == datatype


@given(QUADS)
def test_rdflib_parses_our_lines(quad: Quad) -> None:
    parsed = rdflib.Graph().parse(data=Quad(*quad[:3], "").line(), format="nt")
    assert set(parsed) == set(to_graph([quad]))


@pytest.mark.parametrize(
    ("text", "name"),
    [("01", "integer"), ("2004", "gYear"), ("2004-06", "gYearMonth"), ("1.50", "decimal"), ("1", "boolean")],
)
def test_rdflib_keeps_lexical_forms(text: str, name: str) -> None:
    found = to_rdflib(literal(text, f"{XSD}{name}"))
    assert isinstance(found, rdflib.Literal)
    assert (str(found), str(found.datatype)) == (text, f"{XSD}{name}")


@given(st.lists(QUADS), st.randoms(use_true_random=False))
def test_nquads_are_sorted_each_line_once_in_whatever_order_they_come(
    quads: list[Quad], rng: random.Random
) -> None:
    lines = list(nquads(quads))
    assert lines == sorted(set(lines))
    assert set(lines) == {quad.line() for quad in quads}
    shuffled = [*quads, *quads[:3]]
    rng.shuffle(shuffled)
    assert list(nquads(shuffled)) == lines


@given(st.lists(QUADS))
def test_a_dump_reads_back(quads: list[Quad]) -> None:
    assert set(engine.parse("".join(nquads(quads)).encode(), "application/n-quads")) == set(quads)


def test_lines_of_both_kinds_of_graph() -> None:
    assert Quad("<a:s>", "<a:p>", '"o"', "").line() == '<a:s> <a:p> "o" .\n'
    assert Quad("<a:s>", "<a:p>", '"o"', "<a:g>").line() == '<a:s> <a:p> "o" <a:g> .\n'


@pytest.mark.parametrize("term", ["<https://example.org/>", "_:b", '"open', 'x"', '"a"b"', '"a"^^x', ""])
def test_what_is_no_literal(term: str) -> None:
    with pytest.raises(ValueError, match="not a literal"):
        literal_parts(term)


def test_escapes_of_other_writers_are_undone() -> None:
    assert literal_parts(r'"\u00e9\U0001F600\'\\"@en') == ("é😀'\\", "en", None)


def test_terms_for_people() -> None:
    assert (bare("<a:b>"), is_iri("<a:b>"), is_iri('"<a:b>"')) == ("a:b", True, False)
    assert [readable(term) for term in ("<a:b>", '"a\\nb"@en', "_:x")] == ["a:b", "a\nb", "_:x"]
    assert to_rdflib("_:x") == rdflib.BNode("x")
