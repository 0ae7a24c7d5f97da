"""Both SHACL engines on the suite of the W3C: what fails is exactly what is listed, and where both may be used they agree."""

from __future__ import annotations

import pytest
from rdflib import SH, Graph, URIRef

from muniment.shacl.engines import KNOWN

from .shacl import ENGINES, FOLDER, GROUPS, ShaclCase, cases, findings, shacl_failures

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsing weird boolean"),
    pytest.mark.filterwarnings("ignore:.*can only be present on a PropertyShape"),
]
needs_suite = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs ../shared/w3c, which is not in this checkout"
)
CASES = [case for group in GROUPS for case in cases(group)]


@needs_suite
@pytest.mark.parametrize("group", GROUPS)
def test_all_tests_are_found(group: str) -> None:
    assert sum(case.group == group for case in CASES) == GROUPS[group]


@needs_suite
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}/{case.name}")
def test_the_report_is_the_expected_one(case: ShaclCase, engine: str) -> None:
    listed = (engine, case.group, case.name) in shacl_failures()
    assert (ENGINES[engine](case) == case.expected) is not listed


@needs_suite
def test_every_entry_is_a_test() -> None:
    assert {(group, name) for _, group, name in shacl_failures()} <= {(c.group, c.name) for c in CASES}


@needs_suite
def test_each_term_that_is_held_to_be_known_is_in_a_test_on_which_both_agree() -> None:
    failing = {(group, name) for _, group, name in shacl_failures()}
    agreed = [case for case in CASES if (case.group, case.name) not in failing]
    terms = {term for case in agreed for triple in case.shapes for term in triple if isinstance(term, URIRef)}
    assert {SH[name] for name in KNOWN} <= terms


def test_the_comparison_sees_what_is_wrong() -> None:
    text = """
    @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
    [] a sh:ValidationReport ; sh:result [ sh:focusNode ex:a ; sh:resultPath PATH ; sh:value "1" ; sh:sourceShape SHAPE ] .
    """
    found = {
        findings(Graph().parse(data=text.replace("PATH", path).replace("SHAPE", shape)), Graph())
        for path in (
            "ex:p",
            "(ex:p ex:q)",
            "(ex:q ex:p)",
            "[ sh:inversePath ex:p ]",
            "[ sh:zeroOrMorePath ex:p ]",
        )
        for shape in ("ex:S", "[]")
    }
    assert len(found) == 10
