"""Which tests of the service differ with an engine, which are left out, and why: two tables, in the words of docs/engines.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True)
class Difference:
    """Tests that fail with an engine, by the ends of their names (``*`` stands for anything)."""

    why: str
    tests: tuple[str, ...]
    always: bool = True
    """Whether each of them fails each time."""


DIFFERENCES: Mapping[str, tuple[Difference, ...]] = {
    "oxigraph": (),
    "jena": (),
    "virtuoso": (
        Difference(
            "Virtuoso lacks the casts to xsd:date, xsd:gYear and the like that the service description promises of the embedded engine",
            ("test_graphs.py::test_the_description_is_true",),
        ),
        Difference(
            "Virtuoso, with some other data beside that which is asked, answers the query `events-of-a-body` with too few rows",
            (
                "test_saved_queries.py::test_a_thing_in_each_spelling*",
                "test_saved_queries.py::test_a_concept_in_each_spelling*",
                "test_saved_queries.py::test_pages",
                "test_saved_queries.py::test_the_form_with_its_answer_works_as_a_browser_sends_it",
                "test_saved_queries.py::test_a_citation",
                "test_saved_queries.py::test_a_citation_is_checked_in_a_later_release",
            ),
            always=False,
        ),
    ),
}

NOTHING_ASKED = "they ask no store: what they are about comes before a question, or after its answer"
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "their stores fail on purpose; engines that fail are in tests/engines/test_faults.py": (
        "test_problems.py::*",
    ),
    "they are about the worker processes of a service that answers itself; an engine has its own": (
        "test_traces.py::test_spans_reach_a_collector",
        "test_hostile.py::*",
        "test_live_releases.py::*",
        "test_near.py::*",
        "test_networks_in_workers.py::*",
    ),
    "they are about a site that is made of the files of a release, and asks nobody": (
        "test_static_site.py::*",
    ),
    "they take the dataset of this repository, which Virtuoso loads in a quarter of a minute": (
        "test_about.py::test_the_file_of_a_release_says_what_its_graph_says",
        "test_networks.py::test_every_edge_leads_to_its_events_and_lines",
    ),
    NOTHING_ASKED: (
        "test_about.py::test_the_strip_of_a_source",
        "test_access_log.py::*",
        "test_answer_cache.py::*",
        "test_drawings.py::*",
        "test_error_pages.py::test_there_is_advice_for_what_visitors_meet",
        "test_home.py::test_bundles_are_found_by_the_manifest",
        "test_home.py::test_settings_of_the_environment",
        "test_live.py::test_other_bad_addresses",
        "test_live.py::test_releases_are_found_by_the_environment",
        "test_logs.py::*",
        "test_map.py::*",
        "test_metrics.py::*",
        "test_negotiation.py::*",
        "test_releases.py::test_graph_of_a_line*",
        "test_self_description.py::test_shapes_in_words",
        "test_thing_page.py::*",
        "test_traces.py::*",
        "test_urls.py::*",
        "test_variants.py::*",
    ),
}
"""Why tests of ``tests/service`` have no store of the fixture ``stores`` -> the ends of their names."""


_ASKS = re.compile(r"EmbeddedStore|(small_embedded|tiny_store)\b|\.(open|store)\b|release: Built")


def why_left_out(nodeid: str, source: str = "") -> str | None:
    """Why a test without a store of ``stores`` is not run with an engine; None if nobody has said, or its source speaks against it."""
    found = (why for why, tests in LEFT_OUT.items() if any(fnmatch(nodeid, f"*/{test}") for test in tests))
    why = next(found, None)
    return None if why == NOTHING_ASKED and _ASKS.search(source) else why
